"""Point clouds: what each point carries, through selecting, moving and joining."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.geometry_makers import rigid, similarities
from worldmap.cloud import PointCloud
from worldmap.errors import FrameError
from worldmap.frames import CAM, Frame, RigidTransform, Similarity, cam
from worldmap.geodesy import Site, enu

ENU = enu(Site(52.52, 13.405, 40.0))


def cloud(count: int = 6, frame: Frame = CAM, seed: int = 0) -> PointCloud:
    rng = np.random.default_rng(seed)
    return PointCloud(
        frame=frame,
        xyz=rng.normal(size=(count, 3)),
        rgb=rng.integers(0, 256, (count, 3), dtype=np.uint8),
        sigma_m=rng.random(count, dtype=np.float32),
        photo_id=rng.integers(1, 2**32, count, dtype=np.uint32),
        support=rng.integers(1, 9, count, dtype=np.uint8),
    )


FIELDS = ("xyz", "rgb", "sigma_m", "photo_id", "support")


def test_the_cloud_of_a_photo() -> None:
    made = PointCloud.of_photo(
        frame=cam("3"), xyz=[(1, 2, 3)], rgb=[(4, 5, 6)], sigma_m=[0.5], photo_id=3
    )
    assert len(made) == 1
    assert made.frame == cam("3")
    assert [getattr(made, name).dtype for name in FIELDS] == [
        np.float64,
        np.uint8,
        np.float32,
        np.uint32,
        np.uint8,
    ]
    assert made.photo_id.tolist() == [3]
    assert made.support.tolist() == [1]


def test_clouds_cannot_be_written_to() -> None:
    made = cloud()
    for name in FIELDS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[0] = 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("xyz", np.zeros((6, 2))),
        ("rgb", np.zeros((5, 3), dtype=np.uint8)),
        ("sigma_m", np.zeros((6, 1), dtype=np.float32)),
        ("photo_id", np.zeros(7, dtype=np.uint32)),
        ("support", np.zeros(0, dtype=np.uint8)),
    ],
)
def test_arrays_of_other_lengths_are_refused(name: str, value: np.ndarray) -> None:
    made = cloud()
    arrays = {field: getattr(made, field) for field in FIELDS}
    with pytest.raises(ValueError, match="expected shape"):
        PointCloud(frame=CAM, **{**arrays, name: value})


@given(st.lists(st.integers(0, 5), max_size=12))
def test_select_by_index_or_mask(index: list[int]) -> None:
    made = cloud()
    rows = np.array(index, dtype=np.intp)
    mask = np.isin(np.arange(6), rows)
    for chosen in (made.select(rows), made.select(mask)):
        assert chosen.frame == made.frame
    for name in FIELDS:
        assert np.array_equal(getattr(made.select(rows), name), getattr(made, name)[rows])
        assert np.array_equal(getattr(made.select(mask), name), getattr(made, name)[mask])


@given(rigid(ENU, CAM))
def test_moving_a_cloud_keeps_all_but_its_place(enu_from_cam: RigidTransform) -> None:
    made = cloud()
    moved = made.transformed(enu_from_cam)
    assert moved.frame == ENU
    assert np.allclose(moved.xyz, enu_from_cam.apply(made.xyz))
    for name in FIELDS[1:]:
        assert np.array_equal(getattr(moved, name), getattr(made, name))
    assert np.allclose(moved.transformed(enu_from_cam.inverse()).xyz, made.xyz, atol=1e-7)


@given(similarities(ENU, CAM))
def test_sigmas_grow_with_the_scale(enu_from_cam: Similarity) -> None:
    made = cloud()
    moved = made.transformed(enu_from_cam)
    assert np.allclose(moved.sigma_m, made.sigma_m * enu_from_cam.scale, rtol=1e-6)
    assert moved.sigma_m.dtype == np.float32


def test_a_cloud_refuses_a_transform_of_another_frame() -> None:
    made = cloud(frame=cam("a"))
    with pytest.raises(FrameError, match=r"cloud is in cam\(a\), transform takes cam\(b\)"):
        made.transformed(RigidTransform.identity(ENU, cam("b")))


def test_joining_keeps_the_order() -> None:
    parts = [cloud(3, seed=1), cloud(0), cloud(4, seed=2)]
    joined = PointCloud.concatenated(parts, CAM)
    assert len(joined) == 7
    for name in FIELDS:
        assert np.array_equal(
            getattr(joined, name), np.concatenate([getattr(p, name) for p in parts])
        )


def test_joining_nothing_is_an_empty_cloud() -> None:
    empty = PointCloud.concatenated([], ENU)
    assert len(empty) == 0
    assert empty.frame == ENU
    assert empty.xyz.shape == (0, 3)


def test_clouds_of_different_frames_do_not_join() -> None:
    with pytest.raises(FrameError):
        PointCloud.concatenated([cloud(frame=ENU), cloud(frame=CAM)], ENU)
