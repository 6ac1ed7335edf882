// Which photos saw a point, by the rule that counted its support when the map was merged: it lies in
// their picture, and their depth there agrees with it (worldmap/fuse/agree.py).

import { project } from "./lens.js";
import * as store from "./store.js";

const SKY = 65535;
const NEAREST_M = 0.2;
const SIGMA_STEP = 0.002;
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

/** Whether a photo that sees so far, in cm, with a sigma of this share agrees with a point there. */
function agrees(cm, share, range, sigma, rule) {
  if (!cm || cm === SKY || range <= NEAREST_M) return false;
  const seen = cm / 100;
  const variance =
    sigma ** 2 + (share ** 2 + rule.systematic_rel ** 2) * seen ** 2 + rule.registration_sigma_m ** 2;
  const tolerance = Math.min(rule.sigmas * Math.sqrt(variance), rule.within_rel * range);
  return Math.abs(seen - range) <= tolerance;
}

/**
 * Photos that saw a point in ENU, nearest first: [{ photo, range }]. sigma: of the point within the
 * area, in metres; giver: the photo that gave it, which saw it in any case; rule: the map's.
 */
export async function photosThatSaw(photos, xyz, sigma, giver, rule) {
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
      const cell = row * width + column;
      const cm = view.getUint16(4 + 2 * cell, true);
      const share = view.getUint8(4 + 2 * width * height + cell) * SIGMA_STEP;
      return photo === giver || agrees(cm, share, at.range, sigma, rule)
        ? { photo, range: at.range }
        : null;
    }),
  );
  return judged.filter(Boolean);
}
