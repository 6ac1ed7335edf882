// The 3-D view: camera, drawing, flights into photos, clicks.

import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

import { Cloud } from "./cloud.js";
import { EyeDome, canBlend } from "./eyedome.js";
import { Frusta } from "./frusta.js";
import { applyLens, blendLens, lookOf, photoLens, pixelAt, plainLens, poseOf } from "./lens.js";
import { Measure } from "./measure.js";
import { Overlay } from "./overlay.js";
import { overviewOf } from "./overview.js";
import { OwnPoints } from "./own.js";
import { pickPoint } from "./pick.js";
import { Surfaces } from "./surfaces.js";

const FOV_DEG = 55;
const FLIGHT_MS = 900;
const SLOW_MS = 90; // drawing longer than this, eye-dome lighting is not worth it
const SLOW_STILL_MS = 300; // and blending at rest is not
const STEEPEST = (80 * Math.PI) / 180; // straight up there is no way to turn
const CLICK_PX = 6;
const REST_MS = 250; // the camera is at rest when it has not moved for so long
const MOVING_MS = 60;
const FEWEST_MOVING = 100_000;
const LOADING = 5; // while points come, so many times as long as a picture takes goes by without one
const BREATH_MS = 250; // at rest slow pictures leave so much of the time to the rest of the page
const [BEHIND, ABOVE] = [0.25, 0.12]; // a photo's own points are seen from: of how far it saw

THREE.ColorManagement.enabled = false; // colours of points are shown as they are

/** What draws on the canvas. Throws where the browser gives no WebGL 2. */
export function rendererOf(canvas) {
  const renderer = new THREE.WebGLRenderer({ canvas, antialias: false });
  renderer.outputColorSpace = THREE.LinearSRGBColorSpace;
  renderer.autoClear = false;
  return renderer;
}

