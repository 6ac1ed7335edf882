"""The catalog of a map: records in, records out.

Every method is one transaction. Writers wait for each other, readers for nobody, so several
commands may work on one map at once.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    bindparam,
    column,
    delete,
    func,
    or_,
    select,
    table,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from worldmap.camera import Camera
from worldmap.catalog import geometry, geopackage, glance, migrate, rows
from worldmap.catalog.columns import Words
from worldmap.catalog.connection import (
    WRITES,
    is_read_only,
    one_line_errors,
    postgresql_engine,
    sound_rows,
    sqlite_engine,
    use_write_ahead_log,
)
from worldmap.catalog.footprint import tile_outline, view_outline
from worldmap.catalog.geometry import WGS84_SRID, Bounds
from worldmap.catalog.models import (
    CalibrationRow,
    DepthMapRow,
    FailureRow,
    FeaturesRow,
    FootprintRow,
    LedgerRow,
    PairRow,
    PhotoCloudRow,
    PhotoRow,
    PoseRow,
    PriorRow,
    ReviewRow,
    RunRow,
    SiteRow,
    TileFileRow,
    TilePhotoRow,
    TileRow,
)
from worldmap.catalog.pointer import remember_url, remembered_url, require_same_url
from worldmap.errors import AreaError, CatalogError, MapNotFoundError
from worldmap.frames import enu_from_cam_rotation, wrapped_deg
from worldmap.geodesy import Site
from worldmap.place import Place
from worldmap.records import (
    Artifact,
    CameraCalibration,
    DepthMapInfo,
    Failure,
    IngestedPhoto,
    MapStatus,
    PairRegistration,
    PairStatus,
    PhotoCloud,
    PhotoMetadata,
    PhotoReview,
    PhotoStatus,
    PosePrior,
    Run,
    SolvedPose,
    Tile,
    TileKey,
    UnplacedPose,
)

_Row = TypeVar("_Row")
_Value = TypeVar("_Value")

# The R-tree holds float32, and does not round subnormal numbers outward.
_INDEX_MARGIN_DEG = 1e-6
# Few enough for any limit on bound parameters.
_CHUNK = 5000
_LARGEST_ID = 2**31 - 1


class Catalog:
    """The catalog of one map, open. Use as a context manager.

    Any method raises CatalogError where the database is locked for longer than a minute or damaged,
    and StorageError where it cannot be written or the disk is full.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._reading = engine
        self._writing = engine.execution_options(**{WRITES: True})
        self._where = where
        self._sqlite = engine.dialect.name == "sqlite"
        self._triggers_are_ours = False

    @classmethod
    def open(cls, map_dir: Path, *, create: bool, url: str | None = None) -> Catalog:
        """The catalog of the map in `map_dir`; made where `create` says so and there is none.

        url: a PostgreSQL database to use in place of the file, one for each map; where it is not
        given, the one that the folder names (`use_database`), if it names one.
        Raises CatalogError where there is none, or it is older, newer or foreign; StorageError
        where it cannot be read or made.
        """
        url = url or remembered_url(map_dir)
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
    def _opened_postgresql(cls, url: str, *, create: bool) -> Catalog:
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
    def _checked(cls, engine: Engine, where: str) -> Catalog:
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
    def _write(self) -> Iterator[Session]:
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

    # --- photos -------------------------------------------------------------------------------

    def find_photo(self, content_hash: str) -> IngestedPhoto | None:
        """The photo with this content, whatever its name; None where it was never ingested."""
        wanted = _whole_photos().where(PhotoRow.content_hash == content_hash)
        with self._read() as session:
            row = session.scalar(wanted)
            return None if row is None else rows.ingested_photo(row)

    def record_photo(
        self,
        metadata: PhotoMetadata,
        *,
        camera: Camera,
        depth: Artifact,
        depth_map: DepthMapInfo,
        features: Artifact,
        prior: PosePrior,
        settings_hash: str,
    ) -> int:
        """Keep what ingest found out about a photo, all or nothing; returns its id, which its
        content alone decides: so a map is the same whatever the order in which photos came.

        The same content ingested before keeps its id; its pairs and pose, which rest on the old
        depth, go, and tiles made of it become stale. Failures of the same content or path go too.
        """
        columns = {
            **rows.metadata_columns(metadata),
            **rows.camera_columns(camera),
            "settings_hash": settings_hash,
            "ingested_at": rows.now(),
            "status": PhotoStatus.INGESTED,
            "reason": "",
        }
        with self._write() as session:
            known = PhotoRow.content_hash == metadata.content_hash
            photo = session.scalar(select(PhotoRow).where(known))
            if photo is None:
                photo = PhotoRow(id=_new_id(session, metadata.content_hash), **columns)
                session.add(photo)
                session.flush()
            else:
                self._forget_ingest(session, photo.id)
                for name, value in columns.items():
                    setattr(photo, name, value)
            depth_row = rows.depth_map_row(photo.id, depth, depth_map)
            prior_row = rows.prior_row(photo.id, prior)
            session.add_all(rows.ledger_rows(photo.id, metadata.ledger))
            session.add_all(
                (
                    depth_row,
                    prior_row,
                    FeaturesRow(
                        photo_id=photo.id, path=features.path, content_hash=features.content_hash
                    ),
                )
            )
            footprint = _show_prior(photo, prior, depth_map.far_depth_m)
            if footprint is not None:
                session.add(footprint)
            session.execute(
                delete(FailureRow).where(
                    or_(
                        FailureRow.path == metadata.path,
                        FailureRow.content_hash == metadata.content_hash,
                    )
                )
            )
            session.flush()
            if self._sqlite:
                # The whole layer is not looked through for each photo.
                connection = session.connection()
                geopackage.extend_extent(connection, "photos", photo.geom)
                if footprint is not None:
                    geopackage.extend_extent(connection, "footprints", footprint.geom)
            return photo.id

    @staticmethod
    def _forget_ingest(session: Session, photo_id: int) -> None:
        """Take away all that rests on a photo's earlier ingest, but the photo."""
        _mark_stale(session, photo_id)
        for model in (
            *(LedgerRow, DepthMapRow, FeaturesRow, PriorRow),
            *(ReviewRow, PoseRow, FootprintRow, PhotoCloudRow),
        ):
            session.execute(delete(model).where(model.photo_id == photo_id))
        session.execute(
            delete(PairRow).where(or_(PairRow.photo_a == photo_id, PairRow.photo_b == photo_id))
        )

    def photos(
        self, bbox: Bounds | None = None, *, include_unpositioned: bool = False
    ) -> list[IngestedPhoto]:
        """Photos by id, all or those within bbox, by their best known position.

        bbox is west, south, east, north in degrees, borders included; west > east crosses the
        antimeridian. include_unpositioned adds those without any position to a bbox (they are in
        the whole map anyway). UsageError for a bbox that means nothing.
        """
        wanted = _whole_photos().order_by(PhotoRow.id)
        boxes = None if bbox is None else _boxes(bbox)
        if boxes is not None:
            near = self._near(PhotoRow, boxes)
            wanted = wanted.where(or_(near, PhotoRow.geom.is_(None)))
        with self._read() as session:
            return [
                rows.ingested_photo(row)
                for row in session.scalars(wanted)
                if boxes is None or _is_in(row.geom, boxes, empty=include_unpositioned)
            ]

    def find_photos(self, path: Path) -> list[IngestedPhoto]:
        """Photos whose path is `path` or ends in it (a file name alone, say), by id."""
        called = type_coerce(PhotoRow.path, Words).endswith(path.name, autoescape=True)
        wanted = _whole_photos().where(called).order_by(PhotoRow.id)
        tail = path.parts
        with self._read() as session:
            return [
                rows.ingested_photo(row)
                for row in session.scalars(wanted)
                if row.path.parts[-len(tail) :] == tail
            ]

    def paths(self, photo_ids: Collection[int]) -> dict[int, Path]:
        """The files of these photos by photo id."""
        with self._read() as session:
            return {
                photo_id: path
                for part in _chunks(sorted(photo_ids))
                for photo_id, path in session.execute(
                    select(PhotoRow.id, PhotoRow.path).where(PhotoRow.id.in_(part))
                )
            }

    def depth_map(self, photo_id: int) -> DepthMapInfo | None:
        """What made a photo's depth map; None where there is no such photo."""
        with self._read() as session:
            row = session.get(DepthMapRow, photo_id)
            return None if row is None else rows.depth_map_info(row)

    def far_depths_m(self) -> dict[int, float]:
        """How far each photo sees, by photo id, as in DepthMapInfo."""
        with self._read() as session:
            found = session.execute(select(DepthMapRow.photo_id, DepthMapRow.far_depth_m))
            return {photo_id: far_depth_m for photo_id, far_depth_m in found}  # noqa: C416

    def delete_photo(self, photo_id: int) -> list[TileKey]:
        """Forget a photo with its pairs, pose and failures; its files stay where they are.

        Returns the tiles that it was part of, which are stale from now on. CatalogError where there
        is no such photo.
        """
        with self._write() as session:
            photo = session.get(PhotoRow, photo_id)
            if photo is None:
                raise CatalogError(f"has no photo {photo_id}", path=self._where)
            keys = _mark_stale(session, photo_id)
            session.execute(delete(FailureRow).where(FailureRow.path == photo.path))
            session.delete(photo)
            session.flush()
            self._update_extents(session, "photos", "footprints")
            return keys

    # --- failures -----------------------------------------------------------------------------

    def record_failure(self, failure: Failure) -> None:
        """Keep why a photo could not be used; the same file and stage has one, the latest."""
        with self._write() as session:
            wanted = select(FailureRow).where(
                FailureRow.path == failure.path, FailureRow.stage == failure.stage
            )
            row = session.scalar(wanted)
            if row is None:
                row = FailureRow(path=failure.path, stage=failure.stage)
                session.add(row)
            row.content_hash = failure.content_hash
            row.reason = failure.reason
            row.failed_at = rows.now()

    def failures(self) -> list[Failure]:
        """All photos that could not be used, by path and stage."""
        with self._read() as session:
            return glance.map_failures(_asking(session))

    # --- pairs --------------------------------------------------------------------------------

    def record_pair(self, pair: PairRegistration, settings_hash: str) -> None:
        """Keep the verdict on a pair under the settings of that hash, replacing an earlier one."""
        self.record_pairs((pair,), settings_hash)

    def record_pairs(self, pairs: Iterable[PairRegistration], settings_hash: str) -> None:
        """`record_pair` for many in one transaction.

        CatalogError, and none is kept, where a photo has left the map meanwhile.
        """
        with self._write() as session:
            self._put_pairs(session, pairs, settings_hash)

    def _put_pairs(
        self, session: Session, pairs: Iterable[PairRegistration], settings_hash: str
    ) -> None:
        latest = {pair.key: pair for pair in pairs}
        if not latest:
            return
        session.connection().execute(
            delete(PairRow).where(
                PairRow.photo_a == bindparam("a"),
                PairRow.photo_b == bindparam("b"),
                PairRow.settings_hash == settings_hash,
            ),
            [{"a": a, "b": b} for a, b in latest],
        )
        session.add_all(rows.pair_row(pair, settings_hash) for pair in latest.values())
        self._flush_of_photos(session)

    def _flush_of_photos(self, session: Session) -> None:
        try:
            session.flush()
        except IntegrityError as error:
            raise CatalogError(
                "lost a photo while it was worked on",
                path=self._where,
                hint="run the command again",
            ) from error

    def find_pairs(
        self, settings_hash: str, photo_ids: Collection[int] | None = None
    ) -> dict[tuple[int, int], PairRegistration]:
        """Verdicts under the settings of that hash by (photo_a, photo_b), so that none is worked
        out twice; with photo_ids only pairs among these."""
        wanted = select(PairRow).where(PairRow.settings_hash == settings_hash)
        members = None if photo_ids is None else set(photo_ids)
        found = {}
        with self._read() as session:
            for part in _parts(wanted, PairRow.photo_a, members):
                for row in session.scalars(part.order_by(PairRow.photo_a, PairRow.photo_b)):
                    if members is None or row.photo_b in members:
                        found[row.photo_a, row.photo_b] = rows.pair_of(row)
        return found

    def newest_pairs_key(self) -> str | None:
        """The settings' hash that the last verdict on any pair was given under."""
        wanted = select(PairRow.settings_hash).order_by(PairRow.id.desc()).limit(1)
        with self._read() as session:
            return session.scalar(wanted)

    def pairs_of(self, photo_id: int) -> list[PairRegistration]:
        """Verdicts on a photo with others, by the others' ids, under the settings used last."""
        of_photo = or_(PairRow.photo_a == photo_id, PairRow.photo_b == photo_id)
        newest = select(PairRow.settings_hash).where(of_photo).order_by(PairRow.id.desc()).limit(1)
        wanted = select(PairRow).where(of_photo, PairRow.settings_hash == newest.scalar_subquery())
        with self._read() as session:
            found = session.scalars(wanted.order_by(PairRow.photo_a, PairRow.photo_b))
            return [rows.pair_of(row) for row in found]

    def verdicts(self) -> list[tuple[int, int, PairStatus, int]]:
        """photo_a, photo_b, verdict and inliers of every pair under the settings it was last judged
        by, in order: pairs at a glance, without their evidence."""
        newest = select(func.max(PairRow.id)).group_by(PairRow.photo_a, PairRow.photo_b)
        wanted = select(
            PairRow.photo_a,
            PairRow.photo_b,
            PairRow.own_reason,
            PairRow.area_reason,
            PairRow.inliers,
        ).where(PairRow.id.in_(newest))
        with self._read() as session:
            found = session.execute(wanted.order_by(PairRow.photo_a, PairRow.photo_b))
            return [(a, b, PairStatus.of(own, area), n) for a, b, own, area, n in found]

    # --- poses --------------------------------------------------------------------------------

    def replace_solution(
        self,
        run_id: int,
        poses: Sequence[SolvedPose],
        reviews: Iterable[PhotoReview] = (),
        *,
        pairs: Iterable[PairRegistration] = (),
        pairs_key: str = "",
        calibrations: Iterable[CameraCalibration] = (),
    ) -> None:
        """Keep where these photos ended up, each about its own site, and what was said about them
        on the way, with verdicts on `pairs` as `record_pairs` does; other photos' poses and reviews
        stay. All or nothing: poses rest on the verdicts. calibrations: what photos told of their
        cameras, in place of what any of them told before.

        CatalogError, and nothing changes, where a photo has left the map meanwhile.
        """
        by_photo = {pose.photo_id: pose for pose in poses}
        with self._write() as session:
            self._put_pairs(session, pairs, pairs_key)
            in_order = dict.fromkeys(pose.site for pose in poses)
            sites = {site: _site_row(session, site) for site in in_order}
            for part in _chunks(sorted(by_photo)):
                photos = session.scalars(
                    select(PhotoRow)
                    .options(
                        joinedload(PhotoRow.depth_map, innerjoin=True),
                        joinedload(PhotoRow.prior, innerjoin=True),
                    )
                    .where(PhotoRow.id.in_(part))
                ).all()
                for model in (PoseRow, FootprintRow, ReviewRow):
                    session.execute(delete(model).where(model.photo_id.in_(part)))
                found = [_show_pose(photo, by_photo[photo.id]) for photo in photos]
                session.add_all(footprint for footprint in found if footprint is not None)
                session.add_all(
                    rows.pose_row(by_photo[i], run_id, sites[by_photo[i].site].id) for i in part
                )
                self._flush_of_photos(session)
            session.add_all(rows.review_row(review, run_id) for review in reviews)
            self._put_calibrations(session, calibrations, run_id)
            self._flush_of_photos(session)
            self._update_extents(session, "photos", "footprints")

    def _put_calibrations(
        self, session: Session, calibrations: Iterable[CameraCalibration], run_id: int
    ) -> None:
        for found in calibrations:
            told = select(CalibrationRow).where(CalibrationRow.camera_key == found.camera_key)
            for row in session.scalars(told).all():
                if set(json.loads(row.photo_ids)) & set(found.photo_ids):
                    session.delete(row)
            session.add(rows.calibration_row(found, run_id))

    def calibrations(self) -> list[CameraCalibration]:
        """What photos told of their cameras, by camera and in the order it was found out."""
        wanted = (
            select(CalibrationRow, RunRow.started_at)
            .join(RunRow, RunRow.id == CalibrationRow.run_id)
            .order_by(CalibrationRow.camera_key, CalibrationRow.id)
        )
        with self._read() as session:
            return [rows.calibration_of(row, at) for row, at in session.execute(wanted)]

    def reviews(self) -> dict[int, PhotoReview]:
        """What the last merges said about photos, by photo id; only where there was anything."""
        with self._read() as session:
            wanted = select(ReviewRow).order_by(ReviewRow.photo_id)
            return {row.photo_id: rows.review_of(row) for row in session.scalars(wanted)}

    def site(self) -> Site | None:
        """The origin that most photos were solved about, of equals that of the newest solution;
        None before the first."""
        with self._read() as session:
            return glance.site(_asking(session))

    def sites(self) -> list[Site]:
        """Every origin that photos are placed about, in the order in which they came up."""
        about = select(SiteRow).where(SiteRow.id.in_(select(PoseRow.site_id)))
        with self._read() as session:
            return [_site_of(row) for row in session.scalars(about.order_by(SiteRow.id))]

    def poses(
        self, photo_ids: Collection[int] | None = None, *, site: Site | None = None
    ) -> list[SolvedPose]:
        """Solved poses by photo id, all or of these photos, each about the site that it was solved
        about, or all about `site`."""
        members = None if photo_ids is None else set(photo_ids)
        found = []
        with self._read() as session:
            origins = {row.id: _site_of(row) for row in session.scalars(select(SiteRow))}
            for part in _parts(select(PoseRow), PoseRow.photo_id, members):
                for row in session.scalars(part.order_by(PoseRow.photo_id)):
                    pose = rows.pose_of(row, origins[row.site_id])
                    found.append(pose if site is None else pose.about(site))
        return found

    def solving_runs(self, photo_ids: Collection[int]) -> list[Run]:
        """The runs that these photos' poses come from, oldest first."""
        found: dict[int, Run] = {}
        with self._read() as session:
            wanted = select(RunRow).join(PoseRow, PoseRow.run_id == RunRow.id).distinct()
            for part in _parts(wanted, PoseRow.photo_id, set(photo_ids)):
                found.update((row.id, rows.run_of(row)) for row in session.scalars(part))
        return [found[i] for i in sorted(found)]

    # --- tiles --------------------------------------------------------------------------------

    def replace_tiles(
        self, run_id: int, tiles: Iterable[Tile], *, dropped: Iterable[TileKey] = ()
    ) -> None:
        """Keep these tiles in place of earlier ones of the same key, and forget those in `dropped`.

        The files are written before, and old ones removed after. CatalogError, and nothing changes,
        where a photo has left the map meanwhile.
        """
        written = {str(tile.key): tile for tile in tiles}
        gone = [str(key) for key in dropped]
        with self._write() as session:
            for keys in _chunks(gone):
                session.execute(delete(TileRow).where(TileRow.key.in_(keys)))
            for keys in _chunks(sorted(written)):
                known = {
                    row.key: row
                    for row in session.scalars(select(TileRow).where(TileRow.key.in_(keys)))
                }
                ids = [row.id for row in known.values()]
                for model in (TilePhotoRow, TileFileRow):
                    session.execute(delete(model).where(model.tile_id.in_(ids)))
                for key in keys:
                    tile = written[key]
                    columns = {
                        **rows.tile_columns(tile),
                        "run_id": run_id,
                        "written_at": rows.now(),
                        "geom": tile_outline(tile.key) if tile.points else None,
                    }
                    row = known.setdefault(key, TileRow())
                    for name, value in columns.items():
                        setattr(row, name, value)
                session.add_all(known.values())
                self._flush_of_photos(session)
                session.add_all(
                    TilePhotoRow(tile_id=known[key].id, photo_id=photo_id)
                    for key in keys
                    for photo_id in written[key].photo_ids
                )
                for key in keys:
                    session.add_all(rows.tile_file_rows(known[key].id, written[key]))
                self._flush_of_photos(session)
            self._update_extents(session, "tiles")

    def mark_stale(self, keys: Iterable[TileKey]) -> None:
        """Note that these tiles are about to be rewritten, or have to be: whatever stops that, the
        next merge sees to them."""
        names = sorted(str(key) for key in keys)
        if not names:
            return
        with self._write() as session:
            for part in _chunks(names):
                session.execute(update(TileRow).where(TileRow.key.in_(part)).values(stale=True))

    def tiles(
        self, bbox: Bounds | None = None, *, only_stale: bool = False, empty: bool = False
    ) -> list[Tile]:
        """Tiles by key, all or those that touch bbox (as in `photos`); `empty`: those without
        points too."""
        wanted = select(TileRow)
        if not empty:
            wanted = wanted.where(TileRow.points > 0)
        boxes = None if bbox is None else _boxes(bbox)
        if boxes is not None:
            wanted = wanted.where(self._near(TileRow, boxes))
        if only_stale:
            wanted = wanted.where(TileRow.stale)
        with self._read() as session:
            found = [
                row
                for row in session.scalars(wanted)
                if boxes is None or _is_in(row.geom, boxes, empty=False)
            ]
            members = defaultdict(list)
            files = defaultdict(list)
            ids = {row.id for row in found}
            for part in _parts(select(TilePhotoRow), TilePhotoRow.tile_id, ids):
                for link in session.scalars(part):
                    members[link.tile_id].append(link.photo_id)
            for own in _parts(select(TileFileRow), TileFileRow.tile_id, ids):
                for file in session.scalars(own):
                    files[file.tile_id].append(file)
            tiles = [rows.tile_of(row, files[row.id], members[row.id]) for row in found]
        return sorted(tiles, key=lambda tile: tile.key)

    def record_photo_clouds(self, clouds: Iterable[PhotoCloud]) -> None:
        """Keep what photos give to the tiles, in place of what was known of them.

        CatalogError, and none is kept, where a photo has left the map meanwhile.
        """
        by_photo = {cloud.photo_id: cloud for cloud in clouds}
        with self._write() as session:
            for part in _chunks(sorted(by_photo)):
                session.execute(delete(PhotoCloudRow).where(PhotoCloudRow.photo_id.in_(part)))
                session.add_all(rows.photo_cloud_row(by_photo[i]) for i in part)
                self._flush_of_photos(session)

    def photo_clouds(self) -> dict[int, PhotoCloud]:
        """What is known of what photos give to the tiles, by photo id."""
        with self._read() as session:
            wanted = select(PhotoCloudRow).order_by(PhotoCloudRow.photo_id)
            return {row.photo_id: rows.photo_cloud_of(row) for row in session.scalars(wanted)}

    # --- runs ---------------------------------------------------------------------------------

    def start_run(
        self, command: str, settings_json: str, version: str, *, solve_version: int | None = None
    ) -> int:
        """Note that a command begins to write; returns the run's id."""
        with self._write() as session:
            row = RunRow(
                command=command,
                settings_json=settings_json,
                version=version,
                started_at=rows.now(),
                solve_version=solve_version,
            )
            session.add(row)
            session.flush()
            return row.id

    def finish_run(self, run_id: int, outcome: str) -> None:
        """Note how a run ended: "ok", or what stopped it in one line."""
        with self._write() as session:
            session.execute(
                update(RunRow)
                .where(RunRow.id == run_id)
                .values(finished_at=rows.now(), outcome=outcome)
            )

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        with self._read() as session:
            return [rows.run_of(row) for row in session.scalars(select(RunRow).order_by(RunRow.id))]

    def status(self) -> MapStatus:
        """The map in numbers."""
        with self._read() as session:
            return glance.map_status(_asking(session))

    # --- space --------------------------------------------------------------------------------

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
                index.c.maxx >= west - _INDEX_MARGIN_DEG,
                index.c.minx <= east + _INDEX_MARGIN_DEG,
                index.c.maxy >= south - _INDEX_MARGIN_DEG,
                index.c.miny <= north + _INDEX_MARGIN_DEG,
            )
            for west, south, east, north in boxes
        )
        return model.id.in_(select(index.c.id).where(or_(*touching)))

    def _update_extents(self, session: Session, *tables: str) -> None:
        if self._sqlite:
            for name in tables:
                geopackage.update_extent(session.connection(), name)


