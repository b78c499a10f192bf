// Keeps what is typed into a form on this device, so that a lost line, a
// closed window or another language loses nothing. It is dropped when the
// inquiry was sent, and after a day. Words about health, documents and consents
// are another matter: the first two are kept for this tab alone, the last
// never.

const day = 24 * 60 * 60 * 1000;
const health = new Set(["complaint", "treatment", "department", "in_hospital", "document"]);
const never = /^(consent_|version_|company_fax$|conversation_id$|key$|file$|step$|remove$)/;
const nameOf = (kind) => `naru.draft.${kind}`;

// Storage may be switched off, or full: then nothing is kept, and nothing
// fails.
function load(storage, kind) {
  try {
    const kept = JSON.parse(storage.getItem(nameOf(kind)));
    if (kept && Date.now() - kept.at < day) return kept.values;
    storage.removeItem(nameOf(kind));
  } catch { /* no storage */ }
  return {};
}
function save(storage, kind, values) {
  try {
    if (Object.keys(values).length) storage.setItem(nameOf(kind), JSON.stringify({ at: Date.now(), values }));
    else storage.removeItem(nameOf(kind));
  } catch { /* no storage */ }
}
function drop(kind) {
  for (const get of [() => localStorage, () => sessionStorage]) {
    try { get().removeItem(nameOf(kind)); } catch { /* no storage */ }
  }
}

const sent = document.querySelector("[data-draft-sent]");
if (sent) {
  drop(sent.dataset.draftSent);
  try { sessionStorage.setItem(`naru.sent.${sent.dataset.draftSent}`, "yes"); } catch { /* no storage */ }
}

const form = document.querySelector("form[data-draft]");
let usable = false;
try { usable = Boolean(form && localStorage && sessionStorage); } catch { /* switched off */ }
if (usable) start(form, form.dataset.draft);

function start(form, kind) {
  const note = form.querySelector("[data-draft-note]");
  const restored = form.querySelector("[data-draft-restored]");
  const initial = { ...read(form), language: form.elements.language.value };

  // What the server sent back is newer than any draft.
  if ("kept" in form.dataset) {
    keep();
    // The way back to this answer leads to the draft, and not to a page that
    // browsers can only send again.
    history.replaceState(history.state, "", new URL(form.action).pathname);
  } else {
    const values = { ...load(localStorage, kind), ...load(sessionStorage, kind) };
    if ("begun" in form.dataset) beside(values, initial, form.dataset.begun.split(" "));
    if (Object.keys(values).length) {
      restored.hidden = false;
      write(form, values);
    }
    if ("begun" in form.dataset) keep();
  }
  note.hidden = false;

  // On the way back to a form that was sent, browsers fill in again what was
  // typed: it gives place to an empty one.
  addEventListener("pageshow", (event) => {
    const was = sessionStorage.getItem(`naru.sent.${kind}`);
    sessionStorage.removeItem(`naru.sent.${kind}`);
    if (was && (event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward")) {
      clearTimeout(timer);
      timer = undefined;
      drop(kind);
      location.replace(location.pathname);
    }
  });

  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 300);
  });
  form.addEventListener("documents", keep);
  addEventListener("pagehide", () => { if (timer) keep(); });
  form.querySelector("[data-draft-delete]").addEventListener("click", () => {
    clearTimeout(timer);
    timer = undefined;
    drop(kind);
    location.replace(location.pathname);
  });

  function keep() {
    const values = read(form);
    // The language offered is no answer yet.
    if (values.language === initial.language && !("kept" in form.dataset)) delete values.language;
    const part = (wanted) => Object.fromEntries(Object.entries(values).filter(([name]) => health.has(name) === wanted));
    save(localStorage, kind, part(false));
    save(sessionStorage, kind, part(true));
  }
}

// beside leaves of a draft what goes with answers that were filled in from
// elsewhere. Those stand, but what was written in one's own words is kept too.
function beside(values, given, names) {
  for (const name of names) {
    if (values[name] === undefined) continue;
    const own = (name === "complaint" || name === "description") && !values[name].includes(given[name]);
    if (own) values[name] += `\n\n${given[name]}`;
    else if (name !== "complaint" && name !== "description") delete values[name];
  }
}

// read returns the answers by name; documents are a list.
function read(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (never.test(name) || typeof value !== "string" || value === "") continue;
    if (name === "document") (values.document ??= []).push(value);
    else values[name] = value;
  }
  return values;
}

function write(form, values) {
  for (const [name, value] of Object.entries(values)) {
    if (name === "document") {
      form.dispatchEvent(new CustomEvent("restore", { detail: value }));
      continue;
    }
    const field = form.elements[name];
    if (!field || never.test(name)) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
    for (let box = (field[0] ?? field).closest?.("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }
  form.dispatchEvent(new Event("draft"));
}
