// Runs before anything is drawn, so that a dark page never flashes light.
// What the reader chose is kept as `theme`; without a choice the system decides.

import { applyTheme, chosenTheme } from "./theme-choice.js";

applyTheme();
if (!chosenTheme()) matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
