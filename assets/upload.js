/* New proposal: sends a file or typed lines to POST /api/drafts with progress, then tells the page the draft's id.
   Reflex would keep the whole file in the websocket's state; the draft lives in the pricing store instead. */
(() => {
  if (window.batonUpload) return;
  const up = (window.batonUpload = { draft: "", busy: false, refused: "", last: null, reading: {} });
  const drop = () => document.querySelector("[data-drop]");
  const say = (name, words) => document.querySelectorAll(`[data-up="${name}"]`).forEach((el) => (el.textContent = words));
  const error = (words) => { say("error", words); say("again", words); };

  function progress(share) {
    document.querySelectorAll("[data-up=bar]").forEach((el) => (el.style.width = `${share}%`));
    document.querySelectorAll("[role=progressbar][data-up-host]").forEach((el) => el.setAttribute("aria-valuenow", String(Math.round(share))));
  }

  function busy(on) {
    up.busy = on;
    document.querySelectorAll("[data-up-host]").forEach((el) => el.toggleAttribute("data-busy", on));
  }

  function sentence(xhr) {
    const body = xhr.response;
    if (body && typeof body.detail === "string") return body.detail;
    if (xhr.status === 401) return "You are signed out. Sign in again in another tab, then try once more; the lines were not checked.";
    if (xhr.status === 413) return "This file is larger than 25 MB. Split it; one proposal takes up to 100,000 rows.";
    if (xhr.status === 0) return "The connection broke while sending. The lines were not checked; try again.";
    return `The server answered ${xhr.status}. The lines were not checked; try again.`;
  }

  // A file that could be read in two ways: the page offers both, and either sends it again with what was chosen.
  function refuse(xhr) {
    up.refused = xhr.response && xhr.response.readings ? JSON.stringify(xhr.response) : "{}";
    if (up.refused === "{}") error(sentence(xhr));
    document.getElementById("draft-unsure")?.click();
  }

  // What was typed is kept first: the lines become those of the same draft.
  async function send(last) {
    if (up.busy) return;
    up.last = last;
    error("");
    busy(true);
    progress(0);
    say("words", last.words);
    if (!(await window.batonDrafting.settle()) && !document.getElementById("draft-clash")?.hidden) {
      busy(false);
      return error("Two windows typed into this draft. Say above which words stand, then check the lines.");
    }
    const body = last.body(up.reading, window.batonDrafting.id);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", "/api/drafts");
    xhr.responseType = "json";
    if (typeof body === "string") xhr.setRequestHeader("Content-Type", "application/json");
    xhr.upload.onprogress = (e) => e.lengthComputable && progress((90 * e.loaded) / e.total);
    xhr.upload.onload = () => { progress(92); say("words", "Received. Reading rows and judging them"); };
    xhr.onerror = () => { busy(false); error(sentence(xhr)); };
    xhr.onload = () => {
      busy(false);
      if (xhr.status >= 300 || !xhr.response || !xhr.response.id) return refuse(xhr);
      progress(100);
      up.draft = String(xhr.response.id);
      document.getElementById("draft-ready")?.click();
    };
    xhr.send(body);
  }

  function sendFile(file) {
    if (!file) return;
    if (!/\.(csv|tsv|txt|xlsx)$/i.test(file.name)) return error(`${file.name} is neither CSV nor XLSX. Save the sheet as one of these.`);
    if (file.size > 25 * 1024 * 1024) return error(`${file.name} is larger than 25 MB. Split it; one proposal takes up to 100,000 rows.`);
    const words = `Sending ${file.name}, ${file.size < 1e6 ? Math.ceil(file.size / 1000) + " kB" : (file.size / 1e6).toFixed(1) + " MB"}`;
    const body = (reading, draft) => {
      const form = new FormData();
      form.append("reading", JSON.stringify(reading));
      form.append("draft", draft);
      form.append("file", file, file.name);
      return form;
    };
    up.reading = {};
    send({ body, words });
  }

  function sendAgain(reading) {
    if (!up.last) return error("The page was loaded anew, so the file is not here any more. Bring it again.");
    up.reading = reading;
    send(up.last);
  }

  const asNumber = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : undefined);
  const settings = { sku: asNumber, price: asNumber, heading: asNumber, change: (text) => (text ? text === "true" : undefined) };

  function chosen(form) {
    const said = [...form.querySelectorAll("[data-reading]")].map((field) => [field.dataset.reading, field.value]);
    return Object.fromEntries(said.map(([name, text]) => [name, settings[name] ? settings[name](text) : text]));
  }

  function typedRows() {
    return [...document.querySelectorAll("[data-line]")]
      .map((row) => [...row.querySelectorAll("input")].map((input) => input.value.trim()))
      .filter(([sku, price]) => sku || price);
  }

  function sendTyped() {
    const typed = typedRows(), text = (document.getElementById("paste")?.value || "").trimEnd();
    if (!text.trim() && !typed.length) { error("No lines yet: type a SKU and a price, or paste two columns."); document.getElementById("paste")?.focus(); return; }
    up.reading = {};
    send({ body: (reading, draft) => JSON.stringify({ text, typed, reading, draft }), words: "Judging the lines" });
  }

  document.addEventListener("change", (e) => {
    if (e.target.matches?.("[data-upload]")) { sendFile(e.target.files[0]); e.target.value = ""; }
  });
  document.addEventListener("click", (e) => {
    const way = e.target.closest?.("[data-way]"), again = e.target.closest?.("[data-read-again]");
    if (way) sendAgain({ ...up.reading, ...JSON.parse(way.dataset.way) });
    else if (again) sendAgain({ ...up.reading, ...chosen(again.closest("[data-reading-form]")) });
    else if (e.target.closest?.("[data-send-typed]")) sendTyped();
    else if (e.target.closest?.("[data-pick]")) document.querySelector("[data-upload]")?.click();
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    if (e.ctrlKey || e.metaKey) {
      const go = document.querySelector("[data-submit-proposal]") || document.querySelector("[data-send-typed]");
      if (go && !document.querySelector("dialog[open]")) { e.preventDefault(); document.activeElement?.blur?.(); go.click(); }
    } else if (e.target.closest?.("[data-mended]") && e.target.matches("input")) {
      e.preventDefault();
      e.target.closest("[data-mended]").querySelector("[data-mend]")?.click();
    } else if (e.target.closest?.("[data-line]")) {
      e.preventDefault();
      const inputs = [...document.querySelectorAll("[data-line] input")];
      inputs[inputs.indexOf(e.target) + 1]?.focus();
    }
  });
  document.addEventListener("paste", (e) => {
    const text = e.clipboardData?.getData("text") || "";
    const area = document.getElementById("paste");
    if (area && e.target.closest?.("[data-line]") && /[\t\n]/.test(text.trim())) {
      e.preventDefault();
      area.value = (area.value ? area.value.trimEnd() + "\n" : "") + text.trim() + "\n";
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    }
  });
  for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (e) => { if (drop()) { e.preventDefault(); drop().setAttribute("data-over", ""); } });
  document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) drop()?.removeAttribute("data-over"); });
  document.addEventListener("drop", (e) => {
    if (!drop()) return;
    e.preventDefault();
    drop().removeAttribute("data-over");
    sendFile(e.dataTransfer?.files?.[0]);
  });
})();
