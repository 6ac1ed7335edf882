"""A town's catalog, made quickly: the rows and files of one small real map, copied all over a grid
with shifted places, and tied to each other so that the whole town is one connected group.

The files are hard links to those of the small map. What is copied is what commands load: photos
with their ledgers, first guesses, poses and footprints, verdicts on pairs, what photos give to the
tiles, and tiles. No command could merge the copies again, which show what the small map shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.catalog import CATALOG_NAME, geopackage
from worldmap.catalog.connection import WRITES, sqlite_engine
from worldmap.config import Settings
from worldmap.geodesy import Site, ecef_from_geodetic
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.registration.view import PhotoView
from worldmap.stages.register import read_views
from worldmap.stages.selection import sites_of
from worldmap.stages.work import Work
from worldmap.tiling import TILE_SIZE_M

STEP_TILES = (6, 4)
"""From copy to copy, east and north: a small map's tiles, and five times as many beside them, as if
its photos had seen that far."""
_BESIDE = ((0, 0), (2, 0), (4, 0), (0, 2), (2, 2), (4, 2))
APART = 8
"""Of the small map's pairs those between so near neighbours in the street are copied."""
_FIRST_ID = 1_000_000
_LINKS = 30_000
"""A file system allows some 60,000 names of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town and its size."""

    map_dir: Path
    photos: int
    tiles: int
    pairs: int


def make_town(small: Path, map_dir: Path, photos: int) -> Town:
    """The small map in `map_dir`, with copies of it around until there are so many photos."""
    shutil.copytree(small, map_dir)
    path = map_dir / CATALOG_NAME
    views = _views(map_dir)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        named = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        connection.execute("BEGIN")
        for (name,) in named:
            connection.execute(f'DROP TRIGGER "{name}"')
        _Copies(connection, map_dir, photos, views).write()
        connection.execute("COMMIT")
    engine = sqlite_engine(path, foreign_keys=False)
    with engine.execution_options(**{WRITES: True}).begin() as writing:
        geopackage.refresh(writing)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ANALYZE")
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("photos", "tiles", "pair_registrations")
        ]
    return Town(map_dir=map_dir, photos=counts[0], tiles=counts[1], pairs=counts[2])


def _later(copy: int) -> timedelta:
    """Each copy was taken on a day of its own."""
    return timedelta(days=copy + 1)


def _views(map_dir: Path) -> dict[int, PhotoView]:
    """The small map's photos as a merge sees them."""
    with MapFolder.open(map_dir) as folder:
        photos = folder.catalog.photos()
        work = Work(folder=folder, settings=Settings(), listener=Silence(), jobs=1, run_id=0)
        sites = sites_of(folder.catalog, photos)
        return read_views(work, sites, photos, folder.catalog.reviews())


