"""Where tags with shared errors put a group whose shape is known, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    EXACT,
    Errors,
    Shot,
    descriptors,
    moved_tag,
    photograph,
    room_points,
    untagged,
    view,
    walk,
)
from worldmap.frames import Similarity, enu_from_cam_rotation
from worldmap.registration.placement import Placement, placed_by_tags, session_evidence
from worldmap.registration.session import sessions
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
PHONE = Errors(tag_factor=1.0, gps_m=5.0, height_m=15.0, heading_deg=15.0, scale_rel=0.1)
LONG = walk(10, seed=4, step_m=6.0)
SHORT = walk(4, seed=4, step_m=0.4)


def tagged(shots: list[Shot], errors: Errors = PHONE, seed: int = 0) -> dict[int, PhotoView]:
    """Photos of one phone, seconds apart."""
    few, told = room_points(5), descriptors(5)
    return {
        s.photo_id: replace(
            view(s, photograph(s, few, told), errors, seed=seed),
            device="a phone",
            captured_s=7.0 * s.photo_id,
            horizontal_sigma_m=PHONE.gps_m,
            vertical_sigma_m=PHONE.height_m,
            heading_sigma_deg=PHONE.heading_deg,
        )
        for s in shots
    }


def shape(shots: list[Shot], turn_deg: float = 0.0) -> dict[int, Similarity]:
    """The true shape, turned clockwise."""
    level = enu_from_cam_rotation(0, 0, 0)
    turn = enu_from_cam_rotation(turn_deg, 0, 0) @ level.T
    return {
        s.photo_id: Similarity(
            to=s.similarity.to,
            source=s.similarity.source,
            rotation=turn @ s.similarity.rotation,
            translation_m=turn @ s.similarity.translation_m,
            scale=s.similarity.scale,
        )
        for s in shots
    }


def laid(
    views: dict[int, PhotoView], shots: list[Shot], turn_deg: float = 0.0
) -> tuple[Placement, Array, float]:
    """The placement; where it puts the middle off the truth (3,), and its turn off that in deg."""
    poses = shape(shots, turn_deg)
    found = placed_by_tags(views, poses)
    assert found is not None
    first = shots[0]
    pose = found.moved(poses[first.photo_id])
    ahead = [r[:2, 2] for r in (pose.rotation, first.enu_from_cam.rotation)]
    turn = np.rad2deg(np.diff([np.arctan2(*a) for a in ahead])[0])
    true = sum(w * shots[i - 1].enu_from_cam.translation_m for i, w in found.weight.items())
    off = found.middle + found.shift_m - np.asarray(true)
    if turn_deg == 0.0 and abs(found.turn_rad) < 1e-9:
        off = found.shift_m
    return found, off, float((turn + 180) % 360 - 180)


def test_a_group_that_its_tags_agree_with_stays() -> None:
    found, off, turn_deg = laid(tagged(LONG, EXACT), LONG)
    assert found.turn_rad == 0.0
    assert off == pytest.approx(np.zeros(3))
    assert turn_deg == pytest.approx(0.0, abs=1e-9)
    assert not found.doubted_heading | found.doubted_position | found.doubted_height


@pytest.mark.parametrize("turn_deg", [90.0, 180.0, -90.0])
def test_positions_over_a_long_base_outvote_turned_compasses(turn_deg: float) -> None:
    """Both where the group lies as the compasses have it and as the positions do; and the compass
    is named."""
    views = {
        i: replace(v, heading_deg=((v.heading_deg or 0.0) + turn_deg) % 360)
        for i, v in tagged(LONG, seed=2).items()
    }
    for start_deg in (0.0, turn_deg):
        found, _, off_deg = laid(views, LONG, start_deg)
        assert abs(off_deg) < 3.0 * np.rad2deg(found.turn_sigma_rad) + 1.0
        assert np.rad2deg(found.turn_sigma_rad) < 12.0
        assert found.doubted_heading == set(views)
        assert found.offset_deg["a phone"] == pytest.approx(
            (turn_deg + 180) % 360 - 180, abs=25.0
        ) or abs(found.offset_deg["a phone"]) == pytest.approx(180.0, abs=25.0)


def test_small_groups_do_not_hear_a_compass_that_larger_ones_found_wrong() -> None:
    """Two photos a step apart cannot tell by themselves that their compass is turned."""
    turned = {
        i: replace(v, heading_deg=((v.heading_deg or 0.0) + 180.0) % 360)
        for i, v in tagged(LONG, seed=2).items()
    }
    first, last = ({i: turned[i] for i in ids} for ids in (list(turned)[:-2], list(turned)[-2:]))
    poses, session = shape(LONG), sessions(turned)
    told = session_evidence(first, {i: poses[i] for i in first}, session)[session[1]]
    assert (told.headings, told.wrong_headings) == (len(first), len(first))
    few = {i: poses[i] for i in last}
    alone = placed_by_tags(last, few)
    beside = placed_by_tags(last, few, {i: [told] for i in last})
    assert alone is not None
    assert beside is not None
    assert not alone.doubted_heading
    assert beside.doubted_heading == set(last)
    assert np.rad2deg(beside.turn_sigma_rad) > 60.0, "nothing tells"


def test_over_a_short_base_the_compass_of_one_device_is_one_measurement() -> None:
    """Four readings or forty: the error that they share stays."""
    found = [
        placed_by_tags(tagged(s := walk(n, seed=4, step_m=2.0 / n)), shape(s)) for n in (4, 40)
    ]
    sigmas = [np.rad2deg(p.turn_sigma_rad) for p in found if p]
    assert min(sigmas) > 5.0


def test_without_headings_a_short_base_leaves_the_turn_open() -> None:
    views = {i: untagged(v, position=False) for i, v in tagged(SHORT).items()}
    found = placed_by_tags(views, shape(SHORT))
    assert found is not None
    assert np.rad2deg(found.turn_sigma_rad) > 40.0


@pytest.mark.parametrize("turn_deg", [20.0, 20.25])
def test_the_heading_that_norths_a_frame_is_no_compass_that_may_be_wild(turn_deg: float) -> None:
    """One photo says where and which way, as the frame of a local map does."""
    views = {i: untagged(each) for i, each in tagged(SHORT).items()}
    one = replace(tagged(SHORT, EXACT)[1], horizontal_sigma_m=0.1, heading_sigma_deg=0.1)
    views[1] = replace(one, is_north=True)
    found, _, off_deg = laid(views, SHORT, turn_deg)
    assert abs(off_deg) < 1.0
    assert np.rad2deg(found.turn_sigma_rad) < 1.0


@pytest.mark.parametrize("copies", [1, 3, 9])
def test_a_copied_value_counts_once_in_plan_and_height(copies: int) -> None:
    views = tagged(LONG)
    first = views[1]
    copied = {i: replace(v, position_ecef=first.position_ecef) for i, v in views.items()}
    few = {i: v for i, v in copied.items() if i <= copies + 1}
    shots = [s for s in LONG if s.photo_id in few]
    found = placed_by_tags(few, shape(shots))
    assert found is not None
    assert np.sqrt(np.diag(found.covariance_m))[:2].min() >= PHONE.gps_m
    assert np.sqrt(found.covariance_m[2, 2]) >= PHONE.height_m


def test_heights_of_one_device_share_their_error() -> None:
    found = placed_by_tags(tagged(LONG), shape(LONG))
    assert found is not None
    assert np.sqrt(found.covariance_m[2, 2]) > 0.8 * PHONE.height_m


def test_half_of_the_altitudes_high_is_within_two_sigmas_either_way() -> None:
    views = {
        i: moved_tag(v, (0.0, 0.0, 40.0)) if i % 2 else v for i, v in tagged(LONG, EXACT).items()
    }
    found, off, _ = laid(views, LONG)
    assert max(abs(off[2]), abs(off[2] - 40.0)) < 2.0 * np.sqrt(found.covariance_m[2, 2]) + 5.0
    # And it is said, as nobody can tell which half is right.
    assert found.height_apart_m == pytest.approx(40.0, abs=1.0)
    assert found.plan_apart_m == 0.0
    plain, *_ = laid(tagged(LONG), LONG)
    assert plain.height_apart_m == plain.plan_apart_m == 0.0


@pytest.mark.parametrize("off_m", [80.0, 250.0, 5000.0])
def test_one_position_far_off_is_doubted_and_moves_nothing(off_m: float) -> None:
    views = tagged(LONG, seed=1)
    alone, _, _ = laid({i: v for i, v in views.items() if i != 4}, LONG)
    views[4] = moved_tag(views[4], (off_m, 0.0, 0.0))
    found, off, _ = laid(views, LONG)
    assert found.doubted_position == {4}
    assert np.hypot(*off[:2]) < 5.0
    assert np.sqrt(found.covariance_m[0, 0]) < 1.5 * np.sqrt(alone.covariance_m[0, 0]) + 1.0


@pytest.mark.parametrize("off_m", [15.0, 25.0, 60.0])
def test_two_visits_are_two_measurements(off_m: float) -> None:
    """Either may be right: the truth of both lies within two sigmas."""
    views = {
        i: replace(moved_tag(v, (off_m, 0.0, 0.0)), captured_s=v.captured_s + 3 * 86_400.0)
        if i % 2
        else v
        for i, v in tagged(LONG, seed=3).items()
    }
    assert len(set(sessions(views).values())) == 2
    found, off, _ = laid(views, LONG)
    sigma = np.sqrt(found.covariance_m[0, 0])
    assert abs(off[0]) < 2.0 * sigma + 2.0
    assert abs(off[0] - off_m) < 2.0 * sigma + 2.0


def test_a_filtered_track_is_one_measurement() -> None:
    """Fixes that scatter much less than they say share their error."""
    views = {i: moved_tag(v, (6.0, -3.0, 0.0)) for i, v in tagged(LONG, EXACT).items()}
    found, off, _ = laid(views, LONG)
    assert np.hypot(*off[:2]) < 2.0 * np.sqrt(found.covariance_m[0, 0])
    assert np.sqrt(found.covariance_m[0, 0]) > 0.8 * PHONE.gps_m


@pytest.mark.nightly
def test_stated_sigmas_hold_when_errors_are_independent() -> None:
    """Monte Carlo: turn and place in sigmas, over some draws of a phone's errors."""
    sigmas: list[float] = []
    for seed in range(16):
        found, off, turn_deg = laid(tagged(LONG, seed=100 + seed), LONG)
        sigmas += [
            off[0] / np.sqrt(found.covariance_m[0, 0]),
            off[1] / np.sqrt(found.covariance_m[1, 1]),
            turn_deg / np.rad2deg(found.turn_sigma_rad),
        ]
    size = np.sqrt(np.mean(np.square(sigmas)))
    assert 0.5 < size < 1.2
    assert np.mean(np.abs(sigmas) < 4.0) == 1.0


