"""How fast pictures of points are drawn, and what the report of a merge costs.

Other work on the machine lengthens wall times: the best of a few rounds counts, and the
processor's time is told beside it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from worldmap.camera import Camera, PlacedCamera
from worldmap.cloud import PointCloud
from worldmap.frames import CAM, RigidTransform, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.pipeline.demo import run_demo
from worldmap.render import (
    Look,
    Splats,
    Viewpoint,
    disc_normals,
    draw_frame,
    flight,
    sizes_m,
    turntable,
)

ENU = enu(Site(52.52, 13.405, 40.0))

POINTS = 1_000_000
SIZE_PX = (1280, 720)
FRAMES = 8
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[1]


def run() -> list[Metric]:
    """Frames of a street of a million points, then the demo street with its report."""
    metrics = _frames()
    with tempfile.TemporaryDirectory() as folder:
        metrics += _report(Path(folder))
    picture, film = ROOT / "docs" / "street.jpg", ROOT / "docs" / "street.gif"
    return [
        *metrics,
        metric("README: picture", "kB", picture.stat().st_size / 1e3, 300.0),
        metric("README: film", "MB", film.stat().st_size / 1e6, 3.0),
        metric("load average", "", os.getloadavg()[0]),
    ]


# --- frames ---------------------------------------------------------------------------------------


def _frames() -> list[Metric]:
    xyz = _street(POINTS)
    rng = np.random.default_rng(1)
    started_s = time.perf_counter()
    size_m = sizes_m(xyz, workers=2)
    sizes_s = time.perf_counter() - started_s
    rgb = rng.integers(0, 256, (len(xyz), 3), dtype=np.uint8)
    sigma_m = np.full(len(xyz), 0.02)
    cloud = PointCloud.of_photo(frame=ENU, xyz=xyz, rgb=rgb, sigma_m=sigma_m)
    started_s = time.perf_counter()
    normal_enu = disc_normals(cloud, size_m)
    normals_s = time.perf_counter() - started_s
    splats = Splats.of(cloud, rgb, size_m, normal_enu)
    views = [_viewpoint(north) for north in np.linspace(5, 95, 10)]
    around = turntable(splats, views, SIZE_PX, FRAMES)
    along = flight(views, SIZE_PX, FRAMES)
    plain, fine = Look(), Look(fineness=2)
    metrics = []
    for name, shots, look, bar in (
        ("turntable", around, plain, 1.0),
        ("flight", along, plain, 1.0),
        ("picture, four times as fine", along[:2], fine, None),
    ):
        wall_s, busy_s = _best(_drawer(splats, shots, look))
        metrics += [
            metric(f"720p, 1 M points, {name}", "s/frame", wall_s / len(shots), bar),
            metric(f"the same, processor, {name}", "s/frame", busy_s / len(shots)),
        ]
    return [
        *metrics,
        metric("sizes of 1 M points, once per film", "s", sizes_s),
        metric("normals of them", "s", normals_s),
    ]


def _drawer(splats: Splats, shots: Sequence[PlacedCamera], look: Look) -> Callable[[], None]:
    def draw() -> None:
        for shot in shots:
            draw_frame(splats, shot, look)

    return draw


def _best(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and processor seconds, the least of a few rounds each."""
    walls, busys = [], []
    for _ in range(ROUNDS):
        wall_s, busy_s = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall_s)
        busys.append(time.process_time() - busy_s)
    return min(walls), min(busys)


def _street(points: int) -> NDArray[np.float64]:
    """Ground and two walls, 100 m long, with the noise of depth."""
    rng = np.random.default_rng(0)
    along, side = rng.uniform(0, 100, points), rng.uniform(-8, 8, points)
    up = np.zeros(points)
    wall = rng.random(points) < 0.6
    up[wall] = rng.uniform(0, 12, int(wall.sum()))
    side[wall] = 8 * np.sign(side[wall])
    return np.column_stack((side, along, up)) + rng.normal(0, 0.02, (points, 3))


def _viewpoint(north_m: float) -> Viewpoint:
    return Viewpoint(
        camera=Camera.centred(4000, 3000, 3000.0),
        enu_from_cam=RigidTransform(
            to=ENU,
            source=CAM,
            rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
            translation_m=np.array((0.0, north_m, 1.6)),
        ),
    )


# --- the report -----------------------------------------------------------------------------------


def _report(folder: Path) -> list[Metric]:
    merged = run_demo(folder, seed=0, report=True).merged
    assert merged.report is not None
    report_s = merged.stage_seconds["report"]
    share = report_s / (merged.seconds - report_s)
    return [
        metric("report of the demo's 14 photos", "s", report_s, 10.0),
        metric("report, beside the rest of the merge", "%", 100 * share),
        metric("the page", "MB", merged.report.stat().st_size / 1e6, 3.0),
    ]