def use_database(map_dir: Path, url: str, *, create: bool) -> None:
    """Keep the map's catalog in the PostgreSQL database at `url` from now on: made there where
    `create` says so and it is empty, and named in the map's folder, so that every later command
    finds it by the folder.

    Raises CatalogError where the map has another catalog already, or the database cannot be used;
    then nothing is written down. StorageError where the folder cannot be written.
    """
    require_same_url(map_dir, url, migrate.CATALOG_NAME)
    Catalog.open(map_dir, create=create, url=url).close()
    remember_url(map_dir, url)


# --- what people see of a photo -----------------------------------------------------------------


def _show_prior(photo: PhotoRow, prior: PosePrior, far_depth_m: float) -> FootprintRow | None:
    """Set a photo's best known position from its tags; returns its footprint, if it has one."""
    photo.height_m = prior.height_m
    photo.heading_deg = prior.heading_deg
    photo.position_sigma_m = prior.horizontal_sigma_m if prior.has_position else None
    photo.geom = None
    if prior.lat_deg is None or prior.lon_deg is None:
        return None
    photo.geom = geometry.point(prior.lon_deg, prior.lat_deg)
    if prior.heading_deg is None:
        return None
    rotation = enu_from_cam_rotation(prior.heading_deg, prior.pitch_deg, prior.roll_deg)
    at = Site(prior.lat_deg, prior.lon_deg, prior.height_m or 0.0)
    outline = view_outline(at, rotation, rows.camera_of(photo), far_depth_m)
    return FootprintRow(photo_id=photo.id, status=photo.status, geom=outline)


