import { say } from "./feedback.js";

// A form is sent once, and one does not lose typed text by a slip of the thumb.
let changed = null;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-warn]");
  if (form) changed = form;
  const counter = event.target.dataset?.counter && document.getElementById(event.target.dataset.counter);
  if (counter) counter.textContent = String([...event.target.value.normalize("NFC")].length);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !form.dataset.confirmed) {
    const dialog = document.getElementById(form.dataset.confirm);
    if (dialog) { event.preventDefault(); dialog.showModal(); return; }
  }
  if (form.dataset.sent) { event.preventDefault(); return; }
  changed = null;
  if (form.method !== "get" && !form.hasAttribute("hx-post")) {
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; button?.removeAttribute("aria-busy"); }, 8000);
  }
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
addEventListener("beforeunload", (event) => {
  if (changed?.isConnected) { event.preventDefault(); event.returnValue = say("unsaved"); }
});
