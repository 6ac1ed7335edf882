// The point of the cloud that a place on the screen shows.

import * as THREE from "three";

const REACH_PX = 9;

/**
 * The nearest shown point within a few pixels of (x, y): { position, sigma, support, class, photo }
 * in ENU metres, photo by its number; null where there is none.
 */
export function pickPoint(cloud, camera, x, y, width, height) {
  const project = new THREE.Matrix4().multiplyMatrices(
    camera.projectionMatrix,
    camera.matrixWorldInverse,
  );
  const ndc = new THREE.Vector3();
  let best = null;
  for (const node of cloud.shown) {
    const m = new THREE.Matrix4().multiplyMatrices(project, node.tile.matrix).elements;
    ndc.copy(node.centre).applyMatrix4(camera.matrixWorldInverse);
    const away = -ndc.z;
    if (away + node.radius < 0) continue;
    const pixels = (camera.projectionMatrix.elements[5] * height) / 2;
    const reach = (node.radius / Math.max(away - node.radius, 0.1)) * pixels + REACH_PX;
    ndc.copy(node.centre).applyMatrix4(project);
    const [cx, cy] = [((ndc.x + 1) / 2) * width, ((1 - ndc.y) / 2) * height];
    if (away > node.radius && Math.hypot(cx - x, cy - y) > reach) continue;
    const { array } = node.points.geometry.attributes.position;
    for (let i = 0; i < array.length; i += 3) {
      const [px, py, pz] = [array[i], array[i + 1], array[i + 2]];
      const w = m[3] * px + m[7] * py + m[11] * pz + m[15];
      if (w <= 0) continue;
      const sx = (((m[0] * px + m[4] * py + m[8] * pz + m[12]) / w + 1) / 2) * width;
      const sy = ((1 - (m[1] * px + m[5] * py + m[9] * pz + m[13]) / w) / 2) * height;
      const off = Math.hypot(sx - x, sy - y);
      if (off > REACH_PX) continue;
      // A pixel off counts like 2 % further away: what lies in front wins, unless it is far off.
      const cost = w * (1 + 0.02 * off);
      if (best && cost >= best.cost) continue;
      if (!isDrawn(cloud, node, i / 3)) continue;
      best = { cost, node, index: i / 3 };
    }
  }
  if (!best) return null;
  const { attributes } = best.node.points.geometry;
  const at = new THREE.Vector3()
    .fromBufferAttribute(attributes.position, best.index)
    .applyMatrix4(best.node.tile.matrix);
  return {
    position: at,
    sigma: attributes.sigma.getX(best.index) / 1000,
    class: attributes.kind.getX(best.index),
    support: attributes.kind.getY(best.index),
    photo: attributes.photo.getX(best.index),
  };
}

/** Whether a node's point is inside the clip box and of a photo that is listed. */
function isDrawn(cloud, { points, tile }, index) {
  const { position, photo } = points.geometry.attributes;
  const at = new THREE.Vector3().fromBufferAttribute(position, index).applyMatrix4(tile.matrix);
  return cloud.isDrawn(at.x, at.y, at.z, photo.getX(index));
}
