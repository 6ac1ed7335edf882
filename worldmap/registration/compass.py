"""What compasses say of which way a group looks, those of one session being off together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity, wrapped_deg
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

TURNS = 720
"""Angles round the circle at which a turn is looked at, the first 0, clockwise."""
_TURN_DEG = np.asarray(np.arange(TURNS) * (360.0 / TURNS), dtype=np.float64)
# Student's t of four degrees of freedom of readings about their session.
_FREEDOM = 4.0
# A compass as a whole is off by a third of what each reading may be (hard iron, calibration), with
# the tail of Student's t of two degrees: magnets and steel. One session in a hundred each is turned
# by 90, 180 or 270°, a camera mounted sideways or backwards, to some degrees; three have no north
# at all.
_SHARE = 1 / 3
_SHARED_FREEDOM = 2.0
_TURNED, _TURNED_SIGMA_DEG, _NO_NORTH = 0.01, 5.0, 0.03
# One reading in twenty says nothing.
_WILD = 0.05


def by_headings(
    views: Mapping[int, PhotoView], poses: Mapping[int, Similarity], session: Mapping[int, str]
) -> Array:
    """(TURNS,) log likelihood of the group's turn by its compasses, those of one session off
    together."""
    off = tags_off_deg(views, poses)
    total = np.zeros(TURNS)
    for name in sorted({session[i] for i in off}):
        own = [i for i in off if session[i] == name]
        # None is surer than the angles lie apart, or it would fall in between.
        sigma = np.array([max(views[i].heading_sigma_deg, 360.0 / TURNS) for i in own])
        apart = wrapped_deg(np.array([off[i] for i in own]) - _TURN_DEG[:, None])
        if any(views[i].is_north for i in own):  # nothing that may be turned, wild, or off together
            total += np.log(_student(apart, sigma, _FREEDOM)).sum(axis=1)
            continue
        likely = np.log((1 - _WILD) * _student(apart, sigma, _FREEDOM) + _WILD / 360.0).sum(axis=1)
        likely = np.exp(likely - likely.max())
        shared = _of_compass(wrapped_deg(_TURN_DEG), float(np.median(sigma)))
        # Readings say turn plus offset; over all offsets.
        crossed = np.fft.ifft(np.fft.fft(likely) * np.conj(np.fft.fft(shared))).real
        total += np.log(np.maximum(crossed, 1e-300))
    return total


def tags_off_deg(
    views: Mapping[int, PhotoView], poses: Mapping[int, Similarity]
) -> dict[int, float]:
    """By photo with a heading how far its tag is from where it looks now, clockwise."""
    off = {}
    for i, view in views.items():
        if view.heading_deg is None:
            continue
        ahead = (view.local_from_enu @ poses[i].rotation)[:, 2]
        off[i] = wrapped_deg(view.heading_deg - np.rad2deg(np.arctan2(ahead[0], ahead[1])))
    return off


def _student(off_deg: Array, sigma_deg: Array | float, freedom: float) -> Array:
    density = (1.0 + (off_deg / sigma_deg) ** 2 / freedom) ** (-(freedom + 1) / 2)
    # Of four and two degrees of freedom.
    unit = {4.0: 0.375, 2.0: 0.35355}[freedom]
    return np.asarray(unit * density / sigma_deg)


def _of_compass(off_deg: Array, sigma_deg: float) -> Array:
    """Density of how far a compass is off as a whole."""
    core = _student(off_deg, max(_SHARE * sigma_deg, 0.5), _SHARED_FREEDOM)
    turned = sum(
        _student(wrapped_deg(off_deg - by), _TURNED_SIGMA_DEG, _FREEDOM) for by in (90, 180, 270)
    )
    return np.asarray((1 - 3 * _TURNED - _NO_NORTH) * core + _TURNED * turned + _NO_NORTH / 360.0)


def compass_cost(off_deg: Array, sigma_deg: float) -> Array:
    """How much less likely it is that all compasses of a session are off by so much than that they
    are not, in nats; off_deg (N,) begins with 0, sigma_deg is that of a reading."""
    density = _of_compass(wrapped_deg(off_deg), sigma_deg)
    return np.asarray(np.log(density[0] / density))


def doubted_headings(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
    turn_rad: float,
) -> tuple[frozenset[int], dict[str, float]]:
    """Photos of compasses that are plainly off as a whole, or off by themselves; and by device by
    how much, of the former."""
    off = tags_off_deg(views, poses)
    doubted, offsets = set[int](), {}
    for name in sorted({session[i] for i in off}):
        own = [i for i in off if session[i] == name]
        apart = wrapped_deg(np.array([off[i] for i in own]) - np.rad2deg(turn_rad))
        sigma = np.array([views[i].heading_sigma_deg for i in own])
        middle, agree = off_together_deg(apart, sigma)
        if len(own) > 1 and abs(middle) > 3.0 * float(np.median(sigma)):
            if agree:
                offsets[views[own[0]].device] = middle
            doubted.update(own)
        doubted.update(i for i, a, s in zip(own, apart, sigma, strict=True) if abs(a) > 4.0 * s)
    return frozenset(doubted), offsets


def off_together_deg(off_deg: Array, sigma_deg: Array) -> tuple[float, bool]:
    """What readings that are off by so much (N,) are off by on the whole, and whether they agree on
    that by their sigmas (N,)."""
    middle = float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(off_deg)).sum())))
    apart = np.median(np.abs(wrapped_deg(off_deg - middle)))
    return middle, bool(apart < 2.0 * np.median(sigma_deg))
