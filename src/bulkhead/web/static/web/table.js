// What a query table can do beyond its plain forms: short addresses, open rows by a click, say what is chosen.
for (const form of document.querySelectorAll("[data-query-form], [data-look-form]")) {
  form.addEventListener("submit", () => {
    // An empty field says nothing, so it need not stand in the address.
    const empty = [...form.elements].filter((field) => field.name && !field.disabled && field.value === "");
    for (const field of empty) field.disabled = true;
    setTimeout(() => { for (const field of empty) field.disabled = false; });
  });
}

for (const pick of document.querySelectorAll("[data-pick]")) {
  const chosen = pick.querySelector("[data-chosen]");
  const between = document.documentElement.lang.startsWith("zh") ? "、" : ", ";
  pick.addEventListener("change", () => {
    const labels = [...pick.querySelectorAll("input:checked")].map((field) => field.parentElement.textContent.trim());
    chosen.textContent = labels.join(between) || chosen.dataset.any;
  });
}

for (const list of document.querySelectorAll("[data-column-list]")) {
  for (const moves of list.querySelectorAll(".column-move")) moves.hidden = false;
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    const other = button.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
    if (!other?.querySelector("[data-move]")) return;
    if (button.dataset.move === "1") other.after(item);
    else other.before(item);
    button.focus();
  });
}

document.addEventListener("click", (event) => {
  const row = event.target.closest(".rows tr[data-row]");
  if (!row || event.defaultPrevented || event.target.closest("a, button, input, label, summary")) return;
  if (String(getSelection())) return; // somebody marks text to copy it
  row.querySelector(".row-link")?.click();
});

addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("[data-query-form] :disabled")) field.disabled = false;
});

// On a phone the rows come first; the conditions fold away unless one of them has to be mended.
for (const toggle of document.querySelectorAll("[data-toggle-query]")) {
  const fold = (open) => toggle.setAttribute("aria-expanded", String(open));
  toggle.hidden = false;
  toggle.addEventListener("click", () => fold(toggle.getAttribute("aria-expanded") === "false"));
  if (matchMedia("(max-width: 640px)").matches && !document.querySelector(".query-problems")) fold(false);
}
