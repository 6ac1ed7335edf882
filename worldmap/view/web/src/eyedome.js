// What points look like together: discs of one surface blend (two passes, as in surface splatting:
// Botsch and Kobbelt 2003), and eye-dome lighting (Boucheny 2009) darkens what lies behind its
// neighbours on the screen, which shows shape.

import * as THREE from "three";

import { blendPoints, THICKEST } from "./material.js";

const vertex = /* glsl */ `
  varying vec2 at;
  void main() {
    at = uv;
    gl_Position = vec4(position.xy, 0.0, 1.0);
  }
`;

const fragment = /* glsl */ `
  uniform sampler2D colours, depths, sums;
  uniform bool blended;
  uniform vec2 texel, pixel;
  uniform float near, far, strength;
  uniform vec3 background;
  varying vec2 at;
  float logRange(vec2 where) {
    float depth = texture2D(depths, where).r;
    if (depth >= 1.0) return 0.0;
    return log2(near * far / (far - depth * (far - near)));
  }
  // How far behind it lies what may be the same surface (the points' material tells it), and no less
  // than 1 % of the range, which points of one surface are off by.
  float sameRange(vec2 where) {
    return max(float(LEAST_STEP), float(THICKEST) * (1.0 - texture2D(colours, where).a));
  }
  vec3 colourAt(vec2 where) {
    vec4 sum = blended ? texture2D(sums, where) : vec4(0.0);
    return sum.a > 0.0 ? sum.rgb / sum.a : texture2D(colours, where).rgb;
  }
  // A pixel that nothing covers and that has points on both sides, along three of the four lines
  // through it, lies between points of a surface: it gets their mean.
  vec3 between() {
    int lines = 0;
    vec3 total = vec3(0.0);
    for (int i = 0; i < 4; i++) {
      vec2 way = pixel * (i == 0 ? vec2(1, 0) : i == 1 ? vec2(0, 1) : i == 2 ? vec2(1, 1) : vec2(1, -1));
      vec2 one = vec2(0.0);
      vec2 other = vec2(0.0);
      for (float step = float(GAP_PX); step > 0.5; step -= 1.0) {
        if (texture2D(depths, at + step * way).r < 1.0) one = step * way;
        if (texture2D(depths, at - step * way).r < 1.0) other = -step * way;
      }
      if (one == vec2(0.0) || other == vec2(0.0)) continue;
      lines += 1;
      total += colourAt(at + one) + colourAt(at + other);
    }
    return lines < 3 ? background : total / float(2 * lines);
  }
  void main() {
    float depth = texture2D(depths, at).r;
    gl_FragDepth = depth;
    if (depth >= 1.0) {
      gl_FragColor = vec4(blended ? between() : background, 1.0);
      return;
    }
    float here = logRange(at);
    float same = sameRange(at);
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
      vec2 way = texel * (i == 0 ? vec2(1, 0) : i == 1 ? vec2(-1, 0) : i == 2 ? vec2(0, 1) : vec2(0, -1));
      float there = logRange(at + way);
      float beyond = logRange(at - way);
      if (there == 0.0) continue;
      // Where it goes on as steeply to the other side it is a slope. A step is a step: how deep it is
      // says little, and black rims say nothing.
      float slope = beyond == 0.0 ? 0.0 : max(beyond - here, 0.0);
      sum += clamp(here - there - slope - max(same, sameRange(at + way)), 0.0, 0.06);
    }
    float shade = exp(-sum * strength);
    gl_FragColor = vec4(colourAt(at) * shade, 1.0);
  }
`;

const STRENGTH = 6;
const GAP_PX = 3;
const LEAST_STEP = 0.015;

/** Whether a renderer can add up more than a byte holds. */
export function canBlend({ extensions }) {
  return extensions.has("EXT_color_buffer_float") || extensions.has("EXT_color_buffer_half_float");
}

export class EyeDome {
  constructor() {
    this.target = new THREE.WebGLRenderTarget(1, 1, {
      depthTexture: new THREE.DepthTexture(1, 1, THREE.UnsignedIntType),
      minFilter: THREE.NearestFilter,
      magFilter: THREE.NearestFilter,
    });
    /** Sums of colours, with the same depths; more than a byte holds. */
    this.sums = new THREE.WebGLRenderTarget(1, 1, {
      depthTexture: this.target.depthTexture,
      type: THREE.HalfFloatType,
      minFilter: THREE.NearestFilter,
      magFilter: THREE.NearestFilter,
    });
    this.material = new THREE.ShaderMaterial({
      vertexShader: vertex,
      fragmentShader: fragment,
      defines: { GAP_PX, LEAST_STEP, THICKEST },
      uniforms: {
        colours: { value: this.target.texture },
        depths: { value: this.target.depthTexture },
        texel: { value: new THREE.Vector2() },
        pixel: { value: new THREE.Vector2() },
        near: { value: 0.1 },
        far: { value: 1000 },
        strength: { value: STRENGTH },
        sums: { value: this.sums.texture },
        blended: { value: false },
        background: { value: new THREE.Color() },
      },
      depthTest: false,
      depthWrite: true,
    });
    this.scene = new THREE.Scene();
    const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), this.material);
    quad.frustumCulled = false;
    this.scene.add(quad);
    this.flat = new THREE.Camera();
  }

  /** Draw `scene` lit, or blended (the points' material), to the screen, depth included, so that more
   * can be drawn into it. */
  render(renderer, scene, camera, background, { lit, blended }) {
    const size = renderer.getDrawingBufferSize(new THREE.Vector2());
    if (this.target.width !== size.x || this.target.height !== size.y) {
      this.target.setSize(size.x, size.y);
      this.sums.setSize(size.x, size.y);
    }
    const { uniforms } = this.material;
    uniforms.texel.value.set(1.2 / size.x, 1.2 / size.y);
    uniforms.pixel.value.set(1 / size.x, 1 / size.y);
    uniforms.near.value = camera.near;
    uniforms.far.value = camera.far;
    uniforms.background.value.copy(background);
    renderer.setRenderTarget(this.target);
    renderer.setClearColor(background, 1);
    renderer.clear();
    renderer.render(scene, camera);
    uniforms.strength.value = lit ? STRENGTH : 0;
    uniforms.blended.value = Boolean(blended);
    if (blended) {
      renderer.setRenderTarget(this.sums);
      renderer.setClearColor(0, 0);
      renderer.clear(true, false);
      blendPoints(blended, true);
      renderer.render(scene, camera);
      blendPoints(blended, false);
    }
    renderer.setRenderTarget(null);
    renderer.clear();
    this.material.depthFunc = THREE.AlwaysDepth;
    this.material.depthTest = true;
    renderer.render(this.scene, this.flat);
  }
}
