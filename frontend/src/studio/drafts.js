// One file of the draft in the browser, for every editor of the studio: load, keep, judge, meet others.
//
//   const draft = openDraft({
//     studio: "/t/carene/atelier",      // address of the studio
//     file: "bpmn/visite.bpmn",         // its name in the release
//     token,                            // CSRF token
//     text, digest,                     // as the page or load() gave them; digest null for a new file
//     read: async () => "…",            // the text as it stands in the editor
//     show: async (text) => {},         // put another text in the editor (theirs, taken after a conflict)
//     compare: (mine, theirs) => Node,  // what stands in the conflict dialog; two columns of text without it
//     asCopy: (text, name) => text,     // what must change in a copy kept under another name (ids)
//     status, presence,                 // elements where sentences are written
//     presentWords: (people) => "…",    // who else is there, in other words than ours
//     onProblems: (problems) => {},     // verdict on the whole draft with the unsaved text laid over
//   });
//   draft.changed();                    // after every edit: keeps after 1.5 s, judges after 0.7 s
//   await draft.save();                 // at once; true when kept
//   draft.check();                      // judge now
const QUIET = 1500; // milliseconds without an edit before it is kept
const THINK = 700; // milliseconds without an edit before it is judged
const RETRY = 15_000; // milliseconds before another try when the server could not be reached
const PING = 20_000; // milliseconds between two signs of presence; others are shown for 60 s

const clock = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });
const day = new Intl.DateTimeFormat("fr-FR", { weekday: "long", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });

export const fileAddress = (studio, file) => `${studio}/fichiers/${file.split("/").map(encodeURIComponent).join("/")}`;

/** A sentence for what an answer of the server means when it holds none of its own. */
function sentenceFor(status) {
  if (status === 401) return "Votre session a pris fin. Reconnectez-vous dans un autre onglet, puis revenez ici : rien n’est perdu.";
  if (status === 403) return "Vous n’avez pas, ou plus, le droit de modifier ce programme.";
  if (status === 413) return "Ce fichier est trop lourd pour être gardé.";
  return "Le serveur n’a pas pu répondre. Ce que vous voyez reste sur cette page ; nouvel essai bientôt.";
}

/** Ask the server; returns {status, body}. A page of login counts as 401. */
export async function ask(address, { method = "GET", body, token, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["X-CSRFToken"] = token;
  const response = await fetch(address, {
    method, headers, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body),
  });
  const isJson = response.headers.get("Content-Type")?.includes("json");
  if (!isJson) return { status: response.redirected ? 401 : response.status, body: {} };
  return { status: response.status, body: await response.json() };
}

/** Read a file of the draft: {name, text, digest, …}. Throws an Error whose message is a French sentence. */
export async function load(studio, file) {
  const { status, body } = await ask(fileAddress(studio, file));
  if (status !== 200) throw new Error(body.message ?? sentenceFor(status));
  return body;
}

export const loadVocabulary = async (studio) => (await ask(`${studio}/vocabulaire.json`)).body;

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function textColumns(mine, theirs) {
  const [left, right] = [mine.split("\n"), theirs.split("\n")];
  const column = (lines, others) => {
    const known = new Set(others);
    const shown = element("pre", { class: "conflict__text", tabindex: "0" });
    for (const line of lines) shown.append(known.has(line) ? `${line}\n` : element("mark", {}, `${line}\n`));
    return shown;
  };
  return [column(left, right), column(right, left)];
}

