"""Features that several photos share, chained from pair matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from worldmap.records import PairRegistration
from worldmap.registration.view import PhotoView

SAME_PLACE_PX = 3.0
"""Features of a picture of a thousand pixels that are no further apart may be of one place."""
_CELLS = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LaidPlaces:
    """Where pictures have the places of tracks, one row per observation: uv_px (M, 2) in the
    full-size photo; covariance_px2 (M, 2, 2), NaN where the feature is all that says so."""

    uv_px: NDArray[np.float64]
    covariance_px2: NDArray[np.float64]

    @classmethod
    def nowhere(cls, count: int) -> LaidPlaces:
        """Of so many observations that no picture was asked of."""
        return cls(uv_px=np.full((count, 2), np.nan), covariance_px2=np.full((count, 2, 2), np.nan))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tracks:
    """One row per observation: photo (M,) index into the photos' order, feature (M,) row of its
    Features, track (M,) number of the point, 0 … count−1, each seen by two photos or more. laid:
    where pictures have them, None where nobody looked."""

    photo: NDArray[np.intp]
    feature: NDArray[np.intp]
    track: NDArray[np.intp]
    count: int
    laid: LaidPlaces | None = None


def build_tracks(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    *,
    per_photo: int,
    further: Mapping[tuple[int, int], NDArray[np.int32]] | None = None,
) -> Tracks:
    """Chain the pairs' inliers. A chain that meets one photo in two different places is wrong
    somewhere and is dropped whole. Of the rest each photo keeps its `per_photo` longest, spread
    over the image, and a track stays if any of its photos keeps it.

    further: by pair (photo_a, photo_b) more matches (K, 2); chains that they make wrong are what
    they are without them.
    """
    order = {photo_id: index for index, photo_id in enumerate(views)}
    sizes = [len(view.features) for view in views.values()]
    first = np.concatenate(([0], np.cumsum(sizes)))
    verified = [(p.key, p.inlier_index) for p in pairs]
    ends = [
        first[[order[i] for i in key]] + index.astype(np.intp)
        for key, index in (*verified, *(further or {}).items())
    ]
    link = np.concatenate([np.zeros((0, 2), dtype=np.intp), *ends])
    is_sure = np.arange(len(link)) < sum(len(index) for _, index in verified)
    chains = _chained(link, first, views)
    if not is_sure.all():
        wrong = np.zeros(int(first[-1]), dtype=np.bool_)
        wrong[first[chains.photo] + chains.feature] = np.isin(chains.chain, chains.torn)
        chains = _chained(link[is_sure | ~wrong[link[:, 0]]], first, views)
    chain, photo, feature, uv = chains.sound()
    keep = _spread(chain, photo, uv, views, per_photo)
    chain, photo, feature = chain[keep], photo[keep], feature[keep]
    track = np.unique(chain, return_inverse=True)[1]
    return Tracks(
        photo=photo, feature=feature, track=track, count=int(track.max()) + 1 if len(track) else 0
    )


def held_together(tracks: Tracks, photos: int, *, least: int) -> NDArray[np.bool_]:
    """Which of the photos (photos,) belong to the largest set that tracks connect, photos with
    fewer than `least` observations left aside."""
    enough = np.bincount(tracks.photo, minlength=photos) >= least
    rows = enough[tracks.photo]
    # Photos and points are the nodes; a point ties the photos that see it.
    links = coo_matrix(
        (
            np.ones(np.count_nonzero(rows), dtype=np.int8),
            (tracks.photo[rows], photos + tracks.track[rows]),
        ),
        shape=(photos + tracks.count, photos + tracks.count),
    )
    label = connected_components(links, directed=False)[1][:photos]
    if not enough.any():
        return enough
    largest = np.bincount(label[enough]).argmax()
    return np.asarray(enough & (label == largest))


def of_photos(tracks: Tracks, keep: NDArray[np.bool_]) -> Tracks:
    """The tracks as the kept photos alone see them, photos numbered anew; points that only one of
    them sees are left out."""
    rows = keep[tracks.photo]
    seen = np.bincount(tracks.track[rows], minlength=tracks.count)
    rows &= seen[tracks.track] >= 2
    track = np.unique(tracks.track[rows], return_inverse=True)[1]
    laid = tracks.laid
    return Tracks(
        photo=(np.cumsum(keep) - 1)[tracks.photo[rows]],
        feature=tracks.feature[rows],
        track=track,
        count=int(track.max()) + 1 if len(track) else 0,
        laid=laid and LaidPlaces(uv_px=laid.uv_px[rows], covariance_px2=laid.covariance_px2[rows]),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Chains:
    """Features that links hold together, sorted by chain and photo: chain, photo, feature (M,) and
    uv (M, 2). repeats (M,): those that are not the first of their photo. torn: the chains that meet
    a photo in two places."""

    chain: NDArray[np.intp]
    photo: NDArray[np.intp]
    feature: NDArray[np.intp]
    uv: NDArray[np.float64]
    repeats: NDArray[np.bool_]
    torn: NDArray[np.intp]

    def sound(
        self,
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Chain, photo, feature and uv of the chains that are not torn, each photo once."""
        good = ~self.repeats & ~np.isin(self.chain, self.torn)
        length = np.bincount(self.chain[good], minlength=int(self.chain.max(initial=0)) + 1)
        good &= length[self.chain] >= 2
        return self.chain[good], self.photo[good], self.feature[good], self.uv[good]


