"""Values out of JSON that anybody may have written."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_TAG = re.compile(r"<[^<>]*>")
_LONGEST_TEXT = 500


def text(value: object) -> str:
    """A text in one line without markup; '' where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return " ".join(html.unescape(_TAG.sub(" ", value)).split())[:_LONGEST_TEXT]


def number(value: object, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A finite number within the limits; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def whole(value: object) -> int | None:
    """A positive whole number; None where it is none."""
    found = number(value, 1, 1e15)
    return None if found is None else int(found)


def item(value: object, *names: str) -> Any:
    """What nested objects hold under these names; None where anything on the way is missing."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def moment(value: object) -> datetime | None:
    """A time of ISO 8601, or `2017-09-24 23:58:07`, UTC where no offset is told."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def geojson_point(value: object) -> tuple[float | None, float | None]:
    """Latitude and longitude of a GeoJSON point; None where it is none."""
    found = item(value, "coordinates")
    if not isinstance(found, list) or len(found) < 2:
        return None, None
    lat, lon = number(found[1], -90, 90), number(found[0], -180, 180)
    return (None, None) if lat is None or lon is None else (lat, lon)
