"""Heights of photos that tell none, by those around them that do."""

from __future__ import annotations

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
    tree = KDTree(np.array([_on_ground(priors[i]) for i in telling]))
    found = {}
    for i in asking:
        away, rows = tree.query(
            _on_ground(priors[i]), k=[*range(1, min(_NEIGHBOURS, len(telling)) + 1)]
        )
        pairs = zip(np.ravel(away).tolist(), np.ravel(rows).tolist(), strict=True)
        near = [(d, telling[r]) for d, r in pairs if d <= _REACH_M]
        if near:
            found[i] = _borrowed(priors[i], near, priors)
    return found


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
