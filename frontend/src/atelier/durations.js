// A delay as people say it: a number and a unit, or an expression. 5 jours ouvrés ↔ jours_ouvres(5), 3 mois ↔ "P3M".
export const UNITS = [
  { unit: "jours", one: "jour", many: "jours", write: (n) => `"P${n}D"`, read: /^["']P(\d{1,4})D["']$/ },
  { unit: "ouvres", one: "jour ouvré", many: "jours ouvrés", write: (n) => `jours_ouvres(${n})`, read: /^jours_ouvres\(\s*(\d{1,4})\s*\)$/ },
  { unit: "semaines", one: "semaine", many: "semaines", write: (n) => `"P${n}W"`, read: /^["']P(\d{1,3})W["']$/ },
  { unit: "mois", one: "mois", many: "mois", write: (n) => `"P${n}M"`, read: /^["']P(\d{1,3})M["']$/ },
  { unit: "heures", one: "heure", many: "heures", write: (n) => `"PT${n}H"`, read: /^["']PT(\d{1,4})H["']$/ },
];

/** Read an expression: {unit, number} when it is a plain delay, {unit: "expression"} otherwise, {unit: ""} when blank. */
export function readDelay(text) {
  if (!text) return { unit: "", number: "" };
  for (const { unit, read } of UNITS) {
    const found = read.exec(text.trim());
    if (found) return { unit, number: Number(found[1]) };
  }
  return { unit: "expression", number: "" };
}

export const writeDelay = (unit, number) => UNITS.find((one) => one.unit === unit).write(number);

/** « 21 jours », or nothing for an expression. */
export function delayWords(text) {
  const { unit, number } = readDelay(text);
  const found = UNITS.find((one) => one.unit === unit);
  return found ? `${number} ${number > 1 ? found.many : found.one}` : "";
}

const LEADING = new RegExp(`^(\\d+) (${UNITS.flatMap(({ one, many }) => [many, one]).join("|")})(?![\\wé])`);

/** The name of an event that begins with another delay than its timer's, told anew; nothing when it does not. */
export function renamedDelay(name, body) {
  const [written, now] = [LEADING.exec(name ?? "")?.[0], delayWords(body)];
  return written && now && written !== now ? now + name.slice(written.length) : "";
}
