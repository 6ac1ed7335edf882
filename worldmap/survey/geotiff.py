"""Heights of the ground, or of what stands on it: a GeoTIFF of one band (OGC 19-008r4)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldmap.errors import CrsError, InputError
from worldmap.geodesy import Vertical, geographic_3d_epsg, is_geographic, parse_vertical
from worldmap.input_file import open_regular, refused_as
from worldmap.records import Survey, SurveyKind

Array = NDArray[np.float64]

_SCALE, _TIE, _MATRIX, _KEYS, _NO_DATA = 33550, 33922, 34264, 34735, 42113
_RASTER_TYPE, _GEOGRAPHIC, _PROJECTED, _UNIT, _VERTICAL = 1025, 2048, 3072, 3076, 4096
_OF_POINTS, _METRE, _USER_DEFINED = 2, 9001, 32767
_MOST_PIXELS: Final = 400_000_000
_MOST_POINTS: Final = 4_000_000
# Heights in between are drawn so close that each point of a map has one beside it.
_SPACING_M: Final = 0.3
# Neighbours that differ more are the top and the foot of a wall, and no slope.
_WALL_M: Final = 2.0
_METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Where pixels are: x and y of the middle of pixel (0, 0), and steps right and down."""

    x: float
    y: float
    across: float
    down: float
    epsg: int
    vertical: Vertical | None


