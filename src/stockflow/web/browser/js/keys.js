// Shortcuts: "/" searches, "?" explains, Ctrl-K finds, and a[data-keys="g p"] is followed by pressing g, p.
// Single keys do nothing while one types, and can be switched off (WCAG 2.1.4) in the list of shortcuts.

import { isField, isVisible, make, on, whenShown } from "./dom.js";
import { openDialog } from "./dialogs.js";

const SEQUENCE_MILLISECONDS = 1500;
let pressed = "";
let forget;

function switchedOff() {
  try {
    return localStorage.getItem("keys") === "off";
  } catch {
    return false;
  }
}

function follow(key) {
  clearTimeout(forget);
  const links = [...document.querySelectorAll("a[data-keys]")];
  const typed = [pressed && `${pressed} ${key}`, key].filter(Boolean);
  for (const keys of typed) {
    const link = links.find((one) => one.dataset.keys === keys);
    if (link) {
      pressed = "";
      link.click();
      return true;
    }
    if (links.some((one) => one.dataset.keys.startsWith(`${keys} `))) {
      pressed = keys;
      forget = setTimeout(() => { pressed = ""; }, SEQUENCE_MILLISECONDS);
      return true;
    }
  }
  pressed = "";
  return false;
}

function search() {
  const field = [...document.querySelectorAll("[data-search]")].find(isVisible);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog("palette");
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isField(event.target)) {
    if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]") || switchedOff()) return;
  if (event.key === "/") { if (search()) event.preventDefault(); }
  else if (event.key === "?") openDialog("shortcuts");
  else if (event.key.length === 1 && follow(event.key)) event.preventDefault();
});

const keysOf = (link) => link.dataset.keys.split(" ").flatMap((key, at) => [at ? " " : "", make("kbd", {}, key)]);

function keySwitch() {
  const box = make("input", { type: "checkbox", class: "form-check-input", "data-keys-switch": "" });
  box.checked = !switchedOff();
  const label = make("span", { class: "form-check-label" }, "Single keys are shortcuts in this browser");
  return make("label", { class: "form-check mt-3" }, box, label);
}

whenShown((root) => {
  const list = root.querySelector("[data-shortcut-list]");
  if (!list) return;
  const links = [...document.querySelectorAll("a[data-keys]")].filter((link) => link.dataset.keys.includes(" "));
  list.replaceChildren(...links.flatMap((link) =>
    [make("dt", {}, ...keysOf(link)), make("dd", {}, link.textContent.trim())]));
  list.after(keySwitch());
});

on("change", "[data-keys-switch]", (event, box) => {
  try {
    localStorage.setItem("keys", box.checked ? "on" : "off");
  } catch {
    box.checked = true; // storage is switched off, so this cannot be kept
  }
});
