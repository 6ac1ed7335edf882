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
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.ply import write_ply, write_xyz
from worldmap.records import PlacedPose
from worldmap.rights import NAME as ATTRIBUTION
from worldmap.rights import licence_for, write_attribution
from worldmap.stages.folders import FOLDER_FORMATS, write_folder
from worldmap.stages.mesh import MESH_FORMATS, write_mesh
from worldmap.stages.splats import SPLAT_FORMATS, write_splats
from worldmap.stages.tileset import TILESET_FORMATS, write_tiles3d

FORMATS = ("las", "laz", "copc", "ply", "xyz", "e57", "json", *MESH_FORMATS, *SPLAT_FORMATS)
"""What one file can be."""
_SUFFIXES = {
    ".las": "las", ".copc.laz": "copc", ".laz": "laz", ".splat.ply": "splat",
    ".mesh.ply": "mesh-ply", ".ply": "ply", ".xyz": "xyz", ".e57": "e57", ".json": "json",
    ".glb": "glb", ".obj": "obj", ".spz": "spz",
}  # fmt: skip
_FOLDERS = (*FOLDER_FORMATS, *TILESET_FORMATS)
_OWN_FRAME = ("json", *MESH_FORMATS, *SPLAT_FORMATS, *_FOLDERS)
_KINDS_OF_PLY = ("ply", "mesh-ply", "splat")
_WITH_PICTURES = ("colmap", "opensfm", "nerfstudio", "tiles3d-mesh", *MESH_FORMATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What was written: points, photos for .json, triangles for meshes."""

    path: Path
    points: int
    photos: int
    triangles: int = 0


def export(
    map_dir: Path,
    area: Area,
    out: Path,
    settings: Settings | None = None,
    listener: Listener | None = None,
    *,
    kind: str | None = None,
    epsg: int | None = None,
    blur: Blur | None = None,
) -> ExportSummary:
    """Write the area to `out`: points (las, laz, copc, ply with normals, xyz, e57) in the CRS of
    most of them or in another; camera poses (json), splats (splat, spz), or the surface as a
    textured mesh (glb, obj, mesh-ply) in ENU about the site of most photos; or a folder for other
    programs (`write_folder`), or of 3D Tiles (tiles3d; tiles3d-mesh: with the surface). What is
    made of photos of several people has a text beside it, OUT.attribution.txt, that says whose
    they are.

    kind: one of FORMATS or FOLDER_FORMATS; by default what the file's name ends in. epsg: a
    projected CRS, which the points are transformed into exactly, heights becoming those above its
    own ellipsoid. blur: what makes faces in pictures, those of a mesh too, unrecognisable.
    settings: the map's own where they are not given. Raises UsageError for another
    format or suffix, for one that needs a package which is not installed and for a CRS that cannot
    be reached without a grid that is not here, InputError where there is nothing to write,
    LicenceError where the photos' licences do not go together, ConfigError where the map's settings
    are not valid, CatalogError or StorageError where the map
    cannot be read or the file not be written.
    """
    kind = _kind_of(out, kind)
    if epsg is not None:
        _require_crs(kind, epsg)
    if kind == "e57":
        require_e57()
    with MapFolder.open(map_dir) as folder:
        if kind in FOLDER_FORMATS:
            points, photos = write_folder(folder, area, out, kind, blur)
            return ExportSummary(path=out, points=points, photos=photos)
        remove_half_written(out)
        if kind in (*MESH_FORMATS, *SPLAT_FORMATS, *TILESET_FORMATS):
            return _export_product(folder, area, out, kind, listener or Silence(), blur)
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
    write_attribution(_beside(out), out.name, made_of, licence)
    return ExportSummary(path=out, points=len(cloud), photos=0)


def _export_product(
    folder: MapFolder, area: Area, out: Path, kind: str, listener: Listener, blur: Blur | None
) -> ExportSummary:
    """What is made of the points or the photos: a mesh, splats, 3D Tiles."""
    made_of = folder.photos_of(folder.tiles(area))
    licence = licence_for(made_of, folder.root)
    points = triangles = 0
    if kind in MESH_FORMATS:
        triangles = write_mesh(folder, area, out, kind, listener, blur)
    elif kind in SPLAT_FORMATS:
        points = write_splats(folder, area, out, kind)
    else:
        points = write_tiles3d(folder, area, out, kind, listener, blur)
    beside = out / ATTRIBUTION if kind in TILESET_FORMATS else _beside(out)
    write_attribution(beside, out.name, made_of, licence)
    return ExportSummary(path=out, points=points, photos=0, triangles=triangles)


def _beside(out: Path) -> Path:
    return out.with_name(f"{out.name}.{ATTRIBUTION}")


def has_pictures(out: Path, kind: str | None) -> bool:
    """Whether what `export` writes shows the photos themselves. UsageError as there."""
    return _kind_of(out, kind) in _WITH_PICTURES


def _export_poses(folder: MapFolder, area: Area, out: Path) -> ExportSummary:
    state = folder.state(area)
    if not state.photos:
        raise EmptyAreaError("has no photo in that area", path=folder.root)
    photos = sorted(state.photos.values(), key=lambda photo: photo.metadata.path)
    write_file(out, poses_json(photos, state.poses, state.site))
    return ExportSummary(path=out, points=0, photos=len(state.photos))


def _require_crs(kind: str, epsg: int) -> None:
    if kind in _OWN_FRAME:
        raise CrsError("another CRS is for points", hint=f"{kind} has a frame of its own")
    compound_wkt1(epsg, "ellipsoid")  # refuses what is no projected CRS before anything is read


def parse_crs(text: str) -> int:
    """The number of "EPSG:25833" or "25833"; UsageError for anything else."""
    number = text.upper().removeprefix("EPSG:")
    if not number.isascii() or not number.isdigit():
        raise CrsError(f"not a CRS: {text!r}", hint="name one like EPSG:25833")
    return int(number)


def _both(named: str | None, kind: str) -> bool:
    """Whether a file of that name may be of that format."""
    return (named, kind) == ("laz", "copc") or {named, kind} <= {*_KINDS_OF_PLY}


def _kind_of(out: Path, kind: str | None) -> str:
    name = out.name.lower()
    named = next((found for suffix, found in _SUFFIXES.items() if name.endswith(suffix)), None)
    if kind is not None:
        if kind in _FOLDERS:
            return kind
        if kind not in FORMATS:
            known = ", ".join((*FORMATS, *_FOLDERS))
            raise FormatError(f"no format {kind!r}", hint=f"there is: {known}")
        if named not in (None, kind) and not _both(named, kind):
            raise FormatError(
                f"is named as {named} but the format is {kind}", path=out, hint="change one"
            )
        return kind
    if named is not None:
        return named
    raise FormatError(
        "is no name for an export", path=out, hint=f"exports are written as {', '.join(_SUFFIXES)}"
    )
