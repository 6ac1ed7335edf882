"""Poses in axes and a unit of their own, laid on the Earth by what the photos' tags say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import InputError
from worldmap.frames import RigidTransform, Similarity, nearest_rotation
from worldmap.geodesy import Site, enu, geodetic_from_ecef
from worldmap.registration.placement import placed_by_tags
from worldmap.registration.sites import middle_of
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_ROUNDS: Final = 20
# A size or a turn that is not known better than this is none.
_MOST_SIZE_SIGMA: Final = 0.3
_MOST_TURN_SIGMA_RAD: Final = math.radians(20.0)
_HINT: Final = (
    "name --origin LAT,LON,HEIGHT where its axes are east, north and up in metres, or give "
    "positions (worldmap ingest --table)"
)
# Photos whose ups scatter wider than this share none.
_LEAST_LENGTH: Final = 0.8
# What the ups of photos may have in common besides.
_FLOOR_RAD: Final = math.radians(0.1)
# The size of depth is another question: it says nothing here.
_NO_SCALE: Final = 1e3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Georeferenced:
    """enu_from_cam by photo id about the site, covariance (7, 7) of what all share (turn about
    camera axes in rad, place in m, log size), and metres per unit of the model."""

    site: Site
    poses: Mapping[int, RigidTransform]
    covariance: Mapping[int, Array]
    metres_per_unit: float
    located: int


def georeferenced(
    views: Mapping[int, PhotoView],
    model_from_cam: Mapping[int, RigidTransform],
    unit: tuple[float, float] | None = None,
) -> Georeferenced:
    """The poses laid level by what photos say of up, sized, turned and placed by their positions
    and headings with the errors that tags share (`placed_by_tags`). unit: how large the model's is
    by something else, in metres, and the sigma of its log. InputError where nothing tells the
    place, the size or the turn."""
    ids = [i for i in model_from_cam if i in views]
    located = [i for i in ids if views[i].position_ecef is not None]
    if not located:
        raise InputError(
            f"none of the model's {len(ids)} photos here has a position: nothing says where its "
            "axes are on the Earth", hint=_HINT,
        )  # fmt: skip
    ecef = np.array([views[i].position_ecef for i in located])
    site = middle_of(np.column_stack(geodetic_from_ecef(ecef)))
    size_sigma = _NO_SCALE if unit is None else unit[1] * math.sqrt(len(ids))
    here = {i: replace(views[i].about(site), scale_sigma_rel=size_sigma, depth_key="") for i in ids}
    level, tilt_sigma = _level(here, model_from_cam)
    flat = np.array([level @ model_from_cam[i].translation_m for i in located])
    told = np.array([here[i].position_enu for i in located])
    sigma = np.array([here[i].horizontal_sigma_m for i in located])
    turn, size, shift = _laid(flat, told, sigma, unit)
    linear = nearest_rotation(turn @ level)
    start = {
        i: Similarity(
            to=enu(site),
            source=model_from_cam[i].source,
            rotation=nearest_rotation(linear @ model_from_cam[i].rotation),
            translation_m=size * linear @ model_from_cam[i].translation_m + shift,
        )
        for i in ids
    }
    placement = placed_by_tags(here, start)
    assert placement is not None
    if placement.turn_sigma_rad > _MOST_TURN_SIGMA_RAD:
        raise InputError(
            "neither compasses nor positions say how the model is turned "
            f"(± {math.degrees(placement.turn_sigma_rad):.0f}°)", hint=_HINT,
        )  # fmt: skip
    poses, covariance = {}, {}
    for i in ids:
        moved = placement.moved(start[i])
        up_cam = moved.rotation[2]
        common = placement.common(moved)
        common[:3, :3] += tilt_sigma**2 * (np.eye(3) - np.outer(up_cam, up_cam))
        covariance[i] = common
        poses[i] = RigidTransform(
            to=moved.to,
            source=moved.source,
            rotation=moved.rotation,
            translation_m=moved.translation_m,
        )
    return Georeferenced(
        site=site,
        poses=poses,
        covariance=covariance,
        metres_per_unit=size * placement.size,
        located=len(located),
    )


def _level(
    views: Mapping[int, PhotoView], model_from_cam: Mapping[int, RigidTransform]
) -> tuple[Array, float]:
    """What turns the model's up into z, and its sigma (rad): the mean of the photos' ups with
    Cauchy's weights."""
    ups = np.array([model_from_cam[i].rotation @ view.up_cam for i, view in views.items()])
    sigma = np.deg2rad([view.tilt_sigma_deg for view in views.values()])
    weight, up = sigma**-2, np.zeros(3)
    for _ in range(_ROUNDS):
        mean = (weight[:, None] * ups).sum(axis=0) / weight.sum()
        up = mean / max(float(np.linalg.norm(mean)), 1e-12)
        off = np.arccos(np.clip(ups @ up, -1.0, 1.0))
        weight = 1.0 / (sigma**2 + off**2)
    if float(np.median(ups @ up)) < _LEAST_LENGTH:
        raise InputError(
            "its photos do not agree on which way is up in the model",
            hint="are they the photos that the model was made of?",
        )
    east = np.cross((0.0, 1.0, 0.0) if abs(up[1]) < 0.9 else (1.0, 0.0, 0.0), up)
    east /= np.linalg.norm(east)
    sigma_rad = max(float(weight.sum() ** -0.5), _FLOOR_RAD)
    return np.stack((east, np.cross(up, east), up)), sigma_rad


def _laid(
    flat: Array, told: Array, sigma_m: Array, unit: tuple[float, float] | None
) -> tuple[Array, float, Array]:
    """Turn (3, 3) about the vertical, size and shift (3,) of places (N, 3) onto positions (N, 3):
    least squares in the plane (as complex numbers) with Cauchy's weights; the size by the unit
    where that is surer."""
    from_model, onto = flat[:, 0] + 1j * flat[:, 1], told[:, 0] + 1j * told[:, 1]
    weight = sigma_m**-2
    factor, spread = 0j, 0.0
    middle, target = flat[0], told[0]
    for _ in range(_ROUNDS):
        share = weight / weight.sum()
        middle, target = share @ flat, share @ told
        a, b = from_model - share @ from_model, onto - share @ onto
        spread = float((weight * np.abs(a) ** 2).sum())
        if spread <= 0:
            break
        factor = complex((weight * np.conj(a) * b).sum() / spread)
        weight = 1.0 / (sigma_m**2 + np.abs(b - factor * a) ** 2 / 2)
    size = abs(factor)
    sigma = 1.0 / (size * math.sqrt(spread)) if size > 0 and spread > 0 else math.inf
    cos, sin = (factor.real / size, factor.imag / size) if size > 0 else (1.0, 0.0)
    if unit is not None and unit[1] < sigma:
        size, sigma = unit
    if sigma > _MOST_SIZE_SIGMA:
        raise InputError(
            "neither depth nor positions that are further apart than they are uncertain say how "
            "large the model is", hint=_HINT,
        )  # fmt: skip
    turn = np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))
    return turn, size, np.asarray(target - size * turn @ middle)
