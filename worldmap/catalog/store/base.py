"""An open catalog, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar, TypeVarTuple

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    column,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from worldmap.catalog import geometry, geopackage, glance, migrate
from worldmap.catalog.connection import (
    WRITES,
    is_read_only,
    one_line_errors,
    postgresql_engine,
    sound_rows,
    sqlite_engine,
    use_write_ahead_log,
)
from worldmap.catalog.geometry import WGS84_SRID, Bounds
from worldmap.catalog.models import (
    PhotoRow,
    TileRow,
)
from worldmap.catalog.pointer import trusted_url
from worldmap.errors import AreaError, CatalogError, MapNotFoundError
from worldmap.frames import wrapped_deg

_Columns = TypeVarTuple("_Columns")

_Value = TypeVar("_Value")

# The R-tree holds float32, and does not round subnormal numbers outward.
INDEX_MARGIN_DEG = 1e-6

# Few enough for any limit on bound parameters.
CHUNK = 5000

_LARGEST_ID = 2**31 - 1


class Opened:
    """An open catalog: its engine, transactions, and what all parts ask of it."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._reading = engine
        self._writing = engine.execution_options(**{WRITES: True})
        self._where = where
        self._sqlite = engine.dialect.name == "sqlite"
        self._triggers_are_ours = False
        self._together: Session | None = None

    @classmethod
    def open(cls, map_dir: Path, *, create: bool, url: str | None = None) -> Self:
        """The catalog of the map in `map_dir`; made where `create` says so and there is none.

        url: a PostgreSQL database to use in place of the file, one for each map; where it is not
        given, the one that the folder names, if it names one and this user had it named
        (`use_database`).
        Raises CatalogError where there is none, or it is older, newer or foreign; StorageError
        where it cannot be read or made.
        """
        url = url or trusted_url(map_dir)
        if url is not None:
            return cls._opened_postgresql(url, create=create)
        path = map_dir / migrate.CATALOG_NAME
        if not migrate.exists(path):
            if not create:
                raise MapNotFoundError(
                    f"holds no map (there is no {migrate.CATALOG_NAME})",
                    path=map_dir,
                    hint="make one with `worldmap ingest PHOTOS`",
                )
            migrate.create(path)
        where = str(path)
        catalog = cls._checked(sqlite_engine(path), where)
        # Only now is it ours to change.
        with one_line_errors(where):
            use_write_ahead_log(path)
        return catalog

    @classmethod
    def _opened_postgresql(cls, url: str, *, create: bool) -> Self:
        engine = postgresql_engine(url)
        where = f"the catalog at {engine.url.render_as_string(hide_password=True)}"
        if create:
            try:
                migrate.create_tables(engine, where)
            except BaseException:
                engine.dispose()
                raise
        return cls._checked(engine, where)

    @classmethod
    def _checked(cls, engine: Engine, where: str) -> Self:
        try:
            with one_line_errors(where), sound_rows(where), engine.connect() as connection:
                migrate.require_current(connection, where)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, where)

    @property
    def name(self) -> str:
        """Where the catalog is, for messages."""
        return self._where

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written: a file in a folder, or on a disk, that may only be
        read."""
        database = self._reading.url.database
        return self._sqlite and database is not None and is_read_only(Path(database))

    def check(self) -> list[str]:
        """What is wrong with the database itself, one line each. PostgreSQL looks after its own."""
        if not self._sqlite:
            return []
        found = []
        with self._read() as session:
            connection = session.connection()
            for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
                if line != "ok":
                    found.append(f"damaged: {' '.join(str(line).split())}")
            found += [
                f"the trigger {name} is none of worldmap's: nothing is written while it is there"
                for name in geopackage.foreign_triggers(connection)
            ]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            tables = sorted({str(row[0]) for row in broken})
            found += [f"rows of {name} refer to rows that are gone" for name in tables]
            for name in geopackage.outdated_indexes(connection):
                found.append(f"the spatial index of {name} does not fit its rows")
        return found

    def close(self) -> None:
        """Give the file free."""
        with one_line_errors(self._where):
            self._reading.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with (
            one_line_errors(self._where),
            sound_rows(self._where),
            Session(self._reading) as session,
        ):
            yield session

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it."""
        with self._write() as session:
            self._together = session
            try:
                yield
            finally:
                self._together = None

    @contextmanager
    def _write(self) -> Iterator[Session]:
        if self._together is not None:
            yield self._together
            return
        with one_line_errors(self._where), Session(self._writing) as session, session.begin():
            self._refuse_foreign_triggers(session)
            yield session

    def _refuse_foreign_triggers(self, session: Session) -> None:
        """A catalog may come from anybody: what its triggers do to our rows is not ours to run."""
        if not self._sqlite or self._triggers_are_ours:
            return
        with sound_rows(self._where):
            foreign = geopackage.foreign_triggers(session.connection())
        if foreign:
            raise CatalogError(
                f"{self._where} has triggers that worldmap did not make and that would run when it "
                f"writes ({', '.join(foreign[:3])}); drop them, or use no map that you do not trust"
            )
        self._triggers_are_ours = True

    def _flush_of_photos(self, session: Session) -> None:
        try:
            session.flush()
        except IntegrityError as error:
            raise CatalogError(
                "lost a photo while it was worked on",
                path=self._where,
                hint="run the command again",
            ) from error

    def _near(
        self, model: type[PhotoRow] | type[TileRow], boxes: Sequence[Bounds]
    ) -> ColumnElement[bool]:
        """Rows whose bounds may touch one of the boxes, by the spatial index; it errs on the side
        of too many, and the caller looks again."""
        if not self._sqlite:
            envelopes = (func.ST_MakeEnvelope(*box, WGS84_SRID) for box in boxes)
            return or_(*(model.geom.bool_op("&&")(envelope) for envelope in envelopes))
        index = table(
            f"rtree_{model.__tablename__}_geom",
            *(column(name) for name in ("id", "minx", "maxx", "miny", "maxy")),
        )
        touching = (
            and_(
                index.c.maxx >= west - INDEX_MARGIN_DEG,
                index.c.minx <= east + INDEX_MARGIN_DEG,
                index.c.maxy >= south - INDEX_MARGIN_DEG,
                index.c.miny <= north + INDEX_MARGIN_DEG,
            )
            for west, south, east, north in boxes
        )
        return model.id.in_(select(index.c.id).where(or_(*touching)))

    def _update_extents(self, session: Session, *tables: str) -> None:
        if self._sqlite:
            for name in tables:
                geopackage.update_extent(session.connection(), name)


