// Where to stand to see everything.

import * as THREE from "three";

const HEADINGS = 16;
const TILT = 0.72; // radians below the horizon
const SHARE = 0.985; // of the points have to be in the picture: a few always fly far off
const MARGIN = 1.06;

/** { position, target } from which points fill a lens best; looks from the south where it can. */
export function overviewOf(points, lens) {
  if (!points.length) {
    return { position: new THREE.Vector3(0, -20, 15), target: new THREE.Vector3() };
  }
  const centre = new THREE.Vector3(
    ...["x", "y", "z"].map((axis) => {
      const values = points.map((point) => point[axis]).sort((a, b) => a - b);
      const at = (share) => values[Math.round(share * (values.length - 1))];
      return (at(1 - SHARE) + at(SHARE)) / 2;
    }),
  );
  let best = null;
  for (let i = 0; i < HEADINGS; i++) {
    const heading = (i / HEADINGS) * 2 * Math.PI;
    const back = new THREE.Vector3(
      -Math.sin(heading) * Math.cos(TILT),
      -Math.cos(heading) * Math.cos(TILT),
      Math.sin(TILT),
    );
    const right = new THREE.Vector3(Math.cos(heading), -Math.sin(heading), 0);
    const up = new THREE.Vector3().crossVectors(back, right);
    const needed = points
      .map((point) => {
        const off = point.clone().sub(centre);
        const across = Math.max(Math.abs(off.dot(right)) / lens.r, Math.abs(off.dot(up)) / lens.t);
        return across + off.dot(back);
      })
      .sort((a, b) => a - b);
    const away = Math.max(needed[Math.round(SHARE * (needed.length - 1))] * MARGIN, 6);
    // North at the top is worth a little.
    const cost = away * (1 + 0.06 * (1 - Math.cos(heading)));
    if (!best || cost < best.cost) best = { cost, away, back };
  }
  return { position: centre.clone().addScaledVector(best.back, best.away), target: centre };
}
