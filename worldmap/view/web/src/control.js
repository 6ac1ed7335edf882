// Surveyed points, marked in photos by clicks, and saved as a table that `worldmap gcp` reads.

import { $, element } from "./dom.js";
import { hideInfo } from "./info.js";
import { project, screenOf } from "./lens.js";
import { say } from "./messages.js";

const NEAR = 5; // how many times larger than the whole photo a point's surroundings are shown

export class Control {
  /** choose(photo) leads into a photo; blend(share) shows so much of it. */
  constructor({ told, site, scene, choose, blend }) {
    Object.assign(this, { photos: told.photos, site, scene, choose, blend });
    const known = new Set(told.photos.map((photo) => photo.id));
    this.points = told.control.map(({ name, lat, lon, height_m, check, off_m, marks }) => ({
      name,
      check,
      off: off_m,
      xyz: site.enuFromGeodetic(lat, lon, height_m),
      told: "",
      marks: new Map(marks.filter(([id]) => known.has(id)).map(([id, ...uv]) => [id, uv])),
    }));
    this.point = null; // the one that clicks mark
    this.changed = new Set(); // points that are not saved as they are
    this.looking = null; // the photo that is flown to for the point's sake
    $("mark").addEventListener("click", () => this.toggle());
    $("newpoint").addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
    $("savemarks").addEventListener("click", () => this.save());
    $("unmark").addEventListener("click", () => this.unmark());
    scene.addEventListener("mark", ({ detail }) => this.mark(detail));
    scene.addEventListener("drawn", () => this.draw());
    scene.addEventListener("arrived", () => this.arrived());
    scene.addEventListener("left", () => this.list());
    addEventListener("beforeunload", (event) => {
      if (this.changed.size) event.preventDefault();
    });
  }

  toggle() {
    this.scene.marking = !this.scene.marking;
    $("mark").setAttribute("aria-pressed", String(this.scene.marking));
    $("control").hidden = !this.scene.marking;
    if (this.scene.marking) this.list();
    this.scene.redraw();
  }

  // --- points ---------------------------------------------------------------------------------

  add() {
    const name = $("pointname").value.trim();
    const [lat, lon, height] = ["pointlat", "pointlon", "pointheight"].map((id) => Number($(id).value));
    if (this.points.some((point) => point.name === name)) {
      say(`There is a point ${name} already.`);
      return;
    }
    const xyz = this.site.enuFromGeodetic(lat, lon, height);
    const told = `${lon},${lat},${height}`;
    const point = { name, check: false, off: null, xyz, told, marks: new Map() };
    if (!this.inSight(point).length) {
      say(`No photo has ${name} in view: is its latitude first, its height above the ellipsoid?`);
    }
    this.points.push(point);
    this.changed.add(point);
    $("newpoint").reset();
    this.take(point);
  }

  take(point) {
    this.point = point;
    this.list();
    this.scene.redraw();
  }

  /** Photos whose picture the point is in, nearest first: [{ photo, at }]; something may hide it. */
  inSight(point) {
    return this.photos
      .map((photo) => ({ photo, at: project(photo, point.xyz) }))
      .filter(({ photo, at }) => at && at.range < Math.max(3 * (photo.far_m ?? 0), 30))
      .sort((a, b) => a.at.range - b.at.range);
  }

  // --- marks ----------------------------------------------------------------------------------

  mark({ photo, u, v }) {
    if (!this.point) return;
    this.point.marks.set(photo.id, [u, v]);
    this.changed.add(this.point);
    this.list();
    this.scene.redraw();
  }

  unmark() {
    if (!this.point?.marks.delete(this.scene.photo?.id)) return;
    this.changed.add(this.point);
    this.list();
    this.scene.redraw();
  }

  look(photo) {
    this.looking = photo;
    this.choose(photo);
    hideInfo(); // it lies where one wants to click
    this.blend(1);
  }

  /** In a photo that was entered for the point: close to where it should be, or is marked. */
  arrived() {
    this.list();
    if (this.looking !== this.scene.photo || !this.point) return;
    this.looking = null;
    const { photo } = this.scene;
    const at = project(photo, this.point.xyz);
    const [u, v] = this.point.marks.get(photo.id) ?? [at?.u, at?.v];
    if (u !== undefined) this.scene.lookAtPixel(u, v, NEAR);
  }

