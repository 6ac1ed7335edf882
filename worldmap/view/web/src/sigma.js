// How sure a place is. "Within the area" is against its neighbours: what tears surfaces apart. "On
// the globe" is against latitude and longitude: what all photos are off together counts too.

const RAD = Math.PI / 180;

/** Rows of the rotation from a camera (x right, y down, z forward) to east, north, up. */
function enuFromCam(headingDeg, pitchDeg, rollDeg) {
  const [h, p, r] = [headingDeg * RAD, pitchDeg * RAD, rollDeg * RAD];
  const forward = [Math.sin(h) * Math.cos(p), Math.cos(h) * Math.cos(p), Math.sin(p)];
  const level = [Math.cos(h), -Math.sin(h), 0];
  const cross = (a, b) => [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
  const down = cross(forward, level);
  const right = level.map((value, i) => Math.cos(r) * value + Math.sin(r) * down[i]);
  const below = cross(forward, right);
  return [0, 1, 2].map((i) => [right[i], below[i], forward[i]]);
}

/**
 * Sigmas [east, north, up] on the globe, in metres, of a point in ENU that a photo gave, whose
 * sigma within the area is known: first-order propagation through x = R exp([θ]×) s p + t with
 * the photo's place, rotation and the point's own error independent, as `worldmap locate` does it.
 * null where the photo is not placed.
 */
export function sigmaOnGlobe(photo, [e, n, up], sigma) {
  const m = photo?.enu_from_cam;
  if (!m || !photo.sigma_m || !photo.rotation_sigma_deg) return null;
  const away = [e - m[3], n - m[7], up - m[11]];
  const [x, y, z] = [0, 1, 2].map((k) => m[k] * away[0] + m[k + 4] * away[1] + m[k + 8] * away[2]);
  // Where no pair holds the photo its place is in the point's sigma already.
  const relative = photo.pairs ? sigma / Math.max(z, 0.2) : photo.scale_sigma_rel;
  const turns = photo.rotation_sigma_deg.map((value) => value * RAD);
  const byTurn = [[0, -z, y], [z, 0, -x], [-y, x, 0]]; // columns of −[p]×
  return enuFromCam(photo.heading_deg, photo.pitch_deg, photo.roll_deg).map((row, axis) => {
    const dot = (v) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
    let variance = photo.sigma_m[axis] ** 2 + (relative * dot([x, y, z])) ** 2;
    for (let k = 0; k < 3; k++) variance += (turns[k] * dot(byTurn[k])) ** 2;
    return Math.sqrt(variance);
  });
}
