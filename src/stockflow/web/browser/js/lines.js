// Lines of a document: [data-lines] holds [data-line] and <template data-line-template> with __index__ in its names.

import { firstField, on, say, swapped } from "./dom.js";

function nextIndex(editor) {
  const name = `${editor.dataset.lines}.`;
  const used = [...editor.querySelectorAll("[data-line] [name]")]
    .map((field) => field.name.replace(/^_text\./, ""))
    .filter((field) => field.startsWith(name))
    .map((field) => Number.parseInt(field.slice(name.length), 10));
  // an index is not used again, so that no answer of the server is shown at another line
  const next = Math.max(-1, Number(editor.dataset.lastIndex ?? -1), ...used) + 1;
  editor.dataset.lastIndex = String(next);
  return next;
}

/** Adds a line at the end and gives it back; null where lines are fixed. */
export function addLine(editor, index = nextIndex(editor)) {
  const template = editor.querySelector("template[data-line-template]");
  if (!template) return null;
  const filled = document.createElement("template");
  filled.innerHTML = template.innerHTML.replaceAll("__index__", String(index));
  const line = filled.content.querySelector("[data-line]");
  template.before(line);
  swapped(line);
  return line;
}

on("click", "[data-add-line]", (event, button) => {
  const line = addLine(button.closest("[data-lines]"));
  if (line) firstField(line)?.focus();
});

on("click", "[data-remove-line]", (event, button) => {
  const line = button.closest("[data-line]");
  const editor = line.closest("[data-lines]");
  nextIndex(editor);
  const near = line.nextElementSibling?.closest("[data-line]") ?? line.previousElementSibling?.closest("[data-line]");
  line.remove();
  (near ? firstField(near) : editor.querySelector("[data-add-line]"))?.focus();
  editor.dispatchEvent(new Event("change", { bubbles: true }));
  say("The line is removed.");
});
