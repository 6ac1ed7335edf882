"""Places that look alike, told apart by what they do not share.

Pairs between two such places fit, and fit each other. What each of them misses (`missing`) is asked
of all: one may have a stranger's van in the way, but two sets of photos whose pairs miss more, all
together, than pairs of one place do are of two places. The sets are sides of a cut: pairs have
signed weights for being of one place, the lowest eigenvectors of their Laplacian say where to begin
(Kunegis et al., "Spectral analysis of signed graphs", SDM 2010), then photos change sides one by
one as long as that is better (Kernighan & Lin, Bell System Technical Journal 1970).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.records import PairRegistration
from worldmap.registration.missing import FoundAgain, Missing
from worldmap.registration.rig import BY_RIG
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Of right pairs, on two real places and streets of two generators, one in a hundred misses more:
# in whole parts, and all over.
_WHOLE_PARTS, _ALL_OVER = 0.1, 0.55
# Nats for one place of a pair that misses nothing, and how they fall with what is missing: places
# that are alike in a part give pairs that miss any share of up to all but that part. Other light
# or another season lets things be missing all over, too, but not next to all. No single pair says
# more against one place than the last.
_CLEAN, _PER_PART, _PER_REST, _LEAST = 1.0, 30.0, 20.0, -6.0
# And of one of which too few features are asked: it fits.
_UNASKED: Final = 0.3
_ONE_RIG: Final = 1e3
# Of sets of photos that pairs tie together one in 150 is of two places.
_ONE_PLACE: Final = 5.0
# A photo for whose being of the other place as much speaks, of what speaks for its own, may be of
# either.
_UNSURE_SHARE: Final = 0.25
_EIGENVECTORS, _WORST = 3, 5


def of_other_places(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    tags_say: Callable[[PairRegistration], float],
) -> dict[int, str]:
    """Row of each accepted pair that ties two places which only look alike -> why it is not
    believed. tags_say: the nats for one place that a pair's positions are worth, 0 where they say
    nothing; asked only where pairs are suspicious."""
    live = {row: pair for row, pair in enumerate(pairs) if pair.accepted}
    found_again = FoundAgain(views, list(live.values()))
    missing = {row: found_again.missing(pair) for row, pair in live.items()}
    nats = {row: _nats(each) for row, each in missing.items()}
    # Views of one panorama are of one place.
    nats |= {row: _ONE_RIG for row, pair in live.items() if pair.method == BY_RIG}
    suspicious = {
        row for row, each in missing.items() if _is_suspicious(each) and nats[row] < _ONE_RIG
    }
    refused: dict[int, str] = {}
    for around in _surroundings(live, suspicious):
        by_tags = {row: tags_say(pair) for row, pair in around.items()}
        for row in _Ties(around, nats, by_tags).cut():
            lost = "other pairs of these places miss much of what both should show"
            if row in suspicious:
                lost = f"{100 * missing[row].share:.0f} % of what both should show is not in both"
            refused[row] = f"{lost}: they look alike"
    return refused


def _is_suspicious(missing: Missing) -> bool:
    return missing.whole_parts > _WHOLE_PARTS or missing.share > _ALL_OVER


def _nats(missing: Missing) -> float:
    """For one place."""
    if not missing.is_told:
        return _UNASKED
    against = max(_PER_PART * missing.whole_parts, _PER_REST * max(missing.share - _ALL_OVER, 0.0))
    return max(_CLEAN - against, _LEAST)


def _surroundings(
    live: Mapping[int, PairRegistration], suspicious: set[int]
) -> Iterator[dict[int, PairRegistration]]:
    """Pairs by row among the photos of suspicious ones that hang together, and those tied to
    these. What ties the places in another way, street by street, is farther."""
    of_photo: defaultdict[int, list[int]] = defaultdict(list)
    for row, pair in live.items():
        for i in pair.key:
            of_photo[i].append(row)
    photos = sorted({i for row in suspicious for i in live[row].key})
    for group in components(photos, [live[row] for row in sorted(suspicious)]):
        own = {row for i in group for row in of_photo[i]}
        near = {i for row in own for i in live[row].key}
        rows = {row for i in near for row in of_photo[i]}
        yield {row: live[row] for row in sorted(rows) if {*live[row].key} <= near}


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Pairs by row, and by row the nats for one place of each: of its pictures, of its tags."""

    pairs: Mapping[int, PairRegistration]
    nats: Mapping[int, float]
    by_tags: Mapping[int, float]

    def cut(self) -> set[int]:
        """Rows of the pairs between places, of which there may be more than two."""
        photos = sorted({i for pair in self.pairs.values() for i in pair.key})
        weight = self._weights(photos)
        best, lowest = set[int](), 0.0
        side = np.zeros(0, dtype=np.bool_)
        for start in _starts(weight):
            settled = _settled(start, weight)
            left = {photo for photo, is_left in zip(photos, settled, strict=True) if is_left}
            between = {row for row, p in self.pairs.items() if len({*p.key} & left) == 1}
            if between and (said := self._for_one_place(between)) < lowest:
                best, lowest, side = between, said, settled
        if not best:
            return best
        unsure = {
            photo for photo, is_so in zip(photos, _unsure(side, weight), strict=True) if is_so
        }
        best = best | {row for row, pair in self.pairs.items() if {*pair.key} & unsure}
        for which in (side, ~side):
            own = {photo for photo, inside in zip(photos, which, strict=True) if inside}
            own -= unsure
            inside = {row: p for row, p in self.pairs.items() if {*p.key} <= own}
            if inside:
                best = best | _Ties(inside, self.nats, self.by_tags).cut()
        return best

    def _weights(self, photos: Sequence[int]) -> Array:
        number = {photo: n for n, photo in enumerate(photos)}
        weight = np.zeros((len(photos), len(photos)))
        for row, pair in self.pairs.items():
            i, j = (number[photo] for photo in pair.key)
            weight[i, j] = weight[j, i] = self.nats[row] + self.by_tags[row]
        return weight

    def _for_one_place(self, between: set[int]) -> float:
        """Nats that two sets of photos are of one place, by all pairs between them. Positions of
        one device err together: they count once."""
        by_tags = float(np.median([self.by_tags[row] for row in between]))
        return _ONE_PLACE + sum(self.nats[row] for row in sorted(between)) + by_tags


