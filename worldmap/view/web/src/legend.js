// What the colours of the points mean.

import { CLASSES, viridisCss } from "./colours.js";
import { $, element } from "./dom.js";

/** The scale's two ends for a colouring. */
export function rangeOf(mode, ends) {
  if (mode === "height") return ends.height[0] < ends.height[1] ? ends.height : [0, 1];
  if (mode === "sigma") return [0, ends.sigma || 1];
  return [1, Math.max(ends.support, 2)];
}

export function drawLegend(mode, cloud, site) {
  const { alone } = cloud;
  const legend = $("legend");
  legend.replaceChildren();
  legend.hidden = mode === "rgb";
  if (legend.hidden) return;
  const title = (text) => legend.append(element("b", {}, text));
  if (mode === "class") {
    title("Class");
    for (const each of [...cloud.classes].sort((a, b) => a - b)) {
      const [word, colour] = CLASSES[each] ?? [`class ${each}`, CLASSES[0][1]];
      const patch = element("i", { style: `background:${colour}` });
      legend.append(element("div", { className: "key" }, patch, word));
    }
    return;
  }
  if (mode === "photo") {
    title("Photo");
    legend.append("one colour for each photo that gave the point");
    return;
  }
  const [low, high] = rangeOf(mode, cloud.ends);
  const words = {
    height: alone
      ? ["Height above the camera", (v) => `${v.toFixed(1)} m`]
      : ["Height above the ellipsoid", (v) => `${(v + site.height).toFixed(1)} m`],
    sigma: [alone ? "Uncertainty of its depth, one sigma" : "Uncertainty within the area, one sigma", (v) => `${v.toFixed(2)} m`],
    support: ["Photos that agree", (v) => `${v.toFixed(0)}${v === high && v >= 8 ? "+" : ""}`],
  };
  const [word, told] = words[mode];
  title(word);
  legend.append(
    element("div", { className: "bar", style: `background:${viridisCss}` }),
    element("div", { className: "ends" }, element("span", {}, told(low)), element("span", {}, told(high))),
  );
}
