// The postman's round without a network: an answer waits in this phone and leaves when the network is back.
// What waits: the answers of one door, its address on the server, the moment; never a token. Sent, it is removed.
const WAIT = 8000; // milliseconds before a silent server counts as no network
const AGAIN = 20000; // milliseconds between two tries

const marker = document.querySelector("[data-outbox]");
const form = document.querySelector("form[data-door]");
const key = marker && `relais-portes:${marker.dataset.outbox}`;

const read = () => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
};

function keep(items) {
  if (items.length) localStorage.setItem(key, JSON.stringify(items));
  else localStorage.removeItem(key);
}

function drawn() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const plural = (count, one, many) => (count === 1 ? one : `${count} ${many}`);

function tell(sentence) {
  const items = read();
  const refused = items.filter((item) => item.refused);
  const parts = [];
  if (sentence) parts.push(sentence);
  if (items.length > refused.length) {
    const said = plural(items.length - refused.length, "Une réponse attend", "réponses attendent");
    parts.push(`${said} le réseau dans ce téléphone. Ne videz pas le navigateur : l'envoi se fera tout seul.`);
  }
  if (refused.length) {
    parts.push(`À revoir : ${refused.map((item) => `${item.title} (${item.refused})`).join(" ; ")}`);
  }
  marker.textContent = parts.join(" ");
  for (const row of document.querySelectorAll("[data-door-row]")) {
    const link = row.querySelector("a");
    if (link && items.some((item) => item.door === row.dataset.doorRow && !item.refused)) {
      link.replaceWith(document.createTextNode(`${link.textContent} (en attente du réseau)`));
    }
  }
}

// The token of this page; one that is too old is answered with a fresh one.
let token = document.querySelector("input[name=csrf_token]")?.value ?? "";

async function post(item) {
  for (let turn = 0; turn < 2; turn += 1) {
    const body = new URLSearchParams([...item.body, ["csrf_token", token]]);
    const answer = await fetch(item.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(WAIT),
    });
    const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.status !== 400 || !said.jeton) return { status: answer.status, said };
    token = said.jeton;
  }
  return { status: 400, said: {} };
}

let sending = false;

async function flush() {
  if (sending || !read().some((item) => !item.refused)) return;
  sending = true;
  let sent = 0;
  try {
    for (const item of read().filter((one) => !one.refused)) {
      const { status, said } = await post(item);
      const rest = read();
      const place = rest.findIndex((one) => one.id === item.id);
      if (status === 200 || status === 201) {
        rest.splice(place, 1);
        sent += 1;
      } else if (status === 410) {
        sending = false;
        tell(said.phrase); // what waits stays: a new code on this phone lets it leave
        return;
      } else if (status >= 500 || status === 400 || status === 429) {
        break;
      } else {
        rest[place].refused = said.phrase ?? "La réponse n'a pas été prise.";
      }
      keep(rest);
    }
  } catch {
    // No network yet: what waits stays.
  }
  sending = false;
  tell(sent ? plural(sent, "Une réponse est partie et enregistrée.", "réponses sont parties et enregistrées.") : "");
}

// Offline nothing checks the answers but this: every question in sight that is not optional has one.
function missing() {
  for (const field of form.querySelectorAll("[data-champ]")) {
    if (field.closest("[hidden]") || field.querySelector(".field__optional")) continue;
    const inputs = [...field.querySelectorAll("input, select, textarea")];
    const answered = inputs.some((input) =>
      ["radio", "checkbox"].includes(input.type) ? input.checked : input.value.trim(),
    );
    if (inputs.length && !answered) return field;
  }
  return null;
}

function said() {
  const hidden = new Set([...form.querySelectorAll("[data-champ]")].filter((one) => one.closest("[hidden]")).map((one) => one.dataset.champ));
  return [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && name !== "csrf_token" && !hidden.has(name),
  );
}

const links = () => [...document.querySelectorAll("[data-next]")];
const linkOf = (door) => links().find((one) => one.dataset.next === door);