class _Copies:
    """What is written beside the small map's rows."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        map_dir: Path,
        photos: int,
        views: Mapping[int, PhotoView],
    ) -> None:
        self._connection, self._map_dir, self._views = connection, map_dir, views
        self._tagged = {
            photo_id: place
            for table in ("priors", "reviews")
            for photo_id, *place in connection.execute(
                f"SELECT photo_id, lat_deg, lon_deg, height_m FROM {table}"
            )
        }
        # Copies' ids are in the order of the small map's: a pair is told from its first photo.
        self._own = [row[0] for row in connection.execute("SELECT id FROM photos ORDER BY id")]
        asked = "SELECT photo_id FROM solved_poses ORDER BY east_m"
        self._stand = {row[0]: place for place, row in enumerate(connection.execute(asked))}
        self._rank = {photo_id: rank for rank, photo_id in enumerate(self._own)}
        self._count = -(-(photos - len(self._own)) // len(self._own))
        side = int(np.ceil(np.sqrt(self._count + 1)))
        places = ((i, j) for i in range(side) for j in range(side))
        at = [(i - side // 2, j - side // 2) for i, j in places]
        # The small map stands in the middle, with copies all around.
        at = [place for place in at if place != (0, 0)][: self._count]
        self._side = side
        self._tiles_off = np.array(at) * STEP_TILES
        self._off_m = self._tiles_off * TILE_SIZE_M
        site_id, lat_deg, lon_deg, height_m = connection.execute(
            "SELECT id, lat_deg, lon_deg, height_m FROM sites ORDER BY id LIMIT 1"
        ).fetchone()
        del site_id
        self._site = Site(lat_deg, lon_deg, height_m)
        self._degrees = self._degrees_off()

    def write(self) -> None:
        """All tables."""
        self._photos()
        for table in ("ledger_entries", "depth_maps", "features", "priors", "reviews"):
            self._of_photos(table)
        for table in ("solved_poses", "footprints", "refined_depths", "photo_clouds"):
            self._of_photos(table)
        self._pairs()
        self._tiles()

    def _degrees_off(self) -> NDArray[np.float64]:
        """Longitude and latitude (copies, photos, 2) that each copied photo is off the first."""
        asked = "SELECT photo_id, east_m, north_m, up_m FROM solved_poses"
        poses = {row[0]: row[1:] for row in self._connection.execute(asked)}
        own = np.array([poses[i] for i in self._own], dtype=np.float64)
        moved = own[None] + np.pad(self._off_m, ((0, 0), (0, 1)))[:, None]
        lat_deg, lon_deg, _ = self._site.geodetic_from_enu(moved.reshape(-1, 3))
        lat0_deg, lon0_deg, _ = self._site.geodetic_from_enu(own)
        shape = moved.shape[:2]
        return np.stack(
            (lon_deg.reshape(shape) - lon0_deg, lat_deg.reshape(shape) - lat0_deg), axis=-1
        )

    def _id(self, copy: int, rank: int) -> int:
        return _FIRST_ID + copy * len(self._own) + rank

    def _tags_hash(self, copy: int, photo_id: int) -> str:
        """What a merge will say of the copy's tags."""
        view, rank = self._views[photo_id], self._rank[photo_id]
        # To the last bit as from the copied row.
        lat_deg, lon_deg, height_m = self._tagged[photo_id]
        lon_off, lat_off = self._degrees[copy, rank]
        new_id = self._id(copy, rank)
        taken_s = view.captured_s + _later(copy).total_seconds()
        told = view.shared_key.rpartition("|")[2]
        day = (datetime.fromisoformat(told) + _later(copy)).date().isoformat() if told else ""
        alone = view.camera_key == f"photo {photo_id}"
        return replace(
            view,
            photo_id=new_id,
            name=f"{copy:05d}_{view.name}",
            camera_key=f"photo {new_id}" if alone else view.camera_key,
            captured_s=taken_s,
            shared_key=f"{view.device}|{day}" if day else "",
            position_ecef=ecef_from_geodetic(lat_deg + lat_off, lon_deg + lon_off, height_m),
        ).tags_hash

    # --- rows -----------------------------------------------------------------------------------

    def _rows(self, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        cursor = self._connection.execute(f"SELECT * FROM {table}")
        return [column[0] for column in cursor.description], cursor.fetchall()

    def _insert(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{name}"' for name in columns)
        self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    def _photos(self) -> None:
        columns, rows = self._rows("photos")
        at = {name: columns.index(name) for name in columns}

        def copied() -> Iterator[tuple[Any, ...]]:
            for copy in range(self._count):
                for row in rows:
                    rank = self._rank[row[at["id"]]]
                    new = list(row)
                    new[at["id"]] = self._id(copy, rank)
                    new[at["content_hash"]] = hashlib.sha256(f"{copy}/{rank}".encode()).hexdigest()
                    # A merge would find that they are one picture.
                    new[at["perceptual_hash"]] = None
                    # Or that their photographer was in two places at once.
                    taken = datetime.fromisoformat(row[at["captured_at"]]) + _later(copy)
                    new[at["captured_at"]] = taken.isoformat()
                    name = Path(row[at["path"]]).name
                    new[at["path"]] = f"/photos/{copy:05d}/{copy:05d}_{name}"
                    lon_off, lat_off = self._degrees[copy, rank]
                    new[at["tag_lat_deg"]] += lat_off
                    new[at["tag_lon_deg"]] += lon_off
                    new[at["geom"]] = _shifted(row[at["geom"]], lon_off, lat_off)
                    yield tuple(new)

        self._insert("photos", columns, copied())

    def _of_photos(self, table: str) -> None:
        columns, rows = self._rows(table)
        at = {name: columns.index(name) for name in columns}
        own_id = at.get("id")
        links = _Links(self._map_dir) if "path" in at else None

        def copied() -> Iterator[tuple[Any, ...]]:
            for copy in range(self._count):
                east, north = self._off_m[copy]
                for row in rows:
                    rank = self._rank[row[at["photo_id"]]]
                    new = list(row)
                    new[at["photo_id"]] = self._id(copy, rank)
                    if own_id is not None:
                        new[own_id] = None
                    lon_off, lat_off = self._degrees[copy, rank]
                    if "lat_deg" in at and row[at["lat_deg"]] is not None:
                        new[at["lat_deg"]] += lat_off
                        new[at["lon_deg"]] += lon_off
                    if "east_m" in at:
                        new[at["east_m"]] += east
                        new[at["north_m"]] += north
                    if "geom" in at and row[at["geom"]] is not None:
                        new[at["geom"]] = _shifted(row[at["geom"]], lon_off, lat_off)
                    if links is not None and row[at["path"]] not in ("", "."):
                        new[at["path"]] = links.link(row[at["path"]], f"{copy:05d}")
                    if "frame" in at and row[at["frame"]] is not None:
                        new[at["frame"]] = str(new[at["photo_id"]])
                    if "tags_hash" in at:
                        new[at["tags_hash"]] = self._tags_hash(copy, row[at["photo_id"]])
                    if "parts" in at:
                        parts = json.loads(row[at["parts"]])
                        new[at["parts"]] = json.dumps(
                            {self._key(key, copy): part for key, part in parts.items()}
                        )
                        ratios = json.loads(row[at["ratios"]])
                        new[at["ratios"]] = json.dumps(
                            [
                                [*(self._id(copy, self._rank[i]) for i in ratio[:2]), *ratio[2:]]
                                for ratio in ratios
                            ]
                        )
                    yield tuple(new)

        self._insert(table, columns, copied())

    def _pairs(self) -> None:
        columns, rows = self._rows("pair_registrations")
        at = {name: columns.index(name) for name in columns}
        rank, stand = self._rank, self._stand
        kept = [
            row
            for row in rows
            if abs(stand[row[at["photo_a"]]] - stand[row[at["photo_b"]]]) <= APART
        ]
        fitting = [row for row in rows if not row[at["own_reason"]] and not row[at["area_reason"]]]
        # What two photos share is told by their features: a tie is between copies of the two.
        tie = fitting[0]
        one, other_one = (rank[tie[at[name]]] for name in ("photo_a", "photo_b"))
        asked = "SELECT photo_id, east_m FROM solved_poses"
        east = {i: east_m for i, east_m in self._connection.execute(asked) if i in rank}
        middle_m = float(np.median(list(east.values())))
        at_the_end = max(fitting, key=lambda row: abs(east[row[at["photo_b"]]] - middle_m))
        if self._id(self._count, 0) > min(self._own):
            raise RuntimeError("the copies' ids have to be less than those of the small map")

        def ends(row: tuple[Any, ...], a: int, b: int) -> tuple[Any, ...]:
            new = list(row)
            new[at["id"]] = None
            new[at["photo_a"]], new[at["photo_b"]] = a, b
            if row[at["frame_a"]] is not None:
                new[at["frame_a"]], new[at["frame_b"]] = str(a), str(b)
            return tuple(new)

        def copied() -> Iterator[tuple[Any, ...]]:
            for copy in range(self._count):
                for row in kept:
                    yield ends(
                        row,
                        self._id(copy, rank[row[at["photo_a"]]]),
                        self._id(copy, rank[row[at["photo_b"]]]),
                    )
                # The next street, and the next one over.
                for other in (copy + 1, copy + self._side):
                    if other < self._count:
                        yield ends(tie, self._id(copy, one), self._id(other, other_one))
            # The small map's photo at the end of its street is tied to the copies beside it.
            middle = (self._side // 2) * self._side + self._side // 2
            for other in (middle - 1, middle):
                if 0 <= other < self._count:
                    first = self._id(other, rank[at_the_end[at["photo_a"]]])
                    yield ends(at_the_end, first, at_the_end[at["photo_b"]])

        self._insert("pair_registrations", columns, copied())
        # A pose says by how many pairs it is held.
        self._connection.execute(
            "UPDATE solved_poses SET pairs = (SELECT count(*) FROM pair_registrations p WHERE"
            " p.photo_a = photo_id AND p.own_reason = '' AND p.area_reason = '')"
            " + (SELECT count(*) FROM pair_registrations p WHERE"
            " p.photo_b = photo_id AND p.own_reason = '' AND p.area_reason = '')"
            " WHERE status = 'placed'"
        )
        # And by how many tags the whole of it was placed.
        self._connection.execute(
            "UPDATE solved_poses SET solved_among = (SELECT count(*) FROM solved_poses)"
        )

    def _tiles(self) -> None:
        columns, rows = self._rows("tiles")
        at = {name: columns.index(name) for name in columns}
        (next_id,) = self._connection.execute("SELECT max(id) + 1 FROM tiles").fetchone()
        files_columns, files = self._rows("tile_files")
        of = {name: files_columns.index(name) for name in files_columns}
        members = self._connection.execute("SELECT tile_id, photo_id FROM tile_photos").fetchall()
        links = _Links(self._map_dir)
        tiles, tile_files, tile_photos = [], [], []
        for copy in range(self._count):
            lon_off, lat_off = self._degrees[copy].mean(axis=0)
            for more in _BESIDE:
                for row in rows:
                    old, tile_id = row[at["id"]], next_id
                    next_id += 1
                    new = list(row)
                    new[at["id"]] = tile_id
                    new[at["key"]] = self._key(row[at["key"]], copy, more)
                    east, north = (int(value) for value in self._tile_off_m(copy, more))
                    for name in ("east_m", "min_x_m", "max_x_m"):
                        new[at[name]] += east
                    for name in ("north_m", "min_y_m", "max_y_m"):
                        new[at[name]] += north
                    if row[at["geom"]] is not None:
                        new[at["geom"]] = _shifted(row[at["geom"]], lon_off, lat_off)
                    new[at["path"]] = row[at["path"]].replace(row[at["key"]], new[at["key"]])
                    tiles.append(tuple(new))
                    for file in files:
                        if file[of["tile_id"]] != old:
                            continue
                        other = list(file)
                        other[of["id"]], other[of["tile_id"]] = None, tile_id
                        name = file[of["path"]].replace(row[at["key"]], new[at["key"]])
                        links.link_as(file[of["path"]], name)
                        other[of["path"]] = name
                        tile_files.append(tuple(other))
                    tile_photos += [
                        (tile_id, self._id(copy, self._rank[photo_id]))
                        for owner, photo_id in members
                        if owner == old
                    ]
        self._insert("tiles", columns, tiles)
        self._insert("tile_files", files_columns, tile_files)
        self._insert("tile_photos", ["tile_id", "photo_id"], tile_photos)

    def _tile_off_m(self, copy: int, more: tuple[int, int] = (0, 0)) -> NDArray[np.float64]:
        return np.asarray(self._off_m[copy] + np.array(more) * TILE_SIZE_M)

    def _key(self, key: str, copy: int, more: tuple[int, int] = (0, 0)) -> str:
        epsg, east_m, north_m = (int(part) for part in key.split("_"))
        east, north = (int(value) for value in self._tile_off_m(copy, more))
        return f"{epsg}_{east_m + east}_{north_m + north}"


class _Links:
    """More names of the map's files, some of which are real copies: a file has so many names."""

    def __init__(self, map_dir: Path) -> None:
        self._map_dir = map_dir
        self._sources: dict[str, tuple[Path, int]] = {}

    def link(self, path: str, mark: str) -> str:
        """The path of a new name of the file at `path`, both relative to the map."""
        at = Path(path)
        name = (at.parent / f"{mark}-{at.name}").as_posix()
        self.link_as(path, name)
        return name

    def link_as(self, path: str, name: str) -> None:
        """The same under that name."""
        source, used = self._sources.get(path, (self._map_dir / path, 0))
        target = self._map_dir / name
        if used >= _LINKS:
            shutil.copyfile(source, target)
            self._sources[path] = (target, 1)
            return
        os.link(source, target)
        self._sources[path] = (source, used + 1)


def _shifted(blob: bytes, lon_off_deg: float, lat_off_deg: float) -> bytes:
    """A GeoPackage's geometry, moved."""
    envelope = 4 if blob[3] & 0b1110 else 0
    body = 8 + 8 * envelope
    moved = bytearray(blob)
    if envelope:
        box = np.frombuffer(blob, "<f8", 4, 8) + np.array(
            (lon_off_deg, lon_off_deg, lat_off_deg, lat_off_deg)
        )
        moved[8:body] = box.astype("<f8").tobytes()
    kind = int.from_bytes(blob[body + 1 : body + 5], "little")
    if kind == 1:
        start, count = body + 5, 1
        return bytes(_move(moved, start, count, lon_off_deg, lat_off_deg))
    at = body + 9
    for _ in range(int.from_bytes(blob[body + 5 : body + 9], "little")):
        count = int.from_bytes(blob[at + 9 : at + 13], "little")
        _move(moved, at + 13, count, lon_off_deg, lat_off_deg)
        at += 13 + 16 * count
    return bytes(moved)


def _move(blob: bytearray, start: int, count: int, lon_off: float, lat_off: float) -> bytearray:
    xy = np.frombuffer(bytes(blob[start : start + 16 * count]), "<f8").reshape(-1, 2)
    blob[start : start + 16 * count] = (xy + np.array((lon_off, lat_off))).astype("<f8").tobytes()
    return blob
