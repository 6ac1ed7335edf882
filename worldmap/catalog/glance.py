"""A map in numbers, by plain SQL that any database takes.

Loading the object mapper takes several times as long as these questions, so that a SQLite catalog
is asked without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from worldmap.catalog.beside import require_sound_journals
from worldmap.catalog.names import CATALOG_NAME, HEAD, POINTER_NAME
from worldmap.catalog.schema import foreign_parts
from worldmap.records import Failure, MapStatus, PhotoStatus, Run
from worldmap.site import Site

Ask: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]
"""The rows that a query finds."""

FILE_URI: Final = "file:"
_FAILURES: Final = "SELECT path, content_hash, stage, reason FROM failures ORDER BY path, stage"
_LAST_RUN: Final = (
    "SELECT id, command, settings_json, version, started_at, finished_at, outcome, solve_version"
    " FROM runs ORDER BY id DESC LIMIT 1"
)
_SITE: Final = (
    "SELECT sites.lat_deg, sites.lon_deg, sites.height_m FROM sites"
    " JOIN solved_poses ON solved_poses.site_id = sites.id"
    " GROUP BY sites.id, sites.lat_deg, sites.lon_deg, sites.height_m"
    " ORDER BY count(solved_poses.east_m) DESC, max(solved_poses.run_id) DESC, sites.id DESC"
    " LIMIT 1"
)


def glance(map_dir: Path) -> tuple[MapStatus, list[Failure]] | None:
    """A map's status and failures; None where its catalog is no SQLite file of this version that
    can be read just now: `Catalog` says what is the matter, or knows another way."""
    path = map_dir / CATALOG_NAME
    if (map_dir / POINTER_NAME).exists() or not path.is_file():
        return None
    address = f"file:{quote(str(path.absolute()), errors='surrogateescape')}?mode=rw"
    try:
        require_sound_journals(path)
        with closing(sqlite3.connect(address, uri=True, timeout=0.0)) as connection:
            connection.execute("BEGIN")

            def ask(query: str) -> list[Sequence[Any]]:
                return connection.execute(query).fetchall()

            if foreign_parts(ask) or ask("SELECT version_num FROM alembic_version") != [(HEAD,)]:
                return None
            return map_status(ask), map_failures(ask)
    except (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return None  # a row, too, that worldmap did not write


def map_status(ask: Ask) -> MapStatus:
    """The map in numbers."""

    def count(of: str) -> int:
        return int(ask(f"SELECT count(*) FROM {of}")[0][0])

    counted = ask("SELECT status, count(*), count(position_sigma_m) FROM photos GROUP BY status")
    photos = {str(row[0]): int(row[1]) for row in counted}
    everything = sum(photos.values())
    (tiles,) = ask(
        "SELECT count(*), coalesce(sum(CASE WHEN stale THEN 1 ELSE 0 END), 0),"
        " coalesce(sum(points), 0) FROM tiles WHERE points > 0"
    )
    last = ask(_LAST_RUN)
    return MapStatus(
        photos=everything,
        waiting=photos.get(PhotoStatus.INGESTED, 0),
        placed=photos.get(PhotoStatus.PLACED, 0),
        doubtful=photos.get(PhotoStatus.DOUBTFUL, 0),
        unplaced=photos.get(PhotoStatus.UNPLACED, 0),
        without_depth=everything - count("depth_maps"),
        # Every photo that has a place has its sigma.
        without_position=everything - sum(int(row[2]) for row in counted),
        failures=count("failures"),
        pairs_accepted=count("pair_registrations WHERE own_reason = '' AND area_reason = ''"),
        pairs_rejected=count("pair_registrations")
        - count("pair_registrations WHERE own_reason = ''"),
        tiles=int(tiles[0]),
        stale_tiles=int(tiles[1]),
        points=int(tiles[2]),
        site=site(ask),
        last_run=_run(*last[0]) if last else None,
    )


def site(ask: Ask) -> Site | None:
    """The origin that most photos are placed about, of equals that of the newest solution; None
    before the first."""
    found = ask(_SITE)
    return Site(*found[0]) if found else None


def map_failures(ask: Ask) -> list[Failure]:
    """All photos that could not be used, by path and stage."""
    return [
        Failure(path=path_of(path), content_hash=content_hash, stage=stage, reason=reason)
        for path, content_hash, stage, reason in ask(_FAILURES)
    ]


def path_of(text: str) -> Path:
    """The path that a row holds; one that is no valid UTF-8 is there as a file URI."""
    if text.startswith(FILE_URI):
        quoted = text.removeprefix(FILE_URI).removeprefix("//")
        return Path(unquote_to_bytes(quoted).decode("utf-8", "surrogateescape"))
    return Path(text)


def _run(
    run_id: int,
    command: str,
    settings_json: str,
    version: str,
    started_at: str | datetime,
    finished_at: str | datetime | None,
    outcome: str | None,
    solve_version: int | None,
) -> Run:
    return Run(
        run_id=run_id,
        command=command,
        settings_json=settings_json,
        version=version,
        started_at=_moment(started_at),
        finished_at=None if finished_at is None else _moment(finished_at),
        outcome=outcome,
        solve_version=solve_version,
    )


def _moment(value: str | datetime) -> datetime:
    """SQLite has GeoPackage's text, PostgreSQL a type of its own."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
