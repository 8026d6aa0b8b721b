// Scanning with the camera: button[data-scan] beside a field, shown where the browser can find barcodes.

import { on, whenShown } from "./dom.js";

const LOOK_MILLISECONDS = 150;
const possible = "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

whenShown((root) => {
  if (!possible) return;
  for (const button of root.querySelectorAll("button[data-scan]")) button.hidden = false;
});

/** Acts as a scanner would: types the code and presses Enter. */
function typeCode(input, code) {
  input.focus();
  input.value = code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}

async function look(dialog, video, found) {
  const detector = new window.BarcodeDetector();
  while (dialog.open) {
    const codes = video.readyState >= 2 ? await detector.detect(video) : [];
    if (codes.length) {
      dialog.close();
      found(codes[0].rawValue);
      return;
    }
    await new Promise((later) => { setTimeout(later, LOOK_MILLISECONDS); });
  }
}

on("click", "button[data-scan]", async (event, button) => {
  const input = button.closest(".input-group, [data-lookup], form").querySelector("input:not([type=hidden])");
  const dialog = document.getElementById("camera");
  const video = dialog.querySelector("[data-camera]");
  const text = dialog.querySelector("[data-camera-text]");
  dialog.showModal();
  let stream;
  dialog.addEventListener("close", () => {
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }, { once: true });
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (!dialog.open) return stream.getTracks().forEach((track) => track.stop());
    video.srcObject = stream;
    await video.play();
    await look(dialog, video, (code) => typeCode(input, code));
  } catch {
    text.textContent = "The camera cannot be used. Allow it for this site, or type the code.";
  }
});
