"""One brightness for the whole map: a gain per photo and colour from what photos both see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from worldmap.fuse.voxel import Gains
from worldmap.records import ColourRatio

_PRIOR_POINTS = 500.0
"""A photo keeps its own exposure as if so many points had said so: where overlaps are small, and
so that the whole map does not drift."""
_FULL_TRUST_POINTS = 5000
"""More points of one pair say the same again."""
_LARGEST_LOG_GAIN = 0.7
_STEP = 0.005
"""Gains are rounded to half a percent, so that a new photo far away changes nothing here."""


def tied_to(photo_ids: Collection[int], ratios: Iterable[ColourRatio]) -> set[int]:
    """The photos that share colours with some of these, directly or over others, and those."""
    beside: dict[int, set[int]] = defaultdict(set)
    for ratio in ratios:
        beside[ratio.photo_a].add(ratio.photo_b)
        beside[ratio.photo_b].add(ratio.photo_a)
    found, waiting = set(photo_ids), list(photo_ids)
    while waiting:
        more = beside[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def exposure_gains(
    photo_ids: Sequence[int], ratios: Iterable[ColourRatio], fixed: Gains | None = None
) -> Gains:
    """What to multiply each photo's red, green and blue values by so that overlaps agree.

    Log gains g minimise Σ w (g_a − g_b + log ratio)² + w₀ Σ g², least squares as in gain
    compensation of panoramas (Brown & Lowe, IJCV 2007); no gain exceeds a factor of two. Photos
    that share nothing keep their colours. fixed: gains of some of the photos that stay as they
    are.
    """
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    ids = sorted(set(photo_ids))
    number = {photo_id: row for row, photo_id in enumerate(ids)}
    known = [r for r in ratios if r.photo_a in number and r.photo_b in number]
    if not known:
        return {}
    a = np.array([number[r.photo_a] for r in known])
    b = np.array([number[r.photo_b] for r in known])
    weight = np.minimum([r.points for r in known], _FULL_TRUST_POINTS).astype(np.float64)
    log_ratio = np.array([r.log_ratio for r in known])
    count = len(ids)
    rows = np.concatenate((a, b, a, b, np.arange(count)))
    columns = np.concatenate((a, b, b, a, np.arange(count)))
    values = np.concatenate((weight, weight, -weight, -weight, np.full(count, _PRIOR_POINTS)))
    normal = sparse.csc_array((values, (rows, columns)), shape=(count, count))
    right = np.zeros((count, 3))
    np.add.at(right, a, -weight[:, None] * log_ratio)
    np.add.at(right, b, weight[:, None] * log_ratio)
    log_gain = np.zeros((count, 3))
    stays = np.zeros(count, dtype=bool)
    for photo_id, own in (fixed or {}).items():
        if photo_id in number:
            log_gain[number[photo_id]] = np.log(own)
            stays[number[photo_id]] = True
    free = np.flatnonzero(~stays)
    if len(free):
        right = right - normal @ log_gain
        inside = normal[free][:, free].tocsc()
        solved = [spsolve(inside, right[free, channel]) for channel in range(3)]
        log_gain[free] = np.column_stack(solved)
    log_gain = np.clip(log_gain, -_LARGEST_LOG_GAIN, _LARGEST_LOG_GAIN)
    gain = np.exp(np.rint(log_gain / _STEP) * _STEP)
    return {
        photo_id: (float(red), float(green), float(blue))
        for photo_id, (red, green, blue) in zip(ids, gain, strict=True)
    }
