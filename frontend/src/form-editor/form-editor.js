// The form editor works without this script: every button posts. With it: what is typed is kept by itself, the
// preview follows, a verdict stands under each expression, fields move with Alt and the arrows or with the mouse,
// and the focus stays where it was.
import { ask, presentWords } from "../studio/drafts.js";
import "./form-editor.css";

const QUIET = 1500; // milliseconds without typing before a field is kept
const THINK = 500; // milliseconds without typing before an expression is judged
const PING = 20_000; // milliseconds between two signs of presence

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const page = document.querySelector("[data-form-editor]");
const state = { timer: 0, running: null, dirty: false, held: false };

const status = () => page.querySelector("[data-saved]");

function say(sentence, kind = "") {
  const where = status();
  if (!where) return;
  where.textContent = sentence;
  where.dataset.state = kind;
}

/** Send a form as its button would; returns {status, body}. */
async function send(form, button) {
  const data = new FormData(form);
  if (button) data.set(button.name, button.value);
  const response = await fetch(page.dataset.address, {
    method: "POST", body: data, credentials: "same-origin", headers: { Accept: "application/json" },
  });
  const isJson = response.headers.get("Content-Type")?.includes("json");
  if (!isJson) return { status: response.redirected ? 401 : response.status, body: {} };
  return { status: response.status, body: await response.json() };
}

function base(digest) {
  for (const input of all("[data-base]")) input.value = digest;
}

function preview() {
  const frame = page.querySelector("[data-preview-frame]");
  if (!frame) return;
  const inside = frame.contentWindow;
  const top = inside?.scrollY ?? 0;
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, top), { once: true });
  try {
    inside.location.replace(inside.location.pathname.startsWith(page.dataset.preview) ? inside.location.href : page.dataset.preview);
  } catch {
    frame.src = page.dataset.preview;
  }
}

/** Take the list of fields and the problems of the open one as the server shows them now. */
async function outline() {
  const response = await fetch(window.location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const here = document.activeElement?.closest("[data-place]")?.dataset.place;
  const control = document.activeElement?.matches("[data-field-link]") ? "a" : document.activeElement?.dataset.move;
  for (const [mine, theirs] of all(".form-editor__fields", page.querySelector("[data-outline]")).map((list, rank) => [list, all(".form-editor__fields", fresh.querySelector("[data-outline]"))[rank]])) {
    if (theirs) mine.replaceChildren(...theirs.children);
  }
  const told = fresh.querySelector("#panneau > .form-editor__problems");
  const shown = document.querySelector("#panneau > .form-editor__problems");
  if (shown && told) shown.replaceWith(told);
  else if (shown) shown.remove();
  else if (told) document.querySelector("#panneau .form-editor__tools")?.before(told);
  named(fresh);
  draggable();
  if (here) focusOn(here, control);
}

function focusOn(place, control = "a") {
  const line = document.getElementById(`champ-${place}`);
  (control === "a" || !control ? line?.querySelector("a") : line?.querySelector(`[data-move="${control}"]`))?.focus();
}

// --- Keeping what is typed -------------------------------------------------------------------------------------

const autosaved = () => page.querySelector("[data-autosave]");

async function save() {
  clearTimeout(state.timer);
  if (state.running) await state.running;
  const form = autosaved();
  if (!form || !state.dirty || state.held) return !state.dirty;
  state.dirty = false;
  say("Enregistrement…");
  state.running = send(form, form.querySelector("button[name=faire]")).catch(() => ({ status: 0, body: {} }));
  const { status: code, body } = await state.running;
  state.running = null;
  if (code === 200) {
    base(body.base);
    say(body.message, "saved");
    mistaken(null);
    await outline();
    preview();
    return true;
  }
  state.dirty = true;
  if (code === 409) {
    state.held = true;
    say(`${body.message} Le bouton « Enregistrer » vous montrera les deux.`, "failed");
  } else if (code === 422) {
    say(`Pas encore enregistré : ${body.message}`, "failed");
    mistaken(body.box);
  } else {
    say("Non enregistré : le serveur n’a pas répondu. Ce que vous avez écrit reste sur cette page.", "failed");
  }
  return false;
}

function mistaken(box) {
  for (const input of all("[data-script-fault]", page)) {
    input.removeAttribute("aria-invalid");
    delete input.dataset.scriptFault;
  }
  const input = box && page.querySelector(`[data-autosave] [name="${CSS.escape(box)}"]`);
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.dataset.scriptFault = "";
  }
}