def test_a_size_that_positions_told_is_no_second_word_beside_them() -> None:
    """Stereo is as large as tags have it, which take part themselves; a sensor has its own size."""
    views = tagged(LONG)
    sure, vague = (
        {
            name: placed_by_tags(
                {i: replace(v, depth_key=name, scale_sigma_rel=sigma) for i, v in views.items()},
                shape(LONG),
            )
            for name in ("stereo", "sensor")
        }
        for sigma in (0.03, 0.3)
    )
    sizes = [found.size_sigma for found in (*sure.values(), *vague.values()) if found]
    assert sizes[0] == pytest.approx(sizes[2]), "stereo's, however sure it is"
    assert sizes[1] < 0.5 * sizes[3] < 0.5 * sizes[0]


def test_what_all_share_is_taken_out_of_a_joint_covariance() -> None:
    """However large the common part was."""
    views, poses = tagged(LONG), shape(LONG)
    found = placed_by_tags(views, poses)
    assert found is not None
    rng = np.random.default_rng(0)
    root = 0.01 * rng.normal(size=(70, 70))
    own = root @ root.T
    huge = replace(
        found, turn_rad=0.0, size=1.0, shift_m=np.zeros(3), turn_sigma_rad=2.0, size_sigma=0.3,
        covariance_m=np.diag((1e4, 1e4, 1e6)),
    )  # fmt: skip
    by = np.concatenate([_by(pose, found.middle) for pose in poses.values()])
    inner = np.diag((4.0, 1e4, 1e4, 1e6, 0.09))
    before = huge.apart(own, poses)
    after = huge.apart(own + by @ inner @ by.T, poses)
    for i in poses:
        assert after[i] == pytest.approx(before[i], abs=1e-6)


def _by(pose: Similarity, middle: Array) -> Array:
    """(7, 5) of turn, shift and log size, by differences."""
    step, columns = 1e-6, []
    for k in range(5):
        by = np.zeros(5)
        by[k] = step
        turn = enu_from_cam_rotation(np.rad2deg(by[0]), 0, 0) @ enu_from_cam_rotation(0, 0, 0).T
        rotation = pose.rotation.T @ turn @ pose.rotation
        place = middle + np.exp(by[4]) * turn @ (pose.translation_m - middle) + by[1:4]
        columns.append(
            np.concatenate(
                (
                    0.5 * (rotation - rotation.T)[(2, 0, 1), (1, 2, 0)],
                    place - pose.translation_m,
                    by[4:],
                )
            )
            / step
        )
    return np.stack(columns, axis=1)
