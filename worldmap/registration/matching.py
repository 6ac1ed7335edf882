"""Which features of two photos show the same place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.errors import ModelError
from worldmap.plugins import MATCHER
from worldmap.records import Features
from worldmap.registration.extractor import matcher_name

_KINDS_OWN = "auto"
# So many rows of the table of distances to some thousand features stay in a processor's cache.
_ROWS_AT_ONCE = 128


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matches:
    """index (M, 2) int32, rows of the Features of photo a and photo b; quality (M,) float64 in
    (0, 1], higher is more distinctive."""

    index: NDArray[np.int32]
    quality: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.index)


class Matcher(Protocol):
    """Anything that finds matches: `worldmap.matcher` names what makes one of the PairSettings."""

    def settings_hash(self) -> str:
        """Hash of weights, version and options: of whatever matches depend on besides the
        PairSettings that all matchers share."""
        ...

    def match(self, a: Features, b: Features) -> Matches:
        """Matches between two photos with features of one kind, each used at most once, and only
        those with depth."""
        ...


class PictureMatcher(Protocol):
    """A `Matcher` that does without depth, too."""

    def match_pictures(self, a: Features, b: Features, *, most: int | None = None) -> Matches:
        """Matches of what was found in the photos themselves, whether it has depth or none; with
        `most`, only of the so many largest features of each."""
        ...


def picture_matcher(kind: str, settings: PairSettings) -> PictureMatcher:
    """The matcher for features of a kind where these need no depth: theirs, or by ratio where that
    cannot. Errors as in `matcher_for`."""
    own = matcher_for(kind, settings)
    return own if _is_for_pictures(own) else RatioMatcher.of(settings)


def _is_for_pictures(matcher: Any) -> TypeGuard[PictureMatcher]:
    return hasattr(matcher, "match_pictures")


@lru_cache(maxsize=4)
def matcher_for(kind: str, settings: PairSettings) -> Matcher:
    """The matcher for features of a kind: that of the settings, else the kind's own. UsageError
    where there is none of its name, ModelError where it cannot be used."""
    name = settings.matcher
    if name == _KINDS_OWN:
        name = matcher_name(kind)
    made: Matcher = MATCHER.open(name, settings)
    return made if name in MATCHER.own else CheckedMatcher(name, made)


def matchers_hash(kinds: Collection[str], settings: PairSettings) -> tuple[str, ...]:
    """What matches between features of these kinds depend on besides the settings that all
    matchers share; nothing for worldmap's own. Errors as in `matcher_for`."""
    told = {matcher_for(kind, settings).settings_hash() for kind in kinds}
    return tuple(sorted(told - {""}))


