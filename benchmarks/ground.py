"""True on the ground: streets of both generators held to ground control points, and what check
points and the photos' own places say.

`WORLDMAP_BENCH_SEEDS` (default 1-1) are the streets' seeds, `WORLDMAP_BENCH_SCENES` a folder that
keeps them from run to run. Of each street five points hold and five check; each of several draws
chooses, surveys (1 cm) and marks (0.7 px) others. With `--full` there are more draws.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from benchmarks._town import SITE as TOWN_SITE
from benchmarks._town import LensTruth, write_town
from benchmarks.registration.areas import SolvedArea, solve_area
from worldmap.camera import Camera
from worldmap.config import Settings
from worldmap.demo import STANDARD, StreetPlan, read_truth, write_demo
from worldmap.geodesy import Site, geodetic_from_ecef
from worldmap.pipeline.ingest import ingest
from worldmap.records import ControlAccuracy, ControlRole, PlacedPose
from worldmap.registration.controlled import Control, SurveyedPoint, control_results
from worldmap.registration.solve import solve

Array = NDArray[np.float64]

_PHOTOS = 12
_CONTROL, _CHECK = 5, 5
_SURVEY_M, _MARK_PX = 0.01, 0.7
_DRAWS, _DRAWS_FULL = 3, 10
_CHECK_BAR_M = 0.05
# A target is seen where nothing stands before it, by the photo's own depth.
_HIDDEN_REL = 0.05
# Rays at a smaller angle say little of how far a target is, and surveyors mark none so.
_LEAST_ANGLE_DEG = 15.0
_NEAREST_M, _FURTHEST_M = 3.0, 20.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _True:
    """One photo: enu_from_cam (4, 4), its true camera, and its true depth (H, W) where it has
    any."""

    enu_from_cam: Array
    camera: Camera
    depth_m: Array

    def sees(self, place: Array) -> Array | None:
        """Where a place (3,) is in it, None where it is out of the picture or hidden."""
        local = self.enu_from_cam[:3, :3].T @ (place - self.enu_from_cam[:3, 3])
        if local[2] < 1.0:
            return None
        uv = self.camera.project(local)
        edge = 0.02 * self.camera.width_px
        size = np.array((self.camera.width_px, self.camera.height_px))
        if not ((uv > edge) & (uv < size - edge)).all():
            return None
        rows, columns = self.depth_m.shape
        at = (uv * (columns, rows) / size).astype(int)
        depth = self.depth_m[at[1], at[0]]
        return uv if depth > (1 - _HIDDEN_REL) * local[2] else None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Street:
    label: str
    site: Site
    photos: Mapping[str, _True]
    area: SolvedArea


def run(*, full: bool = False) -> list[Metric]:
    """All streets."""
    first, _, last = os.environ.get("WORLDMAP_BENCH_SEEDS", "1-1").partition("-")
    metrics: list[Metric] = []
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        for seed in range(int(first), int(last or first) + 1):
            for street in _streets(scenes, seed):
                metrics += _controlled(street, seed, _DRAWS_FULL if full else _DRAWS)
    return metrics


def _streets(scenes: Path, seed: int) -> Iterator[_Street]:
    folder = scenes / f"ground_demo_{seed}"
    if not (folder / "truth.json").exists():
        write_demo(folder, layout=StreetPlan(), noise=STANDARD, seed=seed, photos=_PHOTOS)
    truth = read_truth(folder)
    yield _Street(
        label=f"demo {seed}",
        site=truth.site,
        photos={
            p.name: _True(
                enu_from_cam=p.enu_from_cam.matrix,
                camera=p.camera,
                depth_m=_depth(folder / "photos" / p.name) * p.depth_scale,
            )
            for p in truth.photos
        },
        area=_solved(folder),
    )
    folder = scenes / f"ground_town_{seed}"
    if not (folder / "truth.json").exists():
        write_town(folder, seed=seed, lens=LensTruth(), photos=_PHOTOS)
    told = json.loads((folder / "truth.json").read_text())
    yield _Street(
        label=f"second street {seed}",
        site=TOWN_SITE,
        photos={
            name: _True(
                enu_from_cam=np.array(t["enu_from_cam"]),
                camera=Camera(
                    width_px=t["width"],
                    height_px=t["height"],
                    fx_px=t["focal_px"],
                    fy_px=t["focal_px"],
                    cx_px=t["centre_px"][0],
                    cy_px=t["centre_px"][1],
                    distortion=(*t["distortion"],),
                ),
                depth_m=_depth(folder / "photos" / name) * t["depth_scale"],
            )
            for name, t in told.items()
        },
        area=_solved(folder),
    )


def _depth(photo: Path) -> Array:
    millimetres = cv2.imread(str(photo.with_suffix(".depth.png")), cv2.IMREAD_UNCHANGED)
    assert millimetres is not None
    return np.where(millimetres > 0, millimetres / 1000.0, np.inf)


def _solved(folder: Path) -> SolvedArea:
    ingest(folder / "map", [folder / "photos"], Settings(), depth="measured", jobs=2)
    return solve_area(folder / "map")


def _controlled(street: _Street, seed: int, draws: int) -> list[Metric]:
    photo_off, checks, sigmas = [], [], []
    for draw in range(draws):
        rng = np.random.default_rng((seed, draw, 909))
        control = _drawn(street, rng)
        solution = solve(
            street.area.views, street.area.pairs, Settings().registration, control=control
        )
        results = control_results(street.area.views, solution.poses, control, solution.remarks)
        checks += [results[p.name] for p in control.points if p.role == ControlRole.CHECK]
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
        metric(f"{name}: photos off, median", "m", float(np.median(photo_off)), _CHECK_BAR_M),
        metric(f"{name}: photos off, worst", "m", max(photo_off)),
        metric(f"{name}: photos inside their 90 %", "share", float(inside.mean())),
    ]


def _drawn(street: _Street, rng: np.random.Generator) -> Control:
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


def _widest_deg(place: Array, photos: Sequence[_True]) -> float:
    """Between any two of the rays from the place to the photos."""
    rays = np.array([p.enu_from_cam[:3, 3] - place for p in photos])
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    return float(np.rad2deg(np.arccos(np.clip(rays @ rays.T, -1.0, 1.0).min())))


def _on_surface(photo: _True, rng: np.random.Generator) -> Array | None:
    rows, columns = photo.depth_m.shape
    row, column = int(rng.integers(0, rows)), int(rng.integers(0, columns))
    depth = float(photo.depth_m[row, column])
    if not _NEAREST_M < depth < _FURTHEST_M:
        return None
    uv = np.array(((column + 0.5) / columns, (row + 0.5) / rows))
    local = photo.camera.unproject(
        uv * (photo.camera.width_px, photo.camera.height_px), np.array(depth)
    )
    return np.asarray(photo.enu_from_cam[:3, :3] @ local + photo.enu_from_cam[:3, 3])
