// Reads COPC files with npm's copc (laz-perf): node read_copc.cjs MODULES FILE...
// Prints one JSON line for each: what a viewer gets to see.
const { createRequire } = require("module");
const [modules, ...files] = process.argv.slice(2);
const { Copc } = createRequire(modules + "/x.js")("copc");

async function read(file) {
  const copc = await Copc.create(file);
  const { nodes } = await Copc.loadHierarchyPage(file, copc.info.rootHierarchyPage);
  const found = {
    header: copc.header.pointCount,
    wkt: copc.wkt,
    extra: copc.eb.map((dimension) => dimension.name),
    min: copc.header.min,
    max: copc.header.max,
    points: 0,
    depths: [],
    low: [Infinity, Infinity, Infinity],
    high: [-Infinity, -Infinity, -Infinity],
    outside: 0,
    sums: { Red: 0, Green: 0, Blue: 0, photo_id: 0, support: 0, sigma_mm: 0, Classification: 0 },
  };
  const cube = copc.info.cube;
  for (const [key, node] of Object.entries(nodes)) {
    if (!node || !node.pointCount) continue;
    const view = await Copc.loadPointDataView(file, copc, node);
    const [depth, ...index] = key.split("-").map(Number);
    const side = (cube[3] - cube[0]) / 2 ** depth;
    const get = ["X", "Y", "Z"].map((name) => view.getter(name));
    const sums = Object.keys(found.sums).map((name) => [name, view.getter(name)]);
    found.depths[depth] = (found.depths[depth] || 0) + view.pointCount;
    for (let i = 0; i < view.pointCount; i++) {
      found.points++;
      let inside = true;
      for (let axis = 0; axis < 3; axis++) {
        const value = get[axis](i);
        const low = cube[axis] + index[axis] * side;
        inside = inside && value >= low - 1e-6 && value <= low + side + 1e-6;
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
  for (const file of files) console.log(JSON.stringify(await read(file)));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
