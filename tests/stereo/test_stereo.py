"""Depth from pictures alone, of planes whose depth is exact."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.helpers.wall_makers import EYE_M, FOCAL_PX, HEIGHT, WIDTH, render
from worldmap.camera import Camera, GreyPicture
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.stereo import (
    SEEN_SCORE,
    SeenSurface,
    Surface,
    agreed_depth,
    warp,
    windows,
    with_points,
)
from worldmap.stereo.bend import match_sigma
from worldmap.stereo.picture import Followed
from worldmap.stereo.pieces import vouched
from worldmap.stereo.planes import Planes
from worldmap.stereo.smooth import smoothed
from worldmap.stereo.surface import find_surface, follow_surface
from worldmap.stereo.views import Views
from worldmap.stereo.windows import UNSEEN, Windows, mean_of_best_two, window_mean

SITE = Site(48.0, 11.0, 500.0)
# A third of the size: what is tested is what happens, not how finely.
CAMERA = Camera.centred(WIDTH, HEIGHT, FOCAL_PX).rescaled(240, 180)
UP = np.array((0.0, -1.0, 0.0))
WALK_M = (-1.2, -0.6, 0.0, 0.6, 1.2)
Floats = NDArray[np.float32]


@lru_cache(maxsize=8)
def shown(x_m: float) -> tuple[GreyPicture, Floats]:
    """A photo of the walk, and its true depth."""
    image, depth_m = render(x_m, seed=round(100 * x_m) + 500)
    size = (CAMERA.width_px, CAMERA.height_px)
    grey = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    picture = GreyPicture(
        camera=CAMERA,
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam(str(x_m)),
            rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
            translation_m=np.array((x_m, 0.0, EYE_M)),
        ),
        grey=cv2.resize(grey, size, interpolation=cv2.INTER_AREA),
    )
    return picture, cv2.resize(depth_m, size, interpolation=cv2.INTER_NEAREST)


@lru_cache(maxsize=8)
def seen(x_m: float) -> SeenSurface:
    others = [shown(other)[0] for other in WALK_M if other != x_m]
    picture, _ = shown(x_m)
    found = find_surface(picture, others, nearest_m=2.5, up_cam=UP)
    return SeenSurface(camera=CAMERA, enu_from_cam=picture.enu_from_cam, surface=found)


def test_three_photos_agree_on_the_depth_of_ground_walls_and_what_stands_before_them() -> None:
    depth_m, sigma_m = agreed_depth(seen(0.0), [seen(-0.6), seen(0.6)])
    _, true_m = shown(0.0)
    found = np.isfinite(depth_m)
    surface = np.isfinite(true_m)
    # The far wall, the two screens before it, the ground.
    for nearest_m, farthest_m in ((11.5, 12.5), (7.5, 8.5), (6.5, 7.5), (3.0, 6.0)):
        part = (true_m > nearest_m) & (true_m < farthest_m)
        assert (found & part).sum() > 0.6 * part.sum()
    off = np.abs(depth_m / true_m - 1)[found & surface]
    assert np.median(off) < 0.005
    assert (off > 0.05).mean() < 0.03
    sigmas = (np.abs(depth_m - true_m) / sigma_m)[found & surface]
    assert 0.1 < np.median(sigmas) < 1.5


def test_nobody_who_agrees_is_no_depth() -> None:
    depth_m, sigma_m = agreed_depth(seen(0.0), [])
    assert np.isnan(depth_m).all()
    assert np.isnan(sigma_m).all()


def test_a_photo_that_says_otherwise_is_none_that_agrees() -> None:
    other = seen(0.6)
    nearer = replace(other, surface=replace(other.surface, inverse=other.surface.inverse * 1.1))
    depth_m, _ = agreed_depth(seen(0.0), [nearer])
    assert np.isfinite(depth_m).mean() < 0.05


def test_pictures_without_texture_have_no_surface() -> None:
    blank = [
        replace(shown(x)[0], grey=np.full((180, 240), 128, dtype=np.float32)) for x in (0.0, 0.6)
    ]
    found = find_surface(blank[0], blank[1:], nearest_m=2.5, up_cam=UP)
    assert not found.inverse.any()
    assert np.isnan(found.sigma_rel).all()


def test_photos_from_one_place_have_no_surface() -> None:
    picture, _ = shown(0.0)
    turned = replace(
        picture,
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam("turned"),
            rotation=picture.enu_from_cam.rotation,
            translation_m=picture.enu_from_cam.translation_m + np.array((1e-4, 0.0, 0.0)),
        ),
    )
    found = find_surface(picture, [turned], nearest_m=2.5, up_cam=UP)
    assert not found.inverse.any()


def test_a_bent_depth_is_followed_to_the_surface() -> None:
    picture, true_m = shown(0.0)
    across, down = np.meshgrid(
        np.linspace(-1, 1, true_m.shape[1]), np.linspace(-1, 1, true_m.shape[0])
    )
    bent_m = (true_m * np.exp(0.04 * (np.sin(2.2 * across) - 0.5 * down**2))).astype(np.float32)
    found = follow_surface(picture, [shown(x)[0] for x in WALK_M if x], bent_m)
    known = np.isfinite(true_m)
    told = known & (found.inverse > 0) & (found.score > SEEN_SCORE)
    assert told.sum() > 0.5 * known.sum()
    off = np.abs(np.log(found.inverse[told] * true_m[told]))
    assert np.median(off) < 0.1 * np.median(np.abs(np.log(bent_m / true_m))[told])
    # These pictures are better than lenses draw and JPEG keeps them, which sigmas allow for.
    assert np.mean(off > 3 * found.sigma_rel[told]) < 0.03
    assert np.median(found.sigma_rel[told] / found.pixel_rel[told]) < 0.5


@pytest.mark.parametrize(("slides", "sure"), [(True, False), (False, True)])
def test_a_window_that_slides_along_a_line_tells_nothing(slides: bool, sure: bool) -> None:
    """Photos beside each other of stripes that run along the way between them, and across it."""
    rng = np.random.default_rng(1)
    shape = (CAMERA.height_px, CAMERA.width_px)
    along = np.arange(shape[0] if slides else shape[1], dtype=np.float32)
    stripes = 128 + 50 * np.sin(along / 1.5)
    stripes = np.broadcast_to(stripes[:, None] if slides else stripes, shape)
    pictures = [
        replace(shown(x)[0], grey=stripes + 2 * rng.standard_normal(shape).astype(np.float32))
        for x in (0.0, 0.6)
    ]
    views = Views(pictures[0], pictures[1:], torch.device("cpu"))
    px = torch.full(shape, 1 / (0.6 * CAMERA.fx_px))
    # Stripes across lie where they did: infinitely far.
    sigma = match_sigma(views, torch.full(shape, 1e-6), px)[20:-20, 20:-20]
    assert bool(sigma.median() < 0.3) == sure
    assert bool(sigma.median() > 1.0) == slides


def test_what_hangs_together_with_what_is_sure_goes_along() -> None:
    inverse = np.full((6, 8), 0.1, dtype=np.float32)
    inverse[:, 5:] = 0.11
    surface = Followed(
        inverse=inverse,
        sigma_rel=np.full_like(inverse, 0.01),
        score=np.ones_like(inverse),
        pixel_rel=np.full_like(inverse, 0.01),
    )
    sure = np.zeros(inverse.shape, dtype=np.bool_)
    sure[:, :3] = True
    open_ = np.ones(inverse.shape, dtype=np.bool_)
    np.testing.assert_array_equal(vouched(surface, sure, open_), inverse < 0.105)
    sure[:, 2] = False  # no more than two fifths are
    np.testing.assert_array_equal(vouched(surface, sure, open_), sure)
    np.testing.assert_array_equal(vouched(surface, sure, sure), sure)


def test_no_neighbour_and_another_grid_are_refused() -> None:
    picture, true_m = shown(0.0)
    with pytest.raises(ValueError, match="no neighbour"):
        find_surface(picture, [], nearest_m=2.5, up_cam=UP)
    with pytest.raises(ValueError, match="no neighbour"):
        follow_surface(picture, [], true_m)
    with pytest.raises(ValueError, match=r"a depth of \(90, 240\)"):
        follow_surface(picture, [shown(0.6)[0]], true_m[:90])


def test_the_same_pictures_give_the_same_surface_to_the_bit() -> None:
    picture, others = shown(0.0)[0], [shown(0.6)[0], shown(-0.6)[0]]
    once, again = (find_surface(picture, others, nearest_m=2.5, up_cam=UP) for _ in range(2))
    for name in Surface.__dataclass_fields__:
        assert np.array_equal(getattr(once, name), getattr(again, name), equal_nan=True)


# --- its parts ----------------------------------------------------------------------------------


def test_means_of_windows_are_of_what_is_inside_and_its_mirror_image() -> None:
    values = torch.arange(90.0).view(9, 10) ** 2
    assert window_mean(values)[4, 5].item() == pytest.approx(values[1:8, 2:9].mean().item())
    row = column = torch.tensor((3, 2, 1, 0, 1, 2, 3))
    corner = values[row][:, column].mean().item()
    assert window_mean(values)[0, 0].item() == pytest.approx(corner)


def test_a_graphics_card_does_the_same_as_the_processor() -> None:
    rng = np.random.default_rng(0)
    grey = torch.from_numpy(shown(0.0)[0].grey)
    means = [torch.empty_like(grey) for _ in range(2)]
    windows._mean_here(grey, means[0])
    windows._mean_there(grey, means[1])
    torch.testing.assert_close(*means, atol=1e-3, rtol=0)
    # Outside of the picture, too.
    u, v = (torch.from_numpy(rng.uniform(-9, 250, (1, 180, 240))).float() for _ in range(2))
    drawn = [torch.empty_like(u) for _ in range(2)]
    warp._drawn_here(grey, u.clone(), v.clone(), drawn[0])
    warp._drawn_there(grey, u.clone(), v.clone(), drawn[1])
    torch.testing.assert_close(*drawn, atol=0.1, rtol=0)


def test_correlation_does_not_see_how_bright_a_picture_is_and_noise_is_no_texture() -> None:
    grey = torch.from_numpy(shown(0.0)[0].grey)
    own = Windows.of(grey)
    assert own.correlation(0.5 * grey + 20).median() > 0.95
    noise = torch.from_numpy(np.random.default_rng(0).normal(100, 0.5, (180, 240))).float()
    assert Windows.of(noise).correlation(noise).max() < 0.3


def test_the_best_two_are_counted_and_who_sees_nothing_is_not() -> None:
    scores = [torch.tensor([each]) for each in (0.2, 0.8, UNSEEN, 0.6)]
    assert mean_of_best_two(scores).item() == pytest.approx(0.7)
    assert mean_of_best_two(scores[:1] + scores[2:3]).item() == pytest.approx(0.2)
    assert mean_of_best_two(scores[2:3]).item() == UNSEEN


def test_a_label_that_its_neighbours_share_wins_over_one_that_fits_a_little_better() -> None:
    cost = torch.full((9, 7, 7), 1.0)
    cost[3] = 0.4
    cost[7, 3, 3] = 0.3
    assert (smoothed(cost).argmin(dim=0) == 3).all()
    cost[7, 2:6, 2:6] = -0.6
    assert smoothed(cost).argmin(dim=0)[4, 4] == 7


def test_planes_are_levelled_within_and_not_across_edges() -> None:
    rng = np.random.default_rng(0)
    x = torch.arange(40.0)[None].expand(30, 40)
    true = torch.where(x < 20, 0.10 + 0.001 * x, 0.20 + 0.0 * x)
    noisy = true + torch.from_numpy(rng.normal(0, 0.0005, (30, 40))).float()
    flat = torch.zeros(30, 40)
    found = Planes(noisy, flat, flat).levelled(torch.ones(30, 40), torch.full((30, 40), 0.001))
    assert (found.inverse - true).abs().mean() < 0.6 * (noisy - true).abs().mean()
    assert (found.inverse - true).abs().max() < 0.004


def test_a_plane_on_a_finer_grid_is_the_same_plane() -> None:
    x = torch.arange(8.0)[None].expand(6, 8) + 0.5
    planes = Planes(0.01 * x, torch.full((6, 8), 0.01), torch.zeros(6, 8))
    finer = planes.finer(12, 16)
    assert torch.allclose(finer.inverse[0], 0.01 * (torch.arange(16.0) + 0.5) / 2)
    assert torch.allclose(planes.moved(2, 0).inverse[:, :5], planes.inverse[:, :5])


def test_points_fill_the_pixels_about_them_where_nothing_was_agreed_on() -> None:
    nan = np.float32(np.nan)
    depth_m = np.full((4, 5), nan, dtype=np.float32)
    depth_m[1, 2] = 3.0
    sigma_m = np.where(np.isnan(depth_m), nan, np.float32(0.1))
    uv_px = np.array([(2.0, 2.0), (3.0, 2.0), (0.2, 0.3), (5.0, 4.0)])
    point_m, point_sigma_m = np.array([8.0, 6.0, 7.0, 9.0]), np.array([0.8, 0.6, 0.7, 0.9])
    found_m, found_sigma_m = with_points(depth_m, sigma_m, uv_px, point_m, point_sigma_m)
    expected = np.array(
        (
            (7, nan, nan, nan, nan),
            (nan, 8, 3, 6, nan),
            (nan, 8, 6, 6, nan),
            (nan, nan, nan, nan, 9),
        )
    )
    np.testing.assert_array_equal(found_m, expected)
    np.testing.assert_allclose(
        found_sigma_m, np.where(expected == 3, 0.1, expected / 10), rtol=1e-6
    )
