// Clocks that run down, and one open confirmation at a time.
const chinese = document.documentElement.lang.startsWith("zh");
const steps = [[86400, " d", " 天"], [3600, " h", " 小时"], [60, " min", " 分钟"], [1, " s", " 秒"]];

function span(seconds) {
  const parts = [];
  for (const [length, en, zh] of steps) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if ((count || parts.length) && parts.length < 2) parts.push(count ? count + (chinese ? zh : en) : "");
  }
  return parts.filter(Boolean).join(" ") || (chinese ? "0 秒" : "0 s");
}

function tick() {
  for (const clock of document.querySelectorAll("[data-until]")) {
    const left = Math.floor(Number(clock.dataset.until) / 1e6 - Date.now() / 1000);
    clock.textContent = span(Math.max(0, left));
  }
}

if (document.querySelector("[data-until]")) {
  tick();
  setInterval(tick, 1000);
}

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-confirm]") || !event.target.open) return;
  for (const other of document.querySelectorAll("[data-confirm][open]")) if (other !== event.target) other.open = false;
}, true);

document.addEventListener("keydown", (event) => {
  const open = event.target.closest?.("[data-confirm][open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
