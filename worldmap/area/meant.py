"""Numbers as people write them elsewhere, to the areas that they may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"\d+(?:\.\d*)?|\.\d+"
_ANGLE: Final = re.compile(
    rf"(?P<before>[NSEW])?\s*(?P<sign>[-+])?(?P<deg>{_NUMBER})\s*°?"
    rf"(?:\s*(?P<min>{_NUMBER})\s*['′’])?(?:\s*(?P<sec>{_NUMBER})\s*(?:[\"″”]|''))?"
    r"\s*(?P<after>[NSEW])?",
    re.IGNORECASE,
)
_SPACED: Final = re.compile(
    rf"(?P<deg>\d+)\s+(?P<min>\d+)\s+(?P<sec>{_NUMBER})\s*(?P<after>[NSEW])", re.IGNORECASE
)
_LENGTH: Final = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?P<unit>km|met(?:er|re)s?|m)", re.IGNORECASE
)
_FARTHEST_DEG: Final = 540.0
"""A turn beyond what longitudes are; numbers beyond it are metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A number and what its letters say that it is: "lat", "lon", "m", or "" for nothing."""

    number: float
    kind: str


def meant_by(text: str) -> str | None:
    """What to say to whoever wrote an area in numbers, but not as areas are written: with spaces or
    semicolons between, brackets around, decimal commas, degrees and minutes, hemispheres, a unit,
    longitudes to 360 or metres of a projection. None where it seems to be no such area."""
    body = text.strip().removeprefix("geo:").strip("()[]{},; ")
    for fields in _splits(body):
        values = [_value(field) for field in fields]
        known = [value for value in values if value is not None]
        if len(known) == len(values) and (said := _said(known, text)):
            return said
    return _with_unit(text)


def _splits(body: str) -> Iterator[list[str]]:
    if ";" in body:
        yield [_with_point(each) for each in re.split(r"\s*;\s*", body)]
        return
    parts = re.split(r"\s*,\s*", body)
    # 59,33 is no position: a number with nothing behind its point has that behind the comma.
    whole = [re.fullmatch(r"[-+]?\d+", each) is not None for each in parts]
    if " " not in body and all(whole) and len(parts) in (5, 6, 8):
        pairs = 2 if len(parts) == 5 else len(parts) // 2
        yield [f"{parts[2 * k]}.{parts[2 * k + 1]}" for k in range(pairs)] + parts[2 * pairs :]
    yield parts
    yield [_with_point(each.strip(",")) for each in body.split()]


def _with_point(text: str) -> str:
    return text.replace(",", ".") if text.count(",") == 1 else text


def _value(text: str) -> _Value | None:
    if length := _LENGTH.fullmatch(text):
        factor = 1000.0 if length["unit"].lower() == "km" else 1.0
        return _Value(number=factor * float(length["number"]), kind="m")
    found = _SPACED.fullmatch(text) or _ANGLE.fullmatch(text)
    if found is None:
        return None
    told = found.groupdict()
    number = float(told["deg"]) + float(told["min"] or 0) / 60 + float(told["sec"] or 0) / 3600
    letter = (told.get("before") or told["after"] or "").upper()
    if letter in ("S", "W") or told.get("sign") == "-":
        number = -number
    kind = "lat" if letter in ("N", "S") else ("lon" if letter else "")
    return _Value(number=number, kind=kind)


def _said(values: Sequence[_Value], text: str) -> str | None:
    numbers, kinds = [value.number for value in values], [value.kind for value in values]
    if len(numbers) == 2:
        place = _ordered(numbers, kinds)
        return None if place is None else f"did you mean --area {_text(place)},50 (metres around)?"
    if len(numbers) not in (3, 4) or "m" in kinds[: 2 if len(numbers) == 3 else 4]:
        return None
    if max(map(abs, numbers[:2] if len(numbers) == 3 else numbers)) > _FARTHEST_DEG:
        return _in_metres(numbers)
    meant: tuple[float, ...] | None
    if len(numbers) == 3:
        place = _ordered(numbers[:2], kinds)
        meant = None if place is None or numbers[2] <= 0 else (*place, numbers[2])
    else:
        west, south, east, north = numbers
        west, east = _wrapped(west), _wrapped(east)
        fits = abs(south) <= 90 and abs(north) <= 90 and south < north and west != east
        meant = (west, south, east, north) if fits else None
    if meant is None or _text(meant) == text:
        return None
    return f"did you mean --area {_text(meant)}?"


def _ordered(numbers: Sequence[float], kinds: Sequence[str]) -> tuple[float, float] | None:
    """Latitude and longitude, in the order that hemispheres tell, else latitude first."""
    lat, lon = numbers[:2]
    if kinds[0] == "lon" or kinds[1] == "lat":
        lat, lon = lon, lat
    lon = _wrapped(lon)
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _wrapped(lon_deg: float) -> float:
    # Rounded, as 360 less a number has digits that nobody wrote.
    return lon_deg if abs(lon_deg) <= 180 else round((lon_deg + 180.0) % 360.0 - 180.0, 10)


def _in_metres(numbers: Sequence[float]) -> str:
    if len(numbers) == 3:
        shape = f"POINT({_text(numbers[:2], ' ')}),{numbers[2]:.12g}"
    else:
        west, south, east, north = numbers
        ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
        shape = f"POLYGON(({','.join(_text(corner, ' ') for corner in ring)}))"
    return f"are they metres? with their CRS they are --area 'SRID=N;{shape}', N as in EPSG:N"


def _with_unit(text: str) -> str | None:
    """A file, a photo or a name with a radius that has a unit."""
    body, comma, last = text.rpartition(",")
    length = _value(last.strip())
    if not comma or not body.strip() or length is None or length.kind != "m":
        return None
    return f"did you mean --area {body.strip()},{length.number:.12g}?"


def _text(numbers: Sequence[float], between: str = ",") -> str:
    return between.join(f"{number:.12g}" for number in numbers)
