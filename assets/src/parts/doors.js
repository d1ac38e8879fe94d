// Marks at a door survive a lost signal: a press is kept on this phone (ids and the chosen button, nothing else) before it
// is sent, sent again with the same key until the portal has answered, and then erased. The portal counts a key once.
import { say, toast } from "./feedback.js";

const STORE = "door-marks";
const WEEK = 7 * 24 * 3600 * 1000; // after a week the house comes up again by itself
const strip = document.querySelector("[data-door-queue]");
const owner = strip?.dataset.doorQueue; // another person on the same phone sends only their own

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "[]").filter((mark) => Date.now() - mark.at < WEEK);
  } catch { return []; }
}
function write(marks) {
  try {
    if (marks.length) localStorage.setItem(STORE, JSON.stringify(marks));
    else localStorage.removeItem(STORE);
    return true;
  } catch { return false; }
}
const mine = () => read().filter((mark) => mark.owner === owner);
const forget = (key) => write(read().filter((mark) => mark.key !== key));
function show() {
  const number = mine().length;
  strip.hidden = number === 0;
  strip.querySelector("strong").textContent = String(number);
}
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The portal's answer, or null while there is none: no line, signed out, out of order.
async function send(mark) {
  const body = new URLSearchParams({ version: mark.version, key: mark.key, [mark.name]: mark.value });
  if (mark.rules) body.set("rules", mark.rules); // the version that was shown and accepted
  body.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 15000);
  try {
    const answer = await fetch(`${strip.dataset.doorUrl}${mark.house}/`, { method: "POST", body, redirect: "manual", signal: stop.signal });
    if (answer.status === 404) return { text: say("failed") }; // the household is no longer this person's to mark
    return answer.ok ? await answer.json() : null;
  } catch { return null; } finally { clearTimeout(timer); }
}

let sending = false;
async function sendAll() {
  if (sending) return;
  sending = true;
  try {
    for (const mark of mine()) {
      const answer = await send(mark);
      if (!answer) break;
      forget(mark.key);
      if (answer.text) toast(answer.text);
      else if (answer.next && document.querySelector("form[data-door]")?.dataset.door === mark.house) location.assign(answer.next);
    }
  } finally { sending = false; show(); } // not before: with a good line nothing flickers
}

if (strip) {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-door]");
    const button = event.submitter;
    if (!form || !button?.name || event.defaultPrevented) return;
    const mark = { owner, key: newKey(), house: form.dataset.door, name: button.name, value: button.value, version: form.elements.version.value, rules: form.elements.rules?.checked ? form.elements.rules.value : "", at: Date.now() };
    // The last press at a house is the one that is meant.
    if (!write([...read().filter((other) => other.owner !== owner || other.house !== mark.house), mark])) return; // no storage: sent as ever
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    await sendAll();
    button.removeAttribute("aria-busy");
    if (mine().some((other) => other.key === mark.key)) toast(say("kept"));
  });
  addEventListener("online", sendAll);
  addEventListener("pageshow", sendAll);
  setInterval(() => { if (mine().length) sendAll(); }, 15000); // a phone often does not say that the line is back
  show();
}
