// The page: reads what the map has, and joins list, map and 3-D view.

import { flush, note, readAddress } from "./address.js";
import { ClipBox } from "./clip.js";
import { Control } from "./control.js";
import { Decoder } from "./decoder.js";
import { $, element } from "./dom.js";
import { Site } from "./geodesy.js";
import { showHints } from "./hints.js";
import { hideInfo, showOwnPoint, showPhoto, showPlace, showPoint } from "./info.js";
import { setUpKeys } from "./keys.js";
import { drawLegend, rangeOf } from "./legend.js";
import { PhotoList } from "./list.js";
import { MapView } from "./mapview.js";
import { MODES } from "./material.js";
import { say, sayOfTiles } from "./messages.js";
import { Profile } from "./profile.js";
import { Scene, rendererOf } from "./scene.js";
import { photosThatSaw } from "./seen.js";
import * as store from "./store.js";
import { setUpTheme } from "./theme.js";

const BACKGROUND = { true: "#10161a", false: "#e4e9ec" };
const LAYERS = {
  orthophoto: ["orthophoto", true],
  points: ["points", true],
  cones: ["views", true],
  sigma: ["sigma", true],
  tiles: ["tiles", true],
  pairs: ["pairs", false],
  tags: ["tags before", false],
};
const NARROW_PX = 560; // the style's own: a 3-D view where what is open would cover what is beside it
const METRES = (value) => `${value.toFixed(value < 100 ? 2 : 1)} m`;

async function start() {
  const asked = readAddress();
  const near = new URLSearchParams(location.search).get("near");
  const reading = store.json(near ? `map.json?near=${encodeURIComponent(near)}` : "map.json");
  // Both take their time, and need nothing of the map.
  const decoder = new Decoder();
  const renderer = openRenderer();
  let told;
  try {
    told = await reading;
  } catch (error) {
    say(`The map cannot be read: ${error.message}`);
    return;
  }
  $("version").textContent = told.version;
  const site = new Site(told.site);
  const scene = renderer && new Scene($("canvas"), renderer, decoder, site, told);
  scene?.cloud.take(told.tiles, told.photos);
  const list = new PhotoList(told);
  const map = new MapView($("map"), told, true);
  const page = new Page({ told, site, list, map, scene });
  window.worldmap = page; // for the console, and for tests
  setUpTheme((dark) => page.paint(dark));
  page.restore(asked);
  page.greet();
  if (scene && told.tiles.length) showHints();
  // Small pictures come after the first points, or when points keep one waiting.
  const pictures = once(() => {
    list.showPictures();
    map.drawPoints(told.tiles);
    map.drawOrthophotos(told.tiles);
  });
  scene?.addEventListener("settled", pictures, { once: true });
  setTimeout(pictures, scene && told.tiles.length ? 2500 : 0);
  addEventListener("hashchange", () => location.reload());
}

