// How points are drawn: size on the screen, and what their colour says.

import * as THREE from "three";

import { classBytes, photoBytes, viridisBytes } from "./colours.js";

export const MODES = ["rgb", "height", "sigma", "support", "class", "photo"];

const SMALLEST_PX = "1.5"; // covers the pixel that its middle lies in
const COVER = "1.4"; // at the size that is chosen first discs cover a surface of points in rows
const LARGEST_PX = "64.0"; // what is nearer to the eye only gets in its way
const LEAST_FACING = "0.2";
const THICK = "0.5"; // sizes: how far points of one surface lie beside it, or their discs stick out
const UNSURE = "1.4"; // sigmas: by how much two places of one surface differ, one standard deviation
export const THICKEST = 0.25; // of the range as a power of two: what a byte's 255 stands for

const vertex = /* glsl */ `
  attribute vec3 colour;
  attribute float sigma;
  attribute vec2 kind;
  attribute float photo;
  attribute vec4 disc;
  attribute float spacing;
  uniform int mode;
  uniform vec2 range;
  uniform float pixelsPerTangent, pointSize, selected;
  uniform bool blended;
  uniform float refined[8];
  uniform vec3 middle;
  uniform vec3 clipLow, clipHigh;
  uniform bool filtered;
  uniform sampler2D scale, classes, photos, listed;
  varying vec3 shown;
  varying vec4 lie; // of a disc: how its depth grows to the right and up, and the ray to it
  varying vec2 reach; // its radius as a tangent, and how much of the depth buffer its depth is
  varying float thick; // how far behind what is seen lies what may be the same surface
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
    int octant = int(dot(step(middle, position), vec3(1.0, 2.0, 4.0)));
    float size = ${COVER} * pointSize * min(spacing * 0.001, refined[octant]);
    vec2 ray = view.xy / max(-view.z, 0.01);
    float slant = sqrt(1.0 + dot(ray, ray));
    float px = size * pixelsPerTangent / max(-view.z, 0.01) * slant;
    gl_PointSize = clamp(px, ${SMALLEST_PX}, ${LARGEST_PX});
    vec3 normal = normalize(mat3(modelViewMatrix) * disc.xyz);
    // From the edge a disc would be no pixel wide.
    float facing = dot(normal, vec3(ray, -1.0)) / slant;
    float away = length(view.xyz);
    thick = ${THICK} * size / (disc.w > 0.5 ? max(abs(facing), ${LEAST_FACING}) : 0.5) + ${UNSURE} * 0.001 * sigma;
    thick = log2(1.0 + thick / max(away, 0.01)) / ${THICKEST.toFixed(2)};
    facing = (facing < 0.0 ? -1.0 : 1.0) * max(abs(facing), max(${LEAST_FACING}, ${SMALLEST_PX} / px)) * slant;
    bool flat_ = disc.w > 0.5 && px > ${SMALLEST_PX};
    lie = vec4(flat_ ? normal.xy / facing : vec2(0.0), ray);
    reach = vec2(0.5 * gl_PointSize / pixelsPerTangent, -0.5 * projectionMatrix[3][2] / max(-view.z, 0.01));
    // A little nearer, so that discs of one surface lie over each other: where they are blended.
    if (!hidden && blended) {
      vec4 near = projectionMatrix * vec4(view.xyz * exp2(-${THICKEST.toFixed(2)} * min(thick, 1.0)), 1.0);
      gl_Position.z = near.z / near.w * gl_Position.w;
    }
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

// Where the ray through a pixel meets the disc's plane (to first order, which is exact at its middle):
// how far from the middle, in radii.
const fragment = /* glsl */ `
  varying vec3 shown;
  varying vec4 lie;
  varying vec2 reach;
  varying float thick;
  uniform bool blended;
  void main() {
    vec2 off = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0);
    float deeper = dot(lie.xy, off);
    vec2 ray = lie.zw;
    float slant2 = 1.0 + dot(ray, ray);
    float away2 = slant2 * (dot(off, off) - 2.0 * deeper * dot(ray, off) + deeper * deeper * slant2);
    if (away2 > 1.0) discard;
    gl_FragDepth = gl_FragCoord.z + reach.y * (1.0 - 1.0 / max(1.0 - deeper * reach.x, 0.5));
    float weight = exp(-3.0 * away2);
    gl_FragColor = blended ? vec4(shown * weight, weight) : vec4(shown, 1.0 - min(thick, 1.0));
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
      refined: { value: new Float32Array(8) },
      middle: { value: new THREE.Vector3() },
      blended: { value: false },
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

/** Let the points' material draw sums of colours that lie about the nearest, each with its weight; or
 * again the nearest alone. */
export function blendPoints(material, on) {
  material.uniforms.blended.value = on;
  material.blending = on ? THREE.CustomBlending : THREE.NoBlending;
  Object.assign(material, { blendSrc: THREE.OneFactor, blendDst: THREE.OneFactor });
  material.transparent = on;
  material.depthWrite = !on;
}
