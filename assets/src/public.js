// For residents. Everything works without this file; with it, pictures are checked before they travel, a lost line loses
// nothing, and a draft stays on the phone only if the resident asks for it.
const words = document.querySelector('meta[name="words"]');
const say = (key) => words?.dataset[key] ?? "";
const DAY = 24 * 3600 * 1000;

for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  const list = document.createElement("ul");
  list.className = "photo-list";
  input.after(list);
  input.addEventListener("change", () => {
    list.replaceChildren();
    const most = Number(input.dataset.maxFiles || 5);
    const files = [...input.files];
    const wrong = files.length > most ? say("tooMany") : files.some((f) => f.size > Number(input.dataset.maxBytes)) ? say("tooLarge") : "";
    input.setCustomValidity(wrong);
    if (wrong) { input.reportValidity(); return; }
    for (const file of files) {
      const item = document.createElement("li");
      if (file.type.startsWith("image/")) {
        const picture = document.createElement("img");
        const reader = new FileReader();
        reader.onload = () => { picture.src = reader.result; };
        reader.readAsDataURL(file);
        picture.alt = "";
        item.append(picture);
      } else item.textContent = `${Math.ceil(file.size / 1024)} kB`;
      list.append(item);
    }
  });
}

// Send once; when the line drops, keep everything on the page and send the same form again with the same key.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const status = form.querySelector("[data-send-status]");
  const show = (text) => { if (status) { status.hidden = !text; status.querySelector("p, span") ? status.querySelector("p, span").textContent = text : status.textContent = text; } };
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy || !form.reportValidity()) return;
    busy = true;
    const button = event.submitter;
    button?.setAttribute("aria-busy", "true");
    const body = new FormData(form);
    if (button?.name) body.append(button.name, button.value);
    for (let attempt = 0; ; attempt++) {
      try {
        if (!navigator.onLine) throw new Error("offline");
        show(attempt ? say("again") : "");
        const answer = await fetch(form.action || location.href, { method: "POST", body, credentials: "same-origin", headers: { "X-Keep": "1" } });
        if (answer.redirected) { forget(form); location.replace(answer.url); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const main = page.querySelector("main");
        if (!main) throw new Error("answer");
        if (answer.ok && !page.querySelector("form[data-keep]")) forget(form);
        document.querySelector("main").replaceWith(document.adoptNode(main));
        scrollTo({ top: 0 });
        document.dispatchEvent(new Event("portal:swapped"));
        return;
      } catch {
        show(say("offline"));
        await new Promise((done) => { const t = setTimeout(done, Math.min(30000, 2000 * 2 ** attempt)); addEventListener("online", () => { clearTimeout(t); done(); }, { once: true }); });
      }
    }
  });
  const keep = form.querySelector("[data-keep-draft]");
  const slot = `draft:${location.pathname}`;
  try {
    const held = JSON.parse(localStorage.getItem(slot) || "null");
    if (held && Date.now() - held.at < DAY) {
      for (const [name, value] of Object.entries(held.fields)) { const field = form.elements[name]; if (field && "value" in field && !field.value) field.value = value; }
      if (keep) keep.checked = true;
    } else localStorage.removeItem(slot);
    form.addEventListener("input", () => {
      if (!keep?.checked) { localStorage.removeItem(slot); return; }
      const fields = {};
      for (const field of form.querySelectorAll("textarea[name], input[type=text][name]")) fields[field.name] = field.value;
      localStorage.setItem(slot, JSON.stringify({ at: Date.now(), fields }));
    });
  } catch { /* no storage: nothing is kept */ }
}
function forget(form) { try { localStorage.removeItem(`draft:${location.pathname}`); } catch { /* no storage */ } form.dataset.done = "1"; }

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copier = event.target.closest("[data-copy]");
  if (copier) { try { await navigator.clipboard.writeText(copier.dataset.copy); copier.textContent = say("copied"); } catch { /* select by hand */ } }
  const exit = event.target.closest(".quick-exit");
  if (exit) { event.preventDefault(); try { localStorage.clear(); } catch { /* no storage */ } location.replace(exit.href); }
});
