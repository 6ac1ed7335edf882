"""E57: what pye57 wrote, read by itself and by a reader in Rust that shares no code with it."""

from __future__ import annotations

import gc
import math
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from worldmap.area import Circle, Everywhere, parse_area
from worldmap.cli.exits import ExitCode
from worldmap.cloud import PointCloud
from worldmap.errors import InputError, StorageError, UsageError
from worldmap.exchange import e57 as module
from worldmap.exchange.e57 import write_e57
from worldmap.frames import PROJECTED
from worldmap.geodesy import epsg_of_wkt, reprojected
from worldmap.pipeline.export import export
from worldmap.records import TilePoints

pye57 = pytest.importorskip("pye57", reason="pye57 is not here (pip install 'worldmap[e57]')")

AXES = ("cartesianX", "cartesianY", "cartesianZ")
COLOURS = ("colorRed", "colorGreen", "colorBlue")
GPS_EPOCH_OFFSET_S = 1e9


def some_points(count: int, seed: int = 0, span_m: float = 150.0) -> TilePoints:
    """Points of whole millimetres far from the projection's origin."""
    rng = np.random.default_rng(seed)
    xyz = np.array([332_760.3, 6_580_576.9, -38.2]) + rng.uniform(0, span_m, (count, 3))
    cloud = PointCloud.of_photo(
        frame=PROJECTED,
        xyz=xyz.round(3),
        rgb=rng.integers(0, 256, (count, 3)),
        sigma_m=np.full(count, 0.01),
    )
    return TilePoints(
        cloud=cloud,
        epsg=32634,
        gps_time_s=np.linspace(4.6e8, 4.6e8 + 60, count),
        classification=np.ones(count, dtype=np.uint8),
    )


def read_by_pye57(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Points in the file's CRS and 8 bit colours."""
    with pye57.E57(str(path)) as file:
        assert file.scan_count == 1
        found = file.read_scan(0, colors=True, ignore_missing_fields=True)
    return (
        np.stack([found[name] for name in AXES], axis=1),
        np.stack([found[name] for name in COLOURS], axis=1),
    )


def read_by_rust(path: Path) -> tuple[np.ndarray, np.ndarray]:
    rust = pytest.importorskip("e57", reason="the E57 reader in Rust is not here (pip: e57)")
    found = rust.read_points(str(path))
    return np.asarray(found.points), np.rint(np.asarray(found.color) * 255).astype(int)


READERS = pytest.mark.parametrize("read", [read_by_pye57, read_by_rust])


def header_of(path: Path) -> dict[str, Any]:
    """Leaves of the scan's header, by name, and of the file's."""
    with pye57.E57(str(path)) as file:
        scan = file.get_header(0)
        found: dict[str, Any] = {
            "wkt": file.root["coordinateMetadata"].value(),
            "file guid": file.root["guid"].value(),
            "guid": scan["guid"].value(),
            "fields": scan.scan_fields,
            "point fields": scan.point_fields,
            "translation": scan.translation,
            "rotation": scan.rotation,
        }
        for name in ("acquisitionStart", "acquisitionEnd"):
            if name in scan.scan_fields:
                found[name] = scan[name]["dateTimeValue"].value()
        bounds = scan["cartesianBounds"]
        found["bounds"] = [
            [bounds[f"{axis}{end}"].value() for axis in "xyz"] for end in ("Minimum", "Maximum")
        ]
        return found


@READERS
@pytest.mark.parametrize("count", [1, 2, 999, 1000, 1001, 25_000])
def test_points_and_colours_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Any, count: int
) -> None:
    """In the order they had, over the edges of what is written at once."""
    monkeypatch.setattr(module, "_CHUNK", 1000)
    points = some_points(count)
    write_e57(tmp_path / "a.e57", points)
    xyz, rgb = read(tmp_path / "a.e57")
    assert xyz.shape == (count, 3)
    assert np.abs(xyz - points.cloud.xyz).max() < 1e-6
    assert np.array_equal(rgb, points.cloud.rgb)


