"""Heights of photos that tell none, or one that nobody around them has, by those around them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from worldmap.geodesy import ecef_from_geodetic
from worldmap.records import LedgerEntry, PosePrior

# Further away the ground is another one; streets climb by a tenth at most.
_REACH_M = 500.0
_CLIMB = 0.1
_NEIGHBOURS = 5
# Who says something else than all others is wrong, or on a tower: sigmas, on ground as steep as a
# roof, and what two surfaces of reference and a barometer may differ by.
_LEAST_WITNESSES = 3
_ODD_SIGMAS = 5.0
_STEEPEST = 1.0
_SURFACES_M = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPoint:
    """A place whose height is surveyed: metres above the ellipsoid."""

    lat_deg: float
    lon_deg: float
    height_m: float
    vertical_sigma_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowedHeight:
    """A first guess with a height that others gave it, and the line of the ledger that says so."""

    prior: PosePrior
    entry: LedgerEntry


def heights_by_neighbours(
    priors: Sequence[PosePrior], has_height: Sequence[bool], ground: Sequence[GroundPoint] = ()
) -> Mapping[int, BorrowedHeight]:
    """By index the first guesses (of photos with a position and no height) that neighbours within
    500 m give one, photos or surveyed points: the median of up to five.

    Its sigma: what the neighbours' own is (they err together), how they differ, and how far the
    ground may climb in between.
    """
    placed = [i for i, prior in enumerate(priors) if prior.has_position]
    asking = [i for i in placed if not has_height[i]]
    around = _Around(priors, [i for i in placed if has_height[i]], ground)
    found = {}
    for i in asking:
        if near := around.nearest(i):
            found[i] = _borrowed(priors[i], near)
    return found


def heights_that_disagree(
    priors: Sequence[PosePrior], has_height: Sequence[bool], ground: Sequence[GroundPoint] = ()
) -> Mapping[int, BorrowedHeight]:
    """By index the first guesses whose height the neighbours within 500 m contradict, as widely as
    it is off from theirs: unknown altitudes are written in many ways. Drones tell their own."""
    telling = [
        i
        for i, prior in enumerate(priors)
        if prior.has_position and has_height[i] and not prior.position_source.startswith("xmp")
    ]
    around = _Around(priors, telling, ground)
    found = {}
    for i in telling:
        near = around.nearest(i)
        if len(near) < _LEAST_WITNESSES:
            continue
        prior, theirs = priors[i], _borrowed(priors[i], near).prior
        assert prior.height_m is not None
        assert theirs.height_m is not None
        off_m = abs(prior.height_m - theirs.height_m)
        climb_m = _STEEPEST * float(np.median([each.away_m for each in near]))
        sigma_m = math.hypot(prior.vertical_sigma_m, theirs.vertical_sigma_m)
        if off_m <= _ODD_SIGMAS * sigma_m + climb_m + _SURFACES_M:
            continue
        found[i] = BorrowedHeight(
            prior=replace(prior, vertical_sigma_m=off_m),
            entry=LedgerEntry(
                quantity="height",
                value="",
                sigma=f"{off_m:.3g} m",
                source="neighbours",
                raw="",
                used=True,
                note=f"{_whose(near)} around have {theirs.height_m:.0f} m (ellipsoid)",
            ),
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """What one neighbour tells, and how far away it is."""

    away_m: float
    height_m: float
    sigma_m: float
    is_photo: bool


class _Around:
    """Who tells a height, photos by their index and surveyed points, by where they are."""

    def __init__(
        self, priors: Sequence[PosePrior], telling: Sequence[int], ground: Sequence[GroundPoint]
    ) -> None:
        self._priors, self._telling, self._ground = priors, list(telling), list(ground)
        places = [_on_ground(priors[i]) for i in telling] + [_on_ground(point) for point in ground]
        self._tree = KDTree(np.array(places)) if places else None

    def nearest(self, index: int) -> list[_Near]:
        """Up to five within reach of a photo, without itself."""
        if self._tree is None:
            return []
        count = min(_NEIGHBOURS + 1, len(self._telling) + len(self._ground))
        away, rows = self._tree.query(_on_ground(self._priors[index]), k=[*range(1, count + 1)])
        found = []
        for away_m, row in zip(np.ravel(away).tolist(), np.ravel(rows).tolist(), strict=True):
            is_photo = row < len(self._telling)
            if away_m > _REACH_M or (is_photo and self._telling[row] == index):
                continue
            told: PosePrior | GroundPoint = (
                self._priors[self._telling[row]]
                if is_photo
                else self._ground[row - len(self._telling)]
            )
            assert told.height_m is not None
            found.append(
                _Near(
                    away_m=away_m,
                    height_m=told.height_m,
                    sigma_m=told.vertical_sigma_m,
                    is_photo=is_photo,
                )
            )
        return found[:_NEIGHBOURS]


def _whose(near: Sequence[_Near]) -> str:
    photos = sum(each.is_photo for each in near)
    points = len(near) - photos
    told = [f"{photos} photos"] if photos else []
    return " and ".join([*told, *([f"{points} surveyed points"] if points else [])])


def _on_ground(place: PosePrior | GroundPoint) -> NDArray[np.float64]:
    assert place.lat_deg is not None
    assert place.lon_deg is not None
    return ecef_from_geodetic(place.lat_deg, place.lon_deg, 0.0)


def _borrowed(prior: PosePrior, near: Sequence[_Near]) -> BorrowedHeight:
    heights, sigmas, away = (
        np.array(column)
        for column in zip(*((n.height_m, n.sigma_m, n.away_m) for n in near), strict=True)
    )
    height_m = float(np.median(heights))
    spread_m = float(1.4826 * np.median(np.abs(heights - height_m)))
    climb_m = _CLIMB * float(np.hypot(np.median(away), prior.horizontal_sigma_m))
    sigma_m = float(np.linalg.norm((np.median(sigmas), spread_m, climb_m)))
    source = prior.position_source.replace("height unknown", "height by neighbours")
    return BorrowedHeight(
        prior=replace(prior, height_m=height_m, vertical_sigma_m=sigma_m, position_source=source),
        entry=LedgerEntry(
            quantity="height",
            value=f"{height_m:.2f} m (ellipsoid)",
            sigma=f"{sigma_m:.3g} m",
            source="neighbours",
            raw="",
            used=True,
            note=f"of {_whose(near)} within {away.max():.0f} m",
        ),
    )
