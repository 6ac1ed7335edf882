"""Each connected group is solved about a site of its own, at any distance, across zones and the
antimeridian, as well as alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    EXACT,
    Errors,
    Shot,
    moved_tag,
    pair,
    shared_index,
    views_of,
    walk,
)
from worldmap.config import PairSettings, RegistrationSettings, SolverSettings
from worldmap.frames import (
    RigidTransform,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
)
from worldmap.geodesy import Site, enu, projected_epsg
from worldmap.records import PairRegistration, PhotoStatus, PlacedPose, SolvedPose
from worldmap.registration.candidates import candidate_pairs
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.priors import Priors
from worldmap.registration.sites import REACH_M, Sites, apart_m, middle_of
from worldmap.registration.solve import Solution, solve
from worldmap.registration.start import laying_cost
from worldmap.registration.view import PhotoView

SETTINGS = RegistrationSettings(solver=SolverSettings(guided=False))
LUND = Site(55.71, 13.19, 60.0)
FAR_PLACES = {
    "300 km": Site(58.41, 13.19, 110.0),
    "another zone": Site(55.71, 8.45, 20.0),
    "on the edge of two zones": Site(55.71, 12.0, 20.0),
    "on the antimeridian": Site(-16.8, 180.0, 70.0),
    "the other hemisphere": Site(-36.85, 174.76, 90.0),
    "beyond the polar circle": Site(78.22, 15.65, 30.0),
}
BY_DAY = ("300 km", "on the antimeridian", "beyond the polar circle")


def room_at(place: Site, first_id: int, count: int = 4, *, about: Site | None = None,
            errors: Errors = EXACT) -> dict[int, PhotoView]:  # fmt: skip
    """Photos of the makers' room, built level at that place, with tags as they would be there."""
    seen = views_of(shots(first_id, count), errors, points=200)
    return {i: transplanted(view, place, about or place) for i, view in seen.items()}


def shots(first_id: int, count: int = 4) -> list[Shot]:
    walked = walk(count, seed=4, first_id=first_id)
    mean = float(np.exp(np.mean([np.log(s.depth_scale) for s in walked])))
    return [replace(s, depth_scale=s.depth_scale / mean) for s in walked]


def transplanted(view: PhotoView, place: Site, about: Site) -> PhotoView:
    assert view.position_enu is not None
    assert view.heading_deg is not None
    # A camera of its own: what photos tell of theirs is told to others that it took elsewhere.
    moved = replace(
        view,
        site=about,
        position_ecef=place.ecef_from_enu.apply(view.position_enu),
        camera_key=f"camera at {place}",
    )
    # A tag tells the way from true north and the horizon where the photo stands.
    place_from_cam = enu_from_cam_rotation(view.heading_deg, view.pitch_deg, view.roll_deg)
    here = moved.about(place).local_from_enu @ place_from_cam
    heading_deg, pitch_deg, roll_deg = heading_pitch_roll_deg(here)
    return replace(moved, heading_deg=heading_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)


def pairs_among(
    views: dict[int, PhotoView], first_id: int, count: int = 4
) -> list[PairRegistration]:
    taken = shots(first_id, count)
    return [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for n, a in enumerate(taken)
        for b in taken[n + 1 :]
    ]


def placed(pose: SolvedPose) -> RigidTransform:
    assert pose.enu_from_cam is not None, pose.reason
    return pose.enu_from_cam


def on_earth(pose: SolvedPose) -> RigidTransform:
    """ecef_from_cam."""
    return pose.site.ecef_from_enu @ placed(pose)


def assert_same_place(a: SolvedPose, b: SolvedPose) -> None:
    """To a micrometre and a ten-millionth of a degree, level and heading with it."""
    one, other = on_earth(a), on_earth(b)
    assert one.translation_m == pytest.approx(other.translation_m, abs=1e-6)
    turn = one.rotation.T @ other.rotation
    assert np.rad2deg(np.linalg.norm(turn - np.eye(3)) / np.sqrt(2)) < 1e-7
    assert a.depth_scale == pytest.approx(b.depth_scale, rel=1e-9)
    assert a.position_sigma_m == pytest.approx(b.position_sigma_m, rel=1e-6)
    assert a.gps_residual_m == pytest.approx(b.gps_residual_m, abs=1e-6)
    assert a.heading_residual_deg == pytest.approx(b.heading_residual_deg, abs=1e-6)


def by_id(solution: Solution) -> dict[int, SolvedPose]:
    return {pose.photo_id: pose for pose in solution.poses}


