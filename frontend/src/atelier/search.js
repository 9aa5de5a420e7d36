// Searching in the drawing: « telephone » finds « Téléphone », and what is found is shown as it is written.
import search from "diagram-js/lib/features/search/search";

/** The same length, letter for letter: places found in the one are places in the other. */
const bare = (text) => text.normalize("NFC").replace(/[\u00c0-\u024f’]/g, (letter) => (letter === "’" ? "'" : letter.normalize("NFD")[0]));

const shown = (token, text) => ({ ...token, value: text.slice(token.index, token.index + token.value.length) });

export function accentless(items, pattern, options) {
  const shadows = items.map((item) => ({
    ...Object.fromEntries(options.keys.map((key) => [key, bare(item[key] ?? "")])), item,
  }));
  return search(shadows, bare(pattern), options).map(({ item: { item }, tokens }) => ({
    item,
    tokens: Object.fromEntries(Object.entries(tokens).map(([key, found]) =>
      [key, found.map((token) => shown(token, (item[key] ?? "").normalize("NFC")))])),
  }));
}

export const searchModule = { search: ["value", accentless] };