def read_heights(
    path: Path, box_of: Callable[[int], tuple[float, float, float, float]], *, epsg: int | None
) -> Survey:
    """The surface of a raster within a box: its slopes, and upright walls where it has steps.
    box_of and epsg as `las.reference.read_survey` has them; the CRS may be one in degrees.

    InputError where the file cannot be read or is none, CrsError where nobody says its CRS.
    """
    with (
        refused_as(path, "is no raster of heights that can be read"),
        open_regular(path) as file,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
        with Image.open(file, formats=("TIFF",)) as image:
            tags: Mapping[int, object] = dict(image.tag_v2)  # type: ignore[attr-defined]
            placed = _placed(path, tags, epsg)
            window = _window(placed, box_of(placed.epsg), image.size)
            if window is None:
                return _survey(np.zeros((0, 3)), placed, 1.0)
            if len(image.getbands()) != 1:
                raise InputError("has several bands, so it is no raster of heights", path=path)
            if (window[2] - window[0]) * (window[3] - window[1]) > _MOST_POINTS:
                raise InputError(
                    f"has more than {_MOST_POINTS} heights where the map is",
                    path=path,
                    hint="align a smaller area (--area)",
                )
            height = np.array(image.crop(window), dtype=np.float64)
    height[~np.isfinite(height) | (height == _no_data(tags)) | (np.abs(height) > 1e4)] = np.nan
    x = placed.x + placed.across * np.arange(window[0], window[2], dtype=np.float64)
    y = placed.y + placed.down * np.arange(window[1], window[3], dtype=np.float64)
    cell_m = abs(placed.down) * (_METRES_PER_DEGREE if is_geographic(placed.epsg) else 1.0)
    return _survey(_surface(x, y, height, cell_m), placed, cell_m)


def _survey(xyz: Array, placed: _Placed, cell_m: float) -> Survey:
    return Survey(
        kind=SurveyKind.HEIGHTS,
        xyz=xyz,
        epsg=placed.epsg,
        vertical=placed.vertical,
        cell_m=cell_m,
    )


def _placed(path: Path, tags: Mapping[int, object], epsg: int | None) -> _Placed:
    told = _numbers(tags.get(_KEYS))
    keys = {int(told[i]): int(told[i + 3]) for i in range(4, len(told) - 3, 4) if told[i + 1] == 0}
    codes = [keys.get(key, 0) for key in (_PROJECTED, _GEOGRAPHIC)]
    code = epsg or next((c for c in codes if 0 < c < _USER_DEFINED), None)
    if code is None:
        raise CrsError("does not say in which CRS it is", path=path, hint="give --crs EPSG:...")
    if epsg is None and keys.get(_UNIT, _METRE) != _METRE and not is_geographic(code):
        raise CrsError("is not in metres", path=path, hint="project it to UTM first")
    matrix, scale, tie = (_numbers(tags.get(tag)) for tag in (_MATRIX, _SCALE, _TIE))
    if len(matrix) == 16 and not matrix[1] and not matrix[4]:
        x, y, across, down = matrix[3], matrix[7], matrix[0], matrix[5]
    elif len(scale) >= 2 and len(tie) >= 6:
        across, down = scale[0], -scale[1]
        x, y = tie[3] - across * tie[0], tie[4] - down * tie[1]
    else:
        raise CrsError("does not say where it is, or is turned", path=path, hint="gdalwarp it")
    if not across or not down or not all(map(math.isfinite, (x, y, across, down))):
        raise CrsError("does not say how large its pixels are", path=path)
    if keys.get(_RASTER_TYPE) != _OF_POINTS:
        x, y = x + across / 2, y + down / 2
    above = keys.get(_VERTICAL, 0)
    vertical: Vertical | None = None
    if 0 < above < _USER_DEFINED:
        # GeoTIFF 1.1 tells heights above the CRS's own ellipsoid so; our rasters have it.
        own = code is not None and above == geographic_3d_epsg(code)
        vertical = "ellipsoid" if own else parse_vertical(f"EPSG:{above}")
    return _Placed(x=x, y=y, across=across, down=down, epsg=code, vertical=vertical)


def _window(
    placed: _Placed, box: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom pixel; None where the box is elsewhere."""
    columns = sorted((x - placed.x) / placed.across for x in (box[0], box[2]))
    rows = sorted((y - placed.y) / placed.down for y in (box[1], box[3]))
    # A box may be without end, and infinity has no whole number.
    columns = np.clip(columns, -2.0, size[0] + 1.0).tolist()
    rows = np.clip(rows, -2.0, size[1] + 1.0).tolist()
    left, top = max(math.floor(columns[0]), 0), max(math.floor(rows[0]), 0)
    right, bottom = min(math.ceil(columns[1]) + 1, size[0]), min(math.ceil(rows[1]) + 1, size[1])
    return (left, top, right, bottom) if right - left > 1 and bottom - top > 1 else None


def _surface(x: Array, y: Array, height: Array, cell_m: float) -> Array:
    """(N, 3) points between the heights, bilinear, and up walls."""
    most = math.isqrt(max(_MOST_POINTS // height.size, 1))
    count = min(max(math.ceil(cell_m / _SPACING_M), 1), most)
    at = (np.arange(count) + 0.5) / count
    corners = np.stack((height[:-1, :-1], height[:-1, 1:], height[1:, :-1], height[1:, 1:]))
    with np.errstate(invalid="ignore"):
        slopes = np.isfinite(corners).all(axis=0) & (np.ptp(corners, axis=0) < _WALL_M)
    row, column = np.nonzero(slopes)
    a, b, c, d = corners[:, row, column][:, :, None, None]
    right, down = at[None, None, :], at[None, :, None]
    z = (a * (1 - right) + b * right) * (1 - down) + (c * (1 - right) + d * right) * down
    step_x, step_y = x[1] - x[0], y[1] - y[0]
    px = np.broadcast_to(x[column, None, None] + step_x * right, z.shape)
    py = np.broadcast_to(y[row, None, None] + step_y * down, z.shape)
    parts = [np.stack((px.ravel(), py.ravel(), z.ravel()), axis=1)]
    for axis in (0, 1):
        low, high = np.sort(np.stack((
            np.delete(height, -1, axis=axis), np.delete(height, 0, axis=axis)
        )), axis=0)  # fmt: skip
        row, column = np.nonzero(high - low >= _WALL_M)
        middle = np.stack((x[column] + step_x * axis / 2, y[row] + step_y * (1 - axis) / 2), axis=1)
        along = np.array((step_x * (1 - axis), step_y * axis))
        for n, (bottom, top) in enumerate(
            zip(low[row, column].tolist(), high[row, column].tolist(), strict=True)
        ):
            up = np.arange(bottom, top, _SPACING_M)
            foot = middle[n] + (at[:, None] - 0.5) * along
            parts.append(np.column_stack((np.repeat(foot, len(up), axis=0), np.tile(up, count))))
    return np.concatenate(parts)


def _no_data(tags: Mapping[int, object]) -> float:
    try:
        return float(str(tags.get(_NO_DATA, "nan")).strip("\0 "))
    except ValueError:
        return math.nan


def _numbers(value: object) -> tuple[float, ...]:
    return tuple(float(v) for v in value) if isinstance(value, tuple) else ()
