// Forms work without this script. With it: conditions hide what is not asked, rows come and go without a reload,
// and what is typed is kept as a draft. Attributes are written by app/web/forms.
const QUIET = 1500; // milliseconds without typing before a draft leaves
const RETRY = 15000; // milliseconds before another try when the server could not be reached

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Conditions: ["==", ["champ", "statut"], "PO"], as the server wrote them in data-si ---------------------------

// An answer as the server's expressions see it: text, number, true/false, list of boxes, null while blank.
function answer(form, name) {
  const type = form.querySelector(`[data-champ="${CSS.escape(name)}"]`)?.dataset.type;
  const inputs = all(`[name="${CSS.escape(name)}"]`, form);
  if (type === "cases") return inputs.filter((input) => input.checked).map((input) => input.value);
  if (type === "tableau") return all(`[data-tableau="${CSS.escape(name)}"] [data-ligne]`, form);
  const input = inputs[0]?.type === "radio" ? inputs.find((input) => input.checked) : inputs[0];
  const text = input?.value.trim() ?? "";
  if (text === "") return null;
  if (type === "oui_non") return text === "oui";
  if (type === "nombre" || type === "montant") {
    const number = Number(text.replace(/[\s\u202f\u00a0€]/g, "").replace(",", "."));
    return Number.isNaN(number) ? null : number;
  }
  return text;
}

function operand(tree, read) {
  if (!Array.isArray(tree)) return tree;
  if (tree[0] === "champ") return read(tree[1]);
  return tree.slice(1).map((item) => operand(item, read));
}

const compare = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  in: (a, b) => b !== null && b.includes(a),
  "not in": (a, b) => b !== null && !b.includes(a),
};

// A comparison of order with a blank answer is not true, as on the server.
function holds(tree, read) {
  const [sign, ...rest] = tree;
  if (sign === "and") return rest.every((item) => holds(item, read));
  if (sign === "or") return rest.some((item) => holds(item, read));
  if (sign === "not") return !holds(rest[0], read);
  const [a, b] = rest.map((item) => operand(item, read));
  if (sign.startsWith("<") || sign.startsWith(">")) {
    if (a === null || b === null || typeof a !== typeof b) return false;
  }
  return compare[sign](a, b);
}

// A field that is hidden counts as unanswered for the fields below it, since the server drops its answer.
function applyConditions(form) {
  for (const element of all("[data-si]", form)) {
    const row = element.closest("[data-ligne]");
    const prefix = row ? `${row.closest("[data-tableau]").dataset.tableau}.${row.dataset.ligne}.` : "";
    const read = (key) => {
      const name = prefix && row.querySelector(`[data-champ="${CSS.escape(prefix + key)}"]`) ? prefix + key : key;
      const field = form.querySelector(`[data-champ="${CSS.escape(name)}"]`);
      return field?.closest("[hidden]") ? null : answer(form, name);
    };
    element.hidden = !holds(JSON.parse(element.dataset.si), read);
  }
}

// --- Rows of tables ---------------------------------------------------------------------------------------------------

