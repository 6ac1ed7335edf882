"""What there is to show of a map: one document, and the files that it names and no others."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

import worldmap
from worldmap.area import Area, Everywhere
from worldmap.artifact import read_error
from worldmap.blur import Blur
from worldmap.catalog import CATALOG_NAME
from worldmap.config import FuseSettings, PhotoSettings
from worldmap.depth import load_depth
from worldmap.depth.raster import resized_rgb
from worldmap.errors import MissingFileError, NoDepthYetError, PhotoError, StorageError
from worldmap.jsonable import jsonable
from worldmap.mapfolder import (
    Layout,
    MapFolder,
    Originals,
    Subfolder,
    is_local,
    local_note,
    settings_over,
)
from worldmap.mapfolder.tilefile import tile_points
from worldmap.photo import Rgb, encoded, preview_jpeg, preview_pixels
from worldmap.printable import printable
from worldmap.raster.geotiff import web_picture
from worldmap.records import (
    IngestedPhoto,
    PlacedPose,
    PosePrior,
    SolvedPose,
    Tile,
    TileArtifact,
    TileKey,
    View,
)
from worldmap.registration.features import load_features
from worldmap.rights import attribution, has_rights, licence_for
from worldmap.store import StoredFile
from worldmap.view.above import laid_down, seen_from_above
from worldmap.view.document import (
    SCHEMA,
    Agreement,
    PageDocument,
    PageLayer,
    PagePhoto,
    PageWindow,
    control_json,
    copc_of,
    credits,
    failure_json,
    orthophoto_url,
    photo_json,
    picture_url,
    site_json,
    tile_json,
    tile_url,
)
from worldmap.view.own import own_bytes
from worldmap.view.reach import NOTHING, reach_bytes
from worldmap.view.surface import ShownMesh

DOCUMENT: Final = "map.json"
THUMB_PX: Final = 320
PHOTO_PX: Final = 2048
LAYER_PX: Final = 4096
"""Browsers draw no larger pictures on phones."""
ORTHOPHOTO_M: Final = 0.1
"""A pixel of the page's orthophoto: what the surface under it is known by."""
_PHOTO_NAME: Final = re.compile(r"photos/(\d{1,18})/(thumb\.jpg|photo\.jpg|reach\.bin|own\.bin)")
_KEPT_PREVIEWS: Final = 256
_KEPT_PICTURES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that the page may fetch: bytes, or a file that is sent in ranges, a path or one
    that is read where it lies."""

    media_type: str
    content: bytes = b""
    file: Path | StoredFile | None = None

    def whole(self) -> bytes:
        """All of it. MissingFileError, StorageError where it is a file that cannot be read."""
        if self.file is None:
            return self.content
        if isinstance(self.file, Path):
            try:
                return self.file.read_bytes()
            except FileNotFoundError as error:
                raise MissingFileError("is missing", path=self.file) from error
            except OSError as error:
                raise read_error(self.file, error) from error
        return self.file.store.get(self.file.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLayer:
    """A raster to be laid on the page's map: its picture as PNG, and the south, west, north and
    east of its edges in degrees."""

    name: str
    png: bytes
    bounds_deg: tuple[float, float, float, float]


def shown_layer(path: Path) -> ShownLayer:
    """A GeoTIFF to be laid on the page's map. InputError where it cannot be read, UsageError where
    what reads it is not installed."""
    found = web_picture(path, LAYER_PX)
    return ShownLayer(name=path.stem, png=encoded(found.rgba, "PNG"), bounds_deg=found.bounds_deg)


class TileOrthophoto(Protocol):
    """Makes a tile's orthophoto, or knows it from before. It may take seconds, and is asked from
    several threads."""

    def __call__(
        self, key: TileKey, gsd_m: float, drawn: Callable[[NDArray[np.uint8]], bytes]
    ) -> bytes:
        """What `drawn` makes of (H, W, 4) uint8 RGBA: the tile's square in its own CRS, north up,
        with square cells of gsd_m; empty where there is nothing to see."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Products:
    """What a page shows besides photos and points: rasters that lie on its map, surfaces beside the
    points, and the map's own orthophoto, tile by tile, of an area of so many tiles at most."""

    layers: Sequence[ShownLayer] = ()
    meshes: Sequence[ShownMesh] = ()
    orthophoto: TileOrthophoto | None = None
    most_tiles: int | None = None


