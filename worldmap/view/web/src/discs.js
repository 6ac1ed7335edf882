// What surface each point is a piece of: its normal, and how far its neighbours are.

const LEAST = 8; // fewer points tell no plane
const COARSER = 3; // cells that are so many times larger are asked where there are fewer
const ROUNDS = 3;
const LARGEST = 2.5; // times the middle spacing: what stands further apart stays apart
const CELL = 2; // spacings along a cell's side: 3 × 3 cells of a surface hold some 36 points
const SUMS = 10; // count, x, y, z, and the products of these

/**
 * { normal: Int8Array (4 N): x, y, z of 127, and 127 where it is known; spacing: Uint16Array (N),
 * millimetres } of positions (3 N) that are some `step` metres apart where they lie close.
 *
 * The plane through all points in the 3 × 3 × 3 cells about a point's cell is the direction of least
 * variance (Hoppe et al., SIGGRAPH 1992); over a rectangle evenly filled the other two variances are
 * a twelfth of its sides squared, which gives its area, and the spacing from that and the count.
 */
export function discsOf(position, step) {
  const count = position.length / 3;
  const normal = new Int8Array(4 * count);
  const spacing = new Uint16Array(count);
  let waiting = Uint32Array.from({ length: count }, (_, i) => i);
  let side = CELL * step;
  for (let round = 0; round < ROUNDS && waiting.length; round++) {
    const cells = new Cells(position, side);
    const planes = new Map();
    waiting = waiting.filter((i) => {
      const cell = cells.of[i];
      if (!planes.has(cell)) planes.set(cell, planeOf(cells.around(cell)));
      const plane = planes.get(cell);
      if (!plane) return true;
      for (let axis = 0; axis < 3; axis++) normal[4 * i + axis] = Math.round(127 * plane.normal[axis]);
      normal[4 * i + 3] = 127;
      spacing[i] = millimetres(plane.spacing);
      return false;
    });
    side *= COARSER;
  }
  const known = spacing.filter((each) => each > 0).sort();
  const middle = known.length ? known[known.length >> 1] : millimetres(step);
  for (let i = 0; i < count; i++) spacing[i] = spacing[i] ? Math.min(spacing[i], LARGEST * middle) : middle;
  return { normal, spacing };
}

const millimetres = (metres) => Math.min(Math.max(Math.round(1000 * metres), 1), 65535);

/** Points by the cube they lie in, with sums of each. */
class Cells {
  constructor(position, side) {
    const count = position.length / 3;
    this.mask = 2 ** Math.ceil(Math.log2(2 * count + 2)) - 1;
    this.slots = new Int32Array(this.mask + 1).fill(-1);
    this.places = new Int32Array(3 * count);
    this.sums = new Float64Array(SUMS * count);
    this.of = new Uint32Array(count);
    this.count = 0;
    for (let i = 0; i < count; i++) {
      const [x, y, z] = [position[3 * i], position[3 * i + 1], position[3 * i + 2]];
      const cell = this.find(Math.floor(x / side), Math.floor(y / side), Math.floor(z / side), true);
      this.of[i] = cell;
      const { sums } = this;
      const at = SUMS * cell;
      sums[at] += 1;
      sums[at + 1] += x;
      sums[at + 2] += y;
      sums[at + 3] += z;
      sums[at + 4] += x * x;
      sums[at + 5] += x * y;
      sums[at + 6] += x * z;
      sums[at + 7] += y * y;
      sums[at + 8] += y * z;
      sums[at + 9] += z * z;
    }
  }

  /** The number of a cell; -1 where there is none, unless it is made. */
  find(x, y, z, make = false) {
    let slot = (Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(z, 83492791)) & this.mask;
    for (; ; slot = (slot + 1) & this.mask) {
      const cell = this.slots[slot];
      if (cell < 0) break;
      const at = 3 * cell;
      if (this.places[at] === x && this.places[at + 1] === y && this.places[at + 2] === z) return cell;
    }
    if (!make) return -1;
    this.slots[slot] = this.count;
    this.places.set([x, y, z], 3 * this.count);
    return this.count++;
  }

  /** The sums of a cell and the 26 about it. */
  around(cell) {
    const total = new Float64Array(SUMS);
    const [x, y, z] = this.places.subarray(3 * cell, 3 * cell + 3);
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (let dz = -1; dz <= 1; dz++) {
          const beside = this.find(x + dx, y + dy, z + dz);
          if (beside < 0) continue;
          for (let k = 0; k < SUMS; k++) total[k] += this.sums[SUMS * beside + k];
        }
      }
    }
    return total;
  }
}

/** { normal, spacing } of the plane through points of which these are the sums; null where they are
 * too few, or lie on a line. */
function planeOf([n, sx, sy, sz, sxx, sxy, sxz, syy, syz, szz]) {
  if (n < LEAST) return null;
  const [mx, my, mz] = [sx / n, sy / n, sz / n];
  const [a, b, c] = [sxx / n - mx * mx, sxy / n - mx * my, sxz / n - mx * mz];
  const [d, e, f] = [syy / n - my * my, syz / n - my * mz, szz / n - mz * mz];
  // Eigenvalues of a symmetric matrix in closed form (Smith, CACM 1961).
  const trace = a + d + f;
  const minors = a * d - b * b + (a * f - c * c) + (d * f - e * e);
  const mean = trace / 3;
  const [p, q, r] = [a - mean, d - mean, f - mean];
  const spread = Math.sqrt((p * p + q * q + r * r + 2 * (b * b + c * c + e * e)) / 6);
  if (!(spread > 1e-6)) return null;
  const det = p * (q * r - e * e) - b * (b * r - e * c) + c * (b * e - q * c);
  const angle = Math.acos(Math.min(Math.max(det / (2 * spread ** 3), -1), 1)) / 3;
  const least = mean + 2 * spread * Math.cos(angle + (2 * Math.PI) / 3);
  const area = 12 * Math.sqrt(Math.max(minors - least * (trace - least), 0));
  // The largest of the cross products of the rows of what is left is the eigenvector.
  const rows = [[a - least, b, c], [b, d - least, e], [c, e, f - least]];
  let [best, longest] = [null, 0];
  for (const [i, j] of [[0, 1], [0, 2], [1, 2]]) {
    const [u, v] = [rows[i], rows[j]];
    const found = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    const length = Math.hypot(...found);
    if (length > longest) [best, longest] = [found.map((value) => value / length), length];
  }
  if (!best || !(area > 0)) return null;
  return { normal: best, spacing: Math.sqrt(area / n) };
}