/** Ask which of two texts is kept: "mine" | "theirs" | "copy" | "later". */
function askConflict({ who, when, mine, theirs, compare }) {
  const [left, right] = (compare ?? textColumns)(mine, theirs ?? "");
  const answer = (value, label, kind = "") => element("button", { class: `button ${kind}`, value }, label);
  const gone = theirs === null;
  const dialog = element("dialog", { class: "conflict", "aria-labelledby": "conflict-title" },
    element("h2", { id: "conflict-title" }, `${who} a ${gone ? "retiré" : "modifié"} ce fichier pendant que vous y travailliez`),
    element("p", {}, "Rien n’est écrasé : comparez, puis choisissez ce que le brouillon garde."),
    element("div", { class: "conflict__sides" },
      element("section", { "aria-label": "La vôtre" }, element("h3", {}, "La vôtre"), left),
      gone ? null : element("section", { "aria-label": `Celle de ${who}` }, element("h3", {}, `Celle de ${who}, ${when}`), right)),
    element("form", { method: "dialog", class: "button-group" },
      gone ? null : answer("copy", "Garder la mienne comme copie", "button--primary"),
      gone ? null : answer("theirs", `Prendre celle de ${who}`),
      answer("mine", gone ? "Remettre ma version" : `Remplacer celle de ${who} par la mienne`, gone ? "button--primary" : ""),
      answer("later", "Décider plus tard", "button--quiet")),
    element("p", { class: "muted" }, gone ? "Rien n’est perdu : vous pouvez le remettre."
      : `Si vous la remplacez, celle de ${who} reste dans l’historique du fichier.`));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const choice = dialog.returnValue || "later";
      dialog.remove();
      resolve(choice);
    });
  });
}

/** The name of a copy that no file bears: visite-copie.bpmn, visite-copie-2.bpmn… */
function copyName(file, number) {
  const dot = file.lastIndexOf(".");
  return `${file.slice(0, dot)}-copie${number > 1 ? `-${number}` : ""}${file.slice(dot)}`;
}

