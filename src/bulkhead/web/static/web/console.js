// What every page does: theme, menus, keyboard, toasts. Parts of pages are loaded by htmx.
const root = document.documentElement;
const sidebar = document.querySelector("[data-sidebar]");
const toggle = document.querySelector("[data-toggle-sidebar]");

function openSidebar(open) {
  sidebar?.classList.toggle("open", open);
  toggle?.setAttribute("aria-expanded", String(open));
  if (open) sidebar.querySelector("a")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toggle-theme]")) {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("bulkhead-theme", root.dataset.bsTheme);
    document.dispatchEvent(new CustomEvent("bulkhead:theme"));
  } else if (event.target.closest("[data-toggle-sidebar]")) {
    openSidebar(!sidebar.classList.contains("open"));
  } else if (event.target.closest("[data-open-keyboard]")) {
    document.querySelector("[data-keyboard]")?.showModal();
  } else if (event.target.closest("[data-close-toast]")) {
    event.target.closest(".toast-line").remove();
  } else if (sidebar?.classList.contains("open") && !event.target.closest("[data-sidebar]")) {
    openSidebar(false);
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A second click in haste is not a second act. What answers with a file leaves the page open: it may be asked again soon.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
  form.setAttribute("data-sent", "");
  setTimeout(() => form.removeAttribute("data-sent"), 2000);
});

// Keyboard: only where no field is being filled in.
const rows = () => [...document.querySelectorAll("[data-row]")];
let going = false;

function step(by) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(document.activeElement.closest("[data-row]"));
  const next = all[Math.min(all.length - 1, Math.max(0, now < 0 ? 0 : now + by))];
  next.tabIndex = -1;
  next.focus();
}

function goTo(number) {
  const entry = document.querySelectorAll(".sidebar .nav-entry")[number - 1];
  if (entry) location.href = entry.href;
}

const keys = {
  "/": () => document.querySelector("[data-first-filter], main form [type=search], main form input:not([type=hidden])")?.focus(),
  "?": () => document.querySelector("[data-keyboard]")?.showModal(),
  j: () => step(1),
  k: () => step(-1),
  p: () => document.querySelector("[data-pause]")?.click(),
  g: () => { going = true; setTimeout(() => { going = false; }, 1500); },
  Enter: () => document.activeElement.matches("[data-row]") && document.activeElement.querySelector("a")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    openSidebar(false);
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return;
  }
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (writing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (going && /^[1-9]$/.test(event.key)) { going = false; goTo(Number(event.key)); return; }
  const act = keys[event.key];
  if (!act || (event.key === "Enter" && !event.target.matches("[data-row]"))) return;
  event.preventDefault();
  act();
});
