"""Panoramas and fisheyes' photos, cut into views of one place, which are ingested instead."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.config import Settings
from worldmap.depth.measured import find_depth_sidecar
from worldmap.depth.raster import read_depth_file
from worldmap.errors import DepthError, PhotoError
from worldmap.fisheye import FisheyeLens
from worldmap.frames import enu_from_cam_rotation, heading_pitch_roll_deg
from worldmap.jsonable import jsonable
from worldmap.panorama import (
    VIEWS,
    CutView,
    cut_depth_m,
    cut_fisheye_depth_m,
    cut_fisheye_rgb,
    cut_rgb,
    fisheye_views,
    lit_rad,
    shows_all_around,
    view_camera,
)
from worldmap.panorama.evidence import is_twice_as_wide
from worldmap.photo import Rgb, Sidecars, encoded, picture_size, read_photo, told_fisheye
from worldmap.photo.raw import is_raw
from worldmap.records import SIDECAR_SUFFIX, PhotoMetadata, PictureMask
from worldmap.rights import told
from worldmap.stages.intake import IngestStatus, PhotoReport, reason_of

FOLDER: Final = "views"
"""Of the map: the views that panoramas were cut into."""
_KEY_DIGITS: Final = 16
# Makers of panoramas level them; a fisheye is held as any camera is.
_LEVEL_SIGMA_DEG: Final = 2.0
_ASPECT_REL: Final = 0.01
_LARGEST_DEPTH_PX: Final = 64_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Cut:
    """A view as it is written. rig: by which it moves with the photo's other views, '' where it is
    the only one; level_sigma_deg: how level the photo is where no tag says how it is tilted;
    depth_m as its picture of distances is fine, None where there is none; covered: what is not to
    be looked at, as its mask is fine."""

    view: CutView
    rgb: Rgb
    depth_m: NDArray[np.float32] | None
    focal_px: float
    focal_sigma_rel: float | None
    rig: str
    level_sigma_deg: float
    covered: NDArray[np.bool_] | None = None


def with_views(
    photos: Sequence[Path], map_dir: Path, settings: Settings, sidecars: Sidecars
) -> tuple[list[Path], list[PhotoReport]]:
    """The photos, each panorama and each fisheye's photo among them replaced by its views, and a
    report for each of these.

    A panorama says so by its tags (GPano's equirectangular ProjectionType, or its archive's
    sidecar) or by its own pixels, and spans 360° by 180°. A fisheye's photo is one whose lens is
    told, by a file of cameras, its archive or its own XMP. Their views lie in the map's folder,
    each with a sidecar that has what the photo's tags say and where in it the view looks, and with
    its part of a depth file beside the photo, which holds distances, and of its mask; one that is
    none of its photo is that photo's failure. StorageError where views cannot be written.
    """
    found: list[Path] = []
    reports = []
    for path in photos:
        try:
            cut = _views_of(path, map_dir, settings, sidecars)
        except DepthError as error:
            failed = PhotoReport(
                path=path, status=IngestStatus.FAILED, reason=reason_of(path, error)
            )
            reports.append(failed)
            continue
        except PhotoError:
            cut = None  # which is for others to tell
        if cut is None:
            found.append(path)
            continue
        found += cut[0]
        reports.append(PhotoReport(path=path, status=IngestStatus.SKIPPED, reason=cut[1]))
    return found, reports


def _views_of(
    path: Path, map_dir: Path, settings: Settings, sidecars: Sidecars
) -> tuple[list[Path], str] | None:
    """The views' files and what to say of the photo; None where it is one of neither kind."""
    if is_raw(path):
        return None
    if is_twice_as_wide(*picture_size(path, settings.photo)):
        metadata, rgb = read_photo(path, settings.photo, sidecars=sidecars)
        if _is_said(metadata, sidecars) or shows_all_around(rgb):
            mask = sidecars.mask(metadata, settings.photo)
            cuts = _of_panorama(metadata, rgb, mask, settings)
            views = _written(metadata, cuts, map_dir, settings)
            return views, f"a panorama: its {len(views)} views are taken"
    lens = told_fisheye(path, settings.photo, sidecars)
    if lens is None:
        return None
    metadata, rgb = read_photo(path, settings.photo, sidecars=sidecars)
    mask = sidecars.mask(metadata, settings.photo)
    views = _written(metadata, _of_fisheye(metadata, rgb, lens, mask, settings), map_dir, settings)
    if not views:
        return [], "a fisheye's photo that shows too little for a view"
    taken = "its view is taken" if len(views) == 1 else f"its {len(views)} views are taken"
    return views, f"a fisheye's photo: {taken}"


def _is_said(metadata: PhotoMetadata, sidecars: Sidecars) -> bool:
    projection = told(metadata, "projection") or sidecars.archived(metadata.path).get("projection")
    return projection == "equirectangular"


