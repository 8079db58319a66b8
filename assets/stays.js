// What is being typed under data-stays (a comment, a reason) survives a reload, a way elsewhere and a server that
// restarts: kept in this tab, for the person who is signed in, until the server has accepted it (`forget`).
(() => {
  const KEPT = "stays:";
  const me = () => document.querySelector("[data-person]")?.dataset.person ?? "";
  const place = (name) => `${KEPT}${me()}:${name}`;
  const fields = () => document.querySelectorAll("[data-stays]");

  document.addEventListener("input", (event) => {
    const name = event.target.dataset?.stays;
    if (!name || !me()) return;
    if (event.target.value) sessionStorage.setItem(place(name), event.target.value);
    else sessionStorage.removeItem(place(name));
  });
  const empty = (field) => field.defaultValue ?? field.value; // a choice has no words of its own
  function restore() {
    if (!me()) return;
    for (const field of fields()) {
      if (field.dataset.stayed === field.dataset.stays) continue;
      field.dataset.stayed = field.dataset.stays;
      const kept = sessionStorage.getItem(place(field.dataset.stays));
      if (kept || field.value) field.value = kept ?? empty(field);
    }
  }
  new MutationObserver(restore).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-stays", "data-person"] });

  window.batonStays = {
    /* What was typed under names that begin so has arrived where it should. */
    forget(begin) {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(place(begin))) sessionStorage.removeItem(key);
      for (const field of fields()) if (field.dataset.stays.startsWith(begin)) field.value = empty(field);
    },
    forgetAll() {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT) || key.startsWith("typed:")) sessionStorage.removeItem(key);
    },
  };
})();
