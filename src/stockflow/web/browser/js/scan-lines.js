// Scanning into a document: each code at [data-scan-lines] adds 1 to its product's line, or a line with 1.

import { askJson, on } from "./dom.js";
import { addLine } from "./lines.js";
import { choose, surest } from "./lookup.js";

const queues = new WeakMap();

function tell(editor, text, wrong) {
  const said = editor.querySelector("[data-scan-said]");
  if (!said) return;
  said.textContent = text;
  said.classList.toggle("text-danger", wrong);
}

const isFull = (line) => {
  const quantity = line.querySelector("[data-quantity]");
  return Boolean(quantity?.max) && Number(quantity.value) >= Number(quantity.max);
};

/** The line of a product; of several the first that is to get more. */
function lineOf(editor, id) {
  const lines = [...editor.querySelectorAll("[data-line]")].filter((line) =>
    line.dataset.productId === id || line.querySelector("[data-lookup-id]")?.value === id);
  return lines.find((line) => !isFull(line)) ?? lines.at(-1);
}

const isEmpty = (line) => {
  const text = line.querySelector("[data-lookup-text]");
  return text && !text.value.trim();
};

/** Adds one; quantities have at most 4 decimals, which binary fractions would not keep. */
function addOne(line) {
  const quantity = line.querySelector("[data-quantity]");
  if (!quantity) return "";
  quantity.value = String(Math.round((Number(quantity.value) + 1) * 10000) / 10000);
  quantity.dispatchEvent(new Event("input", { bubbles: true }));
  line.scrollIntoView({ block: "nearest" });
  return quantity.value;
}

function count(editor, item) {
  let line = lineOf(editor, String(item.id));
  if (!line) {
    line = [...editor.querySelectorAll("[data-line]")].find(isEmpty) ?? addLine(editor);
    const text = line?.querySelector("[data-lookup-text]");
    if (!text) return tell(editor, `${item.text} does not belong here.`, true);
    const quantity = line.querySelector("[data-quantity]");
    if (quantity) quantity.value = "";
    choose(text, item);
  }
  return tell(editor, `${item.text}: ${addOne(line)}`, false);
}

async function handle(editor, url, code) {
  try {
    const item = surest(await askJson(url, code));
    if (item) count(editor, item);
    else tell(editor, `Nothing, or more than one thing, is found for “${code}”.`, true);
  } catch (error) {
    tell(editor, error.message, true);
  }
}

on("keydown", "[data-scan-lines]", (event, input) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const code = input.value.trim();
  if (!code) return;
  input.value = ""; // the next code may come before this one is found
  const editor = input.closest("[data-lines]");
  const before = queues.get(editor) ?? Promise.resolve();
  queues.set(editor, before.then(() => handle(editor, input.dataset.lookupUrl, code)));
});
