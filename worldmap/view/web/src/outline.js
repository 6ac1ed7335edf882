// The countries' outlines, cut so that they can be drawn on a flat map.

import { feature } from "topojson-client";

const MERCATOR_END = 85.06;

/** Longitudes of a ring without jumps; one that goes around a pole is closed along the map's edge. */
function unwrapped(ring) {
  let turns = 0;
  const flat = ring.map(([lon, lat], i) => {
    const jump = i ? lon - ring[i - 1][0] : 0;
    if (Math.abs(jump) > 180) turns -= 360 * Math.sign(jump);
    return [lon + turns, lat];
  });
  const [first, last] = [flat[0], flat.at(-1)];
  if (Math.abs(last[0] - first[0]) > 180) {
    const edge = MERCATOR_END * Math.sign(first[1]);
    flat.push([last[0], edge], [first[0], edge]);
  }
  return flat;
}

/** GeoJSON of all countries; those that cross the antimeridian lie on both of its sides. */
export function countries(world) {
  const polygons = [];
  for (const { geometry } of feature(world, world.objects.countries).features) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    for (const rings of parts) {
      const flat = rings.map(unwrapped);
      const lons = flat[0].map(([lon]) => lon);
      polygons.push(flat);
      for (const shift of [-360, 360]) {
        if (Math.max(...lons) > 180.001 === shift < 0 && Math.min(...lons) < -180.001 === shift > 0) {
          polygons.push(flat.map((ring) => ring.map(([lon, lat]) => [lon + shift, lat])));
        }
      }
    }
  }
  return { type: "MultiPolygon", coordinates: polygons };
}
