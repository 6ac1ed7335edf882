// What went wrong, said where it is seen.

import { $, element } from "./dom.js";

const shown = new Set();

/** Show a line until it is closed; the same line once. */
export function say(text) {
  if (shown.has(text)) return;
  shown.add(text);
  const close = element("button", { "aria-label": "Close" }, "×");
  const box = element("div", {}, element("p", {}, text), close);
  close.addEventListener("click", () => {
    box.remove();
    shown.delete(text);
  });
  $("messages").append(box);
}

/** Several problems of one kind as one line. */
export function sayOfTiles(problems) {
  for (const old of document.querySelectorAll("#messages [data-tiles] button")) old.click();
  const lines = new Map();
  for (const [key, problem] of problems) lines.set(problem, [...(lines.get(problem) ?? []), key]);
  for (const [problem, keys] of lines) {
    const names = keys.length > 3 ? `${keys.slice(0, 3).join(", ")} and ${keys.length - 3} more` : keys.join(", ");
    const text = `${keys.length === 1 ? "Tile" : "Tiles"} ${names}: ${problem}`;
    say(text);
    $("messages").lastElementChild.dataset.tiles = "1";
  }
}
