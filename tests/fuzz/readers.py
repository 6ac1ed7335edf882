"""Every reader of worldmap, as one call on the bytes of a file."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.fuzz import seeds
from worldmap.area import parse_area
from worldmap.catalog import CATALOG_NAME, Catalog
from worldmap.catalog.geometry import register_functions
from worldmap.catalog.glance import glance
from worldmap.config import DepthSettings, PhotoSettings, load_settings
from worldmap.depth import choose_focal, load_depth, photo_camera
from worldmap.depth.embedded import has_embedded_depth, read_embedded_depth
from worldmap.depth.measured import MeasuredDepth
from worldmap.depth.raster import read_depth_file
from worldmap.geodesy import Site
from worldmap.las import read_extent, read_vertical
from worldmap.mapfolder.tilefile import tile_points
from worldmap.photo import Sidecars, read_metadata, read_pixels
from worldmap.photo.exif import exif_evidence, read_exif
from worldmap.photo.focal import camera_tags, focal_evidence
from worldmap.photo.gpx import read_gpx
from worldmap.photo.resolve import resolve
from worldmap.photo.xmp import Picture, perspective_model, read_xmp, xmp_evidence
from worldmap.prior import pose_prior
from worldmap.registration.features import load_features
from worldmap.stages.stereo import load_surface
from worldmap.stages.survey_file import BoxAround, survey_around
from worldmap.survey import judged, read_control
from worldmap.survey.points import control_points

SETTINGS = PhotoSettings()
PICTURE = Picture(width_px=64, height_px=48, orientation=1, taken_longer_px=None)

Read = Callable[[bytes, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """read: takes bytes and an empty folder; raises WorldmapError, or nothing. weight: its share of
    the inputs. apart: it decodes in a process of its own, so it is run in this one."""

    seeds: Callable[[], list[bytes]]
    read: Read
    weight: int
    apart: bool = False


def _photo(suffix: str) -> Read:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"a.{suffix}"
        path.write_bytes(content)
        metadata = read_metadata(path, SETTINGS)
        read_pixels(path, SETTINGS)
        MeasuredDepth(DepthSettings()).has_depth(metadata.path)
        pose_prior(metadata, _PRIOR, scale_sigma_rel=0.1)

    return read


_PRIOR = load_settings(None).prior


def _exif(content: bytes, _: Path) -> None:
    tags = read_exif(content.removeprefix(b"Exif\0\0"))
    evidence = exif_evidence(tags, SETTINGS)
    resolve(evidence + focal_evidence(camera_tags(tags), 64, 48, SETTINGS), SETTINGS)


def _xmp(content: bytes, _: Path) -> None:
    xmp = read_xmp(content)
    resolve(xmp_evidence(xmp, PICTURE, SETTINGS) + perspective_model(xmp, 1.0, 1.0), SETTINGS)


def _beside(name: str) -> Read:
    def read(content: bytes, folder: Path) -> None:
        (folder / name).write_bytes(content)
        photo = folder / "a.jpg"
        photo.write_bytes(seeds.photos()["jpg"])
        beside = Sidecars()
        pose_prior(read_metadata(photo, SETTINGS, sidecars=beside), _PRIOR, scale_sigma_rel=0.1)
        beside.stage_hash(photo)

    return read


def _gpx(content: bytes, folder: Path) -> None:
    (folder / "a.gpx").write_bytes(content)
    read_gpx(folder / "a.gpx")


def _depth(suffix: str) -> Read:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"a.depth.{suffix}"
        path.write_bytes(content)
        read_depth_file(path)

    return read


def _embedded(content: bytes, folder: Path) -> None:
    path = folder / "a.jpg"
    path.write_bytes(content)
    has_embedded_depth(path)
    read_embedded_depth(read_metadata(path, SETTINGS))


def _stored(load: Callable[[Path], object]) -> Read:
    def read(content: bytes, folder: Path) -> None:
        (folder / "a.npz").write_bytes(content)
        load(folder / "a.npz")

    return read


def _tile(suffix: str) -> Read:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"a.{suffix}"
        path.write_bytes(content)
        read_extent(path)
        read_vertical(path)
        tile_points(path)

    return read


def _read_all(map_dir: Path) -> None:
    glance(map_dir)
    with Catalog.open(map_dir, create=False) as catalog:
        photos = catalog.photos()
        catalog.find_pairs("key")
        site = catalog.site()
        if site is not None:
            catalog.poses(site=site)
        catalog.tiles(empty=True)
        catalog.reviews()
        catalog.failures()
        catalog.runs()
        catalog.photo_clouds()
        catalog.status()
        catalog.verdicts()
        catalog.check()
        for photo in photos:
            catalog.pairs_of(photo.photo_id)


def _catalog(content: bytes, folder: Path) -> None:
    (folder / CATALOG_NAME).write_bytes(content)
    _read_all(folder)


_VALUES = (
    None, "", "bogus", "2024-13-45", "{", "[[1]]", "\x1b[2J\u202e", -1, 0, 2**62, 0.5,
    9e999, -9e999, b"", b"\x00\xff", b"x\x9c" + bytes(50),
    "../../etc/passwd", "9" * 400, "55.7", "[" * 3000,
)  # fmt: skip


def _rows(content: bytes, folder: Path) -> None:
    """One row's value is another, as a GIS may make it; the bytes choose which."""
    choose = random.Random(content)
    (folder / CATALOG_NAME).write_bytes(seeds.catalog())
    with closing(sqlite3.connect(folder / CATALOG_NAME)) as connection:
        register_functions(connection)
        for _ in range(choose.choice((1, 1, 3))):
            table, column = choose.choice(_columns())
            value = choose.choice((*_VALUES, content[:30]))
            text = choose.random() < 0.1
            what = "CAST(? AS TEXT)" if text and isinstance(value, bytes) else "?"
            try:
                with connection:
                    connection.execute(f'UPDATE "{table}" SET "{column}" = {what}', (value,))
            except sqlite3.Error:
                continue  # the database itself refuses it
    _read_all(folder)


