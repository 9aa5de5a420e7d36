// A file of another tool may lack its drawing, or part of it: what has no place gets one, from left to right, lane by
// lane, so that it can be seen, moved and kept. What is already drawn stays where it is.
const NS = {
  model: "http://www.omg.org/spec/BPMN/20100524/MODEL", di: "http://www.omg.org/spec/BPMN/20100524/DI",
  dc: "http://www.omg.org/spec/DD/20100524/DC", dd: "http://www.omg.org/spec/DD/20100524/DI",
};
const NODE = /Event$|Task$|^task$|Gateway$|^callActivity$|^subProcess$|^transaction$|^adHocSubProcess$/;
const [STEP_X, STEP_Y, MARGIN] = [150, 110, 40];

const children = (node, test) => [...node.children].filter((child) => child.namespaceURI === NS.model && test.test(child.localName));
const idOf = (node) => node.getAttribute("id");

function sizeOf(node) {
  if (/Event$/.test(node.localName)) return { width: 36, height: 36 };
  if (/Gateway$/.test(node.localName)) return { width: 50, height: 50 };
  return { width: 100, height: 80 };
}

/** Columns: how many flows stand between the beginning and each node; a flow that goes back does not count. */
function columns(nodes, flows) {
  const found = new Map();
  const next = (id) => flows.filter((flow) => flow.getAttribute("sourceRef") === id).map((flow) => flow.getAttribute("targetRef"));
  const entered = new Set(flows.map((flow) => flow.getAttribute("targetRef")));
  const known = new Set(nodes.map(idOf));
  const walk = (id, column, path) => {
    if (!known.has(id) || path.has(id) || (found.get(id) ?? -1) >= column || path.size > 200) return;
    found.set(id, column);
    for (const other of next(id)) walk(other, column + 1, new Set([...path, id]));
  };
  for (const node of nodes) if (!entered.has(idOf(node)) && node.localName !== "boundaryEvent") walk(idOf(node), 0, new Set());
  for (const node of nodes) if (!found.has(idOf(node))) walk(idOf(node), 0, new Set());
  return found;
}

