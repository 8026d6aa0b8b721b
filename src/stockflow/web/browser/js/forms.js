// A form is sent once: its buttons rest until the answer is here. [data-autosubmit] sends at every choice.

import { on } from "./dom.js";

const buttonsOf = (form) => [...form.elements].filter((element) => element.matches("button:not([type=button]), input[type=submit]"));
const RESTED = "data-rested";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[hx-get], [hx-post], [method=dialog], [method=get]") || !form.hasAttribute("method")) return;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  // after the browser has collected what is sent, to which the pressed button belongs
  setTimeout(() => {
    for (const button of buttonsOf(form)) if (!button.disabled) {
      button.disabled = true;
      button.setAttribute(RESTED, "");
    }
  });
  // an answer that is a file leaves the page as it is
  if (form.target === "_blank" || form.hasAttribute("data-download")) setTimeout(() => wake(form), 2000);
});

function wake(form) {
  form.removeAttribute("aria-busy");
  for (const button of buttonsOf(form)) if (button.hasAttribute(RESTED)) {
    button.disabled = false;
    button.removeAttribute(RESTED);
  }
}

// "back" may show the page as it was left
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(wake));

on("change", "form[data-autosubmit]", (event, form) => form.requestSubmit());
