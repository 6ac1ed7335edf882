"""Choosing photos by when they were taken: `--since` and `--until`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from worldmap.errors import UsageError
from worldmap.photo.texts import parse_time
from worldmap.records import Period


def parse_period(since: str | None, until: str | None) -> Period:
    """Dates (`2024-05-06`) or times (`2024-05-06T07:08+02:00`; UTC without an offset).

    `until` as a date includes that day. Raises UsageError, in one line, for anything else or an
    empty period.
    """
    first = _moment("--since", since, whole_day=False)
    last = _moment("--until", until, whole_day=True)
    if first is not None and last is not None and first >= last:
        raise UsageError(f"--since {since} is not before --until {until}")
    return Period(since=first, until=last)


def parse_moment(option: str, text: str) -> datetime:
    """A date, which is its midnight in UTC, or a time. UsageError, in one line, for anything
    else."""
    found = _moment(option, text, whole_day=False)
    assert found is not None
    return found


def _moment(option: str, text: str | None, *, whole_day: bool) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        moment = parse_time(text)
        if moment is None:
            raise UsageError(
                f"{option} {text}: not a date such as 2024-05-06 or a time such as "
                "2024-05-06T07:08+02:00"
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(days=1) if whole_day else midnight