export function openDraft(options) {
  const { studio, file, token, read, show, compare, asCopy, status, presence, onProblems, onSaved } = options;
  const whoIsThere = options.presentWords ?? presentWords;
  const address = fileAddress(studio, file);
  let { text: kept, digest } = options;
  let saveTimer = 0, checkTimer = 0, judging = null, saving = null, dirty = false, halted = false;

  function say(sentence, state = "") {
    if (!status) return;
    if (status.textContent !== sentence) status.textContent = sentence;
    status.dataset.state = state;
  }

  const savedAt = (moment) => `Enregistré à ${clock.format(moment ? new Date(moment) : new Date())}`;

  async function put(name, text, base) {
    return ask(fileAddress(studio, name), { method: "PUT", token, body: { text, base } });
  }

  async function keepCopy(text) {
    for (let number = 1; number < 20; number += 1) {
      const name = copyName(file, number);
      const { status: code, body } = await put(name, asCopy ? asCopy(text, name) : text, null);
      if (code === 200) return name;
      if (code !== 409) throw new Error(body.message ?? sentenceFor(code));
    }
    throw new Error("Trop de copies de ce fichier : retirez-en une, puis recommencez.");
  }

  async function resolveConflict(text, { theirs: now }) {
    const theirs = now ?? {};
    halted = true;
    say("Non enregistré : quelqu’un d’autre a modifié ce fichier.", "conflict");
    const when = theirs.when ? day.format(new Date(theirs.when)) : "à l’instant";
    const choice = await askConflict({ who: theirs.who ?? "quelqu’un", when, mine: text, theirs: theirs.text ?? null, compare });
    halted = false;
    if (choice === "later") {
      say("Non enregistré : un choix vous attend. La prochaine modification vous le redemandera.", "conflict");
      return false;
    }
    if (choice === "mine") {
      digest = theirs.digest ?? null;
      return send(text);
    }
    const copy = choice === "copy" ? await keepCopy(text) : null;
    digest = theirs.digest;
    kept = theirs.text;
    dirty = false;
    await show(theirs.text);
    say(copy ? `La vôtre est gardée dans ${copy}. Vous voyez celle de ${theirs.who}.` : `Vous voyez celle de ${theirs.who}.`, "saved");
    check();
    return true;
  }

  async function send(text) {
    say("Enregistrement…", "saving");
    let answer;
    try {
      answer = await put(file, text, digest);
    } catch {
      answer = { status: 0, body: {} };
    }
    const { status: code, body } = answer;
    if (code === 200) {
      kept = text;
      digest = body.digest;
      dirty = false;
      say(savedAt(body.saved_at), "saved");
      onSaved?.(body);
      return true;
    }
    if (code === 409) return resolveConflict(text, body);
    if (code === 422) {
      say(`Non enregistré : ${body.message}`, "failed");
      return false;
    }
    say(`Non enregistré. ${body.message ?? sentenceFor(code)}`, "failed");
    clearTimeout(saveTimer);
    saveTimer = setTimeout(save, RETRY);
    return false;
  }

  async function save() {
    clearTimeout(saveTimer);
    if (halted) return false;
    if (saving) {
      await saving;
      if (!dirty) return true;
    }
    const run = async () => {
      let text;
      try {
        text = await read();
      } catch (fault) {
        say(`Non enregistré : ${fault.message}`, "failed");
        return false;
      }
      if (text === kept) {
        if (dirty) say("Tout est enregistré", "saved");
        dirty = false;
        return true;
      }
      dirty = false; // an edit made while the text travels says so again
      const done = await send(text);
      if (!done) dirty = true;
      return done;
    };
    saving = run();
    try {
      return await saving;
    } catch (fault) {
      say(`Non enregistré. ${fault.message}`, "failed");
      return false;
    } finally {
      saving = null;
      if (dirty && !halted && status?.dataset.state === "saved") saveTimer = setTimeout(save, QUIET);
    }
  }

  async function check() {
    clearTimeout(checkTimer);
    if (!onProblems) return;
    judging?.abort();
    const mine = (judging = new AbortController());
    try {
      const files = { [file]: await read() };
      if (mine.signal.aborted) return;
      const { status: code, body } = await ask(`${studio}/verifier`, { method: "POST", token, body: { files }, signal: mine.signal });
      if (mine.signal.aborted) return;
      if (code === 200) onProblems(body.problems, null);
      else onProblems(null, body.message ?? sentenceFor(code));
    } catch (fault) {
      if (!mine.signal.aborted) onProblems(null, fault instanceof TypeError ? sentenceFor(0) : fault.message);
    }
  }

  function changed() {
    dirty = true;
    if (status?.dataset.state !== "conflict") say("Modifié", "dirty");
    clearTimeout(saveTimer);
    clearTimeout(checkTimer);
    saveTimer = setTimeout(save, QUIET);
    checkTimer = setTimeout(check, THINK);
  }

  async function ping() {
    if (document.visibilityState === "hidden") return;
    try {
      const { status: code, body } = await ask(`${studio}/presence`, { method: "POST", token, body: { file } });
      if (code === 200 && presence) presence.textContent = whoIsThere((body.others ?? []).map((other) => other.who));
    } catch {
      // the next one will tell; the sentence on screen stays true for a minute at most
    }
  }

  window.addEventListener("beforeunload", (event) => {
    if (dirty || saving) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty) save();
    else ping();
  });
  ping();
  setInterval(ping, PING);

  return {
    address, changed, save, check,
    get dirty() { return dirty; },
    get digest() { return digest; },
    get kept() { return kept; },
    /** Say that the text on screen is the one kept, when loading changed it in no way that counts. */
    settle(text) { kept = text; dirty = false; },
  };
}

/** « Paul Guérin et Inès Carrel travaillent aussi sur ce fichier », or nothing. */
export function presentWords(people, what = "ce fichier") {
  if (!people.length) return "";
  const names = people.length > 1 ? `${people.slice(0, -1).join(", ")} et ${people.at(-1)}` : people[0];
  return `${names} ${people.length > 1 ? "travaillent" : "travaille"} aussi sur ${what}`;
}
