// Builds src/ into ../assets/, which is committed and shipped: `npm ci && npm run build`.
//
// manifest.json says what the assets were built from; a test compares it with the sources.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "assets");
const modules = join(here, "node_modules");
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

/** Hash over the names and contents of everything that the assets are made of. */
function sourcesHash() {
  const names = ["package.json", "package-lock.json", "build.js"];
  names.push(...readdirSync(join(here, "src")).map((name) => `src/${name}`));
  const digest = createHash("sha256");
  for (const name of names.sort()) {
    digest.update(`${name}\n${sha256(readFileSync(join(here, name)))}\n`);
  }
  return digest.digest("hex");
}

/** The licences of the packages whose code is in the assets. */
function licences() {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  const shipped = ["copc", "laz-perf", "leaflet", "three", "topojson-client", "world-atlas"];
  const parts = shipped.map((name) => {
    const { version, license } = lock.packages[`node_modules/${name}`];
    const folder = join(modules, name);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    // laz-perf's package carries no text of its licence; it is the one of worldmap itself.
    const text = file
      ? readFileSync(join(folder, file), "utf8").trim()
      : "Copyright Hobu, Inc. and contributors. Licensed under the Apache License, Version 2.0:\n" +
        "http://www.apache.org/licenses/LICENSE-2.0";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  parts.push("Natural Earth (in world-atlas): public domain, naturalearthdata.com\n");
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here,
  external: ["fs"],
  write: false,
};
const results = await Promise.all([
  build({
    ...shared,
    entryPoints: ["src/main.js"],
    format: "esm",
    // copc.js can fetch and decode by itself; here it is handed bytes, and the worker decodes.
    alias: { "cross-fetch": "./src/nofetch.js", "laz-perf": "./src/nolazperf.js" },
  }),
  build({ ...shared, entryPoints: ["src/decode.worker.js"], format: "iife" }),
  build({
    ...shared,
    entryPoints: ["src/style.css"],
    loader: { ".png": "dataurl", ".svg": "dataurl" },
  }),
]);
const [page, worker, style] = results.map((result) => result.outputFiles[0].contents);
const files = {
  "decode.js": worker,
  "index.html": readFileSync(join(here, "src", "index.html")),
  "laz-perf.wasm": readFileSync(join(modules, "laz-perf", "lib", "worker", "laz-perf.wasm")),
  "licences.txt": Buffer.from(licences()),
  "view.css": style,
  "view.js": page,
  "world.json": readFileSync(join(modules, "world-atlas", "countries-50m.json")),
};
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
for (const [name, content] of Object.entries(files)) writeFileSync(join(out, name), content);
const manifest = {
  sources: sourcesHash(),
  files: Object.fromEntries(Object.entries(files).map(([name, c]) => [name, sha256(c)])),
};
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const [name, content] of Object.entries(files)) {
  console.log(`${name.padEnd(16)} ${(content.length / 1e3).toFixed(0).padStart(6)} kB`);
}
