// Reads LAS and LAZ with loaders.gl: node read_loaders.mjs FILE...
// Prints one JSON line for each: what a viewer gets to see.
//
// Its LAZRsLoader is the one for LAS 1.4 (the default reads up to 1.3). It knows chunks of one size
// only (laz 0.5), so of COPC it reads files of one node.
import { readFile } from "node:fs/promises";
import { parse } from "@loaders.gl/core";

// No entry point of the package offers what these two files do.
const las = new URL("node_modules/@loaders.gl/las/dist/", import.meta.url);
const { LAZRsLoader } = await import(new URL("laz-rs-loader.js", las));
const { initSync } = await import(new URL("libs/laz-rs-wasm/laz_rs_wasm.js", las));
// By itself it would fetch() its WebAssembly, and node fetches no files.
initSync({ module: await readFile(new URL("libs/laz-rs-wasm/laz_rs_wasm_bg.wasm", las)) });

async function read(file) {
  const { buffer, byteOffset, byteLength } = await readFile(file);
  const mesh = await parse(buffer.slice(byteOffset, byteOffset + byteLength), LAZRsLoader, {
    worker: false,
    las: { fp64: true, colorDepth: 16 },
  });
  const { POSITION, COLOR_0, classification } = mesh.attributes;
  const found = {
    header: mesh.loaderData.pointsCount,
    min: mesh.loaderData.mins,
    max: mesh.loaderData.maxs,
    points: POSITION.value.length / 3,
    low: [Infinity, Infinity, Infinity],
    high: [-Infinity, -Infinity, -Infinity],
    sums: { Red: 0, Green: 0, Blue: 0, Classification: 0 },
  };
  for (let i = 0; i < found.points; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const value = POSITION.value[3 * i + axis];
      found.low[axis] = Math.min(found.low[axis], value);
      found.high[axis] = Math.max(found.high[axis], value);
    }
    // Eight bits of each colour: COLOR_0 is bytes.
    found.sums.Red += COLOR_0.value[4 * i];
    found.sums.Green += COLOR_0.value[4 * i + 1];
    found.sums.Blue += COLOR_0.value[4 * i + 2];
    found.sums.Classification += classification.value[i];
  }
  return found;
}

for (const file of process.argv.slice(2)) console.log(JSON.stringify(await read(file)));
