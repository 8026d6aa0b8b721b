// Menus are <details data-menu>: they open without script; this closes them and moves with the arrow keys.

import { isVisible, on } from "./dom.js";

const ITEMS = "a[href], button, input:not([type=hidden])";

function close(menu, focus = false) {
  menu.open = false;
  if (focus) menu.querySelector("summary").focus();
}

function closeOthers(target) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(target)) close(menu);
}

document.addEventListener("click", (event) => closeOthers(event.target));
document.addEventListener("focusin", (event) => closeOthers(event.target));

on("keydown", "details[data-menu]", (event, menu) => {
  if (event.key === "Escape" && menu.open) {
    event.preventDefault();
    close(menu, true);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    menu.open = true;
    const items = [...menu.querySelectorAll(ITEMS)].filter(isVisible);
    const at = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? items.length - 1 : at - 1;
    items[(next + items.length) % items.length]?.focus();
  }
});

on("click", "[data-nav-toggle]", (event, button) => {
  const nav = document.getElementById(button.getAttribute("aria-controls"));
  button.setAttribute("aria-expanded", String(nav.classList.toggle("show")));
});