function once(act) {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function openRenderer() {
  try {
    return rendererOf($("canvas"));
  } catch (error) {
    say(`No 3-D here: this browser gives no WebGL 2 (${error.message}). The map still works.`);
    return null;
  }
}

const isNarrow = () => matchMedia("(max-width: 820px)").matches;

class Page {
  constructor(parts) {
    Object.assign(this, parts);
    this.selected = null;
    this.header();
    this.layers();
    this.list.addEventListener("choose", ({ detail }) => this.choose(detail));
    this.list.addEventListener("filter", ({ detail }) => {
      this.map.filter(detail);
      this.scene?.filter(detail);
    });
    this.map.addEventListener("choose", ({ detail }) => this.choose(detail));
    this.map.addEventListener("moved", () => note({ map: this.map.place }));
    this.map.addEventListener("elsewhere", ({ detail }) => this.go(detail));
    this.map.addEventListener("nobasemap", () =>
      say("The basemap's pictures do not load: is its address right, and is there a network?"),
    );
    $("help").addEventListener("click", () => $("keys").showModal());
    $("share").addEventListener("click", () => this.share());
    $("drawer").addEventListener("click", () => this.draw(!document.body.classList.contains("drawn")));
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.show(button.dataset.show));
    }
    if (this.scene) this.setUpScene();
  }

  // --- the frame ------------------------------------------------------------------------------

  header() {
    const { photos, failures, tiles } = this.told;
    const placed = photos.filter((photo) => photo.status === "placed").length;
    const points = tiles.reduce((sum, tile) => sum + tile.points, 0);
    const parts = [`${placed} of ${photos.length} photos placed`];
    const { window: part } = this.told;
    if (part) parts.push(`around here, of ${part.photos.toLocaleString("en")} in the map`);
    if (failures.length) parts.push(`${failures.length} failed`);
    if (points) parts.push(`${points.toLocaleString("en")} points`);
    $("counts").textContent = photos.length + failures.length ? parts.join(" · ") : "empty";
  }

  layers() {
    const { orthophoto, ...layers } = LAYERS;
    const seen = this.told.tiles.some((tile) => tile.orthophoto) ? { orthophoto } : {};
    const rasters = Object.fromEntries(this.told.layers.map(({ name, url }) => [url, [name, true]]));
    for (const [name, [word, on]] of Object.entries({ ...rasters, ...seen, ...layers })) {
      const box = element("input", { type: "checkbox", checked: on });
      box.addEventListener("change", () => this.map.show(name, box.checked));
      $("layers").append(element("label", {}, box, word));
    }
  }

  /** What an empty or unfinished map says. */
  greet() {
    const { photos, failures, tiles } = this.told;
    if (!photos.length && !failures.length) {
      say("This map is empty. Put photos into it with `worldmap ingest PHOTOS`, then run `worldmap merge` and load this page again.");
    } else if (!photos.length) {
      say("No photo could be read; the list says why.");
    } else if (!tiles.length) {
      say(this.missing());
    }
  }

  /** Why a map with photos has no points, and what gives it some. */
  missing() {
    const { photos } = this.told;
    const many = photos.length;
    const waiting = photos.filter((photo) => photo.status === "ingested");
    const shallow = waiting.filter((photo) => photo.reason.startsWith("no depth yet")).length;
    const again = "then load this page again";
    if (shallow) {
      return `There are no points: ${shallow} of ${many} photos have no depth and stand where their tags say. `
        + `\`worldmap merge\` finds it where photos overlap, a network for each alone (\`worldmap models list\`); ${again}.`;
    }
    if (waiting.length) {
      return `There are no points yet: ${waiting.length} of ${many} photos wait for \`worldmap merge\`; ${again}.`;
    }
    return `There are no points: none of the ${many} photos could be placed for certain; each says why when it is opened in the list.`;
  }

  paint(dark) {
    this.map.paint(dark);
    if (this.scene) {
      this.scene.background.set(BACKGROUND[dark]);
      this.scene.redraw();
    }
  }

  show(view) {
    document.body.dataset.view = view;
    for (const button of document.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === view));
    }
    this.draw(false);
    note({ view });
  }

  draw(open) {
    document.body.classList.toggle("drawn", open);
    $("drawer").setAttribute("aria-expanded", String(open));
  }

  /** The page of a large map around another place. */
  go({ lat, lng }) {
    note({ at: null, photo: null, map: this.map.place });
    flush();
    location.search = `?near=${lat.toFixed(6)},${lng.toFixed(6)}`;
  }

  async share() {
    const link = flush();
    try {
      await navigator.clipboard.writeText(link);
      $("share").textContent = "Copied";
      setTimeout(() => ($("share").textContent = "Share"), 1500);
    } catch {
      prompt("The link to this view:", link);
    }
  }

  // --- photos ---------------------------------------------------------------------------------

  choose(photo) {
    this.rejoin();
    this.selected = photo;
    this.list.select(photo);
    this.map.select(photo);
    this.draw(false);
    const enters = this.scene && photo.enu_from_cam;
    // On a phone the card would cover the photo.
    if (enters && isNarrow()) hideInfo();
    else showPhoto(photo, Boolean(this.scene));
    const alone = this.scene && photo.own;
    if (!enters && !alone) return;
    if (document.body.dataset.view === "map" || !$("cloud").clientWidth) this.show("cloud");
    if (alone) this.standAlone(photo);
    else this.enter(photo);
  }

  /** What a photo without a place saw, by itself. */
  async standAlone(photo) {
    if (this.scene.photo || this.scene.flight) this.scene.leave();
    this.clip.turn(false);
    if (this.scene.measuring) this.measure();
    $("alonename").textContent = photo.name;
    this.isAlone(true);
    note({ photo: photo.id, at: null });
    if (await this.scene.standAlone(photo)) return;
    if (this.scene.alone?.id === photo.id) this.rejoin();
  }

  /** Back to the map, from what a photo saw by itself. */
  rejoin() {
    if (!this.scene?.alone) return;
    this.clip.turn(false);
    if (this.scene.measuring) this.measure();
    this.scene.rejoin();
    this.isAlone(false);
    this.left();
    this.colour($("colour").value);
  }

  isAlone(is) {
    document.body.classList.toggle("alone", is);
    $("alonebar").hidden = !is;
  }

  enter(photo, how) {
    const number = this.scene.cloud.numberOf.get(photo.id) ?? -1;
    this.scene.cloud.material.uniforms.selected.value = number;
    $("photobar").hidden = false;
    $("photoname").textContent = photo.name;
    document.body.classList.add("inside");
    this.scene.opacity = Number($("blend").value);
    note({ photo: photo.id, at: null });
    return this.scene.enter(photo, how);
  }

  left() {
    this.scene.cloud.material.uniforms.selected.value = -1;
    $("photobar").hidden = true;
    document.body.classList.remove("inside");
    this.selected = null;
    this.list.select(null);
    this.map.select(null);
    hideInfo();
    note({ photo: null });
    this.noteCamera();
  }

  step(by) {
    const next = this.list.neighbour(this.scene.photo ?? this.scene.flight?.photo ?? null, by);
    if (next) this.choose(next);
  }

  blend(value) {
    $("blend").value = value;
    this.scene.opacity = Number($("blend").value);
    this.scene.redraw();
    note({ blend: this.scene.opacity });
  }

  // --- the 3-D view ---------------------------------------------------------------------------

  setUpScene() {
    const { scene } = this;
    scene.cloud.addEventListener("problem", () => sayOfTiles(scene.cloud.problems));
    scene.cloud.addEventListener("change", () => this.tellProgress());
    if (scene.cloud.problems.size) sayOfTiles(scene.cloud.problems);
    scene.cloud.addEventListener("measured", () => this.colour($("colour").value));
    scene.addEventListener("drawn", () => this.drawn());
    scene.addEventListener("rest", () => this.noteCamera());
    scene.addEventListener("left", () => this.left());
    scene.addEventListener("dimmed", () => {
      $("lit").checked = scene.lit;
      $("smooth").checked = scene.blends;
    });
    scene.addEventListener("trouble", ({ detail }) => say(detail));
    scene.addEventListener("pick", ({ detail }) => this.pick(detail));
    $("colour").addEventListener("change", () => this.colour($("colour").value));
    $("size").addEventListener("input", () => this.size($("size").value));
    $("budget").addEventListener("change", () => this.budget($("budget").value));
    $("lit").addEventListener("change", () => this.light($("lit").checked));
    $("smooth").addEventListener("change", () => this.smooth($("smooth").checked));
    $("smooth").checked = scene.blends;
    $("dots").addEventListener("change", () => this.showPoints($("dots").checked));
    scene.surfaces.addEventListener("problem", ({ detail }) => say(detail));
    scene.surfaces.surfaces.forEach(({ name }, number) => {
      const box = element("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        scene.surfaces.show(number, box.checked);
        scene.redraw();
      });
      $("surfaces").append(element("label", { className: "check" }, box, name));
    });
    $("frusta").addEventListener("change", () => {
      scene.wantFrusta = $("frusta").checked;
      scene.redraw();
    });
    $("blend").addEventListener("input", () => this.blend($("blend").value));
    $("leave").addEventListener("click", () => scene.leave());
    $("rejoin").addEventListener("click", () => this.rejoin());
    $("before").addEventListener("click", () => this.step(-1));
    $("after").addEventListener("click", () => this.step(1));
    $("overview").addEventListener("click", () => this.overview());
    $("measure").addEventListener("click", () => this.measure());
    this.clip = new ClipBox(scene);
    this.profile = new Profile(scene, this.site);
    this.control = new Control({
      told: this.told,
      site: this.site,
      scene,
      choose: (photo) => this.choose(photo),
      blend: (share) => this.blend(share),
    });
    setUpKeys(scene, {
      escape: () => this.escape(),
      blend: (by) => this.blend(Number($("blend").value) + by),
      overview: () => this.overview(),
      step: (by) => this.step(by),
      colour: () => {
        const next = MODES[(MODES.indexOf($("colour").value) + 1) % MODES.length];
        $("colour").value = next;
        this.colour(next);
      },
      measure: () => this.measure(),
      mark: () => this.control.toggle(),
      undo: () => {
        scene.measure.undo();
        this.measured();
      },
      help: () => $("keys").showModal(),
      search: () => {
        this.draw(true);
        $("search").focus();
      },
    });
    this.size($("size").value);
  }

  escape() {
    if (this.scene.photo || this.scene.flight) this.scene.leave();
    else if (this.scene.measuring) this.measure();
    else if (this.scene.alone) this.rejoin();
    else hideInfo();
    this.draw(false);
  }

  overview() {
    if (this.scene.photo || this.scene.flight) this.scene.leave();
    this.scene.overview();
    if (this.scene.alone) return;
    this.map.home();
    note({ at: null });
  }

  tellProgress() {
    const { shownPoints, isBusy } = this.scene.cloud;
    $("progress").textContent = this.scene.cloud.drawable.length
      ? `${shownPoints.toLocaleString("en")} points${isBusy ? ", loading …" : ""}`
      : "";
  }

  drawn() {
    const { scene } = this;
    this.tellProgress();
    if (!this.told.photos.length || scene.alone) return;
    const { position, heading } = scene.standpoint;
    this.map.setStandpoint(this.site.geodeticFromEnu(position), heading);
  }

  colour(mode) {
    const { uniforms } = this.scene.cloud.material;
    uniforms.mode.value = MODES.indexOf(mode);
    uniforms.range.value.set(...rangeOf(mode, this.scene.cloud.ends));
    drawLegend(mode, this.scene.cloud, this.site);
    this.scene.redraw();
    note({ colour: mode === "rgb" ? null : mode });
  }

  size(value) {
    this.scene.cloud.material.uniforms.pointSize.value = Number(value);
    this.scene.redraw();
    note({ size: Number(value) === 1.3 ? null : value });
  }

  showPoints(on) {
    $("dots").checked = on;
    this.scene.cloud.isHidden = !on;
    this.scene.redraw();
    note({ points: on ? null : "off" });
  }

  budget(value) {
    this.scene.cloud.budget = Number(value);
    this.scene.redraw();
    note({ budget: Number(value) === 2e6 ? null : value });
  }

  light(on) {
    Object.assign(this.scene, { lit: on, litByHand: true });
    this.scene.redraw();
  }

  smooth(on) {
    Object.assign(this.scene, { blends: on, blendsByHand: true });
    this.scene.redraw();
  }

  noteCamera() {
    if (this.scene.photo || this.scene.flight || this.scene.alone) return;
    note({ at: this.scene.viewpoint.map((value) => value.toFixed(2)).join(",") });
  }

  pick({ photo, point }) {
    if (photo) {
      this.choose(photo);
    } else if (!point && this.scene.measuring) {
      // Nothing was hit; what is measured stays.
    } else if (!point) {
      hideInfo();
    } else if (point.surface && !this.scene.measuring) {
      showPlace(point, this.site);
    } else if (this.scene.measuring) {
      this.scene.measure.add(point.position, point.sigma, this.told.photos[point.photo]?.scale_sigma_rel);
      this.scene.redraw();
      this.measured();
    } else if (this.scene.alone) {
      showOwnPoint(point, this.scene.alone);
    } else {
      const giver = this.told.photos[point.photo];
      showPoint(point, giver, this.site, this.photosThatSaw(point), (each) => this.choose(each));
    }
  }

  /** A promise of the photos that saw a point of the cloud. */
  photosThatSaw(point) {
    const { photos, agreement } = this.told;
    const xyz = point.position.toArray();
    return photosThatSaw(photos, xyz, point.sigma, photos[point.photo], agreement);
  }

  measure() {
    this.scene.measuring = !this.scene.measuring;
    $("measure").setAttribute("aria-pressed", String(this.scene.measuring));
    document.body.classList.toggle("measuring", this.scene.measuring);
    if (this.scene.measuring) hideInfo();
    if (!this.scene.measuring) {
      this.scene.measure.clear();
      $("profile").hidden = true;
    }
    this.scene.redraw();
    this.measured();
  }

  measured() {
    const box = $("measured");
    box.hidden = !this.scene.measuring;
    this.scene.redraw();
    if (box.hidden) return;
    const { points, result } = this.scene.measure;
    if (points.length < 2) {
      box.textContent = points.length ? "Click the next point." : "Click the first point.";
      return;
    }
    const { sigma } = result;
    const within = (name, unit) => (sigma ? ` ± ${sigma[name].toFixed(2)} ${unit}` : "");
    const up = `${result.rise < 0 ? "−" : "+"}${METRES(Math.abs(result.rise))}`;
    const lines = [`${METRES(result.level)} level, ${up}${within("rise", "m")} up`];
    if (points.length > 2) lines.push(`${result.area.toFixed(2)} m²${within("area", "m²")} within, closed`);
    const profile = element("button", { title: "Heights of the points along the way" }, "Profile");
    profile.addEventListener("click", () => this.profile.show());
    box.replaceChildren(
      element("strong", {}, `${METRES(result.total)}${within("total", "m")}`),
      ...lines.map((line) => element("div", { className: "quiet" }, line)),
      profile,
    );
  }

  // --- the address ----------------------------------------------------------------------------

  restore(asked) {
    const narrow = isNarrow();
    const view = ["map", "both", "cloud"].includes(asked.view) ? asked.view : null;
    this.show(narrow && (!view || view === "both") ? "cloud" : (view ?? "both"));
    $("look").open = $("cloud").clientWidth > NARROW_PX;
    if (asked.map) this.map.place = asked.map;
    if (!this.scene) return;
    const chosen = (id, value) => {
      if (value === undefined) return false;
      $(id).value = value;
      return $(id).value === value;
    };
    if (MODES.includes(asked.colour)) $("colour").value = asked.colour;
    this.colour($("colour").value);
    if (chosen("size", asked.size)) this.size(asked.size);
    if (chosen("budget", asked.budget)) this.budget(asked.budget);
    if (chosen("blend", asked.blend)) this.blend(asked.blend);
    if (asked.points === "off") this.showPoints(false);
    const at = asked.at?.split(",").map(Number) ?? [];
    if (at.length === 6 && at.every(Number.isFinite)) this.scene.viewpoint = at;
    const photo = this.told.photos.find((each) => String(each.id) === asked.photo);
    if (!photo) return;
    this.selected = photo;
    this.list.select(photo);
    this.map.select(photo);
    if (!photo.enu_from_cam || !isNarrow()) showPhoto(photo, true);
    if (photo.enu_from_cam) this.enter(photo, { atOnce: true });
    else if (photo.own) this.standAlone(photo);
  }
}

start();
