// What every page does: theme, menu, keyboard, toasts. Parts of pages are loaded by htmx.
if (window.htmx) Object.assign(window.htmx.config, { includeIndicatorStyles: false, allowEval: false });

const root = document.documentElement;
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-toggle-theme],[data-toggle-sidebar],[data-open-keyboard]");
  if (!target) return;
  if (target.matches("[data-toggle-theme]")) {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("bulkhead-theme", root.dataset.bsTheme);
  } else if (target.matches("[data-toggle-sidebar]")) {
    const open = document.querySelector("[data-sidebar]").classList.toggle("open");
    target.setAttribute("aria-expanded", String(open));
  } else document.querySelector("[data-keyboard]")?.showModal();
});
