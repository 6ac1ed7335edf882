"""What a picture's depth is off by in all, from parts of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.field import ErrorField, Sampled

Array = NDArray[np.float64]

SIGMA, REACH, NOISE = 0.02, 0.5, 0.004
_STEP = 0.2
# A picture, in corners from its middle.
PICTURE = np.stack(
    np.meshgrid(np.arange(-0.7, 0.71, _STEP), np.arange(-0.5, 0.51, _STEP)), axis=-1
).reshape(-1, 2)


def drawn(rng: np.random.Generator, known: NDArray[np.intp]) -> tuple[Sampled, float]:
    """A photo whose errors are a random field, known in some cells; and what they are in all."""
    apart = np.linalg.norm(PICTURE[:, None] - PICTURE[None], axis=2)
    root = np.linalg.cholesky(SIGMA**2 * np.exp(-apart / REACH))
    field = root @ rng.standard_normal(len(PICTURE)) + 0.1 * rng.standard_normal()
    share = np.full(len(PICTURE), 1.0 / len(PICTURE))
    sampled = Sampled(
        place=PICTURE[known],
        error=field[known] + NOISE * rng.standard_normal(len(known)),
        variance=np.full(len(known), NOISE**2),
        over=PICTURE,
        share=share,
    )
    return sampled, float(share @ field)


def clustered(rng: np.random.Generator) -> NDArray[np.intp]:
    """Cells of one side, and two of the other."""
    left = PICTURE[:, 0] < -0.1
    return np.concatenate((np.flatnonzero(left), rng.choice(np.flatnonzero(~left), 2, False)))


def test_how_large_errors_are_and_how_far_they_reach_is_learnt() -> None:
    rng = np.random.default_rng(1)
    photos = [drawn(rng, np.arange(len(PICTURE)))[0] for _ in range(40)]
    field = ErrorField.of(photos)
    assert 0.8 * SIGMA < field.sigma < 1.25 * SIGMA
    assert 0.5 * REACH < field.reach < 2.0 * REACH


def test_depth_that_is_not_bent_has_no_field() -> None:
    rng = np.random.default_rng(2)
    photos = [drawn(rng, np.arange(len(PICTURE)))[0] for _ in range(10)]
    flat = [
        Sampled(
            place=p.place,
            error=NOISE * rng.standard_normal(len(p.place)),
            variance=p.variance,
            over=p.over,
            share=p.share,
        )
        for p in photos
    ]
    assert ErrorField.of(flat).sigma < NOISE / 2


def test_a_picture_is_as_surely_known_as_said_and_better_than_by_its_features_mean() -> None:
    rng = np.random.default_rng(3)
    field = ErrorField(sigma=SIGMA, reach=REACH)
    off, plain, said = [], [], []
    for _ in range(400):
        photo, true = drawn(rng, clustered(rng))
        mean, variance = field.mean_over(photo)
        off.append(mean - true)
        plain.append(float(photo.error.mean()) - true)
        said.append(variance)
    rms = float(np.sqrt(np.mean(np.square(off))))
    # Of 400 draws a standard deviation is known to 3.5 %.
    assert abs(rms / np.sqrt(np.mean(said)) - 1) < 0.12
    assert rms < 0.8 * float(np.sqrt(np.mean(np.square(plain))))


def test_a_picture_that_is_known_all_over_is_sure() -> None:
    share = np.array((0.25, 0.75))
    photo = Sampled(
        place=PICTURE[:2],
        error=np.array((0.1, 0.2)),
        variance=np.full(2, 1e-16),
        over=PICTURE[:2],
        share=share,
    )
    mean, variance = ErrorField(sigma=SIGMA, reach=REACH).mean_over(photo)
    assert abs(mean - 0.175) < 1e-6
    assert variance < 1e-12