def _starts(weight: Array) -> Iterator[Bools]:
    """Sides (N,) to begin with: by the lowest eigenvectors, and about the pairs that speak most
    against one place."""
    laplacian = np.diag(np.abs(weight).sum(axis=1)) - weight
    vectors = np.linalg.eigh(laplacian)[1]
    for k in range(min(_EIGENVECTORS, len(weight))):
        yield vectors[:, k] > 0
    worst = np.argsort(np.triu(weight), axis=None, kind="stable")[:_WORST]
    for i, j in zip(*np.unravel_index(worst, weight.shape), strict=True):
        side = weight[i] > weight[j]
        side[i], side[j] = True, False
        yield side


def _settled(side: Bools, weight: Array) -> Bools:
    """Sides after each photo went to where it is better off, the one that gains most first."""
    sign = np.where(side, 1.0, -1.0)
    for _ in range(4 * len(sign)):
        gain = sign * np.einsum("ij,j->i", weight, sign)
        worst = int(np.argmin(gain))
        if gain[worst] >= 0:
            break
        sign[worst] = -sign[worst]
    return np.asarray(sign > 0)


def _unsure(side: Bools, weight: Array) -> Bools:
    """(N,) photos that see only what the places have in common, and may be of either."""
    sign = np.where(side, 1.0, -1.0)
    with_own = weight * (sign[:, None] == sign)
    other = (weight - with_own).sum(axis=1)
    return np.asarray(other >= np.maximum(_CLEAN, _UNSURE_SHARE * with_own.sum(axis=1)))
