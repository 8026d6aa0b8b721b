// The list of options below a combobox (ARIA 1.2): drawn, moved through, and the active one told to the input.

import { make } from "./dom.js";

let lists = 0;

/** `chosen(item)` is called with the item that was clicked. */
export function optionList(input, list, chosen) {
  const prefix = list.id || `options-${++lists}`;
  let items = [];
  let at = -1;

  function mark(index) {
    at = index;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const active = list.children[at];
    if (active) {
      input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function option(item, i) {
    const made = make("li", { role: "option", id: `${prefix}-${i}`, "aria-selected": "false", class: "option" }, make("span", { class: "option-text", dir: "auto" }, item.text));
    if (item.detail) made.append(make("span", { class: "option-detail", dir: "auto" }, item.detail));
    // not "click": by then the input has lost the focus, and the list is gone
    made.addEventListener("mousedown", (event) => event.preventDefault());
    made.addEventListener("click", () => chosen(item));
    return made;
  }

  return {
    show(found) {
      items = found;
      list.replaceChildren(...items.map(option));
      list.hidden = items.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      mark(-1);
    },
    hide() {
      this.show([]);
    },
    move(step) {
      if (items.length) mark(at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length);
    },
    get active() {
      return items[at];
    },
    get open() {
      return !list.hidden;
    },
  };
}
