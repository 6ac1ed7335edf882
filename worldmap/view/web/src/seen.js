// Which photos saw a point: it lies in their picture, and nothing they saw stands in front of it.

import { project } from "./lens.js";
import * as store from "./store.js";

const SKY = 65535;
const grids = new Map();

function grid(photo) {
  if (!grids.has(photo.id)) {
    const loaded = store.bytes(`photos/${photo.id}/reach.bin`).then((bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { view, width: view.getUint16(0, true), height: view.getUint16(2, true) };
    });
    grids.set(photo.id, loaded);
    loaded.catch(() => grids.delete(photo.id));
  }
  return grids.get(photo.id);
}

/** Photos that saw a point in ENU known to ± sigma metres, nearest first: [{ photo, range }]. */
export async function photosThatSaw(photos, xyz, sigma) {
  const inPicture = photos
    .map((photo) => ({ photo, at: project(photo, xyz) }))
    .filter(({ photo, at }) => at && at.range < Math.max(3 * (photo.far_m ?? 0), 30))
    .sort((a, b) => a.at.range - b.at.range)
    .slice(0, 60);
  const judged = await Promise.all(
    inPicture.map(async ({ photo, at }) => {
      const { view, width, height } = await grid(photo);
      const column = Math.min(Math.floor((at.u / photo.camera.width) * width), width - 1);
      const row = Math.min(Math.floor((at.v / photo.camera.height) * height), height - 1);
      // The grid is coarse: a neighbouring cell may be the one.
      const margin = Math.max(0.3, 3 * sigma, 0.05 * at.range);
      for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, height - 1); y++) {
        for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, width - 1); x++) {
          const cm = view.getUint16(4 + 2 * (y * width + x), true);
          if (cm && cm !== SKY && Math.abs(cm / 100 - at.range) < margin) {
            return { photo, range: at.range };
          }
        }
      }
      return null;
    }),
  );
  return judged.filter(Boolean);
}
