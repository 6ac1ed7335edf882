// The point cloud: which nodes of which tiles to draw, and their loading, nearest need first.

import * as THREE from "three";

import { listedPhotos, pointMaterial } from "./material.js";
import * as store from "./store.js";
import { Tile } from "./tile.js";

const SMALLEST_PX = 90; // a node whose cube is smaller on the screen is not refined
const SMALLEST_TILE_PX = 4; // a tile that is smaller on the screen is not opened yet
const OPEN_AT_ONCE = 6;
const LOADS_AT_ONCE = 24; // enough to decode while a picture is drawn
const SAMPLES = 2000; // of the largest tile
const KEPT = 2; // times the budget: what stays in memory, to come back without loading
const FAR_M = 1e6;
const NO_PHOTO = 65535; // the number of photos that this page has not; drawn in grey

export class Cloud extends EventTarget {
  constructor(scene, decoder) {
    super();
    this.scene = scene;
    this.material = pointMaterial();
    this.decoder = decoder;
    this.tiles = [];
    this.budget = 2_000_000;
    this.shown = new Set();
    this.shownPoints = 0;
    this.hidden = false;
    this.alone = null; // the points of one photo, which are drawn instead of the map's
    this.loads = 0;
    this.opening = 0; // tiles whose octrees are being read
    this.awaited = true; // the first look at what is needed is still to come
    this.tick = 0;
    this.problems = new Map();
    this.numberOf = new Map(); // photo id -> its number among the photos
    Object.assign(this, nothingKnown());
    this.listed = null; // by photo's number whether its points are shown; null: all are
  }

  /** Take over the tiles of a map's document. */
  take(told, photos) {
    photos.forEach((photo, number) => this.numberOf.set(photo.id, number));
    for (const each of told) {
      if (!each.url) {
        this.problems.set(each.key, each.problem);
        continue;
      }
      const tile = new Tile(each);
      this.tiles.push(tile);
      this.scene.add(tile.group);
    }
    this.dispatchEvent(new Event("measured"));
    this.dispatchEvent(new Event("change"));
    if (this.problems.size) this.dispatchEvent(new Event("problem"));
  }

  async openTile(tile) {
    tile.state = "opening";
    this.opening += 1;
    try {
      await tile.open();
      tile.state = "open";
    } catch (error) {
      this.spoilt(tile, error);
    }
    this.opening -= 1;
    this.dispatchEvent(new Event("change"));
  }

  spoilt(tile, error) {
    tile.state = "spoilt";
    const { message } = error;
    const isSaid = error instanceof store.Refusal;
    const advice = `delete ${tile.told.file} and run \`worldmap merge --area all\``;
    this.problems.set(tile.key, isSaid ? message : `${message || error.name}: ${advice}`);
    this.dispatchEvent(new Event("problem"));
  }

  /** The map's points may be switched off; those of one photo by itself are all that there is. */
  get isHidden() {
    return this.hidden && !this.alone;
  }

  set isHidden(on) {
    this.hidden = on;
  }

  /** Draw the points of one photo instead of the map's, until `rejoin`. Rejects where there are
   * none. */
  async standAlone(own) {
    this.rejoin();
    const { ends, classes, sample } = this;
    this.alone = own;
    this.ofMap = { ends, classes, sample };
    this.scene.add(own.group);
    Object.assign(this, nothingKnown());
    this.opening += 1;
    try {
      const found = await own.load();
      if (this.alone === own) this.add(own.root, found);
    } finally {
      this.opening -= 1;
      this.dispatchEvent(new Event("change"));
    }
  }

  /** The map's points again. */
  rejoin() {
    if (!this.alone) return;
    this.shown.delete(this.alone.root);
    this.alone.dispose();
    this.alone = null;
    Object.assign(this, this.ofMap);
    this.dispatchEvent(new Event("change"));
  }

  /** What may be drawn. */
  get drawable() {
    return this.alone ? [this.alone] : this.tiles;
  }

  get isBusy() {
    return this.loads > 0 || this.opening > 0 || this.awaited;
  }

