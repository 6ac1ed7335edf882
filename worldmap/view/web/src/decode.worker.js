// Decodes COPC nodes: compressed bytes in, attributes of points out.

import createLazPerf from "laz-perf/lib/worker/laz-perf.js";

import { discsOf } from "./discs.js";

let ready = null;

self.onmessage = async ({ data }) => {
  if (data.wasm) {
    ready = createLazPerf({ wasmBinary: data.wasm });
    return;
  }
  try {
    const found = decode(await ready, data.task);
    const transfer = Object.values(found).map((array) => array.buffer);
    self.postMessage({ id: data.id, found }, transfer);
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error?.message ?? error) });
  }
};

/** Point records of a chunk, uncompressed; a view of the decoder's memory, until `free`. */
function records(lazPerf, { compressed, count, format, length }) {
  const chunk = lazPerf._malloc(compressed.byteLength);
  const points = lazPerf._malloc(count * length);
  const decoder = new lazPerf.ChunkDecoder();
  try {
    lazPerf.HEAPU8.set(compressed, chunk);
    decoder.open(format, length, chunk);
    for (let i = 0; i < count; i++) decoder.getPoint(points + i * length);
  } finally {
    decoder.delete();
    lazPerf._free(chunk);
  }
  return {
    raw: lazPerf.HEAPU8.subarray(points, points + count * length),
    free: () => lazPerf._free(points),
  };
}

/**
 * position: metres from the tile's origin; colour: RGB bytes; sigma: millimetres; kind: class and
 * support; photo: catalog id; normal, spacing: of `discsOf`. Extra dimensions are at task.extra (byte offsets, -1 = none).
 */
function decode(lazPerf, task) {
  const { count, length, scale, shift, extra, low, high } = task;
  const { raw, free } = records(lazPerf, task);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const position = new Float32Array(3 * count);
  const colour = new Uint8Array(3 * count);
  const sigma = new Uint16Array(count);
  const kind = new Uint8Array(2 * count);
  const photo = new Uint32Array(count);
  let outside = false;
  for (let i = 0; i < count; i++) {
    const at = i * length;
    for (let axis = 0; axis < 3; axis++) {
      // shift = offset − origin is small: subtracted before the numbers lose their digits.
      const steps = view.getInt32(at + 4 * axis, true);
      const value = steps * scale[axis] + shift[axis];
      position[3 * i + axis] = value;
      outside ||= value < low[axis] - 0.01 || value > high[axis] + 0.01;
      colour[3 * i + axis] = raw[at + 31 + 2 * axis]; // the upper byte of 16 bits
    }
    kind[2 * i] = raw[at + 16];
    kind[2 * i + 1] = extra.support < 0 ? 1 : raw[at + extra.support];
    sigma[i] = extra.sigma < 0 ? 0 : view.getUint16(at + extra.sigma, true);
    photo[i] = extra.photo < 0 ? 0 : view.getUint32(at + extra.photo, true);
  }
  free();
  // The decoder itself takes any bytes for points.
  if (outside) throw new Error("its points are damaged");
  return { position, colour, sigma, kind, photo, ...discsOf(position, task.step) };
}
