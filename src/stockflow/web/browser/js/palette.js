// The command palette: the pages of the navigation, and what the server finds for body[data-find].

import { askJson, whenShown } from "./dom.js";
import { optionList } from "./options.js";

const TYPING_MILLISECONDS = 150;

function pagesLike(query) {
  const words = query.toLowerCase().split(/\s+/);
  return [...document.querySelectorAll("a[data-command]")]
    .map((link) => ({ text: link.textContent.trim(), detail: "Page", href: link.href }))
    .filter((item) => words.every((word) => item.text.toLowerCase().includes(word)));
}

function bind(dialog) {
  const input = dialog.querySelector("[data-palette-input]");
  const open = (item) => {
    dialog.close();
    location.assign(item.href);
  };
  const options = optionList(input, dialog.querySelector("[data-palette-list]"), open);
  let waiting;
  let asking;

  function show(items) {
    options.show(items);
    options.move(1);
  }

  async function find() {
    asking?.abort();
    clearTimeout(waiting);
    const query = input.value.trim();
    const pages = pagesLike(query);
    show(pages);
    const { find: address } = document.body.dataset;
    if (!query || !address) return;
    asking = new AbortController();
    try {
      show([...pages.slice(0, 5), ...await askJson(address, query, asking.signal)]);
    } catch (error) {
      if (error.name !== "AbortError") show([...pages, { text: error.message, href: location.href }]);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, TYPING_MILLISECONDS);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") options.move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") {
      event.preventDefault();
      await find(); // what was scanned or typed fast is not what is shown yet
      if (options.active) open(options.active);
      return;
    } else return;
    event.preventDefault();
  });
  dialog.addEventListener("stockflow:opened", () => {
    input.value = "";
    show(pagesLike(""));
    input.focus();
  });
}

whenShown((root) => {
  const dialog = root.querySelector("dialog#palette");
  if (dialog) bind(dialog);
});
