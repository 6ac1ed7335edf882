"""Rasters as Cloud Optimized GeoTIFFs. The door to rasterio."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import written_whole
from worldmap.errors import ExtraError, InputError, StorageError, WorldmapError
from worldmap.geodesy import (
    Vertical,
    compound_wkt1,
    geographic_3d_epsg,
    geographic_name,
    projected_wkt1,
)
from worldmap.input_file import refused_as
from worldmap.raster.grid import Grid, Window

NODATA: Final = -9999.0
"""Of rasters of heights: what every program knows for no height."""
BLOCK: Final = 512
_GEO_KEYS, _GEO_TEXT = 34735, 34737
_VERTICAL_KEY: Final = 4096
_EGM96_EPSG: Final = 5773


def require_rasterio() -> Any:
    """The module. UsageError where it is not installed."""
    try:
        import rasterio
    except ImportError as error:
        raise ExtraError(
            "rasters need another package", hint="pip install 'worldmap[raster]'"
        ) from error
    return rasterio


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """What a raster holds. dtype: float32 (no value: `NODATA`) or uint8; count 3 is a picture, of
    which a mask inside the file says where it shows something, count 1 of uint8 has 0 for nothing.
    unit: of its values, '' where they have none; not "metre", which GDAL drops where a CRS has
    heights and reads back of compound ones only. mean: whether overviews are means, else they are
    one of the values. vertical: what heights are above; None where values are no heights."""

    dtype: str
    count: int
    unit: str
    description: str
    mean: bool = True
    vertical: Vertical | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WebPicture:
    """A raster as a web map lays it down: rgba (H, W, 4) uint8 in Web Mercator, and south, west,
    north, east of its edges in degrees."""

    rgba: NDArray[np.uint8]
    bounds_deg: tuple[float, float, float, float]


class RasterFile:
    """A raster under way, written window by window."""

    def __init__(self, dataset: Any, bands: Bands) -> None:
        self._dataset, self._bands = dataset, bands
        self.cells = 0

    def write(self, window: Window, values: NDArray[Any]) -> None:
        """Values (H, W) of the window, NaN for none, or colours with their mask (H, W, 4)."""
        from rasterio.windows import Window as RasterioWindow

        at = RasterioWindow(window.column, window.row, window.columns, window.rows)
        if self._bands.count == 3:
            shown = values[..., 3] > 0
            self._dataset.write(np.moveaxis(values[..., :3], -1, 0), window=at)
            self._dataset.write_mask(shown, window=at)
        elif self._bands.dtype == "float32":
            shown = np.isfinite(values)
            self._dataset.write(np.where(shown, values, NODATA).astype(np.float32), 1, window=at)
        else:
            shown = values > 0
            self._dataset.write(values, 1, window=at)
        self.cells += int(shown.sum())


@contextmanager
def raster_file(path: Path, grid: Grid, bands: Bands) -> Iterator[RasterFile]:
    """A Cloud Optimized GeoTIFF (tiles of 512, overviews, deflate) at `path`, whole or not at all.

    The CRS is a compound of the grid's and what heights are above; where that is an ellipsoid of
    which EPSG has no CRS in three dimensions, the band's description says so alone. UsageError
    where rasterio is not installed, StorageError where the file cannot be written.
    """
    rasterio = require_rasterio()
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.errors import RasterioError
    from rasterio.shutil import copy

    vertical = bands.vertical
    on_ellipsoid = geographic_3d_epsg(grid.epsg) if vertical == "ellipsoid" else None
    description = bands.description
    stated = vertical
    if vertical == "ellipsoid":
        stated = None if on_ellipsoid is None else "msl"
        if on_ellipsoid is None:
            description += f", above the ellipsoid of {geographic_name(grid.epsg)}"
    wkt = projected_wkt1(grid.epsg) if stated is None else compound_wkt1(grid.epsg, stated)
    nodata = NODATA if bands.dtype == "float32" else (0 if bands.count == 1 else None)
    predictor = 3 if bands.dtype == "float32" else 2
    with written_whole(path) as temporary:
        rough = temporary.with_name(f"{temporary.name}.rough")
        try:
            # GDAL's cache is a twentieth of the memory otherwise, of which workers have one each.
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=256):
                with rasterio.open(
                    rough,
                    "w",
                    driver="GTiff",
                    width=grid.columns,
                    height=grid.rows,
                    count=bands.count,
                    dtype=bands.dtype,
                    crs=rasterio.CRS.from_wkt(wkt),
                    transform=rasterio.Affine(
                        grid.gsd_m, 0.0, grid.west_m, 0.0, -grid.gsd_m, grid.north_m
                    ),
                    nodata=nodata,
                    tiled=True,
                    blockxsize=BLOCK,
                    blockysize=BLOCK,
                    compress="deflate",
                    zlevel=1,
                    predictor=predictor,
                    sparse_ok=True,
                    bigtiff="if_safer",
                ) as dataset:
                    dataset.update_tags(AREA_OR_POINT="Area")
                    if bands.count == 1:
                        dataset.set_band_description(1, description)
                        dataset.units = (bands.unit,)
                    else:
                        dataset.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
                    yield RasterFile(dataset, bands)
                copy(
                    rough,
                    temporary,
                    driver="COG",
                    compress="deflate",
                    predictor="yes",
                    blocksize=BLOCK,
                    overview_resampling=(
                        Resampling.average if bands.mean else Resampling.nearest
                    ).name,
                    bigtiff="if_safer",
                    geotiff_version="1.1",
                    num_threads=1,
                )
            if on_ellipsoid is not None:
                _state_ellipsoid(temporary, on_ellipsoid)
        except WorldmapError:  # the block's own, of the files that it reads
            raise
        except (RasterioError, OSError) as error:
            detail = " ".join(str(error).split())
            raise StorageError(f"cannot be written: {detail}", path=path) from error
        finally:
            for left in rough.parent.glob(f"{rough.name}*"):
                left.unlink(missing_ok=True)


def web_picture(path: Path, longest_px: int) -> WebPicture:
    """A GeoTIFF of anybody's as a picture of at most so many pixels a side: three bands of bytes or
    more as their colours, else the first band from black to white between its 2nd and 98th of a
    hundred values; clear where it has none. InputError, in one line, where it cannot be read or
    names no CRS, UsageError where rasterio is not installed."""
    rasterio = require_rasterio()
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.vrt import WarpedVRT
    from rasterio.warp import transform_bounds

    with refused_as(path, "is no raster that can be shown"), rasterio.open(path) as source:
        if source.crs is None:
            raise InputError("does not say its CRS", path=path)
        # A mask inside the file is lost on the way unless it becomes a band.
        masked = source.nodata is None and ColorInterp.alpha not in source.colorinterp
        told = {"crs": "EPSG:3857", "resampling": Resampling.bilinear, "add_alpha": masked}
        with WarpedVRT(source, **told) as warped:
            scale = min(1.0, longest_px / max(warped.width, warped.height))
            rows, columns = (max(1, round(scale * n)) for n in (warped.height, warped.width))
            is_picture = source.count >= 3 and source.dtypes[0] == "uint8"
            bands = warped.read(
                (1, 2, 3) if is_picture else (1,),
                out_shape=(3 if is_picture else 1, rows, columns),
                resampling=Resampling.average,
            )
            shown = warped.dataset_mask(out_shape=(rows, columns)) > 0
            west, south, east, north = transform_bounds("EPSG:3857", "EPSG:4326", *warped.bounds)
        if not is_picture:
            bands = np.repeat(_stretched(bands[0], shown)[None], 3, axis=0)
    rgba = np.concatenate((np.moveaxis(bands, 0, -1), 255 * shown[..., None]), axis=-1)
    return WebPicture(rgba=rgba.astype(np.uint8), bounds_deg=(south, west, north, east))


def _stretched(values: NDArray[Any], shown: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Values (H, W) from black to white; those not shown are black."""
    known = shown & np.isfinite(values)
    if not known.any():
        return np.zeros(values.shape, dtype=np.uint8)
    low, high = np.percentile(values[known].astype(np.float64), (2, 98))
    share = (np.where(known, values, low) - low) / max(high - low, 1e-9)
    return np.asarray(np.rint(255 * share.clip(0, 1)), dtype=np.uint8)


