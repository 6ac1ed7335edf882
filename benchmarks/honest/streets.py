"""Streets whose tags can be told anew: the photos of both generators, some of them turned, zoomed
or cropped besides, ingested once; conditions only change what their tags say."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks._town import LensTruth, write_town
from benchmarks._town.write import SCALE_SIGMA as TOWN_SCALE_SIGMA
from benchmarks._town.write import SITE as TOWN_SITE
from worldmap.config import Settings
from worldmap.demo import STANDARD, StreetPlan, read_truth, write_demo
from worldmap.geodesy import Site
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.ingest import ingest
from worldmap.records import Features, IngestedPhoto, PairRegistration
from worldmap.registration.solve import Solution, solve
from worldmap.registration.view import PhotoView
from worldmap.stages.register import read_views, register_all
from worldmap.stages.review import review_area
from worldmap.stages.selection import sites_of
from worldmap.stages.work import Work
from worldmap.stages.zoom import with_true_zoom

Array = NDArray[np.float64]
Generator = Literal["demo", "town"]

PHOTOS = 10
_LONGER_PX = 640
# Of the width and of the way to a corner; half a per cent is what surveyed cameras show, and phones
# leave a per cent of their lenses' distortion in the picture.
_CENTRE_OFF, _BENT = 0.005, 0.01
# How far up the picture a bonnet reaches, and how far it is.
_BONNET_REL, _BONNET_MM = 0.2, 1800


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Truth:
    """Where a photo stands: turn (3, 3) and centre (3,) in the street's ENU, its depth scale."""

    rotation: Array
    centre: Array
    depth_scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What became of a photo's picture: turned clockwise so often by 90°, depth with it or not; the
    middle of it blown up so many times; how far from the middle that is, as shares; taken over a
    car's bonnet or not, the date burnt into it."""

    quarter_turns: int = 0
    depth_turned: bool = True
    zoom: float = 1.0
    off_middle: tuple[float, float] = (0.0, 0.0)
    bonnet: bool = False


PLAIN = Variant()


@dataclass(eq=False)
class Street:
    """One street: its map, the truth of each photo by file name, and photos as ingested."""

    folder: Path
    site: Site
    truth: dict[str, Truth]
    scale_sigma: float

    def drawn_scale(self, rng: np.random.Generator) -> float:
        """What all depth of the street is to be multiplied by, so that its photos' scales together
        are off as they would be were each drawn anew.

        The pictures of a street are made once, and the mean of its photos' scales would be one draw
        for all conditions.
        """
        mean = np.mean([np.log(self.truth[name].depth_scale) for name in self.plain])
        spread = self.scale_sigma / np.sqrt(len(self.plain))
        return float(np.exp(mean - spread * rng.standard_normal()))

    @property
    def map_dir(self) -> Path:
        """Where all of it is ingested."""
        return self.folder / "map"

    @cached_property
    def photos(self) -> Mapping[str, IngestedPhoto]:
        """By file name."""
        with MapFolder.open(self.map_dir) as folder:
            return {p.metadata.path.name: p for p in folder.catalog.photos()}

    @cached_property
    def plain(self) -> list[str]:
        """Names of the photos as they were taken, along the way."""
        return sorted(name for name in self.photos if name.startswith("plain_"))

    def variant(self, name: str, label: str) -> str:
        """The name of a plain photo's variant."""
        return name.replace("plain_", f"{label}_")

    @property
    def strangers(self) -> list[str]:
        """Names of the photos of another street."""
        return sorted(name for name in self.photos if name.startswith("alien_"))

    def solved(
        self, photos: Sequence[IngestedPhoto], *, depth_by: float = 1.0
    ) -> tuple[Solution, Mapping[int, PhotoView]]:
        """What merge does with these photos, up to tiles, all depth multiplied by a factor."""
        settings = Settings()
        photos = sorted(photos, key=lambda p: p.photo_id)
        with MapFolder.open(self.map_dir) as folder:
            work = Work(folder=folder, settings=settings, listener=Silence(), jobs=1, run_id=0)
            reviews = review_area(work, photos)
            views = read_views(work, sites_of(folder.catalog, photos), photos, reviews)
            pairs = register_all(work, photos, views)
            views, pairs, _ = with_true_zoom(work, photos, views, pairs)
        views = {i: replace(v, features=_scaled(v.features, depth_by)) for i, v in views.items()}
        pairs = [_scaled_pair(pair, depth_by) for pair in pairs]
        return solve(views, pairs, settings.registration), views


