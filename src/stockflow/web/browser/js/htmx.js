// htmx replaces lists as one types. It is told what a strict Content-Security-Policy allows.

import htmx from "htmx.org/dist/htmx.esm.js";
import { on, swapped } from "./dom.js";

Object.assign(htmx.config, {
  allowEval: false,
  historyCacheSize: 0, // pages are not kept in the browser after sign-out
  includeIndicatorStyles: false,
  refreshOnHistoryMiss: true, // "back" loads the whole page, so that nothing old is left of it
  selfRequestsOnly: true,
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // a session that ended answers with the page for signing in, which belongs into no list
  const answered = new URL(detail.xhr.responseURL || location.href);
  if (answered.pathname === "/sign-in") {
    detail.shouldSwap = false;
    location.assign(answered);
  }
});

// the list follows each letter of a search: leaving the field must not replace it once more, with what was ticked in it
on("change", "[data-filters] [data-search]", (event) => event.stopPropagation(), { capture: true });

document.addEventListener("htmx:afterSettle", ({ detail }) => swapped(detail.elt));

/** Makes htmx see what other code put into the page. */
export const process = (element) => htmx.process(element);