@cache
def _columns() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(seeds.catalog())
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [
            (table, row[1])
            for (table,) in tables.fetchall()
            if not table.startswith(("sqlite_", "rtree_"))
            for row in connection.execute(f'PRAGMA table_info("{table}")')
        ]


def _config(content: bytes, folder: Path) -> None:
    (folder / "config.yaml").write_bytes(content)
    load_settings(folder / "config.yaml")


def _control(content: bytes, folder: Path) -> None:
    (folder / "gcp_list.txt").write_bytes(content)
    rows, epsg = read_control(folder / "gcp_list.txt")
    points, own = control_points(rows, epsg, source="gcp_list.txt")
    judged(points, own, epsg, {})


def _cameras(content: bytes, folder: Path) -> None:
    (folder / "cameras").write_bytes(content)
    photo = folder / "a.jpg"
    photo.write_bytes(seeds.photos()["jpg"])
    beside = Sidecars(cameras=[folder / "cameras"])
    metadata = read_metadata(photo, SETTINGS, sidecars=beside)
    photo_camera(metadata, choose_focal(metadata, DepthSettings()))


_BOX = BoxAround(
    low_enu=np.full(3, -500.0),
    high_enu=np.full(3, 500.0),
    site=Site(55.70, 13.19, 40.0),
    margin_m=60.0,
)


def _survey(content: bytes, folder: Path) -> None:
    (folder / "survey.laz").write_bytes(content)
    survey_around(folder / "survey.laz", _BOX, epsg=None)


def _area(content: bytes, folder: Path) -> None:
    (folder / "area.geojson").write_bytes(content)
    area = parse_area(str(folder / "area.geojson"))
    area.contains(55.5, 13.5)


READERS: Mapping[str, Reader] = {
    **{
        f"photo.{suffix}": Reader(
            seeds=lambda suffix=suffix: [seeds.photos()[suffix]],  # type: ignore[misc]
            read=_photo(suffix),
            weight=weight,
        )
        for suffix, weight in (
            ("jpg", 12), ("png", 8), ("webp", 6), ("tif", 8), ("heic", 4), ("16.png", 2),
        )
    },
    "exif": Reader(seeds=lambda: [seeds.exif()], read=_exif, weight=25),
    "xmp": Reader(seeds=lambda: [seeds.XMP], read=_xmp, weight=30),
    **{
        name: Reader(
            seeds=lambda name=name: seeds.TEXTS[name],  # type: ignore[misc]
            read=_beside(name),
            weight=weight,
        )
        for name, weight in (
            ("positions.csv", 8), ("geo.txt", 8), ("a.xmp", 4),
            ("a.jpg.supplemental-metadata.json", 6), ("mapillary_image_description.json", 8),
        )
    },
    "gpx": Reader(seeds=lambda: seeds.TEXTS["track.gpx"], read=_gpx, weight=12),
    **{
        f"depth.{suffix}": Reader(
            seeds=lambda suffix=suffix: [seeds.depth_files()[suffix]],  # type: ignore[misc]
            read=_depth(suffix),
            weight=8,
        )
        for suffix in ("npy", "png", "tif")
    },
    "embedded depth": Reader(seeds=lambda: [seeds.depth_photo()], read=_embedded, weight=5),
    "depth.npz": Reader(
        seeds=lambda: [seeds.arrays()["depth"]], read=_stored(load_depth), weight=8
    ),
    "features.npz": Reader(
        seeds=lambda: [seeds.arrays()["features"]], read=_stored(load_features), weight=8
    ),
    **{
        f"tile.{suffix}": Reader(
            seeds=lambda suffix=suffix: [seeds.tiles()[suffix]],  # type: ignore[misc]
            read=_tile(suffix),
            weight=weight,
            apart=True,
        )
        for suffix, weight in (("las", 4), ("laz", 6), ("copc.laz", 6))
    },
    "catalog": Reader(seeds=lambda: [seeds.catalog()], read=_catalog, weight=3),
    "catalog rows": Reader(seeds=lambda: [bytes(32)], read=_rows, weight=5),
    "photo.dng": Reader(seeds=lambda: [seeds.raw_photo()], read=_photo("dng"), weight=6),
    "gcp_list.txt": Reader(seeds=lambda: seeds.TEXTS["gcp_list.txt"], read=_control, weight=8),
    "cameras": Reader(seeds=lambda: seeds.TEXTS["cameras"], read=_cameras, weight=8),
    "survey.laz": Reader(
        seeds=lambda: [seeds.tiles()["laz"], seeds.tiles()["las"]],
        read=_survey,
        weight=1,
        apart=True,
    ),
    "surface.npz": Reader(
        seeds=lambda: [seeds.surface()], read=_stored(load_surface), weight=4
    ),
    "config": Reader(seeds=lambda: seeds.TEXTS["config.yaml"], read=_config, weight=8),
    "area": Reader(seeds=lambda: seeds.TEXTS["area.geojson"], read=_area, weight=10),
}  # fmt: skip
