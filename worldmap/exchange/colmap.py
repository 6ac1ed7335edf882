"""A COLMAP text model: cameras.txt, images.txt, points3D.txt.

https://colmap.github.io/format.html. Its world is the map's ENU in metres, its cameras look along z
with y down as ours do, and the middle of the first pixel is (0.5, 0.5) in both.
"""

from __future__ import annotations

from collections.abc import Sequence

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.exchange.exported import ExportedPhoto
from worldmap.frames import require_frame


def colmap_files(shots: Sequence[ExportedPhoto], points_enu: PointCloud) -> dict[str, bytes]:
    """The model's files by name. Points come without tracks: they start a splat, they do not hold
    the cameras. FrameError where a shot is in another frame than the points."""
    require_frame(points_enu.frame, (shot.enu_from_cam.to for shot in shots))
    from scipy.spatial.transform import Rotation

    cameras: dict[str, int] = {}
    images = ["# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME", "# (no 2D points)"]
    for number, shot in enumerate(shots, start=1):
        camera_id = cameras.setdefault(_camera(shot.camera), len(cameras) + 1)
        cam_from_enu = shot.enu_from_cam.inverse()
        x, y, z, w = Rotation.from_matrix(cam_from_enu.rotation).as_quat(canonical=True)
        pose = " ".join(repr(float(v)) for v in (w, x, y, z, *cam_from_enu.translation_m))
        images += [f"{number} {pose} {camera_id} {shot.name}", ""]
    lines = ["# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"]
    lines += [f"{camera_id} {text}" for text, camera_id in cameras.items()]
    return {
        "cameras.txt": _joined(lines),
        "images.txt": _joined(images),
        "points3D.txt": _points(points_enu),
    }


def _camera(camera: Camera) -> str:
    k1, k2, p1, p2, k3 = camera.distortion
    values = [camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px]
    model = "PINHOLE"
    if not camera.is_pinhole:
        # COLMAP's FULL_OPENCV divides by another polynomial, which is 1 here.
        model = "FULL_OPENCV" if k3 else "OPENCV"
        values += [k1, k2, p1, p2, *((k3, 0.0, 0.0, 0.0) if k3 else ())]
    text = " ".join(repr(float(value)) for value in values)
    return f"{model} {camera.width_px} {camera.height_px} {text}"


def _points(points: PointCloud) -> bytes:
    lines = ["# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[]"]
    lines += [
        f"{number} {x:.4f} {y:.4f} {z:.4f} {r} {g} {b} 0"
        for number, ((x, y, z), (r, g, b)) in enumerate(
            zip(points.xyz.tolist(), points.rgb.tolist(), strict=True), start=1
        )
    ]
    return _joined(lines)


def _joined(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
