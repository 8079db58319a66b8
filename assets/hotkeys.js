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
    if (!isDropped(el) && el.ariaHidden !== "true") el.focus();
    if (el.getAttribute("aria-disabled") !== "true") el.click();
    return true;
  }

  // What acts on a pane that still shows another proposal is dropped (see below).
  const isDropped = (el) => el.closest("[data-acts]") !== null && el.closest("[data-pane][data-fetching]") !== null;

  function ask(field) {
    field.focus();
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
  }

  // Opens a dialog and keeps in its form what it was opened on, also if the page moves on behind it.
  window.batonAsk = (id, kept) => {
    const dialog = document.getElementById(id);
    for (const [name, value] of Object.entries(kept)) dialog.querySelector(`[name=${name}]`).value = value;
    dialog.showModal();
  };

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

  // A pane (data-pane) shows what was asked for last only once the server has sent it (data-asked). Until then it says
  // so, and nothing in it that acts (data-acts) is pressed: a decision is about what stands there to be read.
  const pane = () => document.querySelector("[data-pane]");
  const askedBy = (url) => new URL(url, location).searchParams.get("item") ?? "";
  const paneSays = (words) => {
    const place = pane()?.querySelector("[data-pane-says]");
    if (place) place.textContent = words;
  };

  function fetching(asked) {
    const place = pane();
    if (!place || place.dataset.asked === asked) return;
    Object.assign(place.dataset, { fetching: asked, from: location.href });
    place.setAttribute("aria-busy", "true");
    paneSays(asked && `Opening ${asked} …`);
    requestAnimationFrame(settle);
  }

  function settle() {
    const place = pane();
    if (!place || place.dataset.fetching === undefined) return;
    const { asked, fetching: wanted, from } = place.dataset;
    const wentElsewhere = location.href !== from && asked === askedBy(location);
    if (asked !== wanted && !wentElsewhere) return requestAnimationFrame(settle);
    delete place.dataset.fetching;
    place.removeAttribute("aria-busy");
    paneSays(place.dataset.dropped ? `Nothing was done: ${asked || "it"} was still being opened. Press again now.` : "");
    delete place.dataset.dropped;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (pane() && new URL(link.href).pathname === location.pathname) fetching(askedBy(link.href));
  }, true);
  addEventListener("popstate", () => fetching(askedBy(location)));
  document.addEventListener("click", (event) => {
    const place = pane();
    if (!place || !event.target.closest?.("[data-acts]")) return;
    settle();
    if (place.dataset.fetching === undefined) return paneSays("");
    event.stopImmediatePropagation();
    event.preventDefault();
    place.dataset.dropped = "true";
    paneSays(`Nothing was done: ${place.dataset.fetching || "the next one"} is still being opened.`);
  }, true);

  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("[data-close]");
    if (close) document.getElementById(close.dataset.close)?.close();
    // The second click of a double click meant the button that opened the dialog, not the ground behind it.
    else if (event.target.matches?.("dialog[open]") && event.detail < 2) event.target.close();
    const drawer = event.target.closest?.("[data-drawer]");
    if (drawer) document.body.classList.toggle("drawer", drawer.dataset.drawer === "toggle" ? undefined : false);
    else if (event.target.closest?.(".side a")) document.body.classList.remove("drawer");
    if (event.target.closest?.("[data-keys]")) keysDialog();
    const shut = event.target.closest?.('[aria-disabled="true"]');
    if (shut) event.preventDefault();
  });
})();
