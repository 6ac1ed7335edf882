"""Simulated sensors err as their noise says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from worldmap.demo import HARD, NONE, STANDARD, Noise, sensors
from worldmap.errors import InputError


def test_gps_errors_have_their_sigma_and_shared_offset() -> None:
    fixes = sensors.gps_fixes(np.random.default_rng(0), HARD, 4000)
    assert fixes.count(None) == 1
    known = [fix for fix in fixes if fix is not None]
    sigma = np.array([fix.sigma_m for fix in known])
    error = np.array([fix.error_enu_m for fix in known])
    assert 5.0 <= sigma.min() < 5.1
    assert 9.9 < sigma.max() <= 10.0
    assert np.linalg.norm(error[:, :2].mean(axis=0)) == pytest.approx(2.0, abs=0.4)
    centred = error - error.mean(axis=0)
    east, north, up = (centred / sigma[:, None]).std(axis=0)
    assert east == pytest.approx(1.0, abs=0.05)
    assert north == pytest.approx(1.0, abs=0.05)
    assert up == pytest.approx(1.5, abs=0.08)


def test_headings_are_missing_and_grossly_wrong_as_often_as_stated() -> None:
    errors = sensors.heading_errors_deg(np.random.default_rng(1), HARD, 2000)
    assert errors.count(None) == 401
    known = np.array([error for error in errors if error is not None])
    assert (np.abs(known) > 60).sum() == pytest.approx(120 * 120 / 140, abs=25)
    spread = 1.4826 * np.median(np.abs(known))
    assert spread == pytest.approx(15.0, abs=2.0)


def test_no_noise_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    assert all(
        fix is not None and not fix.error_enu_m.any() for fix in sensors.gps_fixes(rng, NONE, 9)
    )
    assert sensors.heading_errors_deg(rng, NONE, 9) == [0.0] * 9
    depth = np.linspace(2, 60, 48 * 64, dtype=np.float32).reshape(48, 64)
    depth[:5] = np.nan
    assert sensors.with_sky(depth, NONE, 0, 0) is depth
    given = sensors.given_depth_m(rng, sensors.bled_depth_m(depth, 0), NONE, 1.0)
    np.testing.assert_allclose(given, depth, rtol=1e-6)
    picture = np.arange(48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3) % 256
    np.testing.assert_array_equal(sensors.exposed(rng, picture, NONE), picture.astype(np.uint8))


def test_depth_noise_grows_with_the_square_of_depth() -> None:
    noise = dataclasses.replace(NONE, depth_noise_rel_at_10m=0.01)
    for depth_m in (5.0, 10.0, 30.0):
        flat = np.full((200, 200), depth_m, dtype=np.float32)
        given = sensors.given_depth_m(np.random.default_rng(3), flat, noise, 1.0)
        assert given.std() == pytest.approx(0.01 * depth_m**2 / 10, rel=0.03)


def test_depth_scale_divides_and_warp_is_smooth() -> None:
    flat = np.full((96, 128), 10.0, dtype=np.float32)
    given = sensors.given_depth_m(np.random.default_rng(4), flat, NONE, 1.25)
    np.testing.assert_allclose(given, 8.0, rtol=1e-6)
    noise = dataclasses.replace(NONE, depth_warp_sigma=0.03)
    warped = sensors.given_depth_m(np.random.default_rng(4), flat, noise, 1.0)
    log = np.log(warped / 10)
    assert log.std() == pytest.approx(0.03, rel=0.05)
    assert np.abs(np.diff(log, axis=0)).max() < 0.01


def test_bleeding_stays_at_the_jump_and_spares_planes() -> None:
    rows = np.arange(96, dtype=np.float32)[:, None]
    ground = np.repeat(1.6 * 400 / (rows + 6.0), 128, axis=1)  # inverse depth linear in rows
    np.testing.assert_array_equal(sensors.bled_depth_m(ground, 3), ground)

    step = np.full((20, 20), 5.0, dtype=np.float32)
    step[:, 10:] = 20.0
    bled = sensors.bled_depth_m(step, 3)
    changed = np.flatnonzero((bled != step).any(axis=0))
    np.testing.assert_array_equal(changed, (9, 10))
    np.testing.assert_allclose(bled[5, 9:11], (10.0, 15.0), rtol=1e-5)

    hole = step.copy()
    hole[:, 10:] = np.nan
    np.testing.assert_allclose(sensors.bled_depth_m(hole, 3), hole, rtol=1e-6)


def test_sky_gets_an_uneven_far_surface() -> None:
    depth = np.full((96, 128), 7.0, dtype=np.float32)
    depth[:40] = np.nan
    filled = sensors.with_sky(depth, STANDARD, 1, 2)
    np.testing.assert_array_equal(filled[40:], 7.0)
    assert np.isfinite(filled).all()
    assert np.median(filled[:40]) == pytest.approx(48, rel=0.1)
    np.testing.assert_array_equal(filled, sensors.with_sky(depth, STANDARD, 1, 2))


def test_stored_millimetres_say_zero_for_nothing_and_too_far() -> None:
    depth = np.array([[np.nan, 1.0004, 65.535, 65.6, 0.4996]], dtype=np.float32)
    np.testing.assert_array_equal(sensors.millimetres(depth), [[0, 1000, 65535, 0, 500]])


def test_noise_survives_json() -> None:
    for noise in (NONE, STANDARD, HARD):
        assert Noise.from_json(noise.to_json()) == noise
    with pytest.raises(InputError):
        Noise.from_json({})
