// Before anything is drawn, so that a dark page does not flash light. Loaded without defer on purpose.
(() => {
  const kept = localStorage.getItem("bulkhead-theme");
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
