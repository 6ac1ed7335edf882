"""A map that grows: what one more photo costs where 200 are already, and what a second merge and
taking the photo out again cost. Cheap synthetic photos: four textured walls, 50 photos along each,
through the whole line."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import piexif
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks import Metric, metric
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.pipeline.remove import remove
from worldmap.pipeline.verify import verify
from worldmap.stages.merged import MergeSummary

JOBS = 2
WALLS, PER_WALL = 4, 50
STEP_M = 2.5
APART_M = 400.0
"""Between two walls: photos of different ones are no candidates for pairs."""
SITE = Site(48.137, 11.5755, 560.0)
WIDTH, HEIGHT, FOCAL_PX = 480, 360, 420.0
EYE_M, WALL_M, WALL_TOP_M = 1.6, 9.0, 7.0
PHOTO_BAR = 0.05


def run() -> list[Metric]:
    """Ingest and merge 200 photos, then again, then one more, then without it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos, map_dir = folder / "photos", folder / "map"
        for wall in range(WALLS):
            for number in range(PER_WALL):
                write_photo(photos, wall, number * STEP_M)
        added = write_photo(folder / "added", 1, (PER_WALL // 2 + 0.4) * STEP_M)
        start_s = time.perf_counter()
        ingest(map_dir, [photos], Settings(), depth="measured", jobs=JOBS)
        ingest_s = time.perf_counter() - start_s
        full = _merged(map_dir)
        before = _tiles(map_dir)
        again = _merged(map_dir)
        unchanged = _tiles(map_dir) == before
        ingest(map_dir, [added], Settings(), depth="measured", jobs=1)
        more = _merged(map_dir)
        start_s = time.perf_counter()
        gone = remove(map_dir, [added.name], jobs=JOBS)
        remove_s = time.perf_counter() - start_s
        findings = len(verify(map_dir).findings)
        shutil.rmtree(map_dir)
    metrics = [
        metric("living: photos placed", "photos", full.placed, WALLS * PER_WALL * 0.98, "min"),
        metric("living: tiles", "tiles", len(full.tiles)),
        metric("living: ingest", "s", ingest_s),
        metric("living: full merge", "s", full.seconds),
        metric("living: one photo more over the full merge", "share",
                more.seconds / full.seconds, PHOTO_BAR),
        metric("living: one photo more", "s", more.seconds),
        metric("living: one photo more, tiles written", "tiles", more.tiles_written),
        metric("living: second merge", "s", again.seconds),
        metric("living: second merge, tiles written", "tiles", again.tiles_written, 0.0),
        metric("living: second merge, files changed", "files", 0.0 if unchanged else 1.0, 0.0),
        metric("living: one photo less", "s", remove_s),
        metric("living: one photo less, tiles written", "tiles", gone.tiles_written),
        metric("living: verify, findings", "findings", findings, 0.0),
    ]  # fmt: skip
    for name, summary in (("full", full), ("more", more), ("again", again)):
        metrics += [
            metric(f"living: {name}, {stage}", "s", seconds)
            for stage, seconds in summary.stage_seconds.items()
        ]
    return metrics


def _merged(map_dir: Path) -> MergeSummary:
    return merge(map_dir, Everywhere(), Settings(), jobs=JOBS)


def _tiles(map_dir: Path) -> dict[str, str]:
    with Catalog.open(map_dir, create=False) as catalog:
        return {
            str(file.path): file.content_hash for tile in catalog.tiles() for file in tile.files
        }


# --- photos -------------------------------------------------------------------------------------


def write_photo(folder: Path, wall: int, along_m: float) -> Path:
    """A photo of a wall (0..3) with a phone's errors in its tags, and its depth beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"wall{wall}_{round(along_m * 100):05d}.jpg"
    rng = np.random.default_rng((wall, round(along_m * 100)))
    heading_deg = float(rng.normal(0, 8.0))
    image, depth_m = _rendered(wall, along_m, heading_deg, rng)
    off_m = rng.normal(0, 3.0, 2)
    lat, lon, _ = SITE.geodetic_from_enu(
        np.array((along_m + off_m[0], wall * APART_M + off_m[1], EYE_M))
    )
    told_deg = (heading_deg + float(rng.normal(0, 6.0))) % 360.0
    film_mm = FOCAL_PX * 43.26661530556787 / float(np.hypot(WIDTH, HEIGHT))
    gps = {
        piexif.GPSIFD.GPSLatitudeRef: "N",
        piexif.GPSIFD.GPSLatitude: _sexagesimal(float(lat)),
        piexif.GPSIFD.GPSLongitudeRef: "E",
        piexif.GPSIFD.GPSLongitude: _sexagesimal(float(lon)),
        piexif.GPSIFD.GPSAltitude: (round(515.0 * 100), 100),
        piexif.GPSIFD.GPSAltitudeRef: 0,
        piexif.GPSIFD.GPSImgDirection: (round(told_deg * 100), 100),
        piexif.GPSIFD.GPSImgDirectionRef: "T",
        piexif.GPSIFD.GPSHPositioningError: (300, 100),
    }
    number = round(along_m)
    exif = {
        piexif.ExifIFD.DateTimeOriginal: f"2026:05:{6 + wall:02d} 10:{number // 60:02d}:"
        f"{number % 60:02d}",
        piexif.ExifIFD.OffsetTimeOriginal: "+02:00",
        piexif.ExifIFD.FocalLengthIn35mmFilm: round(film_mm),
    }
    zeroth = {piexif.ImageIFD.Make: "Maker", piexif.ImageIFD.Model: "M1"}
    image.save(path, quality=92, exif=piexif.dump({"0th": zeroth, "Exif": exif, "GPS": gps}))
    scale = float(np.exp(rng.normal(0, 0.05)))
    np.save(path.with_name(f"{path.stem}.depth.npy"), (depth_m[::2, ::2] * scale))
    return path


def _sexagesimal(degrees: float) -> tuple[tuple[int, int], ...]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    seconds = (degrees - whole - minutes / 60) * 3600
    return ((whole, 1), (minutes, 1), (round(seconds * 10_000), 10_000))


def _rendered(
    wall: int, along_m: float, heading_deg: float, rng: np.random.Generator
) -> tuple[Image.Image, NDArray[np.float32]]:
    """The picture and its depth (H, W), NaN for the sky."""
    u, v = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    rays_cam = np.stack(
        ((u - WIDTH / 2) / FOCAL_PX, (v - HEIGHT / 2) / FOCAL_PX, np.ones_like(u)), axis=-1
    )
    rays = rays_cam @ enu_from_cam_rotation(heading_deg, 0.0, 0.0).T
    # A wall in steps, so that it is no plane: every other four metres stand half a metre back.
    depth = np.full(u.shape, np.inf)
    place = np.zeros((*u.shape, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = -EYE_M / rays[..., 2]
        hit = (ground > 0) & (ground < 60)
        depth[hit] = ground[hit]
        place[hit] = (ground[..., None] * rays[..., :2] + (along_m, 0.0))[hit]
        for back_m in (0.0, 0.5):
            t = (WALL_M + back_m) / rays[..., 1]
            x, z = along_m + t * rays[..., 0], EYE_M + t * rays[..., 2]
            own = (np.floor(x / 4.0) % 2 == 1) == (back_m > 0)
            hit = (t > 0) & (t < depth) & (z > 0) & (z < WALL_TOP_M) & own
            depth[hit] = t[hit]
            place[hit] = np.stack((x[hit], z[hit] + 40.0), axis=-1)
    picture = _paint(place, wall)
    picture[~np.isfinite(depth)] = (140, 180, 235)
    picture = picture + rng.normal(0, 2, picture.shape)
    depth[~np.isfinite(depth)] = np.nan
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)), depth.astype(np.float32)


_TEXTURES: dict[int, NDArray[np.float32]] = {}
_TEXELS_PER_M = 40


def _paint(place_m: NDArray[np.float64], wall: int) -> NDArray[np.float64]:
    """Colours (..., 3) of places along and up: noise of several grain sizes, nowhere the same."""
    if wall not in _TEXTURES:
        rng = np.random.default_rng((99, wall))
        size = (round(220 * _TEXELS_PER_M), round(60 * _TEXELS_PER_M))
        total = np.zeros((size[1], size[0], 3), dtype=np.float32)
        for grain in (3, 9, 30):
            shape = (size[1] // grain + 2, size[0] // grain + 2, 3)
            cells = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
            grown = cells.resize(size, Image.Resampling.BICUBIC)
            total += np.asarray(grown.filter(ImageFilter.GaussianBlur(1)), dtype=np.float32)
        _TEXTURES[wall] = total / np.float32(3)
    texture = _TEXTURES[wall]
    cell = np.floor(np.nan_to_num(place_m + np.array((40.0, 10.0)), posinf=0.0) * _TEXELS_PER_M)
    column = cell[..., 0].astype(np.int64) % texture.shape[1]
    row = cell[..., 1].astype(np.int64) % texture.shape[0]
    return np.asarray(texture[row, column], dtype=np.float64)
