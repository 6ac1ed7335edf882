"""Patches laid onto another picture: where they are found, how sure that is, and where not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from worldmap.registration.patches import Pyramid, laid_patches

Array = NDArray[np.float64]

WIDE, HIGH = 320, 240
NOISE = 1.0
TURNED = np.array(((1.06, -0.14), (0.11, 0.93)))
SHIFT = np.array((-11.3, 4.7))


def waves(seed: int = 0) -> tuple[Array, Array, Array]:
    """A texture whose grey is known at any place: directions and lengths, phases, strengths."""
    rng = np.random.default_rng((seed, 5))
    angle, length = rng.uniform(0, np.pi, 60), rng.uniform(6, 40, 60)
    along = 2 * np.pi / length * np.stack((np.cos(angle), np.sin(angle)))
    return along, rng.uniform(0, 2 * np.pi, 60), 0.15 * length


def grey(uv_px: Array, seed: int = 0) -> Array:
    along, phase, strength = waves(seed)
    return np.asarray(120 + np.sin(uv_px @ along + phase) @ strength)


def picture(uv_px: Array, seed: int = 0, *, noise: float = NOISE) -> Pyramid:
    drawn = grey(uv_px, seed)
    drawn += noise * np.random.default_rng(int(1000 * uv_px.ravel()[0]) % 97).normal(
        size=drawn.shape
    )
    return Pyramid(np.clip(np.round(drawn), 0, 255).astype(np.uint8))


def pixels(wide: int = WIDE, high: int = HIGH) -> Array:
    return np.stack(np.meshgrid(np.arange(wide) + 0.5, np.arange(high) + 0.5), axis=-1)


def back(uv_px: Array, affine: Array, shift: Array) -> Array:
    """Where the first picture has what another has at uv_px (..., 2)."""
    return np.asarray((uv_px - shift) @ np.linalg.inv(affine).T)


def places(count: int = 150, seed: int = 1) -> Array:
    return np.random.default_rng(seed).uniform((50, 50), (WIDE - 50, HIGH - 50), (count, 2))


@pytest.mark.parametrize("size", [1.0, 0.5, 0.45], ids=str)
def test_places_are_found_to_a_tenth_of_a_pixel_and_as_well_as_is_said(size: float) -> None:
    affine, shift, uv_px = size * TURNED, size * SHIFT + 5, places()
    one = picture(pixels())
    other = picture(back(pixels(), affine, shift))
    true_px = uv_px @ affine.T + shift
    rng = np.random.default_rng(3)
    near_px = true_px + size * rng.normal(size=true_px.shape)
    about = affine @ (np.eye(2) + 0.05 * rng.normal(size=(len(uv_px), 2, 2)))
    found = laid_patches(one, uv_px, other, near_px, about)
    laid = np.isfinite(found.covariance_px2[:, 0, 0])
    assert laid.mean() > 0.95
    off_px = (found.uv_px - true_px)[laid]
    assert np.median(np.linalg.norm(off_px, axis=1)) < 0.1
    assert (found.correlation[laid] > 0.7).mean() > 0.99
    # A systematic shift would turn cameras.
    assert np.abs(off_px.mean(axis=0)).max() < 0.02
    chi2 = np.einsum("ni,nij,nj->n", off_px, np.linalg.inv(found.covariance_px2[laid]), off_px)
    # 1.39 is the median of a chi-squared variable with two degrees of freedom.
    assert 0.5 < np.median(chi2) / 1.39 < 3.0


def test_exposure_changes_nothing() -> None:
    uv_px, one = places(), picture(pixels())
    darker = 0.5 * grey(back(pixels(), TURNED, SHIFT)) + 20
    other = Pyramid(np.clip(np.round(darker), 0, 255).astype(np.uint8))
    true_px = uv_px @ TURNED.T + SHIFT
    found = laid_patches(one, uv_px, other, true_px + 0.7, np.tile(TURNED, (len(uv_px), 1, 1)))
    off_px = np.linalg.norm(found.uv_px - true_px, axis=1)
    assert np.median(off_px) < 0.1


def test_an_edge_says_where_it_is_and_not_how_far_along_it() -> None:
    step = np.where(pixels()[..., 0] < 150, 60.0, 180.0)
    rng = np.random.default_rng(0)
    one, other = (
        Pyramid(np.clip(np.round(step + NOISE * rng.normal(size=step.shape)), 0, 255).astype("u1"))
        for _ in range(2)
    )
    uv_px = np.column_stack((np.full(20, 150.0), np.linspace(60, 180, 20)))
    near_px = uv_px + np.array((0.8, 0.0))
    found = laid_patches(one, uv_px, other, near_px, np.tile(np.eye(2), (20, 1, 1)))
    laid = np.isfinite(found.covariance_px2[:, 0, 0])
    assert laid.any()
    variance = found.covariance_px2[laid]
    assert np.median(variance[:, 1, 1] / variance[:, 0, 0]) > 25
    assert np.median(np.abs(found.uv_px[laid, 0] - 150.0)) < 0.1


def test_what_is_not_there_is_not_found() -> None:
    uv_px, one = places(), picture(pixels())
    still = np.tile(np.eye(2), (len(uv_px), 1, 1))
    strange = laid_patches(one, uv_px, picture(pixels(), seed=9), uv_px, still)
    laid = np.isfinite(strange.covariance_px2[:, 0, 0]) & (strange.correlation > 0.7)
    assert laid.mean() < 0.05
    # Without texture there is nothing but noise, which is no place.
    plain = picture(np.zeros((HIGH, WIDE, 2)))
    found = laid_patches(plain, uv_px, picture(np.ones((HIGH, WIDE, 2))), uv_px, still)
    assert not (np.isfinite(found.covariance_px2[:, 0, 0]) & (found.correlation > 0.7)).any()


def test_patches_that_leave_a_picture_are_none() -> None:
    one, rim = picture(pixels()), np.array(((4.0, 100.0), (160.0, HIGH - 3.0), (160.0, 120.0)))
    found = laid_patches(one, rim, one, rim, np.tile(np.eye(2), (3, 1, 1)))
    assert np.isfinite(found.covariance_px2[:, 0, 0]).tolist() == [False, False, True]
