// The inbox: ticked rows, shortcuts, who else has a task open. Each page works without it.

const rows = [...document.querySelectorAll("[data-desk] [data-row]")];
const bulk = document.querySelector("[data-bulk]");

// --- Rows that are ticked: the bar shows when there is something to do ------------------------------------------
if (bulk) {
  const said = bulk.querySelector("[data-bulk-count]");
  const show = () => {
    const count = rows.filter((row) => box(row).checked).length;
    bulk.hidden = count === 0;
    bulk.toggleAttribute("data-count", count > 0);
    said.textContent = count === 1 ? "1 tâche cochée" : `${count} tâches cochées`;
  };
  for (const row of rows) box(row).addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

function box(row) {
  return row.querySelector("[type=checkbox]");
}

// --- Shortcuts: never while one writes, off for good when one wants (WCAG 2.1.4) ----------------------------------
const help = document.querySelector("dialog[data-keys]");
if (help) {
  const STORE = "relais-raccourcis";
  const wanted = help.querySelector("[data-keys-on]");
  const opener = document.querySelector("[data-keys-open]");
  wanted.checked = read(STORE) !== "non";
  wanted.addEventListener("change", () => write(STORE, wanted.checked ? "oui" : "non"));
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());

  const at = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (step) => {
    const next = at() < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at() + step, 0), rows.length - 1);
    const link = rows[next]?.querySelector("[data-open]");
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  };
  const press = (ending) => rows[at()]?.querySelector(`form[action*="/${ending}"] button`)?.click();
  const acts = {
    j: () => go(1),
    ArrowDown: () => go(1),
    k: () => go(-1),
    ArrowUp: () => go(-1),
    o: () => rows[at()]?.querySelector("[data-open]").click(),
    p: () => press("prendre"),
    r: () => press("rendre"),
    x: () => rows[at()] && box(rows[at()]).click(),
    "/": () => document.querySelector("[data-search]").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (!wanted.checked || writes || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const arrow = event.key.startsWith("Arrow");
    if (!Object.hasOwn(acts, event.key) || (arrow && at() < 0)) return;
    event.preventDefault();
    acts[event.key]();
  });
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing: shortcuts stay on
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing is kept there: the choice holds for this page.
  }
}

// --- A task's page says that it is open, and who else has it open -------------------------------------------------
const presence = document.querySelector('[data-presence]:not([data-presence=""])');
if (presence) {
  const BEAT = 30_000; // milliseconds; the server takes a page it has not heard of for 90 s as closed
  const body = (more) => new URLSearchParams({ csrf_token: presence.dataset.csrf, ...more });
  const beat = async () => {
    if (document.visibilityState === "hidden") return;
    try {
      const answer = await fetch(presence.dataset.presence, {
        method: "POST",
        body: body(),
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) return;
      const { phrase } = await answer.json();
      if (phrase !== presence.textContent) presence.textContent = phrase;
      presence.classList.toggle("presence--now", phrase.includes("en ce moment"));
    } catch {
      // The connection is lost: what was said stays, the next beat will tell.
    }
  };
  setInterval(beat, BEAT);
  setTimeout(beat, 2_000); // after the farewell of the page before this one, when it was the same task
  window.addEventListener("pageshow", (event) => event.persisted && beat());
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(presence.dataset.presence, body({ depart: "oui" }));
  });
}
