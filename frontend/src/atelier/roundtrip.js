// Opening and saving without a change gives the same file: what the modeler would write otherwise is put back.
// Order: it moves what was deleted and brought back by « annuler » to the end, and sorts the drawing by depth.
// Namespaces: it forgets those that nothing uses, which count in the canonical form of the file.

/** Replaces the module that sorts the drawing at each save. */
export const drawingOrderModule = { bpmnDiOrdering: ["value", null] };

function* lists(root) {
  const seen = new Set();
  const waiting = [root];
  while (waiting.length) {
    const item = waiting.pop();
    if (!item?.$descriptor?.properties?.[Symbol.iterator] || typeof item.get !== "function" || seen.has(item)) continue;
    seen.add(item);
    for (const property of item.$descriptor.properties) {
      const value = item.get(property.name);
      if (Array.isArray(value)) {
        yield [item, property.name, value];
        if (!property.isReference) waiting.push(...value);
      } else if (value?.$descriptor && !property.isReference) {
        waiting.push(value);
      }
    }
  }
}

/** Remember the order of everything in a diagram; the returned function puts it back, new elements last. */
export function orderKeeper(definitions) {
  const known = new Map(); // element → name of the list → what stands in it, in order
  for (const [item, name, values] of lists(definitions)) {
    if (values.length < 2) continue;
    if (!known.has(item)) known.set(item, new Map());
    known.get(item).set(name, [...values]);
  }
  return () => {
    for (const [item, name, values] of lists(definitions)) {
      const order = known.get(item)?.get(name);
      if (!order || values.length < 2) continue;
      const place = new Map(order.map((value, index) => [value, index]));
      const at = (value) => place.get(value) ?? order.length;
      values.sort((left, right) => at(left) - at(right));
    }
  };
}

const rootTag = /<(?:[\w-]+:)?definitions\b[^>]*>/;
const declaration = /\sxmlns(?::[\w.-]+)?="[^"]*"/g;

/** Put back the namespaces of the original's root, in its order; those that the modeler added follow. */
export function withNamespaces(original, written) {
  const before = rootTag.exec(original)?.[0];
  const after = rootTag.exec(written)?.[0];
  if (!before || !after) return written;
  const wanted = [...new Set([...(before.match(declaration) ?? []), ...(after.match(declaration) ?? [])].map((text) => text.trim()))];
  const bare = after.replace(declaration, "");
  const name = /<[^\s>]+/.exec(bare)[0];
  return written.replace(after, () => `${name} ${wanted.join(" ")}${bare.slice(name.length)}`);
}

function canonical(node, out) {
  out.push(`<${node.namespaceURI}:${node.localName}`);
  const attributes = [...node.attributes].filter((attribute) => attribute.namespaceURI !== "http://www.w3.org/2000/xmlns/");
  out.push(...attributes.map(({ namespaceURI, localName, value }) => ` ${namespaceURI ?? ""}:${localName}=${JSON.stringify(value)}`).sort());
  const children = [...node.childNodes].filter(({ nodeType }) => nodeType === 1 || nodeType === 3 || nodeType === 4);
  for (const child of children) {
    if (child.nodeType === 1) canonical(child, out);
    else if (child.data.trim() || node.children.length === 0) out.push(`"${child.data}"`);
  }
  out.push(">");
  return out;
}

const parse = (text) => new DOMParser().parseFromString(text, "application/xml");

/** Whether two files say the same: attributes in any order, layout and comments apart. */
export function same(left, right) {
  if (left === right) return true;
  return canonical(parse(left).documentElement, []).join("\n") === canonical(parse(right).documentElement, []).join("\n");
}

function census(text) {
  const found = new Map();
  const sheet = parse(text);
  const comments = sheet.createTreeWalker(sheet, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) {
    const told = comments.currentNode.data.trim().replace(/\s+/g, " ").slice(0, 60);
    const owner = comments.currentNode.parentElement?.closest("[id]")?.getAttribute("id") ?? "";
    found.set(`commentaire « ${told} »\n${owner}`, 1);
  }
  for (const node of sheet.querySelectorAll("*")) {
    const owner = node.closest("[id]")?.getAttribute("id") ?? "";
    for (const what of [node.nodeName, ...[...node.attributes].map((attribute) => `${node.nodeName} ${attribute.nodeName}`)]) {
      if (/ xmlns(:|$)/.test(what)) continue;
      const key = `${what}\n${owner}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
  }
  return found;
}

/** What a file holds that the editor would not keep: [{what, element}], each with the nearest id. */
export function losses(original, written) {
  const after = census(written);
  const found = [...census(original)].filter(([key, count]) => (after.get(key) ?? 0) < count);
  return found.map(([key]) => ({ what: key.split("\n")[0], element: key.split("\n")[1] }));
}
