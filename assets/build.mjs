// Builds the front end: `node assets/build.mjs` → assets/dist with fingerprinted names and manifest.json.
// Needs `npm ci` once; works offline afterwards.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const dist = join(here, "dist");
const publicPath = "/static";

const modules = join(root, "node_modules");
const paperFonts = ["tinos/400Regular/Tinos_400Regular", "tinos/400Regular_Italic/Tinos_400Regular_Italic", "tinos/700Bold/Tinos_700Bold", "tinos/700Bold_Italic/Tinos_700Bold_Italic",
  "be-vietnam-pro/400Regular/BeVietnamPro_400Regular", "be-vietnam-pro/600SemiBold/BeVietnamPro_600SemiBold"].map((name) => `@expo-google-fonts/${name}.ttf`);
const needed = ["esbuild/package.json", "maplibre-gl/dist/maplibre-gl-worker.mjs", "@fontsource/be-vietnam-pro/files", ...paperFonts];
const missing = needed.filter((path) => !existsSync(join(modules, path)));
if (missing.length) {
  console.error(`assets: not found in node_modules: ${missing.join(", ")}\nrun npm ci in ${root}, then build again`);
  process.exit(1);
}
const { build } = createRequire(import.meta.url)("esbuild");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const manifest = {};

/** Writes bytes under a name with the hash of its content and notes it in the manifest. */
function emit(logical, bytes) {
  const ext = extname(logical);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const name = `${basename(logical, ext)}.${hash}${ext}`;
  writeFileSync(join(dist, name), bytes);
  manifest[logical] = name;
}

const common = {
  bundle: true, minify: true, outdir: dist, metafile: true, logLevel: "warning", legalComments: "eof",
  entryNames: "[name].[hash]", assetNames: "[name].[hash]", publicPath,
  nodePaths: [modules], absWorkingDir: here,
};
const results = await Promise.all([
  build({ ...common, entryPoints: ["css/public.css", "css/staff.css"], loader: { ".woff2": "file", ".svg": "file" }, target: ["chrome111", "firefox115", "safari16.4"] }),
  build({ ...common, entryPoints: ["js/app.ts", "js/map.ts", "js/scan.ts"], format: "esm", splitting: true, chunkNames: "[name].[hash]", target: "es2022", charset: "utf8" }),
]);
for (const { metafile } of results) {
  for (const [out, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue; // fonts and CSS pictures are found by the CSS itself
    const ext = extname(out);
    manifest[basename(entryPoint, extname(entryPoint)) + ext] = relative(dist, join(here, out));
  }
}

// MapLibre's worker is a whole file of its own; only the pointer to its source map goes.
const worker = readFileSync(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
emit("maplibre-worker.js", worker.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));

for (const file of readdirSync(join(here, "img")).sort()) {
  const bytes = readFileSync(join(here, "img", file));
  const small = file.endsWith(".svg")
    ? Buffer.from(bytes.toString("utf8").replace(/<!--[\s\S]*?-->/g, "").replace(/\s*\n\s*/g, " ").replace(/> </g, "><").trim())
    : bytes;
  emit(file === "favicon.svg" ? file : `img/${file}`, small);
}

// papers are set in fonts of their own, built into ocop-paper
const paper = join(root, "crates/paper/fonts");
rmSync(paper, { recursive: true, force: true });
mkdirSync(paper, { recursive: true });
for (const font of paperFonts) copyFileSync(join(modules, font), join(paper, basename(font)));

const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(sorted, null, 1)}\n`);

const kb = (n) => `${(n / 1024).toFixed(1)} kB`.padStart(10);
let total = 0;
for (const name of readdirSync(dist).sort()) {
  const bytes = readFileSync(join(dist, name));
  total += bytes.length;
  const zipped = name.endsWith(".woff2") ? "" : `${kb(gzipSync(bytes).length)} gzip`;
  console.log(kb(bytes.length), zipped.padStart(15), name);
}
console.log(kb(total), "in all");
const app = readFileSync(join(dist, manifest["app.js"])).length;
if (app > 12 * 1024) {
  console.error(`assets: app.js is ${app} bytes, more than 12 kB; it is on every page, keep it small`);
  process.exit(1);
}
