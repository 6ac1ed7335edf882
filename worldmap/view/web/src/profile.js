// The profile along a measured way: heights of the points beside it over the distance gone.

import { download } from "./clip.js";
import { $ } from "./dom.js";

const LEAST_M = 0.1; // to either side
const SHARE = 0.01; // of the way's length, where that is more
const PAD = { left: 44, right: 8, top: 10, bottom: 20 };

/** [distance, height, colour] of the drawn points within reach of a way, and how far that is. */
export function profileOf(cloud, way) {
  const legs = [];
  let length = 0;
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1], way[i]];
    const across = [b.x - a.x, b.y - a.y];
    const level = Math.hypot(...across);
    if (level > 0) legs.push({ a, unit: across.map((value) => value / level), level, from: length });
    length += level;
  }
  const reach = Math.max(LEAST_M, SHARE * length);
  const found = [];
  cloud.each(({ x, y, z, colour }) => {
    for (const { a, unit, level, from } of legs) {
      const [dx, dy] = [x - a.x, y - a.y];
      const along = dx * unit[0] + dy * unit[1];
      if (along < 0 || along > level || Math.abs(dx * unit[1] - dy * unit[0]) > reach) continue;
      found.push([from + along, z, colour]);
      return;
    }
  });
  return { points: found, length, reach };
}

export class Profile {
  constructor(scene, site) {
    this.scene = scene;
    this.site = site;
    $("profileclose").addEventListener("click", () => ($("profile").hidden = true));
    $("profilesave").addEventListener("click", () => this.save());
  }

  /** The height of the scene's zero. */
  get above() {
    return this.scene.alone ? 0 : this.site.height;
  }

  show() {
    const way = this.scene.measure.points;
    if (way.length < 2) return;
    this.found = profileOf(this.scene.cloud, way);
    $("profile").hidden = false;
    this.draw();
  }

  draw() {
    const { points, length, reach } = this.found;
    const canvas = $("profilepicture");
    const pen = canvas.getContext("2d");
    const { width, height } = canvas;
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(document.body);
    const words = (text, x, y, align) => {
      Object.assign(pen, { fillStyle: style.color, font: "20px system-ui", textAlign: align });
      pen.fillText(text, x, y);
    };
    $("profiletext").textContent = points.length
      ? `${points.length.toLocaleString("en")} points within ${reach.toFixed(2)} m of ${length.toFixed(2)} m`
      : "No point that is drawn lies along this way.";
    $("profilesave").disabled = !points.length;
    if (!points.length) return;
    // Not Math.min(...): there may be more points than a call takes arguments.
    const ends = points.reduce(([low, high], [, z]) => [Math.min(low, z), Math.max(high, z)], [Infinity, -Infinity]);
    const [low, high] = [ends[0], Math.max(ends[1], ends[0] + 0.1)];
    const [left, right] = [2 * PAD.left, width - 2 * PAD.right];
    const [top, bottom] = [2 * PAD.top, height - 2 * PAD.bottom];
    for (const [along, z, colour] of points) {
      pen.fillStyle = `rgb(${colour.join(" ")})`;
      pen.fillRect(
        left + (along / length) * (right - left) - 1.5,
        bottom - ((z - low) / (high - low)) * (bottom - top) - 1.5, 3, 3,
      );
    }
    pen.strokeStyle = style.color;
    pen.globalAlpha = 0.4;
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
    const { above } = this;
    words((high + above).toFixed(2), left - 8, top + 14, "right");
    words((low + above).toFixed(2), left - 8, bottom, "right");
    words("0", left, height - 8, "left");
    words(`${length.toFixed(2)} m`, right, height - 8, "right");
  }

  save() {
    const { above } = this;
    const lines = this.found.points
      .sort((a, b) => a[0] - b[0])
      .map(([along, z]) => `${along.toFixed(3)},${(z + above).toFixed(3)}`);
    const text = `distance_m,height_m\n${lines.join("\n")}\n`;
    download("profile.csv", new Blob([text], { type: "text/csv" }));
  }
}
