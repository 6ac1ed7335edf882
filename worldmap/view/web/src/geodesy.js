// WGS84, ECEF and a site's east-north-up frame; degrees and metres.

const A = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const RAD = Math.PI / 180;

function ecefFromGeodetic(lat, lon, height) {
  const [sinLat, cosLat] = [Math.sin(lat * RAD), Math.cos(lat * RAD)];
  const n = A / Math.sqrt(1 - E2 * sinLat * sinLat);
  return [
    (n + height) * cosLat * Math.cos(lon * RAD),
    (n + height) * cosLat * Math.sin(lon * RAD),
    (n * (1 - E2) + height) * sinLat,
  ];
}

function geodeticFromEcef([x, y, z]) {
  const p = Math.hypot(x, y);
  // Bowring's parametric latitude, iterated: below a nanometre after three rounds.
  let beta = Math.atan2(z, (1 - F) * p);
  let lat = 0;
  for (let round = 0; round < 4; round++) {
    lat = Math.atan2(
      z + (E2 / (1 - F)) * A * Math.sin(beta) ** 3,
      p - E2 * A * Math.cos(beta) ** 3,
    );
    beta = Math.atan2((1 - F) * Math.sin(lat), Math.cos(lat));
  }
  const n = A / Math.sqrt(1 - E2 * Math.sin(lat) ** 2);
  // This form of the height holds at the poles too.
  const height = p * Math.cos(lat) + z * Math.sin(lat) - A * A / n;
  return { lat: lat / RAD, lon: Math.atan2(y, x) / RAD, height };
}

/** The origin of the frame that the page draws in. */
export class Site {
  constructor({ lat, lon, height_m }) {
    const [sinLat, cosLat] = [Math.sin(lat * RAD), Math.cos(lat * RAD)];
    const [sinLon, cosLon] = [Math.sin(lon * RAD), Math.cos(lon * RAD)];
    this.origin = ecefFromGeodetic(lat, lon, height_m);
    this.height = height_m;
    this.axes = [
      [-sinLon, cosLon, 0],
      [-sinLat * cosLon, -sinLat * sinLon, cosLat],
      [cosLat * cosLon, cosLat * sinLon, sinLat],
    ];
  }

  enuFromGeodetic(lat, lon, height) {
    const at = ecefFromGeodetic(lat, lon, height);
    const away = at.map((value, i) => value - this.origin[i]);
    return this.axes.map((axis) => axis[0] * away[0] + axis[1] * away[1] + axis[2] * away[2]);
  }

  /** { lat, lon, height } of a point in metres east, north, up. */
  geodeticFromEnu([e, n, u]) {
    const [east, north, up] = this.axes;
    return geodeticFromEcef(
      this.origin.map((value, i) => value + east[i] * e + north[i] * n + up[i] * u),
    );
  }
}

/** The position `metres` away from a position in a compass direction; for some hundred metres. */
export function offset(lat, lon, headingDeg, metres) {
  const north = metres * Math.cos(headingDeg * RAD);
  const east = metres * Math.sin(headingDeg * RAD);
  return [lat + north / 111320, lon + east / (111320 * Math.cos(lat * RAD))];
}
