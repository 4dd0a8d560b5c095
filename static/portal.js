/* Pages work without this file. It copies values, and says aloud what happened. */
(() => {
  "use strict";

  const CONFIRMED_FOR_MS = 2500;

  function announce(text) {
    const announcer = document.getElementById("announcer");
    if (!announcer) return;
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = text; }, 50);
  }

  // The clipboard API exists on HTTPS and localhost alone; elsewhere the selection is copied.
  async function write(input) {
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText(input.value);
        return true;
      } catch { /* refused: try the selection */ }
    }
    input.focus();
    input.select();
    return document.execCommand("copy");
  }

  async function copy(button) {
    const input = document.getElementById(button.dataset.copy);
    const label = button.querySelector("[data-copy-label]");
    if (!input || !label) return;
    if (!(await write(input))) {
      input.select();
      announce("Could not copy. The value is selected: copy it with your keyboard.");
      return;
    }
    button.focus();
    label.textContent = "Copied";
    button.dataset.copied = "";
    announce(`Copied: ${input.labels[0]?.textContent.trim() ?? ""}`);
    setTimeout(() => {
      label.textContent = "Copy";
      delete button.dataset.copied;
    }, CONFIRMED_FOR_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  // allauth reports a passkey that was refused or cancelled by this event alone.
  document.addEventListener("allauth.error", () => {
    const problem = document.getElementById("passkey-problem");
    if (problem) problem.hidden = false;
  });
})();
