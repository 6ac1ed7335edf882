"""Streets held to ground control points, and what check points and photos' own places say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from benchmarks import Metric, metric
from benchmarks.ground.streets import Street, TruePhoto
from worldmap.config import Settings
from worldmap.demo.accuracy import align
from worldmap.geodesy import geodetic_from_ecef
from worldmap.records import ControlAccuracy, ControlRole, PlacedPose
from worldmap.registration.controlled import Control, SurveyedPoint, control_results
from worldmap.registration.solve import solve

Array = NDArray[np.float64]

_CONTROL, _CHECK = 5, 5
_SURVEY_M, _MARK_PX = 0.01, 0.7
_CHECK_BAR_M = 0.05
# Rays at a smaller angle say little of how far a target is, and surveyors mark none so.
_LEAST_ANGLE_DEG = 15.0
_NEAREST_M, _FURTHEST_M = 3.0, 20.0


def controlled(street: Street, seed: int, draws: int) -> list[Metric]:
    """Draws of points, surveys and marks."""
    photo_off, checks, sigmas, at_best_m2 = [], [], [], []
    for draw in range(draws):
        rng = np.random.default_rng((seed, draw, 909))
        control = _drawn(street, rng)
        solution = solve(
            street.area.views, street.area.pairs, Settings().registration, control=control
        )
        results = control_results(street.area.views, solution.poses, control, solution.remarks)
        checks += [results[p.name] for p in control.points if p.role == ControlRole.CHECK]
        at_best_m2.append(_from_true_photos_m2(street, control))
        for pose in solution.poses:
            if isinstance(pose, PlacedPose):
                true = street.photos[street.area.views[pose.photo_id].name].enu_from_cam[:3, 3]
                placed = pose.about(street.site)
                miss = np.asarray(placed.enu_from_cam.translation_m) - true
                photo_off.append(float(np.linalg.norm(miss)))
                sigmas.append(miss / placed.position_sigma_m)
    free = [
        float(np.linalg.norm(
            np.asarray(pose.about(street.site).enu_from_cam.translation_m)
            - street.photos[street.area.views[pose.photo_id].name].enu_from_cam[:3, 3]
        ))
        for pose in street.area.solution.poses
        if isinstance(pose, PlacedPose)
    ]  # fmt: skip
    found = ControlAccuracy.of(checks)
    inside = np.abs(np.concatenate(sigmas)) < 1.645
    name = f"{street.label}, 5 ground control points"
    return [
        metric(f"{street.label}, without: photos off", "m", float(np.median(free))),
        metric(f"{name}: check points, RMSE", "m", found.total_m, _CHECK_BAR_M),
        metric(f"{name}: check points, horizontal RMSE", "m", found.horizontal_m),
        metric(f"{name}: check points, vertical RMSE", "m", found.vertical_m),
        metric(f"{name}: check points from true photos", "m", float(np.mean(at_best_m2) ** 0.5)),
        metric(f"{name}: photos off, median", "m", float(np.median(photo_off)), _CHECK_BAR_M),
        metric(f"{name}: photos off, worst", "m", max(photo_off)),
        metric(f"{name}: photos inside their 90 %", "share", float(inside.mean())),
    ]


def _drawn(street: Street, rng: np.random.Generator) -> Control:
    """Points on surfaces that two photos or more show, spread over the street."""
    ids = {v.name: i for i, v in street.area.views.items()}
    names = sorted(street.photos)
    points: list[SurveyedPoint] = []
    marks: dict[int, list[tuple[int, float, float, float]]] = {}
    chosen: list[Array] = []
    while len(points) < _CONTROL + _CHECK:
        # One after the other along the street, so that points lie about all of it.
        name = names[(len(points) * 7 + int(rng.integers(0, 2))) % len(names)]
        place = _on_surface(street.photos[name], rng)
        if place is None or any(np.linalg.norm(place - p) < 2.0 for p in chosen):
            continue
        seen = {n: uv for n, t in street.photos.items() if (uv := t.sees(place)) is not None}
        if len(seen) < 3 or _widest_deg(place, [street.photos[n] for n in seen]) < _LEAST_ANGLE_DEG:
            continue
        index = len(points)
        chosen.append(place)
        xyz = street.site.ecef_from_enu.apply(place + _SURVEY_M * rng.standard_normal(3))
        lat, lon, _ = geodetic_from_ecef(xyz)
        points.append(
            SurveyedPoint(
                name=f"P{index}",
                xyz_ecef=xyz,
                lat_deg=float(lat),
                lon_deg=float(lon),
                horizontal_sigma_m=_SURVEY_M,
                vertical_sigma_m=_SURVEY_M,
                role=ControlRole.CONTROL if index % 2 == 0 else ControlRole.CHECK,
            )
        )
        for photo, uv in seen.items():
            u, v = uv + _MARK_PX * rng.standard_normal(2)
            marks.setdefault(ids[photo], []).append((index, float(u), float(v), _MARK_PX))
    return Control(points=points, marks=marks)


def _from_true_photos_m2(street: Street, control: Control) -> float:
    """Mean square of what check points are off where photos stand truly beside each other and are
    laid onto the control points, by the same marks and surveys: what draws let anybody know."""
    names = {i: v.name for i, v in street.area.views.items()}
    surveyed = np.array([street.site.enu_from_ecef.apply(p.xyz_ecef) for p in control.points])
    shown = np.empty_like(surveyed)
    for index in range(len(surveyed)):
        seen = [
            (street.photos[names[i]], np.array(uv))
            for i, marks in control.marks.items()
            for point, *uv, _ in marks
            if point == index
        ]

        def off_px(place: Array, seen: Sequence[tuple[TruePhoto, Array]] = seen) -> Array:
            return np.concatenate([photo.at_px(place) - uv for photo, uv in seen])

        shown[index] = least_squares(off_px, surveyed[index]).x
    held = np.array([p.role == ControlRole.CONTROL for p in control.points])
    laid = align(shown[held], surveyed[held], with_scale=True)
    assert laid is not None
    off = laid.apply(shown[~held]) - surveyed[~held]
    return float((off**2).sum(axis=1).mean())


def _widest_deg(place: Array, photos: Sequence[TruePhoto]) -> float:
    """Between any two of the rays from the place to the photos."""
    rays = np.array([p.enu_from_cam[:3, 3] - place for p in photos])
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    return float(np.rad2deg(np.arccos(np.clip(rays @ rays.T, -1.0, 1.0).min())))


def _on_surface(photo: TruePhoto, rng: np.random.Generator) -> Array | None:
    rows, columns = photo.depth_m.shape
    row, column = int(rng.integers(0, rows)), int(rng.integers(0, columns))
    place, depth_m = photo.seen_at(np.array((((column + 0.5) / columns, (row + 0.5) / rows),)))
    return place[0] if _NEAREST_M < depth_m[0] < _FURTHEST_M else None
