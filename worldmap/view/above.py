"""A tile's points seen from straight above, as a picture that lies on the page's map."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import wrapped_deg
from worldmap.geodesy import geodetic_from_projected
from worldmap.records import TileKey, TilePoints
from worldmap.tiling import TILE_SIZE_M

Array = NDArray[np.float64]

PIXEL_M: Final = 0.2
_FILLS: Final = 2
"""Rounds in which empty pixels take the colour of a neighbour: points lie further apart than
pixels where photos look from afar."""
_OPAQUE: Final = 235


def bounds_deg(key: TileKey) -> tuple[float, float, float, float]:
    """South, west, north, east of a tile's four corners."""
    lat, lon = _corners_deg(key)
    return float(lat.min()), float(lon.min()), float(lat.max()), float(lon.max())


def outline_deg(key: TileKey) -> list[tuple[float, float]]:
    """Latitude and longitude of a tile's corners, counter-clockwise from the south-west."""
    lat_deg, lon_deg = _corners_deg(key)
    return [(float(lat), float(lon)) for lat, lon in zip(lat_deg, lon_deg, strict=True)]


def seen_from_above(key: TileKey, points: TilePoints) -> NDArray[np.uint8]:
    """Picture (H, W, 4) RGBA of a tile's `bounds_deg`, north up; transparent where no point is.

    Of the points in a pixel the highest shows, of those that two photos agree on where there are
    any: single ones fly about.
    """
    south, west, north, east = bounds_deg(key)
    degrees_from_m = _degrees_from_m(key)
    height, width = _size_px(key, degrees_from_m, PIXEL_M)
    cloud = points.cloud
    corner_m = (key.east_m, key.north_m)
    lat, lon = ((cloud.xyz[:, :2] - corner_m) @ degrees_from_m[:2] + degrees_from_m[2]).T
    row = np.clip(((north - lat) / (north - south) * height).astype(np.intp), 0, height - 1)
    column = np.clip(((lon - west) / (east - west) * width).astype(np.intp), 0, width - 1)
    order = np.lexsort((cloud.xyz[:, 2], cloud.support >= 2))
    picture = np.zeros((height * width, 4), dtype=np.uint8)
    # Assigned in order: the last one of a pixel stays.
    picture[(row * width + column)[order]] = np.column_stack(
        (cloud.rgb, np.full(len(cloud), _OPAQUE, dtype=np.uint8))
    )[order]
    return _filled(picture.reshape(height, width, 4))


def laid_down(key: TileKey, rgba: NDArray[np.uint8], pixel_m: float) -> NDArray[np.uint8]:
    """A picture (H, W, 4) of a tile's square in its own CRS, north up, as one of its `bounds_deg`
    with pixels of that size: each is the one that lies there."""
    south, west, north, east = bounds_deg(key)
    degrees_from_m = _degrees_from_m(key)
    height, width = _size_px(key, degrees_from_m, pixel_m)
    lat = north - (np.arange(height) + 0.5) / height * (north - south)
    lon = west + (np.arange(width) + 0.5) / width * (east - west)
    degrees = np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1) - degrees_from_m[2]
    share = degrees @ np.linalg.inv(degrees_from_m[:2]) / TILE_SIZE_M
    rows, columns = rgba.shape[:2]
    column = np.floor(share[..., 0] * columns).astype(np.intp)
    row = np.floor((1 - share[..., 1]) * rows).astype(np.intp)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    found = np.zeros((height, width, 4), dtype=np.uint8)
    found[inside] = rgba[row[inside], column[inside]]
    return found


def _degrees_from_m(key: TileKey) -> Array:
    """(3, 2): latitude and longitude of metres east and north of a tile's corner, and of the corner
    itself. Over a tile degrees are linear in metres to the centimetre."""
    xy = _corners_m(key)[:, :2]
    terms = np.column_stack((xy - xy[0], np.ones(len(xy))))
    fitted = np.linalg.lstsq(terms, np.column_stack(_corners_deg(key)), rcond=None)[0]
    return np.asarray(fitted)


def _size_px(key: TileKey, degrees_from_m: Array, pixel_m: float) -> tuple[int, int]:
    """Height and width of a tile's picture."""
    south, west, north, east = bounds_deg(key)
    metres_per_lat, metres_per_lon = 1 / np.linalg.norm(degrees_from_m[:2], axis=0)
    height = int(np.ceil((north - south) * metres_per_lat / pixel_m))
    return height, int(np.ceil((east - west) * metres_per_lon / pixel_m))


def _filled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    for _ in range(_FILLS):
        before = picture.copy()
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            beside = np.roll(before, step, axis=axis)
            edge = [slice(None), slice(None)]
            edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
            beside[tuple(edge)] = 0
            empty = (picture[..., 3] == 0) & (beside[..., 3] > 0)
            picture[empty] = beside[empty]
    return picture


def _corners_m(key: TileKey) -> Array:
    side = TILE_SIZE_M
    corners = np.array(((0, 0, 0), (side, 0, 0), (side, side, 0), (0, side, 0)), dtype=np.float64)
    corners += (key.east_m, key.north_m, 0.0)
    return corners


def _corners_deg(key: TileKey) -> tuple[Array, Array]:
    lat_deg, lon_deg, _ = geodetic_from_projected(_corners_m(key), key.epsg)
    # A tile on the antimeridian: its parts lie on one side of it here.
    lon_deg = lon_deg[0] + wrapped_deg(lon_deg - lon_deg[0])
    return lat_deg, lon_deg
