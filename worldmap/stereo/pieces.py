"""Pieces of a surface: pixels that hang together."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from worldmap.stereo.picture import Followed

Bools = NDArray[np.bool_]

# Two pixels beside each other are of one piece where their places differ by less: some sigmas of a
# match.
_SAME_PX: Final = 0.5
# A piece is what most of it is.
_MOST: Final = 0.5


def vouched(surface: Followed, sure: Bools, open_: Bools) -> Bools:
    """(H, W) what is sure, and of what is open the pixels in pieces of the surface of which most is
    sure: a wrong match does not go over into a right one without a step."""
    asked = sure | open_
    at = np.arange(asked.size).reshape(asked.shape)
    ends = []
    for first, second in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        step = np.abs(surface.inverse[first] - surface.inverse[second])
        same = asked[first] & asked[second]
        same &= step < _SAME_PX * surface.pixel_rel[first] * surface.inverse[first]
        ends.append((at[first][same], at[second][same]))
    rows, columns = (np.concatenate([each[k] for each in ends]) for k in (0, 1))
    beside = coo_matrix((np.ones(len(rows), np.uint8), (rows, columns)), (at.size, at.size))
    piece = connected_components(beside, directed=False)[1].reshape(asked.shape)
    count, known = (np.bincount(piece[each], minlength=at.size) for each in (asked, sure))
    return np.asarray(asked & (sure | (known > _MOST * count)[piece]))
