// Says on the page what the log-in library would only tell the console of the browser.
document.addEventListener("allauth.error", (event) => {
  const fault = document.querySelector("[data-passkey-fault]");
  if (!fault) return;
  event.preventDefault();
  const known = event.detail.exception?.name === "InvalidStateError";
  fault.textContent = known ? fault.dataset.known : fault.dataset.refused;
  fault.hidden = false;
});
