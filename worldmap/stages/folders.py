"""An area as a folder for other programs: camera models with pictures and points, or a STAC
collection of its tiles."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Final

from worldmap.area import Area
from worldmap.artifact import remove_half_written, write_file, written_whole
from worldmap.blur import Blur
from worldmap.cloud import PointCloud
from worldmap.config import PhotoSettings
from worldmap.errors import EmptyAreaError, InputError
from worldmap.exchange import (
    ExportedPhoto,
    colmap_files,
    export_names,
    nerfstudio_files,
    opensfm_files,
    reference_file,
)
from worldmap.exchange.stac import StacTile, stac_files
from worldmap.geodesy import Site, enu, enu_from_projected
from worldmap.mapfolder import Layout, MapFolder, Originals, Subfolder
from worldmap.photo import encoded, read_pixels
from worldmap.records import IngestedPhoto, PlacedPose, Tile
from worldmap.rights import NAME as ATTRIBUTION
from worldmap.rights import licence_for, write_attribution
from worldmap.tiling import TILE_SIZE_M

FOLDER_FORMATS: Final = ("colmap", "opensfm", "nerfstudio", "stac")
"""What a folder can be."""
_PICTURES: Final = "images"
_MOST_POINTS: Final = 200_000
_AS_THEY_ARE: Final = (".jpg", ".jpeg", ".png")


def write_folder(
    folder: MapFolder, area: Area, out_dir: Path, kind: str, blur: Blur | None = None
) -> tuple[int, int]:
    """Write the placed photos of an area, upright, with their cameras and a sparse cloud into a
    folder that COLMAP, OpenSfM or Nerfstudio reads, in ENU about the map's origin; or the area's
    tiles as a STAC collection, which refers to them where they are. blur: what makes faces in the
    pictures unrecognisable. Returns how many points and
    photos were written.

    Raises UsageError where pystac is not installed, InputError where there is nothing to write,
    PhotoError, and nothing is written, where a photo's file is gone or is not the one that was
    ingested, CatalogError or StorageError where the map cannot be read or the folder not be
    written.
    """
    tiles = folder.tiles(area)
    if kind == "stac":
        return _write_stac(folder, tiles, out_dir)
    state = folder.state(area)
    poses, site = state.placed, state.origin
    if not poses:
        raise EmptyAreaError(
            "has no placed photo in that area", path=folder.root, hint="run merge first"
        )
    cloud = _sparse(folder, area, site)
    settings = folder.settings
    photos = [state.photos[i] for i in poses]
    made_of = {photo.photo_id: photo for photo in (*photos, *folder.photos_of(tiles))}
    licence = licence_for(made_of.values(), folder.root)
    names = export_names((photo.photo_id, photo.metadata.path) for photo in photos)
    names = {i: _picture_name(name) for i, name in names.items()}
    shots = [_shot(photo, poses[photo.photo_id], names[photo.photo_id]) for photo in photos]
    shots.sort(key=lambda shot: shot.name)
    if kind == "colmap":
        files = {f"sparse/0/{name}": text for name, text in colmap_files(shots, cloud).items()}
        files |= reference_file(site)
    elif kind == "opensfm":
        files = opensfm_files(shots, cloud, site)
    else:
        files = nerfstudio_files(shots, cloud, _PICTURES) | reference_file(site)
    originals = Originals()
    sources = [originals.file(photo) for photo in photos]
    for photo, source in zip(photos, sources, strict=True):
        picture = out_dir / _PICTURES / names[photo.photo_id]
        _write_picture(photo, source, picture, settings.photo, blur)
    _write_files(out_dir, files)
    write_attribution(
        out_dir / ATTRIBUTION, f"The folder {out_dir.name}", list(made_of.values()), licence
    )
    return len(cloud), len(shots)


def _write_files(out_dir: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        remove_half_written(out_dir / name)
        write_file(out_dir / name, content)


def _shot(photo: IngestedPhoto, pose: PlacedPose, name: str) -> ExportedPhoto:
    captured = photo.metadata.captured_at
    return ExportedPhoto(
        name=name,
        camera=pose.solved_camera(photo.camera),
        enu_from_cam=pose.enu_from_cam,
        captured_s=captured.timestamp() if captured else None,
        position_sigma_m=math.hypot(*pose.position_sigma_m[:2]),
    )


def _picture_name(name: str) -> str:
    return name if name.lower().endswith(_AS_THEY_ARE) else f"{name}.jpg"


def _write_picture(
    photo: IngestedPhoto, source: Path, path: Path, settings: PhotoSettings, blur: Blur | None
) -> None:
    """The photo's upright pixels, blurred where that is asked: its own file where that is what it
    holds."""
    remove_half_written(path)
    if blur is None and photo.metadata.orientation == 1 and source.suffix.lower() in _AS_THEY_ARE:
        with written_whole(path, needs_bytes=source.stat().st_size) as temporary:
            shutil.copyfile(source, temporary)
        return
    kind = "PNG" if path.suffix.lower() == ".png" else "JPEG"
    rgb = read_pixels(source, settings)
    write_file(path, encoded(rgb if blur is None else blur(rgb), kind))


def _sparse(folder: MapFolder, area: Area, site: Site) -> PointCloud:
    """An even sample of the area's points in ENU; none where there is no tile."""
    try:
        points = folder.points(area)
    except InputError:
        return PointCloud.of_photo(frame=enu(site), xyz=[], rgb=[], sigma_m=[])
    cloud = points.cloud.thinned(_MOST_POINTS)
    return replace(cloud, frame=enu(site), xyz=enu_from_projected(cloud.xyz, site, points.epsg))


def _write_stac(folder: MapFolder, tiles: Sequence[Tile], out_dir: Path) -> tuple[int, int]:
    if not tiles:
        raise EmptyAreaError("has no tile in that area", path=folder.root, hint="run merge first")
    photos = folder.photos_of(tiles)
    licence_for(photos, folder.root)
    entries = [_entry(folder.layout, tile, photos) for tile in tiles]
    files = stac_files(
        entries,
        name=folder.layout.title or "map",
        licence=_licence(photos),
        side_m=TILE_SIZE_M,
        out_dir=out_dir,
    )
    _write_files(out_dir, files)
    for tile in tiles:
        inside = [photo for photo in photos if photo.photo_id in tile.photo_ids]
        path = out_dir / f"{tile.key}.{ATTRIBUTION}"
        write_attribution(path, f"The tile {tile.key}", inside, licence_for(inside, folder.root))
    return sum(tile.points for tile in tiles), 0


def _licence(photos: Iterable[IngestedPhoto]) -> str:
    """The one that all photos name, where it looks like an SPDX identifier."""
    found = {photo.metadata.licence or "" for photo in photos}
    licence = found.pop() if len(found) == 1 else ""
    return licence if re.fullmatch(r"[\w.+-]+", licence) else "other"


def _entry(layout: Layout, tile: Tile, photos: Iterable[IngestedPhoto]) -> StacTile:
    inside = set(tile.photo_ids)
    times = [
        p.metadata.captured_at
        for p in photos
        if p.photo_id in inside and p.metadata.captured_at is not None
    ]
    moments = sorted(t.astimezone(UTC) if t.tzinfo else t.replace(tzinfo=UTC) for t in times)
    paths = tuple(layout.href(file) for file in tile.files)
    sizes = tuple(layout.size_bytes(Subfolder.TILES, file.path) for file in tile.files)
    return StacTile(
        tile=tile,
        paths=paths,
        since=moments[0] if moments else None,
        until=moments[-1] if moments else None,
        sizes_bytes=sizes,
    )
