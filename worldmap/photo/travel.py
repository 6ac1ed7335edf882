"""Which positions do not go together with how their camera travels, by the times between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from worldmap.config import PhotoSettings
from worldmap.photo.distance import distance_m
from worldmap.records import PhotoMetadata

# A photo's way goes on from one of so many before it.
_REACH = 12
# So many steps show how one travels.
_FEWEST_STEPS = 4
# In nats: one fix in fifty is wrong, and the next one with it one time in three.
_WRONG, _STILL_WRONG = 4.0, 1.1
# Three times the usual speed is a sprint, or a car after a red light; between two photos of a walk
# that is about as rare as two fixes that are wrong. That all photos before and after a way that
# nobody can have made are right takes a clock that was set meanwhile.
_FASTER, _RIDE, _LEAP = 3.0, 5.0, 20.0
# What is not likelier than by that much is not known.
_MARGIN = 1.0
_TIME_APART_S = 1.0  # times are whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """How far a photo's position is from those of photos that it cannot have been reached from, at
    no more than so fast."""

    way_m: float
    fastest_mps: float


def jumps(photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> dict[int, Jump]:
    """By index the photos of one camera, all with a position and a time and in the order of that,
    whose positions are wrong, or may be: the likeliest way past all of them leaves these out, or
    one as likely does."""
    found = {}
    for first, last in _bursts(photos, settings):
        burst = _Burst(photos[first:last], settings)
        found.update({first + index: jump for index, jump in burst.jumps().items()})
    return found


def _bursts(photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> Iterator[tuple[int, int]]:
    """First and one past the last of the photos that follow each other within `burst_s`."""
    first = 0
    for index in range(1, len(photos) + 1):
        if index == len(photos) or _apart_s(*photos[index - 1 : index + 1]) > settings.burst_s:
            yield first, index
            first = index


class _Burst:
    """Photos one soon after the other."""

    def __init__(self, photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> None:
        self._photos, self._settings = photos, settings
        self._usual_mps = _usual_mps(photos, settings)
        self._fastest_mps = min(settings.fastest_mps, _FASTER * self._usual_mps)

    def jumps(self) -> dict[int, Jump]:
        sure, count = self._sure(), len(self._photos)
        found = {}
        for index in range(count):
            if sure[index]:
                continue
            around = range(max(index - _REACH, 0), min(index + _REACH + 1, count))
            far = {k: self._way_m(index, k) for k in around
                   if k != index and self._speed_mps(index, k) > self._fastest_mps}  # fmt: skip
            told = [way_m for k, way_m in far.items() if sure[k]] or [*far.values()]
            if told:
                found[index] = Jump(way_m=float(np.median(told)), fastest_mps=self._fastest_mps)
        return found

    def _sure(self) -> list[bool]:
        """Which photos are on all likely ways from before the first to beyond the last."""
        count = len(self._photos)
        # From where -1 stands to where `count` does, which anything can be reached from.
        steps = {
            (a, b): self._nats(a, b)
            for b in range(count + 1)
            for a in range(max(b - _REACH, -1), b)
        }
        to = {-1: 0.0}
        for b in range(count + 1):
            to[b] = min(to[a] + steps[a, b] for a in range(max(b - _REACH, -1), b))
        onward = {count: 0.0}
        for a in range(count - 1, -2, -1):
            ahead = range(a + 1, min(a + _REACH, count) + 1)
            onward[a] = min(steps[a, b] + onward[b] for b in ahead)
        sure = [True] * count
        for (a, b), nats in steps.items():
            if to[a] + nats + onward[b] < to[count] + _MARGIN:
                sure[a + 1 : b] = [False] * (b - a - 1)
        return sure

    def _nats(self, a: int, b: int) -> float:
        """How unlikely it is that the positions between two photos are wrong and theirs are not."""
        between = b - a - 1
        wrong = _WRONG + (between - 1) * _STILL_WRONG if between else 0.0
        if a < 0 or b >= len(self._photos):
            return wrong
        speed_mps = self._speed_mps(a, b)
        if speed_mps > self._settings.fastest_mps:
            return wrong + _LEAP
        faster = (speed_mps / self._usual_mps - 1.0) / (_FASTER - 1.0)
        return wrong + _RIDE * min(max(faster, 0.0), 1.0)

    def _speed_mps(self, a: int, b: int) -> float:
        """At least so fast one went from one photo to another."""
        one, other = self._photos[a].position, self._photos[b].position
        apart_s = _apart_s(self._photos[a], self._photos[b])
        if one is None or other is None or apart_s > self._settings.burst_s:
            return 0.0
        doubt_m = 3 * math.hypot(one.horizontal_sigma_m, other.horizontal_sigma_m)
        return max(self._way_m(a, b) - doubt_m, 0.0) / (apart_s + _TIME_APART_S)

    def _way_m(self, a: int, b: int) -> float:
        one, other = self._photos[a].position, self._photos[b].position
        return distance_m(one, other) if one is not None and other is not None else 0.0


def _usual_mps(burst: Sequence[PhotoMetadata], settings: PhotoSettings) -> float:
    """How fast a camera goes, by photos soon after one another: who walks does not drive in
    between. Of too few no vehicle is too fast that is none to others."""
    if len(burst) <= _FEWEST_STEPS:
        return settings.fastest_mps / _FASTER
    # Over several steps, too: of one alone the errors of both fixes are most.
    speeds = []
    for number, a in enumerate(burst):
        for b in burst[number + 1 : number + 1 + _REACH]:
            apart_s = _apart_s(a, b)
            if a.position is not None and b.position is not None and apart_s > 0:
                speeds.append(distance_m(a.position, b.position) / apart_s)
    usual_mps = float(np.median(speeds)) if speeds else settings.fastest_mps / _FASTER
    return max(usual_mps, settings.walking_mps)


def _apart_s(a: PhotoMetadata, b: PhotoMetadata) -> float:
    if a.captured_at is None or b.captured_at is None:
        return 0.0
    return abs((b.captured_at - a.captured_at).total_seconds())
