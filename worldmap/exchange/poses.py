"""Camera poses as JSON: `export OUT.json`.

docs/json.md describes it, docs/schemas/poses.json is its schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.geodesy import Site
from worldmap.jsonable import jsonable
from worldmap.records import IngestedPhoto, PhotoStatus, PlacedPose, SolvedPose

SCHEMA: Final = "worldmap-poses/1"
"""Raised when a field changes its meaning or goes; new fields may come without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseEntry:
    """A photo of the area. enu_from_cam: 4 × 4, row by row, from the camera (x right, y down, z
    forward, metres) to east, north, up about the origin; a photo's depth is multiplied by
    depth_scale first. position_sigma_m: east, north, up; rotation_sigma_deg: about camera x, y, z.
    All of these are null where the photo is not placed, and reason says why. The camera, of the
    upright photo with the middle of its first pixel at (0.5, 0.5), as solved or else by its tags:
    focal_px, principal point centre_px (right, down), and Brown's k1, k2, p1, p2, k3 as distortion.
    """

    path: Path
    status: PhotoStatus
    enu_from_cam: tuple[tuple[float, ...], ...] | None
    depth_scale: float | None
    focal_px: float
    centre_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    position_sigma_m: tuple[float, float, float] | None
    rotation_sigma_deg: tuple[float, float, float] | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses:
    """Every photo of the area, placed or not. origin is null before the first merge."""

    schema: str
    origin: Site | None
    photos: tuple[PoseEntry, ...]


def poses_json(
    photos: Iterable[IngestedPhoto], poses: Mapping[int, SolvedPose], site: Site | None
) -> bytes:
    """The file's content, photos in the order given; poses by photo, all written in ENU about the
    site."""
    about = {i: pose if site is None else pose.about(site) for i, pose in poses.items()}
    entries = tuple(_entry(photo, about.get(photo.photo_id)) for photo in photos)
    document = Poses(schema=SCHEMA, origin=site, photos=entries)
    return json.dumps(jsonable(document), indent=1, allow_nan=False).encode()


def _entry(photo: IngestedPhoto, pose: SolvedPose | None) -> PoseEntry:
    placed = pose if isinstance(pose, PlacedPose) else None
    camera = placed.solved_camera(photo.camera) if placed else photo.camera
    return PoseEntry(
        path=photo.metadata.path,
        status=pose.status if pose else PhotoStatus.INGESTED,
        enu_from_cam=(tuple(map(tuple, placed.enu_from_cam.matrix.tolist())) if placed else None),
        depth_scale=placed.depth_scale if placed else None,
        focal_px=camera.fx_px,
        centre_px=(camera.cx_px, camera.cy_px),
        distortion=camera.distortion,
        position_sigma_m=placed.position_sigma_m if placed else None,
        rotation_sigma_deg=placed.rotation_sigma_deg if placed else None,
        reason=pose.reason if pose else photo.waits_for,
    )
