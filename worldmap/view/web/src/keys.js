// Keys. Those that move act as long as they are held.

import { $ } from "./dom.js";

const MOVES = { w: [1, 0, 0], s: [-1, 0, 0], a: [0, -1, 0], d: [0, 1, 0], q: [0, 0, -1], e: [0, 0, 1] };
const TURNS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function setUpKeys(scene, actions) {
  const held = new Set();
  let before = 0;
  scene.keys = (now) => {
    const seconds = Math.min((now - before) / 1000, 0.1);
    before = now;
    for (const key of held) {
      if (MOVES[key]) scene.move(...MOVES[key].map((share) => share * 0.7 * seconds));
      if (TURNS[key]) scene.turn(...TURNS[key].map((way) => way * 1.2 * seconds));
    }
  };
  addEventListener("blur", () => held.clear());
  addEventListener("keyup", (event) => {
    held.delete(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else actions.escape();
      return;
    }
    if (typing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const inMap = event.target.closest?.("#map, #list");
    if (key in TURNS && !inMap) {
      event.preventDefault();
      if (scene.photo) actions.blend({ ArrowLeft: -0.05, ArrowRight: 0.05 }[key] ?? 0);
      else held.add(key);
    } else if (key in MOVES) held.add(key);
    else if (["+", "="].includes(key) && !inMap) scene.zoomBy(1.2);
    else if (key === "-" && !inMap) scene.zoomBy(1 / 1.2);
    else if (key === "Home" && !inMap) actions.overview();
    else if (key === "n") actions.step(1);
    else if (key === "p") actions.step(-1);
    else if (key === "c") actions.colour();
    else if (key === "m") actions.measure();
    else if (key === "g") actions.mark();
    else if (key === "Backspace") actions.undo();
    else if (key === "?") actions.help();
    else if (key === "/") {
      event.preventDefault();
      actions.search();
    }
  });
}
