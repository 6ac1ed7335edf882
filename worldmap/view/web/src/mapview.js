// The map: photos as pins, what they look at, how sure their place is, tiles, pairs.

import L from "leaflet";

import { STATUS } from "./colours.js";
import { element } from "./dom.js";
import { offset } from "./geodesy.js";
import { countries } from "./outline.js";
import * as store from "./store.js";

const MOST_PINS = 600; // more photos than this are plain dots, which draw faster
const LAYERS = ["points", "orthophoto", "cones", "sigma", "tiles", "pairs", "tags"];
const SMALLEST_TILE_PX = 100; // a tile that is smaller on the map has its points from above

export class MapView extends EventTarget {
  constructor(element, told, isDark) {
    super();
    this.photos = told.photos;
    this.map = L.map(element, {
      maxZoom: 23,
      minZoom: 1,
      zoomSnap: 0.5,
      worldCopyJump: true,
      zoomControl: false,
      preferCanvas: true,
      attributionControl: false,
    });
    L.control.zoom({ position: "bottomright" }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
    this.attribution = L.control.attribution({ prefix: false, position: "topright" });
    this.attribution.addTo(this.map);
    this.map.createPane("world").style.zIndex = 150;
    this.map.createPane("points").style.zIndex = 250;
    this.map.createPane("orthophoto").style.zIndex = 255;
    this.map.createPane("rasters").style.zIndex = 260;
    this.layers = Object.fromEntries(LAYERS.map((name) => [name, L.layerGroup()]));
    this.pins = new Map();
    this.pinLayer = L.layerGroup().addTo(this.map);
    this.standpoint = null;
    this.isDark = isDark;
    this.home();
    (window.requestIdleCallback ?? setTimeout)(() => this.world(), { timeout: 4000 });
    if (store.settings.basemap) this.basemap(store.settings);
    this.drawRasters(told.layers);
    this.drawTiles(told.tiles);
    this.drawPairs(told.pairs);
    for (const photo of this.photos) if (photo.lat !== null) this.drawPhoto(photo);
    for (const name of ["points", "orthophoto", "cones", "sigma", "tiles"]) this.layers[name].addTo(this.map);
    this.map.on("moveend", () => this.dispatchEvent(new Event("moved")));
    if (told.window) this.drawWindow(told.window);
    // A map that was hidden at first does not know what fits into it.
    this.unplaced = !element.clientWidth;
    new ResizeObserver(() => {
      this.map.invalidateSize({ animate: false });
      if (this.unplaced && element.clientWidth) this.home();
    }).observe(element);
  }

  /** All photos in view, and what they look at. */
  home() {
    this.unplaced = !this.map.getContainer().clientWidth;
    const places = this.photos.filter((p) => p.lat !== null).map((p) => [p.lat, p.lon]);
    places.push(...this.photos.flatMap((photo) => viewOf(photo)));
    if (places.length) {
      this.map.fitBounds(L.latLngBounds(places).pad(0.1), { maxZoom: 20, animate: false });
    } else this.map.setView([25, 10], 2, { animate: false });
  }

  /** The edge of what is here of a large map, and a way to what is elsewhere. */
  drawWindow({ bounds: [west, south, east, north] }) {
    const bounds = L.latLngBounds([south, west], [north, east]);
    L.rectangle(bounds, { color: "#888", weight: 1, fill: false, dashArray: "4", interactive: false })
      .addTo(this.map);
    const button = element("button", { id: "here", type: "button" }, "Photos here");
    const Here = L.Control.extend({ onAdd: () => button });
    const here = new Here({ position: "topright" });
    button.addEventListener("click", () =>
      this.dispatchEvent(new CustomEvent("elsewhere", { detail: this.map.getCenter().wrap() })),
    );
    L.DomEvent.disableClickPropagation(button);
    const show = () => (bounds.contains(this.map.getCenter()) ? here.remove() : here.addTo(this.map));
    this.map.on("moveend", show);
  }

  async world() {
    try {
      const world = await store.json("assets/world.json");
      this.land = L.geoJSON(countries(world), {
        pane: "world",
        interactive: false,
        style: {},
      }).addTo(this.map);
      this.attribution.addAttribution("Natural Earth");
      this.paint(this.isDark);
    } catch {
      // Without it the map is plain; photos are what it is for.
    }
  }

  paint(isDark) {
    this.isDark = isDark;
    this.land?.setStyle({
      color: isDark ? "#45525b" : "#b4bcc2",
      weight: 1,
      fillColor: isDark ? "#232c32" : "#eef0ec",
      fillOpacity: 1,
    });
  }

  basemap({ basemap, attribution }) {
    // Servers want to know whose page asks (OpenStreetMap refuses who does not say); no more than that.
    const referrerPolicy = "origin";
    this.tiles = L.tileLayer(basemap, { maxNativeZoom: 19, maxZoom: 23, referrerPolicy });
    this.tiles.addTo(this.map);
    if (attribution) this.attribution.addAttribution(attribution);
    this.tiles.on("tileerror", () => this.dispatchEvent(new Event("nobasemap")));
  }

  drawPhoto(photo) {
    const { colour } = STATUS[photo.status];
    const label = `${photo.name}, ${STATUS[photo.status].word}`;
    let pin;
    if (this.photos.length <= MOST_PINS) {
      pin = L.marker([photo.lat, photo.lon], {
        icon: L.divIcon({
          className: `pin ${photo.status}`,
          iconSize: [26, 26],
          html: pinSvg(photo, colour),
        }),
        title: label,
        alt: label,
        keyboard: true,
        riseOnHover: true,
      });
    } else {
      pin = L.circleMarker([photo.lat, photo.lon], {
        radius: 5,
        color: "#fff",
        weight: 1,
        fillColor: colour,
        fillOpacity: 1,
      });
    }
    pin.bindTooltip(plain(label), { direction: "top", offset: [0, -10] });
    const choose = () => this.dispatchEvent(new CustomEvent("choose", { detail: photo }));
    pin.on("click", choose);
    pin.on("keypress", ({ originalEvent }) => {
      if (originalEvent.key === "Enter") choose();
    });
    pin.addTo(this.pinLayer);
    const parts = [];
    if (photo.heading_deg !== null) {
      parts.push([
        "cones",
        L.polygon([[photo.lat, photo.lon], ...viewOf(photo)], {
          color: colour,
          weight: 1,
          opacity: 0.6,
          fillOpacity: 0.03,
          interactive: false,
        }),
      ]);
    }
    if (photo.sigma_m) {
      parts.push([
        "sigma",
        L.circle([photo.lat, photo.lon], {
          radius: Math.max(photo.sigma_m[0] ?? 0, photo.sigma_m[1] ?? 0),
          color: colour,
          weight: 1,
          dashArray: "3 3",
          fill: false,
          interactive: false,
        }),
      ]);
    }
    if (photo.tag && photo.status === "placed") {
      parts.push([
        "tags",
        L.polyline([[photo.tag.lat, photo.tag.lon], [photo.lat, photo.lon]], {
          color: "#8a949b",
          weight: 1.5,
          interactive: false,
        }),
      ]);
      parts.push([
        "tags",
        L.circleMarker([photo.tag.lat, photo.tag.lon], {
          radius: 3,
          color: "#8a949b",
          fillOpacity: 1,
          interactive: false,
        }),
      ]);
    }
    this.pins.set(photo.id, { photo, pin, parts });
    for (const [layer, part] of parts) this.layers[layer].addLayer(part);
  }

  drawTiles(tiles) {
    for (const tile of tiles) {
      const broken = Boolean(tile.problem);
      L.polygon(tile.outline, {
        color: broken ? STATUS.failed.colour : "#7a8790",
        weight: broken ? 2 : 1,
        dashArray: tile.stale || broken ? "6 4" : null,
        fill: broken,
        fillOpacity: 0.08,
      })
        .bindTooltip(
          plain(
            `tile ${tile.key}: ${tile.points.toLocaleString("en")} points` +
              (tile.stale ? ", out of date" : "") +
              (broken ? ` — ${tile.problem}` : ""),
          ),
          { sticky: true },
        )
        .addTo(this.layers.tiles);
    }
  }

  /** Lay the tiles' points, seen from above, under everything else. */
  drawPoints(tiles) {
    for (const tile of tiles) {
      if (!tile.picture) continue;
      L.imageOverlay(`${store.imageUrl(tile.picture)}`, tile.bounds, {
        pane: "points",
        className: "points",
        alt: "",
      }).addTo(this.layers.points);
    }
  }

  /** Lay photos as seen from above over the points of the tiles that are looked at, what is nearest to
   * the middle first: each is made when it is asked for. */
  async drawOrthophotos(tiles) {
    const waiting = new Set(tiles.filter(({ orthophoto }) => orthophoto));
    let busy = false;
    const next = async () => {
      if (busy || !this.map.hasLayer(this.layers.orthophoto)) return;
      busy = true;
      for (let tile = this.tileInSight(waiting); tile; tile = this.tileInSight(waiting)) {
        waiting.delete(tile);
        await this.drawOrthophoto(tile);
      }
      busy = false;
    };
    this.map.on("moveend layeradd resize", next);
    await next();
  }

  /** Of some tiles the one in sight that is nearest to the map's middle. */
  tileInSight(tiles) {
    const [seen, middle] = [this.map.getBounds(), this.map.getCenter()];
    let best = null;
    for (const tile of tiles) {
      const bounds = L.latLngBounds(tile.bounds);
      if (!seen.intersects(bounds)) continue;
      const [a, b] = tile.bounds.map((corner) => this.map.latLngToContainerPoint(corner));
      if (Math.abs(b.x - a.x) < SMALLEST_TILE_PX) continue;
      const away = middle.distanceTo(bounds.getCenter());
      if (!best || away < best.away) best = { tile, away };
    }
    return best?.tile ?? null;
  }

  async drawOrthophoto(tile) {
    const bytes = await store.bytes(tile.orthophoto).catch(() => []);
    if (!bytes.length) return; // no photo shows anything of it from above
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/webp" }));
    L.imageOverlay(url, tile.bounds, { pane: "orthophoto", className: "orthophoto", alt: "" })
      .addTo(this.layers.orthophoto);
  }

  /** Lay rasters that were named under the photos, over the points from above. */
  drawRasters(layers) {
    for (const { url, bounds } of layers) {
      this.layers[url] = L.layerGroup([
        L.imageOverlay(store.imageUrl(url), bounds, { pane: "rasters", className: "raster", alt: "" }),
      ]).addTo(this.map);
    }
  }

  drawPairs(pairs) {
    const at = new Map(this.photos.map((photo) => [photo.id, photo]));
    for (const [a, b, status, inliers] of pairs) {
      const [from, to] = [at.get(a), at.get(b)];
      if (status !== "accepted" || from?.lat == null || to?.lat == null) continue;
      L.polyline([[from.lat, from.lon], [to.lat, to.lon]], {
        color: "#21918c",
        weight: Math.min(1 + Math.log10(Math.max(inliers, 1)), 4),
        opacity: 0.7,
        interactive: false,
      }).addTo(this.layers.pairs);
    }
  }

  show(layer, wanted) {
    if (wanted) this.layers[layer].addTo(this.map);
    else this.layers[layer].remove();
  }

  /** Only these photos (a set of ids) stay on the map. */
  filter(ids) {
    for (const [id, { pin, parts }] of this.pins) {
      const wanted = ids.has(id);
      if (wanted) this.pinLayer.addLayer(pin);
      else this.pinLayer.removeLayer(pin);
      for (const [layer, part] of parts) {
        if (wanted) this.layers[layer].addLayer(part);
        else this.layers[layer].removeLayer(part);
      }
    }
  }

  select(photo) {
    for (const [id, { pin, parts }] of this.pins) {
      for (const [layer, part] of parts) {
        if (layer === "cones") part.setStyle({ fillOpacity: id === photo?.id ? 0.25 : 0.03 });
      }
      pin.getElement?.()?.classList.toggle("selected", id === photo?.id);
    }
    if (photo && photo.lat !== null && !this.map.getBounds().pad(-0.1).contains([photo.lat, photo.lon])) {
      this.map.panTo([photo.lat, photo.lon]);
    }
  }

  /** Show where the 3-D view's camera is. */
  setStandpoint({ lat, lon }, headingDeg) {
    if (!this.standpoint) {
      this.standpoint = L.marker([lat, lon], {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({
          className: "standpoint",
          iconSize: [34, 34],
          html: '<svg viewBox="-17 -17 34 34" aria-hidden="true"><path d="M0-15 8 6 0 2-8 6Z"/></svg>',
        }),
      }).addTo(this.map);
    }
    this.standpoint.setLatLng([lat, lon]);
    const svg = this.standpoint.getElement()?.firstElementChild;
    if (svg) svg.style.transform = `rotate(${headingDeg}deg)`;
  }

  /** zoom/lat/lon of the map, for the address. */
  get place() {
    const { lat, lng } = this.map.getCenter();
    return `${this.map.getZoom()}/${lat.toFixed(6)}/${lng.toFixed(6)}`;
  }

  set place(text) {
    const [zoom, lat, lon] = text.split("/").map(Number);
    if (![zoom, lat, lon].every(Number.isFinite)) return;
    this.unplaced = false;
    this.map.setView([lat, lon], zoom, { animate: false });
  }
}

/** Text for Leaflet, which takes strings for markup. */
const plain = (text) => element("span", {}, text);

/** A pin says its status by shape too: a disc is placed, a diamond unplaced, a ring waiting. */
function pinSvg(photo, colour) {
  const arrow =
    photo.heading_deg === null
      ? ""
      : `<path d="M-5-7 0-12.5 5-7Z" fill="${colour}" transform="rotate(${photo.heading_deg})"/>`;
  const shape =
    photo.status === "unplaced"
      ? `<path d="M0-7 7 0 0 7-7 0Z" fill="${colour}" stroke="#fff" stroke-width="2"/>`
      : photo.status === "ingested"
        ? `<circle r="5" fill="#fff" stroke="${colour}" stroke-width="3"/>`
        : `<circle r="6" fill="${colour}" stroke="#fff" stroke-width="2"/>`;
  return `<svg viewBox="-13 -13 26 26" aria-hidden="true">${arrow}${shape}</svg>`;
}

/** Latitude and longitude of places along the far edge of what a photo looks at. */
function viewOf({ lat, lon, heading_deg: heading, hfov_deg: wide, far_m: far }) {
  if (lat === null || heading === null) return [];
  const reach = Math.min(Math.max(far ?? 15, 3), 60);
  const half = Math.min(wide, 160) / 2;
  return [-1, -0.5, 0, 0.5, 1].map((share) => offset(lat, lon, heading + share * half, reach));
}
