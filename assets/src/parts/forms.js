import { say } from "./feedback.js";

// A form is sent once, and one does not lose typed text by a slip of the thumb.
let changed = null;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-warn]");
  if (form) changed = form;
  const counter = event.target.dataset?.counter && document.getElementById(event.target.dataset.counter);
  if (counter) counter.textContent = String([...event.target.value.normalize("NFC")].length);
});

// data-confirm="id": the dialog asks first; its "yes" sends the form on.
function ask(form, button) {
  const dialog = document.getElementById(form.dataset.confirm);
  if (!dialog) return false;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "1";
    form.requestSubmit(button);
    delete form.dataset.confirmed;
  }, { once: true });
  dialog.showModal();
  return true;
}

// On the way down, so that htmx does not see a form that is still being asked about or was sent already.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent || (form.dataset.confirm && !form.dataset.confirmed && ask(form, event.submitter))) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form === changed) changed = null;
  if (event.defaultPrevented || form.method !== "post") return;
  form.dataset.sent = "1";
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  // A download leaves the page standing, so the form opens again by itself.
  setTimeout(() => { delete form.dataset.sent; button?.removeAttribute("aria-busy"); }, 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});
addEventListener("beforeunload", (event) => {
  if (changed?.isConnected) { event.preventDefault(); event.returnValue = say("unsaved"); }
});
