/* Prices: sends a catalog or facts file to the API and says what it answers. Nothing of the file enters the websocket. */
(() => {
  if (window.batonImporting) return;
  window.batonImporting = true;
  const SHOWN = 20;

  function words(body, status) {
    if (body && typeof body.detail === "string") return body.detail;
    if (status === 401) return "You are signed out. Sign in again in another tab, then try once more; nothing was changed.";
    if (status === 413) return "This file is too large for the page. Split it, or use the command line on the server.";
    return `The server answered ${status}. Nothing was changed; try again.`;
  }

  function told(body) {
    const counts = Object.entries(body).filter(([, value]) => typeof value === "number");
    const said = counts.map(([name, value]) => `${value.toLocaleString("en")} ${name.replaceAll("_", " ")}`).join(", ");
    const bad = (body.rows || []).length;
    return `${said}${body.rows ? `; ${bad.toLocaleString("en")} rows cannot be taken. Nothing was changed.` : "."}`;
  }

  function show(form, sentence, rows) {
    form.querySelector("[data-import-said]").textContent = sentence;
    const items = rows.slice(0, SHOWN).map((row) => {
      const item = document.createElement("li");
      item.value = row.row;
      item.textContent = `row ${row.row}, ${row.sku || "no SKU"}: ${row.reason}`;
      return item;
    });
    if (rows.length > SHOWN) {
      const more = document.createElement("li");
      more.textContent = `and ${(rows.length - SHOWN).toLocaleString("en")} more: download them`;
      items.push(more);
    }
    form.querySelector("[data-import-rows]").replaceChildren(...items);
  }

  function save(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = "problems.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function send(form, does) {
    const file = form.elements.file.files[0];
    if (!file) return show(form, "Choose a file first.", []);
    const query = new URLSearchParams();
    if (does !== "import") query.set("dry_run", "true");
    if (does === "problems") query.set("problems", "csv");
    if (form.elements.without.checked) query.set("skip_problems", "true");
    const body = new FormData();
    body.append("file", file, file.name);
    if (form.elements.source) body.append("source", form.elements.source.value);
    show(form, `Sending ${file.name} …`, []);
    const answer = await fetch(`/api/${form.dataset.import}/import?${query}`, {
      method: "POST", body, headers: { "Idempotency-Key": crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random() },
    });
    if (answer.ok && does === "problems") {
      save(await answer.text());
      return show(form, "The bad rows are in problems.csv; correct them there and import that file.", []);
    }
    const said = await answer.json().catch(() => null);
    show(form, answer.ok ? told(said) : words(said, answer.status), (said && said.rows) || []);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-import-do]");
    const form = button && button.closest("[data-import]");
    if (!form || form.hasAttribute("data-busy")) return;
    form.toggleAttribute("data-busy", true);
    send(form, button.dataset.importDo)
      .catch(() => show(form, "The connection broke while sending; try again.", []))
      .finally(() => form.removeAttribute("data-busy"));
  });
})();
