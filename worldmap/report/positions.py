"""The picture of a map's photos: where tags have them, where merge put them, where they look."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.errors import FormatError
from worldmap.printable import printable_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

PICTURE_SUFFIXES: Final = (".png", ".svg", ".pdf")
"""Formats that `draw_positions` writes."""

# Of the palette of Okabe and Ito, which the colour-blind tell apart; markers differ as well.
_SOLVED, _BY_TAGS, _TAGGED, _SUSPICIOUS = "#0072B2", "#E69F00", "#56B4E9", "#D55E00"
_UNPLACED = "#000000"
_GUIDE = "#606060"
_LARGEST_IN, _SMALLEST_IN = 9.0, 2.4
_LABELS = 80
_NAMED = 8
_VAGUE_HEADING_DEG = 45.0
# Around a marker, in points: where its label may go, best first.
_SPOTS: Final = (
    *((6, 3), (6, -9), (-6, 3), (-6, -9), (0, 8), (0, -14)),
    *((14, 12), (14, -18), (-14, 12), (-14, -18), (26, 3), (-26, 3)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """One idea of where a photo is: east and north with their sigmas in metres; heading in degrees
    clockwise from north, None where unknown, with its sigma."""

    east_m: float
    north_m: float
    east_sigma_m: float
    north_sigma_m: float
    heading_deg: float | None
    heading_sigma_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlottedPhoto:
    """A photo to draw. tagged: by its tags; solved: by the last merge; either may be missing.
    by_matches: whether other photos hold it. half_view_deg: half its horizontal field of view."""

    name: str
    tagged: Placing | None
    solved: Placing | None
    by_matches: bool
    suspicious: bool
    half_view_deg: float


def draw_positions(path: Path, photos: Sequence[PlottedPhoto], title: str, origin: str) -> None:
    """Write the picture: before (tags) and after (solved) beside each other, north up, to scale.

    Wedges show the field of view, ellipses one sigma on the globe; names of photos that are
    nowhere, or beyond the picture, stand below. UsageError for a suffix that is none of
    PICTURE_SUFFIXES, StorageError where the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise FormatError(
            "is no picture that can be drawn",
            path=path,
            hint=f"use one of {', '.join(PICTURE_SUFFIXES)}",
        )
    write_file(path, positions_picture(photos, title, origin, suffix))


def positions_picture(
    photos: Sequence[PlottedPhoto], title: str, origin: str, suffix: str
) -> bytes:
    """The picture of `draw_positions` as the content of a file of that suffix."""
    import matplotlib

    buffer = io.BytesIO()
    # Without a date, a version or random ids in it the same map gives the same bytes.
    metadata = {"Software": None} if suffix == ".png" else {"Date": None}
    if suffix == ".pdf":
        metadata = {"CreationDate": None, "Producer": None, "Creator": None}
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "worldmap"}):
        # Of names in scripts that the font lacks boxes remain.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        figure = _figure(photos, title, origin)
        figure.savefig(buffer, format=suffix[1:], dpi=130, metadata=metadata)
    return buffer.getvalue()


