// Counting with a phone or a scanner: [data-counting] holds the regions below. Forms are sent without leaving the page,
// one after the other, and again until the server is reached: nothing that was counted is lost on bad wireless.
// With [data-counting-add] each scan counts one; scanning goes on while earlier ones are still being sent.

import { on, swapped } from "./dom.js";
import { process } from "./htmx.js";
import { surest } from "./lookup.js";

const RETRY_MILLISECONDS = 3000;
const LOOK_MILLISECONDS = 5000;
const REGIONS = ["count-said", "count-progress", "count-panel", "count-left"];
const BROKEN = new Set([502, 503, 504]);
let queue = Promise.resolve();
let waiting = 0;

class NotReached extends Error {}

const codeField = () => document.querySelector("[data-counting-code]");
const pause = (time) => new Promise((later) => { setTimeout(later, time); });
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function show(page, ids) {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
    old.replaceChildren(...document.importNode(fresh, true).childNodes);
    process(old);
    swapped(old);
  }
}

function tell(text) {
  const said = document.getElementById("count-said");
  const box = Object.assign(document.createElement("div"), { className: "alert alert-danger mb-2", textContent: text });
  said?.replaceChildren(box);
  navigator.vibrate?.([80, 60, 80]);
}

/** The answer of the server, whatever it says. Throws NotReached where asking again may help. */
async function reach(url, options) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new NotReached("There is no connection.");
  }
  if (answer.status === 401 || new URL(answer.url).pathname === "/sign-in") throw new NotReached("You are signed out: sign in again in another tab.");
  if (BROKEN.has(answer.status)) throw new NotReached("The server does not answer.");
  return answer;
}

async function untilReached(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NotReached)) throw error;
      tell(`Not saved yet: ${waiting}. ${error.message} Trying again…`);
      await pause(RETRY_MILLISECONDS);
    }
  }
}

/** Does `work` after all that waits, however long that takes. */
function enqueue(work) {
  waiting += 1;
  queue = queue.then(() => untilReached(work)).catch((error) => tell(error.message)).finally(() => { waiting -= 1; });
  return queue;
}

async function visit(url, body) {
  const answer = await reach(url, { method: body ? "POST" : "GET", body, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("[data-counting]")) return tell("Not saved. Load the page again and look what is counted.");
  show(page, REGIONS);
  if (!answer.ok) navigator.vibrate?.([80, 60, 80]);
  else history.replaceState(null, "", answer.url);
  return focusNext();
}

/** Where a product waits for its quantity there, else where the next is scanned. */
function focusNext() {
  const adding = document.querySelector("[data-counting-add]");
  const quantity = document.querySelector("[data-counting-quantity]");
  const next = quantity && !adding ? quantity : codeField();
  if (document.activeElement !== next) next?.focus();
}

async function countOne(form, code, key) {
  const find = new URL(form.dataset.lookupUrl, location.href);
  find.searchParams.set("q", code);
  const found = await reach(find, { headers: { Accept: "application/json" } });
  const item = found.ok && surest((await found.json()).items);
  if (!item) return tell(`Not counted: nothing, or more than one thing, is found for “${code}”.`);
  const recount = form.hasAttribute("data-counting-recount");
  return visit(form.dataset.countingAdd, new URLSearchParams({ _key: key, product_id: item.id, quantity: "1", mode: "add", recount }));
}

on("keydown", "[data-counting-code]", (event, input) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault(); // also for the camera, whose Enter would send nothing
  if (input.value.trim()) input.form.requestSubmit();
});

on("submit", "[data-counting-scan]", (event, form) => {
  event.preventDefault();
  const input = codeField();
  const code = input.value.trim();
  input.value = ""; // the next code may come before this one is found
  if (!code) return;
  if (form.dataset.countingAdd) {
    const key = newKey(); // so that sending it again counts it once
    enqueue(() => countOne(form, code, key));
    return;
  }
  const fields = new FormData(form);
  fields.set("q", code);
  enqueue(() => visit(`${form.action}?${new URLSearchParams(fields)}`));
}, true);

on("submit", "[data-counting-send]", (event, form) => {
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const url = event.submitter?.getAttribute("formaction") ?? form.action;
  enqueue(() => visit(url, fields)).then(() => form.removeAttribute("aria-busy"));
}, true);

addEventListener("beforeunload", (event) => { if (waiting) event.preventDefault(); });

/** What others count meanwhile. */
async function look() {
  const idle = document.visibilityState === "visible" && !waiting && document.querySelector("[data-counting]");
  if (!idle) return;
  const left = document.getElementById("count-left");
  const answer = await reach(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || waiting) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (waiting || !page.querySelector("[data-counting]")) return;
  const progress = document.getElementById("count-progress");
  show(page, [progress, left].filter((one) => one && !one.contains(document.activeElement)).map((one) => one.id));
}

setInterval(() => look().catch(() => {}), LOOK_MILLISECONDS); // the next look may reach the server