# --- two groups -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("far", "origin"),
    [
        # The furthest once each, at night the others and with the other origin.
        pytest.param(
            far,
            origin,
            marks=() if name in BY_DAY and not (k + j) % 2 else pytest.mark.nightly,
            id=f"{name}-{origin}",
        )
        for k, (name, far) in enumerate(FAR_PLACES.items())
        for j, origin in enumerate(("the first", "neither"))
    ],
)
def test_two_groups_together_are_as_each_alone(far: Site, origin: str) -> None:
    """Whatever origin the map started with, no photo leans or turns for the other group's sake."""
    about = LUND if origin == "the first" else Site(10.0, 10.0, 0.0)
    near_views, far_views = room_at(LUND, 1, about=about), room_at(far, 11, about=about)
    near_pairs, far_pairs = pairs_among(near_views, 1), pairs_among(far_views, 11)
    together = by_id(solve({**near_views, **far_views}, [*near_pairs, *far_pairs], SETTINGS))
    alone = {
        **by_id(solve(near_views, near_pairs, SETTINGS)),
        **by_id(solve(far_views, far_pairs, SETTINGS)),
    }
    assert together.keys() == alone.keys()
    for photo_id, pose in together.items():
        assert pose.status == PhotoStatus.PLACED
        assert_same_place(pose, alone[photo_id])
    assert len({pose.site for pose in together.values()}) == 2
    for place, first_id in ((LUND, 1), (far, 11)):
        for taken in shots(first_id):
            pose = together[taken.photo_id]
            assert isinstance(pose, PlacedPose)
            assert apart_m(pose.site, place) < REACH_M
            # The truth, level at its own place: what exact tags lead to.
            true = replace(pose, site=place, enu_from_cam=in_place(taken, place))
            off_m = on_earth(pose).translation_m - on_earth(true).translation_m
            assert np.linalg.norm(off_m) < 0.02
            up, true_up = (placed(each.about_itself()).rotation[2] for each in (pose, true))
            assert np.rad2deg(np.linalg.norm(up - true_up)) < 0.02
            assert abs(pose.heading_residual_deg) < 0.02


def in_place(taken: Shot, place: Site) -> RigidTransform:
    return replace(taken.enu_from_cam, to=enu(place))


def test_a_group_far_from_its_site_is_no_worse_than_about_its_middle() -> None:
    """8 km off, up leans by 0.07° and north turns by 0.1°: the tags know both."""
    place = Site(58.41, 13.19, 110.0)
    away = Site(58.41, 13.32, 110.0)
    assert 7000.0 < apart_m(place, away) < REACH_M
    views = room_at(place, 1)
    pairs = pairs_among(views, 1)
    near = by_id(solve(views, pairs, SETTINGS))
    far = by_id(solve({i: v.about(away) for i, v in views.items()}, pairs, SETTINGS))
    for photo_id, pose in far.items():
        assert pose.site == away
        one, other = on_earth(near[photo_id]), on_earth(pose)
        assert one.translation_m == pytest.approx(other.translation_m, abs=1e-3)
        turn = one.rotation.T @ other.rotation
        assert np.rad2deg(np.linalg.norm(turn - np.eye(3)) / np.sqrt(2)) < 1e-3


def test_a_photo_alone_stands_by_the_horizon_and_north_of_its_own_place() -> None:
    place, away = Site(70.0, 25.0, 10.0), Site(70.0, 25.2, 10.0)
    (view,) = room_at(place, 1, 1, about=away).values()
    (pose,) = solve({1: view}, [], SETTINGS).poses
    assert pose.site == away
    here = placed(pose.about_itself())
    assert heading_pitch_roll_deg(here.rotation) == pytest.approx(
        (view.heading_deg, view.pitch_deg, view.roll_deg), abs=1e-6
    )


def test_residuals_and_levels_of_tags_are_those_at_the_photo() -> None:
    """True poses leave nothing, however far away the site is."""
    place = FAR_PLACES["300 km"]
    views = room_at(place, 1, about=LUND)
    true = {s.photo_id: LUND.enu_from(place) @ in_place(s, place) for s in shots(1)}
    priors = Priors.of(list(views.values()), 0.5)
    rotation = np.array([true[i].rotation for i in views])
    assert priors.on_heading(rotation).residual == pytest.approx(np.zeros((4, 1)), abs=1e-6)
    assert priors.on_level(rotation).residual == pytest.approx(np.zeros((4, 2)), abs=1e-6)
    centre = np.array([true[i].translation_m for i in views])
    assert priors.on_position(centre, np.zeros((0, 3))).residual == pytest.approx(
        np.zeros((4, 3)), abs=1e-6
    )


# --- which site -----------------------------------------------------------------------------------


def test_a_group_keeps_its_site_while_it_grows() -> None:
    place = FAR_PLACES["300 km"]
    first = room_at(place, 1, 3)
    start = solve(first, pairs_among(first, 1, 3), SETTINGS)
    (site,) = {pose.site for pose in start.poses}
    # The new photo comes about the origin of another part of the map.
    grown = {**{i: v.about(site) for i, v in first.items()}, 4: room_at(place, 1, about=LUND)[4]}
    again = solve(grown, pairs_among(grown, 1), SETTINGS)
    assert {pose.site for pose in again.poses} == {site}


