"""The truth of a demo: what only its accuracy print-out, benchmarks and tests may know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.demo.layout import StreetPlan
from worldmap.demo.noise import Noise
from worldmap.errors import InputError
from worldmap.frames import RigidTransform, Similarity, cam
from worldmap.frozen import frozen
from worldmap.geodesy import Site, enu

TRUTH_NAME = "truth.json"
PHOTO_FOLDER = "photos"
_VERSION = 1

Floats = NDArray[np.float64]
Person = tuple[float, float, float, int]
"""East, north (metres), facing (radians), seed."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoTruth:
    """One photo. depth_scale: true depth = depth_scale · given depth.

    camera: the true one, of the full-size photo. gps_enu_m (3,) is where its tags put it, in the
    ENU of the truth, None without position; gps_sigma_m: east or north sigma of that.
    heading_tag_deg: true heading that its tag amounts to, None without; heading_reference 'T', 'M'
    or ''. people: the passers-by that stand in this photo only.
    """

    name: str
    enu_from_cam: RigidTransform
    camera: Camera
    depth_scale: float
    gps_enu_m: Floats | None
    gps_sigma_m: float
    heading_tag_deg: float | None
    heading_reference: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTruth:
    """How much of what photo `a` sees of the scene, photo `b` sees too, and the other way round:
    shares of their pixels that show a surface, in 0..1."""

    a: str
    b: str
    a_seen_by_b: float
    b_seen_by_a: float

    @property
    def overlap(self) -> float:
        """The smaller of both shares."""
        return min(self.a_seen_by_b, self.b_seen_by_a)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DemoTruth:
    """A demo and its truth. `site` is the origin of ENU; `folder` holds truth.json and photos/."""

    layout: StreetPlan
    noise: Noise
    seed: int
    site: Site
    photos: tuple[PhotoTruth, ...]
    pairs: tuple[PairTruth, ...]
    folder: Path = field(default_factory=Path)

    @property
    def photo_dir(self) -> Path:
        """The folder to ingest."""
        return self.folder / PHOTO_FOLDER

    def photo(self, name: str) -> PhotoTruth:
        """The truth of a photo by its file name; KeyError for one that is not in the demo."""
        return self._by_name()[name]

    def pair(self, a: str, b: str) -> PairTruth:
        """The truth of a pair, `a` first whatever the stored order; KeyError if unknown."""
        for pair in self.pairs:
            if (pair.a, pair.b) == (a, b):
                return pair
            if (pair.a, pair.b) == (b, a):
                return PairTruth(
                    a=a, b=b, a_seen_by_b=pair.b_seen_by_a, b_seen_by_a=pair.a_seen_by_b
                )
        raise KeyError((a, b))

    def a_from_b(self, a: str, b: str) -> Similarity:
        """The true `PairRegistration.a_from_b`: given depths of b into given depths of a.

        With s the depth scales: p_a = (s_b/s_a) R p_b + t/s_a, where R, t map true metres.
        """
        photo_a, photo_b = self.photo(a), self.photo(b)
        rigid = photo_a.enu_from_cam.inverse() @ photo_b.enu_from_cam
        return Similarity(
            to=rigid.to,
            source=rigid.source,
            rotation=rigid.rotation,
            translation_m=rigid.translation_m / photo_a.depth_scale,
            scale=photo_b.depth_scale / photo_a.depth_scale,
        )

    def connected(self, minimum_overlap: float = 0.15) -> tuple[frozenset[str], ...]:
        """Groups of photos linked by pairs that overlap at least so much, largest first."""
        group = {photo.name: {photo.name} for photo in self.photos}
        for pair in self.pairs:
            if pair.overlap >= minimum_overlap and group[pair.a] is not group[pair.b]:
                merged = group[pair.a] | group[pair.b]
                for name in merged:
                    group[name] = merged
        groups = {id(names): frozenset(names) for names in group.values()}
        return tuple(sorted(groups.values(), key=lambda names: (-len(names), min(names))))

    def _by_name(self) -> Mapping[str, PhotoTruth]:
        return {photo.name: photo for photo in self.photos}

    def to_json(self) -> dict[str, Any]:
        """Plain values for truth.json."""
        return {
            "version": _VERSION,
            "about": "Truth of a worldmap demo. cam: x right, y down, z forward; ENU in metres "
            "about origin. Pixel centres at half-integers. True depth = depth_scale x given.",
            "seed": self.seed,
            "layout": self.layout.to_json(),
            "noise": self.noise.to_json(),
            "origin": asdict(self.site),
            "photos": [_photo_to_json(photo) for photo in self.photos],
            "pairs": [asdict(pair) for pair in self.pairs],
        }


def _photo_to_json(photo: PhotoTruth) -> dict[str, Any]:
    return {
        "name": photo.name,
        "enu_from_cam": photo.enu_from_cam.matrix.tolist(),
        "K": photo.camera.matrix.tolist(),
        "width_px": photo.camera.width_px,
        "height_px": photo.camera.height_px,
        "distortion": list(photo.camera.distortion),
        "depth_scale": photo.depth_scale,
        "gps_enu_m": None if photo.gps_enu_m is None else photo.gps_enu_m.tolist(),
        "gps_sigma_m": photo.gps_sigma_m,
        "heading_tag_deg": photo.heading_tag_deg,
        "heading_reference": photo.heading_reference,
        "people": [list(person) for person in photo.people],
    }


def _photo_from_json(values: dict[str, Any], site: Site) -> PhotoTruth:
    matrix = np.asarray(values["K"], dtype=np.float64)
    gps = values["gps_enu_m"]
    return PhotoTruth(
        name=values["name"],
        enu_from_cam=RigidTransform.from_matrix(
            values["enu_from_cam"], to=enu(site), source=cam(values["name"])
        ),
        camera=Camera(
            width_px=values["width_px"],
            height_px=values["height_px"],
            fx_px=float(matrix[0, 0]),
            fy_px=float(matrix[1, 1]),
            cx_px=float(matrix[0, 2]),
            cy_px=float(matrix[1, 2]),
            distortion=_distortion(values.get("distortion", (0.0,) * 5)),
        ),
        depth_scale=float(values["depth_scale"]),
        gps_enu_m=None if gps is None else frozen(gps, (3,)),
        gps_sigma_m=float(values["gps_sigma_m"]),
        heading_tag_deg=values["heading_tag_deg"],
        heading_reference=values["heading_reference"],
        people=tuple((p[0], p[1], p[2], int(p[3])) for p in values["people"]),
    )


def _distortion(values: Sequence[float]) -> tuple[float, float, float, float, float]:
    k1, k2, p1, p2, k3 = (float(value) for value in values)
    return k1, k2, p1, p2, k3


def read_truth(path: Path) -> DemoTruth:
    """The truth that `write_demo` left at `path`: its truth.json, or the folder it lies in.

    InputError where it is missing or damaged.
    """
    file = path / TRUTH_NAME if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=file) from error
    try:
        if values["version"] != _VERSION:
            raise InputError(f"is of version {values['version']}, expected {_VERSION}", path=file)
        site = Site(**values["origin"])
        return DemoTruth(
            layout=StreetPlan.from_json(values["layout"]),
            noise=Noise.from_json(values["noise"]),
            seed=int(values["seed"]),
            site=site,
            photos=tuple(_photo_from_json(photo, site) for photo in values["photos"]),
            pairs=tuple(PairTruth(**pair) for pair in values["pairs"]),
            folder=file.parent,
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"is not a demo's truth file: {error!r}", path=file) from error
