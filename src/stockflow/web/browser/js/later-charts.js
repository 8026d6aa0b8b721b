// Charts are half of all script, and mostly below what one sees first: figure[data-charts] names the file that
// draws them, which is asked for when the first of them comes near.

import { make, whenShown } from "./dom.js";

const near = new IntersectionObserver((entries) => {
  const figure = entries.find((entry) => entry.isIntersecting)?.target;
  if (!figure) return;
  near.disconnect();
  document.head.append(make("script", { src: figure.dataset.charts }));
  asked = true;
}, { rootMargin: "300px" });
let asked = false;

whenShown((root) => {
  if (!asked) root.querySelectorAll("[data-charts]").forEach((figure) => near.observe(figure));
});
