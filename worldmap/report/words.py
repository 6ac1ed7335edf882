"""The report in five sentences, for who does not read tables."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from worldmap.records import PhotoStatus
from worldmap.report.content import Report

_HELD = 0.9
_ODD = 0.01  # what happens by chance in one report of a hundred is worth a word


def in_words(report: Report) -> tuple[str, ...]:
    """Five sentences: what there is, which photos are missing, how well it lies on the globe, how
    that was checked, and what would help most."""
    return (
        _what(report),
        _missing(report),
        _where(report),
        _checked(report),
        _next(report),
    )


def _what(report: Report) -> str:
    photos = _count(len(report.photos), "photo")
    if not report.points:
        return f"Of {photos} {report.placed} have a place, and there are no points yet."
    ground = f"{report.coverage.area_m2:,.0f}".replace(",", "\u202f")
    points = f"{report.points:,}".replace(",", "\u202f")
    return (
        f"Of {photos} {report.placed} have a place, and together they show {ground} m² of ground "
        f"in {points} points."
    )


def _missing(report: Report) -> str:
    left = [photo for photo in report.photos if photo.status != PhotoStatus.PLACED]
    if not left:
        return "No photo is left out."
    reasons = Counter(photo.reason for photo in left if photo.reason).most_common(1)
    why = f", most often for this reason: {reasons[0][0]}" if reasons else ""
    gone = "is" if len(left) == 1 else "are"
    return f"{_count(len(left), 'photo')} {gone} left out or doubtful{why}."


def _where(report: Report) -> str:
    sigmas = [
        math.hypot(*photo.solved.position_sigma_m[:2])
        for photo in report.photos
        if photo.solved is not None and photo.status == PhotoStatus.PLACED
    ]
    if not sigmas:
        return "Where it is on Earth is not known, because no photo has a place."
    return (
        f"Its place on Earth is known to about ± {_length(float(np.median(sigmas)))} (one standard "
        "deviation); photos and points agree among each other at least as well."
    )


def _checked(report: Report) -> str:
    entries = report.accuracy.entries
    if not entries:
        return "Nothing could check this: no photo has a GPS position that the others tell, too."
    inside = sum(entry.inside for entry in entries)
    verdict = (
        "as it should be"
        if _chance_of_at_most(inside, len(entries)) >= _ODD
        else "fewer than should be: trust the ± of the globe less"
    )
    return (
        f"As a check, the GPS of {_count(len(entries), 'photo')} was compared with the place that "
        f"the others give: {inside} lie within the circle that should hold nine of ten, {verdict}."
    )


def _chance_of_at_most(inside: int, number: int) -> float:
    """That so few of `number` lie inside what holds each with 0.9: the binomial distribution."""
    return sum(
        math.comb(number, k) * _HELD**k * (1 - _HELD) ** (number - k) for k in range(inside + 1)
    )


def _next(report: Report) -> str:
    if not report.coverage.suggestions:
        return "More photos are not plainly needed anywhere."
    return f"What would help most: {report.coverage.suggestions[0].reason}."


def _length(metres: float) -> str:
    return f"{100 * metres:.0f} cm" if metres < 1 else f"{metres:.1f} m"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
