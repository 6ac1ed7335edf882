"""What photos say of each other's points: support, better places, free space, exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.view_makers import SITE, room_distance_m, room_view
from worldmap.camera import Lens
from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.fuse import (
    AgreedCloud,
    CameraStation,
    PreparedView,
    agree,
    agreed_clouds,
    exposure_gains,
    neighbours,
)
from worldmap.records import (
    REMOVED_CODE,
    CleanedDepth,
    ColourRatio,
    DepthMap,
    DepthModel,
    Focal,
    FocalSource,
    PlacedBy,
    PlacedPose,
    Removed,
    View,
    pose_covariance,
)

EXACT = FuseSettings(registration_sigma_m=0.01, systematic_rel=0.001)
PERSON = (-0.4, 5.0, 0.0, 0.4, 5.3, 1.8)


def asked(views: Sequence[View], settings: FuseSettings = EXACT) -> AgreedCloud:
    first, *others = (PreparedView.of(view, settings) for view in views)
    return agree(first, others, settings)


def stations(views: Sequence[View]) -> list[CameraStation]:
    return [
        CameraStation(photo_id=v.photo_id, camera=v.camera, enu_from_cam=v.enu_from_cam)
        for v in views
    ]


def is_person(cloud: PointCloud) -> np.ndarray:
    return room_distance_m(cloud.xyz) > 0.15


def test_alone_a_photo_keeps_its_points() -> None:
    view = room_view(1, 0.0)
    found = asked([view])
    present = np.isfinite(view.depth_m)
    assert found.removed == 0
    assert len(found.cloud) == present.sum()
    assert set(found.cloud.support) == {1}
    expected = view.enu_from_cam.apply(
        view.camera.unproject(view.camera.pixel_centres(), view.depth_m.astype(float))
    )[present]
    order = np.argsort(found.pixel)
    assert np.array_equal(np.sort(found.pixel), np.flatnonzero(present.ravel()))
    assert found.cloud.xyz[order] == pytest.approx(expected, abs=1e-5)
    sigma = np.hypot(view.sigma_m, EXACT.systematic_rel * view.depth_m)[present]
    assert found.cloud.sigma_m[order] == pytest.approx(sigma, rel=1e-4)
    # Depth that placed photos gave each other knows all of its errors.
    found = asked([replace(view, is_stereo=True)])
    assert found.cloud.sigma_m[order] == pytest.approx(view.sigma_m[present], rel=1e-4)


@pytest.mark.parametrize("distortion", [(0, 0, 0, 0, 0), (-0.05, 0.01, 0.001, -0.001, 0.0)])
def test_photos_of_the_same_wall_support_each_other(distortion: tuple[float, ...]) -> None:
    views = [
        room_view(i, x, heading_deg=h, distortion=distortion)  # type: ignore[arg-type]
        for i, x, h in ((1, 0.0, 0.0), (2, 1.5, -5.0), (3, -1.0, 8.0))
    ]
    found = asked(views)
    assert found.removed == 0
    assert np.mean(found.cloud.support == 3) > 0.6
    assert np.median(room_distance_m(found.cloud.xyz)) < 1e-3
    assert np.percentile(room_distance_m(found.cloud.xyz), 99) < 0.03


def test_agreement_makes_points_better_and_says_so() -> None:
    views = [room_view(i, 0.5 * i, noise_rel=0.02, sigma_rel=0.02) for i in range(1, 7)]
    alone, together = asked(views[:1]).cloud, asked(views).cloud
    before, after = room_distance_m(alone.xyz), room_distance_m(together.xyz)
    seen_by_all = together.support == 6
    assert seen_by_all.mean() > 0.3
    assert np.median(after[seen_by_all]) < 0.6 * np.median(before[seen_by_all])
    assert np.median(after) < 0.75 * np.median(before)
    assert np.median((together.sigma_m / alone.sigma_m)[seen_by_all]) < 0.55
    # Sigma along the ray bounds the distance across the surface: honest, and not far too large.
    assert 0.1 < np.sqrt(np.mean((after / together.sigma_m)[seen_by_all] ** 2)) < 1.2


def test_photos_that_differ_by_more_than_they_say_are_less_sure() -> None:
    said_rel, off_rel = 0.002, 0.008
    first, other = (room_view(i, x, sigma_rel=said_rel) for i, x in ((1, 0.0), (2, 0.3)))
    wide = FuseSettings(registration_sigma_m=0.0, systematic_rel=0.0, agree_sigmas=5.0)
    further = replace(
        other, depth_m=other.depth_m * (1 + off_rel), seen_m=other.seen_m * (1 + off_rel)
    )
    same, apart = (asked([first, each], wide).cloud for each in (other, further))
    both = [np.median(c.sigma_m[c.support == 2] / 5) for c in (same, apart)]
    # Of one difference, by how many of its sigmas it is off.
    assert both[1] > off_rel / (said_rel * np.sqrt(2)) * both[0]
    assert (apart.support == 2).mean() > 0.5


def test_a_better_photo_weighs_more() -> None:
    good = room_view(1, 0.0, sigma_rel=0.001)
    bad = room_view(2, 0.3, sigma_rel=0.02)
    off = replace(bad, depth_m=bad.depth_m * np.float32(1.02), seen_m=bad.seen_m * np.float32(1.02))
    found = asked([off, good]).cloud
    both = found.support == 2
    assert both.mean() > 0.8
    wall = np.abs(found.xyz[:, 1] - 12.0) < 0.5
    assert np.median(np.abs(found.xyz[both & wall, 1] - 12.0)) < 0.01


def test_of_refined_photos_that_have_a_surface_apart_none_is_believed() -> None:
    views = [
        replace(room_view(i, x, sigma_rel=0.002), is_refined=True)
        for i, x in ((1, 0.0), (2, 0.6), (3, -0.6))
    ]
    first, *others = views
    patch = np.zeros(first.depth_m.shape, dtype=bool)
    patch[20:40, 50:80] = True
    patch &= np.abs(first.depth_m - 12.0) < 0.5  # of the far wall
    assert patch.sum() > 200
    # More than their sigmas allow, and too little to be looked through.
    pulled = np.where(patch, np.float32(0.985), np.float32(1.0))
    off = replace(first, depth_m=first.depth_m * pulled, seen_m=first.seen_m * pulled)
    found, whole = asked([off, *others]), asked(views)
    assert whole.removed == 0
    at_patch = np.isin(found.pixel, np.flatnonzero(patch.ravel()))
    assert at_patch.sum() < 0.1 * patch.sum()
    assert len(found.cloud) > 0.95 * (len(whole.cloud) - patch.sum())
    # What is not refined is off by more in ways that are known: it stays.
    plain = [replace(view, is_refined=False) for view in (off, *others)]
    assert asked(plain).removed == 0


def test_what_two_others_look_through_is_removed() -> None:
    crowd = room_view(1, 0.0, boxes=[PERSON])
    others = [room_view(2, 1.5), room_view(3, -1.5), room_view(4, 0.5)]
    before = asked([crowd]).cloud
    after = asked([crowd, *others])
    people = int(is_person(before).sum())
    assert people > 100
    assert is_person(after.cloud).sum() < 0.05 * people
    assert len(after.cloud) > 0.98 * (len(before) - people)
    assert after.removed == len(before) - len(after.cloud)


def test_one_witness_is_not_enough_and_the_switch_works() -> None:
    crowd = room_view(1, 0.0, boxes=[PERSON])
    others = [room_view(2, 1.5), room_view(3, -1.5)]
    people = is_person(asked([crowd]).cloud).sum()
    assert is_person(asked([crowd, others[0]]).cloud).sum() == people
    off = EXACT.model_copy(update={"free_space": False})
    assert is_person(asked([crowd, *others], off).cloud).sum() == people
    single = EXACT.model_copy(update={"see_through_photos": 1})
    assert is_person(asked([crowd, others[0]], single).cloud).sum() < 0.5 * people


def test_what_others_see_too_stays_though_some_look_through() -> None:
    """Three photos saw the box, two came later when it had gone: it is no flying point."""
    there = [room_view(i, x, boxes=[PERSON]) for i, x in ((1, 0.0), (2, 0.4), (3, -0.4))]
    gone = [room_view(4, 0.2), room_view(5, -0.2)]
    people = is_person(asked([there[0]]).cloud).sum()
    assert is_person(asked([*there, *gone]).cloud).sum() > 0.8 * people


def test_what_is_hidden_from_others_stays() -> None:
    """A wall in front of the others hides the box: they say nothing of it."""
    screen = (-9.0, 2.0, 0.0, 9.0, 2.2, 8.0)
    crowd = room_view(1, 0.0, boxes=[PERSON])
    others = [room_view(i, x, boxes=[screen]) for i, x in ((2, 1.5), (3, -1.5), (4, 0.5))]
    before, after = asked([crowd]).cloud, asked([crowd, *others])
    assert is_person(after.cloud).sum() == is_person(before).sum()
    assert after.removed == 0


def test_sky_is_looked_through() -> None:
    """A leftover of the sky above the wall, where others see none but sky."""
    view = room_view(1, 0.0)
    leftover = np.isposinf(view.seen_m)
    assert leftover.any()
    depth_m = np.where(leftover, np.float32(30), view.depth_m)
    clouded = replace(view, depth_m=depth_m, seen_m=np.where(leftover, depth_m, view.seen_m))
    others = [room_view(2, 1.0), room_view(3, -1.0)]
    found = asked([clouded, *others])
    assert (found.cloud.xyz[:, 2] > 6.5).sum() < 0.25 * leftover.sum()
    unknown = [
        replace(o, seen_m=np.where(np.isinf(o.seen_m), np.float32(np.nan), o.seen_m))
        for o in others
    ]
    assert (asked([clouded, *unknown]).cloud.xyz[:, 2] > 6.5).sum() == leftover.sum()


def test_an_uncertain_photo_denies_nothing() -> None:
    crowd = room_view(1, 0.0, boxes=[PERSON])
    lost = [
        replace(room_view(i, x), sigma_m=np.full((120, 160), 8.0))
        for i, x in ((2, 1.5), (3, -1.5), (4, 0.5))
    ]
    assert asked([crowd, *lost]).removed == 0


def test_neighbours_are_those_that_see_most() -> None:
    views = [
        room_view(1, 0.0),
        room_view(2, 0.5),
        room_view(3, 6.0),
        room_view(4, 0.0, heading_deg=180.0),
        room_view(5, 2.0),
    ]
    assert neighbours(views[0], stations(views), 10) == [2, 5, 3]
    assert neighbours(views[0], stations(views), 1) == [2]
    nothing = replace(views[0], depth_m=np.full((120, 160), np.nan))
    assert neighbours(nothing, stations(views), 10) == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_area_gives_every_photo_once_whatever_the_threads(jobs: int) -> None:
    views = {i: room_view(i, 0.4 * i, noise_rel=0.01) for i in range(1, 9)}
    expected = {
        i: asked(
            [
                views[i],
                *(views[j] for j in neighbours(views[i], stations(list(views.values())), 4)),
            ],
            EXACT.model_copy(update={"neighbours": 4}),
        )
        for i in views
    }
    loaded: list[int] = []

    def load(photo_id: int) -> View:
        loaded.append(photo_id)
        return views[photo_id]

    found = list(
        agreed_clouds(
            stations(list(views.values())),
            load,
            EXACT.model_copy(update={"neighbours": 4}),
            jobs=jobs,
        )
    )
    assert [int(a.cloud.photo_id[0]) for a in found] == list(views)
    assert sorted(loaded) == sorted(views)
    for photo_id, one in zip(views, found, strict=True):
        assert one.cloud.xyz.tobytes() == expected[photo_id].cloud.xyz.tobytes()
        assert one.colour_ratios == expected[photo_id].colour_ratios


def test_an_error_while_loading_is_passed_on() -> None:
    views = [room_view(1, 0.0), room_view(2, 0.5)]

    def load(photo_id: int) -> View:
        raise OSError("gone")

    for jobs in (1, 2):
        with pytest.raises(OSError, match="gone"):
            list(agreed_clouds(stations(views), load, EXACT, jobs=jobs))


def test_exposure_is_evened_out() -> None:
    """Known gains, photos in a chain; only differences count, the mean stays."""
    rng = np.random.default_rng(0)
    exposure = np.exp(rng.normal(0, 0.3, 6))
    views = []
    for i in range(6):
        view = room_view(i + 1, 0.8 * i)
        texture = 80 + 40 * np.sin(view.depth_m[..., None] * (1.0, 1.3, 0.7))
        views.append(replace(view, rgb=np.nan_to_num(texture * exposure[i]).round().clip(0, 255)))
    ratios = [r for a in agreed_clouds(stations(views), lambda i: views[i - 1], EXACT)
              for r in a.colour_ratios]  # fmt: skip
    gains = exposure_gains(range(1, 7), ratios)
    corrected = np.array([gains[i + 1] for i in range(6)]) * exposure[:, None]
    assert np.ptp(np.log(exposure)) > 0.3
    assert np.ptp(np.log(corrected), axis=0).max() < 0.06
    assert np.abs(np.log([gains[i] for i in gains]).mean(axis=0)).max() < 0.02


def test_gains_stay_moderate_and_lonely_photos_keep_theirs() -> None:
    wild = ColourRatio(photo_a=1, photo_b=2, log_ratio=(5.0, 0.0, -5.0), points=10**6)
    gains = exposure_gains([1, 2, 3], [wild, replace(wild, photo_a=9)])
    assert gains[3] == (1.0, 1.0, 1.0)
    assert all(0.49 < value < 2.02 for gain in gains.values() for value in gain)
    assert gains[1][0] < 1 < gains[2][0]
    assert exposure_gains([1, 2], []) == {}


def placed(view: View, **changes: object) -> PlacedPose:
    values = {
        "photo_id": view.photo_id,
        "by": PlacedBy.MATCHES,
        "reason": "",
        "site": SITE,
        "enu_from_cam": view.enu_from_cam,
        "depth_scale": 1.1,
        "lens": Lens(focal_px=250.0, cx_px=161.0, cy_px=118.0, k1=0.01, k2=-0.02),
        "covariance": pose_covariance(
            rotation_sigma_deg=(1.0, 2.0, 3.0),
            position_sigma_m=(3.0, 4.0, 5.0),
            scale_sigma_rel=0.02,
        ),
        "component": 0,
        "pairs": 3,
        "gps_residual_m": (0.0, 0.0, 0.0),
        "heading_residual_deg": 0.0,
        "solved_among": 3,
        "tags_hash": "",
    }
    return PlacedPose(**(values | changes))  # type: ignore[arg-type]


def test_view_of_a_placed_photo() -> None:
    """True metres, the solved focal length, sky and unknown told apart, honest sigmas."""
    made = room_view(7, 0.0)
    uncleaned = np.where(np.isfinite(made.seen_m), made.seen_m, np.float32(40)) / np.float32(1.1)
    removed = np.zeros(uncleaned.shape, dtype=np.uint8)
    removed[~np.isfinite(made.seen_m)] = REMOVED_CODE[Removed.SKY]
    removed[-1] = REMOVED_CODE[Removed.NO_DEPTH]
    removed[-2] = REMOVED_CODE[Removed.EDGE]
    focal = Focal(focal_px=200.0, sigma_rel=0.05, source=FocalSource.FILM_35MM)
    depth_map = DepthMap(
        depth_m=np.where(removed == 0, uncleaned, np.nan),
        sigma_m=0.01 * uncleaned,  # type: ignore[arg-type]
        camera=made.camera,
        focal=focal,
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="measured", weights_hash="", licence=""),
    )
    cleaned = CleanedDepth(
        depth_map=depth_map,
        removed=removed,
        uncleaned_m=uncleaned,  # type: ignore[arg-type]
        rgb=made.rgb,
    )
    camera = made.camera.rescaled(320, 240)
    view = View.of_placed(cleaned, replace(camera, fx_px=200.0, fy_px=200.0), placed(made))
    half = made.camera.width_px / 320
    assert view.camera.fx_px == view.camera.fy_px == pytest.approx(250.0 * half)
    assert (view.camera.cx_px, view.camera.cy_px) == pytest.approx((161.0 * half, 118.0 * half))
    assert view.camera.distortion == (0.01, -0.02, 0.0, 0.0, 0.0)
    kept = removed == 0
    assert view.depth_m[kept] == pytest.approx(made.seen_m[kept], rel=1e-6)
    assert np.isnan(view.depth_m[~kept]).all()
    assert np.isposinf(view.seen_m[removed == REMOVED_CODE[Removed.SKY]]).all()
    assert np.isnan(view.seen_m[-1]).all()
    assert np.isfinite(view.seen_m[-2]).all()
    expected = np.hypot(0.01, 0.02) * made.seen_m[kept]
    assert view.sigma_m[kept] == pytest.approx(expected, rel=1e-5)
    alone = View.of_placed(cleaned, camera, placed(made, by=PlacedBy.TAGS)).sigma_m
    assert alone[kept].min() > 5.0
