// What a first visitor may do, said once; gone with the first click or key.

import { $, element } from "./dom.js";

const KEY = "worldmap-hints";
const HINTS = [
  "Drag to turn, wheel or pinch to zoom; Overview shows everything.",
  "Click a pin, a camera or a name: the photo lies over its points.",
  "Click a point: where it is, how sure that is, which photos saw it. ? has all keys.",
];

function seen() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // storage may be switched off: they come again
  }
}

export function showHints() {
  if (seen()) return;
  $("hints").append(...HINTS.map((hint) => element("li", { textContent: hint })));
  $("hints").hidden = false;
  const leave = () => {
    $("hints").hidden = true;
    for (const kind of ["pointerdown", "keydown"]) removeEventListener(kind, leave, true);
    try {
      localStorage.setItem(KEY, "seen");
    } catch {
      // then they come again
    }
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, leave, true);
}
