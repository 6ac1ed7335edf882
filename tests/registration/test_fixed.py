"""What is fixed to the camera matches at its own place, and holds no photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.registration.test_proved import walk
from worldmap.registration.fixed import of_the_scene, without_fixed
from worldmap.registration.matching import Matches
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
SCENE = 300
MOVED = np.array((0.03, 0.01))


def seen(at: Array) -> PhotoView:
    """A photo with features at places (N, 2), as shares of the picture."""
    view = walk()[1]
    size = np.array((view.camera.width_px, view.camera.height_px))
    return replace(view, features=replace(view.features, uv_px=(at * size).astype(np.float32)))


def kept(a: Array, b: Array, *, width_px: int = 0) -> NDArray[np.int32]:
    """Which of the features, each of which matches that of its row, are of the scene."""
    rows = np.arange(len(a), dtype=np.int32)
    matches = Matches(index=np.column_stack((rows, rows)), quality=np.ones(len(a)))
    one, other = seen(a), seen(b)
    if width_px:
        other = replace(other, camera=replace(other.camera, width_px=width_px))
    return np.asarray(without_fixed(one, other, matches).index[:, 0])


@pytest.fixture
def scene() -> Array:
    return np.random.default_rng(1).uniform(0.02, 0.9, (SCENE, 2))


@pytest.fixture
def bonnet() -> Array:
    return np.random.default_rng(2).uniform((0.1, 0.86), (0.9, 0.99), (150, 2))


def test_a_bonnet_and_a_date_are_left_out(scene: Array, bonnet: Array) -> None:
    date = np.random.default_rng(3).uniform((0.7, 0.9), (0.95, 0.94), (20, 2))
    for fixed in (bonnet, date):
        a, b = np.concatenate((scene, fixed)), np.concatenate((scene + MOVED, fixed))
        assert kept(a, b).tolist() == list(range(SCENE))


def test_no_surface_is_known_where_a_bonnet_is(scene: Array, bonnet: Array) -> None:
    """What stands before the camera in every photo stands in front of nothing."""
    rows = np.arange(SCENE + len(bonnet), dtype=np.int32)
    matches = Matches(index=np.column_stack((rows, rows)), quality=np.ones(len(rows)))
    one, other = (seen(np.concatenate((at, bonnet))) for at in (scene, scene + MOVED))
    for before, after in zip((one, other), of_the_scene(one, other, matches)[:2], strict=True):
        known, left = (np.isfinite(v.features.grid_depth_m) for v in (before, after))
        height = len(known)
        assert (left[: int(0.7 * height)] == known[: int(0.7 * height)]).all()
        assert not left[int(0.9 * height) :, known.shape[1] // 4 : -known.shape[1] // 4].any()
        assert known[int(0.9 * height) :].any()


def test_two_places_from_one_car_share_nothing(bonnet: Array) -> None:
    """The scenes are others: all that matches is the bonnet."""
    rng = np.random.default_rng(4)
    places = [np.concatenate((rng.uniform(0.02, 0.9, (SCENE, 2)), bonnet)) for _ in range(2)]
    rows = np.arange(SCENE, SCENE + len(bonnet), dtype=np.int32)
    matches = Matches(index=np.column_stack((rows, rows)), quality=np.ones(len(rows)))
    assert not len(without_fixed(seen(places[0]), seen(places[1]), matches))


def test_from_one_standpoint_all_stays(scene: Array) -> None:
    """A tripod, a burst."""
    assert len(kept(scene, scene + 1e-4)) == SCENE


def test_what_is_far_ahead_of_a_camera_that_drives_on_stays(scene: Array) -> None:
    ahead = np.random.default_rng(5).uniform(0.4, 0.6, (60, 2))
    a, b = np.concatenate((scene, ahead)), np.concatenate((0.5 + 1.2 * (scene - 0.5), ahead))
    assert set(range(SCENE, SCENE + 60)) <= set(kept(a, b).tolist())


def test_pictures_of_two_sizes_have_nothing_at_the_same_place(scene: Array, bonnet: Array) -> None:
    a, b = np.concatenate((scene, bonnet)), np.concatenate((scene + 0.03, bonnet))
    assert len(kept(a, b, width_px=2 * seen(a).camera.width_px)) == len(a)


def test_few_that_stay_by_chance_stay(scene: Array) -> None:
    moved = scene + MOVED
    moved[:2] = scene[:2]
    assert len(kept(scene, moved)) == SCENE
