// Copy buttons. Everything else works without script.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = "COPIED";
  setTimeout(() => { button.textContent = label; }, 1500);
});
