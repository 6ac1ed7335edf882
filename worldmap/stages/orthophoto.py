"""What an area looks like from straight above: its surface in the colours of the photos."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.blur import Blur
from worldmap.fuse.ground import GROUND
from worldmap.geodesy import Site, enu_from_projected
from worldmap.mapfolder import KeptPictures, MapFolder, PictureOf
from worldmap.raster import (
    OVERHANG_M,
    SETTLED_CELLS,
    SHED_CELLS,
    CellPoints,
    CellSurface,
    Grid,
    Window,
    cell_mean,
    gaps_closed,
    overhung,
    settled,
    top_surface,
)
from worldmap.raster.fill import gradients
from worldmap.records import Tile, TileKey
from worldmap.stages.placed import PlacedPhotos
from worldmap.stages.point_source import PointSource, selected
from worldmap.texture import Blend
from worldmap.tiling import TILE_SIZE_M, with_neighbours

SURFACE_GSD_M: Final = 0.1
"""Two voxels of the finest points: a cell holds some."""
_AROUND_CELLS: Final = SETTLED_CELLS + SHED_CELLS
"""What a cell's height depends on around it."""
_BRIDGED: Final = 3.0
"""Cells of the surface under an orthophoto that points leave out between them."""
_VERSION: Final = 2
"""Of pictures of tiles that are kept: another where one would come out differently."""
Drawn = Callable[[NDArray[np.uint8]], bytes]
"""Makes a file of a picture (H, W, 4), RGBA."""
_PAGE_PX: Final = 1024
"""The longer side of a picture that a page's orthophoto looks at: a pixel is one of its cells at
some 80 m."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Orthophoto:
    """rgba (H, W, 4) uint8, clear where no photo and no point is; bridged (H, W): where points left
    a gap; photos: those that it is mostly made of."""

    rgba: NDArray[np.uint8]
    bridged: NDArray[np.bool_]
    photos: set[int]


def orthophoto(
    source: PointSource, photos: PlacedPhotos, grid: Grid, window: Window, *, fill_m: float = 0.0
) -> Orthophoto:
    """The surface's colours in a window of a grid, each cell from the photos that see it best, or
    else from its points. fill_m: gaps up to so wide are closed.

    StorageError where a file cannot be read.
    """
    coarse = Grid.over(grid.epsg, grid.bounds_m(window), max(grid.gsd_m, SURFACE_GSD_M))
    around = coarse.whole.grown(2)
    gap_m = max(fill_m, _BRIDGED * coarse.gsd_m)
    margin = int(np.ceil(gap_m / coarse.gsd_m)) + 1
    surface = surface_of(source, coarse, around.grown(margin))
    height, gaps = gaps_closed(surface.height_m, gap_m / coarse.gsd_m)
    down, right = gradients(height, coarse.gsd_m)
    inner = around.inner(margin)
    at = [sampled(layer[inner], coarse, around, grid, window) for layer in (height, right, down)]
    rows, columns = np.nonzero(np.isfinite(at[0]))
    values = np.zeros((window.rows, window.columns, 4), dtype=np.uint8)
    if not len(rows):
        none = np.zeros(values.shape[:2], dtype=np.bool_)
        return Orthophoto(rgba=values, bridged=none, photos=set())
    z, slope_east, slope_down = (layer[rows, columns].astype(np.float64) for layer in at)
    # Rows run southwards. The convergence of the meridians, 2°, turns no normal to speak of.
    normal = np.column_stack((-slope_east, slope_down, np.ones(len(z))))
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    east, north = grid.centres_m(window)
    xyz = np.column_stack((east[columns], north[rows], z))
    places = enu_from_projected(xyz, photos.site, grid.epsg)
    blend = Blend(places, normal, grid.gsd_m)
    near = photos.near(places.min(axis=0), places.max(axis=0))
    for seen in photos.pictures(near):
        blend.add(seen)
    nearest = _nearest(surface.rgb[inner], coarse, around, grid, window)[rows, columns]
    known = np.isfinite(surface.height_m)[inner]
    told = _nearest(known, coarse, around, grid, window)[rows, columns]
    values[rows, columns, :3] = np.where(blend.seen[:, None], blend.rgb(), nearest)
    values[rows, columns, 3] = np.where(blend.seen | told, 255, 0)
    bridged = _nearest(gaps[inner], coarse, around, grid, window) & (values[..., 3] > 0)
    made_of = set(np.unique(blend.best_photo[blend.seen]).tolist())
    return Orthophoto(rgba=values, bridged=bridged, photos=made_of)


def surface_of(
    source: PointSource,
    grid: Grid,
    window: Window,
    *,
    ground: bool = False,
    from_above: bool = False,
) -> CellSurface:
    """The topmost surface that points of a window show, or the ground. from_above: without what
    something may cover that no photo shows the top of."""
    margin = _AROUND_CELLS
    if from_above:
        margin += int(np.ceil(OVERHANG_M / grid.gsd_m))
    around = window if ground else window.grown(margin)
    points = source.points(grid.bounds_m(around))
    if ground:
        points = selected(points, points.classification == GROUND)
        return cell_mean(CellPoints.of(points, grid, window))
    stands_m = source.stands_m(points) if from_above else None
    over = CellPoints.of(points, grid, around, stands_m)
    top = top_surface(over, grid.gsd_m)
    found = settled(top, grid.gsd_m)
    if from_above:
        found = found.without(overhung(over, top, grid.gsd_m))
    return found.within(window.inner(margin))


def sampled(
    layer: NDArray[np.float32], coarse: Grid, around: Window, grid: Grid, window: Window
) -> NDArray[np.float32]:
    """A layer over `around` of a coarse grid at the cells of a window of a finer one: bilinear, at
    a rim the value of the nearest cell; NaN where that has none."""
    east, north = grid.centres_m(window)
    x = east / coarse.gsd_m - (coarse.west_index + around.column) - 0.5
    y = (coarse.north_index - around.row) - north / coarse.gsd_m - 0.5
    nearest = layer[np.ix_(np.rint(y).astype(np.intp), np.rint(x).astype(np.intp))]
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    u, v = (x - left)[None].astype(np.float32), (y - top)[:, None].astype(np.float32)

    def at(down: int, right: int) -> NDArray[np.float32]:
        return np.asarray(layer[np.ix_(top + down, left + right)])

    smooth = (at(0, 0) * (1 - u) + at(0, 1) * u) * (1 - v) + (at(1, 0) * (1 - u) + at(1, 1) * u) * v
    # NaN times nothing is NaN: cell on cell only the nearest counts.
    found = np.where(np.isfinite(smooth), smooth, nearest)
    return np.where(np.isfinite(nearest), found, np.float32(np.nan))


def _nearest(
    layer: NDArray[Any], coarse: Grid, around: Window, grid: Grid, window: Window
) -> NDArray[Any]:
    """Of each cell of the window the value of the coarse cell that it lies in."""
    east, north = grid.centres_m(window)
    xy = np.zeros((max(len(east), len(north)), 2))
    xy[: len(east), 0], xy[: len(north), 1] = east, north
    row, column = coarse.cells(xy, around)
    return layer[np.ix_(row[: len(north)], column[: len(east)])]


class TileOrthophotos:
    """Orthophotos of a map's tiles one by one, as somebody asks for them: each takes the photos
    that the tile and its neighbours rest on, however large the map, and stays in the map's folder
    until these change. blur: what makes faces unrecognisable; such pictures are not kept. May be
    called from several threads, of which one works at a time."""

    def __init__(
        self, map_dir: Path, *, warn: Callable[[str], None], blur: Blur | None = None
    ) -> None:
        self._map_dir, self._warn, self._blur = map_dir, warn, blur
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def __call__(self, key: TileKey, gsd_m: float, drawn: Drawn) -> bytes:
        """What `drawn` makes of the tile's square in its own CRS, north up, in cells of gsd_m;
        empty where the map has no such tile, or no photo sees anything of it. CatalogError or
        StorageError where the map cannot be read."""
        with self._lock, MapFolder.open(self._map_dir) as folder:
            tiles = folder.catalog.tiles(keys=with_neighbours(key))
            site = folder.catalog.site()
            if site is None or all(tile.key != key for tile in tiles):
                return b""
            kept = None if self._blur else KeptPictures(folder.layout)
            wanted = PictureOf.of(key, tiles, _how_drawn(folder, gsd_m))
            found = kept.find(wanted) if kept else None
            if found is not None:
                return found
            content, whole = self._made(
                folder, site, tiles, Grid.over(key.epsg, _box_m(key), gsd_m), drawn
            )
            if kept and whole:
                kept.keep(wanted, content)
        return content

    def _made(
        self, folder: MapFolder, site: Site, tiles: list[Tile], grid: Grid, drawn: Drawn
    ) -> tuple[bytes, bool]:
        """The picture, and whether all photos were at hand for it."""
        photos = PlacedPhotos(
            folder,
            site,
            warn=self._once,
            blur=self._blur,
            only={photo_id for tile in tiles for photo_id in tile.photo_ids},
            picture_px=_PAGE_PX,
            held=1,
        )
        source = PointSource(folder, [t for t in tiles if t.files], grid.epsg, support=1)
        found = orthophoto(source, photos, grid, grid.whole)
        return drawn(found.rgba) if found.photos else b"", not photos.lost

    def _once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._warn(message)


def _box_m(key: TileKey) -> tuple[float, float, float, float]:
    west, south = key.east_m, key.north_m
    return west, south, west + TILE_SIZE_M, south + TILE_SIZE_M


def _how_drawn(folder: MapFolder, gsd_m: float) -> str:
    """All that a picture of given points depends on besides."""
    settings = folder.tile_settings
    photo, even = folder.settings.photo, settings.fuse.even_exposure
    return f"{_VERSION} {gsd_m} {settings.tiles.unconfirmed} {even} {photo.model_dump_json()}"