def _scaled(features: Features, by: float) -> Features:
    return replace(
        features,
        xyz_cam=features.xyz_cam * np.float32(by),
        grid_depth_m=features.grid_depth_m * np.float32(by),
        grid_sigma_m=features.grid_sigma_m * np.float32(by),
    )


def _scaled_pair(pair: PairRegistration, by: float) -> PairRegistration:
    if pair.a_from_b is None or pair.covariance is None:
        return pair
    fit = replace(pair.a_from_b, translation_m=by * pair.a_from_b.translation_m)
    units = np.array((1.0, 1.0, 1.0, by, by, by, 1.0))
    return replace(pair, a_from_b=fit, covariance=np.outer(units, units) * pair.covariance)


VARIANTS: Mapping[str, tuple[Variant, tuple[int, ...]]] = {
    "cw": (Variant(quarter_turns=1), (1, 4, 7)),
    "over": (Variant(quarter_turns=2), (2, 5)),
    "ccw": (Variant(quarter_turns=3), (3, 8)),
    "torn": (Variant(quarter_turns=1, depth_turned=False), (4,)),
    "zoom12": (Variant(zoom=1.25), (1, 4, 7)),
    "zoom15": (Variant(zoom=1.5), (1, 3, 5, 8)),
    "zoom20": (Variant(zoom=2.0), (3, 6)),
    "crop": (Variant(zoom=1.25, off_middle=(0.08, 0.06)), (2, 6)),
    "bonnet": (Variant(bonnet=True), tuple(range(PHOTOS))),
}
"""By label what is made, and of which photos."""


def street(folder: Path, generator: Generator, seed: int) -> Street:
    """The street of that seed, made and ingested where it is not there yet."""
    raw, photos = folder / "raw", folder / "photos"
    site, truth = _written(raw, generator, seed)
    _, strange = _written(folder / "raw_alien", generator, seed + 500, photos=3)
    if not photos.exists():
        photos.mkdir()
        for index, name in enumerate(sorted(truth)):
            _write_variant(raw / "photos" / name, photos, _called("plain", index), PLAIN)
            for label, (variant, of) in VARIANTS.items():
                if index in of:
                    _write_variant(raw / "photos" / name, photos, _called(label, index), variant)
        for index, name in enumerate(sorted(strange)):
            path = folder / "raw_alien" / "photos" / name
            _write_variant(path, photos, _called("alien", index), PLAIN)
    ingest(folder / "map", [photos], Settings(), depth="measured", jobs=1)
    known = {}
    for index, name in enumerate(sorted(truth)):
        known[_called("plain", index)] = truth[name]
        for label, (variant, of) in VARIANTS.items():
            if index in of:
                known[_called(label, index)] = _turned(truth[name], variant)
    sigma = STANDARD.depth_scale_sigma if generator == "demo" else TOWN_SCALE_SIGMA
    return Street(folder=folder, site=site, truth=known, scale_sigma=sigma)


def _called(label: str, index: int) -> str:
    return f"{label}_{index:02d}.jpg"


def _written(
    folder: Path, generator: Generator, seed: int, photos: int = PHOTOS
) -> tuple[Site, dict[str, Truth]]:
    if generator == "demo":
        if not (folder / "truth.json").exists():
            lens = _lens(seed)
            noise = replace(
                STANDARD, centre_off_rel=lens.centre_off_rel, radial_rel=lens.radial_rel
            )
            write_demo(folder, layout=StreetPlan(), noise=noise, seed=seed, photos=photos)
        told = read_truth(folder)
        return told.site, {
            p.name: Truth(
                rotation=p.enu_from_cam.rotation,
                centre=p.enu_from_cam.translation_m,
                depth_scale=p.depth_scale,
            )
            for p in told.photos
        }
    if not (folder / "truth.json").exists():
        write_town(folder, seed=seed, lens=_lens(seed), photos=photos)
    written: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    found = {}
    for name, each in written.items():
        pose = np.array(each["enu_from_cam"])
        found[name] = Truth(
            rotation=pose[:3, :3], centre=pose[:3, 3], depth_scale=each["depth_scale"]
        )
    return TOWN_SITE, found


