"""Export: an area as one file, points or poses."""

from __future__ import annotations

import json
from pathlib import Path

import laspy
import numpy as np
import pytest

from tests.helpers.catalog_records import lost
from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import PHOTOS, SmallMap
from worldmap.area import Box, Circle, Everywhere, Polygons
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode, exit_code_of
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.errors import CatalogError, InputError, StorageError, UsageError
from worldmap.frames import PROJECTED
from worldmap.geodesy import (
    Site,
    geodetic_from_projected,
    projected_epsg,
    projected_from_enu,
)
from worldmap.las import read_tile
from worldmap.mapfolder.points import in_one_crs
from worldmap.pipeline.export import export
from worldmap.pipeline.ingest import ingest
from worldmap.records import TilePoints

PLY_TYPES = {"double": "<f8", "float": "<f4", "uint": "<u4", "uchar": "u1"}


def read_ply(path: Path) -> tuple[list[str], np.ndarray]:
    """Comments and vertices."""
    content = path.read_bytes()
    head, _, body = content.partition(b"end_header\n")
    lines = head.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    fields = [line.split()[1:] for line in lines if line.startswith("property")]
    vertex = np.frombuffer(body, dtype=[(name, PLY_TYPES[kind]) for kind, name in fields])
    assert f"element vertex {len(vertex)}" in lines
    return [line for line in lines if line.startswith("comment")], vertex


def everything(map_: SmallMap) -> np.ndarray:
    """All points of the tiles, sorted."""
    xyz = np.concatenate([t.cloud.xyz for t in map_.tiles()])
    return xyz[np.lexsort(xyz.T)]


def in_order(xyz: np.ndarray) -> np.ndarray:
    return xyz[np.lexsort(xyz.T)]


