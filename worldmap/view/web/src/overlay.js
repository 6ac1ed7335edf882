// The photo over the cloud, seen from where it was taken: each pixel of the screen is looked up in
// the photo through the lens's own distortion, so that it lies exactly on what it shows. With it the
// other views of a panorama, wherever from their common place someone looks.

import * as THREE from "three";

import { poseOf } from "./lens.js";
import * as store from "./store.js";

const vertex = /* glsl */ `
  varying vec2 at;
  void main() {
    at = uv;
    gl_Position = vec4(position.xy, -1.0, 1.0);
  }
`;

const fragment = /* glsl */ `
  uniform sampler2D picture;
  uniform vec4 lens; // tangents of left, right, bottom, top
  uniform vec2 focal, centre, size;
  uniform float k1, k2, p1, p2, k3, opacity, widest;
  uniform mat3 turn; // the photo's axes from the screen's, three.js's both
  varying vec2 at;
  void main() {
    vec3 ray = turn * vec3(mix(lens.x, lens.y, at.x), mix(lens.z, lens.w, at.y), -1.0);
    if (ray.z >= -0.01) discard; // beside or behind
    float x = ray.x / -ray.z;
    float y = ray.y / ray.z;
    if (abs(x) > widest) discard;
    float r2 = x * x + y * y;
    float radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
    vec2 bent = vec2(
      x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
      y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y
    );
    vec2 place = (focal * bent + centre) / size;
    if (any(lessThan(place, vec2(0.0))) || any(greaterThan(place, vec2(1.0)))) discard;
    gl_FragColor = vec4(texture2D(picture, vec2(place.x, 1.0 - place.y)).rgb, opacity);
  }
`;

// Each direction belongs to one of a panorama's views, which are quarters of the horizon.
const QUARTER = Math.tan(Math.PI / 4);

/** One photo's picture, as it is seen from its place. */
class Layer {
  constructor(photo, widest) {
    this.photo = photo;
    const { camera } = photo;
    const uniforms = {
      picture: { value: null },
      lens: { value: new THREE.Vector4() },
      focal: { value: new THREE.Vector2(camera.fx, camera.fy) },
      centre: { value: new THREE.Vector2(camera.cx, camera.cy) },
      size: { value: new THREE.Vector2(camera.width, camera.height) },
      turn: { value: new THREE.Matrix3() },
      widest: { value: widest },
      opacity: { value: 0 },
    };
    ["k1", "k2", "p1", "p2", "k3"].forEach((name, i) => {
      uniforms[name] = { value: camera.distortion[i] };
    });
    this.material = new THREE.ShaderMaterial({
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms,
      transparent: true,
      depthTest: false,
      depthWrite: false,
    });
    this.scene = new THREE.Scene();
    this.quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), this.material);
    this.quad.frustumCulled = false;
    this.scene.add(this.quad);
    this.fromScene = poseOf(photo).quaternion.invert();
  }

  async load() {
    const url = store.imageUrl(`photos/${this.photo.id}/photo.jpg`);
    let texture;
    try {
      texture = await new THREE.TextureLoader().loadAsync(url);
    } catch {
      throw new Error(`${this.photo.name} cannot be read: was it moved or deleted?`);
    }
    texture.minFilter = THREE.LinearMipmapLinearFilter;
    if (this.isGone) texture.dispose();
    else this.material.uniforms.picture.value = texture;
  }

  /** turned: of the camera in the scene; none where it looks as the photo does. */
  render(renderer, flat, lens, opacity, turned) {
    const { uniforms } = this.material;
    if (!uniforms.picture.value) return;
    uniforms.lens.value.set(lens.l, lens.r, lens.b, lens.t);
    uniforms.opacity.value = opacity;
    const turn = turned ? this.fromScene.clone().multiply(turned) : new THREE.Quaternion();
    uniforms.turn.value.setFromMatrix4(new THREE.Matrix4().makeRotationFromQuaternion(turn));
    renderer.render(this.scene, flat);
  }

  close() {
    this.isGone = true;
    this.material.uniforms.picture.value?.dispose();
    this.material.dispose();
    this.quad.geometry.dispose();
  }
}

export class Overlay {
  constructor() {
    this.flat = new THREE.Camera();
    this.layers = [];
  }

  /** Whether the photo's own picture is here. */
  get ready() {
    return Boolean(this.layers[0]?.material.uniforms.picture.value);
  }

  /** Take up a photo and the others of its panorama; resolves when its own picture is here, rejects
   * where it cannot be had. What the others show follows (`arrived`). */
  async open(photo, others = [], arrived = () => {}) {
    this.close();
    const widest = others.length > 1 ? QUARTER : 1e6;
    const layers = [photo, ...others].map((each) => new Layer(each, widest));
    this.layers = layers;
    await layers[0].load();
    if (this.layers !== layers) return;
    // One that cannot be read leaves a gap, which shows the points.
    for (const layer of layers.slice(1)) layer.load().then(arrived, () => {});
  }

  close() {
    for (const layer of this.layers) layer.close();
    this.layers = [];
  }

  /** turned: how the camera looks, where that is from the photo's own place. */
  render(renderer, lens, opacity, turned) {
    if (opacity <= 0) return;
    for (const layer of turned ? this.layers : this.layers.slice(0, 1)) {
      layer.render(renderer, this.flat, lens, opacity, turned);
    }
  }
}
