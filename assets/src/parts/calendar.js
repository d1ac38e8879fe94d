// Planned entries are dragged to another day; the link "Move" on each does the same without a mouse.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-move]") ?? null;
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
const dayOf = (event) => dragged && event.target.closest?.("[data-calendar] > [data-day]");
function mark(day) {
  for (const other of document.querySelectorAll("[data-calendar] > .over")) other.classList.remove("over");
  day?.classList.add("over");
}
document.addEventListener("dragover", (event) => {
  const day = dayOf(event);
  if (day) event.preventDefault();
  mark(day);
});
document.addEventListener("dragend", () => { dragged = null; mark(null); });
document.addEventListener("drop", (event) => {
  const day = dayOf(event);
  if (!day) return;
  event.preventDefault();
  if (day.contains(dragged)) return;
  const form = document.getElementById("move-form");
  form.action = dragged.dataset.move;
  form.elements.day.value = day.dataset.day;
  form.submit();
});
