"""Which positions do not go together with how their camera travels, by the times between them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
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
# Tags tell models apart, not cameras. That a second one of the model went elsewhere meanwhile is as
# unlikely as two wrong fixes, each by itself; it shows by so many photos.
_ANOTHER, _FEWEST_OF_ANOTHER = 2 * _WRONG, 3
_TIME_APART_S = 1.0  # times are whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """How far a photo's position is from those of photos that it cannot have been reached from, at
    no more than so fast."""

    way_m: float
    fastest_mps: float


def jumps(photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> dict[int, Jump]:
    """By index the photos of one model of camera, all with a position and a time and in the order
    of that, whose positions are wrong, or may be: the likeliest way past all of them leaves these
    out, or one as likely does; or the likeliest ways of several cameras do."""
    found = {}
    for first, last in _bursts(photos, settings):
        together = _Burst(photos[first:last], settings)
        for indices, jumping in _cameras(together, photos[first:last], settings):
            found.update({first + indices[i]: jump for i, jump in jumping.items()})
    return found


def _bursts(photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> Iterator[tuple[int, int]]:
    """First and one past the last of the photos that follow each other within `burst_s`."""
    first = 0
    for index in range(1, len(photos) + 1):
        if index == len(photos) or _apart_s(*photos[index - 1 : index + 1]) > settings.burst_s:
            yield first, index
            first = index


def _cameras(
    together: _Burst, photos: Sequence[PhotoMetadata], settings: PhotoSettings
) -> list[tuple[list[int], dict[int, Jump]]]:
    """The photos of a burst by the cameras that took them, where several are likelier than one;
    which of the photos each has, and those of them that jump."""
    jumping = together.jumps()
    one = [([*range(len(photos))], jumping)]
    if _unlikely(jumping) <= _ANOTHER:
        return one
    ways = _ways(photos, settings)
    several = [way for way in ways if len(way) >= _FEWEST_OF_ANOTHER]
    if len(several) < 2:
        return one
    # What none of them reached is judged beside most of them.
    largest = max(several, key=len)
    largest += [i for way in ways if len(way) < _FEWEST_OF_ANOTHER for i in way]
    apart = [
        (way, _Burst([photos[i] for i in way], settings).jumps()) for way in map(sorted, several)
    ]
    price = sum(_unlikely(own) for _, own in apart) + _ANOTHER * (len(apart) - 1)
    return apart if price + _MARGIN < _unlikely(jumping) else one


def _unlikely(jumping: Collection[int]) -> float:
    """How unlikely it is that all of these photos, by place in their burst, have wrong positions,
    in nats."""
    runs = sum(index - 1 not in jumping for index in jumping)
    return _WRONG * runs + _STILL_WRONG * (len(jumping) - runs)


def _ways(photos: Sequence[PhotoMetadata], settings: PhotoSettings) -> list[list[int]]:
    """Photos that can be reached one from another, each from that of the last ones of all ways that
    is nearest."""
    ways: list[list[int]] = []
    open_ways: list[list[int]] = []
    for index, photo in enumerate(photos):
        open_ways = [w for w in open_ways if _apart_s(photos[w[-1]], photo) <= settings.burst_s]
        near = [
            (_way_m(photos[way[-1]], photo), number)
            for number, way in enumerate(open_ways)
            if _speed_mps(photos[way[-1]], photo, settings) <= settings.fastest_mps
        ]
        if near:
            open_ways[min(near)[1]].append(index)
        else:
            open_ways.append([index])
            ways.append(open_ways[-1])
    return ways


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
        return _speed_mps(self._photos[a], self._photos[b], self._settings)

    def _way_m(self, a: int, b: int) -> float:
        return _way_m(self._photos[a], self._photos[b])


def _speed_mps(a: PhotoMetadata, b: PhotoMetadata, settings: PhotoSettings) -> float:
    """At least so fast one went from one photo to another."""
    apart_s = _apart_s(a, b)
    if a.position is None or b.position is None or apart_s > settings.burst_s:
        return 0.0
    doubt_m = 3 * math.hypot(a.position.horizontal_sigma_m, b.position.horizontal_sigma_m)
    return max(_way_m(a, b) - doubt_m, 0.0) / (apart_s + _TIME_APART_S)


def _way_m(a: PhotoMetadata, b: PhotoMetadata) -> float:
    """How far two photos' positions are apart; 0 where one has none."""
    if a.position is None or b.position is None:
        return 0.0
    return distance_m(a.position, b.position)


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
