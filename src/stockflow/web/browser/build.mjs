// Builds what browsers are given: node browser/build.mjs <folder>
// Style, script and icons under names with a hash of their content, compressed beside, and a manifest.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const target = ["chrome123", "firefox120", "safari17.5"];

async function script(name) {
  const built = await build({
    entryPoints: [join(here, "js", `${name}.js`)],
    bundle: true, minify: true, write: false, format: "iife", legalComments: "none", target,
  });
  return built.outputFiles[0].contents;
}

async function style() {
  const compiled = sass.compile(join(here, "css", "app.scss"), {
    loadPaths: [modules],
    quietDeps: true,
    importers: [{ findFileUrl: (url) => url.startsWith("~") ? pathToFileURL(join(modules, url.slice(1))) : null }],
  });
  // sass keeps comments and blanks; esbuild also joins rules that are the same
  return Buffer.from((await transform(compiled.css, { loader: "css", minify: true, target })).code);
}

function symbol(name) {
  const source = readFileSync(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const shapes = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"))
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

function icons() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${names.map(symbol).join("")}</svg>`;
  return { names, sprite: Buffer.from(sprite) };
}

function compressed(content) {
  const size = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  return { br: brotliCompressSync(content, { params: size }), gz: gzipSync(content, { level: 9 }) };
}

/** Writes one file under its hashed name, with its compressed forms, and tells that name. */
function put(folder, name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const [stem, ending] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)];
  const hashed = `${stem}.${hash}.${ending}`;
  writeFileSync(join(folder, hashed), content);
  for (const [suffix, packed] of Object.entries(compressed(content))) writeFileSync(join(folder, `${hashed}.${suffix}`), packed);
  return hashed;
}

/** The fonts that PDFs embed: browsers use those of the system. */
function fonts(folder) {
  mkdirSync(join(folder, "fonts"), { recursive: true });
  for (const name of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"])
    copyFileSync(join(modules, "dejavu-fonts-ttf/ttf", name), join(folder, "fonts", name));
}

/** The licences of what is bundled, as they ask for: minified files have lost them. */
function licences() {
  const bundled = ["htmx.org", "@tabler/core", "@tabler/icons", "echarts", "zrender", "tslib", "dejavu-fonts-ttf"];
  return bundled.map((name) => {
    const { version, license, author } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    const file = readdirSync(join(modules, name)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? readFileSync(join(modules, name, file), "utf8") : `Copyright: ${author?.name ?? author ?? name}`;
    return `${name} ${version} (${license ?? "see below"})\n\n${text.trim()}\n`;
  }).join(`\n${"-".repeat(79)}\n\n`);
}

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const { names, sprite } = icons();
const contents = {
  "app.css": await style(),
  "app.js": await script("app"),
  "charts.js": await script("charts"),
  "favicon.svg": readFileSync(join(here, "favicon.svg")),
  "icons.svg": sprite,
  "theme.js": await script("theme"),
};
const files = Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, put(folder, name, content)]));
fonts(folder);
writeFileSync(join(folder, "licences.txt"), licences());
writeFileSync(join(folder, "manifest.json"), JSON.stringify({ files, icons: names }, null, 1) + "\n");
