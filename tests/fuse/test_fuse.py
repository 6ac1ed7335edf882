"""Fusion: one honest point per voxel, whatever the order of what comes in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.errors import FrameError
from worldmap.frames import CAM
from worldmap.fuse import fuse, voxel
from worldmap.geodesy import Site, enu

ENU = enu(Site(52.52, 13.405, 40.0))

DEFAULT = FuseSettings()
FIELDS = ("xyz", "rgb", "sigma_m", "photo_id", "support")


def cloud_of(photo_id: int, xyz: object, *, sigma_m: float = 0.02, grey: int = 100) -> PointCloud:
    points = np.asarray(xyz, dtype=np.float64).reshape(-1, 3)
    return PointCloud.of_photo(
        frame=ENU,
        xyz=points,
        rgb=np.full((len(points), 3), grey),
        sigma_m=np.full(len(points), sigma_m),
        photo_id=photo_id,
    )


def random_clouds(seed: int, photos: int = 4, points: int = 300) -> list[PointCloud]:
    rng = np.random.default_rng(seed)
    return [
        PointCloud.of_photo(
            frame=ENU,
            xyz=rng.uniform(-0.3, 0.3, (points, 3)) + rng.integers(-2, 3, 3) * 60.0,
            rgb=rng.integers(0, 256, (points, 3)),
            sigma_m=rng.uniform(0.001, 0.5, points),
            photo_id=photo_id,
        )
        for photo_id in rng.permutation(np.arange(1, photos + 1)).tolist()
    ]


def assert_same(a: PointCloud, b: PointCloud) -> None:
    for name in FIELDS:
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name


def test_a_block_of_many_points_gives_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    clouds = [
        replace(c, xyz=20 * c.xyz, sigma_m=np.geomspace(0.01, 2.0, len(c)).astype(np.float32))
        for c in random_clouds(5, points=2000)
    ]
    whole = fuse(clouds, FuseSettings())
    monkeypatch.setattr(voxel, "_AT_ONCE", 500)
    parts = fuse(clouds, FuseSettings())
    assert np.ptp(whole.xyz[:, 0]) > 2 * 0.05 * 2**voxel._PART_LEVEL, "several parts"
    rows = [np.lexsort((*each.xyz.T, each.photo_id)) for each in (whole, parts)]
    assert_same(whole.select(rows[0]), parts.select(rows[1]))


def test_position_colour_sigma_and_support_of_one_voxel() -> None:
    near = cloud_of(7, [(0.01, 0.02, 0.03), (0.03, 0.02, 0.03)], sigma_m=0.01, grey=100)
    far = cloud_of(3, [(0.04, 0.02, 0.03)], sigma_m=0.02, grey=200)
    fused = fuse([far, near], DEFAULT)
    assert len(fused) == 1
    # Weights 4 : 1, the two points of the near photo being one observation of (0.02, …).
    assert fused.xyz[0] == pytest.approx((0.024, 0.02, 0.03), abs=1e-6)
    assert fused.rgb[0].tolist() == [120, 120, 120]
    assert fused.sigma_m[0] == pytest.approx((1e4 + 2.5e3) ** -0.5)
    assert fused.support[0] == 2
    assert fused.photo_id[0] == 7


def test_one_photo_alone_keeps_its_sigma_and_support_one() -> None:
    fused = fuse([cloud_of(5, np.full((100, 3), 0.01), sigma_m=0.03)], DEFAULT)
    assert len(fused) == 1
    assert fused.support[0] == 1
    assert fused.sigma_m[0] == pytest.approx(0.03)


def test_one_sure_point_does_not_make_the_others_of_its_photo_sure() -> None:
    """They share their errors: the mean of 0.01 and 0.03 m with weights 9 : 1 is as unsure."""
    sure, unsure = (cloud_of(5, np.full((10, 3), 0.01), sigma_m=s) for s in (0.01, 0.03))
    fused = fuse([sure, unsure], DEFAULT)
    assert fused.sigma_m[0] == pytest.approx((9 * 0.01 + 0.03) / 10, rel=1e-3)


def test_equal_sigmas_go_to_the_lowest_photo() -> None:
    fused = fuse([cloud_of(9, [(0, 0, 0)]), cloud_of(4, [(0, 0, 0)])], DEFAULT)
    assert fused.photo_id[0] == 4


def test_support_stops_at_255() -> None:
    fused = fuse([cloud_of(i, [(0, 0, 0)]) for i in range(1, 301)], DEFAULT)
    assert fused.support[0] == 255


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_result_does_not_depend_on_order(seed: int) -> None:
    clouds = random_clouds(seed)
    rng = np.random.default_rng(seed + 1)
    shuffled = [clouds[i].select(rng.permutation(len(clouds[i]))) for i in rng.permutation(4)]
    assert_same(fuse(clouds, DEFAULT), fuse(shuffled, DEFAULT, jobs=2))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.05, 0.3]))
def test_against_a_plain_loop(seed: int, voxel_m: float) -> None:
    clouds = random_clouds(seed, points=60)
    voxels: dict[tuple[int, ...], dict[int, list[tuple[np.ndarray, float]]]] = {}
    for cloud in clouds:
        for xyz, sigma, photo in zip(cloud.xyz, cloud.sigma_m, cloud.photo_id, strict=True):
            key = tuple(np.floor_divide(xyz, voxel_m).astype(int).tolist())
            voxels.setdefault(key, {}).setdefault(int(photo), []).append((xyz, float(sigma)))
    fused = fuse(clouds, FuseSettings(voxel_m=voxel_m, voxel_per_sigma=0))
    assert len(fused) == len(voxels)
    for row in range(len(fused)):
        photos = voxels[tuple(np.floor_divide(fused.xyz[row], voxel_m).astype(int).tolist())]
        means, information = [], []
        for points in photos.values():
            weights = np.array([max(round(sigma**-2), 1) for _, sigma in points])
            weights = np.minimum(weights, 2**20)
            means.append(np.average([xyz for xyz, _ in points], axis=0, weights=weights))
            information.append(np.average([sigma for _, sigma in points], weights=weights) ** -2)
        expected = np.average(means, axis=0, weights=information)
        assert fused.xyz[row] == pytest.approx(expected, abs=voxel_m * 1e-4)
        assert fused.sigma_m[row] == pytest.approx(sum(information) ** -0.5, abs=1e-6)
        assert fused.support[row] == len(photos)


def test_averaging_photos_brings_a_plane_nearer() -> None:
    rng = np.random.default_rng(3)
    clouds = []
    for photo_id in range(1, 10):
        xy = rng.uniform(0, 4, (20000, 2))
        z = 0.025 + rng.normal(0, 0.004) + 0 * xy[:, 0]
        clouds.append(cloud_of(photo_id, np.column_stack((xy, z)), sigma_m=0.004))
    single = np.mean([np.abs(cloud.xyz[:, 2] - 0.025).mean() for cloud in clouds])
    fused = fuse(clouds, DEFAULT)
    assert np.abs(fused.xyz[:, 2] - 0.025).mean() < 0.6 * single
    assert np.median(fused.support) == 9


def test_points_that_are_not_finite_are_left_out() -> None:
    bad = cloud_of(1, [(0, 0, 0), (np.nan, 0, 0), (0, np.inf, 0)])
    assert len(fuse([bad], DEFAULT)) == 1


def test_nothing_to_fuse() -> None:
    with pytest.raises(ValueError, match="no cloud"):
        fuse([], DEFAULT)
    assert len(fuse([cloud_of(1, [])], DEFAULT)) == 0


def test_zero_sigma_is_taken_as_very_good() -> None:
    fused = fuse([cloud_of(1, [(0, 0, 0)], sigma_m=0.0), cloud_of(2, [(0.04, 0, 0)])], DEFAULT)
    assert fused.xyz[0] == pytest.approx((0, 0, 0), abs=1e-6)


def test_only_enu_is_fused() -> None:
    cloud = PointCloud.of_photo(frame=CAM, xyz=[(0, 0, 1)], rgb=[(0, 0, 0)], sigma_m=[0.1])
    with pytest.raises(FrameError):
        fuse([cloud], DEFAULT)


def test_heights_without_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="too far apart"):
        fuse([cloud_of(1, [(0, 0, 0), (1, 1, 1e13)])], DEFAULT)


def test_voxels_grow_with_sigma() -> None:
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, 3.2, (40000, 2))
    surface = np.column_stack((xy, np.full(len(xy), 0.001)))
    for sigma_m, size_m in ((0.02, 0.05), (0.13, 0.05), (0.14, 0.1), (0.6, 0.4), (99.0, 0.8)):
        fused = fuse([cloud_of(1, surface, sigma_m=sigma_m)], DEFAULT)
        assert len(fused) == round(3.2 / size_m) ** 2, sigma_m


def test_coarse_points_give_way_to_fine_ones_that_cover_them() -> None:
    near = np.array([(x, y, 0.01) for x in np.arange(0.025, 0.8, 0.05)
                     for y in np.arange(0.025, 0.8, 0.05)])  # fmt: skip
    far = np.array([(0.4, 0.4, 0.01), (1.2, 0.4, 0.01)])
    fused = fuse([cloud_of(1, near), cloud_of(2, far, sigma_m=5.0)], DEFAULT)
    assert len(fused) == len(near) + 1
    assert fused.xyz[fused.photo_id == 2][0] == pytest.approx((1.2, 0.4, 0.01), abs=1e-4)
    # One fine point does not cover a coarse voxel.
    assert len(fuse([cloud_of(1, near[:1]), cloud_of(2, far, sigma_m=5.0)], DEFAULT)) == 3


def test_evidence_that_photos_share_counts_once() -> None:
    def agreed(photo_id: int, x: float) -> PointCloud:
        return replace(
            cloud_of(photo_id, [(x, 0.01, 0.01)], sigma_m=0.01),
            support=np.array([3], dtype=np.uint8),
        )

    fused = fuse([agreed(1, 0.01), agreed(2, 0.02), agreed(3, 0.03)], DEFAULT)
    assert fused.sigma_m[0] == pytest.approx(0.01)
    assert fused.support[0] == 3
    alone = fuse([agreed(1, 0.01)], DEFAULT)
    assert alone.sigma_m[0] == pytest.approx(0.01)
    assert alone.support[0] == 3


def test_gains_are_applied_to_each_photo() -> None:
    clouds = [cloud_of(1, [(0.01, 0, 0)], grey=100), cloud_of(2, [(0.01, 0, 0)], grey=50)]
    fused = fuse(clouds, DEFAULT, {2: (2.0, 3.0, 9.0)})
    assert fused.rgb[0].tolist() == [100, 125, 255]


def test_photo_ids_may_be_any_32_bit_number() -> None:
    fused = fuse([cloud_of(4_000_000_000, [(0, 0, 0)]), cloud_of(7, [(1, 0, 0)])], DEFAULT)
    assert sorted(fused.photo_id.tolist()) == [7, 4_000_000_000]


def test_many_photos_and_a_tall_block_sort_the_slow_way_too() -> None:
    rng = np.random.default_rng(2)
    xyz = rng.uniform((0, 0, 0), (12, 12, 5e9), (3000, 3))
    clouds = [cloud_of(i, xyz[i::30]) for i in range(1, 30)]
    fused = fuse(clouds, DEFAULT)
    assert len(fused) == sum(len(cloud) for cloud in clouds)
