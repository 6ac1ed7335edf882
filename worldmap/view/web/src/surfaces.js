// Surfaces beside the points: meshes with pictures, part by part, what is nearest first.

import * as THREE from "three";

import * as store from "./store.js";

const TEXELS = 100e6; // of pictures at once: 400 MB of a card, and a third more for their halvings
const TEXELS_PHONE = 16e6;
const LONGEST_PHONE_PX = 2048;
const KEEP = 0.8; // what is drawn stays until something else is so much nearer

const vertex = /* glsl */ `
  varying vec2 at;
  varying vec3 world;
  void main() {
    at = uv;
    vec4 place = modelMatrix * vec4(position, 1.0);
    world = place.xyz;
    gl_Position = projectionMatrix * viewMatrix * place;
  }
`;

const fragment = /* glsl */ `
  uniform sampler2D picture;
  uniform vec3 clipLow, clipHigh;
  varying vec2 at;
  varying vec3 world;
  void main() {
    if (any(lessThan(world, clipLow)) || any(greaterThan(world, clipHigh))) discard;
    gl_FragColor = vec4(texture2D(picture, at).rgb, 1.0);
  }
`;

class Part {
  constructor(told, surface) {
    this.told = told;
    this.surface = surface;
    this.box = new THREE.Box3(new THREE.Vector3(...told.low), new THREE.Vector3(...told.high));
    this.box.applyMatrix4(surface.group.matrix);
    this.mesh = null;
    this.texels = 0;
    this.loading = false;
    this.failed = false;
  }
}

export class Surfaces extends EventTarget {
  /** clip: { clipLow, clipHigh }, the uniforms of the clip box. */
  constructor(scene, told, clip) {
    super();
    this.clip = clip;
    this.loads = 0;
    this.away = false; // none is drawn
    this.isPhone = matchMedia("(max-width: 820px)").matches;
    this.surfaces = told.map(({ name, enu_from_surface: matrix, parts }) => {
      const group = new THREE.Group();
      group.matrixAutoUpdate = false;
      group.matrix.set(...matrix, 0, 0, 0, 1);
      group.matrixWorldNeedsUpdate = true;
      scene.add(group);
      const surface = { name, group, wanted: true };
      surface.parts = parts.map((each) => new Part(each, surface));
      return surface;
    });
    this.parts = this.surfaces.flatMap(({ parts }) => parts);
  }

  get isBusy() {
    return this.loads > 0;
  }

  /** Eight corners of each part, in ENU. */
  get corners() {
    return this.parts.flatMap(({ box: { min, max } }) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
        new THREE.Vector3(
          ...["x", "y", "z"].map((axis, i) => ((bits >> i) & 1 ? max[axis] : min[axis])),
        ),
      ),
    );
  }

  /** Load what is nearest to the camera of what is shown, and let go of what there is no room for. */
  update(camera) {
    const room = this.isPhone ? TEXELS_PHONE : TEXELS;
    const shown = this.parts.filter((part) => part.surface.group.visible && !part.failed);
    const away = new Map(
      shown.map((part) => [part, part.box.distanceToPoint(camera.position) * (part.mesh ? KEEP : 1)]),
    );
    shown.sort((a, b) => away.get(a) - away.get(b));
    let texels = 0;
    const kept = new Set();
    for (const part of shown) {
      if (texels >= room) break;
      texels += part.texels;
      kept.add(part);
      if (part.mesh) continue;
      // One after the other: how large its picture is shows when it is here.
      if (!this.isBusy) this.load(part);
      break;
    }
    if (texels < room) return;
    for (const part of shown) if (part.mesh && !kept.has(part)) this.free(part);
  }

  async load(part) {
    part.loading = true;
    this.loads += 1;
    try {
      const [bytes, image] = await Promise.all([
        store.bytes(part.told.corners),
        loadImage(store.imageUrl(part.told.picture)),
      ]);
      part.mesh = new THREE.Mesh(geometryOf(bytes), this.materialOf(image));
      part.mesh.matrixAutoUpdate = false;
      const { picture } = part.mesh.material.uniforms;
      part.texels = picture.value.image.width * picture.value.image.height;
      part.surface.group.add(part.mesh);
    } catch (error) {
      part.failed = true;
      this.dispatchEvent(new CustomEvent("problem", { detail: `${part.surface.name}: ${error.message}` }));
    }
    part.loading = false;
    this.loads -= 1;
    this.dispatchEvent(new Event("change"));
  }

  materialOf(image) {
    const texture = new THREE.Texture(this.isPhone ? reduced(image, LONGEST_PHONE_PX) : image);
    texture.flipY = false; // counted from the upper left corner
    texture.minFilter = THREE.LinearMipmapLinearFilter;
    texture.needsUpdate = true;
    return new THREE.ShaderMaterial({
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms: { picture: { value: texture }, ...this.clip },
      side: THREE.DoubleSide,
    });
  }

  free(part) {
    part.surface.group.remove(part.mesh);
    part.mesh.material.uniforms.picture.value.dispose();
    part.mesh.material.dispose();
    part.mesh.geometry.dispose();
    part.mesh = null;
    part.texels = 0;
  }

  show(number, on) {
    this.surfaces[number].wanted = on;
    this.tell();
  }

  /** Draw none, or again those that are wanted. */
  put(away) {
    this.away = away;
    this.tell();
  }

  tell() {
    for (const { group, wanted } of this.surfaces) group.visible = wanted && !this.away;
  }

  /** Where a ray first meets a surface that is drawn, in ENU; null where it meets none. */
  meets(raycaster) {
    const { clipLow: { value: low }, clipHigh: { value: high } } = this.clip;
    const meshes = this.parts.filter((part) => part.mesh && part.surface.group.visible);
    const inside = new THREE.Box3(low, high);
    const found = raycaster.intersectObjects(meshes.map((part) => part.mesh), false);
    return found.find(({ point }) => inside.containsPoint(point))?.point ?? null;
  }
}

function geometryOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [corners, triangles] = [view.getUint32(0, true), view.getUint32(4, true)];
  const from = bytes.byteOffset + 8;
  const part = (Kind, start, count) => new Kind(bytes.buffer.slice(from + 4 * start, from + 4 * (start + count)));
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(part(Float32Array, 0, 3 * corners), 3));
  geometry.setAttribute("uv", new THREE.BufferAttribute(part(Float32Array, 3 * corners, 2 * corners), 2));
  geometry.setIndex(new THREE.BufferAttribute(part(Uint32Array, 5 * corners, 3 * triangles), 1));
  geometry.computeBoundingSphere();
  return geometry;
}

async function loadImage(url) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new Error("its picture cannot be read");
  }
  return image;
}

/** A picture with no side longer than so many pixels. */
function reduced(image, longest) {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
  if (scale === 1) return image;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(scale * image.naturalWidth);
  canvas.height = Math.round(scale * image.naturalHeight);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
