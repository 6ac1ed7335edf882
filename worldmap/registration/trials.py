"""Which candidate pairs are tried in full: those that look best first, until each photo is held.

A full try costs fifty times a quick look at the largest features, and three of four tries find
nothing. But no fixed number of tries will do: in a plain street a photo is held by its first few,
in a hard one the pair that keeps two parts together may be the last. So every photo asks for its
most promising pairs until enough of them fit or a run of them did not; and then groups of photos
that are still apart, and that tags put near each other, are tried against each other to the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from worldmap.config import PairSettings
from worldmap.records import PairRegistration
from worldmap.registration.evidence import SAYS_LITTLE, evidence
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

Key = tuple[int, int]

_LOOKED_AT: Final = 800
# So many pairs hold a photo well: with six neighbours on a street its place no longer depends on
# one that is wrong, and more of them leave it where it is (benchmarks, matching).
WELL_HELD: Final = 6
# A photo gives up after so many refused ones since the last that fitted: of a photo's pairs in the
# order of their promise hardly one fits after four that do not.
_IN_VAIN: Final = 4
# Between two groups so many are tried at a time.
_BETWEEN: Final = 6


def promise(a: PhotoView, b: PhotoView, settings: PairSettings) -> float:
    """What a full try is worth, told by one part in fifty of its work: how many of the largest
    features of two photos match, less for those that tags put far apart, as candidates are."""
    looked = RatioMatcher.of(settings).match_pictures(a.features, b.features, most=_LOOKED_AT)
    away = a.towards(b)
    apart_m = 0.0 if away is None else float(np.linalg.norm(away[:2]))
    return len(looked) / (1.0 + apart_m / settings.max_range_m)


class Trials:
    """What to try next. found: pairs that are judged already, whatever they were found to be."""

    def __init__(
        self,
        promising: Mapping[Key, float],
        found: Collection[PairRegistration],
        settings: PairSettings,
    ) -> None:
        self._settings = settings
        self._waiting = sorted(promising, key=lambda key: (-promising[key], key))
        self._fitting: dict[Key, PairRegistration] = {p.key: p for p in found if p.fits}
        self._held: dict[int, int] = defaultdict(int)
        self._in_vain: dict[int, int] = defaultdict(int)
        for pair in self._fitting.values():
            for photo in pair.key:
                self._held[photo] += 1

    def next(self) -> list[Key]:
        """Pairs to try now, sorted; none where it is enough."""
        chosen = self._for_photos() or self._between_groups()
        self._waiting = [key for key in self._waiting if key not in chosen]
        return sorted(chosen)

    def take(self, pairs: Collection[PairRegistration]) -> None:
        """What became of all that `next` named."""
        for pair in sorted(pairs, key=lambda p: p.key):
            if pair.fits:
                self._fitting[pair.key] = pair
            for photo in pair.key:
                self._held[photo] += pair.fits
                self._in_vain[photo] = 0 if pair.fits else self._in_vain[photo] + 1

    def _for_photos(self) -> set[Key]:
        """The best of each photo that asks, as many as it lacks."""
        asks: dict[int, int] = defaultdict(int)
        for photo in {i for key in self._waiting for i in key}:
            if self._in_vain[photo] < _IN_VAIN:
                asks[photo] = min(WELL_HELD - self._held[photo], _IN_VAIN - self._in_vain[photo])
        chosen = set()
        for key in self._waiting:
            if any(asks[photo] > 0 for photo in key):
                chosen.add(key)
                for photo in key:
                    asks[photo] -= 1
        return chosen

    def _between_groups(self) -> set[Key]:
        """The best between each two groups that nothing ties yet."""
        photos = sorted({i for key in (*self._waiting, *self._fitting) for i in key})
        # A pair that says less ties no groups together (see `consensus`).
        ties = [p for p in self._fitting.values() if evidence(p, self._settings) >= SAYS_LITTLE]
        group = {
            photo: number
            for number, members in enumerate(components(photos, ties))
            for photo in members
        }
        left: dict[tuple[int, int], int] = defaultdict(lambda: _BETWEEN)
        chosen = set()
        for key in self._waiting:
            between = (min(group[i] for i in key), max(group[i] for i in key))
            if between[0] != between[1] and left[between] > 0:
                left[between] -= 1
                chosen.add(key)
        return chosen
