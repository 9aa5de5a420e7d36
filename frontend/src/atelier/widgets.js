// Controls of the panel, in plain DOM: each shows a value and says when the person has finished changing it.
import { element as el } from "../studio/drafts.js";

let counter = 0;
export const newId = () => `atelier-${(counter += 1)}`;

/** A labelled control: label, help, control, then what follows (verdict, link). */
export function field(label, control, { help, after = [] } = {}) {
  const id = control.id || (control.id = newId());
  const hint = help ? el("p", { class: "field__hint", id: `${id}-aide` }, help) : null;
  if (hint) control.setAttribute("aria-describedby", hint.id);
  return el("div", { class: "field" }, el("label", { class: "field__label", for: id }, label), hint, control, ...after);
}

export function textInput(value, commit, { multiline = false, lines = multiline, placeholder = "", className = "" } = {}) {
  const kind = multiline ? "textarea" : "input";
  const input = el(kind, {
    class: `${kind} ${className}`, placeholder, rows: multiline ? (lines ? "3" : "1") : null, type: multiline ? null : "text", spellcheck: multiline ? null : "false",
    autocomplete: "off",
  });
  input.value = value;
  let said = value.trim(); // Enter says it, then leaving the field, which a change takes away, would say it again
  const finish = () => {
    const typed = input.value.trim();
    if (typed === said) return;
    said = typed;
    commit(typed);
  };
  input.addEventListener("change", finish);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !lines) {
      event.preventDefault();
      finish();
    }
    if (event.key === "Escape") input.value = value;
  });
  return input;
}

/** A closed list: [{value, label}]; a value that it does not hold stays, marked as unknown. */
export function choice(value, options, commit, { none = "—" } = {}) {
  const known = options.some((option) => option.value === value);
  const select = el("select", { class: "select" });
  if (none !== null) select.append(el("option", { value: "" }, none));
  for (const option of options) select.append(el("option", { value: option.value }, option.label));
  if (value && !known) select.append(el("option", { value }, `${value} (inconnu)`));
  select.value = value;
  select.addEventListener("change", () => commit(select.value));
  return select;
}

export function checkbox(label, checked, commit, help) {
  const input = el("input", { type: "checkbox", id: newId() });
  input.checked = checked;
  input.addEventListener("change", () => commit(input.checked));
  const hint = help ? el("p", { class: "field__hint", id: `${input.id}-aide` }, help) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return el("div", { class: "field" }, el("div", { class: "choice" }, input, el("label", { for: input.id }, label)), hint);
}

export const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
export const matches = (option, words) => words.every((word) => fold(`${option.label} ${option.value} ${option.detail ?? ""}`).includes(word));

/** What each search offers: a list that is not open shows nothing of it. */
export const offered = new WeakMap();

/** A search in a list: type a few letters, arrows, Enter. What is typed and found nowhere is kept when free. */
export function picker(value, options, commit, { free = true, placeholder = "Chercher…" } = {}) {
  const id = newId();
  const list = el("ul", { class: "picker__list", role: "listbox", id: `${id}-liste`, hidden: true });
  const input = el("input", {
    class: "input", type: "text", id, role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
    "aria-controls": list.id, autocomplete: "off", spellcheck: "false", placeholder,
  });
  const box = el("div", { class: "picker" }, input, list);
  offered.set(input, options.map((option) => option.value));
  const labelOf = (wanted) => options.find((option) => option.value === wanted)?.label ?? wanted;
  let current = value, active = -1, shown = [];
  input.value = labelOf(value);

  function open(all) {
    const words = all ? [] : fold(input.value).split(/\s+/).filter(Boolean);
    shown = options.filter((option) => matches(option, words)).slice(0, 60);
    active = Math.max(0, shown.findIndex((option) => option.value === current));
    list.replaceChildren(...shown.map((option, index) => {
      const item = el("li", { role: "option", id: `${id}-${index}`, "aria-selected": String(index === active), class: "picker__option" },
        option.label, option.detail === "" ? null : el("small", {}, option.detail ?? option.value));
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(option.value);
      });
      return item;
    }));
    if (!shown.length) list.append(el("li", { class: "picker__none" }, "Rien de ce nom dans ce dispositif"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point();
  }

  function point() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
    if (shown[active]) {
      input.setAttribute("aria-activedescendant", `${id}-${active}`);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(wanted) {
    close();
    input.value = labelOf(wanted);
    if (wanted === current) return;
    current = wanted;
    commit(wanted);
  }

  input.addEventListener("click", () => list.hidden && open(true));
  input.addEventListener("input", () => open(false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return open(true);
      active = (active + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(1, shown.length);
      point();
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      if (input.value.trim() === "") choose("");
      else if (shown[active]) choose(shown[active].value);
      else leave();
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      input.value = labelOf(current);
      close();
    }
  });
  function leave() {
    close();
    const typed = input.value.trim();
    if (typed === labelOf(current)) return;
    const exact = options.find((option) => option.label === typed || option.value === typed);
    if (exact || typed === "") choose(exact?.value ?? "");
    else if (free) choose(typed);
    else input.value = labelOf(current);
  }
  input.addEventListener("blur", leave);
  return { box, input };
}

/** A labelled search in a list, with a link to what is chosen. */
export function pickerField(label, value, options, commit, { help, link, free } = {}) {
  const { box, input } = picker(value, options, commit, { free });
  const hint = help ? el("p", { class: "field__hint", id: `${input.id}-aide` }, help) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  const known = options.find((option) => option.value === value);
  const follow = value && known && link ? link(known) : null;
  const missing = value && !known && options.length
    ? el("p", { class: "verdict verdict--wrong" }, `« ${value} » n’existe pas dans ce dispositif.`) : null;
  return el("div", { class: "field" }, el("label", { class: "field__label", for: input.id }, label), hint, box, missing, follow);
}

/** Several of a list, as a sequence of names with a search to add one. */
export function several(label, values, options, commit, { help } = {}) {
  const labelOf = (wanted) => options.find((option) => option.value === wanted)?.label ?? wanted;
  const chips = el("ul", { class: "chips" }, ...values.map((value) => el("li", { class: "chip", title: value },
    el("span", {}, labelOf(value)),
    el("button", {
      type: "button", class: "chip__remove", "aria-label": `Retirer « ${labelOf(value)} »`,
      onclick: () => commit(values.filter((other) => other !== value)),
    }, "×"))));
  const { box, input } = picker("", options.filter((option) => !values.includes(option.value)),
    (value) => value && commit([...values, value]), { placeholder: "Ajouter…" });
  const hint = help ? el("p", { class: "field__hint", id: `${input.id}-aide` }, help) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return el("div", { class: "field" }, el("label", { class: "field__label", for: input.id }, label), hint, chips, box);
}
