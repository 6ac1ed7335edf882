"""What choosing candidate pairs costs as areas grow."""

from __future__ import annotations

import time

import numpy as np

from benchmarks import Metric, metric
from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.geodesy import Site
from worldmap.records import Features
from worldmap.registration.candidates import candidate_pairs
from worldmap.registration.view import PhotoView

_SITE = Site(52.52, 13.405, 40.0)
_SIZES = (100, 1000, 5000)


def candidate_metrics() -> list[Metric]:
    """Seconds and pairs of 100 to 5,000 synthetic photos along streets; the growth of the time from
    the second to the last size, over that of a cost linear in the photos."""
    metrics, took = [], []
    for size in _SIZES:
        views = _town(size)
        started = time.perf_counter()
        pairs = candidate_pairs(views, PairSettings())
        took.append(time.perf_counter() - started)
        metrics += [
            metric(f"candidates: {size} photos", "s", took[-1]),
            metric(f"candidates: pairs of {size} photos, each", "pairs", len(pairs) / size),
        ]
    growth = (took[-1] / took[-2]) / (_SIZES[-1] / _SIZES[-2])
    metrics.append(
        Metric(
            name="candidates: growth from 1,000 to 5,000 photos over a linear one",
            unit="ratio",
            value=growth,
            bar=1.5,
            direction="max",
        )
    )
    return metrics


def _town(count: int) -> list[PhotoView]:
    """Photos every 4 m along streets of 200 m, 50 m apart."""
    rng = np.random.default_rng(0)
    nothing = Features(
        uv_px=np.zeros((0, 2), np.float32),
        descriptor=np.zeros((0, 128), np.uint8),
        xyz_cam=np.zeros((0, 3), np.float32),
        depth_sigma_rel=np.zeros(0, np.float32),
        scale_px=np.zeros(0, np.float32),
        on_plane=np.zeros(0, np.bool_),
        grid_depth_m=np.zeros((1, 1), np.float32),
        grid_sigma_m=np.zeros((1, 1), np.float32),
        grid_camera=Camera.centred(1, 1, 1.0),
        tilt=None,
    )
    return [
        PhotoView(
            photo_id=number,
            name=f"{number}.jpg",
            camera=Camera.centred(4000, 3000, 3000.0),
            features=nothing,
            site=_SITE,
            position_ecef=_SITE.ecef_from_enu.apply(
                np.array((4.0 * (number % 50), 50.0 * (number // 50), 1.6)) + rng.normal(0, 5, 3)
            ),
            horizontal_sigma_m=5.0,
            vertical_sigma_m=10.0,
            heading_deg=float(rng.uniform(0, 360)),
            heading_sigma_deg=15.0,
            pitch_deg=0.0,
            roll_deg=0.0,
            tilt_sigma_deg=3.0,
            scale_sigma_rel=0.1,
        )
        for number in range(count)
    ]