class Drawing {
  constructor(sheet, plane, drawn) {
    Object.assign(this, { sheet, plane, drawn, added: 0 });
    this.places = new Map();
    for (const bounds of sheet.getElementsByTagNameNS(NS.dc, "Bounds")) {
      const shape = bounds.parentElement;
      if (shape.localName !== "BPMNShape") continue;
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(bounds.getAttribute(name)));
      this.places.set(shape.getAttribute("bpmnElement"), { x, y, width, height });
    }
  }

  get bottom() {
    return Math.max(0, ...[...this.places.values()].map(({ y, height }) => y + height));
  }

  #make(uri, name, attributes) {
    const node = this.sheet.createElementNS(uri, `${{ [NS.di]: "bpmndi", [NS.dc]: "dc", [NS.dd]: "di" }[uri]}:${name}`);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    return node;
  }

  shape(id, place, extra = {}) {
    if (this.drawn.has(id)) return;
    const shape = this.#make(NS.di, "BPMNShape", { id: `${id}_di`, bpmnElement: id, ...extra });
    shape.append(this.#make(NS.dc, "Bounds", place));
    this.plane.append(shape);
    this.places.set(id, place);
    this.drawn.add(id);
    this.added += 1;
  }

  edge(flow) {
    const [from, to] = ["sourceRef", "targetRef"].map((name) => this.places.get(flow.getAttribute(name)));
    if (this.drawn.has(idOf(flow)) || !from || !to) return;
    const [a, b] = [from, to].map(({ y, height }) => y + height / 2);
    const forward = to.x >= from.x + from.width;
    const [middle, below] = [(from.x + from.width + to.x) / 2, Math.max(from.y + from.height, to.y + to.height) + 25];
    const points = forward
      ? [[from.x + from.width, a], ...(a === b ? [] : [[middle, a], [middle, b]]), [to.x, b]]
      : [[from.x + from.width / 2, from.y + from.height], [from.x + from.width / 2, below], [to.x + to.width / 2, below], [to.x + to.width / 2, to.y + to.height]];
    const edge = this.#make(NS.di, "BPMNEdge", { id: `${idOf(flow)}_di`, bpmnElement: idOf(flow) });
    edge.append(...points.map(([x, y]) => this.#make(NS.dd, "waypoint", { x: Math.round(x), y: Math.round(y) })));
    this.plane.append(edge);
    this.added += 1;
  }

  /** Place what a process or a sub-process holds; returns the room that it takes. */
  content(holder, left, top) {
    const flows = children(holder, /^sequenceFlow$/);
    const nodes = children(holder, NODE);
    const missing = nodes.filter((node) => !this.drawn.has(idOf(node)) && node.localName !== "boundaryEvent");
    const column = columns(nodes, flows);
    const lanes = [...holder.getElementsByTagNameNS(NS.model, "lane")].filter((lane) => !lane.getElementsByTagNameNS(NS.model, "lane").length);
    const laneOf = new Map(lanes.flatMap((lane) => children(lane, /^flowNodeRef$/).map((ref) => [ref.textContent.trim(), lane])));
    const bands = lanes.length ? [...lanes, null].map((lane) => ({ lane, nodes: missing.filter((node) => (laneOf.get(idOf(node)) ?? null) === lane) }))
      .filter(({ lane, nodes: here }) => lane || here.length) : [{ lane: null, nodes: missing }];
    let [y, width] = [top, 0];
    const drawnBands = [];
    for (const { lane, nodes: here } of bands) {
      const rows = new Map();
      let height = STEP_Y;
      for (const node of here) {
        const at = column.get(idOf(node)) ?? 0;
        const row = rows.get(at) ?? 0;
        rows.set(at, row + 1);
        const inner = node.localName === "subProcess" && children(node, NODE).length ? this.content(node, left + MARGIN + at * STEP_X + 20, y + row * STEP_Y + 40) : null;
        const size = inner ? { width: inner.width + 40, height: inner.height + 40 } : sizeOf(node);
        this.shape(idOf(node), {
          x: Math.round(left + MARGIN + at * STEP_X + (inner ? 0 : (100 - size.width) / 2)),
          y: Math.round(y + row * STEP_Y + (inner ? 15 : 15 + (80 - size.height) / 2)), ...size,
        }, inner ? { isExpanded: "true" } : {});
        height = Math.max(height, (row + 1) * STEP_Y, inner ? row * STEP_Y + size.height + 30 : 0);
        width = Math.max(width, 2 * MARGIN + at * STEP_X + size.width);
      }
      drawnBands.push({ lane, y, height });
      y += height;
    }
    for (const { lane, y: at, height } of drawnBands) if (lane) this.shape(idOf(lane), { x: left, y: at, width: Math.max(width, 300), height }, { isHorizontal: "true" });
    const attached = new Map();
    for (const node of nodes.filter(({ localName }) => localName === "boundaryEvent")) {
      const host = this.places.get(node.getAttribute("attachedToRef"));
      const rank = attached.get(host) ?? 0;
      attached.set(host, rank + 1);
      if (host) this.shape(idOf(node), { x: host.x + host.width / 2 - 18 + rank * 40, y: host.y + host.height - 18, width: 36, height: 36 });
    }
    for (const flow of flows) this.edge(flow);
    return { width: Math.max(width, lanes.length ? 300 : 0), height: y - top };
  }
}

function planeOf(sheet, root) {
  const known = sheet.getElementsByTagNameNS(NS.di, "BPMNPlane")[0];
  if (known) return known;
  const target = children(root, /^collaboration$/)[0] ?? children(root, /^process$/)[0];
  if (!target) return null;
  const diagram = sheet.createElementNS(NS.di, "bpmndi:BPMNDiagram");
  diagram.setAttribute("id", "dessin");
  const plane = sheet.createElementNS(NS.di, "bpmndi:BPMNPlane");
  plane.setAttribute("id", "dessin_plan");
  plane.setAttribute("bpmnElement", idOf(target));
  diagram.append(plane);
  root.append(diagram);
  return plane;
}

/** Return {text, added}: the file with a place for everything, and how many things had none. */
export function fullyDrawn(text) {
  const sheet = new DOMParser().parseFromString(text, "application/xml");
  const root = sheet.documentElement;
  if (root.localName !== "definitions" || root.namespaceURI !== NS.model) return { text, added: 0 };
  const plane = planeOf(sheet, root);
  if (!plane) return { text, added: 0 };
  const drawn = new Set([...sheet.querySelectorAll("[bpmnElement]")].map((node) => node.getAttribute("bpmnElement")));
  const drawing = new Drawing(sheet, plane, drawn);
  const pools = [...sheet.getElementsByTagNameNS(NS.model, "participant")];
  for (const process of children(root, /^process$/)) {
    const pool = pools.find((one) => one.getAttribute("processRef")?.replace(/^.*:/, "") === idOf(process));
    const top = drawing.bottom ? drawing.bottom + 60 : 80;
    const before = drawing.added;
    const room = drawing.content(process, pool ? 190 : 160, top);
    if (pool && drawing.added > before) {
      drawing.shape(idOf(pool), { x: 160, y: top, width: Math.max(room.width, 300) + 30, height: Math.max(room.height, STEP_Y) }, { isHorizontal: "true" });
    }
  }
  const count = drawing.added;
  return count ? { text: new XMLSerializer().serializeToString(sheet), added: count } : { text, added: 0 };
}
