// Runs before the first paint: the chosen theme, or the system's.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch { /* private mode */ }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.setAttribute("data-bs-theme", chosen ?? (dark.matches ? "dark" : "light"));
  apply();
  dark.addEventListener("change", apply);
})();
