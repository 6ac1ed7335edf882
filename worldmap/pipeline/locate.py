"""Where on Earth a pixel of a photo is."""

from __future__ import annotations

from pathlib import Path

from worldmap.depth import load_depth
from worldmap.errors import InputError
from worldmap.mapfolder import MapFolder
from worldmap.pixel import PixelPlace, pixel_place
from worldmap.records import PlacedPose


def locate(map_dir: Path, photo: str, u_px: float, v_px: float) -> PixelPlace:
    """The place of what pixel (u, v) of the upright full-size photo shows, by its depth and where
    the last merge put the photo. The top left corner of the image is (0, 0).

    Raises InputError where the photo is not in the map or not placed, or gives no depth there,
    UsageError for a pixel outside the photo.
    """
    with MapFolder.open(map_dir) as folder:
        found = folder.ingested(photo)
        pose = next(iter(folder.catalog.poses([found.photo_id])), None)
    if not isinstance(pose, PlacedPose):
        reason = pose.reason if pose else "not merged yet"
        raise InputError(f"was taken nobody knows where: {reason}", path=found.metadata.path)
    return pixel_place(found, pose, load_depth(folder.layout.depth(found)), u_px, v_px)