function addRow(table) {
  const rows = table.querySelector("[data-lignes]");
  const numbers = all(":scope > [data-ligne]", rows).map((row) => Number(row.dataset.ligne));
  const number = String(Math.max(-1, ...numbers) + 1);
  const copy = table.querySelector("template[data-nouvelle-ligne]").content.cloneNode(true);
  for (const element of all("*", copy)) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("__n__")) element.setAttribute(name, value.replaceAll("__n__", number));
    }
  }
  for (const legend of all("legend, .visually-hidden", copy)) {
    if (!legend.children.length) legend.textContent = legend.textContent.replace("__n__", String(numbers.length + 1));
  }
  rows.append(copy);
  rows.lastElementChild.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function removeRow(button, table) {
  const row = button.closest("[data-ligne]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("input:not([type=hidden]), select, textarea") ?? table.querySelector("[data-ajouter]")).focus();
}

// --- Drafts ------------------------------------------------------------------------------------------------------------

function keepDrafts(form) {
  const address = form.dataset.brouillon;
  const status = form.querySelector("[data-etat-brouillon]");
  const say = (sentence) => status && (status.textContent = sentence);
  let timer = 0;
  let last = "";
  let sending = false;

  // Files stay out of drafts: they leave with the form itself.
  const body = () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    return data;
  };
  last = body().toString();

  async function send() {
    const data = body();
    if (sending || form.dataset.sending || data.toString() === last) return;
    sending = true;
    say("Enregistrement du brouillon…");
    try {
      const token = form.elements.csrf_token?.value ?? "";
      const headers = { "X-CSRFToken": token, Accept: "application/json" };
      const response = await fetch(address, { method: "POST", body: data, headers, credentials: "same-origin" });
      if (response.status === 409) {
        say((await response.json()).phrase);
        last = data.toString();
        return;
      }
      if (!response.ok || !response.headers.get("Content-Type")?.includes("json")) throw new Error(response.status);
      const kept = await response.json();
      last = data.toString();
      say(kept.phrase ?? "Brouillon enregistré.");
      for (const [name, text] of Object.entries(kept.calculs ?? {})) {
        const output = form.querySelector(`[data-calcul="${CSS.escape(name)}"]`);
        if (output && text) output.textContent = text;
      }
    } catch {
      say("Brouillon non enregistré : la connexion manque. Vos réponses restent sur cette page ; nouvel essai bientôt.");
      plan(RETRY);
    } finally {
      sending = false;
    }
    if (body().toString() !== last) plan(QUIET);
  }

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }

  form.addEventListener("input", () => plan(QUIET));
  form.addEventListener("rows", () => plan(QUIET));
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send();
  });
}

// --- Tabs: one part of a long form at a time; a refused answer opens its own --------------------------------------------

function makeTabs(block) {
  const list = block.querySelector(".form-tabs__list");
  const tabs = all(".form-tabs__tab", list);
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  const show = (place, focus) => {
    tabs.forEach((tab, here) => {
      tab.setAttribute("aria-selected", String(here === place));
      tab.tabIndex = here === place ? 0 : -1;
      panels[here].toggleAttribute("data-ailleurs", here !== place);
    });
    if (focus) tabs[place].focus({ preventScroll: true });
  };
  list.setAttribute("role", "tablist");
  tabs.forEach((tab, place) => {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[place].id);
    panels[place].setAttribute("role", "tabpanel");
    panels[place].setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      show(place, true);
    });
    const following = tabs[place + 1];
    if (!following) return;
    const next = Object.assign(document.createElement("button"), { type: "button", className: "button form-tabs__next" });
    next.textContent = `Suite : ${following.firstChild.textContent.trim()}`;
    next.addEventListener("click", () => {
      show(place + 1, true);
      block.scrollIntoView();
    });
    panels[place].append(next);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = tabs.indexOf(document.activeElement);
    if (!step || here < 0) return;
    event.preventDefault();
    show((here + step + tabs.length) % tabs.length, true);
  });
  const holding = (target) => panels.findIndex((panel) => panel.contains(target));
  for (const link of all(".error-summary a[href^='#']")) {
    link.addEventListener("click", () => {
      const place = holding(document.getElementById(decodeURIComponent(link.hash.slice(1))));
      if (place >= 0) show(place, false);
    }, { capture: true });
  }
  block.dataset.pret = "oui";
  show(Math.max(0, tabs.findIndex((tab) => tab.hasAttribute("data-a-reprendre"))), false);
}

for (const block of all("[data-onglets]")) makeTabs(block);

// --- Start -------------------------------------------------------------------------------------------------------------

for (const form of all("form").filter((form) => form.querySelector("[data-champ]"))) {
  for (const phrase of all("[data-si-phrase]", form)) phrase.remove();
  for (const template of all("template[data-nouvelle-ligne]", form)) {
    for (const phrase of all("[data-si-phrase]", template.content)) phrase.remove();
  }
  form.addEventListener("input", () => applyConditions(form));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ajouter], [data-retirer]");
    const table = button?.closest("[data-tableau]");
    if (!table) return;
    event.preventDefault();
    if (button.matches("[data-ajouter]")) addRow(table);
    else removeRow(button, table);
    applyConditions(form);
    form.dispatchEvent(new CustomEvent("rows"));
  });
  applyConditions(form);
  if (form.dataset.brouillon) keepDrafts(form);
}
