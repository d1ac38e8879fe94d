// Covers the page when nobody has touched it for a while and opens it again with the password. What was typed stays where
// it is. The server locks by itself; this cover hides the screen and spares the way through the lock page.
import { say, toast } from "./feedback.js";

const cover = document.getElementById("lock");
const SEEN = "portal-seen"; // shared by the tabs of this browser: a moment, nothing else
const PING = 120_000;
const read = () => { try { return Number(localStorage.getItem(SEEN)) || 0; } catch { return 0; } };
const write = (moment) => { try { localStorage.setItem(SEEN, String(moment)); } catch { /* private window: this tab counts alone */ } };

if (cover) {
  const form = cover.querySelector("form");
  const limit = Number(cover.dataset.after) * 1000;
  let seen = Date.now(), told = Date.now();
  write(seen);

  const lock = () => { if (!cover.open) { cover.showModal(); form.password.value = ""; form.password.focus(); } };
  const touched = () => {
    if (cover.open) return;
    const now = Date.now();
    if (now - Math.max(seen, read()) > limit) { lock(); return; }
    if (now - seen > 1000) { seen = now; write(now); }
    if (now - told > PING) { // somebody types in one page for long: tell the server, or it would lock meanwhile
      told = now;
      fetch(cover.dataset.here, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual" }).catch(() => {});
    }
  };
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(kind, touched, { passive: true, capture: true });
  setInterval(() => { if (Date.now() - Math.max(seen, read()) > limit) lock(); }, 5000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - Math.max(seen, read()) > limit) lock(); });
  document.body.addEventListener("portalLock", lock);
  cover.addEventListener("cancel", (event) => event.preventDefault());

  const send = async (body) => {
    const wrong = cover.querySelector("[data-wrong]");
    try {
      const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch" } });
      if (answer.status === 204) {
        seen = told = Date.now();
        write(seen);
        wrong.hidden = true;
        form.password.value = "";
        cover.close();
      } else if (answer.status === 422) {
        const said = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".wrong span, .alert");
        wrong.textContent = said?.textContent.trim() || say("failed");
        wrong.hidden = false;
        form.password.select();
      } else location.reload(); // signed out meanwhile
    } catch { toast(say("offline")); }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); send(new FormData(form)); });
  // The passkey of this phone; browsers without the newer way go through the lock page.
  cover.querySelector("[data-passkey]")?.addEventListener("click", async () => {
    const page = `${form.action}?next=${encodeURIComponent(location.pathname + location.search)}`;
    try {
      const { request_options: asked } = await (await fetch(form.action, { headers: { Accept: "application/json" }, credentials: "same-origin" })).json();
      if (!asked?.publicKey || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) { location.assign(page); return; }
      const found = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey) });
      const body = new FormData(form);
      body.set("credential", JSON.stringify(found.toJSON()));
      await send(body);
    } catch (error) { if (error.name !== "NotAllowedError") location.assign(page); } // NotAllowed: the person pressed cancel
  });
}

// A page that renews itself is no activity of a person.
document.body.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx?.sourceEvent?.type === "every" && ctx.request?.headers) ctx.request.headers["X-Unattended"] = "1";
});
