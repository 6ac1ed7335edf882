// How points are drawn: size on the screen, and what their colour says.

import * as THREE from "three";

import { classBytes, photoBytes, viridisBytes } from "./colours.js";

export const MODES = ["rgb", "height", "sigma", "support", "class", "photo"];

const vertex = /* glsl */ `
  attribute vec3 colour;
  attribute float sigma;
  attribute vec2 kind;
  attribute float photo;
  uniform int mode;
  uniform vec2 range;
  uniform float pixelsPerTangent, pointSize, spacing, selected;
  uniform vec3 clipLow, clipHigh;
  uniform bool filtered;
  uniform sampler2D scale, classes, photos, listed;
  varying vec3 shown;
  vec3 scaled(float value) {
    float at = clamp((value - range.x) / max(range.y - range.x, 1e-6), 0.0, 1.0);
    return texture2D(scale, vec2((at * 255.0 + 0.5) / 256.0, 0.5)).rgb;
  }
  vec3 entry(sampler2D table, float i) {
    return texture2D(table, vec2((mod(i, 256.0) + 0.5) / 256.0, 0.5)).rgb;
  }
  void main() {
    vec4 world = modelMatrix * vec4(position, 1.0);
    vec4 view = viewMatrix * world;
    gl_Position = projectionMatrix * view;
    bool hidden = any(lessThan(world.xyz, clipLow)) || any(greaterThan(world.xyz, clipHigh));
    if (filtered && photo < 65534.5) {
      int number = int(photo);
      hidden = hidden || texelFetch(listed, ivec2(number & 1023, number >> 10), 0).r < 0.5;
    }
    if (hidden) gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // outside the picture
    gl_PointSize = clamp(spacing * pixelsPerTangent / max(-view.z, 0.01), 1.0, 14.0) * pointSize;
    if (mode == 0) shown = colour;
    else if (mode == 1) shown = scaled(world.z);
    else if (mode == 2) shown = scaled(sigma * 0.001);
    else if (mode == 3) shown = scaled(kind.y);
    else if (mode == 4) shown = entry(classes, kind.x);
    else shown = photo < 65534.5 ? entry(photos, photo) : vec3(0.25);
    // Points of the photo that is looked at stay, the others fade, where photos are the colour.
    if (mode == 5 && selected >= 0.0 && abs(photo - selected) > 0.5) shown *= 0.35;
  }
`;

const fragment = /* glsl */ `
  varying vec3 shown;
  void main() {
    vec2 off = gl_PointCoord - 0.5;
    if (dot(off, off) > 0.25) discard;
    gl_FragColor = vec4(shown, 1.0);
  }
`;

function table(bytes) {
  const texture = new THREE.DataTexture(bytes, 256, 1);
  texture.minFilter = texture.magFilter = THREE.NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

/** A texture that says of each photo, by its number, whether its points are shown. */
export function listedPhotos(shown) {
  const bytes = new Uint8Array(1024 * Math.max(Math.ceil(shown.length / 1024), 1));
  shown.forEach((each, number) => (bytes[number] = each ? 255 : 0));
  const texture = new THREE.DataTexture(bytes, 1024, bytes.length / 1024, THREE.RedFormat);
  texture.minFilter = texture.magFilter = THREE.NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

/** The one material of all points. */
export function pointMaterial() {
  return new THREE.ShaderMaterial({
    vertexShader: vertex,
    fragmentShader: fragment,
    uniforms: {
      mode: { value: 0 },
      range: { value: new THREE.Vector2(0, 1) },
      pixelsPerTangent: { value: 500 },
      pointSize: { value: 1 },
      spacing: { value: 0.1 },
      selected: { value: -1 },
      clipLow: { value: new THREE.Vector3(-1e9, -1e9, -1e9) },
      clipHigh: { value: new THREE.Vector3(1e9, 1e9, 1e9) },
      filtered: { value: false },
      listed: { value: listedPhotos([]) },
      scale: { value: table(viridisBytes()) },
      classes: { value: table(classBytes()) },
      photos: { value: table(photoBytes()) },
    },
  });
}
