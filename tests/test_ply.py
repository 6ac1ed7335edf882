"""PLY export, read back by Open3D and by a plain parser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED
from worldmap.ply import write_ply
from worldmap.records import TilePoints


def points(count: int) -> TilePoints:
    rng = np.random.default_rng(1)
    return TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=np.array((391400.0, 5819900.0, 70.0)) + rng.uniform(0, 100, (count, 3)),
            rgb=rng.integers(0, 256, (count, 3), dtype=np.uint8),
            sigma_m=rng.uniform(0, 1, count).astype(np.float32),
            photo_id=rng.integers(0, 2**32 - 1, count, dtype=np.uint32),
            support=rng.integers(1, 9, count, dtype=np.uint8),
        ),
        epsg=32633,
        gps_time_s=np.zeros(count),
        classification=rng.integers(1, 3, count, dtype=np.uint8),
    )


@pytest.mark.parametrize("count", [1, 1000])
def test_open3d_reads_it(tmp_path: Path, count: int) -> None:
    o3d = pytest.importorskip("open3d")
    expected = points(count)
    path = tmp_path / "cloud.ply"
    normals = np.tile(np.array((0.0, 0.6, 0.8), dtype=np.float32), (count, 1))
    normals[0] = np.nan
    write_ply(path, expected, normals)
    found = o3d.t.io.read_point_cloud(str(path)).point
    assert np.array_equal(found.normals.numpy(), np.nan_to_num(normals))
    assert found.positions.numpy() == pytest.approx(expected.cloud.xyz, abs=1e-9)
    assert np.array_equal(found.colors.numpy(), expected.cloud.rgb)


@pytest.mark.parametrize("count", [0, 3])
def test_every_property_is_stored(tmp_path: Path, count: int) -> None:
    expected = points(count)
    path = tmp_path / "cloud.ply"
    write_ply(path, expected)
    head, _, body = path.read_bytes().partition(b"end_header\n")
    lines = head.decode("ascii").splitlines()
    assert lines[0] == "ply"
    assert f"element vertex {count}" in lines
    assert any("EPSG:32633" in line for line in lines)
    types = {"double": "<f8", "float": "<f4", "uint": "<u4", "uchar": "u1"}
    properties = [line.split()[1:] for line in lines if line.startswith("property")]
    vertices = np.frombuffer(body, np.dtype([(name, types[kind]) for kind, name in properties]))
    assert np.array_equal(vertices["z"], expected.cloud.xyz[:, 2])
    assert np.array_equal(vertices["sigma"], expected.cloud.sigma_m)
    assert np.array_equal(vertices["photo_id"], expected.cloud.photo_id)
    assert np.array_equal(vertices["support"], expected.cloud.support)
    assert np.array_equal(vertices["classification"], expected.classification)
