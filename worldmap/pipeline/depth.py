"""One photo by itself, without a map: its depth, a picture of it, its cloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.backproject import backproject
from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import clean, open_estimator, photo_camera
from worldmap.depth.horizon import untrusted_line
from worldmap.errors import FormatError
from worldmap.las.local import write_local_las
from worldmap.photo import Rgb, read_photo
from worldmap.ply import write_local_ply
from worldmap.records import CleanedDepth, PhotoMetadata


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SinglePhoto:
    """A photo and what was made of it; rgb (H, W, 3) is the upright picture."""

    metadata: PhotoMetadata
    rgb: Rgb
    cleaned: CleanedDepth

    def cloud(self) -> PointCloud:
        """Its points in the frame of its camera: x right, y down, z forward, metres."""
        return backproject(self.cleaned.depth_map, self.cleaned.rgb)

    @property
    def untrusted(self) -> str:
        """Why its depth is not to be trusted, in one line; '' where it is."""
        return untrusted_line(self.cleaned)

    @property
    def camera(self) -> Camera:
        """Intrinsics of the full-size photo, by the focal length in use."""
        return photo_camera(self.metadata, self.cleaned.depth_map.focal)


def depth_of_photo(path: Path, settings: Settings, *, depth: str | None = None) -> SinglePhoto:
    """The cleaned depth of any one photo; it needs no tags.

    depth names the estimator, else the settings do. PhotoError where the photo or its depth cannot
    be used, ModelError where the weights are not here, UsageError for an unknown estimator.
    """
    estimator = open_estimator(depth or settings.depth.source, settings.depth)
    metadata, rgb = read_photo(path.absolute(), settings.photo)
    cleaned = clean(estimator.estimate(metadata, rgb), rgb, settings.depth)
    return SinglePhoto(metadata=metadata, rgb=rgb, cleaned=cleaned)


def write_cloud(path: Path, cloud: PointCloud) -> str:
    """Write a cloud in its own frame as .ply, .las or .laz; returns the SHA-256 in hex.

    UsageError for another suffix, StorageError where it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".ply":
        return write_local_ply(path, cloud)
    if suffix in (".las", ".laz"):
        return write_local_las(path, cloud)
    raise FormatError(
        "is no name for a photo's cloud", path=path, hint="it is written as .ply, .las or .laz"
    )
