// Rules: a table that is pasted onto the page, or a file that is chosen, goes into the field that takes rows.
(() => {
  if (window.batonPasting) return;
  window.batonPasting = true;
  const put = (field, text) => { if (field) field.value = text; };

  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea, select, dialog[open]")) return;
    const opens = document.querySelector("[data-paste]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!opens || !text.trim()) return;
    event.preventDefault();
    put(document.querySelector(`#${opens.dataset.paste} textarea`), text);
    opens.click();
  });

  document.addEventListener("change", async (event) => {
    const into = event.target.dataset?.readsInto;
    if (into && event.target.files?.[0]) put(document.getElementById(into), await event.target.files[0].text());
  });
})();
