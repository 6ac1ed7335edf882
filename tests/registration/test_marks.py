"""Marks of surveyed points, and the places beside them that pictures show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.helpers.catalog_records import placed_pose
from tests.helpers.grainy_room import SHOTS, Drawn, drawn, surface
from tests.helpers.registration_makers import (
    SITE,
    Errors,
    descriptors,
    photograph,
    room_points,
    view,
)
from worldmap.geodesy import enu, geodetic_from_ecef
from worldmap.records import ControlRole
from worldmap.registration.controlled import Control, SurveyedPoint, control_results
from worldmap.registration.marks import Marks, with_places
from worldmap.registration.shown import PlacedPicture

Array = NDArray[np.float64]

CLICK_PX = 0.7
MARGIN_PX = 40.0
VIEWS = {
    s.photo_id: view(
        s,
        photograph(
            s, room_points(50), descriptors(50), Errors(depth_rel=0.01, told_depth_rel=0.02)
        ),
    )
    for s in SHOTS
}


def targets(count: int) -> Array:
    """Places (K, 3) of the room that all photos show well inside."""
    rng = np.random.default_rng(6)
    first = SHOTS[0]
    size = np.array((first.camera.width_px, first.camera.height_px))
    found: list[Array] = []
    while len(found) < count:
        (place,) = surface(first, rng.uniform(MARGIN_PX, size - MARGIN_PX, size=(1, 2)))
        if all(is_seen(place, n) for n in range(len(SHOTS))):
            found.append(place)
    return np.array(found)


def is_seen(place: Array, n: int) -> bool:
    shot = SHOTS[n]
    uv = shot.camera.project(shot.enu_from_cam.inverse().apply(place))
    size = np.array((shot.camera.width_px, shot.camera.height_px))
    inside = ((uv > MARGIN_PX) & (uv < size - MARGIN_PX)).all()
    return bool(inside and np.linalg.norm(surface(shot, uv[None])[0] - place) < 0.01)


def clicks(places: Array, seed: int = 0) -> Marks:
    rng = np.random.default_rng((seed, 3))
    photo, point = (each.ravel() for each in np.mgrid[0 : len(SHOTS), 0 : len(places)])
    uv = np.concatenate([s.camera.project(s.enu_from_cam.inverse().apply(places)) for s in SHOTS])
    uv += CLICK_PX * rng.normal(size=uv.shape)
    return Marks.clicked(photo, point, uv, np.full(len(uv), CLICK_PX), len(places))


def shown(pictures: Mapping[int, Drawn]) -> Mapping[int, PlacedPicture | None]:
    return {
        n: PlacedPicture.of(VIEWS[s.photo_id].features, s.camera, s.similarity, pictures[n])
        for n, s in enumerate(SHOTS)
    }


PICTURES = {n: drawn(n) for n in range(len(SHOTS))}


def test_places_beside_points_are_where_pictures_have_them() -> None:
    places = targets(12)
    clicked = clicks(places)
    found = with_places(clicked, shown(PICTURES).get)
    assert len(found.beside) >= 8
    # Every click still tells of its point.
    np.testing.assert_array_equal(found.uv_px[: len(clicked.uv_px)], clicked.uv_px)
    off_px, off_sigmas = [], []
    for k in range(len(found.beside)):
        rows = np.flatnonzero(found.point == found.surveyed + k)
        one = SHOTS[found.photo[rows[0]]]
        (there,) = surface(one, found.uv_px[rows[:1]])
        for row in rows[1:]:
            shot = SHOTS[found.photo[row]]
            off = found.uv_px[row] - shot.camera.project(shot.enu_from_cam.inverse().apply(there))
            off_px.append(float(np.linalg.norm(off)))
            off_sigmas.append(float(np.linalg.norm(found.whitener[row] @ off)))
        # Along the surface it may be anywhere near, not off it.
        away = there - places[found.beside[k]]
        assert away @ np.linalg.solve(found.apart_m2[k], away) < 13.8
    assert np.median(off_px) < CLICK_PX / 4
    assert np.quantile(off_sigmas, 0.9) < 3.5


def test_a_click_on_something_else_takes_no_part() -> None:
    places = targets(6)
    clicked = clicks(places)
    wrong = clicked.photo == 1
    uv = clicked.uv_px.copy()
    uv[wrong] += (9.0, -6.0)
    found = with_places(replace(clicked, uv_px=uv), shown(PICTURES).get)
    assert len(found.beside)
    assert not (found.photo[len(uv) :] == 1).any()


def test_without_pictures_clicks_are_all_there_is() -> None:
    clicked = clicks(targets(3))
    assert with_places(clicked, lambda _: None) is clicked
    one = {n: p if n == 0 else None for n, p in shown(PICTURES).items()}
    assert with_places(clicked, one.get) is clicked
    rng = np.random.default_rng(2)
    plain = {
        n: Drawn((120 + 2 * rng.normal(size=(375, 500))).astype(np.uint8))
        for n in range(len(SHOTS))
    }
    assert with_places(clicked, shown(plain).get) is clicked


def test_points_are_where_clicks_and_pictures_have_them() -> None:
    places = targets(12)
    with_pictures = {
        s.photo_id: replace(VIEWS[s.photo_id], picture=drawn(n)) for n, s in enumerate(SHOTS)
    }
    poses = [
        replace(
            placed_pose(s.photo_id, site=SITE),
            enu_from_cam=replace(s.enu_from_cam, to=enu(SITE)),
            depth_scale=s.depth_scale,
            lens=s.camera.lens,
        )
        for s in SHOTS
    ]
    off: dict[str, list[float]] = {"clicks": [], "pictures": []}
    for seed in range(2):
        control = told(places, clicks(places, seed))
        for name, views in (("clicks", VIEWS), ("pictures", with_pictures)):
            results = control_results(views, poses, control)
            off[name] += [r.off_m for r in results.values()]
    clicked, pictured = (float(np.sqrt(np.mean(np.square(each)))) for each in off.values())
    assert pictured < 0.7 * clicked


def told(places: Array, marks: Marks) -> Control:
    points = []
    for j, place in enumerate(places):
        xyz = SITE.ecef_from_enu.apply(place)
        lat, lon, _ = geodetic_from_ecef(xyz)
        points.append(
            SurveyedPoint(
                name=f"P{j}",
                xyz_ecef=xyz,
                lat_deg=float(lat),
                lon_deg=float(lon),
                horizontal_sigma_m=0.01,
                vertical_sigma_m=0.01,
                role=ControlRole.CHECK,
            )
        )
    by_photo: dict[int, list[tuple[int, float, float, float]]] = {}
    for n, j, (u, v) in zip(marks.photo, marks.point, marks.uv_px, strict=True):
        by_photo.setdefault(SHOTS[n].photo_id, []).append((int(j), float(u), float(v), CLICK_PX))
    return Control(points=points, marks=by_photo)


def test_photos_without_depth_show_no_place() -> None:
    clicked = clicks(targets(3))
    bare = {}
    for n, s in enumerate(SHOTS):
        features = VIEWS[s.photo_id].features
        untold = np.full((1, 1), np.nan, dtype=np.float32)
        features = replace(features, grid_depth_m=untold, grid_camera=s.camera.rescaled(1, 1))
        bare[n] = PlacedPicture.of(features, s.camera, s.similarity, PICTURES[n])
    assert with_places(clicked, bare.get) is clicked
