// Bundles the screens' styles and scripts into app/web/static/dist, which is committed: installing Relais needs no npm.
// File names are fixed; manifest.json gives the SHA-256 of each so that addresses can carry a version (?v=…).
// Usage: node build.mjs [--out FOLDER] | --check (rebuild beside and compare with the committed files)
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const committed = join(here, "../app/web/static/dist");
const fonts = join(here, "node_modules/@fontsource-variable/source-sans-3");
// Budgets in bytes after gzip; the build fails beyond, so that weight is noticed when it is added.
const budgets = {
  "viewer.js": 75_000, "viewer.css": 3_000, "app.css": 16_000, "app.js": 8_000, "forms.js": 8_000,
  "atelier.js": 400_000, "atelier.css": 30_000, "decision.js": 400_000, "decision.css": 30_000,
  "form-editor.js": 30_000, "form-editor.css": 6_000, "trials.js": 12_000, "field.js": 4_000, "texts.js": 4_000,
};
const everyPage = ["src/app.css", "src/app.js", "src/viewer.css", "src/viewer.js", "forms.js", "src/round-worker.js", "src/field/field.js"];
// Each is loaded by its own page of the studio and by no other; its styles follow from the imports of its script.
const studioPages = [
  "src/atelier/atelier.js", "src/decision/decision.js", "src/form-editor/form-editor.js", "src/trials/trials.js",
  "src/texts/texts.js",
];

// Pages refuse styles written into HTML. Two small libraries of the editors write some: styles in what domify parses
// are given by the object model instead, and CodeMirror's sheets are adopted by the document.
const strictStyles = {
  name: "strict-styles",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]domify[\\/]index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace("export default function domify(", "function parsed(");
      if (contents === source) throw new Error("domify a changé : revoir strictStyles.");
      return {
        contents: `${contents}
export default function domify(html, doc) {
  const made = parsed(html.replace(/\\sstyle="/g, ' data-style="'), doc);
  const root = made.nodeType === 1 ? [made] : [];
  for (const node of [...root, ...(made.querySelectorAll?.("[data-style]") ?? [])]) {
    if (!node.dataset.style) continue;
    node.style.cssText = node.dataset.style;
    delete node.dataset.style;
  }
  return made;
}`,
        loader: "js",
      };
    });
    builder.onLoad({ filter: /[\\/]style-mod[\\/]src[\\/]style-mod\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace("!root.head && root.adoptedStyleSheets", "root.adoptedStyleSheets");
      if (contents === source) throw new Error("style-mod a changé : revoir strictStyles.");
      return { contents, loader: "js" };
    });
  },
};

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

async function bundle(out) {
  await mkdir(join(out, "fonts"), { recursive: true });
  const entries = [...everyPage, ...studioPages].filter((entry) => existsSync(join(here, entry)));
  await build({
    absWorkingDir: here,
    entryPoints: entries.map((entry) => ({ in: entry, out: entry.replace(/\.(js|css)$/, "").split("/").at(-1) })),
    outdir: out,
    bundle: true,
    plugins: [strictStyles],
    minify: true,
    charset: "utf8",
    format: "iife",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    external: ["*.woff2"],
    legalComments: "none",
    logLevel: "warning",
  });
  for (const subset of ["latin", "latin-ext"]) {
    const name = `source-sans-3-${subset}-wght-normal.woff2`;
    await cp(join(fonts, "files", name), join(out, "fonts", name));
  }
  await cp(join(fonts, "LICENSE"), join(out, "fonts/LICENSE.txt"));
  // The signs of the palettes; the style of each editor names its own as url("fonts/….woff2").
  for (const sign of ["bpmn", "dmn"]) {
    const source = join(here, `node_modules/${sign}-js/dist/assets/${sign}-font/font/${sign}.woff2`);
    await cp(source, join(out, `fonts/${sign}.woff2`));
  }
  await cp(join(here, "node_modules/bpmn-js/LICENSE"), join(out, "bpmn-js.LICENSE.txt"));
  await cp(join(here, "src/static"), out, { recursive: true });
  const manifest = {};
  for (const name of await files(out)) {
    manifest[name] = createHash("sha256").update(await readFile(join(out, name))).digest("hex");
  }
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function weigh(out) {
  let tooHeavy = false;
  for (const name of (await files(out)).filter((name) => /\.(js|css|woff2|svg)$/.test(name))) {
    const content = await readFile(join(out, name));
    const size = gzipSync(content, { level: 9 }).length;
    const over = size > (budgets[name] ?? Infinity);
    tooHeavy ||= over;
    console.log(`${name.padEnd(48)} ${String(content.length).padStart(8)} o ${String(size).padStart(8)} o gzip${over ? "  TROP LOURD" : ""}`);
  }
  return tooHeavy;
}

async function differences(left, right) {
  const names = new Set([...(await files(left)), ...(await files(right))]);
  const read = (folder, name) => readFile(join(folder, name)).catch(() => Buffer.from("absent"));
  const found = [];
  for (const name of names) {
    if (!(await read(left, name)).equals(await read(right, name))) found.push(name);
  }
  return found;
}

/** Replace what changed, then take away what is no longer built: pages served meanwhile always find their files. */
async function putInPlace(built, out) {
  const names = await files(built);
  for (const name of [...names.filter((one) => one !== "manifest.json"), "manifest.json"]) {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await cp(join(built, name), join(out, name));
  }
  for (const name of existsSync(out) ? await files(out) : []) if (!names.includes(name)) await rm(join(out, name));
}

if (process.argv.includes("--check")) {
  const beside = await mkdtemp(join(tmpdir(), "relais-dist-"));
  try {
    await bundle(beside);
    const found = await differences(beside, committed);
    const tooHeavy = await weigh(beside);
    if (found.length) console.error(`Différent des sources (npm run build) : ${found.join(", ")}`);
    process.exitCode = found.length || tooHeavy ? 1 : 0;
  } finally {
    await rm(beside, { recursive: true });
  }
} else {
  const out = process.argv.includes("--out") ? process.argv[process.argv.indexOf("--out") + 1] : committed;
  const beside = await mkdtemp(join(tmpdir(), "relais-dist-"));
  try {
    await bundle(beside);
    await putInPlace(beside, out);
  } finally {
    await rm(beside, { recursive: true });
  }
  process.exitCode = (await weigh(out)) ? 1 : 0;
}
