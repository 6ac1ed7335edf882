"""Models with axes of their own are laid on the Earth by the tags of their photos, and the depth of
photos whose poses are given takes their size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.helpers.registration_makers import EXACT, Shot, untagged, views_of, walk
from worldmap.config import PairSettings
from worldmap.errors import InputError
from worldmap.exchange.posed import MODEL
from worldmap.frames import RigidTransform, rotation_angle_rad
from worldmap.registration.georeference import georeferenced
from worldmap.registration.held import metres_per_unit

UNIT_M = 3.7


def own_frame(shots: list[Shot]) -> dict[int, RigidTransform]:
    """The true poses turned, moved and in units of UNIT_M metres."""
    turn = Rotation.from_euler("xyz", (40, -70, 130), degrees=True).as_matrix()
    return {
        shot.photo_id: RigidTransform(
            to=MODEL,
            source=shot.enu_from_cam.source,
            rotation=turn @ shot.enu_from_cam.rotation,
            translation_m=turn @ shot.enu_from_cam.translation_m / UNIT_M + (5.0, -3.0, 11.0),
        )
        for shot in shots
    }


def off(shots: list[Shot], found: dict[int, RigidTransform]) -> tuple[float, float]:
    """Metres and degrees off the truth, at worst."""
    return (
        max(float(np.linalg.norm(found[s.photo_id].translation_m - s.enu_from_cam.translation_m))
            for s in shots),
        max(np.rad2deg(rotation_angle_rad(found[s.photo_id].rotation @ s.enu_from_cam.rotation.T))
            for s in shots),
    )  # fmt: skip


def test_by_exact_tags_a_model_comes_to_lie_where_it_was() -> None:
    shots = walk(4, step_m=12.0)
    views = views_of(shots, EXACT, points=10)
    found = georeferenced(views, own_frame(shots))
    site = next(iter(views.values())).site
    here = site.enu_from(found.site)
    moved = {i: here @ pose for i, pose in found.poses.items()}
    assert off(shots, moved) == pytest.approx((0.0, 0.0), abs=0.05)
    assert found.metres_per_unit == pytest.approx(UNIT_M, rel=1e-3)
    assert found.located == 4


def test_its_covariance_holds_what_gps_leaves_open() -> None:
    """Errors of a photo's place over its sigmas, of three draws of the tags."""
    shots = walk(4, step_m=12.0)
    normal = []
    for seed in range(3):
        errors = replace(EXACT, tag_factor=1.0)
        views = views_of(shots, errors, points=10, seed=seed)
        found = georeferenced(views, own_frame(shots))
        here = next(iter(views.values())).site.enu_from(found.site)
        true, pose = shots[3].enu_from_cam, here @ found.poses[shots[3].photo_id]
        place = pose.translation_m - true.translation_m
        sigma = np.sqrt(np.diag(found.covariance[shots[3].photo_id])[3:6])
        normal.append(place / sigma)
    assert np.abs(normal).max() < 4
    assert 0.05 < float(np.mean(np.square(normal))) < 2.5


def test_depth_sizes_a_model_that_positions_do_not() -> None:
    shots = [replace(shot, depth_scale=1.0) for shot in walk(5)]
    views = views_of(shots, EXACT, points=400)
    unit = metres_per_unit(views, own_frame(shots), PairSettings())
    assert unit is not None
    assert unit[0] == pytest.approx(UNIT_M, rel=2e-3)
    assert unit[1] == pytest.approx(0.1)
    vague = {i: replace(view, horizontal_sigma_m=50.0) for i, view in views.items()}
    assert georeferenced(vague, own_frame(shots), unit).metres_per_unit == pytest.approx(
        UNIT_M, rel=0.02
    )
    with pytest.raises(InputError, match="neither depth nor positions"):
        georeferenced(vague, own_frame(shots))


def test_what_no_tag_tells_is_said() -> None:
    shots = walk(4, step_m=6.0)
    views = views_of(shots, EXACT, points=10)
    nowhere = {i: untagged(view) for i, view in views.items()}
    with pytest.raises(InputError, match="none of the model's 4 photos"):
        georeferenced(nowhere, own_frame(shots))
    one = {i: view if i == 1 else untagged(view) for i, view in views.items()}
    one[1] = replace(one[1], heading_deg=None, heading_sigma_deg=180.0)
    with pytest.raises(InputError, match="how the model is turned"):
        georeferenced(one, own_frame(shots), (UNIT_M, 0.05))
    strangers = {i: views[i % 4 + 1] for i in views}
    upside = {i: replace(view, roll_deg=90.0 * i) for i, view in strangers.items()}
    with pytest.raises(InputError, match="which way is up"):
        georeferenced(upside, own_frame(shots))
