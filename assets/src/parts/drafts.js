// A resident's draft: on this phone only, only if chosen, erased on sending or after a day.
const DAY = 24 * 3600 * 1000;
const PREFIX = "draft:";
const slot = () => PREFIX + location.pathname;
const textFields = (form) => form.querySelectorAll("textarea[name], input[type=text][name]:not([tabindex='-1'])");

function quietly(work) {
  try { return work(); } catch { return null; /* no storage: nothing is kept */ }
}
function keys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}
function read(key) {
  const held = quietly(() => JSON.parse(localStorage.getItem(key)));
  return held && Date.now() - held.at < DAY ? held : null;
}

export const drafts = {
  forget() { quietly(() => localStorage.removeItem(slot())); },
  forgetAll() { quietly(() => keys().forEach((key) => localStorage.removeItem(key))); },

  // Bring back what was kept and keep on keeping; without the tick nothing is written.
  watch(form) {
    quietly(() => keys().filter((key) => !read(key)).forEach((key) => localStorage.removeItem(key)));
    const keep = form.querySelector("[data-keep-draft]");
    if (!keep) return;
    const held = quietly(() => read(slot()));
    if (held) {
      keep.checked = true;
      for (const field of textFields(form)) if (!field.value && held.fields[field.name]) field.value = held.fields[field.name];
    }
    const first = held?.at;
    form.addEventListener("input", () => quietly(() => {
      if (!keep.checked) { localStorage.removeItem(slot()); return; }
      const fields = Object.fromEntries([...textFields(form)].map((field) => [field.name, field.value]));
      localStorage.setItem(slot(), JSON.stringify({ at: first ?? Date.now(), fields }));
    }));
  },
};
