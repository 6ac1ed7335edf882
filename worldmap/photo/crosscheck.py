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
)
from worldmap.photo.suspicion import Flag
from worldmap.records import FocalSource

_TABLES: Final = frozenset({Origin.CSV, Origin.GEO_TXT})
_OWN: Final = frozenset(
    {
        *(Origin.EXIF, Origin.XMP_EXIF, Origin.RTK, Origin.DRONE, Origin.XMP_SIDECAR),
        *(Origin.MAPILLARY, Origin.TAKEOUT, Origin.TAKEOUT_EXIF),
    }
)
# Who reads a table rightly is where the photo was taken, within what a bad fix strays.
_NEAR_M: Final = 1000.0
# A table that corrects a photo's tags does so by less; further is another city.
_FAR_M: Final = 20_000.0
# A millimetre is nothing that rounding leaves of another height.
_ZERO_M: Final = 1e-3
# What programs write for none that could be a height: nothing but aircraft is up there.
_STANDS_FOR_NONE_M: Final = frozenset({9999.0})
NO_HEIGHT: Final = "no altitude on Earth: it stands for unknown"
BARE_ZERO: Final = "exactly 0 m mostly means unknown, and nothing else here says sea level"
# By more than a focal length and its 35 mm equivalent are rounded or cropped: 16:9 pictures of a
# 4:3 sensor, its whole width or its diagonal, video modes.
_FOCAL_RATIO: Final = 1.5


def checked_tables(evidence: Sequence[Evidence]) -> tuple[list[Evidence], list[Flag]]:
    """The evidence, positions of tables that the photo's own tags contradict put right where these
    tell the cause (coordinates exchanged, a sign lost), and flagged where nothing explains them."""
    own = [p for p in evidence if isinstance(p, PositionEvidence) and p.origin in _OWN]
    if not own:
        return list(evidence), []
    found: list[Evidence] = []
    flags: list[Flag] = []
    for piece in evidence:
        if isinstance(piece, PositionEvidence) and piece.origin in _TABLES:
            piece, is_odd = _checked(piece, own[0])
            if is_odd and Flag.TABLE_DISAGREES not in flags:
                flags.append(Flag.TABLE_DISAGREES)
        found.append(piece)
    return found, flags


def _checked(table: PositionEvidence, own: PositionEvidence) -> tuple[PositionEvidence, bool]:
    away_m = distance_m(table, own)
    near_m = max(_NEAR_M, 5.0 * math.hypot(table.sigma_m, own.sigma_m))
    if away_m <= max(_FAR_M, near_m):
        return table, False
    lat, lon = table.lat_deg, table.lon_deg
    for cause, read_as in (
        ("latitude and longitude are exchanged", (lon, lat)),
        ("the longitude lacks its sign (W)", (lat, -lon)),
        ("the latitude lacks its sign (S)", (-lat, lon)),
        ("latitude and longitude lack their signs (S, W)", (-lat, -lon)),
        ("latitude and longitude are exchanged and lack a sign", (lon, -lat)),
        ("latitude and longitude are exchanged and lack a sign", (-lon, lat)),
    ):
        if abs(read_as[0]) > 90:
            continue
        corrected = replace(table, lat_deg=read_as[0], lon_deg=read_as[1])
        if distance_m(corrected, own) <= near_m:
            note = f"{cause}, by the photo's own tags ({own.tag}): read that way"
            return replace(corrected, note=note), True
    note = f"{away_m / 1000:.0f} km from where the photo's own tags have it ({own.tag})"
    return replace(table, note="; ".join(filter(None, (table.note, note)))), True


def believable_heights(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, heights refused that phones, tables and tracks write where they know none: what
    is no altitude on Earth, and exactly zero. That stands where the user says so, or where another
    instrument has the photo near sea level; several tags with a zero are one value copied."""
    near_sea = [
        piece
        for piece in evidence
        if isinstance(piece, HeightEvidence) and _ZERO_M <= abs(piece.height_m) <= NEAR_SEA_M
    ]

    def problem(piece: HeightEvidence) -> str:
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
        if not note:
            return piece
        return RefusedEvidence(
            origin=piece.origin, tag=piece.tag, raw=piece.raw, note=note, quantity=Quantity.HEIGHT
        )

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
