"""Photos and failures in the catalog."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Select,
    Text,
    and_,
    delete,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from worldmap.camera import Camera
from worldmap.catalog import geometry, geopackage, glance, rows
from worldmap.catalog.columns import Words
from worldmap.catalog.footprint import view_outline
from worldmap.catalog.geometry import Bounds
from worldmap.catalog.glance import FILE_URI, path_of
from worldmap.catalog.models import (
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
    RefinedDepthRow,
    ReviewRow,
    TileFileRow,
)
from worldmap.catalog.store.base import (
    _LARGEST_ID,
    INDEX_MARGIN_DEG,
    Opened,
    asking,
    boxes_of,
    chunks,
    is_in_some,
    parts_of,
)
from worldmap.catalog.store.tiles import mark_tiles_stale
from worldmap.errors import CatalogError
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site
from worldmap.records import (
    Artifact,
    DepthMapInfo,
    DepthWait,
    Failure,
    IngestedPhoto,
    PhotoMetadata,
    PhotoStatus,
    PosePrior,
    TileKey,
)

_NAMING = (DepthMapRow.path, FeaturesRow.path, RefinedDepthRow.path, TileFileRow.path)
"""Where rows name files of the map's folder."""


class PhotoStore(Opened):
    """Photos and failures."""

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
        depth: Artifact | None,
        depth_map: DepthMapInfo | None,
        features: Artifact,
        prior: PosePrior,
        settings_hash: str,
    ) -> int:
        """Keep what ingest found out about a photo, all or nothing; returns its id, which its
        content alone decides: so a map is the same whatever the order in which photos came. Both
        depth and depth_map are None where nothing gives it any yet.

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
            if depth is not None and depth_map is not None:
                session.add(rows.depth_map_row(photo.id, depth, depth_map))
            session.add_all(rows.ledger_rows(photo.id, metadata.ledger))
            session.add_all(
                (
                    rows.prior_row(photo.id, prior),
                    FeaturesRow(
                        photo_id=photo.id, path=features.path, content_hash=features.content_hash
                    ),
                )
            )
            footprint = show_prior(photo, prior, depth_map.far_depth_m if depth_map else math.nan)
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

    def record_depth_waits(self, waits: Mapping[int, DepthWait]) -> None:
        """Keep why photos, by id, got no depth from those around them. CatalogError, and none is
        kept, where a photo has left the map meanwhile."""
        with self._write() as session:
            for photo_id, wait in sorted(waits.items()):
                photo = session.get(PhotoRow, photo_id)
                if photo is None:
                    raise CatalogError(f"has no photo {photo_id}", path=self._where)
                photo.depth_wait = json.dumps(asdict(wait))

    @staticmethod
    def _forget_ingest(session: Session, photo_id: int) -> None:
        """Take away all that rests on a photo's earlier ingest, but the photo."""
        mark_tiles_stale(session, photo_id)
        for model in (
            *(LedgerRow, DepthMapRow, FeaturesRow, PriorRow),
            *(ReviewRow, PoseRow, FootprintRow, RefinedDepthRow, PhotoCloudRow),
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
        boxes = None if bbox is None else boxes_of(bbox)
        if boxes is not None:
            near = self._near(PhotoRow, boxes)
            wanted = wanted.where(or_(near, PhotoRow.geom.is_(None)))
        with self._read() as session:
            return [
                rows.ingested_photo(row)
                for row in session.scalars(wanted)
                if boxes is None or is_in_some(row.geom, boxes, empty=include_unpositioned)
            ]

    def photos_by_id(self, photo_ids: Collection[int]) -> list[IngestedPhoto]:
        """Those of these photos that are in the map, by id."""
        wanted = _whole_photos().order_by(PhotoRow.id)
        with self._read() as session:
            return [
                rows.ingested_photo(row)
                for part in parts_of(wanted, PhotoRow.id, set(photo_ids))
                for row in session.scalars(part)
            ]

    def tagged_photos(self, near: Bounds, tagged: Bounds) -> list[IngestedPhoto]:
        """Photos by id whose tags have them within `tagged`, of those whose best known position is
        within `near`, and all without any position. Boxes as in `photos`."""
        west, south, east, north = tagged
        boxes = boxes_of(near)
        by_tag = and_(
            PriorRow.lat_deg >= south - INDEX_MARGIN_DEG,
            PriorRow.lat_deg <= north + INDEX_MARGIN_DEG,
            *(
                (
                    PriorRow.lon_deg >= west - INDEX_MARGIN_DEG,
                    PriorRow.lon_deg <= east + INDEX_MARGIN_DEG,
                )
                # Across the antimeridian, and around the Earth, the caller looks at longitudes.
                if -180.0 <= west <= east <= 180.0
                else ()
            ),
        )
        nowhere = or_(PriorRow.lat_deg.is_(None), PriorRow.lon_deg.is_(None))
        ids = select(PhotoRow.id).join(PriorRow, PriorRow.photo_id == PhotoRow.id)
        with self._read() as session:
            found = {
                *session.scalars(ids.where(self._near(PhotoRow, boxes), or_(by_tag, nowhere))),
                *session.scalars(ids.where(PhotoRow.position_sigma_m.is_(None))),
            }
        return self.photos_by_id(found)

    def find_photos(self, path: Path) -> list[IngestedPhoto]:
        """Photos whose path is `path` or ends in it (a file name alone, say), by id."""
        called = type_coerce(PhotoRow.path, Words).endswith(path.name, autoescape=True)
        tail = path.parts
        with self._read() as session:
            # The index of paths alone is looked through, not the photos.
            named = {
                photo_id
                for photo_id, found in session.execute(
                    select(PhotoRow.id, PhotoRow.path).where(called)
                )
                if found.parts[-len(tail) :] == tail
            }
        return self.photos_by_id(named)

    def photos_by_author(self, author: str) -> list[IngestedPhoto]:
        """Photos of that author, caselessly and however it is spaced, by id."""
        wanted = " ".join(author.split()).casefold()
        with self._read() as session:
            theirs = [
                name
                for name in session.scalars(select(PhotoRow.artist).distinct())
                if name is not None and " ".join(name.split()).casefold() == wanted
            ]
            ids = {
                photo_id
                for part in chunks(theirs)
                for photo_id in session.scalars(
                    select(PhotoRow.id).where(PhotoRow.artist.in_(part))
                )
            }
        return self.photos_by_id(ids)

    def artifact_names(self) -> Iterator[tuple[str, Set[str]]]:
        """Every file of the map's folders that a row names, as the row writes it: a folder and
        names inside it, of one folder perhaps more than once. See `rewritten_paths`."""
        with self._read() as session:
            for column in _NAMING:
                # In one piece: rows of single names take five times as long to come.
                told, count = session.execute(
                    select(func.aggregate_strings(type_coerce(column, Text), "\n"), func.count())
                ).one()
                if not count:
                    continue
                folder, _, _ = str(told).partition("/")
                lines = f"\n{told}"
                names = lines.split(f"\n{folder}/")[1:]
                # Each in the same folder, as all are that we write, and no other line among them.
                if len(names) == count == lines.count("\n"):
                    yield folder, set(names)
                    continue
                named: dict[str, set[str]] = {}
                for text in self._texts(session, select(type_coerce(column, Text))):
                    folder, _, name = text.partition("/")
                    named.setdefault(folder, set()).add(name)
                yield from named.items()

    def rewritten_paths(self) -> set[str]:
        """The files that rows do not name as `Path.as_posix` would, as that does."""
        found = set[str]()
        with self._read() as session:
            for column in _NAMING:
                text = type_coerce(column, Text)
                winding = or_(
                    *(text.startswith(part) for part in ("./", FILE_URI)),
                    *(text.contains(part) for part in ("//", "/.")),
                    text.endswith("/"),
                )
                texts = self._texts(session, select(text).where(winding))
                found.update(path_of(each).as_posix() for each in texts)
        return found

    def _texts(self, session: Session, asked: Select[Any]) -> Iterator[str]:
        for text in session.scalars(asked):
            if not isinstance(text, str):  # of a catalog from somebody
                raise CatalogError("names a file by what is no text", path=self.name)
            yield text

    def stations(self, bbox: Bounds) -> list[tuple[int, float, float, float]]:
        """Of the photos whose best known position is within bbox (as in `photos`), by id: the
        photo's id, latitude, longitude, and how far it sees in metres (NaN where it is not placed
        or has no depth)."""
        wanted = (
            select(PhotoRow.id, PhotoRow.geom, DepthMapRow.far_depth_m * PoseRow.depth_scale)
            .join(DepthMapRow, DepthMapRow.photo_id == PhotoRow.id, isouter=True)
            .join(PoseRow, PoseRow.photo_id == PhotoRow.id, isouter=True)
            .where(self._near(PhotoRow, boxes_of(bbox)))
            .order_by(PhotoRow.id)
        )
        with self._read() as session:
            return [
                (photo_id, box[1], box[0], math.nan if far_m is None else far_m)
                for photo_id, geom, far_m in session.execute(wanted)
                if geom is not None and (box := geometry.bounds(geom)) is not None
            ]

    def count_photos(self, bbox: Bounds, most: int) -> int:
        """How many photos have their best known position in or just beside bbox (as in `photos`),
        counted up to `most`."""
        some = select(PhotoRow.id).where(self._near(PhotoRow, boxes_of(bbox))).limit(most)
        with self._read() as session:
            return session.scalar(select(func.count()).select_from(some.subquery())) or 0

    def has_rights(self) -> bool:
        """Whether any photo of the map tells whose it is."""
        asked = (
            select(PhotoRow.id).where(PhotoRow.licence.is_not(None)),
            select(PhotoRow.id).where(PhotoRow.artist.is_not(None)),
            select(LedgerRow.id).where(LedgerRow.quantity == "attribution", LedgerRow.used),
        )  # fmt: skip
        with self._read() as session:
            return any(session.scalar(each.limit(1)) is not None for each in asked)

    def licence_counts(self) -> dict[str | None, int]:
        """How many photos of the map name each licence."""
        wanted = select(PhotoRow.licence, func.count()).group_by(PhotoRow.licence)
        with self._read() as session:
            return {licence: count for licence, count in session.execute(wanted)}  # noqa: C416

    def paths(self, photo_ids: Collection[int]) -> dict[int, Path]:
        """The files of these photos by photo id."""
        with self._read() as session:
            return {
                photo_id: path
                for part in chunks(sorted(photo_ids))
                for photo_id, path in session.execute(
                    select(PhotoRow.id, PhotoRow.path).where(PhotoRow.id.in_(part))
                )
            }

    def depth_map(self, photo_id: int) -> DepthMapInfo | None:
        """What made a photo's depth map; None where it has none, or there is no such photo."""
        with self._read() as session:
            row = session.get(DepthMapRow, photo_id)
            return None if row is None else rows.depth_map_info(row)

    def far_depths_m(self, photo_ids: Collection[int] | None = None) -> dict[int, float]:
        """How far photos see, by photo id, as in DepthMapInfo, of all or of these."""
        members = None if photo_ids is None else set(photo_ids)
        wanted = select(DepthMapRow.photo_id, DepthMapRow.far_depth_m)
        with self._read() as session:
            return {
                photo_id: far_depth_m
                for part in parts_of(wanted, DepthMapRow.photo_id, members)
                for photo_id, far_depth_m in session.execute(part)
            }

    def delete_photo(self, photo_id: int) -> list[TileKey]:
        """`delete_photos` of one."""
        return self.delete_photos((photo_id,))

    def delete_photos(self, photo_ids: Iterable[int]) -> list[TileKey]:
        """Forget photos with their pairs, poses and failures; their files stay where they are.

        Returns the tiles that they were part of, which are stale from now on. CatalogError, and all
        stay, where there is no such photo.
        """
        keys: set[TileKey] = set()
        with self._write() as session:
            for photo_id in photo_ids:
                photo = session.get(PhotoRow, photo_id)
                if photo is None:
                    raise CatalogError(f"has no photo {photo_id}", path=self._where)
                keys |= {*mark_tiles_stale(session, photo_id)}
                session.execute(delete(FailureRow).where(FailureRow.path == photo.path))
                session.delete(photo)
                session.flush()
            self._update_extents(session, "photos", "footprints")
        return sorted(keys)

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
            return glance.map_failures(asking(session))


def show_prior(photo: PhotoRow, prior: PosePrior, far_depth_m: float) -> FootprintRow | None:
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


def _new_id(session: Session, content_hash: str) -> int:
    """An id of 31 bits from the photo's content: tiles, which hold it in 32, and everything that
    goes by the order of ids come out the same whatever the order in which photos were read. The
    next free one in the one case in 10⁵ maps of 200 photos where two contents meet."""
    digest = hashlib.sha256(content_hash.encode("utf-8", "surrogateescape")).digest()
    photo_id = max(1, int.from_bytes(digest[:4], "big") >> 1)
    while session.get(PhotoRow, photo_id) is not None:
        photo_id = photo_id % _LARGEST_ID + 1
    return photo_id


def _whole_photos() -> Select[PhotoRow]:
    return select(PhotoRow).options(
        selectinload(PhotoRow.ledger),
        joinedload(PhotoRow.depth_map),
        # A photo without one of these, which only another program can bring about, counts as not
        # ingested; the next ingest mends it.
        joinedload(PhotoRow.features, innerjoin=True),
        joinedload(PhotoRow.prior, innerjoin=True),
    )