def _show_pose(photo: PhotoRow, pose: SolvedPose) -> FootprintRow | None:
    """Set a photo's best known position from its pose, or from its tags again where it has none;
    returns its footprint, if it has one."""
    photo.status, photo.reason = pose.status, pose.reason
    far_depth_m = photo.depth_map.far_depth_m
    if isinstance(pose, UnplacedPose):
        return _show_prior(photo, rows.prior_of(photo.prior), far_depth_m)
    camera = rows.camera_of(photo)
    place = Place.of(pose, camera)
    photo.geom = geometry.point(place.lon_deg, place.lat_deg)
    photo.height_m = place.height_m
    photo.heading_deg = place.heading_deg
    photo.position_sigma_m = math.hypot(*place.position_sigma_m[:2])
    outline = view_outline(
        Site(place.lat_deg, place.lon_deg, place.height_m),
        enu_from_cam_rotation(place.heading_deg, place.pitch_deg, place.roll_deg),
        pose.solved_camera(camera),
        far_depth_m * place.depth_scale,
    )
    return FootprintRow(photo_id=photo.id, status=photo.status, geom=outline)


def _mark_stale(session: Session, photo_id: int) -> list[TileKey]:
    """Tiles that a photo is part of have to be made again."""
    made_of = select(TilePhotoRow.tile_id).where(TilePhotoRow.photo_id == photo_id)
    tiles = session.scalars(select(TileRow).where(TileRow.id.in_(made_of))).all()
    for tile in tiles:
        tile.stale = True
    return sorted(TileKey(epsg=t.epsg, east_m=t.east_m, north_m=t.north_m) for t in tiles)


