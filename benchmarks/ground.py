"""True on the ground: streets of both generators held to ground control points, and what check
points and the photos' own places say; and laid onto a lidar survey from metres and degrees away.

`WORLDMAP_BENCH_SEEDS` (default 1-1) are the streets' seeds, `WORLDMAP_BENCH_SCENES` a folder that
keeps them from run to run. Of each street five points hold and five check; each of several draws
chooses, surveys (1 cm) and marks (0.7 px) others. With `--full` there are more draws.
"""

from __future__ import annotations

import json
import math
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
from worldmap.records import ControlAccuracy, ControlRole, PlacedPose, SurveyKind
from worldmap.registration.controlled import Control, SurveyedPoint, control_results
from worldmap.registration.onto import Doubt, Fit, Reference, laid_onto
from worldmap.registration.solve import solve

Array = NDArray[np.float64]

_PHOTOS = 12
_CONTROL, _CHECK = 5, 5
_SURVEY_M, _MARK_PX = 0.01, 0.7
_DRAWS, _DRAWS_FULL = 3, 10
_CHECK_BAR_M = 0.05
_LIDAR_RUNS, _LIDAR_RUNS_FULL = 10, 20
# Of seven squares of sigmas the 999th in a thousand.
_CHI2_7_999 = 24.3
_ALIGNED_M, _ALIGNED_DEG, _ALIGNED_PCT = 0.10, 0.1, 0.3
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
                metrics += _aligned(street, seed, _LIDAR_RUNS_FULL if full else _LIDAR_RUNS)
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


# --- lidar --------------------------------------------------------------------------------------


def _aligned(street: _Street, seed: int, runs: int) -> list[Metric]:
    """The street as its photos have it, from 5 m, 8° and 5 % away onto a lidar's points of it: 2 cm
    of noise, of another choice of pixels, a fifth of the ground plan gone, cars that were not
    there. Wrong is what is off by more than asked and says it is not; what says how far it may be
    off, and is, is held in part."""
    world = [_points(photo, step=3) for photo in street.photos.values()]
    right = wrong = refused = in_part = 0
    off_m, turns, sizes, squared = [], [], [], []
    for draw in range(runs):
        rng = np.random.default_rng((seed, draw, 911))
        kept = np.concatenate([_points(p, step=4, rng=rng) for p in street.photos.values()])
        cloud = kept[rng.random(len(kept)) < 0.5]
        lidar = _surveyed(np.concatenate(world), rng)
        turn = math.radians(8.0) * rng.choice((-1, 1))
        size = 1.0 + 0.05 * rng.choice((-1, 1))
        way = rng.uniform(0, 2 * np.pi)
        begin = Fit.turned(
            cloud.mean(axis=0),
            turn_rad=turn,
            size=size,
            shift_m=np.array((5 * math.cos(way), 5 * math.sin(way), 2.0)),
        )
        moved = begin.apply(cloud)
        # Starts are two sigmas off.
        laid = laid_onto(
            moved,
            Reference(kind=SurveyKind.POINTS, xyz=lidar),
            Doubt(turn_rad=math.radians(4), plan_m=2.5, up_m=1.0, size_rel=0.025),
        )
        if laid.reason:
            refused += 1
            continue
        away = float(np.median(np.linalg.norm(laid.place.apply(moved) - cloud, axis=1)))
        left = cv2.Rodrigues(laid.place.rotation @ begin.rotation)[0].ravel()
        middle = moved.mean(axis=0, keepdims=True)
        shift = (laid.place.apply(middle) - cloud.mean(axis=0))[0]
        error = np.array((*left, *shift, math.log(laid.place.size * size)))
        turned, sized = abs(math.degrees(left[2])), 100 * abs(error[6])
        off_m.append(away)
        turns.append(turned)
        sizes.append(sized)
        squared.append(float(error @ np.linalg.solve(laid.covariance, error)))
        sigma = np.sqrt(np.diag(laid.covariance))
        bars = np.array((_ALIGNED_M, _ALIGNED_M, math.radians(_ALIGNED_DEG), _ALIGNED_PCT / 100))
        said = (sigma[[3, 4, 2, 6]] > bars / 2).any() and squared[-1] < _CHI2_7_999
        if away <= _ALIGNED_M and turned <= _ALIGNED_DEG and sized <= _ALIGNED_PCT:
            right += 1
        elif said:
            in_part += 1
        else:
            wrong += 1
    name = f"{street.label}, onto lidar"
    return [
        metric(f"{name}: right (0.10 m, 0.1°, 0.3 %)", "share", right / runs, 0.95, "min"),
        metric(f"{name}: wrong", "runs", wrong, 0),
        metric(f"{name}: held in part, and said so", "runs", in_part),
        metric(f"{name}: refused", "runs", refused),
        metric(f"{name}: off, worst", "m", max(off_m, default=math.nan)),
        metric(f"{name}: turned, worst", "deg", max(turns, default=math.nan)),
        metric(f"{name}: sized, worst", "%", max(sizes, default=math.nan)),
        metric(f"{name}: error² over its covariance, mean of 7", "", float(np.mean(squared)) / 7),
    ]


def _points(photo: _True, *, step: int, rng: np.random.Generator | None = None) -> Array:
    """Every so many pixels' points, east, north and up."""
    rows, columns = photo.depth_m.shape
    row, column = np.mgrid[0:rows:step, 0:columns:step]
    if rng is not None:
        row = np.minimum(row + int(rng.integers(0, step)), rows - 1)
        column = np.minimum(column + int(rng.integers(0, step)), columns - 1)
    depth = photo.depth_m[row, column]
    good = depth < _FURTHEST_M
    uv = np.stack(((column[good] + 0.5) / columns, (row[good] + 0.5) / rows), axis=-1)
    local = photo.camera.unproject(
        uv * (photo.camera.width_px, photo.camera.height_px), depth[good]
    )
    return np.asarray(local @ photo.enu_from_cam[:3, :3].T + photo.enu_from_cam[:3, 3])


def _surveyed(world: Array, rng: np.random.Generator) -> Array:
    points = world + 0.02 * rng.standard_normal(world.shape)
    cell = np.floor(points[:, :2] / 4.0).astype(int) @ (1, 100) % 997
    points = points[(rng.random(997) > 0.2)[cell]]
    low, high = points.min(axis=0), points.max(axis=0)
    ground = float(np.percentile(points[:, 2], 5))
    cars = [
        (*rng.uniform(low[:2], high[:2]), ground) + rng.uniform(0, 1, (400, 3)) * (2, 4, 1.5)
        for _ in range(6)
    ]
    return np.concatenate((points, *cars))


# --- ground control points ------------------------------------------------------------------------


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
