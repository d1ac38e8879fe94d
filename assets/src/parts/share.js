import { copyText } from "./feedback.js";

// Posting cards: share where the phone can, otherwise copy and open the group.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-share-from]");
  if (!button) return;
  event.preventDefault();
  const source = document.getElementById(button.dataset.shareFrom);
  const text = source?.value ?? source?.textContent ?? "";
  if (button.dataset.shareSystem !== undefined && navigator.share) {
    try { await navigator.share({ text }); return; } catch (error) { if (error.name === "AbortError") return; /* the person closed the sheet */ }
  }
  const copied = await copyText(text, button);
  if (copied && button.dataset.thenOpen) window.open(button.dataset.thenOpen, "_blank", "noopener");
});