@dataclass(frozen=True, slots=True)
class CheckedMatcher:
    """A matcher that others brought, whose answers are looked at."""

    name: str
    matcher: Matcher

    def settings_hash(self) -> str:
        """See `Matcher`."""
        return f"{self.name} {self.matcher.settings_hash()}"

    def match(self, a: Features, b: Features) -> Matches:
        """See `Matcher`. ModelError where the answer is none; matches without depth are dropped."""
        found = self.matcher.match(a, b)
        index, quality = np.asarray(found.index), np.asarray(found.quality, dtype=np.float64)
        if index.shape != (len(quality), 2) or index.dtype.kind not in "iu":
            raise ModelError(f"the matcher {self.name!r} gave matches of shape {index.shape}")
        if len(index) and (index.min() < 0 or (index.max(axis=0) >= (len(a), len(b))).any()):
            raise ModelError(
                f"the matcher {self.name!r} gave matches of features that are not there"
            )
        if not (np.isfinite(quality) & (quality > 0)).all():
            raise ModelError(f"the matcher {self.name!r} gave qualities that are not above zero")
        lifted = np.isfinite(a.xyz_cam[index[:, 0], 2]) & np.isfinite(b.xyz_cam[index[:, 1], 2])
        return Matches(index=index[lifted].astype(np.int32), quality=quality[lifted])


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioMatcher:
    """Mutual nearest neighbours that pass Lowe's ratio test (Lowe 2004, section 7.1).

    Features of the photo are compared among themselves, and those of planes among themselves: a
    place found in both would be its own second nearest neighbour and fail the test.
    """

    ratio: float

    @classmethod
    def of(cls, settings: PairSettings) -> RatioMatcher:
        """`ratio`, by the settings."""
        return cls(ratio=settings.ratio)

    def settings_hash(self) -> str:
        """See `Matcher`: nothing beside the common settings."""
        return ""

    def match(self, a: Features, b: Features) -> Matches:
        """Matches between two photos, sorted by their rows in a; only features with depth."""
        parts = [
            self._match_group(
                a, b, np.flatnonzero(_usable(a, plane)), np.flatnonzero(_usable(b, plane))
            )
            for plane in (False, True)
        ]
        index = np.concatenate([p[0] for p in parts]).astype(np.int32)
        quality = np.concatenate([p[1] for p in parts])
        order = np.argsort(index[:, 0], kind="stable")
        return Matches(index=index[order], quality=quality[order])

    def match_pictures(self, a: Features, b: Features, *, most: int | None = None) -> Matches:
        """Matches of what was found in the photos themselves, whether it has depth or none; with
        `most`, only of the so many largest features of each."""
        own_a, own_b = (largest(each, most) for each in (a, b))
        index, quality = self._match_group(a, b, own_a, own_b)
        return Matches(index=index.astype(np.int32), quality=quality)

    def _match_group(
        self, a: Features, b: Features, rows_a: NDArray[np.intp], rows_b: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        if len(rows_a) < 2 or len(rows_b) < 2:
            return np.zeros((0, 2), dtype=np.intp), np.zeros(0)
        da = a.descriptor[rows_a].astype(np.float32)
        db = b.descriptor[rows_b].astype(np.float32)
        nearest, best, second = _nearest(da, db)
        ratio = np.sqrt(best / np.maximum(second, 1e-6))
        # The way back is asked for the few that pass: it decides nothing for the others.
        passing = np.flatnonzero(ratio < self.ratio)
        asked, column = np.unique(nearest[passing], return_inverse=True)
        back = _nearest(db[asked], da)[0] if len(asked) else asked
        keep = passing[back[column] == passing]
        pairs = np.column_stack((rows_a[keep], rows_b[nearest[keep]]))
        return pairs, 1.0 - ratio[keep].astype(np.float64) + 1e-3


def _nearest(
    of: NDArray[np.float32], among: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """For each row of (N, D) the nearest of (M, D), the first where several are, the square of how
    far it is, and that of the second nearest. Sums of SIFT's bytes are exact in float32, in
    whatever order."""
    norm_of, norm = (np.einsum("ij,ij->i", each, each) for each in (of, among))
    nearest = np.empty(len(of), dtype=np.intp)
    best, second = (np.empty(len(of), dtype=np.float32) for _ in range(2))
    # |a - b|² = |a|² - 2 a·b + |b|², the last two by one product; the first is the row's alone.
    left = np.column_stack((-2.0 * of, np.ones(len(of), dtype=np.float32)))
    right = np.column_stack((among, norm)).T
    for start in range(0, len(of), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        squared = left[rows] @ right
        row = np.arange(len(squared))
        nearest[rows] = squared.argmin(axis=1)
        best[rows] = squared[row, nearest[rows]]
        squared[row, nearest[rows]] = np.inf
        second[rows] = squared.min(axis=1)
    return nearest, np.maximum(best + norm_of, 0), second + norm_of


def largest(features: Features, most: int | None) -> NDArray[np.intp]:
    """Rows of the features that were found in the photo itself, in order; with `most`, of the so
    many largest, and where sizes are alike the first."""
    own = np.flatnonzero(~features.on_plane)
    if most is None or len(own) <= most:
        return own
    return np.sort(own[np.argsort(-features.scale_px[own], kind="stable")[:most]])


def _usable(features: Features, plane: bool) -> NDArray[np.bool_]:
    with_depth = np.isfinite(features.xyz_cam[:, 2])
    return np.asarray(with_depth & (features.on_plane == plane))
