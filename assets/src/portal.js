import "htmx.org/dist/htmx.js";
import { copyText, say, toast } from "./parts/feedback.js";
import "./parts/doors.js";
import "./parts/forms.js";
import "./parts/lists.js";
import "./parts/share.js";
import "./parts/charts.js";
import "./parts/calendar.js";
import "./parts/lock.js";

// One listener for the whole page: elements say what they do by data attributes, so swapped fragments work too.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.sheet")) event.target.close();
  const copier = event.target.closest("[data-copy], [data-copy-from]");
  if (copier) {
    const source = copier.dataset.copyFrom && document.getElementById(copier.dataset.copyFrom);
    copyText(source ? (source.value ?? source.textContent) : copier.dataset.copy, copier);
  }
  if (event.target.closest("[data-print]")) window.print();
  for (const menu of document.querySelectorAll("details.details-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

const strip = document.querySelector(".offline-strip");
const showLine = () => strip && (strip.hidden = navigator.onLine);
addEventListener("online", showLine);
addEventListener("offline", showLine);
showLine();

// A passkey prompt that was closed or failed.
document.addEventListener("allauth.error", (event) => { event.preventDefault(); toast(say("passkey")); });

// A form's errors (4xx) are swapped in and speak for themselves; a poll that failed tries again by itself.
const polled = (event) => event.detail?.ctx?.sourceEvent?.type === "every";
document.body.addEventListener("htmx:response:error", (event) => {
  const status = event.detail?.ctx?.response?.status ?? 500;
  if (status >= 500 && !polled(event)) toast(say("failed"));
});
document.body.addEventListener("htmx:error", (event) => {
  if (!polled(event)) toast(say(navigator.onLine ? "failed" : "offline"));
});
