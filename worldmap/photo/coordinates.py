"""Latitudes, longitudes and heights as people, tables and devices write them."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_LIMIT: Final = 60
_FOOT_M: Final = 0.3048
_AXIS: Final = {"n": "N", "s": "S", "e": "E", "w": "W"}
# In the languages of who tables come from; o alone is the east of some and the west of others.
_HEMISPHERES: Final = {
    **_AXIS,
    **dict.fromkeys(("north", "nord", "norte", "norden", "nördlich", "noord", "norr"), "N"),
    **dict.fromkeys(("south", "süd", "sued", "sud", "sur", "sul", "süden", "südlich"), "S"),
    **dict.fromkeys(("zuid", "syd", "söder"), "S"),
    **dict.fromkeys(("east", "est", "este", "leste", "ost", "osten", "östlich", "oost"), "E"),
    **dict.fromkeys(("öst", "øst"), "E"),
    **dict.fromkeys(("west", "ouest", "oeste", "ovest", "westen", "westlich"), "W"),
    **dict.fromkeys(("väst", "vest"), "W"),
}
_UNITS: Final = frozenset(
    ("deg", "degree", "degrees", "grad", "d", "m", "min", "minutes", "sec", "seconds")
)
_MARKS: Final = "°º˚'’′\"”″´`"
_WORD: Final = re.compile(r"[^\W\d_]+")
# Degrees, minutes and seconds, with marks, commas (XMP), colons or blanks in between.
_PARTS: Final = re.compile(
    rf"(\d+(?:\.\d*)?)(?:[\s:,{_MARKS}]+(\d+(?:\.\d*)?))?(?:[\s:,{_MARKS}]+(\d+(?:\.\d*)?))?"
    rf"[\s:,{_MARKS}]*"
)
# A hemisphere stands before or behind all numbers; units stand between them.
_BETWEEN: Final = re.compile(r"\d\s*(?!deg|d|m|s)[^\W\d_]+\W*\d")
# An s right behind the seconds, where minutes are marked likewise: 33d51m24s S.
_SECONDS: Final = re.compile(r"(m(?:in)?\s*\d+(?:[.,]\d*)?)s(?![^\W\d_])")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NONE: Final = frozenset(("", "-", "--", "none", "null", "nan", "na", "n/a", "unknown", "undef"))
_HEIGHT: Final = re.compile(
    r"(?P<number>[+-]?[\d.,]+(?:e[+-]?\d+)?)\s*(?P<unit>[a-zé]*)(?P<rest>.*)"
)
_METRE_NAMES: Final = frozenset(
    ("", "m", "meter", "meters", "metre", "metres", "mètres", "metros", "msl", "masl", "müm")
)
_FOOT_NAMES: Final = frozenset(("ft", "foot", "feet", "usft", "ftus"))


@dataclass(frozen=True, slots=True)
class Coordinate:
    """Degrees, NaN where the text is none, and the hemisphere that it names: N, S, E, W or ''."""

    degrees: float
    hemisphere: str = ""


_NO_COORDINATE: Final = Coordinate(math.nan)


def parse_coordinate(text: str) -> Coordinate:
    """`47,12.424N`, `47,12,25.4N`, `22.5° N`, `33 deg 51' 24" South`, `S33°51,4'`, `-12.25`."""
    if len(text) > _LIMIT:
        return _NO_COORDINATE
    plain = unicodedata.normalize("NFC", text).strip().lower()
    try:
        return Coordinate(float(plain))
    except ValueError:
        pass
    if _BETWEEN.search(plain):
        return _NO_COORDINATE
    named = [word.group() for word in _WORD.finditer(_SECONDS.sub(r"\1 ", plain))]
    hemisphere = _hemisphere_of(named)
    if hemisphere is None:
        return _NO_COORDINATE
    numbers = _WORD.sub(" ", plain).strip()
    is_negative = numbers.startswith("-")
    numbers = numbers.lstrip("+-").strip()
    # With marks of their own, or with more digits than minutes have, a comma is a decimal one.
    if any(mark in plain for mark in _MARKS) or _UNITS.intersection(named):
        numbers = re.sub(r"(?<=\d),(?=\d)", ".", numbers)
    elif re.fullmatch(r"\d+,\d{3,}\s*", numbers):
        numbers = numbers.replace(",", ".")
    match = _PARTS.fullmatch(numbers)
    if match is None:
        return _NO_COORDINATE
    degrees, minutes, seconds = (float(part or 0) for part in match.groups())
    if minutes > 60 or seconds > 60 or (is_negative and hemisphere in ("N", "E")):
        return _NO_COORDINATE
    magnitude = degrees + minutes / 60 + seconds / 3600
    return Coordinate(
        -magnitude if is_negative or hemisphere in ("S", "W") else magnitude, hemisphere
    )


def _hemisphere_of(words: list[str]) -> str | None:
    """The hemisphere among the words of a coordinate, '' where there is none; None where a word
    means nothing, or several hemispheres are named."""
    rest = [word for word in words if word not in _UNITS]
    if len(rest) > 1:
        return None
    return _HEMISPHERES.get(rest[0]) if rest else ""


def parse_degrees(text: str) -> float:
    """The degrees of `parse_coordinate`."""
    return parse_coordinate(text).degrees


@dataclass(frozen=True, slots=True)
class Altitude:
    """Metres, NaN for none, and why a text that seems to be a height is none, or ''."""

    metres: float
    problem: str = ""


def is_feet(heading: str) -> bool:
    """Whether the heading of a column says that its heights are in feet."""
    return (
        re.search(r"(?:[(\[_ ]|alt|altitude|height|elevation)(?:ft|feet)\W*$", heading.lower())
        is not None
    )


def parse_altitude(text: str, *, has_decimal_comma: bool, in_feet: bool = False) -> Altitude:
    """`45.1`, `45,1 m`, `1,706 ft`, `10 m Below Sea Level`. has_decimal_comma: of the other
    numbers beside it; in_feet: what a number without a unit is in."""
    plain = " ".join(text.strip().strip('"').lower().split())
    if plain in _NONE:
        return Altitude(math.nan)
    problem = f"{text.strip()[:30]!r} is no height in metres or feet"
    match = _HEIGHT.fullmatch(plain)
    if match is None:
        return Altitude(math.nan, problem)
    number, unit = match["number"], match["unit"]
    if not has_decimal_comma and _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    try:
        value = float(number.replace(",", ".") if number.count(",") == 1 else number)
    except ValueError:
        return Altitude(math.nan, problem)
    if unit in _FOOT_NAMES or (not unit and in_feet):
        value *= _FOOT_M
    elif unit not in _METRE_NAMES:
        return Altitude(math.nan, problem)
    if "below" in match["rest"]:
        value = -abs(value)
    return Altitude(value)
