"""Two places made of one: real photos of a church front, every second of them painted over beside
a cut through what they show, as if they had been taken of another building with the same portal.

The paint lies on the surveyed surface, so that painted photos fit each other as the others do. No
photo says where it was taken.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import Metric, metric
from benchmarks._joint import TruePhoto, herz_truth
from benchmarks.line import SHARED, _run
from worldmap.mapfolder import MapFolder
from worldmap.registration.start import components

_ALIKE = 0.5
_CELLS_M = (0.6, 0.15)
_HASH = (73_856_093, 19_349_663, 83_492_791)
_GPS = 0x8825
Array = NDArray[np.float64]


def twin_metrics(folder: Path) -> list[Metric]:
    """Pairs of the two places, and of one, that a merge of all believes."""
    photos, map_dir = folder / "twins", folder / "twins-map"
    photos.mkdir(parents=True)
    names = _painted(photos)
    _run("ingest", str(photos), "--depth", "measured", "--map", str(map_dir))
    _run("merge", "--area", "all", "--no-report", "--map", str(map_dir))
    with MapFolder.open(map_dir) as opened:
        place = {
            photo.photo_id: names[photo.metadata.path.name] for photo in opened.catalog.photos()
        }
        told = {pair.key: pair for i in place for pair in opened.catalog.pairs_of(i)}
    pairs = [pair for _, pair in sorted(told.items()) if pair.fits]
    believed = [pair for pair in pairs if pair.accepted]
    joined = components(sorted(place), believed)
    across = [pair for pair in pairs if place[pair.photo_a] != place[pair.photo_b]]
    within = [pair for pair in pairs if place[pair.photo_a] == place[pair.photo_b]]
    label = "twin fronts of real photos"
    return [
        metric(f"{label}: pairs of two places that fit", "pairs", len(across)),
        metric(f"{label}: of these believed", "share",
               sum(pair.accepted for pair in across) / len(across), 0.05),
        metric(f"{label}: pairs of one place kept", "share",
               sum(pair.accepted for pair in within) / len(within), 0.9, "min"),
        metric(f"{label}: photos among those of the other place", "photos",
               sum(min(sum(place[i] == which for i in group) for which in (0, 1))
                   for group in joined), 1),
    ]  # fmt: skip


def _painted(folder: Path) -> dict[str, int]:
    """The photos with their depth, and by name of which place each is."""
    truth = herz_truth()
    named = sorted(truth)
    middle, along = _front([truth[name] for name in named[::4]])
    table = np.random.default_rng(5).integers(20, 235, (1 << 16, 3)).astype(np.uint8)
    places = {}
    for number, name in enumerate(named):
        places[name] = number % 2
        with Image.open(SHARED / "herz" / name) as image:
            tags = image.getexif()
            tags.pop(_GPS, None)
            rgb = np.asarray(image.convert("RGB"))
        if places[name]:
            rgb = _beside(rgb, truth[name].xyz_enu, middle, along, table)
        Image.fromarray(rgb).save(folder / name, quality=93, exif=tags.tobytes())
        depth = name.replace(".jpg", ".depth.png")
        shutil.copy(SHARED / "herz" / depth, folder / depth)
    return places


def _front(photos: list[TruePhoto]) -> tuple[Array, Array]:
    """The cut's place in plan (2,), and the direction along the front (2,)."""
    plan = np.concatenate([photo.xyz_enu[::8, ::8, :2].reshape(-1, 2) for photo in photos])
    plan = plan[np.isfinite(plan).all(axis=1)]
    middle = np.median(plan, axis=0)
    along = np.linalg.svd(plan - middle, full_matrices=False)[2][0]
    return middle + np.quantile((plan - middle) @ along, _ALIKE) * along, along


def _beside(
    rgb: NDArray[np.uint8], xyz: Array, middle: Array, along: Array, table: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The picture, painted beyond the cut by where its surfaces are: cells of two sizes."""
    size = (rgb.shape[1], rgb.shape[0])
    xyz = cv2.resize(xyz.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    beyond = np.isfinite(xyz).all(axis=-1) & ((xyz[..., :2] - middle) @ along > 0)
    paint = np.zeros(rgb.shape)
    for cell_m in _CELLS_M:
        cell = np.floor(np.nan_to_num(xyz) / cell_m).astype(np.int64)
        code = np.bitwise_xor.reduce(cell * np.array(_HASH), axis=-1) & 0xFFFF
        paint += table[code] / len(_CELLS_M)
    return np.where(beyond[..., None], paint, rgb).astype(np.uint8)
