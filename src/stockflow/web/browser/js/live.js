// Changes of stock are shown as they happen: body[data-live] is an event stream, and each [data-live-region]
// is fetched again from the page's own address. Only while the page is seen: browsers allow few connections.

import { isField, swapped } from "./dom.js";
import { process } from "./htmx.js";

const GATHER_MILLISECONDS = 400;
let stream = null;
let wanted = new Set(); // ids of regions that are out of date
let waiting;

const regions = () => [...document.querySelectorAll("[data-live-region][id]")];

function concerns(region, products) {
  const own = region.dataset.liveProducts;
  if (own === undefined || products === null) return true;
  const shown = own.split(",");
  return products.some((id) => shown.includes(String(id)));
}

const isTyped = (field) => isField(field) && field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;

/** Somebody who types, or has a menu open, is not disturbed; the region waits for the next change. */
function atWork(region) {
  const active = document.activeElement;
  return (region.contains(active) && isField(active)) || [...region.querySelectorAll("input, textarea")].some(isTyped)
    || region.querySelector("details[data-menu][open]") !== null;
}

function swap(region, fresh) {
  const chosen = new Set([...region.querySelectorAll("[data-select]:checked")].map((box) => box.value));
  const active = region.contains(document.activeElement) ? document.activeElement : null;
  const at = active && [...region.querySelectorAll(active.tagName)].indexOf(active);
  region.replaceWith(fresh);
  for (const box of fresh.querySelectorAll("[data-select]")) box.checked = chosen.has(box.value);
  if (active) fresh.querySelectorAll(active.tagName)[at]?.focus({ preventScroll: true });
  process(fresh);
  swapped(fresh);
}

async function refresh() {
  const ids = wanted;
  wanted = new Set();
  const address = location.href;
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "text/html" } });
  } catch {
    return; // the stream connects again by itself, and then everything is fetched
  }
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (address !== location.href) return; // another filter was chosen meanwhile
  for (const region of regions()) {
    const fresh = ids.has(region.id) && page.getElementById(region.id);
    if (!fresh) continue;
    if (atWork(region)) wanted.add(region.id);
    else if (fresh.outerHTML !== region.outerHTML) swap(region, document.importNode(fresh, true));
  }
}

function changed(products) {
  for (const region of regions()) if (concerns(region, products)) wanted.add(region.id);
  if (!wanted.size) return;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, GATHER_MILLISECONDS);
}

function listen(address, missed) {
  stream = new EventSource(address);
  stream.addEventListener("stock", (event) => changed(JSON.parse(event.data).product_ids));
  // what happened while nobody listened is not told again
  stream.addEventListener("open", () => {
    if (missed) changed(null);
    missed = true;
  });
}

function follow(first = false) {
  const { live } = document.body.dataset;
  const seen = document.visibilityState === "visible";
  if (seen && !stream && live && regions().length) listen(live, !first);
  else if (!seen && stream) stop();
}

function stop() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => follow());
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => follow(!event.persisted));
