// The rule editor: line numbers beside the text, a jump to where it is wrong, and a warning before work is lost.
const editor = document.querySelector("[data-editor]");
const lines = document.querySelector("[data-editor-lines]");
const form = document.querySelector("[data-editor-form]");
let saved = editor.value;

function number() {
  const count = Math.max(20, editor.value.split("\n").length + 1);
  lines.textContent = Array.from({ length: count }, (_, k) => k + 1).join("\n");
  lines.scrollTop = editor.scrollTop;
}

editor.addEventListener("input", number);
editor.addEventListener("scroll", () => { lines.scrollTop = editor.scrollTop; });
number();

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-go-line]");
  if (!button) return;
  const all = editor.value.split("\n");
  const line = Math.min(all.length, Number(button.dataset.goLine));
  const start = all.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const column = Math.max(0, Number(button.dataset.goColumn) - 1);
  editor.focus();
  editor.setSelectionRange(column ? start + column : start, start + all[line - 1].length);
  const height = parseFloat(getComputedStyle(editor).lineHeight);
  editor.scrollTop = Math.max(0, (line - 6) * height);
});

editor.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener("submit", () => { saved = editor.value; });
window.addEventListener("beforeunload", (event) => {
  if (editor.value !== saved) event.preventDefault();
});
