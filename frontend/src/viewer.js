// The route of a case, drawn and read-only: where it stands, what is done, what is late.
// The same stands beside it as a list written by the server, which is what a screen reader is sent to.
import Viewer from "bpmn-js/lib/NavigatedViewer";

const words = {
  "bpmn:StartEvent": "départ",
  "bpmn:EndEvent": "fin",
  "bpmn:UserTask": "tâche",
  "bpmn:CallActivity": "sous-parcours",
  "bpmn:ExclusiveGateway": "choix",
};
// Below the first scale the names can no longer be read: show a part, at the second one.
const SMALLEST_READABLE = 0.68;
const COMFORTABLE = 0.9;
const FONT = '"Source Sans 3", sans-serif';
const LABEL_SIZE = 13;

/** What the server knows: {active, done, late: [element ids], links: {id: {href, label}}}. */
const stateOf = (figure) => ({ active: [], done: [], late: [], links: {}, ...JSON.parse(figure.dataset.state || "{}") });

function flag(text, kind) {
  const mark = document.createElement("div");
  mark.className = `diagram-flag ${kind}`;
  mark.textContent = text;
  return mark;
}

function linkTo({ href, label }) {
  const link = document.createElement("a");
  link.className = "diagram-link";
  link.href = href;
  link.title = label;
  link.setAttribute("aria-label", label);
  return link;
}