# --- points -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".las", ".laz", ".LAZ"])
def test_all_points_in_one_las_file(small_map: SmallMap, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"street{suffix}"
    summary = export(small_map.map_dir, Everywhere(), out)
    assert summary.path == out
    assert summary.points == small_map.merged.points
    assert summary.photos == 0
    back = read_tile(out)
    assert len(back) == summary.points
    assert np.abs(in_order(back.cloud.xyz) - everything(small_map)).max() < 1.5e-3
    points = np.concatenate([t.cloud.photo_id for t in small_map.tiles()])
    for found, expected in zip(
        np.unique(back.cloud.photo_id, return_counts=True),
        np.unique(points, return_counts=True),
        strict=True,
    ):
        assert np.array_equal(found, expected)  # type: ignore[arg-type]
    with laspy.open(out) as file:
        assert file.header.point_count == summary.points
        assert str(file.header.version) == "1.4"
        assert file.header.are_points_compressed == (suffix.lower() == ".laz")
    assert np.isfinite(back.gps_time_s).all()
    assert {1, 2} <= set(back.classification)


def test_all_points_as_ply(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "street.ply"
    summary = export(small_map.map_dir, Everywhere(), out)
    comments, vertex = read_ply(out)
    epsg = small_map.tiles()[0].epsg
    assert comments == [f"comment EPSG:{epsg}, metres above the WGS84 ellipsoid"]
    assert len(vertex) == summary.points == small_map.merged.points
    xyz = np.stack([vertex[k] for k in "xyz"], axis=1)
    assert np.abs(in_order(xyz) - everything(small_map)).max() < 1e-9
    length = np.linalg.norm(np.stack([vertex[f"n{k}"] for k in "xyz"], axis=1), axis=1)
    told = length > 0
    assert np.allclose(length[told], 1.0, atol=1e-3)
    assert told.mean() > 0.6
    ground = told & (vertex["classification"] == 2)
    assert np.median(vertex["nz"][ground]) > 0.95


def test_exports_are_repeatable(small_map: SmallMap, tmp_path: Path) -> None:
    for suffix in (".laz", ".ply", ".json"):
        one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
        for out in (one, two):
            export(small_map.map_dir, Everywhere(), out)
        assert one.read_bytes() == two.read_bytes()


def middle(map_: SmallMap) -> tuple[float, float]:
    xyz = everything(map_)
    lat, lon, _ = geodetic_from_projected(np.median(xyz, axis=0)[None], map_.tiles()[0].epsg)
    return float(lat[0]), float(lon[0])


def test_an_area_clips_the_points(small_map: SmallMap, tmp_path: Path) -> None:
    lat, lon = middle(small_map)
    circle = Circle(lat_deg=lat, lon_deg=lon, radius_m=6.0)
    summary = export(small_map.map_dir, circle, tmp_path / "part.las")
    assert 0 < summary.points < small_map.merged.points
    back = read_tile(tmp_path / "part.las")
    found = geodetic_from_projected(back.cloud.xyz, back.epsg)
    assert circle.contains(found[0], found[1]).mean() > 0.999  # but for rounding to millimetres
    whole = everything(small_map)
    lats, lons, _ = geodetic_from_projected(whole, back.epsg)
    assert summary.points == np.count_nonzero(circle.contains(lats, lons))


def test_two_halves_are_the_whole(small_map: SmallMap, tmp_path: Path) -> None:
    lat, lon = middle(small_map)
    halves = [
        Box(west_deg=lon - 0.1, south_deg=south, east_deg=lon + 0.1, north_deg=north)
        for south, north in ((lat - 0.1, lat), (lat, lat + 0.1))
    ]
    counts = [export(small_map.map_dir, half, tmp_path / "half.las").points for half in halves]
    assert min(counts) > 0
    assert sum(counts) == small_map.merged.points


def test_points_of_two_zones_come_out_in_the_crs_of_most() -> None:
    """A street over the border of zones 32 and 33, 12° east: the same places, one CRS."""
    site = Site(lat_deg=48.0, lon_deg=12.0, height_m=500.0)
    rng = np.random.default_rng(0)
    enu = rng.uniform(-100, 100, (300, 3))
    parts = []
    for epsg, rows in ((32632, enu[:, 0] < 30), (32633, enu[:, 0] >= 30)):
        count = int(rows.sum())
        parts.append(
            TilePoints(
                cloud=PointCloud.of_photo(
                    frame=PROJECTED,
                    xyz=projected_from_enu(enu[rows], site, epsg),
                    rgb=np.zeros((count, 3)),
                    sigma_m=np.ones(count),
                    photo_id=epsg,
                ),
                epsg=epsg,
                gps_time_s=np.full(count, float(epsg)),
                classification=np.ones(count, dtype=np.uint8),
            )
        )
    joined = in_one_crs(parts, None)
    assert joined.epsg == 32632
    expected = projected_from_enu(
        np.concatenate([enu[enu[:, 0] < 30], enu[enu[:, 0] >= 30]]), site, 32632
    )
    assert np.abs(joined.cloud.xyz - expected).max() < 1e-6
    assert np.array_equal(joined.gps_time_s, joined.cloud.photo_id.astype(float))


# --- poses ------------------------------------------------------------------------------------


def test_every_photo_is_in_the_json(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "poses.json"
    summary = export(small_map.map_dir, Everywhere(), out)
    assert (summary.photos, summary.points) == (PHOTOS, 0)
    told = json.loads(out.read_text())
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        site = catalog.site()
    assert told["origin"] == {
        "lat_deg": site.lat_deg, "lon_deg": site.lon_deg, "height_m": site.height_m,
    }  # fmt: skip
    assert [Path(p["path"]).name for p in told["photos"]] == [
        f"demo_{k:02d}.jpg" for k in range(PHOTOS)
    ]
    poses = {small_map.names[pose.photo_id]: pose for pose in small_map.poses}
    for photo in told["photos"]:
        pose = poses[Path(photo["path"]).name]
        assert photo["status"] == "placed"
        assert np.array_equal(photo["enu_from_cam"], pose.enu_from_cam.matrix)
        assert photo["depth_scale"] == pose.depth_scale
        assert photo["focal_px"] == pose.focal_px
        assert tuple(photo["position_sigma_m"]) == pose.position_sigma_m
        assert tuple(photo["rotation_sigma_deg"]) == pose.rotation_sigma_deg


def test_poses_of_an_area_are_those_in_it(small_map: SmallMap, tmp_path: Path) -> None:
    """By where photos were placed; a circle is not its bounding box."""
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        site = catalog.site()
    pose = small_map.poses[2]
    lat, lon, _ = site.geodetic_from_enu(pose.enu_from_cam.translation_m)
    out = tmp_path / "poses.json"
    near = Circle(lat_deg=float(lat), lon_deg=float(lon), radius_m=0.5)
    assert export(small_map.map_dir, near, out).photos == 1
    (photo,) = json.loads(out.read_text())["photos"]
    assert Path(photo["path"]).name == small_map.names[pose.photo_id]
    # A triangle whose box holds all photos, and itself none.
    corner = np.array(
        [(lon - 1.0, lat - 1.0), (lon - 1.0, lat + 1.0), (lon - 0.9, lat + 1.0), (lon - 1, lat - 1)]
    )
    far = np.array([(lon + 1.0, lat - 1.0), (lon + 1.0, lat - 0.9), (lon + 0.9, lat - 1.0)])
    around = Polygons(polygons=((corner,), (np.vstack((far, far[:1])),)))
    with pytest.raises(InputError, match="has no photo in that area"):
        export(small_map.map_dir, around, out)


def test_photos_that_were_not_merged_are_told_as_such(small_map: SmallMap, tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    photo = small_map.truth.photo_dir / "demo_02.jpg"
    ingest(map_dir, [photo], Settings(), depth="measured", jobs=0)
    summary = export(map_dir, Everywhere(), tmp_path / "poses.json")
    assert summary.photos == 1
    told = json.loads((tmp_path / "poses.json").read_text())
    assert told["origin"] is None
    (only,) = told["photos"]
    assert (only["status"], only["reason"]) == ("ingested", "not merged yet")
    assert only["enu_from_cam"] is None
    assert only["focal_px"] > 100
    with pytest.raises(InputError, match="`worldmap merge` places its photos"):
        export(map_dir, Everywhere(), tmp_path / "points.las")
    assert not (tmp_path / "points.las").exists()


# --- trouble ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["points", "points.pts", "map.gpkg"])
def test_other_formats_are_refused(small_map: SmallMap, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"exports are written as \.las, \.copc\.laz"):
        export(small_map.map_dir, Everywhere(), tmp_path / name)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.ply", ("--format", "las"), "named as ply"),
        ("a.las", ("--format", "copc"), "named as las"),
        (
            "a.las",
            ("--format", "pts"),
            "ply, xyz, e57, json, glb, obj, mesh-ply, splat, spz, colmap, opensfm",
        ),
        ("a.las", ("--format", "e57"), "named as las"),
        ("a.json", ("--crs", "EPSG:3006"), "frame of its own"),
        ("a", ("--format", "colmap", "--crs", "EPSG:3006"), "frame of its own"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    small_map: SmallMap, tmp_path: Path, name: str, options: tuple[str, ...], words: str
) -> None:
    ran = Ran("export", "--map", small_map.map_dir, "--area", "all", tmp_path / name, *options)
    assert ran.code == ExitCode.USAGE
    assert words in ran.error
    assert not (tmp_path / name).exists()


def test_a_format_may_be_named_instead_of_a_suffix(small_map: SmallMap, tmp_path: Path) -> None:
    for name in ("points", "points.laz"):
        export(small_map.map_dir, Everywhere(), tmp_path / name, kind="copc")
    assert (tmp_path / "points").read_bytes() == (tmp_path / "points.laz").read_bytes()


@pytest.mark.parametrize("name", ["a.las", "a.ply", "a.json"])
def test_an_empty_area(small_map: SmallMap, tmp_path: Path, name: str) -> None:
    nowhere = Circle(lat_deg=0.0, lon_deg=0.0, radius_m=100.0)
    with pytest.raises(InputError, match="in that area") as raised:
        export(small_map.map_dir, nowhere, tmp_path / name)
    assert exit_code_of(raised.value) == ExitCode.INPUT
    assert not (tmp_path / name).exists()


def test_no_map(tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        export(tmp_path / "none", Everywhere(), tmp_path / "a.json")


def test_a_missing_tile_is_one_clear_line(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    for file in (again.map_dir / "tiles").iterdir():
        file.unlink()
    with pytest.raises(StorageError) as raised:
        export(again.map_dir, Everywhere(), tmp_path / "a.las")
    assert "\n" not in str(raised.value)


def test_a_place_that_cannot_be_written(small_map: SmallMap, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("a.las", "a.ply", "a.json"):
        with pytest.raises(StorageError, match="cannot be written"):
            export(small_map.map_dir, Everywhere(), tmp_path / "file" / name)


def test_an_unplaced_photo_is_in_the_json_with_its_reason(
    small_map: SmallMap, tmp_path: Path
) -> None:
    again = small_map.copied(tmp_path)
    with Catalog.open(again.map_dir, create=False) as catalog:
        run = catalog.runs()[-1].run_id
        poses = catalog.poses()
        nowhere = lost(poses[0], "nobody knows")
        catalog.replace_solution(run, [nowhere, *poses[1:]])
    assert export(again.map_dir, Everywhere(), tmp_path / "a.json").photos == PHOTOS
    text = (tmp_path / "a.json").read_text()
    assert "NaN" not in text
    of_lost = small_map.names[nowhere.photo_id]
    (first,) = [p for p in json.loads(text)["photos"] if Path(p["path"]).name == of_lost]
    assert (first["status"], first["reason"]) == ("unplaced", "nobody knows")
    assert first["enu_from_cam"] is None
    assert first["position_sigma_m"] is None


def test_the_map_lies_in_one_zone(small_map: SmallMap) -> None:
    """What the tests above take for granted."""
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        site = catalog.site()
    assert {t.epsg for t in small_map.tiles()} == {projected_epsg(site.lat_deg, site.lon_deg)}
