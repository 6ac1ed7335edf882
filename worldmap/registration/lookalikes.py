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
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from worldmap.records import PairRegistration
from worldmap.registration.missing import FoundAgain, Missing
from worldmap.registration.rig import BY_RIG
from worldmap.registration.session import sessions
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Of what both photos of a right pair should show at least so much is missing, on the mean; more
# where the best pairs of an area miss more.
_USUAL: Final = 0.02
# Nats for one place are no more than the first of any pair, nor less than the last, and fall with
# what is missing in whole parts: places that are alike in a part give pairs that miss any share of
# up to all but that part. Of 275 right pairs, on two real places and streets of two generators,
# none misses a fiftieth so.
_CLEAN, _PER_PART, _LEAST = 1.0, 30.0, -6.0
# A pair that says so much against one place is looked into.
_SUSPICIOUS: Final = -0.5
# And of one of which too few features are asked: it fits.
_UNASKED: Final = 0.3
_ONE_RIG: Final = 1e3
# Of sets of photos that pairs tie together one in 150 is of two places; where some are, others of
# the same look are as likely as not.
_ONE_PLACE, _ONE_MORE = 5.0, 0.0
# Positions so much less likely with one place than with two are suspicious, too.
_BY_TAGS: Final = -3.0
# A receiver that is wrong is so at the next photo, too, one time in three: one nat of four.
_STILL: Final = 0.25
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
    nothing."""
    live = {row: pair for row, pair in enumerate(pairs) if pair.accepted}
    errs_with = {
        i: (session, str(at if (at := views[i].position_ecef) is None else at.tolist()))
        for i, session in sessions(views).items()
    }
    found_again = FoundAgain(views, list(live.values()))
    missing = {row: found_again.missing(pair) for row, pair in live.items()}
    usual = _usual_shares(live, missing, errs_with)
    nats = {row: _nats(each, usual[row]) for row, each in missing.items()}
    suspicious = {row for row, said in nats.items() if said < _SUSPICIOUS}
    # Views of one panorama are of one place.
    nats |= {row: _ONE_RIG for row, pair in live.items() if pair.method == BY_RIG}
    by_tags = {row: tags_say(pair) for row, pair in live.items()}
    begin = suspicious | {row for row, said in by_tags.items() if said < _BY_TAGS}
    begin = {row for row in begin if nats[row] < _ONE_RIG}
    refused: dict[int, str] = {}
    for around in _surroundings(live, begin):
        for row in _Ties(around, nats, by_tags, errs_with).cut(_ONE_PLACE):
            if row in suspicious:
                lost = f"{100 * missing[row].share:.0f} % of what both should show is not in both"
            elif suspicious & around.keys():
                lost = "other pairs of these places miss much of what both should show"
            else:
                lost = "positions of these photos are of two places"
            refused[row] = f"{lost}: they look alike"
    return refused


def _usual_shares(
    live: Mapping[int, PairRegistration],
    missing: Mapping[int, Missing],
    errs_with: Mapping[int, tuple[str, str]],
) -> dict[int, float]:
    """By row what right pairs like it miss, on the mean, those within a session under one light and
    those between two under any: of a photo's pairs the one that misses least is right nearly
    always, whatever else looks like it."""
    within = {row: len({errs_with[i][0] for i in pair.key}) == 1 for row, pair in live.items()}
    least: defaultdict[tuple[bool, int], float] = defaultdict(lambda: 1.0)
    for row, pair in live.items():
        if missing[row].is_told:
            for i in pair.key:
                key = within[row], i
                least[key] = min(least[key], missing[row].share)
    usual = {}
    for kind in (True, False):
        told = [share for (is_within, _), share in least.items() if is_within == kind]
        usual[kind] = max(_USUAL, float(np.mean(told)) if told else 0.0)
    return {row: usual[kind] for row, kind in within.items()}


def _nats(missing: Missing, usual: float) -> float:
    """For one place. The share that a right pair misses is of a Beta distribution (1, b) about the
    usual one; another place may miss any."""
    if not missing.is_told:
        return _UNASKED
    lost = round(missing.share * missing.expected)
    found = missing.expected - lost
    b = max(1.0 / usual - 1.0, 1.0)
    right = np.log(b) + betaln(lost + 1, found + b) - betaln(lost + 1, found + 1)
    return float(max(min(right, _CLEAN, _CLEAN - _PER_PART * missing.whole_parts), _LEAST))


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
    """Pairs by row, and by row the nats for one place of each: of its pictures, of its tags;
    errs_with: of each photo its session, and what has the same position."""

    pairs: Mapping[int, PairRegistration]
    nats: Mapping[int, float]
    by_tags: Mapping[int, float]
    errs_with: Mapping[int, tuple[str, str]]

    def cut(self, one_place: float) -> set[int]:
        """Rows of the pairs between places, of which there may be more than two; one_place: nats
        that all are of one before any pair is asked."""
        photos = sorted({i for pair in self.pairs.values() for i in pair.key})
        weight = self._weights(photos, self.by_tags)
        best, lowest = set[int](), 0.0
        side = np.zeros(0, dtype=np.bool_)
        for start in _starts(weight):
            settled = _settled(start, weight)
            left = {photo for photo, is_left in zip(photos, settled, strict=True) if is_left}
            between = {row for row, p in self.pairs.items() if len({*p.key} & left) == 1}
            if not between:
                continue
            said = one_place + self._for_one_place(between, left)
            if said < lowest:
                best, lowest, side = between, said, settled
        if not best:
            return best
        # Positions of one place may be of two that are near each other.
        against = self._weights(photos, {row: min(said, 0.0) for row, said in self.by_tags.items()})
        unsure = {
            photo for photo, is_so in zip(photos, _unsure(side, against), strict=True) if is_so
        }
        best = best | {row for row, pair in self.pairs.items() if {*pair.key} & unsure}
        for which in (side, ~side):
            own = {photo for photo, inside in zip(photos, which, strict=True) if inside}
            own -= unsure
            inside = {row: p for row, p in self.pairs.items() if {*p.key} <= own}
            if inside:
                best = best | replace(self, pairs=inside).cut(_ONE_MORE)
        return best

    def _weights(self, photos: Sequence[int], by_tags: Mapping[int, float]) -> Array:
        number = {photo: n for n, photo in enumerate(photos)}
        weight = np.zeros((len(photos), len(photos)))
        for row, pair in self.pairs.items():
            i, j = (number[photo] for photo in pair.key)
            weight[i, j] = weight[j, i] = self.nats[row] + by_tags[row]
        return weight

    def _for_one_place(self, between: set[int], left: set[int]) -> float:
        """Nats that photos on the left and the others are of one place, by all pairs between them.

        A photo that shows nothing but what is alike does so in all its pairs: what speaks for one
        place is said once by each. Positions that agree say so once, however many. Those that do
        not are as many errors as it takes: those of two sessions are one, and in one session what
        is wrong stays so for a while.
        """
        rows = sorted(between)
        ends = [sorted(self.pairs[row].key, key=lambda i: i not in left) for row in rows]
        nats = np.array([self.nats[row] for row in rows])
        clean = nats > 0
        by_pictures = nats[~clean].sum() + _once(np.array(ends)[clean], nats[clean])
        by_tags = np.array([self.by_tags[row] for row in rows])
        agreed = float(np.median(by_tags))
        if agreed < 0:
            agreed = self._errors(ends, by_tags)
        return float(by_pictures) + agreed

    def _errors(self, ends: Sequence[Sequence[int]], by_tags: Array) -> float:
        """Nats that it takes for positions of photos left and right (P, 2) to be wrong."""
        told = np.array([[self.errs_with[i] for i in pair] for pair in ends])
        session, position = told[:, :, 0], told[:, :, 1]
        within = session[:, 0] == session[:, 1]
        total = _once(session[~within], by_tags[~within])
        for one in np.unique(session[within, 0]):
            own = within & (session[:, 0] == one)
            count = max(_once(position[own], np.ones(own.sum())), 1.0)
            total += _once(position[own], by_tags[own]) * (1 + _STILL * (count - 1)) / count
        return total


def _once(ends: NDArray[Any], nats: Array) -> float:
    """What pairs (P,) between ends (P, 2) say in all where none of the ends says it twice."""
    degree = np.empty(ends.shape)
    for side in range(2):
        _, number, count = np.unique(ends[:, side], return_inverse=True, return_counts=True)
        degree[:, side] = count[number]
    return float((nats / degree.max(axis=1)).sum())


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
