// Light or dark, what to say on arrival, closing messages, copying, printing.

import { on, say, whenShown } from "./dom.js";
import { presentTheme, toggleTheme } from "./theme-choice.js";

function showTheme(root) {
  for (const button of root.querySelectorAll("[data-theme-toggle]"))
    button.setAttribute("aria-pressed", String(presentTheme() === "dark"));
}

on("click", "[data-theme-toggle]", toggleTheme);
document.addEventListener("stockflow:theme", () => showTheme(document));

whenShown((root) => {
  showTheme(root);
  // what was refused is read first, also by who does not see it
  if (root === document) root.querySelector("[data-focus]")?.focus();
});

on("click", "[data-dismiss]", (event, button) => button.closest("[data-dismissible]")?.remove());

on("click", "[data-print]", () => print());

on("click", "[data-copy]", async (event, button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied.");
  } catch {
    say("The browser does not allow copying here. Select the text and copy it yourself.");
  }
});
