// What the behaviours share: listening for all elements of a kind, now and later, and speaking to the reader.

/** Calls `handler(event, element)` for events inside elements that match, also those added later. */
export function on(type, selector, handler, options) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector);
    if (element) handler(event, element);
  }, options);
}

/** Calls `prepare(root)` for the page, and again for each part of it that is replaced. */
export function whenShown(prepare) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => prepare(document));
  else prepare(document);
  document.addEventListener("stockflow:swapped", (event) => prepare(event.target));
}

export function swapped(element) {
  if (element?.isConnected) element.dispatchEvent(new CustomEvent("stockflow:swapped", { bubbles: true }));
}

/** An element with attributes and children; text is text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const FIELDS = "input:not([type=hidden]), select, textarea";

export const isField = (element) => element instanceof Element
  && (element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])") || element.isContentEditable);

export const isVisible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

/** The field after this one in its form, else the form's button. */
export function nextField(field) {
  const scope = field.form ?? document;
  const all = [...scope.querySelectorAll(`${FIELDS}, button:not([type=button])`)];
  return all.slice(all.indexOf(field) + 1).find((one) => !one.disabled && isVisible(one));
}

export const firstField = (element) => [...element.querySelectorAll(FIELDS)].find((one) => !one.disabled && isVisible(one));

/** Says something that happened, for eyes and for screen readers. */
export function say(text) {
  const box = document.querySelector("[data-toasts]");
  if (!box) return;
  const toast = make("div", { class: "toast-text" }, text);
  box.replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
}

/** Asks for JSON. Throws with a sentence for the reader when there is no good answer. */
export async function askJson(url, query, signal) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", query);
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached. Try again in a moment.");
  }
  if (answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/sign-in"))
    throw new Error("You are signed out. Sign in again in another tab, then go on here.");
  if (!answer.ok) throw new Error("This search did not work. Try again in a moment.");
  return (await answer.json()).items;
}
