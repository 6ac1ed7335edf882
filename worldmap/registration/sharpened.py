"""Tracks whose features are laid onto each other by the photos' own pixels.

A feature says where a blob is: to a third of a pixel, a large one to several. The pixels about it
say to a tenth where other photos show the same place. So each track has one photo that says which
place it is, and all others where they see that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.guided import PlacedFeatures
from worldmap.registration.picture import PictureSource
from worldmap.registration.shown import AT_HAND, PlacedPicture
from worldmap.registration.tracks import SAME_PLACE_PX, LaidPlaces, Tracks

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# A place lies no further from its feature than half of that.
_SHARE_OF_FEATURE: Final = 0.5


def sharpened(
    tracks: Tracks, placed: Mapping[int, PlacedFeatures], pictures: Mapping[int, PictureSource]
) -> Tracks:
    """The tracks with where their pictures have them (`Tracks.laid`). placed: the tracks' photos in
    their order, by id, with their lenses and roughly in place. Of photos without a picture all
    stays as found, and so does what is no surer by it.
    """
    ids = list(placed)

    @lru_cache(maxsize=AT_HAND)
    def shown(index: int) -> PlacedPicture | None:
        own = placed[ids[index]]
        picture = pictures.get(ids[index])
        return PlacedPicture.of(own.features, own.camera, own.enu_from_cam, picture)

    uv_px, metres_px = np.zeros((len(tracks.photo), 2)), np.zeros(len(tracks.photo))
    for index, each in enumerate(placed.values()):
        rows = tracks.photo == index
        of = tracks.feature[rows]
        uv_px[rows] = each.features.uv_px[of]
        metres_px[rows] = each.features.xyz_cam[of, 2] * each.enu_from_cam.scale
        metres_px[rows] /= each.camera.fx_px
    best = _best_seen(tracks, metres_px)
    covariance_px2 = np.full((len(uv_px), 2, 2), np.nan)
    others = np.flatnonzero(best != np.arange(len(best)))
    ends = np.column_stack((tracks.photo[best[others]], tracks.photo[others]))
    pairs, of_pair = np.unique(ends, axis=0, return_inverse=True)
    by_pair = others[np.argsort(of_pair, kind="stable")]
    first = np.searchsorted(np.sort(of_pair), np.arange(len(pairs) + 1))
    for (a, b), (begin, end) in zip(pairs.tolist(), pairwise(first), strict=True):
        rows = by_pair[begin:end]
        one, other = shown(a), shown(b)
        if one is None or other is None:
            continue
        found_px, known_px2 = _found(
            *(one, placed[ids[a]], tracks.feature[best[rows]]),
            *(other, placed[ids[b]], tracks.feature[rows]),
        )
        laid = np.isfinite(known_px2).all(axis=(1, 2))
        uv_px[rows[laid]], covariance_px2[rows[laid]] = found_px[laid], known_px2[laid]
        covariance_px2[best[rows[laid]]] = one.floor_px2
    return replace(tracks, laid=LaidPlaces(uv_px=uv_px, covariance_px2=covariance_px2))


def _best_seen(tracks: Tracks, metres_px: Array) -> Ints:
    """(M,) the row of each one's track that sees it with the smallest pixels."""
    order = np.lexsort((metres_px, tracks.track))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = tracks.track[order[1:]] != tracks.track[order[:-1]]
    best = np.zeros(tracks.count, dtype=np.intp)
    best[tracks.track[order[first]]] = order[first]
    return best[tracks.track]


def _found(
    one: PlacedPicture,
    placed_one: PlacedFeatures,
    of_one: Ints,
    other: PlacedPicture,
    placed_other: PlacedFeatures,
    of_other: Ints,
) -> tuple[Array, Array]:
    """Where the other photo shows the places of the one's features: pixels (K, 2) near its own
    features, and their covariance (K, 2, 2), NaN where it does not show them or its features say it
    as well."""
    features, others = placed_one.features, placed_other.features
    near_px = others.uv_px[of_other].astype(np.float64)
    surfaces = one.surfaces(
        features.uv_px[of_one].astype(np.float64), features.xyz_cam[of_one, 2].astype(np.float64)
    )
    seen = surfaces.seen_in(other, near_px)
    off_px = np.linalg.norm((seen.uv_px - near_px) * other.shrunk, axis=1)
    size_px = others.scale_px[of_other] * other.shrunk.max()
    longer_px = max(other.camera.width_px, other.camera.height_px)
    reach_px = np.maximum(SAME_PLACE_PX * longer_px / 1000.0, _SHARE_OF_FEATURE * size_px)
    covariance_px2 = seen.covariance_px2.copy()
    with np.errstate(invalid="ignore"):
        good = (off_px < reach_px) & (np.linalg.det(covariance_px2) < placed_other.sigma_px**4)
    covariance_px2[~good] = np.nan
    return seen.uv_px, covariance_px2
