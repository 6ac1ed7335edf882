// What a photo saw that has no place on the map, by itself: its points about its camera, x to the right,
// y ahead and z up, in the metres of its own depth.

import * as THREE from "three";

import { undistorted } from "./lens.js";
import * as store from "./store.js";

const NEAREST_M = 0.05; // how ranges are packed: `own_bytes`
const STEPS_PER_E = 5000;
const SHARE = 0.002;
const HEAD = 5 * 2 + 9 * 4;
const REACH = 2; // cells to either side that tell how a surface lies
const EDGE = 0.05; // of the range: from there to a neighbour is no surface, unless seen within 6 degrees of it
const LARGEST = 2.5; // times a cell's width: what is seen along it stays open

/** Stands for a tile, with one node. */
export class OwnPoints {
  constructor(photo) {
    this.photo = photo;
    this.key = photo.name;
    this.told = { points: 1 };
    this.state = "open";
    this.matrix = new THREE.Matrix4();
    this.group = new THREE.Group();
    this.nodes = new Map();
    this.root = null;
    this.level = null; // (3, 3), row by row, from the camera's axes
  }

  get corners() {
    if (!this.box) return [];
    const { min, max } = this.box;
    return [0, 1, 2, 3, 4, 5, 6, 7].map(
      (bits) => new THREE.Vector3(...["x", "y", "z"].map((axis, i) => ((bits >> i) & 1 ? max : min)[axis])),
    );
  }

  /** The photo as if it stood here. */
  get stood() {
    const [a, b, c, d, e, f, g, h, i] = this.level;
    return { ...this.photo, enu_from_cam: [a, b, c, 0, d, e, f, 0, g, h, i, 0] };
  }

  /** Its points' attributes, as a tile's decoder gives them. Rejects where there are none. */
  async load() {
    const { id } = this.photo;
    const [bytes, picture] = await Promise.all([
      store.bytes(`photos/${id}/own.bin`),
      store.bytes(`photos/${id}/photo.jpg`),
    ]);
    const grid = gridOf(bytes);
    this.level = grid.level;
    const found = pointsOf(this.photo, grid, await coloursOf(picture, grid));
    const count = found.sigma.length;
    if (!count) throw new Error(`${this.photo.name}: nothing of its depth can be trusted`);
    this.told = { points: count };
    const box = new THREE.Box3().setFromArray(found.position);
    this.box = box;
    const [centre, size] = [box.getCenter(new THREE.Vector3()), box.getSize(new THREE.Vector3())];
    this.root = {
      tile: this,
      key: "0-0-0-0",
      entry: { pointCount: count },
      depth: 0,
      side: Math.max(...size.toArray()),
      middle: centre,
      centre,
      radius: size.length() / 2,
      octant: 0,
      spacing: 0,
      children: [],
      points: null,
    };
    this.nodes.set(this.root.key, this.root);
    return found;
  }

  dispose() {
    this.group.removeFromParent();
    this.root?.points?.geometry.dispose();
  }
}

function gridOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, fullWidth, fullHeight, step] = [0, 2, 4, 6, 8].map((at) => view.getUint16(at, true));
  const level = Array.from({ length: 9 }, (_, i) => view.getFloat32(10 + 4 * i, true));
  const count = width * height;
  if (bytes.byteLength !== HEAD + 3 * count) throw new Error("its depth ends too early");
  const range = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const steps = view.getUint16(HEAD + 2 * i, true);
    range[i] = steps ? NEAREST_M * Math.exp((steps - 1) / STEPS_PER_E) : 0;
  }
  const share = bytes.subarray(HEAD + 2 * count);
  return { width, height, fullWidth, fullHeight, step, level, range, share };
}

/** RGBA of the photo, pixel by pixel of the depth's own grid: what the page may show of it. */
async function coloursOf(picture, { fullWidth, fullHeight }) {
  const image = await createImageBitmap(new Blob([picture], { type: "image/jpeg" }), {
    resizeWidth: fullWidth,
    resizeHeight: fullHeight,
    resizeQuality: "medium",
  });
  const canvas = new OffscreenCanvas(fullWidth, fullHeight);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, fullWidth, fullHeight).data;
}

function pointsOf(photo, grid, rgba) {
  const { width, height, fullWidth, fullHeight, step, level, range, share } = grid;
  const { camera } = photo;
  const cells = width * height;
  const places = new Float32Array(3 * cells);
  const order = [];
  const at = (cell) => (cell * step + (step >> 1) + 0.5);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cell = row * width + column;
      const z = range[cell];
      if (!z) continue;
      const bent = [
        ((at(column) / fullWidth) * camera.width - camera.cx) / camera.fx,
        ((at(row) / fullHeight) * camera.height - camera.cy) / camera.fy,
      ];
      const ray = undistorted(...bent, camera.distortion);
      if (!ray) {
        range[cell] = 0; // where the lens folds over, of which a calibration says nothing
        continue;
      }
      const seen = [ray[0] * z, ray[1] * z, z];
      for (let axis = 0; axis < 3; axis++) {
        places[3 * cell + axis] = level[3 * axis] * seen[0] + level[3 * axis + 1] * seen[1] + level[3 * axis + 2] * seen[2];
      }
      order.push(cell);
    }
  }
  const count = order.length;
  const found = {
    position: new Float32Array(3 * count),
    colour: new Uint8Array(3 * count),
    sigma: new Uint16Array(count),
    kind: new Uint8Array(2 * count),
    photo: new Uint32Array(count).fill(photo.id),
    normal: new Int8Array(4 * count),
    spacing: new Uint16Array(count),
  };
  const wide = (step / fullWidth) * (camera.width / camera.fx); // of a cell, a metre away
  order.forEach((cell, i) => {
    const place = places.subarray(3 * cell, 3 * cell + 3);
    found.position.set(place, 3 * i);
    const [row, column] = [Math.floor(cell / width), cell % width];
    const pixel = 4 * ((row * step + (step >> 1)) * fullWidth + column * step + (step >> 1));
    found.colour.set(rgba.subarray(pixel, pixel + 3), 3 * i);
    found.sigma[i] = millimetres(SHARE * share[cell] * Math.hypot(...place));
    found.kind.set([0, 1], 2 * i);
    const z = range[cell];
    const across = along(places, range, cell, column, width, 1);
    const down = along(places, range, cell, row, height, width);
    const normal = across && down && cross(across, down);
    const length = normal ? Math.hypot(...normal) : 0;
    if (!(length > 0)) {
      found.spacing[i] = millimetres(wide * z);
      return;
    }
    found.normal.set([...normal.map((value) => Math.round((127 * value) / length)), 127], 4 * i);
    const apart = Math.max(Math.hypot(...across), Math.hypot(...down));
    found.spacing[i] = millimetres(Math.min(apart, LARGEST * wide * z));
  });
  return found;
}

/** From a cell to the next one of its surface along a row or column; null where it has no neighbours. */
function along(places, range, cell, at, size, stride) {
  const on = (off) =>
    at + off >= 0 && at + off < size && range[cell + off * stride] > 0 &&
    Math.abs(range[cell + off * stride] - range[cell]) < EDGE * range[cell];
  const last = (way) => {
    let off = 0;
    while (Math.abs(off) < REACH && on(off + way)) off += way;
    return off;
  };
  const [from, to] = [last(-1), last(1)];
  if (from === to) return null;
  return [0, 1, 2].map(
    (axis) => (places[3 * (cell + to * stride) + axis] - places[3 * (cell + from * stride) + axis]) / (to - from),
  );
}

const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const millimetres = (metres) => Math.min(Math.max(Math.round(1000 * metres), 1), 65535);
