"""Ground, normals, and areas that do not fit into memory at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings, GroundSettings
from worldmap.fuse import GROUND, UNCLASSIFIED, Spool, classify_ground, fuse, normals, spread
from worldmap.geodesy import Site, enu
from worldmap.tiling import split_enu, touched

ENU = enu(Site(52.52, 13.405, 40.0))

SETTINGS = GroundSettings()


def street(rng: np.random.Generator, slope: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Ground with a kerb and strays, walls, two cars and a flat roof: points, which are ground."""
    xy = rng.uniform((-5, 0), (5, 60), (60000, 2))
    on_car = ((np.abs(xy[:, 0] - 2) < 0.9) & (np.abs(xy[:, 1] % 30 - 15) < 2.2)).astype(float)
    kerb = 0.12 * (np.abs(xy[:, 0]) > 3.5)
    ground = np.column_stack((xy, kerb + 1.4 * on_car + rng.normal(0, 0.02, len(xy))))
    wall = np.column_stack((np.full(30000, 5.0), rng.uniform((0, 0.4), (60, 8), (30000, 2))))
    roof = np.column_stack((rng.uniform((5, 0), (12, 60), (20000, 2)), np.full(20000, 8.0)))
    below = np.column_stack((rng.uniform((-5, 0), (5, 60), (60, 2)), rng.uniform(-3, -1, 60)))
    xyz = np.concatenate((ground, wall, roof, below))
    is_ground = np.zeros(len(xyz), dtype=bool)
    is_ground[: len(ground)] = on_car == 0
    xyz[:, 2] += slope * xyz[:, 1]
    return xyz, is_ground


@pytest.mark.parametrize("slope", [0.0, 0.12, -0.12])
def test_ground_of_a_street(slope: float) -> None:
    xyz, is_ground = street(np.random.default_rng(4), slope)
    found = classify_ground(xyz, SETTINGS) == GROUND
    assert found[is_ground].mean() > 0.97
    assert is_ground[found].mean() > 0.98


def test_classes_do_not_depend_on_order_or_on_what_is_far() -> None:
    xyz, _ = street(np.random.default_rng(5))
    classes = classify_ground(xyz, SETTINGS)
    assert set(classes) == {GROUND, UNCLASSIFIED}
    mixed = np.random.default_rng(6).permutation(len(xyz))
    assert np.array_equal(classify_ground(xyz[mixed], SETTINGS), classes[mixed])
    part = xyz[:, 1] < 45.0
    inner = xyz[part][:, 1] < 20.0
    alone = classify_ground(xyz[part], SETTINGS)
    assert np.array_equal(alone[inner], classes[part][inner])


def test_no_ground_where_none_is_seen() -> None:
    rng = np.random.default_rng(7)
    wall = np.column_stack((np.zeros(5000), rng.uniform((0, 3), (20, 9), (5000, 2))))
    assert (classify_ground(wall, SETTINGS) == UNCLASSIFIED).all()
    assert classify_ground(np.empty((0, 3)), SETTINGS).shape == (0,)
    assert classify_ground(np.array([(5.0, 5.0, 2.0)]), SETTINGS).tolist() == [GROUND]


def cloud(xyz: np.ndarray, photo_id: int = 1) -> PointCloud:
    return PointCloud.of_photo(
        frame=ENU,
        xyz=xyz,
        rgb=np.full((len(xyz), 3), 99),
        sigma_m=np.full(len(xyz), 0.02),
        photo_id=photo_id,
    )


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 0, 0), (1, 2, 0), (1, -1, 1)])
def test_normals_of_a_plane_look_at_the_camera(direction: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(8)
    normal = np.array(direction) / np.linalg.norm(direction)
    xyz = rng.uniform(-2, 2, (20000, 3))
    xyz += np.outer(-(xyz @ normal) + rng.normal(0, 0.005, len(xyz)), normal) + 5000.0
    for side in (1.0, -1.0):
        centre = np.full(3, 5000.0) + side * 3 * normal
        found = normals(cloud(xyz), {1: centre}, 0.05)
        inner = (np.abs(xyz - 5000.0) < 1.5).all(axis=1)
        angle = np.rad2deg(np.arccos(np.clip(found[inner] @ (side * normal), -1, 1)))
        assert np.percentile(angle, 95) < 3.0
    assert np.linalg.norm(found[inner], axis=1) == pytest.approx(np.ones(inner.sum()), abs=1e-5)


def test_lonely_points_have_no_normal() -> None:
    assert np.isnan(normals(cloud(np.array([(0.0, 0, 0), (9, 9, 9)])), {}, 0.05)).all()
    assert normals(cloud(np.empty((0, 3))), {}, 0.05).shape == (0, 3)


def test_tile_by_tile_is_the_same_as_all_at_once(tmp_path: Path) -> None:
    """What a spool of tiles with margins gives is, point for point, the fused whole."""
    site, settings = Site(52.52, 13.405, 40.0), FuseSettings()
    rng = np.random.default_rng(9)
    clouds = [cloud(rng.uniform((-90, -90, 0), (90, 90, 0.05), (4000, 3)), i) for i in range(1, 6)]
    whole = fuse(clouds, settings)
    expected = {
        key: sorted(map(tuple, whole.xyz[part.index]))
        for key, part in split_enu(whole.xyz, site).items()
    }
    found = {}
    with Spool(tmp_path) as spool:  # type: ignore[var-annotated]
        spread(clouds, lambda xyz: touched(xyz, site, 2 * settings.max_voxel_m), spool)
        for key in sorted(spool.keys()):
            fused = fuse([spool.take(key)], settings)
            part = split_enu(fused.xyz, site).get(key)
            if part is not None:
                found[key] = sorted(map(tuple, fused.xyz[part.index]))
    assert len(expected) > 3
    assert found == expected
    assert list(tmp_path.iterdir()) == []


def test_spool_keeps_everything_and_cleans_up(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    first, second = cloud(rng.normal(size=(50, 3)), 1), cloud(rng.normal(size=(7, 3)), 2)
    by_half: Callable[[np.ndarray], dict[str, np.ndarray]] = lambda xyz: {  # noqa: E731
        "left": np.flatnonzero(xyz[:, 0] < 0),
        "all": np.arange(len(xyz)),
    }
    with Spool[str](tmp_path) as spool:
        spread([first, second], by_half, spool)
        assert spool.keys() == ["left", "all"]
        taken = spool.take("all")
        together = PointCloud.concatenated([first, second], ENU)
        for name in ("xyz", "rgb", "sigma_m", "photo_id", "support"):
            assert np.array_equal(getattr(taken, name), getattr(together, name))
        assert spool.keys() == ["left"]
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