@READERS
def test_points_between_millimetres_are_rounded(tmp_path: Path, read: Any) -> None:
    points = some_points(5000)
    rng = np.random.default_rng(1)
    moved = points.cloud.xyz + rng.uniform(-5e-4, 5e-4, (5000, 3))
    points = replace(points, cloud=replace(points.cloud, xyz=moved))
    write_e57(tmp_path / "a.e57", points)
    assert np.abs(read(tmp_path / "a.e57")[0] - moved).max() < 5.01e-4


@READERS
def test_points_in_a_plane_and_identical_points(tmp_path: Path, read: Any) -> None:
    points = some_points(500)
    xyz = np.array(points.cloud.xyz)
    xyz[:, 2] = 38.0
    write_e57(tmp_path / "a.e57", replace(points, cloud=replace(points.cloud, xyz=xyz)))
    assert np.abs(read(tmp_path / "a.e57")[0] - xyz).max() < 1e-6
    xyz[:] = xyz[0]
    write_e57(tmp_path / "b.e57", replace(points, cloud=replace(points.cloud, xyz=xyz)))
    assert np.abs(read(tmp_path / "b.e57")[0] - xyz).max() < 1e-6


def test_the_header_tells_place_time_and_bounds(tmp_path: Path) -> None:
    points = some_points(2000)
    write_e57(tmp_path / "a.e57", points)
    head = header_of(tmp_path / "a.e57")
    assert epsg_of_wkt(head["wkt"]) == (32634, "ellipsoid")
    assert head["wkt"].startswith("COMPD_CS[")
    assert head["point fields"] == [*AXES, *COLOURS]
    assert np.array_equal(head["rotation"], (1, 0, 0, 0))
    # Small numbers in the scan, the large ones in its pose.
    bounds = np.array(head["bounds"])
    assert np.abs(bounds).max() < 200.0
    low, high = points.cloud.xyz.min(axis=0), points.cloud.xyz.max(axis=0)
    assert np.abs(bounds + head["translation"] - (low, high)).max() < 1e-6
    assert head["acquisitionStart"] == points.gps_time_s[0] + GPS_EPOCH_OFFSET_S
    assert head["acquisitionEnd"] == points.gps_time_s[-1] + GPS_EPOCH_OFFSET_S
    with pye57.E57(str(tmp_path / "a.e57")) as file:
        raw = file.read_scan_raw(0)
    local = np.stack([raw[name] for name in AXES], axis=1)
    single = local.astype(np.float32) + head["translation"]
    assert np.abs(single - points.cloud.xyz).max() < 1e-4  # a viewer of single precision


def test_photos_without_a_time(tmp_path: Path) -> None:
    points = some_points(10)
    some = points.gps_time_s.copy()
    some[3:] = math.nan
    write_e57(tmp_path / "some.e57", replace(points, gps_time_s=some))
    assert header_of(tmp_path / "some.e57")["acquisitionEnd"] == some[2] + GPS_EPOCH_OFFSET_S
    write_e57(tmp_path / "none.e57", replace(points, gps_time_s=np.full(10, math.nan)))
    assert "acquisitionStart" not in header_of(tmp_path / "none.e57")["fields"]