def _lens(seed: int) -> LensTruth:
    """No camera's middle is where its picture's is, nor are its corners; which way is up in a photo
    is hardly off for any other reason."""
    rng = np.random.default_rng((seed, 7))
    return LensTruth(
        centre_off_rel=_CENTRE_OFF * abs(rng.standard_normal()),
        radial_rel=_BENT * rng.standard_normal(),
    )


def _write_variant(path: Path, folder: Path, name: str, variant: Variant) -> None:
    """The photo and its depth, smaller and changed, with its tags as they were."""
    with Image.open(path) as opened:
        exif = opened.info.get("exif", b"")
        rgb = np.asarray(opened.convert("RGB"))
    depth = cv2.imread(str(path.with_name(f"{path.stem}.depth.png")), cv2.IMREAD_UNCHANGED)
    assert depth is not None
    rgb, depth = _cropped(rgb, variant), _cropped(depth, variant)
    shrink = _LONGER_PX / max(rgb.shape)
    size = (round(rgb.shape[1] * shrink), round(rgb.shape[0] * shrink))
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC)
    depth = cv2.resize(depth, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_NEAREST)
    if variant.bonnet:
        rgb, depth = _over_a_bonnet(rgb, depth)
    rgb = np.rot90(rgb, -variant.quarter_turns)
    if variant.depth_turned:
        depth = np.rot90(depth, -variant.quarter_turns)
    jpeg = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(jpeg, "JPEG", quality=93, exif=exif)
    (folder / name).write_bytes(jpeg.getvalue())
    cv2.imwrite(str(folder / f"{Path(name).stem}.depth.png"), np.ascontiguousarray(depth))


def _over_a_bonnet(rgb: NDArray[Any], depth: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The picture (H, W, 3) and the depth (h, w), in millimetres, of a camera behind a windscreen:
    the same bonnet, dirty and with its reflections, and the same line of letters in every one."""
    rgb, depth = rgb.copy(), depth.copy()
    height, width = rgb.shape[:2]
    rng = np.random.default_rng(7)
    dirt = rng.integers(0, 255, (height // 6, width // 6, 3), dtype=np.uint8)
    paint = (0.5 * cv2.resize(dirt, (width, height), interpolation=cv2.INTER_CUBIC) + 60).clip(
        0, 255
    )
    across = np.linspace(-1.0, 1.0, width)
    edge = height * (1.0 - _BONNET_REL * np.sqrt(np.clip(1.0 - 0.9 * across**2, 0.0, 1.0)))
    bonnet = np.arange(height)[:, None] >= edge
    rgb[bonnet] = paint.astype(np.uint8)[bonnet]
    small = cv2.resize(bonnet.astype(np.uint8), depth.shape[::-1], interpolation=cv2.INTER_NEAREST)
    depth[small > 0] = _BONNET_MM
    at = (round(0.6 * width), round(0.1 * height))
    cv2.putText(rgb, "12/05/2026 10:14", at, cv2.FONT_HERSHEY_SIMPLEX, width / 900, (255, 140, 0))
    return rgb, depth


def _cropped(image: NDArray[Any], variant: Variant) -> NDArray[Any]:
    height, width = image.shape[:2]
    wide, tall = round(width / variant.zoom), round(height / variant.zoom)
    left = (width - wide) // 2 + round(variant.off_middle[0] * width)
    top = (height - tall) // 2 + round(variant.off_middle[1] * height)
    return image[top : top + tall, left : left + wide]


def _turned(truth: Truth, variant: Variant) -> Truth:
    """Clockwise pictures come of a camera that leans to the left: x of the new picture is −y of the
    old, once; its axes as columns of the old camera's."""
    once = np.array(((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    turn = np.linalg.matrix_power(once, variant.quarter_turns)
    return replace(truth, rotation=truth.rotation @ turn)
