"""Depth that was measured or computed elsewhere: in a file beside the photo, or in its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from worldmap.config import DepthSettings
from worldmap.depth.embedded import has_embedded_depth, read_embedded_depth
from worldmap.depth.estimator import Rgb, key_of, photo_parts
from worldmap.depth.focal import choose_focal, focal_flags, photo_camera
from worldmap.depth.grid import Depth, coarse_sigma
from worldmap.depth.raster import depth_file_side_px, read_depth_file
from worldmap.depth.uncertainty import pixel_sigma_m
from worldmap.errors import DepthError, PhotoError
from worldmap.input_file import open_regular
from worldmap.records import MEASURED, DepthMap, DepthModel, PhotoMetadata

_FORMATS = (".png", ".npy", ".tif", ".tiff")
# Cleaning takes some 95 bytes for a pixel of depth, the photo waits meanwhile with 6 a pixel.
_PHOTO_PIXELS_PER_DEPTH_PIXEL = 16
_SMALL_PX = 1_000_000
_LEAST_SIDE_PX = 2  # of a grid: one row or column is none
# The depth of no phone's file is finer.
_MOST_EMBEDDED_PX = 1024
_SIGMA_FLOOR_M = 0.003  # no sensor of a street is better


def find_depth_sidecar(photo_path: Path, suffix: str) -> Path | None:
    """The depth file of a photo: `<stem><suffix>` or `<name><suffix>` with `.png .npy .tif .tiff`.

    suffix may name its format (`.dense.png`); its leading dot may be left out.
    """
    mark = suffix if suffix.startswith((".", "_", "-")) else f".{suffix}"
    endings = [mark] if mark.lower().endswith(_FORMATS) else [mark + form for form in _FORMATS]
    for base in (photo_path.name, photo_path.stem):
        for ending in endings:
            candidate = photo_path.with_name(base + ending)
            if candidate != photo_path and candidate.is_file():
                return candidate
    return None


@dataclass(frozen=True, slots=True)
class MeasuredDepth:
    """`measured`: reads `<stem>.depth.png` and the like, else the depth in the photo's own file.

    The metres stay as they are, whatever focal length the photo is used with.
    """

    settings: DepthSettings

    @property
    def name(self) -> str:
        """`measured`."""
        return MEASURED

    def settings_hash(self) -> str:
        """See `DepthEstimator`."""
        s = self.settings
        return key_of(
            name=self.name,
            suffix=s.sidecar_suffix,
            embedded=s.embedded,
            sigma=(s.measured_sigma_rel, s.measured_scale_sigma_rel),
            focal=(s.focal_px, s.assumed_focal_35mm, s.assumed_focal_sigma_rel),
        )

    def has_depth(self, path: Path) -> bool:
        """Whether there is a depth file for this photo, or metric depth in its own file."""
        if find_depth_sidecar(path, self.settings.sidecar_suffix) is not None:
            return True
        return self.settings.embedded and has_embedded_depth(path)

    def picture_px(self, path: Path) -> int | None:
        """See `estimator.picture_px`: for the colours of the depth map."""
        sidecar = find_depth_sidecar(path, self.settings.sidecar_suffix)
        return _MOST_EMBEDDED_PX if sidecar is None else depth_file_side_px(sidecar)

    def cache_key(self, photo: PhotoMetadata) -> str:
        """See `DepthEstimator`; the sidecar's content is part of it."""
        sidecar = find_depth_sidecar(photo.path, self.settings.sidecar_suffix)
        content = None
        if sidecar is not None:
            try:
                with open_regular(sidecar) as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                content = "unreadable"
        return key_of(settings=self.settings_hash(), sidecar=content, **photo_parts(photo))

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """See `DepthEstimator`. PhotoError where there is neither a sidecar nor metric depth in the
        photo's own file, or where it is unreadable, empty or of another aspect than the photo."""
        sidecar = find_depth_sidecar(photo.path, self.settings.sidecar_suffix)
        if sidecar is not None:
            return self._from_sidecar(photo, sidecar)
        if self.settings.embedded and has_embedded_depth(photo.path, metric=False):
            return self._from_own_file(photo)
        mark = self.settings.sidecar_suffix
        raise DepthError(
            "has no measured depth",
            path=photo.path,
            hint=f"expected {photo.path.stem}{mark}.png, .npy or .tif beside it "
            "(setting depth.sidecar_suffix)",
        )

    def _from_sidecar(self, photo: PhotoMetadata, sidecar: Path) -> DepthMap:
        depth_m = read_depth_file(sidecar, self._most_pixels(photo))
        _require_fit(depth_m, photo, sidecar)
        s = self.settings
        focal = choose_focal(photo, s)
        return DepthMap(
            depth_m=depth_m,
            sigma_m=pixel_sigma_m(depth_m, sigma_rel=s.measured_sigma_rel, floor_m=_SIGMA_FLOOR_M),
            camera=photo_camera(photo, focal).rescaled(*depth_m.shape[::-1]),
            focal=focal,
            focal_predicted=None,
            scale_sigma_rel=s.measured_scale_sigma_rel,
            model=DepthModel(name=self.name, weights_hash="", licence=""),
            flags=focal_flags(photo, focal, None, s),
        )

    def _from_own_file(self, photo: PhotoMetadata) -> DepthMap:
        found = read_embedded_depth(photo, self._most_pixels(photo))
        _require_fit(found.distance_m, photo, photo.path, f"{found.source} depth that ")
        s = self.settings
        # The intrinsics that come with the depth are those it was measured with.
        focal = choose_focal(photo if found.focal is None else replace(photo, focal=found.focal), s)
        camera = photo_camera(photo, focal).rescaled(*found.distance_m.shape[::-1])
        depth_m, step_m = found.distance_m, found.step_sigma_m
        if found.along_ray:
            ray = np.linalg.norm(camera.rays(camera.pixel_centres()), axis=2).astype(np.float32)
            depth_m, step_m = depth_m / ray, step_m / ray
        sigma_m = pixel_sigma_m(depth_m, sigma_rel=s.measured_sigma_rel, floor_m=_SIGMA_FLOOR_M)
        return DepthMap(
            depth_m=depth_m,
            sigma_m=coarse_sigma(np.hypot(sigma_m, step_m), depth_m),
            camera=camera,
            focal=focal,
            focal_predicted=None,
            scale_sigma_rel=max(s.measured_scale_sigma_rel, found.scale_sigma_rel or 0.0),
            model=DepthModel(name=f"{self.name}:{found.source}", weights_hash="", licence=""),
            flags=focal_flags(photo, focal, None, s),
        )

    def _most_pixels(self, photo: PhotoMetadata) -> int:
        """How many pixels a depth map may have beside this photo."""
        shared = photo.width_px * photo.height_px / _PHOTO_PIXELS_PER_DEPTH_PIXEL
        return max(_SMALL_PX, int(1e6 * self.settings.max_megapixels - shared))

    @property
    def batch_size(self) -> int:
        """See `DepthEstimator`: one, nothing is shared."""
        return 1

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """See `DepthEstimator`."""
        results: list[DepthMap | PhotoError] = []
        for photo, rgb in photos:
            try:
                results.append(self.estimate(photo, rgb))
            except PhotoError as error:
                results.append(error)
        return results


def _require_fit(depth_m: Depth, photo: PhotoMetadata, path: Path, part: str = "") -> None:
    """DepthError about `path` unless a depth grid has the photo's aspect, to a pixel, and anything
    in it. part: which of the file's contents it is."""
    part = part and f"has {part}"
    height_px, width_px = depth_m.shape
    if min(height_px, width_px) < _LEAST_SIDE_PX:
        small = f"{part}is {width_px}×{height_px}: too few pixels for surfaces"
        raise DepthError(small, path=path)
    fits_height = abs(height_px - width_px * photo.height_px / photo.width_px) <= 1
    fits_width = abs(width_px - height_px * photo.width_px / photo.height_px) <= 1
    if not (fits_height or fits_width):
        raise DepthError(
            f"{part}is {width_px}×{height_px}, another aspect than the upright photo's "
            f"{photo.width_px}×{photo.height_px}",
            path=path,
        )
    if not np.isfinite(depth_m).any():
        raise DepthError(f"{part}holds no depth at all", path=path)