def test_the_same_points_give_the_same_bytes_and_others_other_guids(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        write_e57(tmp_path / f"{name}.e57", some_points(3000, seed))
    one, other = header_of(tmp_path / "one.e57"), header_of(tmp_path / "other.e57")
    assert (tmp_path / "one.e57").read_bytes() == (tmp_path / "two.e57").read_bytes()
    guids = {head[name] for head in (one, other) for name in ("guid", "file guid")}
    assert len(guids) == 4
    assert all(len(guid) == 38 for guid in guids)


# --- the command ------------------------------------------------------------------------------


@READERS
def test_a_map_in_a_folder_with_any_name(small_map: SmallMap, tmp_path: Path, read: Any) -> None:
    out = tmp_path / "Straße 東京" / "Übersicht.e57"
    ran = Ran("export", "--map", small_map.map_dir, "--area", "all", out)
    assert ran.code == ExitCode.OK, ran.err
    assert f"wrote {small_map.merged.points} points" in ran.out
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    xyz, rgb = read(out)
    clouds = [tile.cloud for tile in small_map.tiles()]
    order = np.lexsort(xyz.T)
    expected = np.concatenate([cloud.xyz for cloud in clouds])
    colours = np.concatenate([cloud.rgb for cloud in clouds])
    expected_order = np.lexsort(expected.round(3).T)
    assert np.abs(xyz[order] - expected[expected_order]).max() < 1e-3
    assert np.allclose(rgb.mean(axis=0), colours.mean(axis=0))


def test_another_crs(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "points"
    options = ("--area", "all", "--format", "e57", "--crs", "EPSG:3006")
    ran = Ran("export", "--map", small_map.map_dir, *options, out)
    assert ran.code == ExitCode.OK, ran.err
    assert epsg_of_wkt(header_of(out)["wkt"])[0] == 3006
    tiles = small_map.tiles()
    expected = np.concatenate([reprojected(t.cloud.xyz, t.epsg, 3006) for t in tiles])
    xyz, _ = read_by_pye57(out)
    assert np.abs(xyz.min(axis=0) - expected.min(axis=0)).max() < 1e-3
    assert np.abs(xyz.max(axis=0) - expected.max(axis=0)).max() < 1e-3


# --- trouble ----------------------------------------------------------------------------------


def test_no_points_in_the_area(small_map: SmallMap, tmp_path: Path) -> None:
    nowhere = Circle(lat_deg=0.0, lon_deg=0.0, radius_m=100.0)
    with pytest.raises(InputError, match="no points in that area") as said:
        export(small_map.map_dir, nowhere, tmp_path / "a.e57")
    # What it says instead is an area that has some.
    around = re.search(r"--area ([-0-9.,]+)", str(said.value))
    assert around
    export(small_map.map_dir, parse_area(around.group(1)), tmp_path / "b.xyz")
    (tmp_path / "b.xyz").unlink()
    assert not list(tmp_path.iterdir())


def test_without_pye57_the_extra_is_named(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pye57", None)
    with pytest.raises(UsageError, match=r"pip install 'worldmap\[e57\]'"):
        export(small_map.map_dir, Everywhere(), tmp_path / "a.e57")
    assert not list(tmp_path.iterdir())


def test_points_too_far_apart(tmp_path: Path) -> None:
    points = some_points(2, span_m=1.0)
    xyz = points.cloud.xyz + np.array([[0.0, 0.0, 0.0], [0.0, 2.2e6, 0.0]])
    with pytest.raises(UsageError, match="too far apart"):
        write_e57(tmp_path / "a.e57", replace(points, cloud=replace(points.cloud, xyz=xyz)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_a_file_that_cannot_grow_leaves_the_old_one(tmp_path: Path, part: float) -> None:
    """The library's own error, at its first write, among the points and at the end."""
    resource = pytest.importorskip("resource", reason="limits of file sizes are not here")
    points = some_points(100_000)
    write_e57(tmp_path / "b.e57", points)
    size = (tmp_path / "b.e57").stat().st_size
    (tmp_path / "b.e57").unlink()
    write_e57(tmp_path / "a.e57", some_points(10))
    old = (tmp_path / "a.e57").read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(part * size), before[1]))
    try:
        with pytest.raises(StorageError) as raised:
            write_e57(tmp_path / "a.e57", points)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(raised.value).startswith(f"{tmp_path / 'a.e57'} cannot be written: ")
    assert "\n" not in str(raised.value)
    assert (tmp_path / "a.e57").read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["a.e57"]
    del raised
    gc.collect()  # what the library left behind must go without taking the process with it
    write_e57(tmp_path / "a.e57", points)
    assert len(read_by_pye57(tmp_path / "a.e57")[0]) == 100_000


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_e57(tmp_path / "file" / "a.e57", some_points(3))
