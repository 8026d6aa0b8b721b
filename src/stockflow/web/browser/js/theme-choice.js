// Light or dark: what the reader chose, else what the system prefers.

export function chosenTheme() {
  try {
    const kept = localStorage.getItem("theme");
    return kept === "light" || kept === "dark" ? kept : null;
  } catch {
    return null; // storage is switched off
  }
}

export function presentTheme() {
  return chosenTheme() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

export function applyTheme() {
  document.documentElement.dataset.bsTheme = presentTheme();
  document.dispatchEvent(new CustomEvent("stockflow:theme"));
}

export function toggleTheme() {
  const next = presentTheme() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", next);
  } catch {
    // then it lasts as long as the page
  }
  document.documentElement.dataset.bsTheme = next;
  document.dispatchEvent(new CustomEvent("stockflow:theme"));
}
