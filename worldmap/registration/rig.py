"""How two views that were cut out of one panorama stand to each other: known, but for the ratio of
their depth scales, which their common margin tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.frames import Similarity, cam
from worldmap.records import PairRegistration
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

BY_RIG = "rig"
"""The method of such a pair."""
_SAME_PX = 1.5
_FEWEST = 8
# Nothing that is cut with one set of numbers stands otherwise than these say.
_TURN_SIGMA_RAD, _PLACE_SIGMA_M = 1e-5, 1e-4


def rig_pair(a: PhotoView, b: PhotoView) -> PairRegistration:
    """The pair of two views of one panorama. Where features of both lie in the same direction, the
    ratio of their depths is that of the scales. ValueError where they are of no common panorama."""
    if a.rig is None or b.rig is None or a.rig.key != b.rig.key:
        raise ValueError(f"{a.name} and {b.name} are no views of one panorama")
    turn = a.rig.rig_from_cam.T @ b.rig.rig_from_cam
    rows_a, rows_b = _same_directions(a, b, turn)
    range_a, range_b = (
        np.linalg.norm(v.features.xyz_cam[rows], axis=1) for v, rows in ((a, rows_a), (b, rows_b))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(range_a / range_b)
    known = np.isfinite(ratio)
    rows_a, rows_b, ratio = rows_a[known], rows_b[known], ratio[known]
    log_scale, sigma = 0.0, float(np.hypot(a.scale_sigma_rel, b.scale_sigma_rel))
    if len(ratio) >= _FEWEST:
        log_scale = float(np.median(ratio))
        spread = 1.4826 * float(np.median(np.abs(ratio - log_scale)))
        sigma = max(1.2533 * spread / np.sqrt(len(ratio)), 1e-4)
    covariance = np.diag([_TURN_SIGMA_RAD**2] * 3 + [_PLACE_SIGMA_M**2] * 3 + [sigma**2])
    return PairRegistration(
        photo_a=a.photo_id,
        photo_b=b.photo_id,
        own_reason="",
        method=BY_RIG,
        matches=max(len(rows_a), 1),
        inliers=len(rows_a),
        rmse_px=0.0,
        overlap=1.0,
        in_front=0.0,
        a_from_b=Similarity(
            to=cam(str(a.photo_id)),
            source=cam(str(b.photo_id)),
            rotation=turn,
            translation_m=np.zeros(3),
            scale=float(np.exp(log_scale)),
        ),
        covariance=covariance,
        inlier_index=np.column_stack((rows_a, rows_b)).astype(np.int32),
        seconds=0.0,
    )


def _same_directions(
    a: PhotoView, b: PhotoView, a_from_b: Array
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the features of both that lie within a pixel or so of each other, each once."""
    uv_b, camera = b.features.uv_px.astype(np.float64), a.camera
    ways = b.camera.rays(uv_b) @ a_from_b.T
    ahead = np.flatnonzero(ways[:, 2] > 1e-3)
    none = np.zeros(0, dtype=np.intp)
    if not len(ahead) or not len(a.features.uv_px):
        return none, none
    seen = camera.project(ways[ahead])
    inside = (
        (seen >= 0).all(axis=1) & (seen[:, 0] <= camera.width_px) & (seen[:, 1] <= camera.height_px)
    )
    ahead, seen = ahead[inside], seen[inside]
    if not len(ahead):
        return none, none
    uv_a = a.features.uv_px.astype(np.float64)
    off, nearest = (np.asarray(part) for part in cKDTree(uv_a).query(seen))
    back = np.asarray(cKDTree(seen).query(uv_a[nearest])[1])
    mutual = (off < _SAME_PX) & (back == np.arange(len(ahead)))
    return np.asarray(nearest[mutual], dtype=np.intp), ahead[mutual]
