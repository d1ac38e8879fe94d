// Bulk selection: the bar shows how many rows are ticked.
function count(scope) {
  const rows = [...scope.querySelectorAll("[data-bulk-row]")];
  const ticked = rows.filter((box) => box.checked).length;
  const all = scope.querySelector("[data-bulk-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
  }
  const bar = scope.querySelector(".bulk-bar");
  if (bar) bar.hidden = ticked === 0;
  const number = scope.querySelector("[data-bulk-count]");
  if (number) number.textContent = String(ticked);
}
document.addEventListener("change", (event) => {
  const scope = event.target.closest("[data-bulk]");
  if (!scope) return;
  if (event.target.matches("[data-bulk-all]")) {
    for (const box of scope.querySelectorAll("[data-bulk-row]")) box.checked = event.target.checked;
  }
  count(scope);
});
const countAll = () => document.querySelectorAll("[data-bulk]").forEach(count);
document.addEventListener("htmx:after:swap", countAll);
addEventListener("pageshow", countAll); // a browser restores ticks after "back"

// Filters stand open on wide screens.
if (matchMedia("(min-width: 768px)").matches) {
  document.querySelectorAll("details.filters").forEach((box) => { box.open = true; });
}

// Chips say which filters are on and take one off with a touch. They are read from the form itself, which stays when the
// results below are renewed.
// A list that must choose something (an order, open or closed) begins with what is usual: that is no filter.
function usual(field) {
  const must = !field.multiple && ![...field.options].some((option) => option.value === "");
  return must ? field.options[0] : null;
}
function chosen(form) {
  const found = [];
  for (const field of form.elements) {
    if (!field.name || field.name === "q" || field.type === "hidden" || field.type === "submit" || field.disabled) continue;
    const label = field.closest(".field")?.querySelector(".form-label, label")?.firstChild?.textContent.trim() ?? "";
    if (field.type === "checkbox" || field.type === "radio") {
      const own = field.closest("label")?.textContent.trim() ?? label;
      if (field.checked && field.value !== "") found.push({ field, text: own });
    } else if (field.tagName === "SELECT") {
      if (usual(field) === field.selectedOptions[0]) continue;
      const picked = [...field.selectedOptions].filter((option) => option.value !== "");
      if (picked.length) found.push({ field, text: `${label}: ${picked.map((option) => option.textContent.trim()).join(", ")}` });
    } else if (field.value) {
      found.push({ field, text: `${label}: ${field.type === "date" ? field.value.split("-").reverse().join("/") : field.value}` });
    }
  }
  return found;
}
function clear(field) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = false;
  else if (field.multiple) [...field.options].forEach((option) => { option.selected = false; });
  else if (field.tagName === "SELECT" && usual(field)) usual(field).selected = true;
  else field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
function chips(form) {
  const box = form.querySelector("[data-chips]");
  if (!box) return;
  const found = chosen(form);
  box.replaceChildren(
    ...found.map(({ field, text }) => {
      const chip = box.querySelector("template").content.firstElementChild.cloneNode(true);
      chip.querySelector("span").textContent = text;
      chip.addEventListener("click", () => { clear(field); form.querySelector("summary")?.focus(); });
      return chip;
    }),
    box.querySelector("template"),
  );
  box.hidden = found.length === 0;
  const number = form.querySelector("[data-chip-count]");
  if (number) { number.textContent = String(found.length); number.hidden = found.length === 0; }
}
for (const form of document.querySelectorAll("form[data-filters]")) {
  chips(form);
  form.addEventListener("input", () => chips(form));
  addEventListener("pageshow", () => chips(form));
}
