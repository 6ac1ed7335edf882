"""LAS and LAZ tiles: nothing lost, the same bytes again, read by readers that are not ours."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from worldmap.cloud import PointCloud
from worldmap.errors import FrameError, StorageError, UsageError
from worldmap.frames import PROJECTED
from worldmap.geodesy import Site, enu, geodetic_from_projected, geoid_undulation_m
from worldmap.las import (
    gps_time_s,
    gps_times_s,
    read_provenance,
    read_tile,
    utc_from_gps_time,
    write_tile,
)
from worldmap.records import TilePoints

ENU = enu(Site(52.52, 13.405, 40.0))


def tile_points(count: int, *, seed: int = 0, epsg: int = 32633) -> TilePoints:
    rng = np.random.default_rng(seed)
    low = np.array((391400.0, 5819900.0, 70.0))
    return TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=low + rng.uniform(0, (100, 100, 30), (count, 3)),
            rgb=rng.integers(0, 256, (count, 3), dtype=np.uint8),
            sigma_m=rng.uniform(0.004, 2.0, count).astype(np.float32),
            photo_id=rng.integers(1, 2**32 - 1, count, dtype=np.uint32),
            support=rng.integers(1, 256, count, dtype=np.uint8),
        ),
        epsg=epsg,
        gps_time_s=np.where(rng.random(count) < 0.2, np.nan, rng.uniform(0, 5e8, count)),
        classification=rng.integers(1, 3, count, dtype=np.uint8),
    )


def assert_same_but_for_rounding(found: TilePoints, expected: TilePoints) -> None:
    assert found.epsg == expected.epsg
    assert len(found) == len(expected)
    assert found.cloud.xyz == pytest.approx(expected.cloud.xyz, abs=0.00051)
    assert found.cloud.sigma_m == pytest.approx(expected.cloud.sigma_m, abs=0.00051)
    for name in ("rgb", "photo_id", "support"):
        assert np.array_equal(getattr(found.cloud, name), getattr(expected.cloud, name)), name
    assert np.array_equal(found.gps_time_s, expected.gps_time_s, equal_nan=True)
    assert np.array_equal(found.classification, expected.classification)


@pytest.mark.parametrize("suffix", [".las", ".laz"])
@pytest.mark.parametrize("vertical", ["ellipsoid", "msl"])
@pytest.mark.parametrize("count", [0, 1, 2, 60_000])
def test_round_trip(tmp_path: Path, suffix: str, vertical: str, count: int) -> None:
    points = tile_points(count)
    path = tmp_path / f"tile{suffix}"
    written = write_tile(path, points, vertical=vertical)
    assert written.points == count
    assert_same_but_for_rounding(read_tile(path), points)
    with laspy.open(path) as reader:
        assert reader.header.point_count == count
        assert (*reader.header.mins, *reader.header.maxs) == pytest.approx(written.bounds_m)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.sampled_from([".las", ".laz"]))
@example(2508202, 120, ".las")
def test_writing_what_was_read_gives_the_same_bytes(
    tmp_path: Path, seed: int, count: int, suffix: str
) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    written = write_tile(first, tile_points(count, seed=seed), provenance={"licence": "CC0"})
    again = write_tile(second, read_tile(first), provenance={"licence": "CC0"})
    assert first.read_bytes() == second.read_bytes()
    assert written == again


def test_header_is_what_las_1_4_asks_for(tmp_path: Path) -> None:
    points = tile_points(500)
    path = tmp_path / "tile.las"
    write_tile(path, points, provenance={"software": "worldmap"})
    with laspy.open(path) as reader:
        las = reader.read()
        header = reader.header
    assert str(header.version) == "1.4"
    assert header.point_format.id == 7
    assert header.global_encoding.wkt
    assert header.global_encoding.gps_time_type == laspy.header.GpsTimeType.STANDARD
    assert header.scales.tolist() == [0.001, 0.001, 0.001]
    assert header.offsets.tolist() == np.floor(points.cloud.xyz.min(axis=0)).tolist()
    assert header.number_of_points_by_return.tolist() == [500] + [0] * 14
    assert set(las.return_number) == set(las.number_of_returns) == {1}
    assert np.array_equal(las.red, points.cloud.rgb[:, 0].astype(np.uint16) * 257)
    assert header.creation_date is None or header.creation_date.year < 1900
    content = path.read_bytes()
    assert struct.unpack_from("<HH", content, 90) == (0, 0)
    assert len(content) == header.offset_to_point_data + 500 * header.point_format.size


def test_crs_is_understood_by_pyproj(tmp_path: Path) -> None:
    path = tmp_path / "tile.laz"
    write_tile(path, tile_points(1))
    with laspy.open(path) as reader:
        crs = pyproj.CRS.from_wkt(reader.header.vlrs.get("WktCoordinateSystemVlr")[0].string)
    assert crs.to_2d().to_epsg() == 32633
    assert crs.axis_info[2].name == "Ellipsoidal height"


def test_heights_above_the_sea(tmp_path: Path) -> None:
    points = tile_points(50)
    path = tmp_path / "tile.laz"
    write_tile(path, points, vertical="msl")
    lat, lon, height_m = geodetic_from_projected(points.cloud.xyz, 32633)
    assert laspy.read(path).z == pytest.approx(height_m - geoid_undulation_m(lat, lon), abs=6e-4)


def test_extra_dimensions_tell_their_range(tmp_path: Path) -> None:
    points = tile_points(300)
    path = tmp_path / "tile.laz"
    write_tile(path, points)
    with laspy.open(path) as reader:
        (record,) = (vlr for vlr in reader.header.vlrs if vlr.record_id == 4)
        content = record.record_data_bytes()
    stored = read_tile(path).cloud
    sigma_mm = np.rint(stored.sigma_m * 1000)
    expected = {
        b"photo_id": (5, stored.photo_id.min(), stored.photo_id.max()),
        b"support": (1, stored.support.min(), stored.support.max()),
        b"sigma_mm": (3, sigma_mm.min(), sigma_mm.max()),
    }
    assert len(content) == 192 * len(expected)
    for start in range(0, len(content), 192):
        type_code, options = content[start + 2], content[start + 3]
        name = content[start + 4 : start + 36].rstrip(b"\0")
        low = struct.unpack_from("<Q", content, start + 64)[0]
        high = struct.unpack_from("<Q", content, start + 88)[0]
        assert (type_code, low, high) == expected[name]
        assert options == 0b110  # minimum and maximum are given, nothing else


def test_values_beyond_their_field_are_held_at_its_end(tmp_path: Path) -> None:
    cloud = PointCloud(
        frame=PROJECTED,
        xyz=np.zeros((3, 3)),
        rgb=np.full((3, 3), 255),
        sigma_m=np.array((1e6, np.nan, 0.0)),
        photo_id=np.array((0, 65535, 65536)),
        support=np.array((0, 1, 255)),
    )
    points = TilePoints(
        cloud=cloud, epsg=5041, gps_time_s=np.zeros(3), classification=np.full(3, 2)
    )
    path = tmp_path / "tile.laz"
    write_tile(path, points)
    las = laspy.read(path)
    assert las.sigma_mm.tolist() == [65535, 65535, 0]
    assert las.point_source_id.tolist() == [0, 65535, 0]
    assert las.photo_id.tolist() == [0, 65535, 65536]
    assert las.red.tolist() == [65535] * 3


def test_provenance(tmp_path: Path) -> None:
    told = {
        "licence": "CC BY 4.0",
        "attribution": ["Ælfgifu", "山田"],
        "settings": {"voxel_m": 0.05},
    }
    write_tile(tmp_path / "with.laz", tile_points(3), provenance=told)
    write_tile(tmp_path / "without.laz", tile_points(3))
    assert read_provenance(tmp_path / "with.laz") == told
    assert read_provenance(tmp_path / "without.laz") == {}


def test_damaged_and_foreign_files_are_one_line(tmp_path: Path) -> None:
    good = tmp_path / "good.laz"
    write_tile(good, tile_points(5000))
    content = good.read_bytes()
    cut, empty, text = tmp_path / "cut.laz", tmp_path / "empty.laz", tmp_path / "text.las"
    cut.write_bytes(content[: len(content) // 2])
    empty.write_bytes(b"")
    text.write_bytes(b"not a point cloud" * 100)
    foreign = tmp_path / "foreign.las"
    laspy.create(point_format=7, file_version="1.4").write(foreign)
    for path in (cut, empty, text, foreign):
        with pytest.raises(StorageError, match=path.name) as caught:
            read_tile(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(StorageError, match="missing"):
        read_tile(tmp_path / "nowhere.laz")


def test_a_las_file_cut_off_between_two_points_is_damaged(tmp_path: Path) -> None:
    """What is left of it could be read as if it were all."""
    path = tmp_path / "cut.las"
    write_tile(path, tile_points(2000))
    with laspy.open(path) as reader:
        record_bytes = reader.header.point_format.size
    path.write_bytes(path.read_bytes()[: -700 * record_bytes])
    with pytest.raises(StorageError, match=r"cut\.las is damaged.*claims 2000 points"):
        read_tile(path)


def test_other_suffixes_and_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.las, \.laz or \.copc\.laz"):
        write_tile(tmp_path / "tile.xyz", tile_points(1))
    cloud = PointCloud.of_photo(frame=ENU, xyz=[(0, 0, 0)], rgb=[(0, 0, 0)], sigma_m=[0.1])
    with pytest.raises(FrameError):
        TilePoints(cloud=cloud, epsg=32633, gps_time_s=np.zeros(1), classification=np.ones(1))  # type: ignore[arg-type]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "tile.laz"
    write_tile(path, tile_points(10))
    before = path.read_bytes()
    with pytest.raises(UsageError, match="4326"):
        write_tile(path, tile_points(10, epsg=4326))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["tile.laz"]


@pytest.mark.parametrize(
    ("moment", "gps_s"),
    [
        (datetime(1980, 1, 6, tzinfo=UTC), 0),
        # 2011-09-14T01:46:25Z is 10⁹ s of GPS time (15 leap seconds).
        (datetime(2011, 9, 14, 1, 46, 25, tzinfo=UTC), 1_000_000_000),
        (datetime(2020, 1, 1, tzinfo=UTC), 1_261_872_018),
        (datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 1_261_872_018),
        (datetime(2020, 1, 1), 1_261_872_018),
        (datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), 1_167_264_016),
        (datetime(2017, 1, 1, tzinfo=UTC), 1_167_264_018),
    ],
)
def test_gps_time(moment: datetime, gps_s: int) -> None:
    assert gps_time_s(moment) == gps_s - 1e9
    back = utc_from_gps_time(gps_time_s(moment))
    assert back == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@given(st.datetimes(datetime(1980, 1, 6), datetime(2099, 1, 1), timezones=st.just(UTC)))
def test_gps_time_round_trip(moment: datetime) -> None:
    assert abs(utc_from_gps_time(gps_time_s(moment)) - moment) < timedelta(microseconds=2)


def test_gps_times_of_points() -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    found = gps_times_s(np.array((7, 3, 7, 9), dtype=np.uint32), {7: moment, 3: None})
    expected = [261_872_018, np.nan, 261_872_018, np.nan]
    assert np.array_equal(found, expected, equal_nan=True)
    assert gps_times_s(np.empty(0, dtype=np.uint32), {}).shape == (0,)
