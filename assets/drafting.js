/* New proposal: what is typed is kept in the pricing store from the first pause on, field by field, each with its
   version (PUT /api/drafts/fields). A page that goes away loses nothing: what the store has not yet is in this window,
   and what it may have changed meanwhile is asked about, never overwritten. The page's state says which draft this is;
   what stands in these fields it does not hold. */
(() => {
  if (window.batonDrafting) return;
  const PAUSE = 700, SMALL = 60000, PATIENCE = [1000, 2000, 5000], STORE = "typed:";
  const CALLED = { reason: "The reason", text: "The pasted text", typed: "What was typed", mends: "What was typed into bad rows" };
  const root = () => document.querySelector("[data-drafting]");
  const field = (name) => root()?.querySelector(`[data-field="${name}"]`);
  const parsed = (text, otherwise) => { try { return JSON.parse(text) ?? otherwise; } catch { return otherwise; } };
  let open = null, savedAt = "", lastKeptAt = "";

  const begin = (id, owner) => ({ id, owner, begun: false, versions: {}, values: {}, unsaved: new Set(), clashes: {}, awaited: new Set(), refused: "", failures: 0, timer: 0, sending: null });

  // What stands in a field, and how it is put there.
  const gridRows = (grid) => [...grid.querySelectorAll("[data-line]")].map((row) => [...row.querySelectorAll("input")]);
  const fields = {
    reason: { read: (el) => el.value, put: (el, value) => { el.value = value; } },
    text: { read: (el) => el.value, put: (el, value) => { el.value = value; } },
    typed: {
      read: (el) => {
        const rows = gridRows(el).map((inputs) => inputs.map((input) => input.value.slice(0, 400)));
        while (rows.length && !rows[rows.length - 1].some(Boolean)) rows.pop();
        return rows.length ? JSON.stringify(rows) : "";
      },
      put: (el, value) => {
        const rows = parsed(value || "[]", []);
        gridRows(el).forEach((inputs, n) => inputs.forEach((input, cell) => { input.value = rows[n]?.[cell] ?? ""; }));
      },
    },
    mends: {
      read: (el) => {
        const mends = parsed(open.values.mends || "{}", {});
        for (const row of el.querySelectorAll("[data-mended]")) {
          const changed = [...row.querySelectorAll("input")].map((input) => (input.value === input.defaultValue ? null : [input.defaultValue, input.value.slice(0, 400)]));
          if (changed.some(Boolean)) mends[row.dataset.mended] = changed;
          else delete mends[row.dataset.mended];
        }
        return Object.keys(mends).length ? JSON.stringify(mends) : "";
      },
      put: (el, value) => {
        const mends = parsed(value || "{}", {});
        for (const row of el.querySelectorAll("[data-mended]")) {
          [...row.querySelectorAll("input")].forEach((input, n) => {
            const [was, is] = mends[row.dataset.mended]?.[n] ?? [];
            if (was === input.defaultValue) input.value = is;
          });
        }
      },
    },
  };

  // What the person is told.
  function say() {
    const place = document.getElementById("kept"), said = root()?.dataset.said;
    const away = open && open.failures > 0 && open.unsaved.size > 0;
    document.documentElement.toggleAttribute("data-unsaved", Boolean(away));
    if (!place) return;
    const refused = open?.refused || said || "";
    const words = refused || (away ? `Not saved${savedAt ? ` since ${savedAt}` : ""}: what you typed is in this window` : savedAt && open?.begun ? `Saved ${savedAt}` : "");
    if (place.textContent !== words) place.textContent = words;
    place.title = refused || (away ? "It is saved as soon as the server answers. Leave this window open until then." : "");
    place.classList.toggle("bad", Boolean(refused || away));
  }

  function sayClash() {
    const box = document.getElementById("draft-clash"), name = open && Object.keys(open.clashes)[0];
    if (!box) return;
    box.hidden = !name;
    if (!name) return;
    box.dataset.clash = name;
    const theirs = open.clashes[name].value;
    const words = { what: CALLED[name], theirs: theirs.length > 160 ? `${theirs.slice(0, 160)}…` : theirs || "nothing" };
    for (const [part, text] of Object.entries(words)) {
      const place = box.querySelector(`[data-clash-${part}]`);
      if (place.textContent !== text) place.textContent = text; // a change would be looked at again, for ever
    }
  }

  // What the store does not have yet outlives a reload of this window.
  function remember(draft) {
    const typed = Object.fromEntries([...draft.unsaved].map((name) => [name, draft.values[name]]));
    try {
      if (!draft.unsaved.size) sessionStorage.removeItem(STORE + draft.id);
      else sessionStorage.setItem(STORE + draft.id, JSON.stringify({ owner: draft.owner, begun: draft.begun, typed, versions: draft.versions }));
    } catch { /* the window's own memory has it still */ }
  }

  function recall(draft) {
    for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(STORE))) {
      const kept = parsed(sessionStorage.getItem(key), {});
      const mine = kept.owner === draft.owner && (key === STORE + draft.id || (!draft.begun && !kept.begun));
      if (!mine) continue;
      sessionStorage.removeItem(key);
      for (const [name, value] of Object.entries(kept.typed ?? {})) {
        if (!fields[name]) continue;
        draft.values[name] = value;
        draft.versions[name] = key === STORE + draft.id ? kept.versions?.[name] ?? 0 : 0;
        draft.unsaved.add(name);
      }
    }
  }

  // Sending.
  function soon(draft, wait = PAUSE) {
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => flush(draft), wait);
  }

  async function flush(draft) {
    clearTimeout(draft.timer);
    while (draft.sending) await draft.sending;
    const names = [...draft.unsaved].filter((name) => !draft.clashes[name] && !draft.awaited.has(name));
    if (!names.length) return !Object.keys(draft.clashes).length;
    draft.sending = send(draft, names);
    const sent = await draft.sending;
    draft.sending = null;
    remember(draft);
    say();
    if (sent && draft.unsaved.size) soon(draft);
    return sent && !Object.keys(draft.clashes).length;
  }

  async function send(draft, names) {
    const sent = Object.fromEntries(names.map((name) => [name, { value: draft.values[name], over: draft.versions[name] ?? 0 }]));
    const body = JSON.stringify({ draft: draft.id, fields: sent });
    let answer, told;
    try {
      answer = await fetch("/api/drafts/fields", { method: "PUT", headers: { "Content-Type": "application/json" }, body, keepalive: body.length < SMALL });
      told = await answer.json();
    } catch {
      return away(draft);
    }
    if (answer.status >= 500 || answer.status === 429) return away(draft);
    if (!answer.ok) {
      draft.refused = answer.status === 401 ? "Not saved: you are signed out. Sign in again in another tab; it is saved then." : `Not saved. ${told.detail ?? ""}`;
      if (answer.status === 401) away(draft);
      return false;
    }
    if (told.became) {
      draft.unsaved.clear();
      draft.refused = `Not saved: this draft was submitted as ${told.became}.`;
      return false;
    }
    for (const [name, version] of Object.entries(told.versions)) {
      draft.versions[name] = version;
      if (draft.values[name] === sent[name].value) draft.unsaved.delete(name);
    }
    Object.assign(draft.clashes, told.clashes);
    Object.assign(draft, { failures: 0, refused: "" });
    if (draft === open) {
      savedAt = new Date(told.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      begun(draft);
      sayClash();
    }
    return true;
  }

  function away(draft) {
    soon(draft, PATIENCE[Math.min(draft.failures++, PATIENCE.length - 1)]);
    return false;
  }

  function begun(draft) {
    draft.begun = true;
    if (!root()) return;
    if (!new URLSearchParams(location.search).get("draft")) at(draft.id);
    if (root().dataset.begun !== "true" || root().dataset.drafting !== draft.id) document.getElementById("draft-begun")?.click();
  }

  // The address says which draft this is; whoever has gone elsewhere meanwhile stays there.
  function at(id) {
    if (root()) history.replaceState(history.state, "", `/proposals/new?draft=${id}`);
  }

  // Which draft this is, and what stands there.
  function adopt(id, place) {
    const before = open, gone = place.dataset.lost === "true";
    const typing = before && !before.begun && before.unsaved.size > 0;
    if (typing && place.dataset.begun !== "true") return; // the page is new, the words are not: they go on being this draft's
    open = begin(id, place.dataset.owner ?? "");
    open.begun = place.dataset.begun === "true";
    if (gone && before) {
      open.values = before.values;
      for (const name of Object.keys(before.values)) if (before.values[name]) open.unsaved.add(name);
    } else if (before) {
      remember(before);
      flush(before);
      savedAt = "";
    }
    recall(open);
    for (const el of place.querySelectorAll("[data-field]")) delete el.dataset.filled;
    if (open.unsaved.size) soon(open);
    sayClash();
  }

  function take(place) {
    const marks = parsed(place.dataset.marks || "{}", {});
    const newer = Object.keys(fields).filter((name) => (marks[name] ?? 0) > (open.versions[name] ?? 0) && !open.unsaved.has(name) && !open.awaited.has(name));
    if (!open.sending && newer.length && place.dataset.drafting === open.id) fetchFields(open, newer);
  }

  async function fetchFields(draft, names) {
    names.forEach((name) => draft.awaited.add(name));
    names.forEach((name) => frozen(name, true));
    let told = null;
    try {
      const answer = await fetch(`/api/drafts/${draft.id}/fields?${names.map((name) => `name=${name}`).join("&")}`);
      if (answer.ok) told = await answer.json();
    } catch { /* asked again below */ }
    names.forEach((name) => draft.awaited.delete(name));
    if (draft !== open) return;
    if (!told) return void setTimeout(look, 1000);
    for (const [name, stands] of Object.entries(told)) {
      if (draft.unsaved.has(name) || stands.version <= (draft.versions[name] ?? 0)) continue;
      Object.assign(draft.versions, { [name]: stands.version });
      draft.values[name] = stands.value;
      if (field(name)) fields[name].put(field(name), stands.value);
    }
    names.forEach((name) => frozen(name, false));
  }

  // Nobody types into a field before it shows what stands there.
  function frozen(name, on) {
    const el = field(name);
    if (!el) return;
    for (const input of el.matches("input,textarea") ? [el] : el.querySelectorAll("input")) input.readOnly = on;
  }

  function look() {
    const place = root();
    if (!place) {
      if (open) { remember(open); flush(open); open = null; savedAt = ""; }
      return;
    }
    if (!place.dataset.drafting) return;
    if (!open || (open.id !== place.dataset.drafting && open.id !== new URLSearchParams(location.search).get("draft"))) adopt(place.dataset.drafting, place);
    if (place.dataset.begun === "true" && place.dataset.drafting === open.id) open.begun = true;
    if (place.dataset.keptAt !== lastKeptAt) { lastKeptAt = place.dataset.keptAt; savedAt = lastKeptAt || savedAt; }
    for (const el of place.querySelectorAll("[data-field]")) {
      if (el.dataset.filled === open.id && el.dataset.field !== "mends") continue;
      el.dataset.filled = open.id;
      const value = open.values[el.dataset.field];
      if (el.dataset.field !== "mends") fields[el.dataset.field].put(el, value ?? "");
      else if (value) for (const input of el.querySelectorAll("input:not([data-filled])")) { input.dataset.filled = "true"; fields.mends.put(el, value); }
      if (open.awaited.has(el.dataset.field)) frozen(el.dataset.field, true);
    }
    take(place);
    say();
    sayClash();
  }

  document.addEventListener("input", (event) => {
    const el = event.target.closest?.("[data-field]");
    if (!el || !open || !fields[el.dataset.field] || event.target.type === "file") return;
    const name = el.dataset.field;
    open.values[name] = fields[name].read(el);
    open.unsaved.add(name);
    open.refused = "";
    soon(open);
  });
  document.addEventListener("change", (event) => {
    if (open?.unsaved.size && event.target.closest?.("[data-field]")) soon(open, 0);
  });
  document.addEventListener("click", (event) => {
    const which = event.target.closest?.("[data-clash-take]")?.dataset.clashTake, name = document.getElementById("draft-clash")?.dataset.clash;
    if (!which || !open?.clashes[name]) return;
    const theirs = open.clashes[name];
    delete open.clashes[name];
    open.versions[name] = theirs.version;
    if (which === "theirs") {
      open.values[name] = theirs.value;
      open.unsaved.delete(name);
      if (field(name)) fields[name].put(field(name), theirs.value);
    }
    sayClash();
    soon(open, 0);
  });
  addEventListener("pagehide", () => { if (open?.unsaved.size) { remember(open); flush(open); } });
  addEventListener("beforeunload", (event) => { if (open?.unsaved.size && open.failures) event.preventDefault(); });

  window.batonDrafting = {
    get id() { return open?.id ?? ""; },
    at,
    seen: (name) => open?.versions[name] ?? 0,
    /* Keep at once what was typed; tells whether all of it is kept. */
    settle: () => (open ? flush(open) : Promise.resolve(true)),
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-drafting", "data-begun", "data-marks", "data-kept-at", "data-said"] });
  look();
})();