export class Scene extends EventTarget {
  constructor(canvas, renderer, decoder, site, { photos, surfaces }) {
    super();
    this.canvas = canvas;
    this.site = site;
    this.photos = photos;
    this.renderer = renderer;
    this.camera = new THREE.PerspectiveCamera(FOV_DEG, 1, 0.1, 6000);
    this.camera.up.set(0, 0, 1);
    this.camera.matrixAutoUpdate = true;
    this.lens = plainLens(FOV_DEG, 1);
    this.points = new THREE.Scene();
    this.things = new THREE.Scene();
    this.cloud = new Cloud(this.points, decoder);
    const { clipLow, clipHigh } = this.cloud.material.uniforms;
    this.surfaces = new Surfaces(this.points, surfaces, { clipLow, clipHigh });
    this.frusta = new Frusta(this.things, photos);
    this.measure = new Measure(this.things);
    this.overlay = new Overlay();
    this.eyeDome = new EyeDome();
    this.background = new THREE.Color("#10161a");
    this.lit = true; // eye-dome lighting wanted
    this.litByHand = false;
    this.blends = canBlend(renderer); // points blend where the picture stands still
    this.blendsByHand = false;
    this.slowStill = 0;
    this.settled = false; // the first points are here and drawn
    this.slow = 0;
    this.photo = null; // the photo whose place we are in
    this.alone = null; // the photo whose points are shown by themselves, apart from the map
    this.ofMap = null; // the map's cameras meanwhile
    this.returnTo = null; // from where the map was seen before that
    this.opacity = 0.5;
    this.marking = false; // clicks in a photo mark surveyed points
    this.zoom = { factor: 1, centre: null };
    this.flight = null;
    this.overviewed = 0; // points that the overview was chosen by
    this.moved = false; // someone has moved the camera: leave it alone
    this.dirty = true;
    this.drawnPoints = 0; // in the picture on the screen
    this.frames = 0;
    this.lastMs = 0;
    this.isStill = false;
    this.msPerPoint = 0;
    this.movedAt = -1e9; // when the camera last moved
    this.drawnAt = -1e9; // when the last picture was done

    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, {
      enableDamping: true,
      dampingFactor: 0.15,
      zoomToCursor: true,
      screenSpacePanning: true,
      minDistance: 0.3,
      maxDistance: 5000,
      maxPolarAngle: Math.PI * 0.98,
    });
    this.controls.addEventListener("change", () => {
      this.movedAt = performance.now();
      this.redraw();
    });
    this.controls.addEventListener("start", () => {
      this.moved = true;
      this.flight = null;
    });
    this.controls.addEventListener("end", () => this.dispatchEvent(new Event("rest")));
    this.cloud.addEventListener("change", () => this.redraw());
    this.surfaces.addEventListener("change", () => this.redraw());
    this.cloud.addEventListener("measured", () => this.overviewUnlessMoved());
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      const detail = "The graphics card let go of the picture; load the page again if it stays.";
      this.dispatchEvent(new CustomEvent("trouble", { detail }));
    });
    this.listen();
    this.resize();
    this.overview();
    const loop = (now) => {
      this.step(now);
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  redraw() {
    this.dirty = true;
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    if (!clientWidth || !clientHeight) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.width = clientWidth;
    this.height = clientHeight;
    this.camera.aspect = clientWidth / clientHeight;
    if (this.photo) this.lens = this.lensOfPhoto();
    else if (!this.flight) this.lens = plainLens(this.fov, this.camera.aspect);
    this.redraw();
  }

  /** A tall, narrow view gets a wider lens, so that as much is seen across. */
  get fov() {
    return this.camera.aspect < 0.8 ? 70 : FOV_DEG;
  }

  // --- drawing ----------------------------------------------------------------------------------

  step(now) {
    if (!this.width) return;
    this.keys?.(now);
    if (this.flight) this.fly(now);
    else if (!this.photo) this.controls.update();
    if (!this.dirty) return;
    // What to load is looked up at once; drawing waits where it would hold loading up.
    this.camera.updateMatrixWorld();
    applyLens(this.camera, this.lens);
    const moving = now - this.movedAt < REST_MS;
    this.isStill = !moving && !this.cloud.isBusy;
    const budget = moving ? this.movingBudget : this.cloud.budget;
    this.pending = this.cloud.update(this.camera, this.height, budget);
    const { uniforms } = this.cloud.material;
    const pixels = (this.camera.projectionMatrix.elements[5] * this.height) / 2;
    uniforms.pixelsPerTangent.value = pixels * this.renderer.getPixelRatio(); // of the card, not of the page
    const rest = moving ? 0 : Math.min(this.lastMs, BREATH_MS);
    const pause = this.cloud.isBusy ? LOADING * this.expectedMs : rest;
    const isFirst = !this.drawnPoints && this.cloud.shownPoints > 0;
    if (!isFirst && now - this.drawnAt < pause) return;
    this.dirty = false;
    this.draw();
    this.drawnAt = performance.now();
    // What was left out while moving follows at rest.
    if (moving && (budget < this.cloud.budget || this.blends)) this.dirty = true;
  }

  /** How long the picture will take that has all points which are here by now. */
  get expectedMs() {
    return Math.max(this.lastMs, this.msPerPoint * this.cloud.shownPoints);
  }

  /** So many points that the picture keeps up with the hand. */
  get movingBudget() {
    const affordable = this.msPerPoint ? MOVING_MS / this.msPerPoint : Infinity;
    return Math.min(Math.max(affordable, FEWEST_MOVING), this.cloud.budget);
  }

  draw() {
    const began = performance.now();
    const { renderer, camera } = this;
    const stand = !this.alone || this.ofMap;
    this.frusta.group.visible = Boolean(this.wantFrusta !== false && !this.photo && stand);
    this.frusta.fit(camera.position, (camera.projectionMatrix.elements[5] * this.height) / 2);
    // Points come first: pictures would take the server's time from them.
    if (!this.cloud.isBusy) {
      this.frusta.update(camera.position, () => this.redraw());
      this.surfaces.update(camera);
    }
    const blended = this.isStill && this.blends && !this.cloud.isHidden && this.cloud.material;
    if (this.settled && (this.lit || blended)) {
      const { lit } = this;
      this.eyeDome.render(renderer, this.points, camera, this.background, { lit, blended });
    } else {
      renderer.setClearColor(this.background, 1);
      renderer.clear();
      renderer.render(this.points, camera);
    }
    renderer.render(this.things, camera);
    if (this.photo || this.flight?.photo) {
      const share = this.flight ? this.flight.share ** 3 : 1;
      const turned = this.photo?.rig ? camera.quaternion : null;
      this.overlay.render(renderer, this.lens, this.opacity * share, turned);
    }
    if (this.pending && !this.cloud.isBusy) this.redraw();
    this.drawnPoints = this.cloud.shownPoints;
    // Now and then wait for the picture, to know how long it takes.
    if (blended && this.settled) {
      this.finish();
      this.judgeBlending(performance.now() - began);
    } else if (this.frames % 4 === 0 || !this.settled) {
      this.finish();
      const took = performance.now() - began;
      this.lastMs = this.lastMs ? 0.5 * this.lastMs + 0.5 * took : took;
      if (this.drawnPoints > FEWEST_MOVING) this.msPerPoint = took / this.drawnPoints;
      this.judgeSpeed(took);
    }
    this.frames += 1;
    this.dispatchEvent(new Event("drawn"));
  }

  /** Wait until everything is drawn: browsers let `finish` return before. */
  finish() {
    const gl = this.renderer.getContext();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  /** Blending is given up where it takes long, unless someone asked for it. */
  judgeBlending(took) {
    if (this.blendsByHand) return;
    this.slowStill = took > SLOW_STILL_MS ? this.slowStill + 1 : 0;
    if (this.slowStill >= 2) {
      this.blends = false;
      this.dispatchEvent(new Event("dimmed"));
      this.redraw();
    }
  }

  /** Lighting is given up where drawing is slow, unless someone asked for it. */
  judgeSpeed(took) {
    // The first picture comes without: its program takes long to compile.
    if (!this.settled && !this.cloud.isBusy && (this.cloud.shownPoints || this.cloud.isHidden)) {
      this.settled = true;
      this.dispatchEvent(new Event("settled"));
      this.redraw();
      return;
    }
    if (!this.lit || !this.settled || this.litByHand) return;
    this.slow = took > SLOW_MS ? this.slow + 1 : 0;
    if (this.slow >= 2) {
      this.lit = false;
      this.dispatchEvent(new Event("dimmed"));
      this.redraw();
    }
  }

  // --- where the camera is ----------------------------------------------------------------------

  /** See everything, from above. */
  overview() {
    if (this.alone) {
      if (this.ofMap) this.behind(this.alone);
      return;
    }
    const { position, target } = overviewOf(
      this.everything(),
      plainLens(this.fov, this.camera.aspect),
      this.frusta.items.map(({ item }) => item.position),
      this.photos.filter((photo) => photo.enu_from_cam).map((photo) => lookOf(photo)),
    );
    this.place(position, target);
  }

  /** See what a photo saw by itself, as it did, from a little behind and above. */
  behind({ camera, far_m: far, enu_from_cam: pose }) {
    const lens = plainLens(this.fov, this.camera.aspect);
    // As far behind as what it saw there needs to be in the picture.
    const wide = Math.max(camera.width / camera.fx / 2 / lens.r, camera.height / camera.fy / 2 / lens.t);
    const reach = Math.max(far || 0, 1);
    const back = Math.max(wide - 1, BEHIND) * reach;
    const ahead = lookOf({ enu_from_cam: pose });
    const level = ahead.clone().setZ(0);
    if (level.length() > 0.3) ahead.copy(level); // but for one that looks straight down, or up
    ahead.normalize();
    const position = ahead.clone().multiplyScalar(-back);
    position.z += ABOVE * (back + reach);
    this.place(position, ahead.multiplyScalar(0.6 * reach));
  }

  /** Show what a photo without a place saw, by itself, until `rejoin`; whether there is anything. */
  async standAlone(photo) {
    this.rejoin();
    this.returnTo = { viewpoint: this.viewpoint, moved: this.moved };
    this.alone = photo;
    this.surfaces.put(true);
    this.measure.clear();
    const own = new OwnPoints(photo);
    try {
      await this.cloud.standAlone(own);
    } catch (error) {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
      return false;
    }
    if (this.alone !== photo) return true;
    this.alone = own.stood;
    this.ofMap = this.frusta;
    this.ofMap.group.visible = false;
    this.frusta = new Frusta(this.things, [own.stood]);
    this.overview();
    return true;
  }

  /** The map again, as it was seen before. */
  rejoin() {
    if (!this.alone) return;
    this.alone = null;
    this.cloud.rejoin();
    this.surfaces.put(false);
    this.measure.clear();
    if (this.ofMap) {
      this.frusta.leave();
      [this.frusta, this.ofMap] = [this.ofMap, null];
    }
    const { viewpoint, moved } = this.returnTo;
    this.viewpoint = viewpoint;
    this.moved = moved;
    this.redraw();
  }

  /** Places to judge by where everything is. */
  everything() {
    if (this.cloud.tiles.length) return this.cloud.outline;
    return this.surfaces.parts.length ? this.surfaces.corners : this.cameraPlaces();
  }

  /** Only these photos (a set of ids), and what they gave. */
  filter(ids) {
    (this.ofMap ?? this.frusta).filter(ids);
    this.cloud.filter(this.photos, ids);
    this.redraw();
  }

  /** Where photos are, for a map without points. */
  cameraPlaces() {
    return this.photos
      .filter((photo) => photo.lat !== null)
      .map(({ lat, lon, height_m }) => {
        const height = height_m ?? this.site.height;
        return new THREE.Vector3(...this.site.enuFromGeodetic(lat, lon, height));
      });
  }

  overviewUnlessMoved() {
    if (this.moved || this.photo || this.flight || this.alone) return;
    // A few points more change nothing.
    const known = this.cloud.outline.length;
    if (known >= this.overviewed && known < 1.2 * this.overviewed) return;
    this.overviewed = known;
    this.overview();
  }

  place(position, target) {
    this.camera.position.copy(position);
    this.controls.target.copy(target);
    this.camera.lookAt(target);
    this.controls.update();
    this.redraw();
  }

  lensOfPhoto() {
    const { factor, centre } = this.zoom;
    return photoLens(this.photo.camera, this.width, this.height, factor, centre);
  }

  /** Fly to where a photo was taken, and lay it over the cloud. */
  async enter(photo, { atOnce = false } = {}) {
    if (!photo.enu_from_cam) return;
    const { position, quaternion } = poseOf(photo);
    this.zoom = { factor: 1, centre: null };
    this.isTurned = false;
    this.controls.enabled = false;
    this.moved = true;
    this.photo = null;
    const began = performance.now();
    this.flight = {
      photo,
      began: atOnce ? began - FLIGHT_MS : began,
      from: {
        position: this.camera.position.clone(),
        quaternion: this.camera.quaternion.clone(),
        lens: this.lens,
      },
      to: { position, quaternion, lens: photoLens(photo.camera, this.width, this.height) },
      share: 0,
    };
    const { flight } = this;
    this.frusta.select(photo);
    this.redraw();
    try {
      const others = photo.rig
        ? this.photos.filter(({ id, rig, enu_from_cam: m }) => rig === photo.rig && m && id !== photo.id)
        : [];
      await this.overlay.open(photo, others, () => this.redraw());
      this.redraw();
    } catch (error) {
      if (this.flight === flight || this.photo === photo) {
        this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
      }
    }
  }

  fly(now) {
    const { flight } = this;
    const done = Math.min((now - flight.began) / FLIGHT_MS, 1);
    const share = done * done * (3 - 2 * done);
    flight.share = share;
    this.camera.position.lerpVectors(flight.from.position, flight.to.position, share);
    this.camera.quaternion.slerpQuaternions(flight.from.quaternion, flight.to.quaternion, share);
    this.lens = blendLens(flight.from.lens, flight.to.lens, share);
    this.movedAt = now;
    this.redraw();
    if (done < 1) return;
    this.flight = null;
    this.photo = flight.photo;
    this.lens = this.lensOfPhoto();
    this.dispatchEvent(new Event("arrived"));
  }

  /** Look elsewhere from a panorama's place, by so many pixels of the screen. */
  lookAround(dx, dy) {
    const perPixel = (this.lens.r - this.lens.l) / this.width;
    const { quaternion } = this.camera;
    const forward = new THREE.Vector3(0, 0, -1).applyQuaternion(quaternion);
    const pitch = Math.asin(Math.min(Math.max(forward.z, -1), 1));
    const up = Math.min(Math.max(pitch + dy * perPixel, -STEEPEST), STEEPEST) - pitch;
    quaternion.premultiply(
      new THREE.Quaternion().setFromAxisAngle(new THREE.Vector3(0, 0, 1), dx * perPixel),
    );
    quaternion.multiply(new THREE.Quaternion().setFromAxisAngle(new THREE.Vector3(1, 0, 0), up));
    this.isTurned = true;
    this.redraw();
  }

  /** Look as the photo does again. */
  lookStraight() {
    this.camera.quaternion.copy(poseOf(this.photo).quaternion);
    this.isTurned = false;
    this.redraw();
  }

  /** Leave a photo's viewpoint; the camera stays near, and can be moved again. */
  leave() {
    const photo = this.photo ?? this.flight?.photo;
    if (!photo) return;
    this.photo = null;
    this.flight = null;
    this.overlay.close();
    this.frusta.select(null);
    this.controls.enabled = true;
    const { position } = poseOf(photo);
    const forward = lookOf(photo);
    const reach = Math.min(Math.max((photo.far_m ?? 20) * 0.5, 3), 30);
    const target = position.clone().addScaledVector(forward, reach);
    const back = position.clone().addScaledVector(forward, -0.25 * reach);
    back.z += 0.12 * reach;
    this.lens = plainLens(this.fov, this.camera.aspect);
    this.place(back, target);
    this.dispatchEvent(new Event("left"));
  }

  /** Camera and target in ENU metres, as numbers. */
  get viewpoint() {
    return [...this.camera.position.toArray(), ...this.controls.target.toArray()];
  }

  set viewpoint([x, y, z, tx, ty, tz]) {
    this.moved = true;
    this.place(new THREE.Vector3(x, y, z), new THREE.Vector3(tx, ty, tz));
  }

  /** Where the camera is and looks, for the map: { position, heading }. */
  get standpoint() {
    const forward = new THREE.Vector3(0, 0, -1).applyQuaternion(this.camera.quaternion);
    return {
      position: this.camera.position.toArray(),
      heading: (Math.atan2(forward.x, forward.y) * 180) / Math.PI,
    };
  }

  // --- clicks, wheel, keys ----------------------------------------------------------------------

  listen() {
    let down = null;
    const local = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const fingers = new Map(); // where each pointer is that is down
    this.canvas.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, local(event));
      down = fingers.size === 1 ? { x: event.clientX, y: event.clientY } : null;
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = local(event);
      fingers.set(event.pointerId, now);
      if (!this.photo) return;
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const span = ([x, y]) => Math.max(Math.hypot(x - other[0], y - other[1]), 10);
        const middle = [0, 1].map((axis) => (now[axis] + other[axis]) / 2);
        this.zoomPhoto(...middle, span(now) / span(before));
      } else if (this.photo.rig) this.lookAround(now[0] - before[0], now[1] - before[1]);
      else if (this.zoom.factor > 1) this.panPhoto(now[0] - before[0], now[1] - before[1]);
    });
    const lift = (event) => fingers.delete(event.pointerId);
    addEventListener("pointerup", lift);
    addEventListener("pointercancel", lift);
    this.canvas.addEventListener("pointerup", (event) => {
      if (!down) return;
      const still = Math.hypot(event.clientX - down.x, event.clientY - down.y) < CLICK_PX;
      down = null;
      if (still && event.button === 0) this.click(...local(event));
    });
    this.canvas.addEventListener("dblclick", (event) => {
      const found = this.photo ? null : this.pointAt(...local(event));
      if (found) this.approach(found.position);
    });
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        this.moved = true;
        if (!this.photo) return;
        event.preventDefault();
        this.zoomPhoto(...local(event), Math.exp(-event.deltaY * 0.0015));
      },
      { passive: false },
    );
  }

  /** What a place on the screen shows: a point of the cloud, or of a surface where points are not
   * drawn. */
  pointAt(x, y) {
    if (!this.cloud.isHidden) return pickPoint(this.cloud, this.camera, x, y, this.width, this.height);
    const position = this.surfaces.meets(this.rayThrough(x, y));
    return position && { position, surface: true };
  }

  rayThrough(x, y) {
    const raycaster = new THREE.Raycaster();
    const ndc = new THREE.Vector3((x / this.width) * 2 - 1, 1 - (y / this.height) * 2, 0.5);
    raycaster.ray.origin.copy(this.camera.position);
    raycaster.ray.direction.copy(ndc.unproject(this.camera)).sub(this.camera.position).normalize();
    return raycaster;
  }

  click(x, y) {
    if (this.marking && this.photo) {
      const { photo } = this;
      // A mark is a pixel of this photo: it has to be looked at first.
      if (this.isTurned) {
        this.lookStraight();
        return;
      }
      const [u, v] = pixelAt(photo.camera, this.lens, x, y, this.width, this.height);
      if (u < 0 || v < 0 || u > photo.camera.width || v > photo.camera.height) return;
      this.dispatchEvent(new CustomEvent("mark", { detail: { photo, u, v } }));
      return;
    }
    const raycaster = this.rayThrough(x, y);
    const camera = this.photo || this.alone || this.measuring ? null : this.frusta.pick(raycaster);
    const point = this.pointAt(x, y);
    const nearer = camera && (!point || camera.distance < point.position.distanceTo(
      this.camera.position,
    ) + 0.5);
    const detail = nearer ? { photo: camera.photo } : { point };
    this.dispatchEvent(new CustomEvent("pick", { detail }));
  }

  /** Bring a place into the middle, and go nearer. */
  approach(place) {
    this.moved = true;
    const way = this.camera.position.clone().sub(place);
    this.place(place.clone().add(way.setLength(Math.max(way.length() * 0.6, 2))), place);
    this.dispatchEvent(new Event("rest"));
  }

  zoomPhoto(x, y, by) {
    const { camera } = this.photo;
    const scale = (factor) =>
      Math.min(this.width / camera.width, this.height / camera.height) * factor;
    const old = this.zoom.centre ?? [camera.width / 2, camera.height / 2];
    const factor = Math.min(Math.max(this.zoom.factor * by, 1), 40);
    // The pixel under the pointer stays where it is.
    const away = 1 / scale(this.zoom.factor) - 1 / scale(factor);
    const centre = [old[0] + (x - this.width / 2) * away, old[1] + (y - this.height / 2) * away];
    this.zoom = factor > 1.001 ? { factor, centre } : { factor: 1, centre: null };
    this.lens = this.lensOfPhoto();
    this.redraw();
  }

  /** Bring a pixel of the photo into the middle, so many times larger than the whole. */
  lookAtPixel(u, v, factor) {
    this.zoom = { factor, centre: [u, v] };
    this.lens = this.lensOfPhoto();
    this.redraw();
  }

  panPhoto(dx, dy) {
    const { camera } = this.photo;
    const fit = Math.min(this.width / camera.width, this.height / camera.height);
    const [u, v] = this.zoom.centre ?? [camera.width / 2, camera.height / 2];
    const scale = fit * this.zoom.factor;
    this.zoom.centre = [u - dx / scale, v - dy / scale];
    this.lens = this.lensOfPhoto();
    this.redraw();
  }

  /** Move as with keys: forward, right and up in shares of the distance to what is looked at. */
  move(forward, right, up) {
    if (this.photo?.rig) this.lookAround(-right * this.width, forward * this.height);
    if (this.photo || this.flight) return;
    this.moved = true;
    const ahead = new THREE.Vector3();
    this.camera.getWorldDirection(ahead);
    const reach = Math.max(this.camera.position.distanceTo(this.controls.target), 2);
    const side = new THREE.Vector3().crossVectors(ahead, this.camera.up).normalize();
    const step = ahead.multiplyScalar(forward).addScaledVector(side, right);
    step.z += up;
    step.multiplyScalar(reach);
    this.camera.position.add(step);
    this.controls.target.add(step);
    this.redraw();
  }

  /** Turn about what is looked at, in radians. */
  turn(left, down) {
    if (this.photo || this.flight) return;
    this.moved = true;
    const away = this.camera.position.clone().sub(this.controls.target);
    const ball = new THREE.Spherical().setFromVector3(new THREE.Vector3(away.x, away.z, -away.y));
    ball.theta -= left;
    ball.phi = Math.min(Math.max(ball.phi - down, 0.05), Math.PI * 0.97);
    const turned = new THREE.Vector3().setFromSpherical(ball);
    away.set(turned.x, -turned.z, turned.y);
    this.place(this.controls.target.clone().add(away), this.controls.target.clone());
  }

  zoomBy(factor) {
    if (this.photo) {
      this.zoomPhoto(this.width / 2, this.height / 2, factor);
      return;
    }
    this.moved = true;
    const away = this.camera.position.clone().sub(this.controls.target);
    const target = this.controls.target.clone();
    this.place(target.clone().add(away.divideScalar(factor)), target);
  }
}