  /** Choose what to draw for this camera, at most `budget` points; show what is here and fetch
   * what is not. */
  update(camera, heightPx, budget = this.budget) {
    this.tick += 1;
    if (this.isHidden) {
      this.awaited = false;
      this.show(new Set());
      return 0;
    }
    const matrix = new THREE.Matrix4().multiplyMatrices(
      camera.projectionMatrix,
      camera.matrixWorldInverse,
    );
    const frustum = new THREE.Frustum().setFromProjectionMatrix(matrix);
    const eye = new THREE.Vector3().setFromMatrixPosition(camera.matrixWorld);
    const pixels = (camera.projectionMatrix.elements[5] * heightPx) / 2;

    const sphere = new THREE.Sphere();
    const sizePx = (node) => {
      const away = Math.max(eye.distanceTo(node.centre) - node.radius * 0.6, 0.3);
      return (node.side * pixels) / away;
    };
    const isSeen = (node) => {
      sphere.set(node.centre, node.radius);
      return frustum.intersectsSphere(sphere);
    };
    const open = [];
    const push = (node) => {
      if (!node.failed && isSeen(node)) open.push({ node, px: sizePx(node) });
    };
    const closed = [];
    for (const tile of this.drawable) {
      if (tile.root) push(tile.root);
      else if (tile.state === "closed" && frustum.intersectsSphere(sphere.set(tile.centre, tile.radius))) {
        const away = Math.max(eye.distanceTo(tile.centre) - tile.radius * 0.6, 0.3);
        const px = (tile.extent * pixels) / away;
        if (px > SMALLEST_TILE_PX) closed.push({ tile, px });
      }
    }
    closed.sort((a, b) => b.px - a.px);
    for (const { tile } of closed.slice(0, OPEN_AT_ONCE - this.opening)) this.openTile(tile);
    this.awaited = false;
    const wanted = [];
    const visible = new Set();
    let points = 0;
    while (open.length) {
      let best = 0;
      for (let i = 1; i < open.length; i++) if (open[i].px > open[best].px) best = i;
      const { node, px } = open[best];
      open[best] = open[open.length - 1];
      open.pop();
      const more = points + node.entry.pointCount;
      if (more > budget && visible.size) continue;
      points = more;
      node.used = this.tick;
      if (node.points) visible.add(node);
      else wanted.push(node);
      if (px > SMALLEST_PX) node.children.forEach(push);
    }
    this.show(visible);
    for (const node of wanted) {
      if (this.loads >= LOADS_AT_ONCE) break;
      if (!node.loading) this.load(node);
    }
    this.forget();
    return wanted.length;
  }

  show(visible) {
    for (const node of this.shown) if (!visible.has(node)) node.points.visible = false;
    this.shownPoints = 0;
    for (const node of [...visible].sort((a, b) => b.depth - a.depth)) {
      // Where children are drawn too, points stand as close as theirs: how close, by eighths.
      const refined = new Float32Array(8).fill(FAR_M);
      for (const child of node.children) {
        if (visible.has(child)) refined[child.octant] = child.points.userData.finest;
      }
      node.points.visible = true;
      node.points.userData = { refined, finest: Math.min(node.spacing, ...refined) };
      this.shownPoints += node.entry.pointCount;
    }
    this.shown = visible;
  }

  async load(node) {
    node.loading = true;
    this.loads += 1;
    try {
      if (node.entry.pointCount) this.add(node, await node.tile.load(node, this.decoder));
      else node.failed = true; // an empty node: nothing to show
    } catch (error) {
      node.failed = true;
      this.spoilt(node.tile, error);
    }
    node.loading = false;
    this.loads -= 1;
    this.dispatchEvent(new Event("change"));
  }

  add(node, found) {
    const geometry = new THREE.BufferGeometry();
    const attribute = (name, array, size, normalised) =>
      geometry.setAttribute(name, new THREE.BufferAttribute(array, size, normalised));
    attribute("position", found.position, 3, false);
    attribute("colour", found.colour, 3, true);
    attribute("sigma", found.sigma, 1, false);
    attribute("kind", found.kind, 2, false);
    attribute("disc", found.normal, 4, true);
    attribute("spacing", found.spacing, 1, false);
    node.spacing = typicalOf(found.spacing) / 1000;
    const numbers = new Uint16Array(found.photo.length);
    for (let i = 0; i < numbers.length; i++) numbers[i] = this.numberOf.get(found.photo[i]) ?? NO_PHOTO;
    attribute("photo", numbers, 1, false);
    const points = new THREE.Points(geometry, this.material);
    points.frustumCulled = false; // chosen by `update`
    points.matrixAutoUpdate = false;
    points.visible = false;
    points.onBeforeRender = () => {
      const { refined, middle } = this.material.uniforms;
      refined.value = points.userData.refined;
      middle.value = node.middle;
      this.material.uniformsNeedUpdate = true;
    };
    node.tile.group.add(points);
    node.points = points;
    if (node.depth === 0) this.measure(node, found);
  }

