// The list of photos, with search, a slider over dates, and filters by time and status.

import { download } from "./clip.js";
import { STATUS } from "./colours.js";
import { $, element } from "./dom.js";
import * as store from "./store.js";

export class PhotoList extends EventTarget {
  constructor(told) {
    super();
    const failed = told.failures.map((each, i) => ({
      ...each,
      id: `failed-${i}`,
      status: "failed",
      time: null,
      lat: null,
      enu_from_cam: null,
    }));
    const order = (photo) => `${photo.time ?? "~"} ${photo.name}`;
    this.photos = [...told.photos, ...failed].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    this.rows = new Map(this.photos.map((photo) => [photo.id, this.row(photo)]));
    $("list").append(...this.rows.values());
    this.statuses();
    this.dates();
    $("savelist").addEventListener("click", () => this.save());
    for (const id of ["search", "since", "until"]) {
      $(id).addEventListener("input", () => this.filter());
    }
    $("list").addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const open = this.matching().map((photo) => this.rows.get(photo.id).firstChild);
      open[Math.min(Math.max(open.indexOf(event.target) + step, 0), open.length - 1)]?.focus();
    });
    if (told.credits.length) {
      $("credits").hidden = false;
      $("credits").querySelector("ul").append(...told.credits.map((c) => element("li", {}, c)));
    }
    this.filter();
  }

  row(photo) {
    const picture =
      photo.status === "failed"
        ? element("span", { className: "none" }, "×")
        : element("img", {
            alt: "",
            loading: "lazy",
            decoding: "async",
          });
    const { word, colour } = STATUS[photo.status];
    const dot = element("span", { className: `dot ${photo.status}`, style: `background:${colour}` });
    const why = photo.reason && photo.status !== "placed" ? `${word}: ${photo.reason}` : word;
    const lines = element(
      "span",
      {},
      element("b", {}, photo.name),
      element("small", {}, element("span", {}, timeOf(photo))),
      element("small", {}, dot, element("span", {}, why)),
    );
    const button = element("button", { title: `${photo.name}: ${why}` }, picture, lines);
    button.addEventListener("click", () =>
      this.dispatchEvent(new CustomEvent("choose", { detail: photo })),
    );
    return element("li", {}, button);
  }

  showPictures() {
    for (const photo of this.photos) {
      const image = this.rows.get(photo.id).querySelector("img:not([src])");
      if (image) image.src = store.imageUrl(`photos/${photo.id}/thumb.jpg`);
    }
  }

  statuses() {
    for (const [status, { word, colour }] of Object.entries(STATUS)) {
      const count = this.photos.filter((photo) => photo.status === status).length;
      if (!count) continue;
      const box = element("input", { type: "checkbox", checked: true, value: status });
      box.addEventListener("change", () => this.filter());
      const dot = element("span", { className: `dot ${status}`, style: `background:${colour}` });
      $("statuses").append(element("label", {}, box, dot, `${word.split(" ")[0]} (${count})`));
    }
    $("statuses").hidden = !this.photos.length;
  }

  /** A slider over the days that photos were taken on, or the minutes of the only one. */
  dates() {
    const times = this.photos.map((photo) => photo.time?.slice(0, 16)).filter(Boolean);
    const days = [...new Set(times.map((time) => time.slice(0, 10)))].sort();
    this.steps = days.length > 1 ? days : [...new Set(times)].sort();
    $("timeline").hidden = this.steps.length < 2;
    $("date").max = String(this.steps.length);
    $("date").addEventListener("input", () => {
      const step = this.steps[Number($("date").value) - 1];
      $("since").value = step ? (step.length > 10 ? step : `${step}T00:00`) : "";
      $("until").value = step ? (step.length > 10 ? step : `${step}T23:59`) : "";
      this.filter();
    });
  }

  /** What the slider says: its date, that all are shown, or that other times were chosen. */
  tellDate() {
    const [since, until] = [$("since").value, $("until").value];
    const at = this.steps.findIndex((step) => since.startsWith(step) && until.startsWith(step));
    $("date").value = String(at + 1);
    $("datetext").textContent = at >= 0 ? this.steps[at].replace("T", " ") : since || until ? "as below" : "all dates";
  }

  /** Save the photos that are listed, as GeoJSON. */
  save() {
    const features = this.matching().map(({ name, status, time, lat, lon, height_m, heading_deg, sigma_m, credit, licence }) => ({
      type: "Feature",
      geometry: lat == null ? null : { type: "Point", coordinates: [lon, lat, ...(height_m == null ? [] : [height_m])] },
      properties: { name, status, time, heading_deg, sigma_m, credit, licence },
    }));
    const text = JSON.stringify({ type: "FeatureCollection", features }, null, 1);
    download("photos.geojson", new Blob([text], { type: "application/geo+json" }));
  }

  matching() {
    const words = $("search").value.trim().toLowerCase().split(/\s+/);
    const wanted = new Set(
      [...$("statuses").querySelectorAll("input:checked")].map((box) => box.value),
    );
    const [since, until] = [$("since").value, $("until").value];
    return this.photos.filter((photo) => {
      const said = this.said(photo);
      if (!wanted.has(photo.status) || !words.every((word) => said.includes(word))) return false;
      // Times are compared as the cameras' clocks had them, without their zones.
      const time = photo.time?.slice(0, 16) ?? "";
      return (!since || time >= since) && (!until || (time && time <= until));
    });
  }

  /** What a search looks through: name, date and time, author, licence, remarks on tags. */
  said(photo) {
    const { name, credit, licence, flags } = photo;
    return [name, timeOf(photo), credit, licence, ...(flags ?? [])].join(" ").toLowerCase();
  }

  filter() {
    const found = new Set(this.matching().map((photo) => photo.id));
    for (const [id, row] of this.rows) row.hidden = !found.has(id);
    this.tellDate();
    const all = this.photos.length;
    $("found").textContent = found.size === all ? `${all} photos` : `${found.size} of ${all} photos`;
    this.dispatchEvent(new CustomEvent("filter", { detail: found }));
  }

  select(photo) {
    for (const [id, row] of this.rows) {
      const is = id === photo?.id;
      row.firstChild.setAttribute("aria-current", String(is));
      if (is) row.scrollIntoView({ block: "nearest" });
    }
  }

  /** The placed photo `step` further in the list of those that match. */
  neighbour(photo, step) {
    const open = this.matching().filter((each) => each.enu_from_cam);
    if (!open.length) return null;
    const at = open.findIndex((each) => each.id === photo?.id);
    return open[(at + step + open.length) % open.length];
  }
}

export function timeOf(photo) {
  return photo.time ? photo.time.slice(0, 19).replace("T", " ") : "no time";
}
