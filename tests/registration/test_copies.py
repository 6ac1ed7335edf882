"""A copy of a picture is told from a second photo of the same view."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from tests.helpers.wall_makers import FOCAL_PX, HEIGHT, WIDTH, render
from worldmap.camera import Camera
from worldmap.config import FeatureSettings
from worldmap.records import DepthMap, DepthModel, Features, Focal, FocalSource
from worldmap.registration.copies import is_copy
from worldmap.registration.features import extract_features

SETTINGS = FeatureSettings(max_features=1500, planes=False)


def seen(picture: Image.Image) -> tuple[Features, Camera]:
    """The features of a picture; depth plays no part, but only places that have any are matched."""
    width, height = picture.size
    camera = Camera.centred(width, height, FOCAL_PX * width / WIDTH)
    grid = camera.rescaled(width // 2, height // 2)
    depth_m = np.full((height // 2, width // 2), 8.0, dtype=np.float32)
    depth_map = DepthMap(
        depth_m=depth_m,
        sigma_m=0.02 * depth_m,
        camera=grid,
        focal=Focal(focal_px=camera.fx_px, sigma_rel=0.1, source=FocalSource.ASSUMED),
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="flat", weights_hash="", licence=""),
    )
    return extract_features(np.asarray(picture.convert("RGB")), camera, depth_map, SETTINGS), camera


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


@pytest.fixture(scope="module")
def original() -> Image.Image:
    return compressed(render(0.0, seed=1)[0], 92)


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "rough": lambda p: compressed(p, 20),
    "half": lambda p: compressed(p.resize((WIDTH // 2, HEIGHT // 2)), 80),
    "third": lambda p: compressed(p.resize((WIDTH // 3, HEIGHT // 3)), 80),
    "cropped": lambda p: p.crop((20, 10, WIDTH - 30, HEIGHT - 40)),
    "cropped, half": lambda p: p.crop((24, 18, WIDTH, HEIGHT)).resize((228, 171)),
    "brighter": lambda p: p.point(lambda v: min(255, int(1.2 * v + 10))),
    "grey": lambda p: p.convert("L"),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies(name: str, original: Image.Image) -> None:
    a, b = seen(original), seen(COPIES[name](original))
    assert is_copy(*a, *b)
    assert is_copy(*b, *a)


@pytest.mark.parametrize(
    "moved",
    [
        {"x_m": 0.03},
        {"x_m": 0.3},
        {"x_m": 0.0, "height_m": 1.64},
        {"x_m": 0.0, "heading_deg": 0.3},
        {"x_m": 0.05, "heading_deg": 0.4},
        {"x_m": 9.0},
    ],
)
def test_a_second_photo_of_the_same_view_is_none(
    moved: dict[str, float], original: Image.Image
) -> None:
    a, b = seen(original), seen(compressed(render(**moved, seed=2)[0], 92))
    assert not is_copy(*a, *b)
    assert not is_copy(*b, *a)


def test_nothing_is_said_without_features(original: Image.Image) -> None:
    plain = seen(Image.new("RGB", (WIDTH, HEIGHT), (90, 90, 90)))
    assert not is_copy(*plain, *plain)
    assert not is_copy(*plain, *seen(original))
