// Charts are loaded when one comes into view; each has a table twin for those who cannot see it.
const boxes = document.querySelectorAll("canvas[data-chart]");
if (boxes.length) {
  const url = document.querySelector('meta[name="charts"]')?.content;
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      import(url).then((module) => module.draw(entry.target)).catch(() => entry.target.closest(".chart-box")?.remove());
    }
  });
  boxes.forEach((box) => watcher.observe(box));
}
