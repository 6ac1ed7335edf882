// The card that says what was clicked.

import { CLASSES, STATUS } from "./colours.js";
import { $, element } from "./dom.js";
import { sigmaOnGlobe } from "./sigma.js";
import * as store from "./store.js";

function card(title, rows, picture = null) {
  const close = element("button", { className: "close", "aria-label": "Close" }, "×");
  close.addEventListener("click", hideInfo);
  const list = element("dl");
  for (const [name, value] of rows) list.append(element("dt", {}, name), element("dd", {}, value));
  $("info").replaceChildren(close, element("h2", {}, title), ...(picture ? [picture] : []), list);
  $("info").hidden = false;
}

export function hideInfo() {
  $("info").hidden = true;
}

const metres = (value) => (value === null || value === undefined ? "?" : value.toFixed(2));
const axes = ([east, north, up]) => `${metres(east)} m east, ${metres(north)} m north, ${metres(up)} m up`;

const place = (site, xyz) => {
  const { lat, lon, height } = site.geodeticFromEnu(xyz);
  return [
    ["latitude", `${lat.toFixed(7)}°`],
    ["longitude", `${lon.toFixed(7)}°`],
    ["height", `${height.toFixed(2)} m (ellipsoid)`],
  ];
};

/** A place on a surface. */
export function showPlace(point, site) {
  card("Surface", place(site, point.position.toArray()));
}

/**
 * A point of the cloud, and the photos that saw it. giver: the photo that gave it, if it is known;
 * saw: a promise of those that saw it.
 */
export async function showPoint(point, giver, site, saw, onChoose) {
  const xyz = point.position.toArray();
  const globe = sigmaOnGlobe(giver, xyz, point.sigma);
  card("Point", [
    ...place(site, xyz),
    ["± on the globe", globe ? axes(globe) : "not known"],
    ["± within the area", `${metres(point.sigma)} m`],
    ["support", `${point.support} ${point.support === 1 ? "photo" : "photos"}`],
    ["class", CLASSES[point.class]?.[0] ?? String(point.class)],
  ]);
  const box = $("info");
  const heading = element("p", { className: "quiet", style: "margin:7px 0 0" }, "seen by …");
  box.append(heading);
  const dl = box.querySelector("dl");
  let seen;
  try {
    seen = await saw;
  } catch (error) {
    heading.textContent = `which photos saw it cannot be told: ${error.message}`;
    return;
  }
  if (!dl.isConnected) return; // something else was clicked meanwhile
  heading.textContent = seen.length ? `seen by ${seen.length} ${seen.length === 1 ? "photo" : "photos"}` : "no photo's depth agrees with it";
  const list = element("ul");
  for (const { photo, range } of seen.slice(0, 12)) {
    const button = element(
      "button",
      {},
      element("span", {}, photo.name),
      element("span", { className: "quiet" }, `${range.toFixed(1)} m`),
    );
    button.addEventListener("click", () => onChoose(photo));
    list.append(element("li", {}, button));
  }
  box.append(list);
}

/** A point of a photo that has no place: where it is from the camera. */
export function showOwnPoint({ position, sigma }, photo) {
  const [right, ahead, up] = position.toArray();
  card("Point", [
    ["seen by", photo.name],
    ["away", `${metres(position.length())} m ± ${metres(sigma)} m`],
    ["from the camera", `${metres(right)} m right, ${metres(ahead)} m ahead, ${metres(up)} m up`],
    ["± of all its sizes", `${(100 * photo.scale_sigma_rel).toFixed(0)} %`],
  ]);
}

/** A photo: where, how sure, why; drawn: whether its own points can be. */
export function showPhoto(photo, drawn) {
  const rows = [["status", STATUS[photo.status].word]];
  if (photo.reason && photo.status !== "placed") rows.push(["why", photo.reason]);
  // Its place is what the map lacks: what it saw can be looked at by itself.
  if (photo.own) {
    const by = drawn ? "in the 3-D view, by themselves" : `\`worldmap depth ${photo.name} --view own.html\``;
    rows.push(["its own points", by]);
  }
  if (photo.time) rows.push(["taken", photo.time.slice(0, 19).replace("T", " ")]);
  if (photo.lat !== null && photo.lat !== undefined) {
    rows.push(["place", `${photo.lat.toFixed(6)}, ${photo.lon.toFixed(6)}`]);
    if (photo.sigma_m) {
      rows.push(["± on the globe", axes(photo.sigma_m)]);
    }
  }
  if (photo.heading_deg !== null && photo.heading_deg !== undefined) {
    rows.push(["looks to", `${photo.heading_deg.toFixed(1)}°`]);
  }
  if (photo.pairs) rows.push(["pairs", String(photo.pairs)]);
  if (photo.flags?.length) rows.push(["suspicious", photo.flags.join(", ")]);
  if (photo.credit) rows.push(["by", [photo.credit, photo.licence].filter(Boolean).join(", ")]);
  const isSeenElsewhere = photo.enu_from_cam || (photo.own && drawn) || photo.status === "failed";
  const picture = isSeenElsewhere
    ? null
    : element("img", { src: store.imageUrl(`photos/${photo.id}/thumb.jpg`), alt: "" });
  card(photo.name, rows, picture);
}
