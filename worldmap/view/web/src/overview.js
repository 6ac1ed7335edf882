// Where to stand to see everything.

import * as THREE from "three";

const HEADINGS = 16;
const MOST_POINTS = 1500;
const TILTS = [0.28, 0.5, 0.72]; // radians below the horizon
const CELLS = 24; // along the picture's shorter side, that what is seen is counted in
const FROM_THE_FRONT = 0.2; // cosine between how a place is seen and how the photo nearest to it saw it
// Photos that mostly look one way, across what they show, show a front: that is best seen from
// nearer to where they stood, and a little from the side.
const [ONE_WAY, ACROSS] = [0.7, 0.7];
const FRONT_TURN = 0.35;
const SHARE = 0.995; // of the points have to be in the picture: a few always fly far off
const MARGIN = 1.06;
const ROUNDS = 8; // photos that stand far before everything move the middle at each
const SETTLED = 0.01; // of the way to the target: it moves no further
const NEAREST = 0.7; // the near end is no nearer than this share of the depth of everything

const at = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];
const ascending = (values) => values.sort((a, b) => a - b);

/** { position, target } from where most of a lens shows points as photos saw them, and all of `must`,
 * where these stood, are seen; a little rather from the south, and at a front as photos do that look
 * there (`looks`: their directions). */
export function overviewOf(all, lens, must = [], looks = []) {
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
  const front = frontOf(points, looks);
  const headings = Array.from({ length: HEADINGS }, (_, i) => (i / HEADINGS) * 2 * Math.PI);
  const saw = seenBy(points, must);
  const ways = front === null
    ? TILTS.flatMap((tilt) => headings.map((heading) => [heading, tilt]))
    : [front - FRONT_TURN, front + FRONT_TURN].map((heading) => [heading, TILTS[0]]);
  for (const [heading, tilt] of ways) {
    const back = new THREE.Vector3(
      -Math.sin(heading) * Math.cos(tilt),
      -Math.cos(heading) * Math.cos(tilt),
      Math.sin(tilt),
    );
    const right = new THREE.Vector3(Math.cos(heading), -Math.sin(heading), 0);
    const up = new THREE.Vector3().crossVectors(back, right);
    const axes = { right, up, back };
    const target = centre.clone();
    let away = 0;
    for (let round = 0; round < ROUNDS; round++) {
      away = distance(points, target, axes, lens, must);
      if (round === ROUNDS - 1 || recentre(points, target, axes, lens, away, must) < SETTLED) break;
    }
    // North at the top is worth a little.
    const worth = shown(points, saw, target, axes, lens, away) * (1 + 0.1 * Math.cos(heading));
    if (!best || worth > best.worth) best = { worth, away, back, target };
  }
  const { away, back, target } = best;
  return { position: target.clone().addScaledVector(back, away), target };
}

/** The heading that photos look in, where they mostly look one way and that is across the longer side
 * of the points; null where they show no front. */
function frontOf(points, looks) {
  const look = looks.reduce((sum, each) => sum.add(each), new THREE.Vector3()).setZ(0);
  if (!looks.length || look.length() < ONE_WAY * looks.length) return null;
  const mean = points.reduce((sum, point) => sum.add(point), new THREE.Vector3()).divideScalar(points.length);
  let [xx, xy, yy] = [0, 0, 0];
  for (const point of points) {
    const [x, y] = [point.x - mean.x, point.y - mean.y];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const turn = Math.atan2(2 * xy, xx - yy) / 2;
  const along = Math.abs(look.x * Math.cos(turn) + look.y * Math.sin(turn));
  return along < ACROSS * look.length() ? Math.atan2(look.x, look.y) : null;
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

/** Shift the target so that what is seen, and all of `must`, lies in the picture's middle: near things
 * look larger. By how much of the way to it. */
function recentre(points, target, { right, up, back }, lens, away, must) {
  const middle = (way, tangent) => {
    const found = places(points, target, way, tangent, back, away);
    const all = places(must, target, way, tangent, back, away);
    const low = Math.min(at(found, 1 - SHARE), all[0] ?? Infinity);
    const high = Math.max(at(found, SHARE), all.at(-1) ?? -Infinity);
    return ((low + high) / 2) * away * tangent;
  };
  const [x, y] = [middle(right, lens.r), middle(up, lens.t)];
  target.addScaledVector(right, x).addScaledVector(up, y);
  return Math.hypot(x, y) / away;
}

/** The direction that each point was seen in, from the nearest of some places; null without any. */
function seenBy(points, places) {
  if (!places.length) return null;
  return points.map((point) => {
    const nearest = places.reduce((a, b) => (a.distanceToSquared(point) < b.distanceToSquared(point) ? a : b));
    return point.clone().sub(nearest).normalize();
  });
}

/** How much of the picture shows points from the side that they were seen from: what stands before
 * them, or is seen from behind, does not. */
function shown(points, saw, target, { right, up, back }, lens, away) {
  const cell = (2 * Math.min(lens.r, lens.t)) / CELLS;
  const eye = target.clone().addScaledVector(back, away);
  const nearest = new Map();
  points.forEach((point, i) => {
    const off = point.clone().sub(eye);
    const depth = -off.dot(back);
    if (depth <= 0) return;
    const [x, y] = [off.dot(right) / depth, off.dot(up) / depth];
    if (Math.abs(x) > lens.r || Math.abs(y) > lens.t) return;
    const key = `${Math.floor(x / cell)} ${Math.floor(y / cell)}`;
    if (nearest.has(key) && nearest.get(key).depth <= depth) return;
    nearest.set(key, { depth, fronts: !saw || off.normalize().dot(saw[i]) > FROM_THE_FRONT });
  });
  return [...nearest.values()].filter(({ fronts }) => fronts).length + 1e-3 * nearest.size;
}
