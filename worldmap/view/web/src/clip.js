// The clip box: what lies outside is neither drawn nor picked; what is left can be taken along.

import * as THREE from "three";

import { $, element } from "./dom.js";

const AXES = [["west", "east"], ["south", "north"], ["low", "high"]];
const MARGIN_M = 0.5;

export class ClipBox extends EventTarget {
  constructor(scene) {
    super();
    this.scene = scene;
    this.on = false;
    this.whole = new THREE.Box3();
    this.box = new THREE.Box3();
    this.frame = new THREE.Box3Helper(this.box, "#ffd400");
    this.frame.visible = false;
    scene.things.add(this.frame);
    this.sliders = AXES.map((names) =>
      names.map((name, end) => {
        const input = element("input", {
          type: "range", min: "0", max: "1", step: "0.005", value: String(end), "aria-label": `${name} side of the clip box`,
        });
        input.addEventListener("input", () => this.changed());
        $("clipsides").append(element("label", {}, name, input));
        return input;
      }),
    );
    $("clipon").addEventListener("change", () => this.turn($("clipon").checked));
    $("clipmeasured").addEventListener("click", () => this.around(scene.measure.points));
    $("clipsave").addEventListener("click", () => this.save());
  }

  /** Clip or not; the box begins around everything. */
  turn(on) {
    this.on = $("clipon").checked = on;
    const corners = this.scene.cloud.drawable.flatMap((tile) => tile.corners);
    this.whole.setFromPoints(corners).expandByScalar(MARGIN_M);
    this.changed();
  }

  /** The box around some places, and a little more. */
  around(points) {
    if (!points.length) return;
    this.turn(true);
    const box = new THREE.Box3().setFromPoints(points).expandByScalar(MARGIN_M);
    const size = this.whole.getSize(new THREE.Vector3());
    this.sliders.forEach(([low, high], axis) => {
      const share = (value) => String((value - this.whole.min.getComponent(axis)) / size.getComponent(axis));
      low.value = share(box.min.getComponent(axis));
      high.value = share(box.max.getComponent(axis));
    });
    this.changed();
  }

  changed() {
    const { min, max } = this.whole;
    this.sliders.forEach((pair, axis) => {
      const [low, high] = pair.map((input) => Number(input.value)).sort((a, b) => a - b);
      const at = (share) => min.getComponent(axis) + share * (max.getComponent(axis) - min.getComponent(axis));
      this.box.min.setComponent(axis, at(low));
      this.box.max.setComponent(axis, at(high));
    });
    const { uniforms } = this.scene.cloud.material;
    uniforms.clipLow.value.copy(this.on ? this.box.min : new THREE.Vector3(-1e9, -1e9, -1e9));
    uniforms.clipHigh.value.copy(this.on ? this.box.max : new THREE.Vector3(1e9, 1e9, 1e9));
    this.frame.visible = this.on;
    this.scene.redraw();
  }

  /** Save the points that are drawn, as PLY about the map's origin. */
  save() {
    const found = [];
    this.scene.cloud.each((point) => found.push(point));
    const { alone, site: { lat, lon, height } } = this.scene;
    const frame = alone
      ? `metres right, ahead, up of the camera of ${alone.id}, by its own depth`
      : `metres east, north, up about ${lat} ${lon} ${height} (WGS84)`;
    const head = [
      "ply",
      "format binary_little_endian 1.0",
      `comment ${frame}`,
      `element vertex ${found.length}`,
      ...["x", "y", "z"].map((name) => `property float ${name}`),
      ...["red", "green", "blue"].map((name) => `property uchar ${name}`),
      "end_header\n",
    ].join("\n");
    const bytes = new DataView(new ArrayBuffer(15 * found.length));
    found.forEach(({ x, y, z, colour }, i) => {
      [x, y, z].forEach((value, k) => bytes.setFloat32(15 * i + 4 * k, value, true));
      colour.forEach((value, k) => bytes.setUint8(15 * i + 12 + k, value));
    });
    download("points.ply", new Blob([head, bytes], { type: "application/octet-stream" }));
    $("clipsaved").textContent =
      `${found.length.toLocaleString("en")} points as they are drawn; \`worldmap export\` has all of an area.`;
  }
}

/** Hand a file to the browser's downloads. */
export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
