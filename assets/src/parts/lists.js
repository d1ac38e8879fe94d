// Bulk selection: the bar shows how many rows are ticked.
document.addEventListener("change", (event) => {
  const scope = event.target.closest("[data-bulk]");
  if (!scope) return;
  if (event.target.matches("[data-bulk-all]")) {
    scope.querySelectorAll("[data-bulk-row]").forEach((box) => { box.checked = event.target.checked; });
  }
  const count = scope.querySelectorAll("[data-bulk-row]:checked").length;
  const bar = scope.querySelector(".bulk-bar");
  if (bar) {
    bar.hidden = count === 0;
    const number = bar.querySelector("[data-bulk-count]");
    if (number) number.textContent = String(count);
  }
});
// Filters stand open on wide screens.
if (matchMedia("(min-width: 768px)").matches) {
  document.querySelectorAll("details.filters").forEach((box) => { box.open = true; });
}
