// For residents. Everything works without this file; with it, pictures are checked before they travel, a lost line loses
// nothing, and a draft stays on the phone only if the resident asks for it.
import { drafts } from "./parts/drafts.js";
import { pictures } from "./parts/pictures.js";

const words = document.querySelector('meta[name="words"]');
const say = (key) => words?.dataset[key] ?? "";
const pause = (milliseconds) =>
  new Promise((done) => {
    const timer = setTimeout(finish, milliseconds);
    function finish() { clearTimeout(timer); removeEventListener("online", finish); done(); }
    addEventListener("online", finish);
  });

function show(form, text) {
  const box = form.querySelector("[data-send-status]");
  if (!box) return;
  (box.querySelector("p, span") ?? box).textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

// The answer takes the page's place without asking the server a second time: a receipt code is shown only once.
function replace(form, answer, page) {
  const files = new Map([...form.querySelectorAll("input[type=file][name]")].map((input) => [input.name, input.files]));
  const main = document.adoptNode(page.querySelector("main"));
  document.querySelector("main").replaceWith(main);
  document.title = page.title || document.title;
  if (answer.redirected) history.replaceState(null, "", answer.url);
  for (const input of main.querySelectorAll("input[type=file][name]")) { // the pictures chosen before an error stay chosen
    if (files.get(input.name)?.length) input.files = files.get(input.name);
  }
  enhance(main);
  (main.querySelector(".is-wrong input, .is-wrong textarea, .is-wrong select") ?? main).focus();
  if (document.activeElement === main || document.activeElement === document.body) scrollTo({ top: 0 });
}

// One try. Returns "done", "again" (the line or the server failed: the same form may go again, its token makes it count once)
// or words to show.
async function attempt(form, body) {
  let answer, text;
  try {
    answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    text = await answer.text();
  } catch { return "again"; }
  if (answer.status >= 500) return "again";
  const page = new DOMParser().parseFromString(text, "text/html");
  const next = page.querySelector("main form[data-keep]");
  if (answer.ok && page.querySelector("main")) {
    if (!next || answer.redirected) drafts.forget(form);
    replace(form, answer, page);
    return "done";
  }
  if (next) { replace(form, answer, page); return "done"; } // the form again, with what is wrong in it
  return answer.status === 413 ? say("tooLarge") : say("refused");
}

async function send(form, button) {
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  show(form, "");
  button?.setAttribute("aria-busy", "true");
  let outcome = "again";
  for (let tries = 0; outcome === "again"; tries += 1) {
    if (tries) await pause(Math.min(30000, 1500 * 2 ** tries));
    if (!form.isConnected) return;
    if (tries) show(form, say("again"));
    outcome = navigator.onLine ? await attempt(form, body) : "again";
    if (outcome === "again") show(form, say(navigator.onLine ? "trouble" : "offline"));
  }
  if (outcome === "done") return;
  button?.removeAttribute("aria-busy");
  show(form, outcome);
}

function enhance(root) {
  root.querySelectorAll("input[type=file][data-max-bytes]").forEach((input) => pictures(input, say));
  for (const form of root.querySelectorAll("form[data-keep]")) {
    let busy = false;
    drafts.watch(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy || !form.reportValidity()) return;
      busy = true;
      try { await send(form, event.submitter); } finally { busy = false; }
    });
  }
}
enhance(document);

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    try {
      await navigator.clipboard.writeText(copier.dataset.copy);
      (copier.querySelector("span") ?? copier.lastChild).textContent = say("copied");
    } catch { /* it stands on the page: it can be selected by hand */ }
  }
  const exit = event.target.closest(".quick-exit");
  if (exit) { // nothing of this page stays: no draft, no text, no way back to it
    event.preventDefault();
    drafts.forgetAll();
    document.body.replaceChildren();
    location.replace(exit.href);
  }
});