# --- ids ----------------------------------------------------------------------------------------


def _new_id(session: Session, content_hash: str) -> int:
    """An id of 31 bits from the photo's content: tiles, which hold it in 32, and everything that
    goes by the order of ids come out the same whatever the order in which photos were read. The
    next free one in the one case in 10⁵ maps of 200 photos where two contents meet."""
    digest = hashlib.sha256(content_hash.encode("utf-8", "surrogateescape")).digest()
    photo_id = max(1, int.from_bytes(digest[:4], "big") >> 1)
    while session.get(PhotoRow, photo_id) is not None:
        photo_id = photo_id % _LARGEST_ID + 1
    return photo_id


# --- sites --------------------------------------------------------------------------------------


def _site_row(session: Session, site: Site) -> SiteRow:
    known = session.scalar(
        select(SiteRow).where(
            SiteRow.lat_deg == site.lat_deg,
            SiteRow.lon_deg == site.lon_deg,
            SiteRow.height_m == site.height_m,
        )
    )
    if known is not None:
        return known
    row = SiteRow(lat_deg=site.lat_deg, lon_deg=site.lon_deg, height_m=site.height_m)
    session.add(row)
    session.flush()
    return row


def _site_of(row: SiteRow) -> Site:
    return Site(row.lat_deg, row.lon_deg, row.height_m)


