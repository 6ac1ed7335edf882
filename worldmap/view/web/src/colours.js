// Colours of points, photos and classes: scales of the viridis family, and Okabe and Ito's palette,
// which people of any colour vision can tell apart.

// Anchors of matplotlib's viridis (CC0), evenly spaced.
const VIRIDIS = [
  "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70",
  "#7ad151", "#bddf26", "#fde725",
];

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** 256 × RGBA bytes of viridis. */
export function viridisBytes() {
  const stops = VIRIDIS.map(rgb);
  const out = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      out[4 * i + c] = stops[low][c] + (at - low) * (stops[low + 1][c] - stops[low][c]);
    }
    out[4 * i + 3] = 255;
  }
  return out;
}

export const viridisCss = `linear-gradient(to right, ${VIRIDIS.join(", ")})`;

/** LAS classes that are shown by name. */
export const CLASSES = {
  0: ["never classified", "#999999"],
  1: ["not ground", "#56b4e9"],
  2: ["ground", "#b5803a"],
  3: ["low vegetation", "#7fc97f"],
  4: ["vegetation", "#009e73"],
  5: ["high vegetation", "#006d50"],
  6: ["building", "#d55e00"],
  7: ["noise", "#cc79a7"],
  9: ["water", "#0072b2"],
};

const PHOTO_COLOURS = [
  "#56b4e9", "#e69f00", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#bbbbbb",
  "#8dd3c7", "#fb9a99", "#b2df8a", "#cab2d6",
];

/** 256 × RGBA bytes: the colour of each LAS class. */
export function classBytes() {
  return tableBytes((i) => (CLASSES[i] ?? CLASSES[0])[1]);
}

/** 256 × RGBA bytes: photos by their number. */
export function photoBytes() {
  return tableBytes((i) => PHOTO_COLOURS[i % PHOTO_COLOURS.length]);
}

function tableBytes(colourOf) {
  const out = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) out.set([...rgb(colourOf(i)), 255], 4 * i);
  return out;
}

/** The colour and the word of a photo's status. */
export const STATUS = {
  placed: { word: "placed", colour: "#1f8fd6" },
  doubtful: { word: "doubtful", colour: "#cc79a7" },
  unplaced: { word: "unplaced", colour: "#e69f00" },
  ingested: { word: "waiting for a merge", colour: "#8a949b" },
  failed: { word: "failed", colour: "#d55e00" },
};
