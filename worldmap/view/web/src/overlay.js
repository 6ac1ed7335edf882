// The photo over the cloud, seen from where it was taken: each pixel of the screen is looked up in
// the photo through the lens's own distortion, so that it lies exactly on what it shows.

import * as THREE from "three";

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
  uniform float k1, k2, p1, p2, k3, opacity;
  varying vec2 at;
  void main() {
    float x = mix(lens.x, lens.y, at.x);
    float y = -mix(lens.z, lens.w, at.y);
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

export class Overlay {
  constructor() {
    const uniforms = {
      picture: { value: null },
      lens: { value: new THREE.Vector4() },
      focal: { value: new THREE.Vector2() },
      centre: { value: new THREE.Vector2() },
      size: { value: new THREE.Vector2(1, 1) },
      opacity: { value: 0 },
    };
    for (const name of ["k1", "k2", "p1", "p2", "k3"]) uniforms[name] = { value: 0 };
    this.material = new THREE.ShaderMaterial({
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms,
      transparent: true,
      depthTest: false,
      depthWrite: false,
    });
    this.scene = new THREE.Scene();
    const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), this.material);
    quad.frustumCulled = false;
    this.scene.add(quad);
    this.flat = new THREE.Camera();
    this.photo = null;
    this.ready = false;
  }

  /** Take up a photo; resolves when its picture is here, rejects where it cannot be had. */
  async open(photo) {
    this.close();
    this.photo = photo;
    const { uniforms } = this.material;
    const { camera } = photo;
    uniforms.focal.value.set(camera.fx, camera.fy);
    uniforms.centre.value.set(camera.cx, camera.cy);
    uniforms.size.value.set(camera.width, camera.height);
    ["k1", "k2", "p1", "p2", "k3"].forEach((name, i) => {
      uniforms[name].value = camera.distortion[i];
    });
    const url = store.imageUrl(`photos/${photo.id}/photo.jpg`);
    let texture;
    try {
      texture = await new THREE.TextureLoader().loadAsync(url);
    } catch {
      throw new Error(`${photo.name} cannot be read: was it moved or deleted?`);
    }
    if (this.photo !== photo) {
      texture.dispose();
      return;
    }
    texture.minFilter = THREE.LinearMipmapLinearFilter;
    uniforms.picture.value = texture;
    this.ready = true;
  }

  close() {
    this.material.uniforms.picture.value?.dispose();
    this.material.uniforms.picture.value = null;
    this.photo = null;
    this.ready = false;
  }

  render(renderer, lens, opacity) {
    if (!this.ready || opacity <= 0) return;
    const { uniforms } = this.material;
    uniforms.lens.value.set(lens.l, lens.r, lens.b, lens.t);
    uniforms.opacity.value = opacity;
    renderer.render(this.scene, this.flat);
  }
}
