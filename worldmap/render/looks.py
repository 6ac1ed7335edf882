"""How far away the things are that a photo looks at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from worldmap.cloud import PointCloud
from worldmap.render.path import Viewpoint

# How far a photo sees that no point lies in.
_VIEW_M = 8.0


def looks_at_m(view: Viewpoint, cloud: PointCloud) -> float:
    """The median depth of the points of a cloud, in the viewpoint's ENU, that lie in its picture,
    lens distortion left aside."""
    xyz_cam = view.enu_from_cam.inverse().apply(cloud.xyz)
    with np.errstate(invalid="ignore"):
        uv = replace(view.camera, distortion=(0.0, 0.0, 0.0, 0.0, 0.0)).project(xyz_cam)
        inside = ((uv >= 0) & (uv < (view.camera.width_px, view.camera.height_px))).all(axis=-1)
    seen_m = xyz_cam[inside, 2]
    return float(np.median(seen_m)) if len(seen_m) else _VIEW_M