function changed() {
  state.dirty = true;
  if (!state.held) say("Modifié");
  clearTimeout(state.timer);
  state.timer = setTimeout(save, QUIET);
}

// --- Boxes that follow others ----------------------------------------------------------------------------------

function follow() {
  const form = autosaved();
  if (!form) return;
  const mode = form.querySelector("[name=si_mode]:checked")?.value;
  for (const part of all("[data-for-mode]", form)) part.hidden = part.dataset.forMode !== mode;
  const source = form.querySelector("[name=options_mode]:checked")?.value;
  for (const part of all("[data-for-options]", form)) part.hidden = part.dataset.forOptions !== source;
  for (const row of all("[data-condition] .form-editor__row", form)) {
    const [field, sign, value] = all("select, input", row);
    if (document.getElementById(`valeurs-${field.value}`)) value.setAttribute("list", `valeurs-${field.value}`);
    else value.removeAttribute("list");
    value.parentElement.hidden = ["filled", "empty"].includes(sign.value);
  }
  for (const rows of all("[data-grows]", form)) grow(rows);
}

/** Keep one blank row at the end of a list. */
function grow(rows) {
  const lines = all(".form-editor__row", rows);
  const last = lines.at(-1);
  const filled = (line) => all("input", line).some((input) => input.value.trim()) || line.querySelector("select")?.value;
  if (!last || !filled(last)) return;
  const rank = Math.max(...all("[name]", rows).map((input) => Number(input.name.split(".")[1]) || 0)) + 1;
  const copy = last.cloneNode(true);
  copy.querySelector(".form-editor__row-tools")?.remove();
  copy.setAttribute("aria-label", `${last.getAttribute("aria-label").replace(/\d+$/, "")}${lines.length + 1}`);
  for (const input of all("input, select", copy)) {
    const label = copy.querySelector(`label[for="${CSS.escape(input.id)}"]`);
    input.name = input.name.replace(/\.\d+\./, `.${rank}.`);
    input.id = input.id.replace(/-\d+-/, `-${rank}-`);
    if (label) label.htmlFor = input.id;
    if (input.matches("select")) input.selectedIndex = 0;
    else input.value = "";
  }
  last.after(copy);
}

/** Show the values that the server gave to the answers typed without one: they no longer follow the words. */
function named(fresh) {
  for (const input of all("[data-autosave] [name^='options.'][name$='.valeur']", page)) {
    if (input.value || input === document.activeElement) continue;
    const label = page.querySelector(`[name="${CSS.escape(input.name.replace("valeur", "libelle"))}"]`)?.value.trim();
    const theirs = label && all("[data-autosave] [name^='options.'][name$='.libelle']", fresh).find((other) => other.value === label);
    if (theirs) input.value = fresh.querySelector(`[name="${CSS.escape(theirs.name.replace("libelle", "valeur"))}"]`)?.value ?? "";
  }
}

