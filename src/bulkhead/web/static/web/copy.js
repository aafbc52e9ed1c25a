// Copy buttons: <button data-copy="text" data-copied="Copied">. Says so where screen readers hear it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const done = await copied(button.dataset.copy);
  if (!done) return;
  button.classList.add("copy-done");
  setTimeout(() => button.classList.remove("copy-done"), 1500);
  say(button.dataset.copied);
});

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS browsers refuse the clipboard; a selected field still lets itself be copied.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function say(words) {
  const toasts = document.querySelector("[data-toasts]");
  if (!toasts) return;
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = words;
  toasts.append(line);
  setTimeout(() => line.remove(), 2500);
}
