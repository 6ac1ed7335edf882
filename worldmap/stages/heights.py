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
class BorrowedHeight:
    """A first guess with a height that others gave it, and the line of the ledger that says so."""

    prior: PosePrior
    entry: LedgerEntry


def heights_by_neighbours(
    priors: Sequence[PosePrior], has_height: Sequence[bool]
) -> Mapping[int, BorrowedHeight]:
    """By index the first guesses (of photos with a position and no height) that neighbours within
    500 m give one: the median of up to five.

    Its sigma: what the neighbours' own is (they err together), how they differ, and how far the
    ground may climb in between.
    """
    placed = [i for i, prior in enumerate(priors) if prior.has_position]
    telling = [i for i in placed if has_height[i]]
    asking = [i for i in placed if not has_height[i]]
    if not telling or not asking:
        return {}
    around = _Around(priors, telling)
    found = {}
    for i in asking:
        if near := around.nearest(i):
            found[i] = _borrowed(priors[i], near, priors)
    return found


def heights_that_disagree(
    priors: Sequence[PosePrior], has_height: Sequence[bool]
) -> Mapping[int, BorrowedHeight]:
    """By index the first guesses whose height the neighbours within 500 m contradict, as widely as
    it is off from theirs: unknown altitudes are written in many ways. Drones tell their own."""
    telling = [
        i
        for i, prior in enumerate(priors)
        if prior.has_position and has_height[i] and not prior.position_source.startswith("xmp")
    ]
    if len(telling) <= _LEAST_WITNESSES:
        return {}
    around = _Around(priors, telling)
    found = {}
    for i in telling:
        near = around.nearest(i)
        if len(near) < _LEAST_WITNESSES:
            continue
        prior, theirs = priors[i], _borrowed(priors[i], near, priors).prior
        assert prior.height_m is not None
        assert theirs.height_m is not None
        off_m = abs(prior.height_m - theirs.height_m)
        climb_m = _STEEPEST * float(np.median([away_m for away_m, _ in near]))
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
                note=f"{len(near)} photos around have {theirs.height_m:.0f} m (ellipsoid)",
            ),
        )
    return found


class _Around:
    """Photos that tell a height, by where they are."""

    def __init__(self, priors: Sequence[PosePrior], telling: Sequence[int]) -> None:
        self._priors, self._telling = priors, telling
        self._tree = KDTree(np.array([_on_ground(priors[i]) for i in telling]))

    def nearest(self, index: int) -> list[tuple[float, int]]:
        """Up to five others within reach of a photo, with how far away they are."""
        count = min(_NEIGHBOURS + 1, len(self._telling))
        away, rows = self._tree.query(_on_ground(self._priors[index]), k=[*range(1, count + 1)])
        pairs = zip(np.ravel(away).tolist(), np.ravel(rows).tolist(), strict=True)
        near = [(d, self._telling[r]) for d, r in pairs if d <= _REACH_M]
        return [(d, i) for d, i in near if i != index][:_NEIGHBOURS]


def _on_ground(prior: PosePrior) -> NDArray[np.float64]:
    assert prior.lat_deg is not None
    assert prior.lon_deg is not None
    return ecef_from_geodetic(prior.lat_deg, prior.lon_deg, 0.0)


def _borrowed(
    prior: PosePrior, near: Sequence[tuple[float, int]], priors: Sequence[PosePrior]
) -> BorrowedHeight:
    heights = np.array([priors[k].height_m for _, k in near], dtype=np.float64)
    sigmas = np.array([priors[k].vertical_sigma_m for _, k in near])
    away = np.array([d for d, _ in near])
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
            note=f"of {len(near)} photos within {away.max():.0f} m",
        ),
    )