let thinking = 0;
function judge(box) {
  clearTimeout(thinking);
  thinking = setTimeout(async () => {
    const form = autosaved();
    const where = form?.querySelector(`[data-verdict-for="${CSS.escape(box)}"]`);
    if (!where) return;
    const data = new FormData(form);
    data.set("boite", box);
    try {
      const response = await fetch(page.dataset.verdictAddress, { method: "POST", body: data, credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const { ok, message } = await response.json();
      where.textContent = message;
      where.dataset.ok = ok ? "yes" : "no";
    } catch {
      where.textContent = "";
    }
  }, THINK);
}

// --- Moving fields ---------------------------------------------------------------------------------------------

async function act(faire, extra = {}) {
  if (state.dirty && !(await save())) return;
  const form = document.getElementById("deplacer");
  const data = { faire, ...extra };
  const holder = form.cloneNode(true);
  for (const [name, value] of Object.entries(data)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    holder.append(input);
  }
  const { status: code, body } = await send(holder).catch(() => ({ status: 0, body: {} }));
  if (code !== 200) {
    say(body.message ?? "Le serveur n’a pas répondu. Rechargez la page.", "failed");
    return;
  }
  base(body.base);
  const opened = page.querySelector(".form-editor__line--here")?.dataset.place;
  const moved = data.champ ?? faire.split(":")[1];
  if (opened && body.place && opened !== moved && opened.split("-").length !== moved?.split("-").length) {
    window.location.reload(); // a table moved with the column that is open
    return;
  }
  const target = new URL(window.location.href);
  if (opened === moved) {
    target.searchParams.set("champ", body.place);
    for (const input of all("input[name=champ]", page)) input.value = body.place;
  } else if (opened) {
    target.searchParams.set("champ", shifted(opened, moved, body.place));
    for (const input of all("input[name=champ]", page)) input.value = target.searchParams.get("champ");
  }
  window.history.replaceState(null, "", target);
  await outline();
  preview();
  focusOn(body.place);
  say("Déplacé", "saved");
}

/** Where the field that stood at `place` stands once another went from `from` to `to`. */
function shifted(place, from, to) {
  const [section, rank, ...rest] = place.split("-").map(Number);
  const [fromSection, fromRank] = from.split("-").map(Number);
  const [toSection, toRank] = to.split("-").map(Number);
  let shown = rank;
  if (from.split("-").length === 3) return place;
  if (section === fromSection && rank > fromRank) shown -= 1;
  if (section === toSection && shown >= toRank) shown += 1;
  return [section, shown, ...rest].join("-");
}

function draggable() {
  for (const line of all("[data-outline] [data-place]", page)) line.draggable = true;
}

function dragging() {
  let dragged = null;
  const outlined = page.querySelector("[data-outline]");
  outlined.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-place]");
    dragged?.classList.add("form-editor__line--dragged");
    if (event.dataTransfer && dragged) {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged.dataset.place);
    }
  });
  const target = (event) => {
    const line = event.target.closest?.("[data-place]");
    const [a, b] = [line?.dataset.place.split("-"), dragged?.dataset.place.split("-")];
    if (!a || !b || line === dragged || a.length !== b.length) return null;
    return a.length === 2 || (a[0] === b[0] && a[1] === b[1]) ? line : null;
  };
  const clear = () => all(".form-editor__line--over", outlined).forEach((line) => line.classList.remove("form-editor__line--over"));
  outlined.addEventListener("dragover", (event) => {
    const line = target(event);
    clear();
    if (!line) return;
    event.preventDefault();
    line.classList.add("form-editor__line--over");
  });
  outlined.addEventListener("drop", (event) => {
    const line = target(event);
    if (!line) return;
    event.preventDefault();
    act("deplacer", { champ: dragged.dataset.place, vers: line.dataset.place });
  });
  outlined.addEventListener("dragend", () => {
    clear();
    dragged?.classList.remove("form-editor__line--dragged");
    dragged = null;
  });
}

// --- The page --------------------------------------------------------------------------------------------------

function listen() {
  page.addEventListener("input", (event) => {
    if (!event.target.closest("[data-autosave]")) return;
    follow();
    changed();
    if (event.target.closest("[data-condition]")) judge("si");
    else if (event.target.dataset.verdict) judge(event.target.dataset.verdict);
  });
  page.addEventListener("keydown", (event) => {
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const place = event.target.closest("[data-place]")?.dataset.place ?? page.querySelector("[data-autosave] input[name=champ]")?.value;
      if (!place || event.target.matches("select")) return;
      event.preventDefault();
      act(`${event.key === "ArrowUp" ? "monter" : "descendre"}:${place}`);
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
  });
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    act(button.value);
  });
  // Another field is opened: what is typed is kept first.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !state.dirty || link.target || event.ctrlKey || event.metaKey || event.shiftKey || link.hash && link.pathname === window.location.pathname && link.search === window.location.search) return;
    event.preventDefault();
    if (await save()) window.location.assign(link.href);
  });
  // A button posts the page: its own text is what is kept, or another form would lose what is typed here.
  page.addEventListener("submit", async (event) => {
    clearTimeout(state.timer);
    if (event.target.matches("[data-autosave]")) {
      state.dirty = false;
      return;
    }
    if (!state.dirty) return;
    event.preventDefault();
    const { target, submitter } = event;
    if (await save()) target.requestSubmit(submitter);
  });
  window.addEventListener("beforeunload", (event) => {
    if (state.dirty || state.running) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && state.dirty) save();
  });
}

async function ping() {
  if (document.visibilityState === "hidden") return;
  try {
    const { status: code, body } = await ask(`${page.dataset.studio}/presence`, { method: "POST", token: page.dataset.token, body: { file: page.dataset.file } });
    const where = page.querySelector("[data-presence]");
    if (code === 200 && where) where.textContent = presentWords((body.others ?? []).map((other) => other.who), "ce formulaire");
  } catch {
    // the next sign tells
  }
}

if (page) {
  page.classList.add("form-editor--live");
  follow();
  listen();
  draggable();
  dragging();
  page.querySelector(".form-editor__line--here")?.scrollIntoView({ block: "nearest" });
  ping();
  setInterval(ping, PING);
}
