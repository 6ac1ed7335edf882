"""Where the demo takes place and where its photographer walks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import InputError

Floats = NDArray[np.float64]

ROAD_HALF_M = 3.5
WALL_M = 6.5
KERB_M = 0.12
SIDE_ROAD_HALF_M = 3.0
SIDE_WALL_HALF_M = 4.5
_MARGIN_M = 12.0
_VIEW_M = 38.0
_SPACING_M = 3.2
_CROSSING_PHOTOS = 8

_HEADING_PATTERN_DEG = (34.0, 46.0, 26.0, 38.0, 54.0, 30.0, 16.0, 40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetPlan:
    """What kind of scene, and the camera that sees it.

    kind: 'street' (a bent street with a crossing, walked along and across) or 'orbit' (a walk
    around a square, looking inwards). repeated_facades: all houses share one design, windows and
    curtains included. focal_35mm: "focal length in 35 mm film" by the diagonal. texel_m: how fine
    textures are. lat_deg, lon_deg: where it lies; ground_msl_m above mean sea level.
    """

    kind: Literal["street", "orbit"] = "street"
    repeated_facades: bool = False
    width_px: int = 1024
    height_px: int = 768
    focal_35mm: int = 27
    texel_m: float = 0.01
    lat_deg: float = 59.3312
    lon_deg: float = 18.0605
    ground_msl_m: float = 12.0

    def __post_init__(self) -> None:
        if self.kind not in ("street", "orbit"):
            raise InputError(f"there is no demo layout '{self.kind}'", hint="use street or orbit")

    @property
    def focal_px(self) -> float:
        """Tagged focal length in pixels: f35 · diagonal in pixels / 43.27 mm (CIPA DCG-001)."""
        return self.focal_35mm * float(
            np.hypot(self.width_px, self.height_px) / np.hypot(36.0, 24.0)
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> StreetPlan:
        """Inverse of `to_json`; InputError for values that are not a StreetPlan."""
        try:
            return cls(**{field.name: values[field.name] for field in fields(cls)})
        except (KeyError, TypeError) as error:
            raise InputError(f"the truth file's layout is damaged: {error}") from error


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Street:
    """A bent street in curve coordinates: s along it from 0 to length_m, l to the left of it."""

    length_m: float
    crossing_m: float
    start_heading_rad: float
    bend_rad: float

    @classmethod
    def of(cls, layout: StreetPlan, seed: int, photos: int) -> Street:
        """The street of a demo; its length follows from how far the photographer walks."""
        rng = np.random.default_rng((seed, 1))
        walk = walk_length_m(photos)
        bend = rng.choice((-1.0, 1.0)) * rng.uniform(np.deg2rad(9), np.deg2rad(16))
        return cls(
            length_m=_MARGIN_M + walk + _VIEW_M,
            crossing_m=_MARGIN_M + 0.5 * walk,
            start_heading_rad=float(rng.uniform(0, 2 * np.pi)),
            bend_rad=float(bend),
        )

    def _heading_rad(self, s_m: Floats) -> Floats:
        # Clockwise from north; the bend is spread over some 40 m beyond the crossing.
        turn = 0.5 * (1 + np.tanh((s_m - self.crossing_m - 8.0) / 20.0))
        return np.asarray(self.start_heading_rad + self.bend_rad * turn)

    def heading_deg(self, s_m: float) -> float:
        """Direction of the street at s, degrees clockwise from north."""
        return float(np.rad2deg(self._heading_rad(np.asarray(s_m, dtype=np.float64))) % 360.0)

    def xy(self, s_m: Any, l_m: Any) -> Floats:
        """East and north (..., 2) of curve coordinates; the origin lies in the crossing."""
        s, lateral = np.broadcast_arrays(
            np.asarray(s_m, dtype=np.float64), np.asarray(l_m, dtype=np.float64)
        )
        fine = np.arange(-60.0, self.length_m + 60.5, 0.5)
        heading = self._heading_rad(fine)
        steps = 0.5 * np.stack((np.sin(heading), np.cos(heading)), axis=-1)
        middle = 0.5 * (steps[1:] + steps[:-1])
        path = np.concatenate((np.zeros((1, 2)), np.cumsum(middle, axis=0)))
        centre = np.array([np.interp(self.crossing_m, fine, path[:, k]) for k in range(2)])
        along = np.stack([np.interp(s, fine, path[:, k]) for k in range(2)], axis=-1) - centre
        turned = self._heading_rad(s)
        left = np.stack((-np.cos(turned), np.sin(turned)), axis=-1)
        return np.asarray(along + lateral[..., None] * left)


def walk_length_m(photos: int) -> float:
    """How far the photographer of a street walks: denser steps where there are many photos."""
    return float(np.clip(_SPACING_M * (photos - 1), 12.0, 90.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """Where a photo is taken: east, north, height above the road's plane, and where it looks."""

    east_m: float
    north_m: float
    up_m: float
    heading_deg: float


def standpoints(layout: StreetPlan, seed: int, photos: int) -> tuple[Standpoint, ...]:
    """The walk of the demo's photographer."""
    rng = np.random.default_rng((seed, 2))
    if layout.kind == "orbit":
        return _around(rng, photos)
    street = Street.of(layout, seed, photos)
    walk = walk_length_m(photos)
    points = []
    for index in range(photos):
        fraction = index / max(1, photos - 1)
        s = _MARGIN_M + fraction * walk + rng.normal(0, 0.3)
        # Left pavement, over the road at the crossing, then right pavement; a few photos are not
        # enough to get across in steps that overlap.
        across = 0.5 * (1 + np.tanh((fraction - 0.5) / 0.1)) if photos >= _CROSSING_PHOTOS else 0.0
        lateral = (1 - 2 * across) * 4.8 + rng.normal(0, 0.25)
        side = 1 - 2 * across
        relative = _HEADING_PATTERN_DEG[index % len(_HEADING_PATTERN_DEG)] * side
        relative += rng.normal(0, 3.0)
        east, north = street.xy(s, lateral)
        kerb = KERB_M if abs(lateral) > ROAD_HALF_M else 0.0
        points.append(
            Standpoint(
                east_m=float(east),
                north_m=float(north),
                up_m=float(kerb + rng.uniform(1.5, 1.7)),
                heading_deg=float((street.heading_deg(s) + relative) % 360.0),
            )
        )
    return tuple(points)


SQUARE_HALF_M = 15.0


def _around(rng: np.random.Generator, photos: int) -> tuple[Standpoint, ...]:
    start = rng.uniform(0, 2 * np.pi)
    points = []
    for index in range(photos):
        angle = start + 2 * np.pi * index / photos + rng.normal(0, 0.02)
        radius = 11.5 + rng.normal(0, 0.4)
        east, north = radius * np.cos(angle), radius * np.sin(angle)
        inwards = np.rad2deg(np.arctan2(-east, -north))
        points.append(
            Standpoint(
                east_m=float(east),
                north_m=float(north),
                up_m=float(rng.uniform(1.5, 1.7)),
                heading_deg=float((inwards + rng.normal(0, 5.0)) % 360.0),
            )
        )
    return tuple(points)
