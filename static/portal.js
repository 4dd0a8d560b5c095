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
      announce(button.dataset.failed);
      return;
    }
    button.focus();
    const before = label.dataset.before ??= label.textContent;
    label.textContent = button.dataset.done;
    button.dataset.copied = "";
    announce(`${button.dataset.done}: ${input.labels[0]?.textContent.trim() ?? ""}`);
    setTimeout(() => {
      label.textContent = before;
      delete button.dataset.copied;
    }, CONFIRMED_FOR_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  /* The live part: asks only for what changed, seldom from a tab that nobody sees; loses nothing when it is replaced. */

  const LOOKS_WHEN_HIDDEN_EVERY_MS = 30_000;
  const live = () => document.getElementById("live");
  const isLive = (event) => event.detail.target?.id === "live";
  let fingerprint = "";
  let lookedAt = 0;
  let before = null;

  document.addEventListener("htmx:configRequest", (event) => {
    if (!isLive(event)) return;
    if (document.hidden && Date.now() - lookedAt < LOOKS_WHEN_HIDDEN_EVERY_MS) event.preventDefault();
    else lookedAt = Date.now();
    if (fingerprint) event.detail.headers["If-None-Match"] = fingerprint;
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live()) htmx.trigger("#live", "look");
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isLive(event)) return;
    // What is being pressed or typed stays where it is until the next look.
    if (live().matches(":active") || live().contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
      event.detail.shouldSwap = false;
    }
    if (!event.detail.shouldSwap) return;
    fingerprint = event.detail.xhr.getResponseHeader("ETag") ?? "";
    before = {
      said: live().dataset.announce,
      hadFocus: live().contains(document.activeElement),
      open: [...live().querySelectorAll("details[id]")].map((it) => [it.id, it.open]),
      typed: [...live().querySelectorAll("input[id], textarea[id]")]
        .filter((it) => it.value !== it.defaultValue)
        .map((it) => [it.id, it.value]),
    };
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!before || !live()) return;
    const { said, hadFocus, open, typed } = before;
    before = null;
    for (const [id, isOpen] of open) document.getElementById(id)?.toggleAttribute("open", isOpen);
    for (const [id, value] of typed) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    if (hadFocus && document.activeElement === document.body) {
      document.getElementById("live-title")?.focus({ preventScroll: true });
    }
    const says = live().dataset.announce;
    if (says && says !== said) announce(says);
  });

  // Another language loads the page again: whoever has typed something is told once before it is lost.

  const isUnsaved = (field) => {
    if (field.type === "hidden" || field.closest("[data-unsaved]")) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    const chosen = [...field.options].some((it) => it.defaultSelected);
    return chosen ? [...field.options].some((it) => it.selected !== it.defaultSelected) : field.selectedIndex > 0;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-unsaved]");
    if (!form || form.querySelector(".unsaved")) return;
    if (![...document.querySelectorAll("form input, form select, form textarea")].some(isUnsaved)) return;
    event.preventDefault();
    const warning = document.createElement("p");
    warning.className = "unsaved";
    warning.textContent = form.dataset.unsaved;
    form.append(warning);
    announce(form.dataset.unsaved);
  });

  // Times are told in the reader's zone from the next page on; the title of the first says UTC.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;

  // allauth reports a passkey that was refused or cancelled by this event alone.
  document.addEventListener("allauth.error", () => {
    const problem = document.getElementById("passkey-problem");
    if (problem) problem.hidden = false;
  });
})();