def test_sites_are_chosen_by_rule() -> None:
    place, near, far = Site(58.41, 13.19, 110.0), Site(58.45, 13.19, 110.0), LUND
    views = room_at(place, 1)
    seen = list(views.values())
    # That of most of its photos, where near.
    mixed = [seen[0].about(near), seen[1].about(near), seen[2].about(place)]
    assert Sites(mixed).of(mixed) == near
    # Of equally many the southernmost, so that the order of photos does not matter.
    two = [seen[0].about(near), seen[1].about(place)]
    assert Sites(two).of(two) == Sites(two).of(two[::-1]) == place
    # Else the nearest one of the map, else its own middle, which the next group may share.
    lost = [view.about(far) for view in seen]
    assert Sites([*lost, seen[0].about(near)]).of(lost) == near
    sites = Sites(lost)
    middle = sites.of(lost)
    assert middle == Site(58.41, 13.19, 110.0)
    beside = [moved_tag(seen[0].about(place), (3000.0, 0.0, 0.0)).about(far)]
    assert sites.of(beside) == middle
    # Where no tag tells the place, nothing says which would be better.
    untold = [replace(view, position_ecef=None) for view in lost]
    assert sites.of(untold) == far


def test_the_middle_lies_between_photos_on_both_sides_of_the_antimeridian() -> None:
    positions = np.array([(-16.8, 179.9999, 10.0), (-16.8, -179.9997, 14.0), (-16.8, 179.998, 9.0)])
    middle = middle_of(positions)
    assert middle.lat_deg == -16.8
    assert abs(middle.lon_deg) == pytest.approx(180.0, abs=1e-3)
    assert middle.height_m == 10.0


# --- what an earlier solution is worth ------------------------------------------------------------


def test_a_group_solved_about_a_far_origin_is_solved_again_and_others_stay() -> None:
    """What an older version left: both streets about one origin."""
    far = FAR_PLACES["300 km"]
    near_views, far_views = room_at(LUND, 1), room_at(far, 11)
    pairs = [*pairs_among(near_views, 1), *pairs_among(far_views, 11)]
    right = by_id(solve({**near_views, **far_views}, pairs, SETTINGS))
    leaning = {}
    for photo_id, pose in right.items():
        view = {**near_views, **far_views}[photo_id].about(LUND)
        leaning[photo_id] = replace(pose.about(LUND), tags_hash=view.tags_hash)
    earlier = PreviousSolution(poses=leaning, pairs={p.key: p for p in pairs})
    views = {i: v.about(LUND) for i, v in {**near_views, **far_views}.items()}
    again = by_id(solve(views, pairs, SETTINGS, earlier))
    for photo_id in near_views:
        assert np.array_equal(
            placed(again[photo_id]).translation_m, placed(leaning[photo_id]).translation_m
        )
    for photo_id in far_views:
        assert apart_m(again[photo_id].site, far) < REACH_M
        assert_same_place(again[photo_id], right[photo_id])


# --- candidates -----------------------------------------------------------------------------------


def test_candidates_meet_across_zones_and_the_antimeridian() -> None:
    few = PairSettings()
    for place in (LUND, *FAR_PLACES.values()):
        here = list(room_at(place, 1).values())
        expected = candidate_pairs(list(room_at(Site(0.0, 3.0, 0.0), 1).values()), few)
        assert len(expected) == 6
        assert candidate_pairs(here, few) == expected
        # Whatever each of them is about.
        mixed = [view.about(site) for view, site in zip(here, FAR_PLACES.values(), strict=False)]
        assert candidate_pairs(mixed, few) == expected
    edges = {projected_epsg(55.7, 12.0 + off) for off in (-1e-5, 1e-5)}
    assert len(edges) == 2


def test_candidates_are_not_found_where_only_a_projection_puts_them_together() -> None:
    """The same easting and northing in two zones, and the far side of the Earth."""
    here, there = room_at(Site(55.7, 13.0, 0.0), 1), room_at(Site(55.7, 19.0, 0.0), 11)
    through = room_at(Site(-55.7, -167.0, 0.0), 21)
    views = [*here.values(), *there.values(), *through.values()]
    groups = {tuple(sorted({i // 4, j // 4})) for i, j in candidate_pairs(views, PairSettings())}
    assert groups == {(0,), (1,), (2,)}


def test_what_tags_say_against_a_pair_does_not_depend_on_the_sites() -> None:
    views = list(room_at(LUND, 1).values())
    poses = [s.similarity for s in shots(1)]
    renamed = [replace(p, to=enu(LUND), source=cam("x")) for p in poses]
    mixed: Sequence[PhotoView] = [
        view.about(site) for view, site in zip(views, FAR_PLACES.values(), strict=False)
    ]
    cost = laying_cost(views, renamed)
    assert laying_cost(mixed, renamed) == pytest.approx(cost, abs=1e-9)
    turned = [
        replace(v, heading_deg=(v.heading_deg or 0.0) + 40.0 * n) for n, v in enumerate(views)
    ]
    assert laying_cost(turned, renamed) > cost + 1.0
