"""An area of the map as one file: its points, or its solved camera poses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.area import Area
from worldmap.artifact import remove_half_written, write_file
from worldmap.blur import Blur
from worldmap.config import Settings
from worldmap.errors import CrsError, EmptyAreaError, FormatError
from worldmap.exchange import poses_json
from worldmap.exchange.e57 import require_e57, write_e57
from worldmap.fuse import normals
from worldmap.geodesy import (
    compound_wkt1,
    projected_from_enu,
)
from worldmap.las import write_tile
from worldmap.mapfolder import MapFolder
from worldmap.ply import write_ply, write_xyz
from worldmap.records import PlacedPose
from worldmap.rights import NAME as ATTRIBUTION
from worldmap.rights import licence_for, write_attribution
from worldmap.stages.folders import FOLDER_FORMATS, write_folder

FORMATS = ("las", "laz", "copc", "ply", "xyz", "e57", "json")
"""What one file can be."""
_SUFFIXES = {
    ".las": "las", ".copc.laz": "copc", ".laz": "laz", ".ply": "ply", ".xyz": "xyz",
    ".e57": "e57", ".json": "json",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What was written: points, or photos for .json."""

    path: Path
    points: int
    photos: int


def export(
    map_dir: Path,
    area: Area,
    out: Path,
    settings: Settings | None = None,
    *,
    kind: str | None = None,
    epsg: int | None = None,
    blur: Blur | None = None,
) -> ExportSummary:
    """Write the area to `out`: points (las, laz, copc, ply with normals, xyz, e57) in the CRS of
    most of them or in another, camera poses (json) in ENU about the site of most of them, or a
    folder for other programs (`write_folder`). What is made of photos of several people has a text
    beside it, OUT.attribution.txt, that says whose they are.

    kind: one of FORMATS or FOLDER_FORMATS; by default what the file's name ends in. epsg: a
    projected CRS, which the points are transformed into exactly, heights becoming those above its
    own ellipsoid. blur: what makes faces in pictures
    unrecognisable. settings: the map's own where they are not given. Raises UsageError for another
    format or suffix, for one that needs a package which is not installed and for a CRS that cannot
    be reached without a grid that is not here, InputError where there is nothing to write,
    LicenceError where the photos' licences do not go together, ConfigError where the map's settings
    are not valid, CatalogError or StorageError where the map
    cannot be read or the file not be written.
    """
    kind = _kind_of(out, kind)
    if epsg is not None and kind in FOLDER_FORMATS:
        raise CrsError("another CRS is for points", hint=f"{kind} has a frame of its own")
    if epsg is not None and kind == "json":
        raise CrsError("another CRS is for points", hint="camera poses are written in ENU")
    if epsg is not None:
        compound_wkt1(epsg, "ellipsoid")  # refuses what is no projected CRS before anything is read
    if kind == "e57":
        require_e57()
    with MapFolder.open(map_dir) as folder:
        if kind in FOLDER_FORMATS:
            points, photos = write_folder(folder, area, out, kind, blur)
            return ExportSummary(path=out, points=points, photos=photos)
        remove_half_written(out)
        if kind == "json":
            return _export_poses(folder, area, out)
        cloud = folder.points(area, epsg=epsg)
        seen_by = folder.catalog.poses(cloud.cloud.photo_ids)
        made_of = folder.photos_of(folder.tiles(area))
        licence = licence_for(made_of, folder.root)
        settings = settings or folder.settings
    if kind == "ply":
        centres_m = {
            pose.photo_id: projected_from_enu(
                pose.enu_from_cam.translation_m[None], pose.site, cloud.epsg
            )[0]
            for pose in seen_by
            if isinstance(pose, PlacedPose)
        }
        write_ply(out, cloud, normals(cloud.cloud, centres_m, settings.fuse.voxel_m))
    elif kind == "xyz":
        write_xyz(out, cloud)
    elif kind == "e57":
        write_e57(out, cloud)
    else:
        write_tile(out, cloud, kind=kind)
    write_attribution(out.with_name(f"{out.name}.{ATTRIBUTION}"), out.name, made_of, licence)
    return ExportSummary(path=out, points=len(cloud), photos=0)


def _export_poses(folder: MapFolder, area: Area, out: Path) -> ExportSummary:
    state = folder.state(area)
    if not state.photos:
        raise EmptyAreaError("has no photo in that area", path=folder.root)
    photos = sorted(state.photos.values(), key=lambda photo: photo.metadata.path)
    write_file(out, poses_json(photos, state.poses, state.site))
    return ExportSummary(path=out, points=0, photos=len(state.photos))


def parse_crs(text: str) -> int:
    """The number of "EPSG:25833" or "25833"; UsageError for anything else."""
    number = text.upper().removeprefix("EPSG:")
    if not number.isascii() or not number.isdigit():
        raise CrsError(f"not a CRS: {text!r}", hint="name one like EPSG:25833")
    return int(number)


def _kind_of(out: Path, kind: str | None) -> str:
    name = out.name.lower()
    named = next((found for suffix, found in _SUFFIXES.items() if name.endswith(suffix)), None)
    if kind is not None:
        if kind in FOLDER_FORMATS:
            return kind
        if kind not in FORMATS:
            known = ", ".join((*FORMATS, *FOLDER_FORMATS))
            raise FormatError(f"no format {kind!r}", hint=f"there is: {known}")
        if named not in (None, kind) and (named, kind) != ("laz", "copc"):
            raise FormatError(
                f"is named as {named} but the format is {kind}", path=out, hint="change one"
            )
        return kind
    if named is not None:
        return named
    raise FormatError(
        "is no name for an export", path=out, hint=f"exports are written as {', '.join(_SUFFIXES)}"
    )
