"""One photo by itself, without a map: its depth, a picture of it, its cloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from worldmap.backproject import backproject
from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import clean, open_estimator, photo_camera
from worldmap.depth.horizon import untrusted_line
from worldmap.depth.moving_finder import moving_finder, with_moving
from worldmap.depth.sky_finder import sky_finder
from worldmap.errors import EmptyAreaError, FormatError
from worldmap.las.local import write_local_las
from worldmap.listener import Listener, Silence
from worldmap.photo import Rgb, read_photo
from worldmap.ply import write_local_ply
from worldmap.records import CleanedDepth, PhotoMetadata
from worldmap.stages.alone import map_of_photo
from worldmap.view import PublishedMap, write_single
from worldmap.view.site import Written

_LONGEST_NAME = 100


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
    finder = sky_finder(settings.depth)
    metadata, rgb = read_photo(path.absolute(), settings.photo)
    depth_map = estimator.estimate(metadata, rgb)
    if finder is not None and depth_map.model.weights_hash:
        (depth_map,) = finder.with_sky([depth_map], [rgb])
    moving = moving_finder(settings.depth)
    if moving is not None and depth_map.model.weights_hash:
        (depth_map,) = with_moving(moving, [depth_map], [rgb])
    cleaned = clean(depth_map, rgb, settings.depth, is_held=not metadata.is_flown)
    return SinglePhoto(metadata=metadata, rgb=rgb, cleaned=cleaned)


def write_page(
    found: SinglePhoto, out: Path, settings: Settings, listener: Listener | None = None
) -> Written:
    """Write the photo's points, and the photo laid over them, as one .html file: the page of a map
    of this photo alone.

    EmptyAreaError where it gives no points, StorageError where the file cannot be written.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise FormatError("is no name for a page", path=out, hint="it is written as .html")
    if not len(found.cloud()):
        raise EmptyAreaError("the photo gives no points", hint="see its depth picture")
    told = "" if found.metadata.position else ", not on the globe yet"
    with TemporaryDirectory() as folder:
        map_dir = Path(folder) / f"{found.metadata.path.name[:_LONGEST_NAME]}{told}"
        map_of_photo(
            map_dir, found.metadata, found.camera, found.cleaned, settings, listener or Silence()
        )
        return write_single(PublishedMap(map_dir, settings.photo), out)


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
