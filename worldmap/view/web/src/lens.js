// A camera's lens as the tangents of its four sides: l, r, b, t of a picture one metre away. Any
// pinhole with any principal point is one, and two can be blended.

import * as THREE from "three";

const ROUNDS = 40;
const EXACT = 1e-6; // of the range: a thousandth of a pixel

/** A symmetric lens. */
export function plainLens(fovDeg, aspect) {
  const t = Math.tan((fovDeg * Math.PI) / 360);
  return { l: -t * aspect, r: t * aspect, b: -t, t };
}

/**
 * The lens that shows a whole photo in the middle of a canvas: pixel (u, v) of the photo lies at
 * the same place that its ray (u − cx) / fx, (v − cy) / fy is drawn at. zoom > 1 enlarges about
 * centre [u, v].
 */
export function photoLens(camera, width, height, zoom = 1, centre = null) {
  const fit = Math.min(width / camera.width, height / camera.height) * zoom;
  const [u, v] = centre ?? [camera.width / 2, camera.height / 2];
  const [halfU, halfV] = [width / 2 / fit, height / 2 / fit];
  return {
    l: (u - halfU - camera.cx) / camera.fx,
    r: (u + halfU - camera.cx) / camera.fx,
    b: -(v + halfV - camera.cy) / camera.fy,
    t: -(v - halfV - camera.cy) / camera.fy,
  };
}

export function blendLens(a, b, share) {
  const mix = (side) => a[side] + (b[side] - a[side]) * share;
  return { l: mix("l"), r: mix("r"), b: mix("b"), t: mix("t") };
}

/** Give a camera this lens. */
export function applyLens(camera, lens) {
  const { near, far } = camera;
  camera.projectionMatrix.makePerspective(
    lens.l * near,
    lens.r * near,
    lens.t * near,
    lens.b * near,
    near,
    far,
  );
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
}

/** Position and turn of a photo's camera in the scene: three.js looks along −z with y up. */
export function poseOf(photo) {
  const m = photo.enu_from_cam;
  const turn = new THREE.Matrix4().set(
    m[0], -m[1], -m[2], 0,
    m[4], -m[5], -m[6], 0,
    m[8], -m[9], -m[10], 0,
    0, 0, 0, 1,
  );
  return {
    position: new THREE.Vector3(m[3], m[7], m[11]),
    quaternion: new THREE.Quaternion().setFromRotationMatrix(turn),
  };
}

/** Where a photo's camera looks, in ENU. */
export function lookOf({ enu_from_cam: m }) {
  return new THREE.Vector3(m[2], m[6], m[10]);
}

/** Brown's distortion of a point of the picture one metre away, as OpenCV has it. */
export function distorted(x, y, [k1, k2, p1, p2, k3]) {
  const r2 = x * x + y * y;
  const radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3));
  return [
    x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
    y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
  ];
}

/** Where `distorted` leads to (bentX, bentY) from; null where nothing near does. */
export function undistorted(bentX, bentY, distortion) {
  let [x, y] = [bentX, bentY];
  for (let round = 0; round < ROUNDS; round++) {
    const [atX, atY] = distorted(x, y, distortion);
    const [offX, offY] = [bentX - atX, bentY - atY];
    if (Math.hypot(offX, offY) < EXACT) return [x, y];
    [x, y] = [x + offX, y + offY];
  }
  return null;
}

/** Where a photo sees a point in ENU: { u, v, range } in pixels and metres; null where it cannot. */
export function project(photo, [e, n, up]) {
  const m = photo.enu_from_cam;
  if (!m) return null;
  const away = [e - m[3], n - m[7], up - m[11]];
  const along = (axis) => m[axis] * away[0] + m[axis + 4] * away[1] + m[axis + 8] * away[2];
  const range = along(2);
  if (range < 0.2) return null;
  const { camera } = photo;
  const [x, y] = distorted(along(0) / range, along(1) / range, camera.distortion);
  const [u, v] = [camera.fx * x + camera.cx, camera.fy * y + camera.cy];
  if (u < 0 || v < 0 || u >= camera.width || v >= camera.height) return null;
  return { u, v, range };
}

/** The pixel of a photo that its own view, drawn with a lens, shows at (x, y) of a canvas. */
export function pixelAt(camera, lens, x, y, width, height) {
  const [bentX, bentY] = distorted(
    lens.l + ((lens.r - lens.l) * x) / width,
    -lens.t + ((lens.t - lens.b) * y) / height,
    camera.distortion,
  );
  return [camera.fx * bentX + camera.cx, camera.fy * bentY + camera.cy];
}

/** The other way: where on the canvas a pixel of the photo is drawn. */
export function screenOf(camera, lens, u, v, width, height) {
  const bent = [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy];
  const [x, y] = undistorted(...bent, camera.distortion) ?? bent;
  return [((x - lens.l) / (lens.r - lens.l)) * width, ((y + lens.t) / (lens.t - lens.b)) * height];
}