def _figure(photos: Sequence[PlottedPhoto], title: str, origin: str) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    merged = any(photo.solved is not None for photo in photos)
    low, high = _window(photos)
    width_m, height_m = high - low
    side_by_side = height_m >= 0.8 * width_m
    across, down = ((2, 1) if side_by_side else (1, 2)) if merged else (1, 1)
    scale = _LARGEST_IN / max(width_m * min(across, 2) / 1.6, height_m * down / 1.3)
    panel = np.clip(scale * (high - low), _SMALLEST_IN, _LARGEST_IN)
    figure = Figure(figsize=(across * panel[0] + 1.2, down * (panel[1] + 0.7) + 1.3))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    reach_m = _reach_m(photos, float(max(width_m, height_m)))
    for axes in panels:
        axes.set_aspect("equal")
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.grid(color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("east (m)")
        axes.set_ylabel("north (m)")
        axes.tick_params(labelsize=8)
    _draw_tagged(panels[0], photos, reach_m)
    panels[0].set_title("before: by their tags" if merged else "by their tags", fontsize=10)
    if merged:
        _draw_solved(panels[1], photos, reach_m)
        panels[1].set_title("after: solved", fontsize=10)
    if title:
        figure.suptitle(_plain(title), fontsize=12)
    _legend(
        figure,
        photos,
        merged,
        _plain("\n".join(filter(None, (origin, *_remarks(photos, low, high))))),
    )
    return figure


def _plain(text: str) -> str:
    """Text that is no formula, whatever file names hold."""
    return printable_lines(text).replace("$", r"\$")


def _window(photos: Sequence[PlottedPhoto]) -> tuple[Array, Array]:
    """Corners (2,) of what is shown: all solved photos, and the tags not far off the others."""
    solved = [(p.solved.east_m, p.solved.north_m) for p in photos if p.solved is not None]
    tagged = np.array(
        [(p.tagged.east_m, p.tagged.north_m) for p in photos if p.tagged is not None]
    ).reshape(-1, 2)
    if len(tagged):
        middle = np.median(np.array(solved) if solved else tagged, axis=0)
        away_m = np.linalg.norm(tagged - middle, axis=1)
        usual_m = float(np.median(away_m))
        tagged = tagged[away_m <= 6 * usual_m + 30.0]
    points = np.concatenate((np.array(solved).reshape(-1, 2), tagged))
    if not len(points):
        return np.array((-10.0, -10.0)), np.array((10.0, 10.0))
    low, high = points.min(axis=0), points.max(axis=0)
    side_m = float((high - low).max())
    sigmas_m = [p.tagged.east_sigma_m for p in photos if p.tagged is not None]
    usual_sigma_m = float(np.median(sigmas_m)) if sigmas_m else 0.0
    margin_m = max(6.0, 0.12 * side_m, min(1.1 * usual_sigma_m, max(0.3 * side_m, 20.0)))
    size = np.maximum(high - low + 2 * margin_m, 0.35 * side_m)
    middle = (low + high) / 2
    return middle - size / 2, middle + size / 2


def _reach_m(photos: Sequence[PlottedPhoto], side_m: float) -> float:
    """Length of the wedges: about the way from one photo to the next."""
    points = np.array(
        [(p.east_m, p.north_m) for photo in photos if (p := photo.solved or photo.tagged)]
    ).reshape(-1, 2)
    if len(points) < 2:
        return 0.1 * side_m
    apart = np.linalg.norm(points[:, None] - points[None, :400], axis=2)
    apart[apart < 0.1] = np.inf
    nearest = apart.min(axis=1)
    usual_m = float(np.median(nearest[np.isfinite(nearest)])) if np.isfinite(nearest).any() else 0.0
    return float(np.clip(1.1 * usual_m, 0.02 * side_m, 0.12 * side_m))


# --- one panel ----------------------------------------------------------------------------------


def _draw_tagged(axes: Axes, photos: Sequence[PlottedPhoto], reach_m: float) -> None:
    # What looks wrong lies on top.
    shown = sorted((p for p in photos if p.tagged is not None), key=lambda p: p.suspicious)
    for photo in shown:
        assert photo.tagged is not None
        colour = _SUSPICIOUS if photo.suspicious else _TAGGED
        _draw_placing(axes, photo.tagged, photo.half_view_deg, reach_m, colour)
        marker = "D" if photo.suspicious else "o"
        axes.plot(
            photo.tagged.east_m, photo.tagged.north_m, marker, color=colour, markersize=5,
            markeredgecolor="black", markeredgewidth=0.6,
        )  # fmt: skip
    _label(axes, [(p.name, p.tagged) for p in shown], {p.name for p in shown if p.suspicious})


def _draw_solved(axes: Axes, photos: Sequence[PlottedPhoto], reach_m: float) -> None:
    labels: list[tuple[str, Placing | None]] = []
    for photo in sorted(photos, key=lambda p: (p.solved is None, not p.by_matches)):
        if photo.solved is None:
            if photo.tagged is not None:
                at = photo.tagged
                axes.plot(at.east_m, at.north_m, "x", color=_UNPLACED, markersize=6)
                labels.append((photo.name, at))
            continue
        colour = _SOLVED if photo.by_matches else _BY_TAGS
        if photo.tagged is not None:
            axes.plot(
                (photo.tagged.east_m, photo.solved.east_m),
                (photo.tagged.north_m, photo.solved.north_m),
                color=_GUIDE, linewidth=1.1, linestyle=":",
            )  # fmt: skip
        _draw_placing(axes, photo.solved, photo.half_view_deg, reach_m, colour)
        axes.plot(
            photo.solved.east_m, photo.solved.north_m, "o" if photo.by_matches else "s",
            color=colour, markersize=5, markeredgecolor="black", markeredgewidth=0.6,
        )  # fmt: skip
        labels.append((photo.name, photo.solved))
    _label(axes, labels, {p.name for p in photos if p.solved is None or not p.by_matches})


def _draw_placing(
    axes: Axes, at: Placing, half_view_deg: float, reach_m: float, colour: str
) -> None:
    from matplotlib.patches import Ellipse, Wedge

    if np.isfinite((at.east_sigma_m, at.north_sigma_m)).all():
        axes.add_patch(
            Ellipse(
                (at.east_m, at.north_m), 2 * at.east_sigma_m, 2 * at.north_sigma_m,
                facecolor="none", edgecolor=colour, linewidth=0.7, alpha=0.7,
            )
        )  # fmt: skip
    if at.heading_deg is None:
        return
    # Wedges count from east, counter-clockwise.
    middle_deg = 90.0 - at.heading_deg
    vague = at.heading_sigma_deg > _VAGUE_HEADING_DEG
    axes.add_patch(
        Wedge(
            (at.east_m, at.north_m), reach_m, middle_deg - half_view_deg,
            middle_deg + half_view_deg, facecolor="none" if vague else f"{colour}38",
            edgecolor=colour, linewidth=0.9, linestyle="--" if vague else "-",
        )
    )  # fmt: skip


def _label(axes: Axes, labels: Sequence[tuple[str, Placing | None]], important: set[str]) -> None:
    """Names beside the markers where there is room; of many photos only the important ones'."""
    few = len(labels) <= _LABELS
    chosen = [(name, at) for name, at in labels if at is not None and (few or name in important)]
    chosen = chosen[:_LABELS]
    if not chosen:
        return
    figure = axes.get_figure()
    assert figure is not None
    # Points per metre, before the layout is final: near enough to keep labels apart.
    west, east = axes.get_xlim()
    box = axes.get_position()
    per_m = 72.0 * figure.get_figwidth() * box.width / (east - west)  # type: ignore[union-attr]
    spots = per_m * np.array([(at.east_m, at.north_m) for _, at in chosen])
    taken: list[Array] = []
    for (name, at), spot in zip(chosen, spots, strict=True):
        size = np.array((4.4 * len(name), 8.0))

        def crowd(offset: tuple[int, int], spot: Array = spot, size: Array = size) -> float:
            low = spot + offset - (size[0] if offset[0] < 0 else 0, 0)
            boxes = np.array(taken).reshape(-1, 2, 2)
            overlap = np.minimum(low + size, boxes[:, 1]) - np.maximum(low, boxes[:, 0])
            area = np.clip(overlap, 0, None).prod(axis=1).sum()
            inside = (spots > low - 2).all(axis=1) & (spots < low + size + 2).all(axis=1)
            return float(area + 30.0 * inside.sum())

        offset = min(_SPOTS, key=crowd)
        low = spot + offset - (size[0] if offset[0] < 0 else 0, 0)
        taken.append(np.stack((low, low + size)))
        axes.annotate(
            _plain(name), (at.east_m, at.north_m), xytext=offset, textcoords="offset points",
            fontsize=7, ha="right" if offset[0] < 0 else "left", annotation_clip=True,
        )  # fmt: skip


# --- around the panels --------------------------------------------------------------------------


def _legend(figure: Figure, photos: Sequence[PlottedPhoto], merged: bool, remarks: str) -> None:
    from matplotlib.lines import Line2D

    def entry(marker: str, colour: str, label: str) -> Line2D:
        return Line2D(
            [], [], marker=marker, color=colour, linestyle="none", label=label,
            markeredgecolor="black" if marker != "x" else colour, markeredgewidth=0.6,
        )  # fmt: skip

    solved = [photo for photo in photos if photo.solved is not None]
    entries = [entry("o", _TAGGED, "tags")] if any(p.tagged for p in photos) else []
    if any(photo.suspicious and photo.tagged for photo in photos):
        entries.append(entry("D", _SUSPICIOUS, "looks suspicious"))
    if any(photo.by_matches for photo in solved):
        entries.append(entry("o", _SOLVED, "placed by matches"))
    if any(not photo.by_matches for photo in solved):
        entries.append(entry("s", _BY_TAGS, "placed by its tags alone"))
    if merged and any(photo.solved is None and photo.tagged for photo in photos):
        entries.append(entry("x", _UNPLACED, "unplaced, at its tags"))
    entries.append(
        Line2D([], [], color=_GUIDE, linewidth=0.8, label="ellipse: 1 sigma on the globe")
    )
    if any(
        at is not None and at.heading_deg is not None and at.heading_sigma_deg > _VAGUE_HEADING_DEG
        for photo in photos
        for at in (photo.tagged, photo.solved)
    ):
        label = f"heading worse than {_VAGUE_HEADING_DEG:.0f}°"
        entries.append(Line2D([], [], color=_GUIDE, linestyle="--", linewidth=0.9, label=label))
    if merged:
        entries.append(
            Line2D([], [], color=_GUIDE, linestyle=":", linewidth=1.1, label="to its tag")
        )
    figure.legend(
        handles=entries, loc="outside lower center", ncols=4, fontsize=8, frameon=False,
        title=remarks, title_fontsize=8,
    )  # fmt: skip


def _remarks(photos: Sequence[PlottedPhoto], low: Array, high: Array) -> list[str]:
    """Lines on photos that are not in the picture."""
    nowhere = [photo.name for photo in photos if photo.tagged is None and photo.solved is None]
    remarks = [f"nowhere: {_names(nowhere)}"] if nowhere else []
    middle = (low + high) / 2
    beyond = []
    for photo in photos:
        if photo.tagged is None:
            continue
        at = np.array((photo.tagged.east_m, photo.tagged.north_m))
        if (at < low).any() or (at > high).any():
            way = at - middle
            compass = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
            sector = compass[round(float(np.rad2deg(np.arctan2(way[0], way[1]))) / 45.0) % 8]
            beyond.append(f"{photo.name} ({np.linalg.norm(way) / 1000:.2g} km {sector})")
    if beyond:
        remarks.append(f"tags beyond the picture: {_names(beyond)}")
    return remarks


def _names(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest
