// Keys: finds the element that says it is for a key, and presses it. No page logic here.
(() => {
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && el.type !== "checkbox");
  const seen = (el) => el.offsetParent !== null || el.getClientRects().length > 0;
  const first = (selector) => [...document.querySelectorAll(selector)].find(seen);
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
  let waitsForPlace = 0;

  function hereRow(all) {
    const box = document.activeElement?.closest("[data-row-box]");
    const focused = all.findIndex((row) => row === document.activeElement || (box && box.contains(row)));
    return focused >= 0 ? focused : all.findIndex((row) => row.getAttribute("aria-current") === "true");
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = hereRow(all);
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    if (next.dataset.row === "open") next.click();
  }

  function tick() {
    const all = rows();
    const row = all[hereRow(all)];
    row?.closest("[data-row-box]")?.querySelector("input[type=checkbox]:not(:disabled)")?.click();
  }

  function press(el) {
    if (!el) return false;
    if (typing(el)) {
      el.focus();
      el.select?.();
      return true;
    }
    el.focus();
    if (el.getAttribute("aria-disabled") !== "true") el.click();
    return true;
  }

  function ask(field) {
    field.focus();
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
  }

  function keysDialog() {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key;
    if (typing(event.target)) {
      if (key === "Escape") event.target.blur();
      return;
    }
    if (key === "Escape") document.body.classList.remove("drawer");
    if (document.querySelector("dialog[open]")) return;
    const wanted = (event.shiftKey && key.length === 1 && /[a-z]/i.test(key) ? "shift+" : "") + key.toLowerCase();
    if (waitsForPlace && event.timeStamp - waitsForPlace < 1200) { // when it was pressed, not when a busy page got to it
      waitsForPlace = 0;
      if (press(first(`[data-go="${CSS.escape(wanted)}"]`))) event.preventDefault();
      return;
    }
    if (wanted === "g") waitsForPlace = event.timeStamp;
    else if (wanted === "?") keysDialog();
    else if (wanted === "j") move(1);
    else if (wanted === "k") move(-1);
    else if (wanted === "x") tick();
    else if (wanted.length === 1 || wanted.startsWith("shift+")) {
      if (!press(first(`[data-hotkey="${CSS.escape(wanted)}"]`))) return;
    } else return;
    event.preventDefault();
  });

  // A button that needs words in a field first leads there instead (before the page hears of the click).
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-needs]");
    const needs = button && button.getAttribute("aria-disabled") !== "true" && document.querySelector(button.dataset.needs);
    if (!needs || needs.value.trim()) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    ask(needs);
  }, true);

  // What is being typed survives a reload and a lost connection: kept in this tab under data-draft.
  const drafts = "draft:";
  document.addEventListener("input", (event) => {
    const draft = event.target.dataset?.draft;
    if (draft) sessionStorage.setItem(drafts + draft, event.target.value);
  });
  new MutationObserver(() => {
    for (const field of document.querySelectorAll("[data-draft]")) {
      if (field.dataset.drafted === field.dataset.draft) continue;
      field.dataset.drafted = field.dataset.draft;
      field.value = sessionStorage.getItem(drafts + field.dataset.draft) ?? "";
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-draft"] });

  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("[data-close]");
    if (close) document.getElementById(close.dataset.close)?.close();
    else if (event.target.matches?.("dialog[open]")) event.target.close();
    const drawer = event.target.closest?.("[data-drawer]");
    if (drawer) document.body.classList.toggle("drawer", drawer.dataset.drawer === "toggle" ? undefined : false);
    else if (event.target.closest?.(".side a")) document.body.classList.remove("drawer");
    if (event.target.closest?.("[data-keys]")) keysDialog();
    const shut = event.target.closest?.('[aria-disabled="true"]');
    if (shut) event.preventDefault();
  });
})();