// Another door without a page: the questions are the same, only the address changes.
function show(link, done) {
  const before = linkOf(form.dataset.door)?.closest("li");
  if (before && done) before.remove();
  else if (before) before.hidden = false;
  link.closest("li").hidden = true;
  form.reset();
  for (const input of form.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (["radio", "checkbox"].includes(input.type)) input.checked = false;
    else input.value = "";
  }
  form.elements.passage.value = drawn();
  form.action = link.href;
  form.dataset.door = link.dataset.next;
  document.querySelector("[data-door-title]").textContent = link.textContent;
  document.querySelector("[data-door-commune]").textContent = link.dataset.commune;
  document.title = document.title.replace(/^[^·]*/, `${link.textContent} `);
  history.replaceState(null, "", link.href);
  for (const kind of ["input", "change"]) form.elements.passage.dispatchEvent(new Event(kind, { bubbles: true }));
  link.closest("details").open = false;
  window.scrollTo(0, 0);
  document.getElementById("contenu").focus();
}

// The door that follows, where the server or the list says it is; without any, back to the round.
function next(wanted) {
  const waiting = new Set(read().map((item) => item.door));
  const here = links().findIndex((one) => one.dataset.next === form.dataset.door);
  const order = [...links().slice(here + 1), ...links().slice(0, Math.max(here, 0))];
  const free = order.filter((one) => !waiting.has(one.dataset.next));
  const link = free.find((one) => one.href.endsWith(wanted ?? " ")) ?? free[0];
  if (link) show(link, true);
  else if (waiting.size) form.hidden = true;
  else location.assign(form.dataset.home);
}

async function send(event) {
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  form.querySelector("input[name=dit_le]").value = new Date().toISOString();
  const item = {
    id: form.querySelector("input[name=passage]").value,
    door: form.dataset.door,
    title: document.querySelector("[data-door-title]").textContent,
    action: form.action,
    body: said(),
  };
  try {
    const { status, said: answer } = await post(item);
    if (status === 200 || status === 201 || status === 409) {
      tell(status === 409 ? (answer.phrase ?? "") : `Enregistré : ${item.title}.`);
      next(answer.suivante);
      return;
    }
    form.submit(); // the page says what is to be mended, in its place
  } catch {
    const hole = missing();
    if (hole) {
      tell("Pas de réseau. Répondez à toutes les questions : la réponse sera gardée dans ce téléphone.");
      hole.scrollIntoView({ block: "center" });
      hole.querySelector("input, select, textarea").focus({ preventScroll: true });
    } else {
      keep([...read(), item]);
      tell(`Pas de réseau : ${item.title} est gardé dans ce téléphone.`);
      next();
    }
  } finally {
    delete form.dataset.busy;
  }
}

// The round opens again without a network: what it needs is kept by a worker of these pages alone, until its last day.
const SHELF = "relais-tournee";

async function keepForLater() {
  const { worker, scope, pages } = marker.dataset;
  if (!worker || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(worker, { scope });
    const { active } = await navigator.serviceWorker.ready;
    navigator.serviceWorker.addEventListener("message", (event) => {
      const sign = event.data.kept && document.querySelector("[data-kept]");
      if (sign) sign.hidden = false;
    });
    active.postMessage({ pages: pages.split(" ") });
  } catch {
    // A private window, an old browser: the page goes on needing the network, answers still wait.
  }
}

if (document.querySelector("[data-round-over]")) globalThis.caches?.delete(SHELF).catch(() => {});

if (marker) {
  keepForLater();
  if (form) {
    // Opened without a network, the page is that of another door, or of an answer sent before.
    form.elements.passage.value = drawn();
    const here = links().find((link) => new URL(link.href).pathname === location.pathname);
    if (here && here.dataset.next !== form.dataset.door) show(here, false);
    form.addEventListener("submit", send);
    for (const link of links()) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        show(link, false);
      });
    }
  }
  tell("");
  flush();
  window.addEventListener("online", flush);
  setInterval(flush, AGAIN);
}