/** Labels keep the width the modeler gave them for its own typeface: widen those whose longest word would be cut. */
function widenLabels({ definitions }) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${LABEL_SIZE}px ${FONT}`;
  for (const { plane } of definitions?.diagrams ?? []) {
    for (const { label, bpmnElement } of plane?.planeElement ?? []) {
      if (!label?.bounds || !bpmnElement?.name) continue;
      const longest = Math.max(...bpmnElement.name.split(/\s+/).map((word) => pen.measureText(word).width));
      const missing = Math.ceil(longest + 6) - label.bounds.width;
      if (missing <= 0) continue;
      label.bounds.x -= missing / 2;
      label.bounds.width += missing;
    }
  }
}

function mark(viewer, { active, done, late, links }, word = "Vous êtes ici") {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const present = (ids) => ids.filter((id) => registry.get(id));
  const here = new Set(present(active));
  const overdue = new Set(present(late));
  for (const id of present(done)) if (!here.has(id)) canvas.addMarker(id, "is-done");
  for (const id of new Set([...here, ...overdue])) {
    const isLate = overdue.has(id);
    canvas.addMarker(id, isLate ? "is-late" : "is-active");
    overlays.add(id, {
      position: { top: -28, left: 0 },
      html: flag(isLate ? `${word}, en retard` : word, isLate ? "diagram-flag--late" : ""),
      show: { minZoom: 0.4 },
    });
  }
  for (const [id, target] of Object.entries(links)) {
    if (!registry.get(id)) continue;
    const link = linkTo(target);
    // Reached by keyboard, it comes into sight by moving the drawing, never by scrolling its frame.
    link.addEventListener("focus", () => {
      canvas.getContainer().scrollTo(0, 0);
      canvas.scrollToElement(id, 40);
    });
    overlays.add(id, { position: { bottom: 29, right: 29 }, html: link, show: { minZoom: 0.4 } });
  }
  return [...here, ...overdue].map((id) => registry.get(id));
}

/** The whole drawing when it stays readable at that size, else its beginning or the place where the case stands. */
function look(viewer, box, places) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() >= SMALLEST_READABLE) return;
  const { inner } = canvas.viewbox();
  const width = box.clientWidth / COMFORTABLE;
  const height = box.clientHeight / COMFORTABLE;
  const target = places[0];
  const within = (wanted, start, room, size) => Math.min(Math.max(wanted, start - 10), Math.max(start - 10, start + room + 10 - size));
  const x = target ? target.x + target.width / 2 - width / 2 : inner.x;
  const y = target ? target.y + target.height / 2 - height / 2 : inner.y;
  canvas.viewbox({
    x: within(x, inner.x, inner.width, width),
    y: within(y, inner.y, inner.height, height),
    width,
    height,
  });
}

/** As high as the drawing needs at this width, between a readable least and most of the window. */
function measure(viewer, box) {
  const { inner } = viewer.get("canvas").viewbox();
  const fitting = box.clientWidth / (inner.width + 20);
  const scale = fitting < SMALLEST_READABLE ? COMFORTABLE : Math.min(1, fitting);
  const height = (inner.height + 20) * scale + 24;
  box.style.height = `${Math.round(Math.min(Math.max(height, 240), Math.max(window.innerHeight * 0.72, 320)))}px`;
}

/** One finger moves the drawing sideways; up and down still scroll the page (touch-action: pan-y). */
function followTouch(viewer, box) {
  let last = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") last = event;
  });
  box.addEventListener("pointermove", (event) => {
    if (!last || event.pointerId !== last.pointerId) return;
    viewer.get("canvas").scroll({ dx: event.clientX - last.clientX, dy: event.clientY - last.clientY });
    last = event;
  });
  for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => (last = null));
}

/** On paper the drawing takes the width of the page, whatever was shown on the screen. */
function preparePrint(viewer, box) {
  const canvas = viewer.get("canvas");
  const svg = canvas.getContainer().querySelector("svg");
  const layer = svg.querySelector(".viewport");
  let moved = null;
  window.addEventListener("beforeprint", () => {
    const { inner } = canvas.viewbox();
    box.dataset.printing = "";
    moved = layer.getAttribute("transform");
    layer.removeAttribute("transform");
    svg.setAttribute("viewBox", `${inner.x - 8} ${inner.y - 8} ${inner.width + 16} ${inner.height + 16}`);
  });
  window.addEventListener("afterprint", () => {
    svg.removeAttribute("viewBox");
    if (moved) layer.setAttribute("transform", moved);
    delete box.dataset.printing;
  });
}

function tools(figure, viewer, box, places) {
  const zoomer = viewer.get("zoomScroll");
  const canvas = viewer.get("canvas");
  const step = 60;
  const actions = {
    in: () => zoomer.stepZoom(1),
    out: () => zoomer.stepZoom(-1),
    fit: () => canvas.zoom("fit-viewport", "auto"),
    left: () => canvas.scroll({ dx: step, dy: 0 }),
    right: () => canvas.scroll({ dx: -step, dy: 0 }),
    up: () => canvas.scroll({ dx: 0, dy: step }),
    down: () => canvas.scroll({ dx: 0, dy: -step }),
  };
  const keys = {
    "+": "in",
    "=": "in",
    "-": "out",
    0: "fit",
    ArrowLeft: "left",
    ArrowRight: "right",
    ArrowUp: "up",
    ArrowDown: "down",
  };
  const bar = figure.querySelector("[data-diagram-tools]");
  bar.hidden = false;
  bar.addEventListener("click", (event) => actions[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
  const svg = canvas.getContainer().querySelector("svg");
  // The wheel belongs to the page until the drawing has been chosen.
  const wheel = (on) => () => zoomer.toggle(on);
  svg.addEventListener("focusin", wheel(true));
  svg.addEventListener("focusout", wheel(false));
  svg.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[action]();
  });
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (!box.clientWidth || box.clientWidth === width || "printing" in box.dataset) return;
    width = box.clientWidth;
    look(viewer, box, places);
  }).observe(box);
}

function describe(viewer, figure) {
  const svg = viewer.get("canvas").getContainer().querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute(
    "aria-label",
    `Schéma : ${figure.dataset.title}. Flèches pour déplacer, plus et moins pour agrandir ou réduire. Le même parcours est écrit en liste.`,
  );
  for (const element of viewer.get("elementRegistry").getAll()) {
    if (["bpmn:Lane", "bpmn:Participant"].includes(element.type)) viewer.get("canvas").addMarker(element, "is-lane");
    const { name, $type } = element.businessObject ?? {};
    const drawn = name && !element.labelTarget && viewer.get("elementRegistry").getGraphics(element);
    if (!drawn) continue;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = words[$type] ? `${name} (${words[$type]})` : name;
    drawn.append(title);
  }
}

async function draw(figure) {
  const box = figure.querySelector("[data-diagram-canvas]");
  const status = figure.querySelector("[data-diagram-status]");
  try {
    const answer = await fetch(figure.dataset.source, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const viewer = new Viewer({
      container: box,
      bpmnRenderer: {
        defaultFillColor: "var(--diagram-fill)",
        defaultStrokeColor: "var(--diagram-stroke)",
        defaultLabelColor: "var(--diagram-label)",
      },
      textRenderer: {
        defaultStyle: { fontFamily: FONT, fontSize: 14 },
        externalStyle: { fontSize: LABEL_SIZE },
      },
      zoomScroll: { enabled: false },
      keyboard: { bind: false },
    });
    await document.fonts.load('14px "Source Sans 3"');
    viewer.on("import.parse.complete", widenLabels);
    await viewer.importXML(await answer.text());
    status.remove();
    const places = mark(viewer, stateOf(figure), figure.dataset.here);
    measure(viewer, box);
    look(viewer, box, places);
    describe(viewer, figure);
    tools(figure, viewer, box, places);
    followTouch(viewer, box);
    preparePrint(viewer, box);
    figure.dataset.drawn = "yes";
  } catch (error) {
    box.querySelector(".djs-container")?.remove();
    box.prepend(status);
    status.firstChild.textContent = "Le schéma ne peut pas être dessiné pour le moment. ";
    figure.dataset.drawn = "no";
    console.warn(error);
  }
}

/** A drawing inside something closed has no size: it is drawn when that is opened. */
function drawWhenSeen(figure) {
  const closed = figure.closest("details:not([open])");
  if (closed) closed.addEventListener("toggle", () => drawWhenSeen(figure), { once: true });
  else draw(figure);
}

for (const figure of document.querySelectorAll("[data-diagram]")) drawWhenSeen(figure);