  /** Only the points of these photos (a set of ids) are drawn; of all where all are in it. */
  filter(photos, ids) {
    const shown = photos.map((photo) => ids.has(photo.id));
    this.listed = shown.every(Boolean) ? null : shown;
    const { uniforms } = this.material;
    uniforms.filtered.value = this.listed !== null;
    uniforms.listed.value.dispose();
    uniforms.listed.value = listedPhotos(shown);
  }

  /** Whether a point at (x, y, z) in ENU of a photo's number is among those that are drawn. */
  isDrawn(x, y, z, photo) {
    const { clipLow: { value: low }, clipHigh: { value: high } } = this.material.uniforms;
    if (x < low.x || y < low.y || z < low.z || x > high.x || y > high.y || z > high.z) return false;
    return this.listed === null || photo === NO_PHOTO || this.listed[photo];
  }

  /** Call with each point that is drawn: { x, y, z } in ENU, colour (3 bytes). */
  each(act) {
    for (const { points, tile } of this.shown) {
      const { position, colour, photo } = points.geometry.attributes;
      const m = tile.matrix.elements;
      for (let i = 0; i < position.count; i++) {
        const [a, b, c] = [position.array[3 * i], position.array[3 * i + 1], position.array[3 * i + 2]];
        const [x, y, z] = [0, 1, 2].map((k) => m[k] * a + m[k + 4] * b + m[k + 8] * c + m[k + 12]);
        if (!this.isDrawn(x, y, z, photo.array[i])) continue;
        act({ x, y, z, colour: Array.from(colour.array.subarray(3 * i, 3 * i + 3)) });
      }
    }
  }

  /** Ends of the scales, and the cloud's bounds, from an even sample: a root. */
  measure(node, found) {
    const count = found.sigma.length;
    const at = new THREE.Vector3();
    const heights = [];
    // Tiles count by their points: some at the edge have a few stray ones only.
    const most = Math.max(...this.drawable.map((tile) => tile.told.points));
    const share = Math.max((SAMPLES * node.tile.told.points) / most, 20);
    for (let i = 0; i < count; i += Math.max(1, Math.floor(count / share))) {
      at.fromArray(found.position, 3 * i).applyMatrix4(node.tile.matrix);
      heights.push(at.z);
      this.sample.push(at.clone());
      this.classes.add(found.kind[2 * i]);
    }
    heights.sort((a, b) => a - b);
    const quantile = (values, share) => values[Math.floor(share * (values.length - 1))];
    const { height } = this.ends;
    height[0] = Math.min(height[0], quantile(heights, 0.01));
    height[1] = Math.max(height[1], quantile(heights, 0.99));
    const sigmas = Array.from(found.sigma).sort((a, b) => a - b);
    this.ends.sigma = Math.max(this.ends.sigma, quantile(sigmas, 0.95) / 1000);
    for (let i = 0; i < count; i++) {
      this.ends.support = Math.max(this.ends.support, Math.min(found.kind[2 * i + 1], 8));
    }
    this.dispatchEvent(new Event("measured"));
  }

  /** Points to judge by where everything is: a sample, or the tiles' boxes until most are read. */
  get outline() {
    const points = (tiles) => tiles.reduce((sum, tile) => sum + tile.told.points, 0);
    const known = points(this.drawable.filter((tile) => tile.root?.points));
    if (known > 0.9 * points(this.drawable)) return this.sample;
    return this.drawable.flatMap((tile) => tile.corners);
  }

  /** Free what was not wanted for longest, beyond what may stay. */
  forget() {
    const here = [];
    let points = 0;
    for (const tile of this.tiles) {
      for (const node of tile.nodes.values()) {
        if (!node.points) continue;
        points += node.entry.pointCount;
        if (!node.points.visible && node.depth) here.push(node);
      }
    }
    if (points <= KEPT * this.budget) return;
    here.sort((a, b) => a.used - b.used);
    for (const node of here) {
      if (points <= KEPT * this.budget) break;
      node.tile.group.remove(node.points);
      node.points.geometry.dispose();
      node.points = null;
      points -= node.entry.pointCount;
    }
  }
}

/** Before any point is here: ends of the scales, which classes there are, and some points of
 * everything, in ENU. */
function nothingKnown() {
  const ends = { height: [Infinity, -Infinity], sigma: 0, support: 1 };
  return { ends, classes: new Set(), sample: [] };
}

/** The middle one of some of the values. */
function typicalOf(values) {
  const step = Math.ceil(values.length / 500);
  const some = values.filter((_, i) => i % step === 0).sort();
  return some[some.length >> 1];
}
