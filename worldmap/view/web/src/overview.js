// Where to stand to see everything.

import * as THREE from "three";

const HEADINGS = 16;
const MOST_POINTS = 4000;
const TILT = 0.72; // radians below the horizon
const SHARE = 0.97; // of the points have to be in the picture: a few always fly far off
const MARGIN = 1.06;
const ROUNDS = 3;
const NEAREST = 0.7; // the near end is no nearer than this share of the depth of everything

const at = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];
const ascending = (values) => values.sort((a, b) => a - b);

/** { position, target } from which points fill a lens best, and all of `must` are seen; looks from
 * the south where it can. */
export function overviewOf(all, lens, must = []) {
  const step = Math.ceil(all.length / MOST_POINTS);
  const points = all.filter((_, i) => i % step === 0);
  if (!points.length) {
    return { position: new THREE.Vector3(0, -20, 15), target: new THREE.Vector3() };
  }
  const centre = new THREE.Vector3(
    ...["x", "y", "z"].map((axis) => {
      const values = ascending(points.map((point) => point[axis]));
      return (at(values, 1 - SHARE) + at(values, SHARE)) / 2;
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
    const axes = { right, up, back };
    const target = centre.clone();
    let away = 0;
    for (let round = 0; round < ROUNDS; round++) {
      away = distance(points, target, axes, lens, must);
      if (round < ROUNDS - 1) recentre(points, target, axes, lens, away);
    }
    // How much of the picture points fill; north at the top is worth a little.
    const worth = filled(points, target, axes, lens, away) * (1 + 0.1 * Math.cos(heading));
    if (!best || worth > best.worth) best = { worth, away, back, target };
  }
  const { away, back, target } = best;
  return { position: target.clone().addScaledVector(back, away), target };
}

/** How far from the target to stand so that points fit into the lens, and none is very near. */
function distance(points, target, { right, up, back }, lens, must) {
  const offs = points.map((point) => point.clone().sub(target));
  const need = (off) => {
    const across = Math.max(Math.abs(off.dot(right)) / lens.r, Math.abs(off.dot(up)) / lens.t);
    return across + off.dot(back);
  };
  const needed = ascending(offs.map(need));
  const all = must.reduce((most, point) => Math.max(most, need(point.clone().sub(target))), 0);
  const depths = ascending(offs.map((off) => off.dot(back)));
  const [far, near] = [at(depths, 1 - SHARE), at(depths, SHARE)];
  return Math.max(at(needed, SHARE) * MARGIN, all * MARGIN, near + NEAREST * (near - far), 6);
}

/** Places (-1 to 1) of points in the picture along one of its axes, in order. */
function places(points, target, way, tangent, back, away) {
  return ascending(
    points.map((point) => {
      const off = point.clone().sub(target);
      return off.dot(way) / Math.max(away - off.dot(back), 0.2 * away) / tangent;
    }),
  );
}

/** Shift the target so that what is seen lies in the picture's middle: near things look larger. */
function recentre(points, target, { right, up, back }, lens, away) {
  const middle = (way, tangent) => {
    const found = places(points, target, way, tangent, back, away);
    return ((at(found, 1 - SHARE) + at(found, SHARE)) / 2) * away * tangent;
  };
  const [x, y] = [middle(right, lens.r), middle(up, lens.t)];
  target.addScaledVector(right, x).addScaledVector(up, y);
}

/** The share of the picture that most points lie in. */
function filled(points, target, { right, up, back }, lens, away) {
  const side = (way, tangent) => {
    const found = places(points, target, way, tangent, back, away);
    return at(found, 0.9) - at(found, 0.1);
  };
  return side(right, lens.r) * side(up, lens.t);
}
