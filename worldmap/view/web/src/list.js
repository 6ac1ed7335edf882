// The list of photos, with search and filters by time and status.

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

  matching() {
    const word = $("search").value.trim().toLowerCase();
    const wanted = new Set(
      [...$("statuses").querySelectorAll("input:checked")].map((box) => box.value),
    );
    const [since, until] = [$("since").value, $("until").value];
    return this.photos.filter((photo) => {
      if (!wanted.has(photo.status) || !photo.name.toLowerCase().includes(word)) return false;
      // Times are compared as the cameras' clocks had them, without their zones.
      const time = photo.time?.slice(0, 16) ?? "";
      return (!since || time >= since) && (!until || (time && time <= until));
    });
  }

  filter() {
    const found = new Set(this.matching().map((photo) => photo.id));
    for (const [id, row] of this.rows) row.hidden = !found.has(id);
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
