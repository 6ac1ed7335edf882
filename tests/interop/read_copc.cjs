// Reads LAS, LAZ and COPC files with npm's copc (laz-perf): node read_copc.cjs FILE...
// Prints one JSON line for each: what a viewer gets to see.
const { readFileSync } = require("node:fs");
const { Binary, Copc, Las } = require("copc");

/** Header, records and all points of a LAS or LAZ file. */
async function openLas(file) {
  const bytes = readFileSync(file);
  const get = async (begin, end) => bytes.subarray(begin, end);
  const header = Las.Header.parse(bytes);
  const vlrs = await Las.Vlr.walk(get, header);
  const content = (user, id) => Las.Vlr.fetch(get, Las.Vlr.at(vlrs, user, id));
  const eb = Las.ExtraBytes.parse(await content("LASF_Spec", 4));
  const wkt = Binary.toCString(await content("LASF_Projection", 2112));
  const packed = file.endsWith(".laz") && header.pointCount;
  const points = packed
    ? await Las.PointData.decompressFile(bytes)
    : bytes.subarray(header.pointDataOffset);
  const size = header.pointCount * header.pointDataRecordLength;
  const view = Las.View.create(points.subarray(0, size), header, eb);
  return { header, eb, wkt, parts: [{ view }] };
}

/** The same of a COPC file, its points by the nodes of its octree. */
async function openCopc(file) {
  const copc = await Copc.create(file);
  const { cube, rootHierarchyPage } = copc.info;
  const { nodes } = await Copc.loadHierarchyPage(file, rootHierarchyPage);
  const parts = [];
  for (const [key, node] of Object.entries(nodes)) {
    if (!node || !node.pointCount) continue;
    const [depth, ...index] = key.split("-").map(Number);
    const side = (cube[3] - cube[0]) / 2 ** depth;
    const low = index.map((steps, axis) => cube[axis] + steps * side);
    parts.push({ view: await Copc.loadPointDataView(file, copc, node), depth, low, side });
  }
  return { header: copc.header, eb: copc.eb, wkt: copc.wkt, parts };
}

async function read(file) {
  const { header, eb, wkt, parts } = await (file.endsWith(".copc.laz") ? openCopc : openLas)(file);
  const found = {
    header: header.pointCount,
    wkt,
    extra: eb.map((dimension) => dimension.name),
    min: header.min,
    max: header.max,
    points: 0,
    depths: [],
    low: [Infinity, Infinity, Infinity],
    high: [-Infinity, -Infinity, -Infinity],
    outside: 0,
    sums: { Red: 0, Green: 0, Blue: 0, photo_id: 0, support: 0, sigma_mm: 0, Classification: 0 },
  };
  for (const { view, depth, low, side } of parts) {
    const get = ["X", "Y", "Z"].map((name) => view.getter(name));
    const sums = Object.keys(found.sums).map((name) => [name, view.getter(name)]);
    if (low) found.depths[depth] = (found.depths[depth] || 0) + view.pointCount;
    for (let i = 0; i < view.pointCount; i++) {
      found.points++;
      let inside = true;
      for (let axis = 0; axis < 3; axis++) {
        const value = get[axis](i);
        if (low) inside = inside && value >= low[axis] - 1e-6 && value <= low[axis] + side + 1e-6;
        found.low[axis] = Math.min(found.low[axis], value);
        found.high[axis] = Math.max(found.high[axis], value);
      }
      if (!inside) found.outside++;
      for (const [name, value] of sums) found.sums[name] += value(i);
    }
  }
  return found;
}

(async () => {
  for (const file of process.argv.slice(2)) console.log(JSON.stringify(await read(file)));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
