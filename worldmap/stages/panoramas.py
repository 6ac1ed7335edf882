"""Panoramas among the photos: cut into views of one place, which are ingested in their stead."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from worldmap.artifact import write_file
from worldmap.config import Settings
from worldmap.depth.measured import find_depth_sidecar
from worldmap.depth.raster import read_depth_file
from worldmap.errors import DepthError, PhotoError
from worldmap.frames import enu_from_cam_rotation, heading_pitch_roll_deg
from worldmap.jsonable import jsonable
from worldmap.panorama import (
    VIEWS,
    CutView,
    cut_depth_m,
    cut_rgb,
    shows_all_around,
    view_camera,
)
from worldmap.panorama.evidence import is_twice_as_wide
from worldmap.photo import Rgb, Sidecars, encoded, picture_size, read_photo
from worldmap.photo.raw import is_raw
from worldmap.records import SIDECAR_SUFFIX, PhotoMetadata
from worldmap.rights import told
from worldmap.stages.intake import IngestStatus, PhotoReport

FOLDER: Final = "views"
"""Of the map: the views that panoramas were cut into."""
_KEY_DIGITS: Final = 16
_LEVEL_SIGMA_DEG: Final = 2.0
_LARGEST_DEPTH_PX: Final = 64_000_000


def with_views(
    photos: Sequence[Path], map_dir: Path, settings: Settings, sidecars: Sidecars
) -> tuple[list[Path], list[PhotoReport]]:
    """The photos, each panorama among them replaced by its views, and a report for each panorama.

    A panorama says so by its tags (GPano's equirectangular ProjectionType, or its archive's
    sidecar) or by its own pixels, and spans 360° by 180°. Its views lie in the map's folder, each
    with a sidecar that has what the panorama's tags say and where in it the view looks, and with
    its part of a depth file beside the panorama, which holds distances. StorageError where they
    cannot be written.
    """
    found: list[Path] = []
    reports = []
    for path in photos:
        views = _views_of(path, map_dir, settings, sidecars)
        if views is None:
            found.append(path)
            continue
        found += views
        reports.append(
            PhotoReport(
                path=path,
                status=IngestStatus.SKIPPED,
                reason=f"a panorama: its {len(views)} views are taken",
            )
        )
    return found, reports


def _views_of(
    path: Path, map_dir: Path, settings: Settings, sidecars: Sidecars
) -> list[Path] | None:
    """None where it is no panorama, or cannot be read, which is for others to tell."""
    if is_raw(path):
        return None
    try:
        size = picture_size(path, settings.photo)
        if not is_twice_as_wide(*size):
            return None
        metadata, rgb = read_photo(path, settings.photo, sidecars=sidecars)
    except PhotoError:
        return None
    if not (_is_said(metadata, sidecars) or shows_all_around(rgb)):
        return None
    return _cut(metadata, rgb, map_dir, settings)


def _is_said(metadata: PhotoMetadata, sidecars: Sidecars) -> bool:
    projection = told(metadata, "projection") or sidecars.archived(metadata.path).get("projection")
    return projection == "equirectangular"


def _cut(metadata: PhotoMetadata, rgb: Rgb, map_dir: Path, settings: Settings) -> list[Path]:
    key = metadata.content_hash[:_KEY_DIGITS]
    folder = map_dir.absolute() / FOLDER / key
    camera = view_camera(metadata.width_px)
    range_m = None
    depth = find_depth_sidecar(metadata.path, settings.depth.sidecar_suffix)
    if depth is not None:
        range_m = read_depth_file(depth, _LARGEST_DEPTH_PX)
        if not is_twice_as_wide(range_m.shape[1], range_m.shape[0]):
            raise DepthError("is no depth of a panorama: it is not twice as wide", path=depth)
    paths = []
    for view in VIEWS:
        path = folder / f"{metadata.path.stem}.{view.name}.jpg"
        # The view itself comes last: where it is, all that belongs to it is.
        sidecar = _sidecar(
            metadata, view, camera.fx_px, f"{key} {view.yaw_deg:g} {view.pitch_deg:g}"
        )
        _write(path.with_name(path.name + SIDECAR_SUFFIX), sidecar)
        if range_m is not None:
            small = view_camera(range_m.shape[1])
            content = io.BytesIO()
            np.save(content, cut_depth_m(range_m, view, small))
            mark = settings.depth.sidecar_suffix
            mark = mark if mark.endswith(".npy") else f"{mark}.npy"
            _write(path.with_name(path.stem + mark), content.getvalue())
        _write(path, encoded(cut_rgb(rgb, view, camera), "JPEG"))
        paths.append(path)
    return paths


def _write(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_file(path, content)


def _sidecar(metadata: PhotoMetadata, view: CutView, focal_px: float, rig: str) -> bytes:
    """What the panorama's tags say, of this view."""
    position, heading, tilt = metadata.position, metadata.heading, metadata.tilt
    pitch_deg = tilt.pitch_deg if tilt else 0.0
    roll_deg = tilt.roll_deg if tilt else 0.0
    enu_from_rig = enu_from_cam_rotation(heading.true_deg if heading else 0.0, pitch_deg, roll_deg)
    turned = heading_pitch_roll_deg(enu_from_rig @ view.rig_from_cam)
    source, _, photo_id = told(metadata, "archived as").partition(":")
    content = {
        "worldmap_source": 1,
        "source": source,
        "photo_id": photo_id,
        "page": told(metadata, "page"),
        "attribution": told(metadata, "attribution"),
        "author": metadata.artist,
        "copyright": metadata.copyright,
        "licence": metadata.licence,
        "make": metadata.make,
        "model": metadata.model,
        "captured_at": metadata.captured_at,
        "lat_deg": position.lat_deg if position else None,
        "lon_deg": position.lon_deg if position else None,
        "horizontal_sigma_m": position.horizontal_sigma_m if position else None,
        "height_m": position.height_m if position else None,
        "height_datum": position.height_datum if position else None,
        "vertical_sigma_m": position.vertical_sigma_m if position else None,
        "heading_deg": turned[0] if heading else None,
        "heading_sigma_deg": heading.sigma_deg if heading else None,
        "pitch_deg": turned[1],
        "roll_deg": turned[2],
        # Makers of panoramas level them.
        "tilt_sigma_deg": tilt.sigma_deg if tilt else _LEVEL_SIGMA_DEG,
        "focal_px": focal_px,
        "projection": "perspective",
        "rig": rig,
        "cut_from": metadata.path.name,
    }
    told_only = {name: value for name, value in content.items() if value not in (None, "")}
    return (json.dumps(jsonable(told_only), indent=1, ensure_ascii=False) + "\n").encode()
