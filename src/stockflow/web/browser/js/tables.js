// Lists: choosing rows ([data-select-all], [data-select]), what may be done with them ([data-needs-selection],
// [data-selected-count]), and choosing columns (form[data-columns]).

import { on, whenShown } from "./dom.js";

const rowsOf = (element) => [...(element.closest("table") ?? document).querySelectorAll("[data-select]")];

function showSelection(root) {
  const chosen = document.querySelectorAll("[data-select]:checked").length;
  for (const all of root.querySelectorAll("[data-select-all]")) {
    const rows = rowsOf(all);
    const count = rows.filter((row) => row.checked).length;
    all.checked = count > 0 && count === rows.length;
    all.indeterminate = count > 0 && count < rows.length;
  }
  for (const button of document.querySelectorAll("[data-needs-selection]")) button.disabled = chosen === 0;
  for (const text of document.querySelectorAll("[data-selected-count]")) text.textContent = String(chosen);
}

on("change", "[data-select-all]", (event, all) => {
  for (const row of rowsOf(all)) row.checked = all.checked;
  showSelection(document);
});
on("change", "[data-select]", () => showSelection(document));
whenShown(showSelection);

on("submit", "form[data-columns], form[data-toggle-columns]", (event, form) => {
  const boxes = [...form.querySelectorAll("[data-column]")];
  const shown = boxes.filter((box) => box.checked).map((box) => box.dataset.column);
  form.elements.columns.value = shown.join(",") || boxes[0].dataset.column; // a list needs a column
}, { capture: true });
