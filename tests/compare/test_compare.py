"""Changes are found where they are, by what they are, and noise is told from them: on clouds whose
changes are exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.cloud import PointCloud
from worldmap.compare import Scales, core_points, m3c2, nearest_m
from worldmap.errors import EmptyAreaError, FormatError, InputError, UsageError
from worldmap.frames import PROJECTED
from worldmap.las import write_tile
from worldmap.pipeline.compare import compare
from worldmap.pipeline.export import export
from worldmap.records import TilePoints
from worldmap.stages.compare import CompareOptions

NOISE_M = 0.02
CORNER = np.array((332_700.0, 6_580_600.0, 30.0))
SCALES = Scales(normal_m=2.0, projection_m=1.0, reach_m=3.0)


def ground(seed: int, *, raised_m: float = 0.0, side_m: float = 16.0) -> np.ndarray:
    """Rolling ground (N, 3), 40 points a square metre; its eastern half raised."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, side_m, (int(40 * side_m**2), 2))
    z = 0.3 * np.sin(xy[:, 0] / 6) + np.where(xy[:, 0] > 8, raised_m, 0.0)
    return np.column_stack((xy, z + rng.normal(0, NOISE_M, len(xy))))


def wall(seed: int, *, forward_m: float = 0.0) -> np.ndarray:
    """A wall that looks east."""
    rng = np.random.default_rng(seed)
    y, z = rng.uniform(0, 12, 4_000), rng.uniform(0, 6, 4_000)
    return np.column_stack((forward_m + rng.normal(0, NOISE_M, len(y)), y, z))


def written(path: Path, xyz: np.ndarray, epsg: int = 32634) -> Path:
    count = len(xyz)
    cloud = PointCloud(
        frame=PROJECTED,
        xyz=xyz + CORNER,
        rgb=np.zeros((count, 3), dtype=np.uint8),
        sigma_m=np.full(count, NOISE_M, dtype=np.float32),
        photo_id=np.ones(count, dtype=np.uint32),
        support=np.full(count, 2, dtype=np.uint8),
    )
    points = TilePoints(
        cloud=cloud,
        epsg=epsg,
        gps_time_s=np.zeros(count),
        classification=np.ones(count, dtype=np.uint8),
    )
    write_tile(path, points)
    return path


def test_a_raised_half_is_found_and_the_rest_is_noise() -> None:
    first, second = ground(1), ground(2, raised_m=0.05)
    change = m3c2(core_points(first, 1.0), first, second, SCALES)
    east = change.core[:, 0] > 9
    west = change.core[:, 0] < 7
    assert np.isfinite(change.distance_m).all()
    # Along the normal of a slope of 0.05 at most: its cosine is 0.999.
    assert np.median(change.distance_m[east]) == pytest.approx(0.05, abs=0.002)
    assert change.is_significant[east].mean() > 0.99
    assert np.median(np.abs(change.distance_m[west])) < 0.005
    # Of noise alone 5 % is beyond 95 %.
    assert change.is_significant[west].mean() == pytest.approx(0.05, abs=0.03)
    # s of 2 cm in some 31 points: 1.96 √2 s / √31.
    assert np.median(change.detection_m[west]) == pytest.approx(0.010, abs=0.002)
    off = Scales(normal_m=2.0, projection_m=1.0, reach_m=3.0, registration_m=0.1)
    assert not m3c2(change.core, first, second, off).is_significant.any()


def test_a_wall_moves_along_its_own_normal() -> None:
    change = m3c2(core_points(wall(1), 1.0), wall(1), wall(2, forward_m=0.2), SCALES)
    inside = (change.core[:, 1:] > 1).all(axis=1) & (change.core[:, 2] < 5)
    assert np.median(change.distance_m[inside]) == pytest.approx(0.2, abs=0.005)
    assert np.abs(change.normal[inside] @ (1.0, 0, 0)).min() > 0.99


def test_what_has_too_few_points_is_not_told() -> None:
    first = ground(1)
    change = m3c2(core_points(first, 2.0), first, first[:0], SCALES)
    assert np.isnan(change.distance_m).all()
    assert not change.is_significant.any()
    assert np.isinf(nearest_m(first[:3], first[:0])).all()
    assert m3c2(first[:0], first, first, SCALES).distance_m.shape == (0,)


def test_files_become_a_map_of_changes(tmp_path: Path) -> None:
    a = written(tmp_path / "a.laz", ground(1))
    b = written(tmp_path / "b.copc.laz", ground(2, raised_m=0.10))
    out = tmp_path / "change.tif"
    done = compare(a, b, Everywhere(), CompareOptions(cell_m=1.0), out)
    assert done.found.changed_rel == pytest.approx(0.53, abs=0.05)
    assert done.found.nearest_median_m < 0.2
    with rasterio.open(out) as file, rasterio.open(tmp_path / "change.detection.tif") as counts:
        assert file.crs.to_epsg(confidence_threshold=50) == 32634
        height, least = file.read(1, masked=True), counts.read(1, masked=True)
        column, _ = ~file.transform @ (CORNER[0] + 8, CORNER[1])
        half = round(column)
    assert float(np.median(height[:, half + 2 :].compressed())) == pytest.approx(0.10, abs=0.005)
    assert abs(float(np.median(height[:, : half - 2].compressed()))) < 0.01
    assert (height[:, half + 2 :] > least[:, half + 2 :]).mean() > 0.99


def test_another_crs_is_the_same_place(tmp_path: Path) -> None:
    from worldmap.geodesy import reprojected

    xyz = ground(1, side_m=6.0)
    a = written(tmp_path / "a.laz", xyz)
    moved = reprojected(xyz + CORNER, 32634, 32633) - CORNER
    b = written(tmp_path / "b.laz", moved, 32633)
    done = compare(a, b, Everywhere(), CompareOptions())
    assert done.found.epsg == 32634
    assert done.found.nearest_p90_m < 0.003
    assert done.found.changed_rel == 0


def test_a_map_is_what_it_exports(small_map: SmallMap, tmp_path: Path) -> None:
    file = tmp_path / "map.laz"
    export(small_map.map_dir, Everywhere(), file)
    done = Ran("compare", small_map.map_dir, file, "--json")
    assert done.code == 0
    found = done.summary["found"]
    assert found["nearest_p90_m"] < 0.002
    assert (found["changed_rel"], found["first_points"]) == (0, found["second_points"])


def test_what_cannot_be_compared_gives_one_line(tmp_path: Path) -> None:
    a = written(tmp_path / "a.laz", ground(1, side_m=4.0))
    far = written(tmp_path / "far.laz", ground(1, side_m=4.0) + np.array((5_000.0, 0, 0)))
    with pytest.raises(EmptyAreaError, match="nothing in common"):
        compare(a, far, Everywhere(), CompareOptions())
    (tmp_path / "no.laz").write_bytes(b"LASF" + bytes(500))
    with pytest.raises(InputError, match="no point cloud"):
        compare(a, tmp_path / "no.laz", Everywhere(), CompareOptions())
    with pytest.raises(FormatError):
        compare(a, a, Everywhere(), CompareOptions(), tmp_path / "change.png")
    with pytest.raises(UsageError, match="--gsd"):
        CompareOptions(cell_m=0)