# --- queries ------------------------------------------------------------------------------------


def _asking(session: Session) -> glance.Ask:
    def ask(query: str) -> Sequence[Sequence[Any]]:
        return session.connection().exec_driver_sql(query).all()

    return ask


def _whole_photos() -> Select[PhotoRow]:
    return select(PhotoRow).options(
        selectinload(PhotoRow.ledger),
        # A photo without one of these, which only another program can bring about, counts as not
        # ingested; the next ingest mends it.
        joinedload(PhotoRow.depth_map, innerjoin=True),
        joinedload(PhotoRow.features, innerjoin=True),
        joinedload(PhotoRow.prior, innerjoin=True),
    )


def _chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _parts(wanted: Select[_Row], of: Any, members: set[int] | None) -> Iterator[Select[_Row]]:
    """The query limited to `members` of a column, in parts that any database takes, in order."""
    if members is None:
        yield wanted
        return
    for part in _chunks(sorted(members)):
        yield wanted.where(of.in_(part))


def _boxes(bbox: Bounds) -> list[Bounds]:
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


def _is_in(wkb: bytes | None, boxes: Sequence[Bounds], *, empty: bool) -> bool:
    """Whether the bounds of a geometry touch one of the boxes; `empty` where it has none."""
    box = None if wkb is None else geometry.bounds(wkb)
    if box is None:
        return empty
    return any(
        box[2] >= west and box[0] <= east and box[3] >= south and box[1] <= north
        for west, south, east, north in boxes
    )
