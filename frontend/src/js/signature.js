// A signature drawn by finger, pen or mouse, kept as points in a hidden field: « x,y x,y;x,y » in a box of 600 by 200.
// It comes back after a refused form, since the field does; without a script the typed name signs.
const WIDTH = 600;
const HEIGHT = 200;
const APART = 3; // units between two points kept
const LONGEST = 15_500; // signs, a little under what the server takes

const clamp = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
const line = (stroke) => `M${stroke.join(" ")}${stroke.length > 1 ? "" : " l0.1,0"}`;

for (const field of document.querySelectorAll("[data-signature]")) {
  const kept = field.querySelector("input");
  const pad = field.querySelector("svg");
  const state = field.querySelector("[role=status]");
  const tools = field.querySelectorAll("button");
  let strokes = kept.value ? kept.value.split(";").map((stroke) => stroke.split(" ")) : [];
  let last = null;

  const draw = () => {
    pad.replaceChildren(
      ...strokes.map((stroke) => {
        const path = document.createElementNS(pad.namespaceURI, "path");
        path.setAttribute("d", line(stroke));
        return path;
      }),
    );
    for (const tool of tools) tool.setAttribute("aria-disabled", String(!strokes.length));
  };
  const keep = (said) => {
    kept.value = strokes.map((stroke) => stroke.join(" ")).join(";");
    state.textContent = said;
    draw();
    kept.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [
      clamp(((event.clientX - box.left) / box.width) * WIDTH, WIDTH),
      clamp(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT),
    ];
  };

  pad.addEventListener("pointerdown", (event) => {
    if (event.button || last || kept.value.length > LONGEST) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    last = at(event);
    strokes.push([last.join()]);
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last || !pad.hasPointerCapture(event.pointerId)) return;
    const stroke = strokes.at(-1);
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      const here = at(part);
      if (Math.hypot(here[0] - last[0], here[1] - last[1]) < APART) continue;
      if (kept.value.length + stroke.length * 8 > LONGEST) break;
      stroke.push(here.join());
      last = here;
    }
    pad.lastElementChild.setAttribute("d", line(stroke));
  });
  const lift = () => {
    if (!last) return;
    last = null;
    keep("Signature dessinée.");
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);

  field.querySelector("[data-signature-undo]").addEventListener("click", () => {
    if (!strokes.length) return;
    strokes.pop();
    keep(strokes.length ? "Dernier trait annulé." : "Cadre vide.");
  });
  field.querySelector("[data-signature-clear]").addEventListener("click", () => {
    if (!strokes.length) return;
    strokes = [];
    keep("Cadre vide.");
  });
  field.hidden = false;
  draw();
}
