"""Poses that somebody gave for photos of the map and wants to keep: `imported/poses.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.errors import StorageError
from worldmap.frames import RigidTransform, cam
from worldmap.geodesy import Site, enu
from worldmap.input_file import json_at_most, refused_as
from worldmap.mapfolder.layout import Layout

IMPORTED_NAME: Final = "imported"
"""The folder of what was imported."""
POSES: Final = f"{IMPORTED_NAME}/poses.json"
"""The file of poses to be kept, below a map's folder."""
_SCHEMA: Final = "worldmap-given-poses/1"
_LIMIT_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GivenPose:
    """Of a photo, by the hash of its content; enu_from_cam about the site; covariance (6, 6) of its
    turn about camera x, y, z (rad) and its place (m)."""

    content_hash: str
    site: Site
    enu_from_cam: RigidTransform
    covariance: NDArray[np.float64]


def read_given(map_dir: Path) -> dict[str, GivenPose]:
    """By content hash; none where nothing was imported. StorageError where the file is damaged."""
    path = map_dir / POSES
    if not path.exists():
        return {}
    told, problem = json_at_most(path, _LIMIT_BYTES)
    if not problem:
        try:
            with refused_as(path, "is damaged"):
                found = [_given(entry) for entry in told["poses"]]
            return {pose.content_hash: pose for pose in found}
        except LookupError as error:
            problem = str(error).rpartition(": ")[2]
    raise StorageError(f"is damaged ({problem})", path=path, hint="import the poses again")


def _given(entry: Any) -> GivenPose:
    site = Site(*map(float, entry["site"]))
    covariance = np.array(entry["covariance"], dtype=np.float64)
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        raise ValueError("a covariance is no 6 × 6 numbers")
    content_hash = str(entry["photo"])
    placed = RigidTransform.from_matrix(
        entry["enu_from_cam"], to=enu(site), source=cam(content_hash[:16])
    )
    return GivenPose(
        content_hash=content_hash, site=site, enu_from_cam=placed, covariance=covariance
    )


def write_given(map_dir: Path, poses: Iterable[GivenPose]) -> None:
    """Keep these in place of all that were. StorageError where that cannot be written."""
    entries = [
        {
            "photo": pose.content_hash,
            "site": [pose.site.lat_deg, pose.site.lon_deg, pose.site.height_m],
            "enu_from_cam": pose.enu_from_cam.matrix.tolist(),
            "covariance": pose.covariance.tolist(),
        }
        for pose in sorted(poses, key=lambda pose: pose.content_hash)
    ]
    content = json.dumps({"schema": _SCHEMA, "poses": entries}, allow_nan=False)
    write_file(map_dir / POSES, content.encode())
    Layout(map_dir).share(map_dir / POSES)
