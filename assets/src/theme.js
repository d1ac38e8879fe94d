// Runs before the first paint: the chosen theme, or the system's. Choosing what the system shows anyway means following it again.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; /* private mode */ } };
  const apply = () => {
    document.documentElement.setAttribute("data-bs-theme", read() ?? (system.matches ? "dark" : "light"));
    document.dispatchEvent(new Event("portal:theme"));
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try {
      if ((next === "dark") === system.matches) localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
      apply();
    } catch { document.documentElement.setAttribute("data-bs-theme", next); }
  });
})();