def asking(session: Session) -> glance.Ask:
    """How `glance` asks a session."""

    def ask(query: str) -> Sequence[Sequence[Any]]:
        return session.connection().exec_driver_sql(query).all()

    return ask


def chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """The values, so few at a time that any database takes them."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def parts_of(
    wanted: Select[*_Columns], of: Any, members: set[int] | None
) -> Iterator[Select[*_Columns]]:
    """The query limited to `members` of a column, in parts that any database takes, in order."""
    if members is None:
        yield wanted
        return
    for part in chunks(sorted(members)):
        yield wanted.where(of.in_(part))


def boxes_of(bbox: Bounds) -> list[Bounds]:
    """A bounding box as one box within ±180°, or two where it crosses the antimeridian."""
    west, south, east, north = bbox
    if not (-90.0 <= south <= north <= 90.0 and np.isfinite((west, east)).all()):
        raise AreaError(
            f"not an area: {west},{south},{east},{north}",
            hint="it is west,south,east,north in degrees",
        )
    if east - west >= 360.0:
        return [(-180.0, south, 180.0, north)]
    west, east = wrapped_deg(west), wrapped_deg(east)
    if west <= east:
        return [(west, south, east, north)]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def is_in_some(wkb: bytes | None, boxes: Sequence[Bounds], *, empty: bool) -> bool:
    """Whether the bounds of a geometry touch one of the boxes; `empty` where it has none."""
    box = None if wkb is None else geometry.bounds(wkb)
    if box is None:
        return empty
    return any(
        box[2] >= west and box[0] <= east and box[3] >= south and box[1] <= north
        for west, south, east, north in boxes
    )
