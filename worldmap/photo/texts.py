"""Texts and times as people and devices write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_TEXT_LIMIT = 500
_OFFSET_LIMIT = timedelta(hours=15)
_TIME = re.compile(
    r"\s*(\d{4})[:\-/._](\d\d?)[:\-/._](\d\d?)[ T_]+(\d\d?)[:_](\d\d?)(?:[:_](\d\d?))?"
    r"(?:[._,](\d+))?\s*(Z|[+-]\d\d?:?\d\d)?\s*\Z",
    re.IGNORECASE,
)


def clean_text(text: str, limit: int = _TEXT_LIMIT) -> str | None:
    """`text` on one line without control characters, at most `limit` characters; None if empty."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return " ".join(printable.split())[:limit] or None


def parse_time(text: str) -> datetime | None:
    """`2024:05:06 07:08:09.25+02:00`, ISO 8601, Mapillary's underscores; None if it is no time.

    Naive where the text has no offset.
    """
    match = _TIME.match(text[:60])
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = float(f"0.{match[7][:9]}") if match[7] else 0.0
    zone: tzinfo | None = None
    if match[8] is not None:
        zone = parse_offset(match[8])
        if zone is None:
            return None
    if (
        not 1826 <= year <= 2200
    ):  # no photo is older, and zones overflow at the ends of the calendar
        return None
    try:
        whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:  # 0000:00:00 and the like
        return None
    return whole + timedelta(seconds=fraction)


def parse_offset(text: str) -> timezone | None:
    """`+02:00`, `-0330` or `Z` as a zone."""
    stripped = text.strip()
    if stripped.upper() == "Z":
        return UTC
    match = re.fullmatch(r"([+-])(\d\d?):?(\d\d)", stripped)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _OFFSET_LIMIT:
        return None
    return timezone(-offset if sign == "-" else offset)
