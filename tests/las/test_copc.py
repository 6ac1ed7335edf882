"""COPC: an octree of all points, each once, as laspy, npm's copc and LASzip read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import laspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laspy.copc import Bounds, CopcReader

from tests.helpers.other_programs import needs_node, read_by_node
from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED
from worldmap.las import read_provenance, read_tile, write_tile
from worldmap.records import TilePoints


def street(count: int, *, seed: int = 0, spread_m: float = 100.0) -> TilePoints:
    """Ground and a wall, with more points near one corner."""
    rng = np.random.default_rng(seed)
    x, y = rng.beta(1, 2, (2, count)) * spread_m
    z = np.where(rng.random(count) < 0.3, rng.uniform(0, 12, count), np.sin(x / 7))
    low = np.array((391400.0, 5819900.0, 70.0))
    return TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=np.round(low + np.column_stack((x, y, z)), 3),
            rgb=rng.integers(0, 256, (count, 3), dtype=np.uint8),
            sigma_m=rng.uniform(0.004, 2.0, count).astype(np.float32),
            photo_id=rng.integers(1, 10**6, count, dtype=np.uint32),
            support=rng.integers(1, 256, count, dtype=np.uint8),
        ),
        epsg=32633,
        gps_time_s=rng.uniform(0, 5e8, count),
        classification=rng.integers(1, 3, count, dtype=np.uint8),
    )


def in_one_place(count: int) -> TilePoints:
    points = street(count)
    return replace(
        points, cloud=replace(points.cloud, xyz=np.tile(points.cloud.xyz[:1], (count, 1)))
    )


def rows(points: TilePoints) -> np.ndarray:
    """All that is known of each point, sorted, to compare clouds whatever their order."""
    table = np.column_stack(
        (
            np.rint(points.cloud.xyz * 1000),
            points.cloud.rgb,
            np.rint(points.cloud.sigma_m * 1000),
            points.cloud.photo_id,
            points.cloud.support,
            points.gps_time_s,
            points.classification,
        )
    )
    return table[np.lexsort(table.T)]


def positions(found: laspy.ScaleAwarePointRecord) -> np.ndarray:
    return np.column_stack((found.x, found.y, found.z))


@pytest.mark.parametrize("count", [0, 1, 2, 20_000, 150_000])
def test_every_point_is_there_once(tmp_path: Path, count: int) -> None:
    points = street(count)
    path = tmp_path / "tile.copc.laz"
    written = write_tile(path, points)
    assert written.points == count
    found = read_tile(path)
    assert found.epsg == 32633
    assert np.array_equal(rows(found), rows(points))


def test_points_in_one_place(tmp_path: Path) -> None:
    path = tmp_path / "tile.copc.laz"
    points = in_one_place(30_000)
    write_tile(path, points)
    assert np.array_equal(rows(read_tile(path)), rows(points))
    with CopcReader.open(str(path)) as reader:
        assert len(reader.query()) == 30_000


def test_levels_are_even_samples_ever_denser(tmp_path: Path) -> None:
    path = tmp_path / "tile.copc.laz"
    write_tile(path, street(200_000))
    with CopcReader.open(str(path)) as reader:
        side_m = 2 * reader.copc_info.halfsize
        assert reader.copc_info.spacing == pytest.approx(side_m / 128)
        low = np.array(reader.copc_info.center) - reader.copc_info.halfsize
        levels = [reader.query(level=depth) for depth in range(8)]
        assert sum(len(level) for level in levels) == 200_000
        root = np.floor((positions(levels[0]) - low) / reader.copc_info.spacing)
        assert len(np.unique(root, axis=0)) == len(root) > 5000
        # The root's sample leaves no hole: every point has one of its points in its cell.
        everything = np.floor((positions(reader.query()) - low) / reader.copc_info.spacing)
        # (But for points on a cell's very face, which may round to either side here.)
        assert len(np.unique(everything, axis=0)) == pytest.approx(len(root), abs=5)
        assert len(levels[1]) > 10_000


def test_a_window_gives_all_its_points(tmp_path: Path) -> None:
    path = tmp_path / "tile.copc.laz"
    points = street(120_000)
    write_tile(path, points)
    low, high = np.array((391410.0, 5819920.0)), np.array((391430.0, 5819930.0))
    with CopcReader.open(str(path)) as reader:
        found = reader.query(bounds=Bounds(mins=low, maxs=high))
    xy = np.rint(points.cloud.xyz[:, :2] * 1000) / 1000
    assert len(found) == ((xy >= low) & (xy <= high)).all(axis=1).sum() > 1000


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.integers(0, 60_000), st.sampled_from([0.001, 0.1, 5000.0]))
def test_any_cloud_round_trips_and_twice_the_same(
    tmp_path: Path, seed: int, count: int, spread_m: float
) -> None:
    points = street(count, seed=seed, spread_m=spread_m)
    path = tmp_path / "tile.copc.laz"
    first = write_tile(path, points)
    assert np.array_equal(rows(read_tile(path)), rows(points))
    assert write_tile(path, points) == first


@pytest.mark.parametrize("suffix", [".las", ".laz", ".copc.laz"])
@pytest.mark.parametrize("photos", [3, 5000])
def test_provenance_of_any_length(tmp_path: Path, suffix: str, photos: int) -> None:
    told = {"photos": {str(i): f"IMG_{i:08d} by someone.jpg" for i in range(photos)}}
    path = tmp_path / f"tile{suffix}"
    points = street(500)
    write_tile(path, points, provenance=told)
    assert read_provenance(path) == told
    assert np.array_equal(rows(read_tile(path)), rows(points))


@needs_node
def test_npm_copc_reads_it(tmp_path: Path) -> None:
    """copc.js decompresses with laz-perf, which shares no code with lazrs."""
    clouds = [street(0), street(1), in_one_place(25_000), street(150_000)]
    paths = [tmp_path / f"{i}.copc.laz" for i in range(len(clouds))]
    written = [write_tile(path, cloud) for path, cloud in zip(paths, clouds, strict=True)]
    lines = read_by_node("read_copc.cjs", paths)
    for cloud, file, found in zip(clouds, written, lines, strict=True):
        assert found["header"] == found["points"] == len(cloud)
        assert found["outside"] == 0
        assert found["extra"] == ["photo_id", "support", "sigma_mm"]
        assert found["wkt"].startswith('COMPD_CS["WGS 84 / UTM zone 33N')
        if len(cloud):
            assert (*found["low"], *found["high"]) == pytest.approx(file.bounds_m, abs=1e-6)
        sums = found["sums"]
        assert sums["Red"] == cloud.cloud.rgb[:, 0].astype(int).sum() * 257
        assert sums["photo_id"] == cloud.cloud.photo_id.astype(int).sum()
        assert sums["support"] == cloud.cloud.support.astype(int).sum()
        assert sums["sigma_mm"] == np.rint(cloud.cloud.sigma_m * 1000).sum()
        assert sums["Classification"] == cloud.classification.astype(int).sum()
    assert len(lines[-1]["depths"]) > 2


@pytest.mark.parametrize("suffix", [".laz", ".copc.laz"])
@pytest.mark.parametrize("count", [0, 1, 120_000])
def test_laszip_decompresses_the_same_records(tmp_path: Path, suffix: str, count: int) -> None:
    """LASzip, the reference in C++, as an independent reader of the compressed points."""
    laszip = pytest.importorskip("laszip", reason="needs the laszip package")
    points = street(count)
    path, plain = tmp_path / f"tile{suffix}", tmp_path / "tile.las"
    write_tile(path, points)
    write_tile(plain, points)
    with path.open("rb") as stream:
        unzipper = laszip.LasUnZipper(stream)
        assert unzipper.header.extended_number_of_point_records == count
        records = np.zeros(count * 43, dtype=np.uint8)
        if count:
            unzipper.decompress_into(records)
    expected = laspy.read(plain).points.array.view(np.uint8).reshape(count, 43)
    found = records.reshape(count, 43)
    if suffix == ".copc.laz":
        found, expected = (a[np.lexsort(a.T)] for a in (found, expected))
    assert np.array_equal(found, expected)
