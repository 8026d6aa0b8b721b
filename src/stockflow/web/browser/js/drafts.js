// What was typed into a form survives a session that ended: it is kept in this tab when the form is sent, and
// put back when that form is shown again after signing in. Passwords, codes and files are never kept.
// The page for signing in is known by its address, or by [data-draft-lost] somewhere in it.

import { say, whenShown } from "./dom.js";
import { addLine } from "./lines.js";

const KEY = "draft";
const KEPT_MILLISECONDS = 30 * 60 * 1000;
const SECRET = "input[type=password], input[autocomplete=one-time-code]";

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function write(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // storage is full or switched off: then nothing is kept
  }
}

const atSignIn = () => location.pathname === "/sign-in" || document.querySelector("[data-draft-lost]") !== null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.querySelector(SECRET) || atSignIn()) return;
  if (new URL(form.action).pathname === "/sign-out") return write(null);
  const values = [...new FormData(form)].filter(([name, value]) => name !== "_key" && typeof value === "string");
  write({ action: form.action, values, at: Date.now(), lost: false });
});

/** The fields of this name; lines that the page does not have are added, and a lookup's text is found. */
function fieldsOf(form, name) {
  const find = () => [...form.elements].filter((field) => field.name === name || (field.dataset.name && `_text.${field.dataset.name}` === name));
  if (find().length) return find();
  for (const editor of form.querySelectorAll("[data-lines]")) {
    const [list, index] = name.replace(/^_text\./, "").split(".");
    if (list === editor.dataset.lines && /^\d+$/.test(index ?? "")) addLine(editor, Number(index));
  }
  return find();
}

function restore(form, values) {
  for (const name of new Set(values.map(([one]) => one))) {
    const given = values.filter(([one]) => one === name).map(([, value]) => value);
    const fields = fieldsOf(form, name);
    for (const field of fields) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
      else if (field.type === "hidden" && fields.length > 1) continue; // stands for a box that is not checked
      else {
        field.value = given[0];
        if (name.startsWith("_text.")) field.name = name;
      }
    }
  }
  say("What you typed before signing in again is back. It is not sent yet.");
}

whenShown((root) => {
  const draft = root === document && read();
  if (!draft) return;
  if (atSignIn()) return write({ ...draft, lost: true });
  if (!draft.lost || Date.now() - draft.at > KEPT_MILLISECONDS) return write(null);
  const form = [...document.forms].find((one) => one.method === "post" && one.action === draft.action);
  if (!form) return;
  write(null);
  restore(form, draft.values);
});
