// <dialog>: [data-open-dialog="id"] opens, [data-close-dialog] or a click beside it closes.
// form[data-confirm] and buttons with it ask first.

import { on } from "./dom.js";

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("stockflow:opened"));
}

on("click", "[data-open-dialog]", (event, button) => openDialog(button.dataset.openDialog));
on("click", "[data-close-dialog]", (event, button) => button.closest("dialog").close());
on("click", "dialog", (event, dialog) => {
  const box = dialog.getBoundingClientRect();
  const beside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  // keys that press a button give a click at 0, 0
  if (beside && event.target === dialog && event.detail > 0) dialog.close();
});

const agreed = new WeakSet();

/** Asks in the page; the answer that does it is called as the button was that wants to. */
function ask(text, label, then) {
  const dialog = document.getElementById("confirm");
  if (!dialog) {
    if (window.confirm(text)) then();
    return;
  }
  dialog.querySelector("[data-confirm-text]").textContent = text;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = label;
  yes.onclick = () => {
    dialog.close();
    then();
  };
  dialog.showModal();
}

// before all other listeners of submit: what is not agreed to is not sent
document.addEventListener("submit", (event) => {
  const form = event.target;
  const text = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!text || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  ask(text, submitter?.textContent.trim() || "Yes", () => {
    agreed.add(form);
    form.requestSubmit(submitter);
  });
}, { capture: true });
