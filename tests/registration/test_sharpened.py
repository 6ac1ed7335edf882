"""Tracks laid onto each other by the photos' pixels, in a room whose walls have a grain."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.grainy_room import SHOTS, Drawn, drawn, surface
from tests.helpers.registration_makers import (
    Errors,
    descriptors,
    pair,
    photograph,
    room_points,
    shared_index,
    view,
)
from worldmap.config import PairSettings
from worldmap.frames import enu_from_cam_rotation
from worldmap.registration.bundle.state import observe
from worldmap.registration.guided import PlacedFeatures
from worldmap.registration.sharpened import sharpened
from worldmap.registration.tracks import Tracks, build_tracks, of_photos
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

ERRORS = Errors(pixel_px=1.0, depth_rel=0.01, told_depth_rel=0.02)


@lru_cache(maxsize=1)
def walked() -> tuple[dict[int, PhotoView], Tracks]:
    points, told = room_points(600), descriptors(600)
    views = {s.photo_id: view(s, photograph(s, points, told, ERRORS)) for s in SHOTS}
    ends = [(a, b) for n, a in enumerate(SHOTS) for b in SHOTS[n + 1 :]]
    pairs = [pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id])) for a, b in ends]
    return views, build_tracks(views, pairs, per_photo=1000)


def placed(views: dict[int, PhotoView]) -> dict[int, PlacedFeatures]:
    """Roughly right: a twentieth of a degree and two centimetres off."""
    rng = np.random.default_rng(1)
    found = {}
    for shot in SHOTS:
        off = enu_from_cam_rotation(0, 0, 0).T @ enu_from_cam_rotation(*(0.05 * rng.normal(size=3)))
        true = shot.similarity
        found[shot.photo_id] = PlacedFeatures(
            features=views[shot.photo_id].features,
            camera=shot.camera,
            enu_from_cam=replace(
                true,
                rotation=true.rotation @ off,
                translation_m=true.translation_m + 0.02 * rng.normal(size=3),
            ),
            sigma_px=0.5,
        )
    return found


def off_px(tracks: Tracks, views: dict[int, PhotoView], uv_px: Array) -> Array:
    """How far each observation of the first two photos of a track is from where the other's first
    one says it is, pixels (M, 2); zero for these first ones."""
    best: dict[int, int] = {}
    metres = [
        views[s.photo_id].features.xyz_cam[:, 2].astype(np.float64) * s.depth_scale for s in SHOTS
    ]
    for row in np.lexsort(
        ([metres[p][f] for p, f in zip(tracks.photo, tracks.feature, strict=True)], tracks.track)
    ):
        best.setdefault(int(tracks.track[row]), int(row))
    first = np.array([best[int(t)] for t in tracks.track])
    found = np.zeros_like(uv_px)
    for index, shot in enumerate(SHOTS):
        rows = tracks.photo == index
        for other, from_ in enumerate(SHOTS):
            mine = np.flatnonzero(rows & (tracks.photo[first] == other))
            if len(mine):
                xyz = surface(from_, uv_px[first[mine]])
                found[mine] = uv_px[mine] - shot.camera.project(
                    shot.enu_from_cam.inverse().apply(xyz)
                )
    return found


@pytest.mark.parametrize(
    "larger",
    [pytest.param(1, marks=pytest.mark.nightly), 2],
    ids=["as large", "twice as large"],
)
def test_places_are_where_the_pictures_have_them(larger: int) -> None:
    views, tracks = walked()
    pictures = {s.photo_id: drawn(n, larger) for n, s in enumerate(SHOTS)}
    sharp = sharpened(tracks, placed(views), pictures)
    assert sharp.laid is not None
    laid = np.isfinite(sharp.laid.covariance_px2[:, 0, 0])
    assert laid.mean() > 0.6
    as_found = np.zeros((len(laid), 2))
    for index, each in enumerate(views.values()):
        rows = tracks.photo == index
        as_found[rows] = each.features.uv_px[tracks.feature[rows]]
    before = off_px(tracks, views, as_found)
    after = off_px(tracks, views, np.where(laid[:, None], sharp.laid.uv_px, as_found))
    moved = laid & (np.abs(before) > 1e-9).any(axis=1)
    was, is_ = (np.linalg.norm(each[moved], axis=1) for each in (before, after))
    assert np.median(is_) < 0.2 * np.median(was)
    assert np.median(is_) < 0.1
    assert np.quantile(is_, 0.9) < 0.35
    # Nobody is surer than pictures can be.
    floor = np.sqrt(np.linalg.eigvalsh(sharp.laid.covariance_px2[laid])[:, 0])
    assert floor.min() == pytest.approx(0.12 / larger, rel=1e-6)


def test_photos_whose_pictures_are_gone_stay_as_found() -> None:
    views, tracks = walked()
    none = sharpened(tracks, placed(views), {})
    gone = sharpened(tracks, placed(views), {s.photo_id: Drawn(None) for s in SHOTS})
    two = sharpened(tracks, placed(views), {s.photo_id: drawn(n) for n, s in enumerate(SHOTS[:2])})
    for each in (none, gone):
        assert each.laid is not None
        assert not np.isfinite(each.laid.covariance_px2).any()
    assert two.laid is not None
    laid = np.isfinite(two.laid.covariance_px2[:, 0, 0])
    assert laid.any()
    assert not laid[tracks.photo == 2].any()


def test_plain_pictures_say_nothing() -> None:
    views, tracks = walked()
    rng = np.random.default_rng(2)
    plain = {
        s.photo_id: Drawn((120 + 2 * rng.normal(size=(375, 500))).astype(np.uint8)) for s in SHOTS
    }
    sharp = sharpened(tracks, placed(views), plain)
    assert sharp.laid is not None
    assert not np.isfinite(sharp.laid.covariance_px2).any()


def test_a_bundle_takes_what_is_laid_and_what_is_not() -> None:
    views, tracks = walked()
    pictures = {s.photo_id: drawn(n) for n, s in enumerate(SHOTS)}
    sharp = sharpened(tracks, placed(views), pictures)
    found, as_found = (observe(views, each, PairSettings()) for each in (sharp, tracks))
    assert found.laid.any()
    assert not as_found.laid.any()
    still = ~found.laid
    np.testing.assert_array_equal(found.uv[still], as_found.uv[still])
    np.testing.assert_array_equal(found.sigma[still], as_found.sigma[still])
    assert (found.sigma[found.laid, 0] <= found.sigma[found.laid, 1]).all()
    # Rows of axes are directions.
    np.testing.assert_allclose(
        found.axes @ found.axes.transpose(0, 2, 1),
        np.tile(np.eye(2), (len(found), 1, 1)),
        atol=1e-9,
    )
    # The same observations of fewer photos.
    two = of_photos(sharp, np.array((True, True, False)))
    assert two.laid is not None
    assert len(two.laid.uv_px) == len(two.photo)