def _of_panorama(
    metadata: PhotoMetadata, rgb: Rgb, mask: PictureMask | None, settings: Settings
) -> Iterator[_Cut]:
    camera = view_camera(metadata.width_px)
    range_m = _range_m(metadata, settings)
    if range_m is not None and not is_twice_as_wide(range_m[1].shape[1], range_m[1].shape[0]):
        raise DepthError("is no depth of a panorama: it is not twice as wide", path=range_m[0])
    for view in VIEWS:
        depth_m = None
        if range_m is not None:
            depth_m = cut_depth_m(range_m[1], view, view_camera(range_m[1].shape[1]))
        yield _Cut(
            view=view,
            rgb=cut_rgb(rgb, view, camera),
            depth_m=depth_m,
            focal_px=camera.fx_px,
            focal_sigma_rel=None,
            rig=f"{_key(metadata)} {view.yaw_deg:g} {view.pitch_deg:g}",
            level_sigma_deg=_LEVEL_SIGMA_DEG,
            covered=None
            if mask is None
            else cut_depth_m(_as_range(mask), view, view_camera(mask.covers.shape[1])) > 0,
        )


def _as_range(mask: PictureMask) -> NDArray[np.float32]:
    """As a picture of distances that are 0 where it covers nothing."""
    return mask.covers.astype(np.float32)


def _of_fisheye(
    metadata: PhotoMetadata,
    rgb: Rgb,
    lens: FisheyeLens,
    mask: PictureMask | None,
    settings: Settings,
) -> Iterator[_Cut]:
    range_m = _range_m(metadata, settings)
    if range_m is not None:
        height_px, width_px = range_m[1].shape
        if abs(width_px / height_px / (lens.width_px / lens.height_px) - 1) > _ASPECT_REL:
            raise DepthError("is no depth of its photo: it has another shape", path=range_m[0])
    views = fisheye_views(lens, lit_rad(rgb, lens))
    alone = len(views) == 1
    for each in views:
        yaw_deg, pitch_deg = each.view.yaw_deg, each.view.pitch_deg
        from_deg, to_deg = each.sector_deg
        rig = f"{_key(metadata)} {yaw_deg:g} {pitch_deg:g} {from_deg:g} {to_deg:g}"
        yield _Cut(
            view=each.view,
            rgb=cut_fisheye_rgb(rgb, lens, each),
            depth_m=None if range_m is None else cut_fisheye_depth_m(range_m[1], lens, each),
            focal_px=each.camera.fx_px,
            # A view alone is a photo like others: merge may find its lens a little otherwise.
            focal_sigma_rel=settings.photo.camera_file_focal_sigma_rel if alone else None,
            rig="" if alone else rig,
            level_sigma_deg=settings.prior.level_sigma_deg,
            covered=None if mask is None else cut_fisheye_depth_m(_as_range(mask), lens, each) > 0,
        )


def _range_m(
    metadata: PhotoMetadata, settings: Settings
) -> tuple[Path, NDArray[np.float32]] | None:
    """The distances in a depth file beside the photo, and the file."""
    depth = find_depth_sidecar(metadata.path, settings.depth.sidecar_suffix)
    return None if depth is None else (depth, read_depth_file(depth, _LARGEST_DEPTH_PX))


def _key(metadata: PhotoMetadata) -> str:
    return metadata.content_hash[:_KEY_DIGITS]


def _written(
    metadata: PhotoMetadata, cuts: Iterable[_Cut], map_dir: Path, settings: Settings
) -> list[Path]:
    folder = map_dir.absolute() / FOLDER / _key(metadata)
    mark = settings.depth.sidecar_suffix
    mark = mark if mark.endswith(".npy") else f"{mark}.npy"
    paths = []
    for cut in cuts:
        path = folder / f"{metadata.path.stem}.{cut.view.name}.jpg"
        # The view itself comes last: where it is, all that belongs to it is.
        _write(path.with_name(path.name + SIDECAR_SUFFIX), _sidecar(metadata, cut))
        if cut.depth_m is not None:
            content = io.BytesIO()
            np.save(content, cut.depth_m)
            _write(path.with_name(path.stem + mark), content.getvalue())
        if cut.covered is not None:
            black = np.where(cut.covered, 0, 255).astype(np.uint8)
            _write(path.with_name(f"{path.stem}_mask.png"), encoded(black, "PNG"))
        _write(path, encoded(cut.rgb, "JPEG"))
        paths.append(path)
    return paths


def _write(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_file(path, content)


def _sidecar(metadata: PhotoMetadata, cut: _Cut) -> bytes:
    """What the photo's tags say, of this view."""
    position, heading, tilt = metadata.position, metadata.heading, metadata.tilt
    pitch_deg = tilt.pitch_deg if tilt else 0.0
    roll_deg = tilt.roll_deg if tilt else 0.0
    enu_from_rig = enu_from_cam_rotation(heading.true_deg if heading else 0.0, pitch_deg, roll_deg)
    turned = heading_pitch_roll_deg(enu_from_rig @ cut.view.rig_from_cam)
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
        "tilt_sigma_deg": tilt.sigma_deg if tilt else cut.level_sigma_deg,
        "focal_px": cut.focal_px,
        "focal_sigma_rel": cut.focal_sigma_rel,
        "projection": "perspective",
        "rig": cut.rig,
        "cut_from": metadata.path.name,
    }
    told_only = {name: value for name, value in content.items() if value not in (None, "")}
    return (json.dumps(jsonable(told_only), indent=1, ensure_ascii=False) + "\n").encode()
