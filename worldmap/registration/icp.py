"""Refinement of a pair by its surfaces: point-to-plane ICP. The open3d door of registration.

On depth from a network ICP makes a good pair worse more often than better, so it is only asked
where matches are few, and its answer is kept only where it earns its place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.frames import Similarity, nearest_rotation
from worldmap.records import Features, PairRegistration
from worldmap.registration.overlap import overlap
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_NEAR_M = 40.0
_MIN_POINTS = 500
_REACH_REL = 0.04
_MIN_GAIN = 0.01
# 99 % of a chi-squared variable with six degrees of freedom.
_CHI2_MOVE = 16.8


WITHOUT_ICP: Final = "matches, without ICP"
"""The method of a pair that ICP could not be asked about as open3d cannot be loaded."""


def icp_problem() -> str:
    """Why open3d cannot be loaded here and what to do, in one line; "" where it can."""
    try:
        import open3d  # noqa: F401
    except (ImportError, OSError) as error:
        said = " ".join(str(error).split())
        return f"open3d cannot be loaded ({said}); install what it lacks, on Debian libgl1"
    return ""


def refine_by_icp(
    a: PhotoView, b: PhotoView, pair: PairRegistration, settings: PairSettings
) -> PairRegistration:
    """The accepted pair moved by ICP, or as it was; where open3d cannot be loaded its method says
    so.

    Kept only where the share of agreeing surface grows, nothing new stands in front of what either
    photo saw, and the move lies inside what the matches leave open (their covariance).
    """
    if not pair.accepted or pair.inliers >= settings.icp_below_inliers:
        return pair
    try:
        import open3d as o3d  # takes as long to load as several pairs to judge
    except (ImportError, OSError):  # its own libraries may lack one of the system's, say libGL
        return replace(pair, method=WITHOUT_ICP)
    assert pair.a_from_b is not None
    assert pair.covariance is not None
    target, source = _cloud(a.features), _cloud(b.features)
    if min(len(target), len(source)) < _MIN_POINTS:
        return pair
    reach_m = _REACH_REL * float(np.median(target[:, 2]))
    fixed = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(target))
    fixed.estimate_normals(o3d.geometry.KDTreeSearchParamHybrid(radius=4 * reach_m, max_nn=30))
    moving = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(pair.a_from_b.apply(source)))
    kernel = o3d.pipelines.registration.CauchyLoss(k=reach_m / 3)
    found = o3d.pipelines.registration.registration_icp(
        moving,
        fixed,
        reach_m,
        np.eye(4),
        o3d.pipelines.registration.TransformationEstimationPointToPlane(kernel),
    )
    step = np.asarray(found.transformation, dtype=np.float64)
    moved = Similarity(
        to=pair.a_from_b.to,
        source=pair.a_from_b.source,
        rotation=nearest_rotation(step[:3, :3] @ pair.a_from_b.rotation),
        translation_m=step[:3, :3] @ pair.a_from_b.translation_m + step[:3, 3],
        scale=pair.a_from_b.scale,
    )
    turn = moved.rotation @ pair.a_from_b.rotation.T
    turn_rad = 0.5 * np.array(
        (turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1])
    )
    move = np.concatenate((turn_rad, moved.translation_m - pair.a_from_b.translation_m))
    if float(move @ np.linalg.solve(pair.covariance[:6, :6], move)) > _CHI2_MOVE:
        return pair
    before = overlap(a.features, b.features, pair.a_from_b)
    after = overlap(a.features, b.features, moved)
    if after.agreeing < before.agreeing + _MIN_GAIN or after.in_front > before.in_front + _MIN_GAIN:
        return pair
    return replace(
        pair,
        method="matches+icp",
        a_from_b=moved,
        overlap=after.agreeing,
        in_front=after.in_front,
    )


def _cloud(features: Features) -> Array:
    """The thinned depth map as points (N, 3), without the far part."""
    camera = features.grid_camera
    near = np.isfinite(features.grid_depth_m) & (features.grid_depth_m < _NEAR_M)
    depth = features.grid_depth_m[near].astype(np.float64)
    return camera.unproject(camera.pixel_centres()[near], depth)
