"""Whether a photo is a fisheye's whose lens is told, and which lens that is."""

from __future__ import annotations

from pathlib import Path

from worldmap.config import PhotoSettings
from worldmap.fisheye import FisheyeLens
from worldmap.photo.exif import read_exif
from worldmap.photo.focal import camera_tags
from worldmap.photo.pixels import read_header
from worldmap.photo.sidecars import Sidecars
from worldmap.photo.xmp import pix4d_fisheye, read_xmp

_MARK = b"fisheye"


def told_fisheye(path: Path, settings: PhotoSettings, sidecars: Sidecars) -> FisheyeLens | None:
    """The lens in pixels of the upright picture, by files of cameras, else by the archive's
    sidecar, else by the photo's own XMP; None where the photo is no fisheye's or nothing tells its
    lens. The picture is not decoded. PhotoError where it is none."""
    header = read_header(path, settings)
    size_px = (header.width_px, header.height_px)
    is_marked = _MARK in (header.xmp or b"").lower()
    if not is_marked and not sidecars.may_know_fisheye(path):
        return None
    tags = read_exif(header.exif, path if header.format in ("TIFF", "HEIF") else None)
    camera = camera_tags(tags)
    lens = sidecars.fisheye_lens(path, size_px, header.orientation, camera.model)
    if lens is not None or not is_marked:
        return lens
    stored_px = size_px if header.orientation < 5 else size_px[::-1]
    scale = max(size_px) / camera.taken_px[0] if camera.taken_px else 1.0
    lens = pix4d_fisheye(read_xmp(header.xmp), stored_px, scale)
    try:
        return None if lens is None else lens.upright(header.orientation)
    except ValueError:
        return None  # a mirrored picture
