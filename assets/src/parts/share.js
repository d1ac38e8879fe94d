import { copyText } from "./feedback.js";

// Posting cards: share where the phone can, otherwise copy and open the group.
// Buttons of the phone's share sheet are there only where there is one.
if (navigator.share) for (const button of document.querySelectorAll("[data-share-system]")) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-share-from]");
  if (!button) return;
  event.preventDefault();
  const source = document.getElementById(button.dataset.shareFrom);
  const text = source?.value ?? source?.textContent ?? "";
  if (button.dataset.shareSystem !== undefined) {
    try { await navigator.share({ text }); return; } catch (error) { if (error.name === "AbortError") return; /* the person closed the sheet; anything else: copy instead */ }
  }
  const copied = await copyText(text, button);
  if (copied && button.dataset.thenOpen) window.open(button.dataset.thenOpen, "_blank", "noopener");
});
