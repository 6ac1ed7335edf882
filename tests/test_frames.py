"""Frames and transforms: group axioms, frames that refuse to meet, and the compass convention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.helpers.geometry_makers import rigid, rotations, similarities, vectors
from worldmap.errors import FrameError, WorldmapError
from worldmap.frames import (
    CAM,
    ECEF,
    PROJECTED,
    Frame,
    RigidTransform,
    Similarity,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    nearest_rotation,
    wrapped_deg,
)
from worldmap.frozen import frozen
from worldmap.geodesy import Site, enu

ENU = enu(Site(52.52, 13.405, 40.0))

A, B, C, D = (cam(name) for name in "abcd")
Transform = RigidTransform | Similarity

rigids = (rigid(A, B), rigid(B, C), rigid(C, D))
similars = (similarities(A, B), similarities(B, C), similarities(C, D))
CHAINS = st.one_of(st.tuples(*rigids), st.tuples(*similars))


def same(one: Transform, other: Transform, within_m: float = 1e-5) -> bool:
    scales = [getattr(t, "scale", 1.0) for t in (one, other)]
    return (
        (one.to, one.source) == (other.to, other.source)
        and np.allclose(one.rotation, other.rotation, atol=1e-9)
        and np.allclose(one.translation_m, other.translation_m, rtol=1e-9, atol=within_m)
        and bool(np.isclose(scales[0], scales[1], rtol=1e-12))
    )


def identity(frame: Frame, like: Transform) -> Transform:
    one = RigidTransform.identity(frame, frame)
    return one if isinstance(like, RigidTransform) else one.scaled(1.0)


# --- group axioms -----------------------------------------------------------------------------


@given(CHAINS)
def test_composition_is_associative(chain: tuple[Transform, Transform, Transform]) -> None:
    ab, bc, cd = chain
    assert same((ab @ bc) @ cd, ab @ (bc @ cd), within_m=1e-4)  # type: ignore[operator]


@given(CHAINS)
def test_identity_on_either_side(chain: tuple[Transform, Transform, Transform]) -> None:
    ab = chain[0]
    assert same(identity(A, ab) @ ab, ab)  # type: ignore[operator]
    assert same(ab @ identity(B, ab), ab)  # type: ignore[operator]


@given(CHAINS)
def test_the_inverse_undoes(chain: tuple[Transform, Transform, Transform]) -> None:
    ab = chain[0]
    assert same(ab @ ab.inverse(), identity(A, ab))  # type: ignore[operator]
    assert same(ab.inverse() @ ab, identity(B, ab), within_m=1e-4)  # type: ignore[operator]
    assert same(ab.inverse().inverse(), ab)


@given(CHAINS)
def test_the_inverse_of_a_product(chain: tuple[Transform, Transform, Transform]) -> None:
    ab, bc, _ = chain
    assert same((ab @ bc).inverse(), bc.inverse() @ ab.inverse(), within_m=1e-3)  # type: ignore[operator]


@given(CHAINS, st.lists(vectors(100), min_size=1, max_size=5))
def test_a_product_maps_points_as_its_parts_do(
    chain: tuple[Transform, Transform, Transform], points: list[NDArray[np.float64]]
) -> None:
    ab, bc, _ = chain
    xyz_c = np.array(points)
    assert np.allclose((ab @ bc).apply(xyz_c), ab.apply(bc.apply(xyz_c)), rtol=1e-9, atol=1e-4)  # type: ignore[operator]
    homogeneous = np.column_stack((xyz_c, np.ones(len(xyz_c)))) @ bc.matrix.T
    assert np.allclose(bc.apply(xyz_c), homogeneous[:, :3], rtol=1e-12, atol=1e-7)


@given(similarities(A, B), vectors(100), vectors(100))
def test_a_similarity_scales_lengths_and_keeps_angles(
    ab: Similarity, p: NDArray[np.float64], q: NDArray[np.float64]
) -> None:
    length = np.linalg.norm(ab.apply(p) - ab.apply(q))
    assert length == pytest.approx(ab.scale * np.linalg.norm(p - q), rel=1e-9, abs=1e-6)
    assert np.linalg.norm(ab.rotate(p)) == pytest.approx(np.linalg.norm(p), rel=1e-12, abs=1e-12)


@given(rigid(A, B), st.floats(0.1, 10.0), vectors(100))
def test_scaled_multiplies_points_first(
    ab: RigidTransform, scale: float, p: NDArray[np.float64]
) -> None:
    assert np.allclose(ab.scaled(scale).apply(p), ab.apply(scale * p), rtol=1e-12, atol=1e-9)


def test_long_chains_stay_rotations() -> None:
    """Rounding errors of ten thousand products must not add up to a matrix that is refused."""
    step = RigidTransform(
        to=A,
        source=A,
        rotation=enu_from_cam_rotation(1.0, 0.3, 0.2),
        translation_m=(1.0, 0, 0),  # type: ignore[arg-type]
    )
    whole = RigidTransform.identity(A, A)
    for _ in range(10_000):
        whole = whole @ step
    assert np.abs(whole.rotation @ whole.rotation.T - np.eye(3)).max() < 1e-12


# --- frames that refuse to meet ---------------------------------------------------------------


@given(rigid(ENU, A), rigid(B, C), similarities(ENU, A), similarities(B, C))
def test_frames_that_do_not_meet(
    enu_from_a: RigidTransform, b_from_c: RigidTransform, s: Similarity, t: Similarity
) -> None:
    with pytest.raises(FrameError, match=r"left side takes cam\(a\), right side gives cam\(b\)"):
        _ = enu_from_a @ b_from_c
    with pytest.raises(FrameError):
        _ = s @ t


@pytest.mark.parametrize(
    "other",
    [CAM, ENU, enu(Site(52.52, 13.405, 40.5)), ECEF, PROJECTED, cam("b"), Frame("tree", "a")],
)
def test_only_the_same_frame_of_the_same_photo_meets(other: Frame) -> None:
    to_a = RigidTransform.identity(ENU, cam("a"))
    with pytest.raises(FrameError):
        _ = to_a @ RigidTransform.identity(other, ENU)
    assert (to_a @ RigidTransform.identity(cam("a"), other)).source == other


def test_a_frame_error_is_a_bug_and_not_the_users() -> None:
    assert issubclass(FrameError, ValueError)
    assert not issubclass(FrameError, WorldmapError)


def test_frames_in_words() -> None:
    assert [str(f) for f in (CAM, cam("7"), ENU)] == ["cam", "cam(7)", "enu(52.52, 13.405, 40.0)"]


# --- values that are none ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "rotation",
    [
        np.diag((1.0, 1.0, -1.0)),  # a mirror
        2 * np.eye(3),
        np.eye(3) + 1e-4,
        np.full((3, 3), np.nan),
        np.eye(4),
        np.eye(2),
    ],
)
@pytest.mark.parametrize("kind", [RigidTransform, Similarity])
def test_what_is_no_rotation_is_refused(kind: type[Transform], rotation: NDArray[Any]) -> None:
    with pytest.raises(ValueError):
        kind(to=A, source=B, rotation=rotation, translation_m=np.zeros(3))


@pytest.mark.parametrize("translation", [(0, 0), (0, 0, np.inf), (0, np.nan, 0), np.zeros((3, 1))])
@pytest.mark.parametrize("kind", [RigidTransform, Similarity])
def test_what_is_no_translation_is_refused(kind: type[Transform], translation: object) -> None:
    with pytest.raises(ValueError):
        kind(to=A, source=B, rotation=np.eye(3), translation_m=translation)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_what_is_no_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale must be positive"):
        Similarity(to=A, source=B, rotation=np.eye(3), translation_m=np.zeros(3), scale=scale)


@given(rigid(A, B))
def test_matrices_round_trip(ab: RigidTransform) -> None:
    assert same(RigidTransform.from_matrix(ab.matrix, to=A, source=B), ab)


def test_a_projective_matrix_is_refused() -> None:
    matrix = np.eye(4)
    matrix[3] = (0, 0, 0.1, 1)
    with pytest.raises(ValueError, match="last row"):
        RigidTransform.from_matrix(matrix, to=A, source=B)


def test_transforms_are_frozen_copies() -> None:
    translation = np.zeros(3)
    ab = RigidTransform(to=A, source=B, rotation=np.eye(3), translation_m=translation)
    translation[0] = 5.0
    assert ab.translation_m[0] == 0.0
    for array in (ab.rotation, ab.translation_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(AttributeError):
        ab.to = C  # type: ignore[misc]


def test_frozen_wants_its_shape() -> None:
    with pytest.raises(ValueError, match=r"expected shape \(3,\), got \(2,\)"):
        frozen((1, 2), (3,))


@given(rotations(), st.lists(st.floats(-0.05, 0.05), min_size=9, max_size=9))
def test_the_nearest_rotation(rotation: NDArray[Any], noise: list[float]) -> None:
    found = nearest_rotation(rotation + np.reshape(noise, (3, 3)))
    assert np.allclose(found @ found.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(found) == pytest.approx(1.0)
    assert np.linalg.norm(found - rotation) < 2.1 * np.linalg.norm(noise) + 1e-12
    assert np.allclose(nearest_rotation(rotation), rotation, atol=1e-12)


def test_the_nearest_rotation_of_a_mirror_is_no_mirror() -> None:
    found = nearest_rotation(np.diag((1.0, 1.0, -1.0)))
    assert np.linalg.det(found) == pytest.approx(1.0)


# --- heading, pitch, roll ---------------------------------------------------------------------


@given(
    st.floats(0, 360, exclude_max=True),
    st.floats(-89.9, 89.9),
    st.floats(-180, 180, exclude_min=True),
)
def test_heading_pitch_roll_round_trip(heading: float, pitch: float, roll: float) -> None:
    rotation = enu_from_cam_rotation(heading, pitch, roll)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    told = heading_pitch_roll_deg(rotation)
    # Near the zenith heading and roll are worth less: 1e-6° at 89.9°.
    off = (np.array(told) - (heading, pitch, roll) + 180.0) % 360.0 - 180.0
    assert np.abs(off).max() < 1e-6
    assert 0 <= told[0] < 360
    assert np.allclose(enu_from_cam_rotation(*told), rotation, atol=1e-9)


@given(rotations())
def test_every_rotation_has_a_heading(rotation: NDArray[Any]) -> None:
    told = heading_pitch_roll_deg(rotation)
    if abs(told[1]) < 89.9:
        assert np.allclose(enu_from_cam_rotation(*told), rotation, atol=1e-7)
    else:
        assert np.isfinite(told).all()


@pytest.mark.parametrize(
    ("heading", "forward"),
    [(0, (0, 1, 0)), (90, (1, 0, 0)), (180, (0, -1, 0)), (270, (-1, 0, 0))],
)
def test_headings_run_clockwise_from_north(heading: float, forward: tuple[float, ...]) -> None:
    rotation = enu_from_cam_rotation(heading, 0, 0)
    assert np.allclose(rotation[:, 2], forward, atol=1e-15)
    assert np.allclose(rotation[:, 1], (0, 0, -1), atol=1e-15)


def test_pitch_up_looks_up_and_roll_lowers_the_right_side() -> None:
    assert enu_from_cam_rotation(30, 20, 0)[2, 2] == pytest.approx(np.sin(np.deg2rad(20)))
    right = enu_from_cam_rotation(30, 0, 10)[:, 0]
    assert right[2] == pytest.approx(-np.sin(np.deg2rad(10)))


@given(st.floats(-2000.0, 2000.0))
def test_wrapped_is_the_same_direction(angle_deg: float) -> None:
    found = wrapped_deg(angle_deg)
    assert -180.0 <= found <= 180.0
    assert found == math.remainder(angle_deg, 360.0)
    assert wrapped_deg(np.array([angle_deg]))[0] == found


def test_wrapped_leaves_what_is_there_untouched() -> None:
    for angle_deg in (-180.0, 180.0, 0.1, np.nextafter(180.0, 0.0)):
        assert wrapped_deg(angle_deg) == angle_deg
    assert np.isnan(wrapped_deg(np.nan))
