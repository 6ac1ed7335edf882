"""The street as a 360° camera sees it: equirectangular photos, their exact distances, the truth."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_error
from worldmap.camera import Camera
from worldmap.demo import sensors
from worldmap.demo.layout import StreetPlan, standpoints
from worldmap.demo.noise import Noise
from worldmap.demo.render import Rays, Renderer
from worldmap.demo.scene import build_scene
from worldmap.demo.truth import TRUTH_NAME, DemoTruth, PhotoTruth
from worldmap.demo.write import _TAKEN, _encoded, _exif, _with_exif
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu, geoid_undulation_m
from worldmap.panorama import VIEWS, view_camera

_FACE_DEG: Final = 96.0
_FACES: Final = ((0.0, 0.0), (90.0, 0.0), (180.0, 0.0), (-90.0, 0.0), (0.0, 90.0), (0.0, -90.0))
"""Where the faces of a cube look: to the right of and above the middle, degrees."""
_XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    'syntax-ns#"><rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/'
    'panorama/" GPano:ProjectionType="equirectangular" GPano:PoseHeadingDegrees="{heading:.3f}"/>'
    "</rdf:RDF></x:xmpmeta>"
)
_XMP_MARK: Final = b"http://ns.adobe.com/xap/1.0/\0"


def write_panoramas(
    out_dir: Path,
    *,
    layout: StreetPlan,
    noise: Noise,
    seed: int,
    photos: int = 10,
    width_px: int = 2048,
    on_progress: Callable[[int, int], None] | None = None,
) -> DemoTruth:
    """Makes photos/round_NN.jpg, twice as wide as high, with EXIF and GPano, their distances in
    photos/round_NN.depth.npy, and truth.json, whose photos are the views that each is cut into.

    The camera is carried along the street, looking along it, not quite upright (noise's tilt).
    StorageError where the folder cannot be written.
    """
    mesh = build_scene(layout, seed, photos)
    rays, renderer = Rays(mesh), Renderer(mesh, seed)
    site = Site(
        layout.lat_deg,
        layout.lon_deg,
        layout.ground_msl_m + float(geoid_undulation_m(layout.lat_deg, layout.lon_deg)),
    )
    rng = np.random.default_rng((seed, 30))
    fixes = sensors.gps_fixes(rng, noise, photos)
    heading_errors = noise.heading_sigma_deg * rng.standard_normal(photos)
    tilts = noise.tilt_sigma_deg * rng.standard_normal((photos, 2))
    shots: list[PhotoTruth] = []
    folder = out_dir / "photos"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index, point in enumerate(standpoints(layout, seed, photos)):
            pitch_deg, roll_deg = (float(angle) for angle in tilts[index])
            centre = np.array((point.east_m, point.north_m, point.up_m))
            rotation = enu_from_cam_rotation(point.heading_deg, pitch_deg, roll_deg)
            fix = fixes[index]
            name = f"round_{index:02d}"
            whole = PhotoTruth(
                name=f"{name}.jpg",
                enu_from_cam=_pose(site, name, rotation, centre),
                camera=Camera.centred(width_px, width_px // 2, width_px / (2 * np.pi)),
                depth_scale=1.0,
                gps_enu_m=None if fix is None else centre + fix.error_enu_m,
                gps_sigma_m=0.0 if fix is None else fix.sigma_m,
                heading_tag_deg=None,
                heading_reference="",
                people=(),
            )
            truth = DemoTruth(layout=layout, noise=noise, seed=seed, site=site, photos=(), pairs=())
            picture = _picture(renderer, whole.enu_from_cam, width_px)
            taken = sensors.exposed(np.random.default_rng((seed, 31, index)), picture, noise)
            jpeg = _encoded(".jpg", taken[..., ::-1])
            tags = _exif(truth, whole, _TAKEN + timedelta(seconds=7 * index))
            for focal in (37386, 41989):  # a round picture has no focal length
                tags["Exif"].pop(focal, None)
            heading_deg = (point.heading_deg + heading_errors[index]) % 360.0
            content = _with_xmp(_with_exif(jpeg, tags), _XMP.format(heading=heading_deg).encode())
            (folder / whole.name).write_bytes(content)
            depth = io.BytesIO()
            np.save(depth, _distances_m(rays, whole.enu_from_cam, width_px // 2))
            (folder / f"{name}.depth.npy").write_bytes(depth.getvalue())
            camera = view_camera(width_px)
            shots += [
                PhotoTruth(
                    name=f"{name}.{view.name}.jpg",
                    enu_from_cam=_pose(site, name, rotation @ view.rig_from_cam, centre),
                    camera=camera,
                    depth_scale=1.0,
                    gps_enu_m=whole.gps_enu_m,
                    gps_sigma_m=whole.gps_sigma_m,
                    heading_tag_deg=None,
                    heading_reference="",
                    people=(),
                )
                for view in VIEWS
            ]
            if on_progress is not None:
                on_progress(index + 1, photos)
        truth = DemoTruth(
            layout=layout,
            noise=noise,
            seed=seed,
            site=site,
            photos=tuple(shots),
            pairs=(),
            folder=out_dir,
        )
        (out_dir / TRUTH_NAME).write_text(json.dumps(truth.to_json(), indent=1), encoding="utf-8")
    except OSError as error:
        raise write_error(Path(error.filename or out_dir), error) from error
    return truth


def _pose(
    site: Site, name: str, rotation: NDArray[np.float64], centre: NDArray[np.float64]
) -> RigidTransform:
    return RigidTransform(to=enu(site), source=cam(name), rotation=rotation, translation_m=centre)


def _directions(width_px: int) -> NDArray[np.float64]:
    """(H, W, 3) unit directions through the pixel centres, in axes of the picture's middle."""
    azimuth = ((np.arange(width_px) + 0.5) / width_px - 0.5) * 2 * np.pi
    elevation = (0.5 - (np.arange(width_px // 2) + 0.5) / (width_px // 2)) * np.pi
    azimuth, elevation = np.meshgrid(azimuth, elevation)
    flat = np.cos(elevation)
    return np.stack((flat * np.sin(azimuth), -np.sin(elevation), flat * np.cos(azimuth)), axis=-1)


def _distances_m(rays: Rays, enu_from_rig: RigidTransform, width_px: int) -> NDArray[np.float32]:
    """(H, W) exact distances, NaN where nothing is hit."""
    ways = (_directions(width_px) @ enu_from_rig.rotation.T).astype(np.float32)
    distance, _, _ = rays.cast(enu_from_rig.translation_m, ways)
    distance[~np.isfinite(distance)] = np.nan
    return np.asarray(distance, dtype=np.float32)


def _picture(
    renderer: Renderer, enu_from_rig: RigidTransform, width_px: int
) -> NDArray[np.float32]:
    """(H, W, 3): the faces of a cube, each rendered by itself, laid into the picture."""
    side_px = round(width_px / 4 * 1.25)
    focal_px = side_px / 2 / np.tan(np.deg2rad(_FACE_DEG / 2))
    camera = Camera.centred(side_px, side_px, float(focal_px))
    ways = _directions(width_px)
    out = np.zeros((width_px // 2, width_px, 3), dtype=np.float32)
    best = np.full(out.shape[:2], -np.inf)
    for yaw_deg, pitch_deg in _FACES:
        turn = enu_from_cam_rotation(0, 0, 0).T @ enu_from_cam_rotation(yaw_deg, pitch_deg, 0)
        pose = RigidTransform(
            to=enu_from_rig.to,
            source=enu_from_rig.source,
            rotation=enu_from_rig.rotation @ turn,
            translation_m=enu_from_rig.translation_m,
        )
        face = renderer.photo(camera, pose)
        local = ways @ turn
        # The face that a direction is nearest to the middle of.
        mine = local[..., 2] > best
        mine &= local[..., 2] > 0
        uv = camera.project(np.where(mine[..., None], local, (0.0, 0.0, 1.0)))
        laid = cv2.remap(
            face,
            (uv[..., 0] - 0.5).astype(np.float32),
            (uv[..., 1] - 0.5).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        out[mine] = laid[mine]
        best[mine] = local[..., 2][mine]
    return np.clip(out, 0, 255)


def _with_xmp(jpeg: bytes, packet: bytes) -> bytes:
    """The JPEG with an XMP segment behind its first one."""
    body = _XMP_MARK + packet
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    first = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:first] + segment + jpeg[first:]
