// A form that is filled at people's homes. Without a network, what is typed and the photos stay in this phone; what was
// sent meanwhile leaves when the network is back. What waits belongs to the person who typed it: another never sends it.
const SHELF = "relais-terrain";
const STORE = "saisies";
const WAIT = 30000; // milliseconds before a silent server counts as no network
const AGAIN = 20000; // milliseconds between two tries
const QUIET = 700; // milliseconds without typing before the phone keeps what was typed
const GONE = "Une étape gardée ici n'est plus à vous : sa saisie a été retirée de ce téléphone.";

const form = document.querySelector("form[data-terrain]");
const place = document.querySelector("[data-terrain-etat]");
const person = place?.dataset.terrainEtat;

function shelf(mode, act) {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(SHELF, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "task" });
    asked.onerror = () => fail(asked.error);
    asked.onsuccess = () => {
      const base = asked.result;
      const request = act(base.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => (base.close(), done(request.result));
      request.onerror = () => (base.close(), fail(request.error));
    };
  });
}

const mine = async () => (await shelf("readonly", (store) => store.getAll())).filter((item) => item.person === person);
const put = (item) => shelf("readwrite", (store) => store.put(item));
const drop = (task) => shelf("readwrite", (store) => store.delete(task));

const say = (...sentences) => {
  place.textContent = sentences.filter(Boolean).join(" ");
};

async function tell(sentence) {
  const items = await mine();
  const waiting = items.filter((item) => item.state === "envoi");
  const refused = items.filter((item) => item.state === "refus");
  const count = waiting.length === 1 ? "Une saisie attend" : `${waiting.length} saisies attendent`;
  say(
    sentence,
    waiting.length ? `${count} le réseau dans ce téléphone : ${waiting.map((item) => item.title).join(", ")}. L'envoi se fera tout seul.` : "",
    ...refused.map((item) => `À revoir : ${item.title} (${item.phrase})`),
  );
}

// The token of this page; one that is too old is answered with a fresh one.
let token = document.querySelector("input[name=csrf_token]")?.value ?? place?.dataset.csrf ?? "";

async function post(item) {
  for (let turn = 0; turn < 2; turn += 1) {
    const body = new FormData();
    for (const [name, value] of item.fields) body.append(name, value);
    body.append("csrf_token", token);
    const answer = await fetch(item.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(WAIT),
    });
    const json = answer.headers.get("Content-Type")?.includes("json");
    const said = json ? await answer.json() : {};
    if (answer.status !== 400 || !said.jeton) return { status: json ? answer.status : 503, said };
    token = said.jeton;
  }
  return { status: 503, said: {} };
}

// What was begun and not sent: a step that is not this person's any more leaves the phone, its household with it.
async function forget() {
  let gone = "";
  for (const item of await mine()) {
    const answer = await fetch(item.action, { signal: AbortSignal.timeout(WAIT) });
    if (answer.status === 404) {
      await drop(item.task);
      gone = GONE;
    }
  }
  if (gone) await tell(gone);
}

let sending = false;

async function flush() {
  if (sending) return;
  sending = true;
  let sent = "";
  try {
    for (const item of (await mine()).filter((one) => one.state === "envoi")) {
      const { status, said } = await post(item);
      if (status >= 500 || status === 429) break;
      if (status === 404) {
        await drop(item.task); // no step of this person's any more: nothing of it stays here
        sent = GONE;
      } else if (status === 200 || status === 201) {
        await drop(item.task);
        sent = `Parti et enregistré : ${item.title}.`;
        if (form?.dataset.terrain === item.task) {
          location.assign(said.suite ?? form.dataset.terrainRetour);
          return;
        }
      } else {
        await put({ ...item, state: "refus", phrase: said.phrase ?? "La saisie n'a pas été prise." });
      }
    }
  } catch {
    // No network yet: what waits stays.
  } finally {
    sending = false;
  }
  await tell(sent);
}

// --- The form of this page -------------------------------------------------------------------------------------------

const typed = () =>
  [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && (typeof value === "string" || value.size > 0));

const held = (state) => ({
  task: form.dataset.terrain,
  person,
  title: form.dataset.terrainTitre,
  action: form.dataset.terrainEnvoi,
  fields: typed(),
  state,
});

let timer = 0;
let sent = false;

function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => sent || put(held("saisie")).catch(() => {}), QUIET);
}

// Rows first, then answers: a table has as many rows as what was kept says.
function restore(item) {
  for (const table of form.querySelectorAll("[data-tableau]")) {
    const name = table.dataset.tableau;
    const rows = new Set(item.fields.map(([key]) => key.split(".")).filter(([head, row]) => head === name && row).map(([, row]) => row));
    const here = () => table.querySelectorAll(":scope > [data-lignes] > [data-ligne]").length;
    while (here() < rows.size && table.querySelector("[data-ajouter]")) table.querySelector("[data-ajouter]").click();
  }
  const values = Map.groupBy ? Map.groupBy(item.fields, ([name]) => name) : grouped(item.fields);
  for (const input of form.querySelectorAll("input, select, textarea")) {
    const given = (values.get(input.name) ?? []).map(([, value]) => value);
    if (input.name === "csrf_token" || input.type === "submit") continue;
    if (input.type === "file") {
      const files = new DataTransfer();
      for (const file of given) if (typeof file !== "string") files.items.add(file);
      if (files.files.length) input.files = files.files;
    } else if (["radio", "checkbox"].includes(input.type)) input.checked = given.includes(input.value);
    else if (given.length) input.value = given[0];
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function grouped(pairs) {
  const found = new Map();
  for (const pair of pairs) found.set(pair[0], [...(found.get(pair[0]) ?? []), pair]);
  return found;
}

async function send(event) {
  const button = event.submitter;
  if (button && (button.name !== "_action" || button.value !== "envoyer")) return; // a draft, a row: as the page does
  event.preventDefault();
  if (sent) return;
  sent = true;
  clearTimeout(timer);
  const item = held("envoi");
  say("Envoi en cours…");
  try {
    const { status, said } = await post(item);
    if (status === 200 || status === 201) {
      await drop(item.task).catch(() => {});
      location.assign(said.suite ?? form.dataset.terrainRetour);
      return;
    }
    if (status < 500) {
      await put({ ...item, state: "saisie" }).catch(() => {});
      form.submit(); // the page says what is to be mended, in its place
      return;
    }
    throw new Error(String(status));
  } catch {
    await put(item);
    form.toggleAttribute("data-envoye", true);
    await tell("Pas de réseau : tout est gardé dans ce téléphone, photos comprises. Vous pouvez fermer la page.");
    place.scrollIntoView({ block: "center" });
  }
}

async function begin() {
  const kept = (await mine()).find((item) => item.task === form.dataset.terrain);
  if (kept && kept.state === "envoi") form.toggleAttribute("data-envoye", true);
  else if (kept && !document.querySelector(".error-summary")) {
    restore(kept);
    say(kept.phrase ? `À revoir : ${kept.phrase}` : "Repris de ce téléphone, photos comprises.");
  }
  form.addEventListener("input", keepSoon);
  form.addEventListener("change", keepSoon);
  form.addEventListener("rows", keepSoon);
  form.addEventListener("submit", send, { capture: true });
}

if (place && globalThis.indexedDB) {
  if (form) begin().catch(() => {});
  flush().then(forget).catch(() => {});
  window.addEventListener("online", () => flush().then(forget).catch(() => {}));
  setInterval(flush, AGAIN);
}