_NOTHING: Final = Products()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """The map when it was last read."""

    document: bytes = b""
    photos: Mapping[int, IngestedPhoto] = field(default_factory=dict)
    made_of: tuple[IngestedPhoto, ...] = ()
    poses: Mapping[int, SolvedPose] = field(default_factory=dict)
    own: Mapping[int, PosePrior] = field(default_factory=dict)
    tiles: Mapping[str, TileArtifact] = field(default_factory=dict)
    pictures: Mapping[str, tuple[TileKey, TileArtifact]] = field(default_factory=dict)
    orthophotos: Mapping[str, tuple[TileKey, TileArtifact]] = field(default_factory=dict)
    stamp: tuple[tuple[str, int, int], ...] = ()


class PublishedMap:
    """A map to look at, or the part of it in an area: the photos that stand there, and whole tiles
    that reach into its box. products: what is shown besides; blur: what makes faces in its pictures
    unrecognisable, where it is for others; window: what the page is told where the area is a part
    of what was asked for. It is read anew when its document is asked for and it has changed, so
    that a page that is loaded again shows the last merge. May be used from several threads.

    Any method raises CatalogError or StorageError where the map cannot be read.
    """

    def __init__(
        self,
        map_dir: Path,
        settings: PhotoSettings | None = None,
        *,
        area: Area | None = None,
        blur: Blur | None = None,
        window: PageWindow | None = None,
        products: Products = _NOTHING,
    ) -> None:
        self.map_dir = map_dir
        self._products = products
        self._meshes = {f"surfaces/{k}": mesh for k, mesh in enumerate(products.meshes)}
        self._surfaces = {
            url: found
            for folder, mesh in self._meshes.items()
            for url, found in mesh.resources(folder).items()
        }
        self._layers = {f"layers/{k}.png": layer for k, layer in enumerate(products.layers)}
        self.area = area
        self._window = window
        self._blur = blur
        self._layout = Layout(map_dir)
        self._originals = Originals()
        self._not_shown: dict[int, PhotoError] = {}
        self._left_out = ""
        self._settings = settings or settings_over(Layout(map_dir), None).photo
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._picture = lru_cache(maxsize=_KEPT_PICTURES)(self._make_picture)
        self._orthophoto = lru_cache(maxsize=_KEPT_PICTURES)(self._make_orthophoto)
        self._preview = lru_cache(maxsize=_KEPT_PREVIEWS)(self._make_preview)

    @property
    def name(self) -> str:
        """What the map is called: its folder, or the folder that holds a `map`."""
        if self._layout.address is not None:
            return self._layout.title
        folder = self.map_dir.absolute()
        if is_local(folder):
            return f"{_name_of(folder.parent.parent)}: {local_note(folder)}"
        return _name_of(folder)

    def part(self, area: Area, window: PageWindow) -> PublishedMap:
        """A part of the same map, shown likewise."""
        return PublishedMap(
            self.map_dir,
            self._settings,
            area=area,
            blur=self._blur,
            products=self._products,
            window=window,
        )

    def document(self) -> bytes:
        """Everything that the page is told, as JSON."""
        return self._last(fresh=True).document

    def attribution(self) -> str:
        """What the page is made of, photo by photo, to be passed on with it; '' where no photo
        tells anything. LicenceError where their licences let nobody pass it on."""
        photos = self._last().made_of
        licence = licence_for(photos, self.map_dir)
        return attribution(f"The page {self.name}", photos, licence) if has_rights(photos) else ""

    @property
    def not_shown(self) -> tuple[str, ...]:
        """Lines about what was left out: photos that were asked for and whose own file is gone or
        is not the one that was ingested, so that their depth map's colours were shown."""
        left_out = (self._left_out,) if self._left_out else ()
        if not self._not_shown:
            return left_out
        first, *others = (error for _, error in sorted(self._not_shown.items()))
        more = f", and so for {len(others)} more" if others else ""
        return (*left_out, f"{first}; the colours of its depth map are shown{more}")

    def names(self) -> list[str]:
        """All resources but the document, as relative URLs."""
        snapshot = self._last()
        photos = [
            f"photos/{photo_id}/{file}"
            for photo_id in snapshot.photos
            for file in ("thumb.jpg", "photo.jpg")
        ]
        placed = [i for i, pose in snapshot.poses.items() if isinstance(pose, PlacedPose)]
        reaches = [f"photos/{i}/reach.bin" for i in placed if i in snapshot.photos]
        return [
            *photos,
            *reaches,
            *(f"photos/{photo_id}/own.bin" for photo_id in snapshot.own),
            *snapshot.tiles,
            *snapshot.pictures,
            *snapshot.orthophotos,
            *self._layers,
            *self._surfaces,
        ]

    def file_bytes(self) -> int:
        """What the resources that are files take together; others are made as they are asked
        for."""
        store, tiles = self._layout.store, self._last().tiles.values()
        return sum(store.size_of(tile.path.as_posix()) or 0 for tile in tiles)

    def open(self, name: str) -> Resource | None:
        """The resource of that relative URL; None for whatever the document does not name.

        PhotoError where neither the photo nor its depth map can be read.
        """
        snapshot = self._last()
        tile = snapshot.tiles.get(name)
        if tile is not None:
            return Resource(
                media_type="application/vnd.laszip+copc", file=self._layout.tile_in_parts(tile)
            )
        pictured = snapshot.pictures.get(name)
        if pictured is not None:
            return Resource(media_type="image/png", content=self._picture(*pictured))
        seen = snapshot.orthophotos.get(name)
        if seen is not None:
            return Resource(media_type="image/webp", content=self._orthophoto(*seen))
        if name in self._layers:
            return Resource(media_type="image/png", content=self._layers[name].png)
        if name in self._surfaces:
            media_type, content = self._surfaces[name]
            return Resource(media_type=media_type, content=content)
        wanted = _PHOTO_NAME.fullmatch(name)
        photo = snapshot.photos.get(int(wanted[1])) if wanted else None
        if wanted is None or photo is None:
            return None
        if wanted[2].endswith(".bin"):
            make = self._reach if wanted[2] == "reach.bin" else self._own_points
            made = make(photo, snapshot)
            media_type = "application/octet-stream"
            return None if made is None else Resource(media_type=media_type, content=made)
        longest = THUMB_PX if wanted[2] == "thumb.jpg" else PHOTO_PX
        content = self._preview_of(photo, longest)
        return Resource(media_type="image/jpeg", content=content)

    def _reach(self, photo: IngestedPhoto, snapshot: _Snapshot) -> bytes | None:
        pose = snapshot.poses.get(photo.photo_id)
        if not isinstance(pose, PlacedPose):
            return None
        if photo.depth is None:
            return NOTHING
        cleaned = load_depth(self._layout.depth(photo))
        return reach_bytes(View.of_placed(cleaned, photo.camera, pose))

    def _own_points(self, photo: IngestedPhoto, snapshot: _Snapshot) -> bytes | None:
        prior = snapshot.own.get(photo.photo_id)
        if prior is None:
            return None
        cleaned = load_depth(self._layout.depth(photo))
        with suppress(StorageError):  # then its tags alone say which way is up
            prior = prior.levelled(load_features(self._layout.features(photo)).tilt)
        return own_bytes(cleaned.depth_map, prior)

    def _last(self, *, fresh: bool = False) -> _Snapshot:
        with self._lock:
            if self._snapshot is None or (fresh and self._snapshot.stamp != self._stamp()):
                stamp = self._stamp()
                self._snapshot = replace(self._read(), stamp=stamp)
            return self._snapshot

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Changes whenever the catalog is written to, or a file of the map comes or goes; of a map
        in a bucket, where other machines do that, always."""
        if self._layout.address is not None:
            return (("", time.monotonic_ns(), 0),)
        found = [*self.map_dir.glob(f"{CATALOG_NAME}*"), self._layout.folder(Subfolder.TILES)]
        stats = ((path.name, path.stat()) for path in sorted(found) if path.exists())
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

    def _with_orthophoto(self, tiles: Sequence[Tile]) -> dict[str, tuple[Tile, TileArtifact]]:
        """The tiles that get one, by key."""
        most = self._products.most_tiles
        if self._products.orthophoto is None:
            return {}
        if most is not None and len(tiles) > most:
            self._left_out = f"no orthophoto: the area has {len(tiles)} tiles, more than {most}"
            return {}
        return {str(tile.key): (tile, file) for tile in tiles if (file := copc_of(tile))}

    def _make_picture(self, key: TileKey, copc: TileArtifact) -> bytes:
        return encoded(seen_from_above(key, tile_points(self._layout.tile(copc))), "PNG")

    def _make_orthophoto(self, key: TileKey, copc: TileArtifact) -> bytes:
        """Empty where no photo sees anything of the tile; copc: of which points it is."""
        make = self._products.orthophoto
        if make is None:
            return b""
        return make(
            key, ORTHOPHOTO_M, lambda rgba: encoded(laid_down(key, rgba, ORTHOPHOTO_M), "WEBP")
        )

    def _preview_of(self, photo: IngestedPhoto, longest_px: int) -> bytes:
        try:
            return self._preview(self._originals.file(photo), longest_px)
        except PhotoError as error:
            # The photo was moved, deleted or changed since: its colours are with its depth map.
            try:
                rgb = load_depth(self._layout.depth(photo)).rgb
            except (StorageError, NoDepthYetError):
                raise error from None
            self._not_shown[photo.photo_id] = error
            step = -(-max(rgb.shape) // longest_px)
            return encoded(self._for_others(rgb[::step, ::step]), "JPEG")

    def _make_preview(self, path: Path, longest_px: int) -> bytes:
        if self._blur is None:
            return preview_jpeg(path, self._settings, longest_px)
        # Found where faces are large, whatever the size that is shown.
        rgb = self._for_others(preview_pixels(path, self._settings, PHOTO_PX))
        scale = min(1.0, longest_px / max(rgb.shape[:2]))
        height_px, width_px = (max(1, round(scale * side)) for side in rgb.shape[:2])
        return encoded(resized_rgb(rgb, width_px, height_px), "JPEG")

    def _for_others(self, rgb: Rgb) -> Rgb:
        return rgb if self._blur is None else self._blur(np.ascontiguousarray(rgb))

    def _read(self) -> _Snapshot:
        with MapFolder.open(self.map_dir) as folder:
            area, catalog = self.area or Everywhere(), folder.catalog
            state = folder.state(area)
            tiles = [tile for tile in folder.tiles(area) if tile.files]
            made_of = {photo.photo_id: photo for photo in folder.photos_of(tiles)}
            ids = None if self.area is None else state.photos.keys()
            pairs, far_depths_m = catalog.verdicts(ids), catalog.far_depths_m(ids)
            failures, fuse = catalog.failures(), folder.tile_settings.fuse
            control = catalog.control_points()
        site, photos = state.origin, list(state.photos.values())
        told = [
            photo_json(
                photo,
                state.poses.get(photo.photo_id),
                state.reviews.get(photo.photo_id),
                site,
                far_depths_m.get(photo.photo_id, math.nan),
            )
            for photo in photos
        ]
        if self.area is not None:
            told = [each for each in told if _stands_in(self.area, each)]
            shown = {each.id for each in told}
            photos = [photo for photo in photos if photo.photo_id in shown]
            pairs = [pair for pair in pairs if {*pair[:2]} <= shown]
            failures = []
        seen = self._with_orthophoto(tiles)
        document = PageDocument(
            schema=SCHEMA,
            name=self.name,
            version=worldmap.__version__,
            site=site_json(site),
            window=self._window,
            agreement=_agreement(fuse),
            photos=tuple(told),
            failures=tuple(failure_json(failure) for failure in failures),
            tiles=tuple(
                tile_json(tile, folder.layout, site, orthophoto=str(tile.key) in seen)
                for tile in tiles
            ),
            layers=tuple(
                PageLayer(name=layer.name, url=url, bounds=(box[:2], box[2:]))
                for url, layer in self._layers.items()
                for box in [layer.bounds_deg]
            ),
            surfaces=tuple(mesh.json(site, folder) for folder, mesh in self._meshes.items()),
            pairs=tuple(pairs),
            control=control_json(control, photos),
            credits=tuple(credits(photos)),
        )
        return _Snapshot(
            document=json.dumps(
                jsonable(document, text=printable), separators=(",", ":"), allow_nan=False
            ).encode(),
            photos={photo.photo_id: photo for photo in photos},
            made_of=tuple((made_of | {photo.photo_id: photo for photo in photos}).values()),
            poses=state.poses,
            own={
                photo.photo_id: review.prior if review else photo.prior
                for photo, each in zip(photos, told, strict=True)
                if each.own
                for review in [state.reviews.get(photo.photo_id)]
            },
            pictures={
                picture_url(tile): (tile.key, file) for tile in tiles if (file := copc_of(tile))
            },
            orthophotos={orthophoto_url(tile): (tile.key, file) for tile, file in seen.values()},
            tiles={tile_url(tile): file for tile in tiles if (file := copc_of(tile))},
        )


def _name_of(folder: Path) -> str:
    return folder.parent.name if folder.name == "map" and folder.parent.name else folder.name


def _agreement(fuse: FuseSettings) -> Agreement:
    return Agreement(
        sigmas=fuse.agree_sigmas,
        within_rel=fuse.agree_within_rel,
        registration_sigma_m=fuse.registration_sigma_m,
        systematic_rel=fuse.systematic_rel,
    )


def _stands_in(area: Area, photo: PagePhoto) -> bool:
    """Whether a photo of the document does, by its solved place or else its tags."""
    if photo.lat is None or photo.lon is None:
        return False
    return bool(area.contains(photo.lat, photo.lon))
