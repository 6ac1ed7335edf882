"""What one kind of tag says about another of the same photo: tables against the photo's own tags,
altitudes of zero, focal lengths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from worldmap.photo.distance import distance_m
from worldmap.photo.evidence import (
    HIGHEST_M,
    LOWEST_M,
    NEAR_SEA_M,
    Evidence,
    FocalEvidence,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Quantity,
    RefusedEvidence,
    preferred,
    refused,
)
from worldmap.photo.reading import FAR_M, NEAR_M, Spot, reading_near
from worldmap.photo.suspicion import Flag
from worldmap.records import FocalSource

_TABLES: Final = frozenset({Origin.CSV, Origin.GEO_TXT, Origin.GPX})
_OWN: Final = frozenset(
    {
        *(Origin.EXIF, Origin.XMP_EXIF, Origin.RTK, Origin.DRONE, Origin.XMP_SIDECAR),
        *(Origin.MAPILLARY, Origin.TAKEOUT, Origin.TAKEOUT_EXIF),
    }
)
# A millimetre is nothing that rounding leaves of another height.
_ZERO_M: Final = 1e-3
# What programs write for none that could be a height: nothing but aircraft is up there.
_STANDS_FOR_NONE_M: Final = frozenset({9999.0})
NO_HEIGHT: Final = "no altitude on Earth: it stands for unknown"
OF_ELSEWHERE: Final = "beside a position that is not taken"
BARE_ZERO: Final = "exactly 0 m mostly means unknown, and nothing else here says sea level"
# By more than a focal length and its 35 mm equivalent are rounded or cropped: 16:9 pictures of a
# 4:3 sensor, its whole width or its diagonal, video modes.
_FOCAL_RATIO: Final = 1.5


def checked_tables(evidence: Sequence[Evidence]) -> tuple[list[Evidence], list[Flag]]:
    """The evidence, positions of tables, tracks and XMP sidecars that the photo's own tags
    contradict put right where these tell the cause (coordinates exchanged, a sign lost, another
    zone), and flagged where nothing explains them, where they were read otherwise before, and where
    tables differ."""
    places = [p for p in evidence if isinstance(p, PositionEvidence)]
    own = next((p for p in places if p.origin in _OWN), None)
    beside_it = own is not None and own.origin != Origin.XMP_SIDECAR
    told = [
        p for p in places if p.origin in _TABLES or (beside_it and p.origin == Origin.XMP_SIDECAR)
    ]
    first = preferred(told, Quantity.POSITION)
    checked: dict[int, PositionEvidence] = {}
    is_odd = any(piece.is_reread for piece in told)
    for piece in told:
        beside = own if own is not None else first
        if isinstance(beside, PositionEvidence) and piece is not beside:
            checked[id(piece)] = _checked(piece, beside, is_own=own is not None)
            is_odd = is_odd or checked[id(piece)] is not piece
    found = [checked.get(id(piece), piece) for piece in evidence]
    return found, [Flag.TABLE_DISAGREES] if is_odd else []


def _checked(table: PositionEvidence, other: PositionEvidence, *, is_own: bool) -> PositionEvidence:
    """A table's position beside the photo's own tags, or beside another table's: the same piece
    where they do not contradict it."""
    away_m = distance_m(table, other)
    near_m = max(NEAR_M, 5.0 * math.hypot(table.sigma_m, other.sigma_m))
    if away_m <= near_m:
        return table
    told, known = (Spot(p.lat_deg, p.lon_deg) for p in (table, other))
    reading = reading_near(told, known, near_m, table.epsg) if is_own else None
    if reading is not None:
        lat, lon = reading.read(told)
        note = f"{reading.cause}, by the photo's own tags ({other.tag}): read that way"
        return replace(table, lat_deg=lat, lon_deg=lon, note=note, is_reread=True)
    if is_own and away_m <= FAR_M:
        return table
    whose = "the photo's own tags have" if is_own else f"{other.tag} has"
    note = f"{away_m / 1000:.0f} km from where {whose} it"
    note += f" ({other.tag})" if is_own else ", which is taken"
    return replace(table, note="; ".join(filter(None, (table.note, note))))


def believable_heights(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, heights refused that phones, tables and tracks write where they know none: what
    is no altitude on Earth, and exactly zero; and those of who has the photo elsewhere, or at no
    place at all. Zero stands where the user says so, or where another
    instrument has the photo near sea level; several tags with a zero are one value copied."""
    place = preferred(evidence, Quantity.POSITION)
    elsewhere = {
        piece.origin
        for piece in evidence
        if isinstance(piece, PositionEvidence)
        and isinstance(place, PositionEvidence)
        and distance_m(piece, place) > FAR_M
    }
    elsewhere |= {
        piece.origin
        for piece in evidence
        if isinstance(piece, RefusedEvidence)
        and piece.quantity == Quantity.POSITION
        and piece.origin in _TABLES
    }
    near_sea = [
        piece
        for piece in evidence
        if isinstance(piece, HeightEvidence) and _ZERO_M <= abs(piece.height_m) <= NEAR_SEA_M
    ]

    def problem(piece: HeightEvidence) -> str:
        if piece.origin in elsewhere:
            return OF_ELSEWHERE
        if not LOWEST_M <= piece.height_m <= HIGHEST_M:  # NaN fails too
            return NO_HEIGHT
        if piece.height_m in _STANDS_FOR_NONE_M:
            return NO_HEIGHT
        if abs(piece.height_m) < _ZERO_M and all(p.origin == piece.origin for p in near_sea):
            return BARE_ZERO
        return ""

    def judged(piece: Evidence) -> Evidence:
        if not isinstance(piece, HeightEvidence) or piece.origin == Origin.USER:
            return piece
        note = problem(piece)
        return refused(piece, note) if note else piece

    return [judged(piece) for piece in evidence]


def checked_focal(evidence: Sequence[Evidence]) -> tuple[list[Evidence], list[Flag]]:
    """The evidence; where the sensor's width and the 35 mm tag are plainly at odds, the one in use
    with a sigma that reaches the other: which of them lies nobody can tell."""
    chosen = preferred(evidence, Quantity.FOCAL)
    film = next(
        (p for p in evidence if isinstance(p, FocalEvidence) and p.origin == Origin.FILM_35MM), None
    )
    if (
        film is None
        or not isinstance(chosen, FocalEvidence)
        or chosen.source != FocalSource.SENSOR
        or abs(math.log(chosen.focal_px / film.focal_px)) <= math.log(_FOCAL_RATIO)
    ):
        return list(evidence), []
    ratio = film.focal_px / chosen.focal_px
    note = f"the 35 mm tag has {ratio:.2g} times that"
    doubted = replace(
        chosen,
        sigma_rel=max(chosen.sigma_rel, abs(math.log(ratio)) / 2),
        note="; ".join(filter(None, (chosen.note, note))),
    )
    return [doubted if piece is chosen else piece for piece in evidence], [Flag.FOCAL_DISAGREES]