# --- ellipsoidal heights ------------------------------------------------------------------------


def _state_ellipsoid(path: Path, epsg: int) -> None:
    """Turns the CRS of a GeoTIFF with EGM96 heights into one with heights above the ellipsoid.

    GDAL reads a vertical key that is the code of a geographic CRS of three dimensions (GeoTIFF 1.1,
    OGC 19-008r4, 7.5.2) and cannot write one: it puts such a CRS into a file beside. The key is 16
    bits in the first directory, and so is rewritten where it is.
    """
    with path.open("r+b") as file:
        entries = _tags(file)
        at, count = entries[_GEO_KEYS]
        file.seek(at)
        keys = np.frombuffer(file.read(2 * count), dtype="<u2").reshape(-1, 4).copy()
        row = np.flatnonzero(keys[:, 0] == _VERTICAL_KEY)
        if len(row) != 1 or keys[row[0], 3] != _EGM96_EPSG:
            raise ValueError("no vertical key where one was written")
        file.seek(at + 8 * int(row[0]) + 6)
        file.write(struct.pack("<H", epsg))
        at, count = entries[_GEO_TEXT]
        file.seek(at)
        text = file.read(count).replace(b"EGM96 height", b"WGS84 height")
        file.seek(at)
        file.write(text)


def _tags(file: BinaryIO) -> dict[int, tuple[int, int]]:
    """Of the first directory of a little-endian TIFF or BigTIFF: where each tag's values are, and
    how many there are."""
    head = file.read(16)
    big = head[2:4] == b"+\0"
    start = struct.unpack_from("<Q" if big else "<I", head, 8 if big else 4)[0]
    file.seek(start)
    (count,) = struct.unpack("<Q" if big else "<H", file.read(8 if big else 2))
    size, form = (20, "<HHQQ") if big else (12, "<HHII")
    found = {}
    for entry in struct.iter_unpack(form, file.read(size * count)):
        tag, _, values, at = entry
        found[tag] = (at, values)
    return found
