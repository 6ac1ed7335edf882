"""Photos of a street with tags, measured depth beside them, and the truth."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import piexif
from numpy.typing import NDArray
from PIL import Image

from benchmarks._town.render import Painter
from benchmarks._town.scene import build
from worldmap.camera import Camera
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site, geoid_undulation_m

Array = NDArray[np.float64]

SITE = Site(47.3702, 8.5391, 455.0)
SCALE_SIGMA = 0.08
"""Of the log of a photo's depth scale."""
_WIDTH, _HEIGHT = 1000, 750
_FILM_MM = 26
_DETAIL = 2
_DEPTH = 2
_FARTHEST_M = 65.0
"""What 16 bits of millimetres hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensTruth:
    """What the photos' lens is beside its tag: the spread of each photo's focal length and the
    offset of the principal point as shares, and by how much the corners are bent outwards."""

    focal_spread_rel: float = 0.0
    centre_off_rel: float = 0.0
    radial_rel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TownTruth:
    """One photo's truth."""

    name: str
    enu_from_cam: Array
    camera: Camera
    depth_scale: float


def write_town(folder: Path, *, seed: int, lens: LensTruth, photos: int = 16) -> list[TownTruth]:
    """Write folder/photos/town_NN.jpg with EXIF, town_NN.depth.png beside them (millimetres, 0 =
    none; with a network's errors), folder/exact/town_NN.png (the same without errors) and
    folder/truth.json in the form of the shared real data.

    Equal arguments write equal scenes; another lens sees the same street from the same places, with
    the same tags.
    """
    painter = Painter(build(seed))
    rng = np.random.default_rng((seed, 405))
    for each in ("photos", "exact"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(photos):
        truth = _photo(rng, seed, number, photos, lens)
        noise = np.random.default_rng((seed, 406, number))
        scale = _write_photo(folder, truth, painter, noise)
        found.append(replace(truth, depth_scale=scale))
    written = {
        t.name: {
            "enu_from_cam": t.enu_from_cam.tolist(),
            "depth_scale": t.depth_scale,
            "focal_px": t.camera.fx_px,
            "centre_px": [t.camera.cx_px, t.camera.cy_px],
            "width": t.camera.width_px,
            "height": t.camera.height_px,
            "distortion": t.camera.distortion,
        }
        for t in found
    }
    (folder / "truth.json").write_text(json.dumps(written, indent=1), encoding="utf-8")
    return found


def tagged_focal_px() -> float:
    """By the 35 mm equivalent that all photos are tagged with."""
    return float(_FILM_MM * np.hypot(_WIDTH, _HEIGHT) / np.hypot(36, 24))


def _photo(
    rng: np.random.Generator, seed: int, number: int, photos: int, lens: LensTruth
) -> TownTruth:
    """A walk along the street in bends, looking ahead and to either side in turn."""
    along = 50.0 * number / max(photos - 1, 1)
    looks = (12.0, 48.0, -35.0, 30.0, -52.0, -8.0)[number % 6]
    x = 1.6 * np.sin(along / 7.0) + 0.3 * rng.standard_normal()
    pitch, roll = 2.5 * rng.standard_normal(2)
    heading = looks + 6.0 * rng.standard_normal()
    pose = np.eye(4)
    pose[:3, :3] = enu_from_cam_rotation(heading, float(pitch), float(roll))
    pose[:3, 3] = (x, along - 4.0, 1.55 + 0.06 * rng.standard_normal())
    scale = float(np.exp(SCALE_SIGMA * rng.standard_normal()))
    own = float(rng.uniform(-1.0, 1.0)) * np.sqrt(3.0)
    focal = tagged_focal_px() * (1.0 + lens.focal_spread_rel * own)
    # Of a lens, the same in all photos: where its axis meets the sensor, in a random direction.
    turn = np.random.default_rng((seed, 407)).uniform(0, 2 * np.pi)
    off = lens.centre_off_rel * _WIDTH * np.array((np.cos(turn), np.sin(turn)))
    corner = np.hypot(_WIDTH, _HEIGHT) / 2 / tagged_focal_px()
    camera = replace(
        Camera.centred(_WIDTH, _HEIGHT, focal),
        cx_px=_WIDTH / 2 + float(off[0]),
        cy_px=_HEIGHT / 2 + float(off[1]),
        distortion=(float(lens.radial_rel / corner**2), 0.0, 0.0, 0.0, 0.0),
    )
    return TownTruth(
        name=f"town_{number:02d}.jpg", enu_from_cam=pose, camera=camera, depth_scale=scale
    )


def _write_photo(
    folder: Path, truth: TownTruth, painter: Painter, rng: np.random.Generator
) -> float:
    """Returns by what the depth that was written is to be multiplied to be right for half of it:
    bent and drawn nearer, it is off from the scale that it began with."""
    fine = truth.camera.rescaled(_DETAIL * _WIDTH, _DETAIL * _HEIGHT)
    rgb, _ = painter.picture(fine, truth.enu_from_cam)
    photo = cv2.resize(rgb, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float64)
    photo = cv2.GaussianBlur(photo, (0, 0), 0.5)
    photo *= rng.uniform(0.82, 1.12) * rng.uniform(0.97, 1.03, 3)
    photo += 2.5 * rng.standard_normal(photo.shape)
    jpeg = io.BytesIO()
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(jpeg, "JPEG", quality=91)
    tagged = io.BytesIO()
    piexif.insert(piexif.dump(_tags(rng, truth)), jpeg.getvalue(), tagged)
    (folder / "photos" / truth.name).write_bytes(tagged.getvalue())
    grid = truth.camera.rescaled(_WIDTH // _DEPTH, _HEIGHT // _DEPTH)
    exact = painter.picture(grid, truth.enu_from_cam)[1].astype(np.float64)
    given = _measured(rng, np.minimum(exact, 1e4)) / truth.depth_scale
    written = np.isfinite(exact) & (given < _FARTHEST_M)
    png = f"{Path(truth.name).stem}.depth.png"
    _write_depth(folder / "photos" / png, np.where(written, given, 0.0))
    right = np.isfinite(exact) & (exact < _FARTHEST_M)
    _write_depth(folder / "exact" / f"{Path(truth.name).stem}.png", np.where(right, exact, 0.0))
    return float(np.median(exact[written] / given[written]))


def _write_depth(path: Path, depth_m: Array) -> None:
    cv2.imwrite(str(path), np.round(1000 * depth_m).astype(np.uint16))


def _measured(rng: np.random.Generator, exact: Array) -> Array:
    """The depth as a network has it: 2 % off in large soft patches, 1 % in small ones, and what is
    far drawn nearer."""
    height, width = exact.shape
    factor = np.zeros(exact.shape)
    for cells, strength in ((3, 0.02), (24, 0.01)):
        small = rng.standard_normal((cells, cells)).astype(np.float32)
        factor += strength * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    # What all of it has in common is the photo's scale.
    factor -= factor.mean()
    shrunk = exact / (1.0 + (exact / 120.0) ** 2)
    return np.asarray(shrunk * np.exp(factor))


def _tags(rng: np.random.Generator, truth: TownTruth) -> dict[str, dict[int, object]]:
    centre = truth.enu_from_cam[:3, 3]
    sigma = float(rng.uniform(3.0, 6.0))
    lat, lon, height = (
        float(v)
        for v in SITE.geodetic_from_enu(centre + sigma * rng.standard_normal(3) * (1, 1, 1.5))
    )
    msl = height - float(geoid_undulation_m(lat, lon))
    forward = truth.enu_from_cam[:3, 2]
    heading = np.rad2deg(np.arctan2(forward[0], forward[1])) + 7.0 * rng.standard_normal()
    number = int(truth.name[5:7])
    return {
        "0th": {piexif.ImageIFD.Make: b"Second", piexif.ImageIFD.Model: b"Street"},
        "Exif": {
            piexif.ExifIFD.FocalLengthIn35mmFilm: _FILM_MM,
            piexif.ExifIFD.DateTimeOriginal: f"2025:06:03 09:{number:02d}:11".encode(),
        },
        "GPS": {
            piexif.GPSIFD.GPSVersionID: (2, 3, 0, 0),
            piexif.GPSIFD.GPSLatitudeRef: "N",
            piexif.GPSIFD.GPSLatitude: _sexagesimal(lat),
            piexif.GPSIFD.GPSLongitudeRef: "E",
            piexif.GPSIFD.GPSLongitude: _sexagesimal(lon),
            piexif.GPSIFD.GPSAltitudeRef: 0,
            piexif.GPSIFD.GPSAltitude: (round(msl * 1000), 1000),
            piexif.GPSIFD.GPSHPositioningError: (round(sigma * 100), 100),
            piexif.GPSIFD.GPSImgDirectionRef: "T",
            piexif.GPSIFD.GPSImgDirection: (round((heading % 360.0) * 100), 100),
        },
    }


def _sexagesimal(value_deg: float) -> tuple[tuple[int, int], ...]:
    minutes, seconds = divmod(value_deg % 1 * 3600, 60)
    return (int(value_deg), 1), (int(minutes), 1), (round(seconds * 1e5), 100_000)
