// One COPC tile: its octree, and the loading of its nodes.

import { Copc, Hierarchy } from "copc";
import * as THREE from "three";

import * as store from "./store.js";

const SIZES = { uint8: 1, int8: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float: 4 };
const FIRST_EXTRA = { 6: 30, 7: 36, 8: 38 };

/** Byte offsets of our extra dimensions in a point record; -1 where a file has none. */
function extraOffsets(header, dimensions) {
  const found = { photo: -1, support: -1, sigma: -1 };
  const names = { photo_id: "photo", support: "support", sigma_mm: "sigma" };
  let at = FIRST_EXTRA[header.pointDataRecordFormat];
  for (const { name, type, length } of dimensions) {
    if (name in names) found[names[name]] = at;
    at += length ?? SIZES[type] ?? 8;
  }
  return found;
}

export class Node {
  constructor(tile, key, entry) {
    this.tile = tile;
    this.key = key;
    this.entry = entry;
    const [depth, x, y, z] = key.split("-").map(Number);
    this.depth = depth;
    const side = tile.side / 2 ** depth;
    this.side = side;
    const low = [x, y, z].map((step, axis) => tile.low[axis] + step * side);
    /** In the tile's own coordinates. */
    this.middle = new THREE.Vector3(...low).addScalar(side / 2);
    this.centre = this.middle.clone().applyMatrix4(tile.matrix);
    this.radius = (side * Math.sqrt(3)) / 2;
    /** Which eighth of its parent it is, x counting one, y two, z four. */
    this.octant = (x & 1) + 2 * (y & 1) + 4 * (z & 1);
    /** Metres between neighbouring points, roughly, until they are here: they lie on surfaces. */
    this.spacing = Math.min(side / 128, side / Math.sqrt(Math.max(entry.pointCount, 1)));
    this.children = [];
    this.points = null; // the THREE.Points, once here
    this.loading = false;
    this.failed = false;
    this.used = 0; // when it was last wanted
  }
}

export class Tile {
  constructor(told) {
    this.key = told.key;
    this.told = told;
    this.nodes = new Map();
    this.root = null;
    this.problem = told.problem;
    const { origin, matrix, low, high } = told.enu_from_tile;
    this.origin = origin;
    this.matrix = new THREE.Matrix4().set(...matrix, 0, 0, 0, 1);
    this.group = new THREE.Group();
    this.group.matrixAutoUpdate = false;
    this.group.matrix.copy(this.matrix);
    this.group.matrixWorldNeedsUpdate = true;
    const [from, to] = [new THREE.Vector3(...low), new THREE.Vector3(...high)];
    this.extent = Math.max(...to.clone().sub(from).toArray());
    this.radius = from.distanceTo(to) / 2;
    this.centre = from.lerp(to, 0.5).applyMatrix4(this.matrix);
    this.state = "closed"; // then opening, open, spoilt
    this.get = store.ranges(told.url, told.version);
  }

  /** Eight points that everything lies between, in ENU. */
  get corners() {
    const { low, high } = this.told.enu_from_tile;
    return [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
      new THREE.Vector3(
        ...low.map((value, axis) => ((bits >> axis) & 1 ? high[axis] : value)),
      ).applyMatrix4(this.matrix),
    );
  }

  /** Read header and hierarchy. Rejects, in one line, where the file is missing or broken. */
  async open() {
    const copc = await Copc.create(this.get);
    this.header = copc.header;
    this.extra = extraOffsets(copc.header, copc.eb);
    const { cube } = copc.info;
    this.side = cube[3] - cube[0];
    this.low = cube.slice(0, 3).map((value, axis) => value - this.origin[axis]);
    const pages = [copc.info.rootHierarchyPage];
    while (pages.length) {
      const found = await Hierarchy.load(this.get, pages.pop());
      pages.push(...Object.values(found.pages));
      for (const [key, entry] of Object.entries(found.nodes)) {
        if (entry) this.nodes.set(key, new Node(this, key, entry));
      }
    }
    for (const node of this.nodes.values()) {
      const [depth, ...cell] = node.key.split("-").map(Number);
      const parent = [depth - 1, ...cell.map((step) => step >> 1)].join("-");
      this.nodes.get(parent)?.children.push(node);
    }
    this.root = this.nodes.get("0-0-0-0") ?? null;
    const points = [...this.nodes.values()].reduce((sum, node) => sum + node.entry.pointCount, 0);
    if (!this.root || points !== copc.header.pointCount) throw new Error("its octree is damaged");
  }

  /** The attributes of a node's points. */
  async load(node, decoder) {
    const { pointDataOffset, pointDataLength, pointCount } = node.entry;
    const compressed = await this.get(pointDataOffset, pointDataOffset + pointDataLength);
    if (compressed.length !== pointDataLength) throw new Error("its file ends too early");
    return decoder.decode({
      compressed,
      count: pointCount,
      format: this.header.pointDataRecordFormat,
      length: this.header.pointDataRecordLength,
      scale: this.header.scale,
      shift: this.header.offset.map((value, axis) => value - this.origin[axis]),
      extra: this.extra,
      step: node.spacing,
      low: this.header.min.map((value, axis) => value - this.origin[axis]),
      high: this.header.max.map((value, axis) => value - this.origin[axis]),
    });
  }
}
