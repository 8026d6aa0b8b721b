// Lookup fields: [data-lookup="URL"] finds a thing by name or code as one types, and keeps its id.
// Scanners type fast and press Enter, which never sends the form: it takes what was scanned.

import { askJson, make, nextField, on } from "./dom.js";
import { optionList } from "./options.js";

const TYPING_MILLISECONDS = 180;
const TEXT = "[data-lookup-text]";
const states = new WeakMap();

function stateOf(input) {
  if (!states.has(input)) {
    const box = input.closest("[data-lookup]");
    const id = box.querySelector("[data-lookup-id]");
    const name = input.dataset.name ?? input.name.replace(/^_text\./, "");
    const state = { box, id, name, url: box.dataset.lookup };
    state.options = optionList(input, box.querySelector("[role=listbox]"), (item) => take(input, item));
    states.set(input, state);
  }
  return states.get(input);
}

function complain(input, text) {
  const { box } = stateOf(input);
  const id = `${input.id}-nothing`;
  (box.parentElement.querySelector(`#${CSS.escape(id)}`) ?? box.after(make("div", { id, class: "invalid-feedback d-block", role: "alert" })));
  document.getElementById(id).textContent = text;
  input.classList.add("is-invalid");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
}

function forgive(input) {
  if (!input.classList.contains("is-invalid")) return;
  document.getElementById(`${input.id}-nothing`)?.remove();
  input.classList.remove("is-invalid");
  input.removeAttribute("aria-invalid");
}

function fill(line, data) {
  for (const [key, value] of Object.entries(data)) {
    const target = line.querySelector(`[data-fill="${CSS.escape(key)}"]`);
    if (!target) continue;
    if (!("value" in target)) target.textContent = value ?? "";
    else if (target.value === "" && value != null) {
      target.value = value;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** Puts an item into a lookup: its id is sent, its text is only shown. */
export function choose(input, item) {
  const { id, name, options } = stateOf(input);
  id.value = item.id;
  input.value = item.text;
  input.name = `_text.${name}`;
  forgive(input);
  options.hide();
  fill(input.closest("[data-line]") ?? input.form ?? document, item.data ?? {});
  id.dispatchEvent(new Event("change", { bubbles: true }));
}

function take(input, item) {
  choose(input, item);
  if (!input.closest("[data-filters]")) nextField(input)?.focus();
}

async function ask(input) {
  const state = stateOf(input);
  clearTimeout(state.waiting);
  state.asking?.abort();
  state.asking = new AbortController();
  return askJson(state.url, input.value.trim(), state.asking.signal);
}

export const surest = (items) => {
  const exact = items.filter((item) => item.exact);
  return exact.length === 1 ? exact[0] : items.length === 1 ? items[0] : null;
};

/** Runs a search and says at the field what went wrong; a later search calls off an earlier one. */
async function searching(input, work) {
  try {
    await work(await ask(input));
  } catch (error) {
    if (error.name !== "AbortError") complain(input, error.message);
  }
}

const suggest = (input) => searching(input, (items) => {
  if (document.activeElement !== input) return;
  stateOf(input).options.show(items);
  if (!items.length) complain(input, "Nothing is found for this.");
});

const resolve = (input, { leaving = false } = {}) => searching(input, (items) => {
  const found = leaving ? items.find((item) => item.exact) : surest(items);
  if (found && leaving) choose(input, found);
  else if (found) take(input, found);
  else if (!items.length) complain(input, `Nothing is found for “${input.value.trim()}”.`);
  else if (!leaving) {
    stateOf(input).options.show(items);
    stateOf(input).options.move(1);
  }
});

on("input", TEXT, (event, input) => {
  const state = stateOf(input);
  state.id.value = "";
  input.name = state.name;
  forgive(input);
  clearTimeout(state.waiting);
  state.asking?.abort();
  if (input.value.trim()) state.waiting = setTimeout(() => suggest(input), TYPING_MILLISECONDS);
  else state.options.hide();
});

on("keydown", TEXT, (event, input) => {
  const { options, id } = stateOf(input);
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (options.open) options.move(event.key === "ArrowDown" ? 1 : -1);
    else suggest(input);
  } else if (event.key === "Escape" && options.open) {
    event.preventDefault();
    options.hide();
  } else if (event.key === "Tab" && options.active) choose(input, options.active);
  else if (event.key === "Enter") {
    event.preventDefault();
    if (options.active) take(input, options.active);
    else if (id.value) nextField(input)?.focus();
    else if (input.value.trim()) resolve(input);
  }
});

on("focusout", TEXT, (event, input) => {
  const { options, id } = stateOf(input);
  options.hide();
  if (!id.value && input.value.trim() && !input.closest("[data-filters]")) resolve(input, { leaving: true });
});