  /** A table for `worldmap gcp`: each point with all its marks. */
  get table() {
    const count = new Map();
    for (const { name } of this.photos) count.set(name, (count.get(name) ?? 0) + 1);
    const byId = new Map(this.photos.map((photo) => [photo.id, photo]));
    // Of photos of one name the number says which is meant.
    const image = (id) => (count.get(byId.get(id).name) > 1 ? `#${id}` : byId.get(id).name);
    const quoted = (text) => (/[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = ["EPSG:4326", "name,lon,lat,height,image,px,py"];
    for (const point of this.points) {
      if (!this.changed.has(point)) continue;
      const place = point.told || ",,";
      if (!point.marks.size && point.told) lines.push(`${quoted(point.name)},${place},,,`);
      for (const [id, [u, v]] of point.marks) {
        lines.push(
          `${quoted(point.name)},${place},${quoted(image(id))},${u.toFixed(2)},${v.toFixed(2)}`,
        );
      }
    }
    return `${lines.join("\n")}\n`;
  }

  save() {
    const url = URL.createObjectURL(new Blob([this.table], { type: "text/csv" }));
    element("a", { href: url, download: "marks.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.changed.clear();
    this.list();
    $("markhelp").textContent =
      "Saved as marks.csv among your downloads: `worldmap gcp marks.csv`, then `worldmap merge`.";
  }

  // --- what is shown --------------------------------------------------------------------------

  list() {
    if (!this.scene.marking) return;
    const { point } = this;
    const here = this.scene.photo;
    $("points").replaceChildren(
      ...this.points.map((each) => {
        const count = each.marks.size;
        const words = [`${count} ${count === 1 ? "mark" : "marks"}`];
        if (each.check) words.push("check");
        if (each.off !== null) words.push(`${each.off.toFixed(2)} m off`);
        const button = row(each.name, words.join(", "), () => this.take(each));
        button.setAttribute("aria-pressed", String(each === point));
        return element("li", {}, button);
      }),
    );
    const seen = point ? this.inSight(point) : [];
    $("sights").replaceChildren(
      ...seen.slice(0, 24).map(({ photo, at }) => {
        const word = point.marks.has(photo.id) ? "marked" : `${at.range.toFixed(1)} m`;
        const button = row(photo.name, word, () => this.look(photo));
        if (photo === here) button.setAttribute("aria-current", "true");
        return element("li", {}, button);
      }),
    );
    $("markhelp").textContent = this.help(seen.length);
    $("unmark").hidden = !(here && point?.marks.has(here.id));
    $("savemarks").disabled = !this.changed.size;
  }

  help(seen) {
    const { point } = this;
    if (!point) return this.points.length ? "Choose a point." : "Tell a point, or store a list of them with `worldmap gcp`.";
    if (!seen) return `No placed photo has ${point.name} in view.`;
    if (!this.scene.photo) return `Choose a photo that shows ${point.name}.`;
    return `Click where ${point.name} is; a ring shows where the map has it. Wheel and drag look closer.`;
  }

  /** Rings where the map has the points, crosses where they are marked, over the photo. */
  draw() {
    const { photo, width, height, lens } = this.scene;
    const parts = [];
    if (this.scene.marking && photo) {
      const place = (u, v) => screenOf(photo.camera, lens, u, v, width, height);
      for (const point of this.points) {
        const at = project(photo, point.xyz);
        const marked = point.marks.get(photo.id);
        const active = point === this.point ? " active" : "";
        const ring = at && place(at.u, at.v);
        const cross = marked && place(...marked);
        if (ring && cross) {
          parts.push(shape("line", { x1: ring[0], y1: ring[1], x2: cross[0], y2: cross[1], class: `off${active}` }));
        }
        if (ring) parts.push(shape("circle", { cx: ring[0], cy: ring[1], r: 11, class: `expected${active}` }));
        if (cross) {
          const [x, y] = cross;
          const d = `M${x - 11} ${y}H${x - 2}M${x + 2} ${y}H${x + 11}M${x} ${y - 11}V${y - 2}M${x} ${y + 2}V${y + 11}`;
          parts.push(shape("path", { d, class: `marked${active}` }));
        }
        const [x, y] = cross ?? ring ?? [-99, -99];
        const text = shape("text", { x: x + 14, y: y - 8, class: `name${active}` });
        text.textContent = point.name;
        parts.push(text);
      }
    }
    $("marks").replaceChildren(...parts);
  }
}

function row(name, word, act) {
  const button = element(
    "button",
    {},
    element("span", {}, name),
    element("span", { className: "quiet" }, word),
  );
  button.addEventListener("click", act);
  return button;
}

function shape(tag, attributes) {
  const made = document.createElementNS($("marks").namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
