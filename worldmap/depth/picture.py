"""A picture of a depth map for people: photo, metres, what was removed, focal lengths."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.depth.focal import FOCAL_DISAGREES, field_of_view_deg
from worldmap.depth.raster import resized_rgb
from worldmap.errors import FormatError
from worldmap.records import CleanedDepth, Focal, PhotoMetadata, Removed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURE_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")
"""Formats that `draw_depth` writes."""

_COLOURS: Final[dict[Removed, str]] = {
    Removed.NO_DEPTH: "#404040",
    Removed.SKY: "#4da6ff",
    Removed.EDGE: "#ff2d95",
    Removed.FAR: "#ffb000",
    Removed.ISLAND: "#00c878",
    Removed.SCALE: "#8a2be2",
    Removed.MOVING: "#e6e600",
    Removed.ELSEWHERE: "#c0c0c0",
    Removed.MASKED: "#8b4513",
}
_TICKS_M: Final = tuple(digit * 10.0**power for power in range(-2, 5) for digit in (1, 2, 3, 5, 7))
_MAX_SIDE_PX = 1024
_PANEL_INCHES = 5.2
_FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)


def draw_depth(
    path: Path, photo: PhotoMetadata, rgb: NDArray[np.uint8], cleaned: CleanedDepth
) -> None:
    """Write the picture to `path`; its suffix decides the format (`PICTURE_SUFFIXES`).

    rgb: the upright photo at any size. Shows the photo, the depth as it came with a scale in
    metres, and the photo under what was removed and why; above them the focal length in use and the
    predicted one. UsageError for another suffix, StorageError where it cannot be written.
    """
    import io

    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise FormatError(
            "is no picture that can be drawn",
            path=path,
            hint=f"use one of {', '.join(PICTURE_SUFFIXES)}",
        )
    figure = _figure(photo, rgb, cleaned)
    buffer = io.BytesIO()
    metadata = {"Software": None} if path.suffix.lower() == ".png" else None
    figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=110, metadata=metadata)
    write_file(path, buffer.getvalue())


def _figure(photo: PhotoMetadata, rgb: NDArray[np.uint8], cleaned: CleanedDepth) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    reduce = min(1.0, _MAX_SIDE_PX / max(photo.width_px, photo.height_px))
    size = max(1, round(photo.width_px * reduce)), max(1, round(photo.height_px * reduce))
    small = resized_rgb(rgb, *size)
    aspect = photo.height_px / photo.width_px
    figure = Figure(figsize=(3 * _PANEL_INCHES + 1.2, _PANEL_INCHES * aspect + 1.3))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    left, middle, right = figure.subplots(1, 3)
    extent = (0.0, float(photo.width_px), float(photo.height_px), 0.0)
    left.imshow(small, extent=extent)
    left.set_title(f"{photo.path.name}, {photo.width_px}×{photo.height_px}", fontsize=10)
    _draw_metres(figure, middle, cleaned, extent)
    _draw_removed(right, small, cleaned, extent)
    for axes in (left, middle, right):
        axes.set_xticks([])
        axes.set_yticks([])
    figure.suptitle(caption(photo, cleaned), fontsize=11)
    return figure


def _draw_metres(
    figure: Figure, axes: Axes, cleaned: CleanedDepth, extent: tuple[float, float, float, float]
) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    depth_m = cleaned.uncleaned_m
    shown = depth_m[cleaned.kept] if cleaned.kept.any() else depth_m[np.isfinite(depth_m)]
    low, high = (0.5, 50.0) if len(shown) == 0 else np.quantile(shown, (0.005, 0.995))
    norm = LogNorm(float(low), float(max(high, 1.05 * low)), clip=True)
    image = axes.imshow(
        np.ma.masked_invalid(depth_m), norm=norm, cmap="turbo_r", extent=extent,
        interpolation="nearest",
    )  # fmt: skip
    axes.set_title(f"depth, {depth_m.shape[1]}×{depth_m.shape[0]}", fontsize=10)
    beside = axes.inset_axes((1.02, 0.0, 0.035, 1.0))
    bar = figure.colorbar(image, cax=beside, label="metres", extend="both")
    bar.ax.yaxis.set_major_locator(FixedLocator([t for t in _TICKS_M if low <= t <= high]))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda metres, _: f"{metres:g}"))


def _draw_removed(
    axes: Axes,
    small: NDArray[np.uint8],
    cleaned: CleanedDepth,
    extent: tuple[float, float, float, float],
) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    axes.imshow((0.35 * small + 0.65 * 255).astype(np.uint8), extent=extent)
    paint = np.zeros((len(Removed) + 1, 4))
    paint[1:] = [to_rgba(_COLOURS[reason], 0.85) for reason in Removed]
    axes.imshow(paint[cleaned.removed], extent=extent, interpolation="nearest")
    total = cleaned.removed.size
    shares = {reason: count / total for reason, count in cleaned.removed_counts().items()}
    axes.legend(
        handles=[
            Patch(color=_COLOURS[reason], label=f"{reason.value} {100 * share:.1f} %")
            for reason, share in shares.items()
            if share > 0
        ],
        loc="lower center", ncols=3, fontsize=8, frameon=True, bbox_to_anchor=(0.5, -0.12),
    )  # fmt: skip
    kept = np.count_nonzero(cleaned.kept)
    axes.set_title(f"removed; {kept:,} points stay ({100 * kept / total:.1f} %)", fontsize=10)


def caption(photo: PhotoMetadata, cleaned: CleanedDepth) -> str:
    """The line above the picture: model, focal length in use and predicted, how far it sees."""
    depth_map = cleaned.depth_map
    parts = [depth_map.model.name, f"focal in use: {_focal_text(photo, depth_map.focal)}"]
    if depth_map.focal_predicted is None:
        parts.append("no predicted focal")
    else:
        text = f"predicted: {_focal_text(photo, depth_map.focal_predicted)}"
        parts.append(text + (" — they disagree" if FOCAL_DISAGREES in depth_map.flags else ""))
    valid = depth_map.depth_m[cleaned.kept]
    if len(valid):
        near, far = np.quantile(valid, (0.01, 0.99))
        parts.append(f"{near:.1f}–{far:.0f} m")
    return "   |   ".join(parts)


def _focal_text(photo: PhotoMetadata, focal: Focal) -> str:
    diagonal_px = math.hypot(photo.width_px, photo.height_px)
    mm = focal.focal_px / diagonal_px * _FILM_DIAGONAL_MM
    fov_deg = field_of_view_deg(focal.focal_px, photo.width_px)
    return (
        f"{focal.focal_px:.0f} px ± {100 * focal.sigma_rel:.0f} % "
        f"({mm:.0f} mm equivalent, {fov_deg:.0f}° wide; {focal.source.value})"
    )
