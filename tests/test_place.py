"""One pose has one place, whoever tells it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.catalog_records import camera, placed_pose, with_sigmas
from tests.helpers.map_makers import SmallMap
from worldmap.catalog import Catalog, geometry
from worldmap.frames import (
    RigidTransform,
    angles_by_turn,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    wrapped_deg,
)
from worldmap.geodesy import Site, enu
from worldmap.pipeline.explain import Explanation, explain
from worldmap.place import Place
from worldmap.records import IngestedPhoto, PlacedPose, SolvedPose, tagged_pose_covariance
from worldmap.registration.pair import exp_rotation
from worldmap.report import PhotoEntry
from worldmap.report.plotted import plotted
from worldmap.stages.report import Merged, _photo_entries
from worldmap.view import PublishedMap

FAR_NORTH = Site(60.0, 10.0, 50.0)
TINY = 1e-6


def far_away(pose: PlacedPose) -> PlacedPose:
    """10 km east of the site, with a focal length and sigmas that nobody can take for others."""
    moved = pose.enu_from_cam.translation_m + np.array((10_000.0, 0.0, 0.0))
    away = replace(
        pose,
        site=FAR_NORTH,
        enu_from_cam=replace(pose.enu_from_cam, to=enu(FAR_NORTH), translation_m=moved),
        lens=replace(pose.lens, focal_px=pose.lens.focal_px * 1.3),
    )
    return with_sigmas(
        away,
        position_sigma_m=(1.0, 2.0, 3.0),
        rotation_sigma_deg=(0.1, 0.2, 0.3),
    )


# --- the record -------------------------------------------------------------------------------


def test_a_heading_is_from_true_north_at_the_photo() -> None:
    """10 km east at 60° N meridians have turned by sin(latitude) times the longitudes' difference:
    0.16°."""
    rotation = enu_from_cam_rotation(90.0, 5.0, -2.0)
    about_site = RigidTransform(
        to=enu(FAR_NORTH),
        source=cam("1"),
        rotation=rotation,
        translation_m=np.array((10_000.0, 0.0, 0.0)),
    )
    place = Place.of(a_pose(about_site), camera())
    turned_deg = np.sin(np.deg2rad(60.0)) * (place.lon_deg - 10.0)
    assert turned_deg == pytest.approx(0.155, abs=0.001)
    assert place.heading_deg == pytest.approx(90.0 + turned_deg, abs=0.002)
    # And the Earth has curved by 0.09° on the way there: what looks east looks further up.
    assert place.pitch_deg == pytest.approx(5.0 + np.rad2deg(10_000.0 / 6.39e6), abs=0.002)
    assert place.enu_m == (10_000.0, 0.0, 0.0)


def test_sigmas_and_angles_belong_together() -> None:
    at_site = RigidTransform(
        to=enu(FAR_NORTH),
        source=cam("1"),
        rotation=enu_from_cam_rotation(30.0, 0.0, 0.0),
        translation_m=np.zeros(3),
    )
    pose = with_sigmas(a_pose(at_site), position_sigma_m=(3.0, 4.0, 5.0))
    place = Place.of(pose, camera())
    assert place.position_sigma_m == pytest.approx((3.0, 4.0, 5.0))
    assert place.radius90_m == pytest.approx(pose.ce90_m)
    # Of a level camera those about its x, y, z are those of pitch, heading and roll.
    told = (place.pitch_sigma_deg, place.heading_sigma_deg, place.roll_sigma_deg)
    assert told == pytest.approx(pose.rotation_sigma_deg)
    # Looking 60° down, the same turn about its y is half as far about the vertical's heading …
    down = replace(at_site, rotation=enu_from_cam_rotation(30.0, -60.0, 0.0))
    steep = Place.of(with_sigmas(a_pose(down), rotation_sigma_deg=(0.0, 0.2, 0.0)), camera())
    assert steep.heading_sigma_deg == pytest.approx(0.2 / np.cos(np.deg2rad(60.0)))
    # … and straight down the heading is open, not infinite.
    nadir = replace(at_site, rotation=enu_from_cam_rotation(30.0, -90.0, 0.0))
    assert Place.of(a_pose(nadir), camera()).heading_sigma_deg <= 180.0


@given(
    st.floats(0.0, 359.0), st.floats(-60.0, 60.0), st.floats(-170.0, 170.0), st.floats(0.1, 60.0)
)
def test_an_open_heading_does_not_tilt_a_photo(
    heading_deg: float, pitch_deg: float, roll_deg: float, sigma_deg: float
) -> None:
    """Whichever way it is held, what it may be turned about the vertical is its heading's."""
    rotation = enu_from_cam_rotation(heading_deg, pitch_deg, roll_deg)
    covariance = tagged_pose_covariance(
        rotation[2],
        heading_sigma_deg=sigma_deg,
        tilt_sigma_deg=0.05,
        position_sigma_m=(1.0, 1.0, 1.0),
        scale_sigma_rel=0.1,
    )
    at_site = RigidTransform(
        to=enu(FAR_NORTH), source=cam("1"), rotation=rotation, translation_m=np.zeros(3)
    )
    place = Place.of(replace(a_pose(at_site), covariance=covariance), camera())
    assert place.pitch_sigma_deg == pytest.approx(0.05, rel=1e-6)
    # The same tilt is more roll the further the view is from the horizon.
    assert place.roll_sigma_deg == pytest.approx(0.05 / np.cos(np.deg2rad(pitch_deg)), rel=1e-6)
    tilted = 0.05 * np.tan(np.deg2rad(pitch_deg))
    assert place.heading_sigma_deg == pytest.approx(np.hypot(sigma_deg, tilted), rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_angles_by_turn_are_the_slopes_of_the_angles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rotation = enu_from_cam_rotation(
        rng.uniform(0, 360), rng.uniform(-80, 80), rng.uniform(-180, 180)
    )
    found = angles_by_turn(rotation)
    for axis in range(3):
        ahead, behind = (
            heading_pitch_roll_deg(rotation @ exp_rotation(side * 1e-6 * np.eye(3)[axis]))
            for side in (1, -1)
        )
        slope = [wrapped_deg(a - b) / np.rad2deg(2e-6) for a, b in zip(ahead, behind, strict=True)]
        assert found[:, axis] == pytest.approx(slope, abs=1e-5 * (1 + np.abs(found).max()))


def test_the_field_of_view_is_between_the_picture_s_edges() -> None:
    off_centre = replace(camera(), cx_px=camera().width_px / 2 + 40.0)
    plain = replace(off_centre, distortion=(0.0,) * 5)
    edges = plain.rays(np.array(((0.0, 0.0), (float(plain.width_px), 0.0))))
    angles = np.rad2deg(np.arctan(edges[:, 0]))
    assert off_centre.hfov_deg == pytest.approx(angles[1] - angles[0])


def a_pose(enu_from_cam: RigidTransform) -> PlacedPose:
    return replace(placed_pose(1, site=FAR_NORTH), enu_from_cam=enu_from_cam)


# --- everywhere the same ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory) -> SmallMap:
    """The small map, put 10 km from an origin at 60° N."""
    again = small_map.copied(tmp_path_factory.mktemp("moved"))
    with Catalog.open(again.map_dir, create=False) as catalog:
        run_id = catalog.start_run("merge", "{}", "test")
        poses = [far_away(pose) for pose in catalog.poses() if isinstance(pose, PlacedPose)]
        catalog.replace_solution(run_id, poses)
    return again


def numbers(place: Place) -> tuple[float, ...]:
    return (place.lat_deg, place.lon_deg, place.height_m, place.heading_deg)


def test_everybody_tells_the_same_place(moved: SmallMap) -> None:
    photos, poses = moved.photos, {pose.photo_id: pose for pose in moved.poses}
    entries = {entry.photo_id: entry for entry in report_entries(photos, list(poses.values()))}
    page = {
        each["id"]: each for each in json.loads(PublishedMap(moved.map_dir).document())["photos"]
    }
    assert len(poses) > 2
    for photo in photos:
        if photo.photo_id not in poses:
            continue
        pose = poses[photo.photo_id]
        assert isinstance(pose, PlacedPose)
        place = Place.of(pose, photo.camera)
        told_deg = heading_pitch_roll_deg(pose.enu_from_cam.rotation)[0]
        assert abs(wrapped_deg(place.heading_deg - told_deg)) > 0.1

        explained = explain(moved.map_dir, str(photo.metadata.path))
        assert isinstance(explained, Explanation)
        assert explained.place == place
        entry = entries[photo.photo_id]
        assert entry.solved == place

        shown = page[photo.photo_id]
        on_page = (shown["lat"], shown["lon"], shown["height_m"], shown["heading_deg"])
        assert on_page == pytest.approx(numbers(place), abs=TINY)
        assert (shown["pitch_deg"], shown["roll_deg"]) == pytest.approx(
            (place.pitch_deg, place.roll_deg), abs=TINY
        )
        assert shown["sigma_m"] == pytest.approx(place.position_sigma_m, abs=TINY)
        assert shown["hfov_deg"] == pytest.approx(place.hfov_deg, abs=TINY)
        assert shown["scale_sigma_rel"] == pytest.approx(place.scale_sigma_rel, abs=TINY)

        drawn = plotted(photo, poses, {}, FAR_NORTH)
        assert drawn.solved is not None
        assert (drawn.solved.east_m, drawn.solved.north_m) == place.enu_m[:2]
        assert drawn.solved.heading_deg == pytest.approx(place.heading_deg, abs=TINY)
        assert 2 * drawn.half_view_deg == pytest.approx(place.hfov_deg, abs=TINY)

        lon_deg, lat_deg, height_m, heading_deg, sigma_m = stored(moved.map_dir, photo.photo_id)
        assert (lat_deg, lon_deg, height_m, heading_deg) == pytest.approx(numbers(place), abs=TINY)
        assert sigma_m == pytest.approx(np.hypot(*place.position_sigma_m[:2]), abs=TINY)


def stored(map_dir: Path, photo_id: int) -> tuple[float, ...]:
    """Longitude, latitude, height, heading and sigma as the catalog's layer of photos has them."""
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as connection:
        blob, *rest = connection.execute(
            "SELECT geom, height_m, heading_deg, position_sigma_m FROM photos WHERE id = ?",
            (photo_id,),
        ).fetchone()
    west, south, _, _ = geometry.bounds(geometry.from_geopackage(blob)) or (np.nan,) * 4
    return west, south, *rest


def test_the_footprint_is_as_wide_as_the_solved_lens(moved: SmallMap) -> None:
    poses = {pose.photo_id: pose for pose in moved.poses}
    photo = next(photo for photo in moved.photos if photo.photo_id in poses)
    pose = poses[photo.photo_id]
    assert isinstance(pose, PlacedPose)
    place = Place.of(pose, photo.camera)
    with closing(sqlite3.connect(moved.map_dir / "catalog.gpkg")) as connection:
        (blob,) = connection.execute(
            "SELECT geom FROM footprints WHERE photo_id = ?", (photo.photo_id,)
        ).fetchone()
    # One polygon of one ring: its points follow three counts and two headers.
    ring = np.frombuffer(geometry.from_geopackage(blob), dtype="<f8", offset=22).reshape(-1, 2)
    at = Site(place.lat_deg, place.lon_deg, place.height_m)
    xy = at.enu_from_geodetic(ring[:, 1], ring[:, 0], place.height_m)[:, :2]
    far = xy[np.linalg.norm(xy, axis=1) > 0.5]
    bearing_deg = np.rad2deg(np.arctan2(far[:, 0], far[:, 1]))
    off_deg = wrapped_deg(bearing_deg - place.heading_deg)
    assert photo.camera.hfov_deg > place.hfov_deg + 8.0
    assert off_deg.max() - off_deg.min() == pytest.approx(place.hfov_deg, abs=2.0)


def report_entries(
    photos: Sequence[IngestedPhoto], poses: Sequence[SolvedPose]
) -> tuple[PhotoEntry, ...]:
    known = {pose.photo_id for pose in poses}
    return _photo_entries(
        Merged(
            photos=[photo for photo in photos if photo.photo_id in known],
            views={},
            pairs=(),
            poses=poses,
            reviews={},
            tiles=(),
            site=FAR_NORTH,
            stages=(),
        )
    )
