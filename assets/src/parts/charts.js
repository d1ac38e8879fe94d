// Charts are loaded when one comes near the screen; each has a table twin for those who cannot see it.
const url = document.querySelector('meta[name="charts"]')?.content;
let loading = null;
const load = () => (loading ??= import(url));

function drawWhenReady(canvas) {
  Promise.all([load(), document.fonts.ready])
    .then(([module]) => module.draw(canvas))
    .catch(() => {
      loading = null; // the line may be back for the next chart
      const figure = canvas.closest("figure");
      canvas.closest(".chart-box")?.classList.add("failed");
      const twin = figure?.querySelector("details");
      if (twin) twin.open = true;
    });
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      drawWhenReady(entry.target);
    }
  },
  { rootMargin: "400px" },
);

function watch(root) {
  for (const canvas of root.querySelectorAll("canvas[data-chart]:not([data-watched])")) {
    canvas.dataset.watched = "1";
    watcher.observe(canvas);
  }
}

watch(document);
document.addEventListener("htmx:after:swap", () => watch(document));
document.addEventListener("portal:theme", () => loading?.then((module) => module.redrawAll()));
