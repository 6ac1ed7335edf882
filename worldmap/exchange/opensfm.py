"""OpenSfM's reconstruction.json, cameras.json and reference_lla.json.

https://opensfm.readthedocs.io/en/latest/dataset.html: ENU about the reference, shots as angle-axis
rotation and translation from the world to the camera, lengths in the picture over its longer side.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.exchange.exported import ExportedPhoto
from worldmap.frames import require_frame
from worldmap.geodesy import Site, enu


def opensfm_files(
    shots: Sequence[ExportedPhoto], points_enu: PointCloud, site: Site
) -> dict[str, bytes]:
    """The files by name; points without tracks. FrameError where anything is not about `site`."""
    require_frame(enu(site), (points_enu.frame, *(shot.enu_from_cam.to for shot in shots)))
    cameras: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    entries = {}
    for shot in shots:
        described = _camera(shot.camera)
        text = json.dumps(described)
        name = names.setdefault(text, f"worldmap {len(names) + 1}")
        cameras[name] = described
        entries[shot.name] = _shot(shot, name)
    reference = _reference(site)
    points = {
        str(number): {"coordinates": xyz, "color": rgb}
        for number, (xyz, rgb) in enumerate(
            zip(points_enu.xyz.round(4).tolist(), points_enu.rgb.tolist(), strict=True)
        )
    }
    reconstruction = {
        "cameras": cameras,
        "shots": entries,
        "points": points,
        "reference_lla": reference,
    }
    return {
        # What ODM's --cameras and `worldmap ingest --camera` read.
        "cameras.json": json.dumps(cameras, indent=1).encode(),
        "reconstruction.json": json.dumps([reconstruction]).encode(),
        **reference_file(site),
    }


def reference_file(site: Site) -> dict[str, bytes]:
    """What says where on the Earth a model's axes are, by its name: for `worldmap import`, too."""
    return {"reference_lla.json": json.dumps(_reference(site), indent=1).encode()}


def _reference(site: Site) -> dict[str, float]:
    return {"latitude": site.lat_deg, "longitude": site.lon_deg, "altitude": site.height_m}


def _camera(camera: Camera) -> dict[str, Any]:
    k1, k2, p1, p2, k3 = camera.distortion
    longer = max(camera.width_px, camera.height_px)
    return {
        "projection_type": "brown",
        "width": camera.width_px,
        "height": camera.height_px,
        "focal_x": camera.fx_px / longer,
        "focal_y": camera.fy_px / longer,
        "c_x": (camera.cx_px - camera.width_px / 2) / longer,
        "c_y": (camera.cy_px - camera.height_px / 2) / longer,
        "k1": k1,
        "k2": k2,
        "p1": p1,
        "p2": p2,
        "k3": k3,
    }


def _shot(shot: ExportedPhoto, camera: str) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation

    cam_from_enu = shot.enu_from_cam.inverse()
    return {
        "camera": camera,
        # The picture is upright already.
        "orientation": 1,
        "rotation": Rotation.from_matrix(cam_from_enu.rotation).as_rotvec().tolist(),
        "translation": cam_from_enu.translation_m.tolist(),
        "capture_time": shot.captured_s or 0.0,
        "gps_position": shot.enu_from_cam.translation_m.tolist(),
        "gps_dop": shot.position_sigma_m,
    }