def _chained(
    link: NDArray[np.intp], first: NDArray[np.intp], views: Mapping[int, PhotoView]
) -> _Chains:
    """link (L, 2) numbers of features, those of each photo counted from `first`."""
    total = int(first[-1])
    ones = np.ones(len(link), dtype=np.int8)
    label = connected_components(
        coo_matrix((ones, (link[:, 0], link[:, 1])), shape=(total, total)), directed=False
    )[1]
    node = np.unique(link)
    chain = np.unique(label[node], return_inverse=True)[1]
    photo = np.searchsorted(first, node, side="right") - 1
    feature = node - first[photo]
    uv = np.concatenate([v.features.uv_px for v in views.values()]).astype(np.float64)[node]
    sort = np.lexsort((feature, photo, chain))
    chain, photo, feature, uv = chain[sort], photo[sort], feature[sort], uv[sort]
    repeats, apart = np.zeros(len(chain), dtype=np.bool_), np.zeros(len(chain))
    repeats[1:] = (chain[1:] == chain[:-1]) & (photo[1:] == photo[:-1])
    apart[1:] = np.linalg.norm(uv[1:] - uv[:-1], axis=1)
    width = np.array([v.camera.width_px for v in views.values()])
    torn = repeats & (apart > SAME_PLACE_PX * width[photo] / 1000.0)
    return _Chains(
        chain=chain,
        photo=photo,
        feature=feature,
        uv=uv,
        repeats=repeats,
        torn=np.unique(chain[torn]),
    )


def _spread(
    chain: NDArray[np.intp],
    photo: NDArray[np.intp],
    uv: NDArray[np.float64],
    views: Mapping[int, PhotoView],
    per_photo: int,
) -> NDArray[np.bool_]:
    if not len(chain):
        return np.zeros(0, dtype=np.bool_)
    length = np.bincount(chain)
    wanted = np.zeros(len(length), dtype=bool)
    for index, view in enumerate(views.values()):
        rows = np.flatnonzero(photo == index)
        side = max(view.camera.width_px, view.camera.height_px) / _CELLS
        cell = np.floor(uv[rows] / side).astype(np.intp)
        cell_key = cell[:, 1] * 1000 + cell[:, 0]
        # Take the longest of each cell, then the second longest of each, and so on; of those of
        # one turn the longest first.
        by_cell = np.lexsort((chain[rows], -length[chain[rows]], cell_key))
        sorted_key, sorted_chain = cell_key[by_cell], chain[rows[by_cell]]
        rank = np.arange(len(rows)) - np.searchsorted(sorted_key, sorted_key)
        best = np.lexsort((sorted_chain, -length[sorted_chain], rank))[:per_photo]
        wanted[sorted_chain[best]] = True
    return np.asarray(wanted[chain])
