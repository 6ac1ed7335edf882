"""A pose knows what it is about: it moves to another site with all that is said along its axes, and
does not meet what is about another."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.catalog_records import LUND, placed_pose, unplaced_pose
from tests.helpers.geometry_makers import rotations
from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.errors import FrameError
from worldmap.frames import (
    RigidTransform,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
)
from worldmap.fuse import CameraStation, Spool, fuse
from worldmap.fuse.neighbours import neighbours_by_samples
from worldmap.geodesy import Site, enu
from worldmap.records import SolvedPose

ALTA = Site(69.97, 23.27, 10.0)

sites = st.builds(Site, st.floats(-89.0, 89.0), st.floats(-180.0, 180.0), st.floats(-400.0, 9000.0))
nearby = st.tuples(*(st.floats(-9000.0, 9000.0) for _ in range(3)))


def standing(site: Site, xyz_m: tuple[float, float, float], rotation: np.ndarray) -> SolvedPose:
    enu_from_cam = RigidTransform(
        to=enu(site),
        source=cam("1"),
        rotation=rotation,
        translation_m=xyz_m,  # type: ignore[arg-type]
    )
    return replace(placed_pose(1), site=site, enu_from_cam=enu_from_cam)


def placed(pose: SolvedPose) -> RigidTransform:
    assert pose.enu_from_cam is not None
    return pose.enu_from_cam


def test_a_frame_is_named_after_every_digit_of_its_site() -> None:
    assert enu(LUND) == enu(Site(LUND.lat_deg, LUND.lon_deg, LUND.height_m))
    assert str(enu(LUND)) == "enu(55.7058, 13.1932, 62.5)"
    assert enu(Site(-0.0, 0.0, -0.0)) == enu(Site(0.0, -0.0, 0.0))
    assert enu(Site(1, 2, 3)) == enu(Site(np.float64(1.0), 2.0, 3.0))
    for other in (
        Site(math.nextafter(LUND.lat_deg, 90.0), LUND.lon_deg, LUND.height_m),
        Site(LUND.lat_deg, math.nextafter(LUND.lon_deg, 90.0), LUND.height_m),
        Site(LUND.lat_deg, LUND.lon_deg, math.nextafter(LUND.height_m, 90.0)),
    ):
        assert enu(other) != enu(LUND)


def test_poses_about_two_sites_do_not_compose() -> None:
    here, there = placed(placed_pose(1)), placed(placed_pose(2, site=ALTA))
    with pytest.raises(FrameError, match=r"69\.97"):
        _ = here.inverse() @ there
    with pytest.raises(FrameError, match=r"55\.7058"):
        _ = ALTA.ecef_from_enu @ here
    _ = LUND.ecef_from_enu @ here
    assert (ALTA.enu_from(LUND) @ here).to == enu(ALTA)


def test_a_pose_is_only_about_its_own_site() -> None:
    with pytest.raises(FrameError, match="photo 1 is placed by enu"):
        replace(placed_pose(1), site=ALTA)
    with pytest.raises(FrameError, match="photo 1 is placed by enu"):
        replace(placed_pose(1), enu_from_cam=RigidTransform.identity(enu(LUND), enu(LUND)))


def test_clouds_and_stands_of_two_sites_do_not_meet(tmp_path: Path) -> None:
    clouds = [
        PointCloud.of_photo(frame=enu(site), xyz=[(0, 0, 0)], rgb=[(9, 9, 9)], sigma_m=[0.1])
        for site in (LUND, ALTA)
    ]
    with pytest.raises(FrameError, match=r"69\.97"):
        fuse(clouds, FuseSettings())
    with Spool[str](tmp_path) as spool:
        spool.add("tile", clouds[0])
        with pytest.raises(FrameError, match=r"69\.97"):
            spool.add("tile", clouds[1])
        assert spool.take("tile").frame == enu(LUND)
        spool.add("tile", clouds[1])
        assert spool.take("tile").frame == enu(ALTA)


@given(sites, sites, nearby, rotations())
def test_a_pose_about_another_site_is_the_same_place(
    one: Site, other: Site, xyz_m: tuple[float, float, float], rotation: np.ndarray
) -> None:
    pose = standing(one, xyz_m, rotation)
    moved = pose.about(other)
    assert moved.site == other
    before, after = one.ecef_from_enu @ placed(pose), other.ecef_from_enu @ placed(moved)
    assert after.translation_m == pytest.approx(before.translation_m, abs=1e-7)
    assert after.rotation == pytest.approx(before.rotation, abs=1e-12)
    # A residual is a direction on the globe, whatever axes it is told along.
    turned = other.ecef_from_enu.rotate(np.array(moved.gps_residual_m))
    assert turned == pytest.approx(one.ecef_from_enu.rotate(np.array(pose.gps_residual_m)))
    # Sigmas are those of the new axes by the law of propagation of errors.
    axes = other.enu_from(one).rotation
    covariance = axes @ np.diag(np.square(pose.position_sigma_m)) @ axes.T
    assert np.square(moved.position_sigma_m) == pytest.approx(np.diag(covariance))
    assert moved.rotation_sigma_deg == pytest.approx(pose.rotation_sigma_deg)
    assert moved.about(one).covariance == pytest.approx(pose.covariance, abs=1e-12)
    assert moved.heading_residual_deg == pose.heading_residual_deg
    assert pose.about(one) is pose


def test_a_quarter_of_the_globe_swaps_axes() -> None:
    """What is up at 0° E is west at 90° E on the equator."""
    pose = placed_pose(1, site=Site(0.0, 0.0, 0.0))
    moved = pose.about(Site(0.0, 90.0, 0.0))
    east_m, north_m, up_m = pose.position_sigma_m
    assert moved.position_sigma_m == pytest.approx((up_m, north_m, east_m))
    east_m, north_m, up_m = pose.gps_residual_m
    assert moved.gps_residual_m == pytest.approx((-up_m, north_m, east_m))


@given(st.floats(-85.0, 85.0), st.floats(-180.0, 180.0), st.floats(0.0, 359.0), nearby)
def test_about_itself_a_pose_is_level_and_knows_true_north(
    lat_deg: float, lon_deg: float, heading_deg: float, xyz_m: tuple[float, float, float]
) -> None:
    """A level photo that looks north at its own place, told about a site kilometres away."""
    at = Site(lat_deg, lon_deg, 100.0)
    pose = standing(at, (0.0, 0.0, 0.0), enu_from_cam_rotation(heading_deg, 0.0, 0.0))
    away = Site(*(float(v) for v in at.geodetic_from_enu(np.array(xyz_m))))
    back = pose.about(away).about_itself()
    assert (back.site.lat_deg, back.site.height_m) == pytest.approx((lat_deg, 100.0), abs=1e-6)
    assert placed(back).translation_m == pytest.approx(np.zeros(3), abs=1e-6)
    found = heading_pitch_roll_deg(placed(back).rotation)
    off_deg = (found[0] - heading_deg + 180.0) % 360.0 - 180.0
    assert (off_deg, *found[1:]) == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)


def test_an_unplaced_pose_moves_too() -> None:
    moved = unplaced_pose(7).about(ALTA)
    assert (moved.site, moved.reason) == (ALTA, unplaced_pose(7).reason)


def test_only_stands_of_one_site_are_compared() -> None:
    pose, far = placed_pose(1), placed_pose(2, site=ALTA)
    stations = [
        CameraStation(
            photo_id=p.photo_id, camera=Camera.centred(64, 48, 50.0), enu_from_cam=placed(p)
        )
        for p in (pose, far)
    ]
    pixels, depths_m = np.array([(32.0, 24.0)]), np.array([5.0])
    with pytest.raises(FrameError, match=r"69\.97"):
        neighbours_by_samples(stations[0], pixels, depths_m, stations, 4)
    assert neighbours_by_samples(stations[0], pixels, depths_m, stations[:1], 4) == []
