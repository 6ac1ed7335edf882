"""Rasters of an area as pictures with axes in metres: coverage, height, density."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldmap.report.raster import AreaRaster

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

_LARGEST_IN, _SMALLEST_IN = 7.4, 2.2
_DPI = 110
_NUMBER_COLOUR, _PHOTO_COLOUR = "#D55E00", "#111111"
_MOST_SUPPORT_SHOWN = 6


def draw_coverage(raster: AreaRaster, photos_m: Array, ideas_m: Sequence[Array]) -> bytes:
    """PNG of how many photos agree on the points, with photos (N, 2) and numbered places to shoot
    from."""
    figure, axes = _panel(raster)
    shown = axes.imshow(
        raster.support[raster.cropped()], vmin=1, vmax=_MOST_SUPPORT_SHOWN, **_style(raster)
    )
    _bar(figure, axes, shown, "photos that agree on a point (mean)", extend="max")
    _photos(axes, photos_m)
    for number, (east_m, north_m) in enumerate(ideas_m, start=1):
        axes.annotate(
            str(number), (east_m, north_m), color="white", fontsize=8, fontweight="bold",
            ha="center", va="center", annotation_clip=True,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": _NUMBER_COLOUR, "edgecolor": "white"},
        )  # fmt: skip
    return _saved(figure)


def draw_height(raster: AreaRaster, photos_m: Array) -> bytes:
    """PNG of the highest point in each cell, above the lowest ground of the area."""
    figure, axes = _panel(raster)
    known = raster.top_m[np.isfinite(raster.top_m)]
    low, high = np.percentile(known, (1, 98)) if len(known) else (0.0, 1.0)
    shown = axes.imshow(
        raster.top_m[raster.cropped()] - low, vmin=0, vmax=max(high - low, 0.5), **_style(raster)
    )
    _bar(figure, axes, shown, "highest point above the lowest ground (m)", extend="max")
    _photos(axes, photos_m)
    return _saved(figure)


def draw_density(raster: AreaRaster, photos_m: Array) -> bytes:
    """PNG of the number of points to the square metre, on a logarithmic scale."""
    from matplotlib.colors import LogNorm

    figure, axes = _panel(raster)
    known = raster.density[np.isfinite(raster.density)]
    low, high = np.percentile(known, (2, 99)) if len(known) else (1.0, 10.0)
    lowest = max(float(low), 0.1)
    highest = max(float(high), 2 * lowest)
    shown = axes.imshow(
        raster.density[raster.cropped()], norm=LogNorm(vmin=lowest, vmax=highest), **_style(raster)
    )
    bar = _bar(figure, axes, shown, "points to the square metre", extend="both")
    # Few and plain numbers: the usual ones of a logarithmic scale overlap.
    ticks = [float(f"{value:.2g}") for value in np.geomspace(lowest, highest, 5)[1:-1]]
    bar.set_ticks(ticks, labels=[f"{value:g}" for value in ticks])
    bar.ax.minorticks_off()
    _photos(axes, photos_m)
    return _saved(figure)


def _panel(raster: AreaRaster) -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns = raster.cropped()
    size = np.array((columns.stop - columns.start, rows.stop - rows.start), dtype=np.float64)
    inches = np.clip(_LARGEST_IN * size / size.max(), _SMALLEST_IN, _LARGEST_IN)
    figure = Figure(figsize=(float(inches[0]) + 0.6, float(inches[1]) + 1.4), dpi=_DPI)
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    axes.set_aspect("equal")
    axes.set_facecolor("#f4f4f4")
    axes.set_xlabel("east (m)", fontsize=8)
    axes.set_ylabel("north (m)", fontsize=8)
    axes.tick_params(labelsize=7)
    return figure, axes


def _style(raster: AreaRaster) -> dict[str, Any]:
    rows, columns = raster.cropped()
    west, _, south, _ = raster.extent_m
    height = min(rows.stop, raster.height) - rows.start
    width = min(columns.stop, raster.width) - columns.start
    left, low = west + columns.start * raster.cell_m, south + rows.start * raster.cell_m
    return {
        "origin": "lower",
        "cmap": "viridis",
        "interpolation": "nearest",
        "extent": (left, left + width * raster.cell_m, low, low + height * raster.cell_m),
    }


def _bar(figure: Figure, axes: Axes, shown: Any, label: str, *, extend: str) -> Colorbar:
    bar = figure.colorbar(
        shown, ax=axes, location="bottom", shrink=0.7, aspect=40, extend=extend, pad=0.02
    )
    bar.set_label(label, fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return bar


def _photos(axes: Axes, photos_m: Array) -> None:
    # White around the dots: they are told from dark and from light cells.
    axes.plot(
        photos_m[:, 0], photos_m[:, 1], "o", color=_PHOTO_COLOUR, markersize=3.2,
        markeredgecolor="white", markeredgewidth=0.6, scalex=False, scaley=False,
    )  # fmt: skip


def _saved(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="constrained_layout", category=UserWarning)
        figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
