"""Charts as inline SVG that takes its colours from the page, light or dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.printable import escaped
from worldmap.records import PairStatus
from worldmap.registration.accuracy import Accuracy
from worldmap.report.content import PairEntry, PhotoEntry

Array = NDArray[np.float64]

_WIDTH = 900
_ROW = 17
_MOST_ROWS = 80
_NAME_PX = 150
_MOST_EDGES_EACH = 6
_MANY_EDGES = 400
_STRONG_INLIERS = 300.0
_MATRIX_PHOTOS = 45
# Steps of viridis, each with the ink that reads best on it.
_SHADES = (
    ("#440154", "#ffffff"), ("#414487", "#ffffff"), ("#2a788e", "#ffffff"),
    ("#22a884", "#000000"), ("#7ad151", "#000000"), ("#fde725", "#000000"),
)  # fmt: skip


def pair_graph(
    photos: Sequence[PhotoEntry], pairs: Sequence[PairEntry], at_m: Mapping[int, Array]
) -> str:
    """Photos where they are (at_m: east, north by id), believed pairs as arcs, wider the more
    matches fit; contradicted ones dashed. Of very many pairs the strongest of each photo."""
    shown = [photo for photo in photos if photo.photo_id in at_m]
    if len(shown) < 2:
        return ""
    points = np.array([at_m[photo.photo_id] for photo in shown])
    low, high = points.min(axis=0), points.max(axis=0)
    side = np.maximum(high - low, 1.0)
    margin = 46.0
    scale = min((_WIDTH - 2 * margin) / side[0], 620.0 / side[1])
    height = scale * side[1] + 2 * margin
    left = (_WIDTH - scale * side[0]) / 2
    spot = {
        photo.photo_id: (left + scale * (x - low[0]), height - margin - scale * (y - low[1]))
        for photo, (x, y) in zip(shown, points, strict=True)
    }
    names = {photo.photo_id: photo.name for photo in photos}
    believed = [p for p in pairs if p.accepted]
    refuted = [p for p in pairs if p.status == PairStatus.CONTRADICTED]
    parts = []
    for pair in [*refuted[:_MANY_EDGES], *_strongest(believed)]:
        if pair.photo_a not in spot or pair.photo_b not in spot:
            continue
        kind = "edge" if pair.accepted else "refuted"
        share = min(1.0, math.sqrt(pair.inliers / _STRONG_INLIERS))
        title = f"{names[pair.photo_a]} – {names[pair.photo_b]}: {pair.inliers} inliers"
        style = f"stroke-width:{0.7 + 4 * share:.1f};stroke-opacity:{0.25 + 0.6 * share:.2f}"
        parts.append(
            f'<path class="{kind}" d="{_arc(spot[pair.photo_a], spot[pair.photo_b])}" '
            f'style="{style if kind == "edge" else ""}">'
            f"<title>{escaped(title)}{escaped('; ' + pair.reason) if pair.reason else ''}"
            "</title></path>"
        )
    label = len(shown) <= 60
    for photo in shown:
        x, y = spot[photo.photo_id]
        kind = "node" if photo.pairs else "node alone"
        parts.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5">'
            f"<title>{escaped(photo.name)}: {photo.pairs} pairs, {photo.matches} matches</title>"
            "</circle>"
        )
        if label:
            end = x > _WIDTH - _NAME_PX
            place = f'x="{x - 8:.1f}" text-anchor="end"' if end else f'x="{x + 8:.1f}"'
            parts.append(f'<text {place} y="{y + 4:.1f}">{escaped(_short(photo.name))}</text>')
    return _svg(
        height,
        parts,
        f"Pair graph: {len(shown)} photos, {len(believed)} believed pairs",
    )


def pair_matrix(photos: Sequence[PhotoEntry], pairs: Sequence[PairEntry]) -> str:
    """Photos against photos: inliers of the believed pairs as numbers and colours; contradicted
    ones crossed out. '' for more photos than can be read."""
    if not 2 <= len(photos) <= _MATRIX_PHOTOS:
        return ""
    row = {photo.photo_id: number for number, photo in enumerate(photos)}
    cell = min(30.0, (_WIDTH - _NAME_PX) / len(photos))
    top, side = 92.0, cell * len(photos)
    parts = [
        f'<rect class="band" x="{_NAME_PX}" y="{top}" width="{side:.1f}" height="{side:.1f}"/>'
    ]
    for number, photo in enumerate(photos):
        y, x = top + cell * (number + 0.5) + 4, _NAME_PX + cell * (number + 0.5) + 4
        name = escaped(_short(photo.name))
        parts.append(f'<text x="{_NAME_PX - 6}" y="{y:.1f}" text-anchor="end">{name}</text>')
        parts.append(f'<text transform="translate({x:.1f} {top - 6}) rotate(-60)">{name}</text>')
    for pair in pairs:
        if pair.status == PairStatus.REJECTED:
            continue
        believed = pair.accepted
        share = min(1.0, max(0.0, math.log(max(pair.inliers, 1) / 12) / math.log(80)))
        fill, ink = _SHADES[min(int(share * len(_SHADES)), len(_SHADES) - 1)]
        for a, b in ((pair.photo_a, pair.photo_b), (pair.photo_b, pair.photo_a)):
            x, y = _NAME_PX + cell * row[a], top + cell * row[b]
            word = f"{pair.inliers}" if believed else "×"
            look = f'style="fill:{fill}"' if believed else 'class="refuted"'
            parts.append(
                f'<rect {look} x="{x + 0.5:.1f}" y="{y + 0.5:.1f}" width="{cell - 1:.1f}" '
                f'height="{cell - 1:.1f}"><title>{escaped(photos[row[a]].name)} – '
                f"{escaped(photos[row[b]].name)}: {pair.inliers} inliers</title></rect>"
            )
            if cell >= 7 * min(len(word), 3) or not believed:
                tint = f'style="fill:{ink};stroke:none"' if believed else ""
                parts.append(
                    f'<text {tint} text-anchor="middle" font-size="{min(11.0, cell / 2.2):.1f}" '
                    f'x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}">{word}</text>'
                )
    return _svg(top + side + 4, parts, "Inliers of each believed pair")


def _strongest(pairs: Sequence[PairEntry]) -> list[PairEntry]:
    if len(pairs) <= _MANY_EDGES:
        return sorted(pairs, key=lambda p: p.inliers)
    count: dict[int, int] = {}
    kept = []
    for pair in sorted(pairs, key=lambda p: -p.inliers):
        if min(count.get(pair.photo_a, 0), count.get(pair.photo_b, 0)) < _MOST_EDGES_EACH:
            kept.append(pair)
            for end in (pair.photo_a, pair.photo_b):
                count[end] = count.get(end, 0) + 1
    return kept[::-1]


def _arc(a: tuple[float, float], b: tuple[float, float]) -> str:
    """A curve that bends more the longer it is, so that ways along a street do not coincide."""
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    across = (b[1] - a[1], a[0] - b[0])
    bend = (middle[0] + 0.18 * across[0], middle[1] + 0.18 * across[1])
    return f"M{a[0]:.1f} {a[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {b[0]:.1f} {b[1]:.1f}"


# --- residuals ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A panel of the residual chart: values by photo, their sigmas, a middle line or 0."""

    title: str
    values: list[float]
    sigmas: list[float]
    signed: bool
    digits: int


def residual_charts(photos: Sequence[PhotoEntry]) -> str:
    """Per placed photo: off its GPS tag, off its heading tag, depth scale, matches; a thin line is
    one sigma of the tag, or of the depth map's own scale. Of very many photos those furthest off
    their tags, in sigmas."""
    placed = [photo for photo in photos if photo.solved is not None]
    if not placed:
        return ""
    if len(placed) > _MOST_ROWS:
        worst = sorted(placed, key=lambda p: -_gps_sigmas(p))[:_MOST_ROWS]
        keep = {photo.photo_id for photo in worst}
        placed = [photo for photo in placed if photo.photo_id in keep]
    columns = (
        _Column(
            "off its GPS tag, level (m)",
            [math.hypot(*photo.gps_residual_m[:2]) for photo in placed],
            [photo.tagged.position_sigma_m[0] if photo.tagged else math.nan for photo in placed],
            False,
            1,
        ),
        _Column(
            "off its heading tag (°)",
            [photo.heading_residual_deg for photo in placed],
            [photo.tagged.heading_sigma_deg if photo.tagged else math.nan for photo in placed],
            True,
            1,
        ),
        _Column(
            "depth scale, off 1 (%)",
            [100 * (photo.depth_scale - 1) for photo in placed],
            [100 * photo.prior_scale_sigma_rel for photo in placed],
            True,
            1,
        ),
        _Column(
            "matches that fit",
            [float(photo.matches) for photo in placed],
            [math.nan for _ in placed],
            False,
            0,
        ),
    )
    parts = []
    for row, photo in enumerate(placed):
        y = 34 + row * _ROW
        if row % 2 == 0:
            parts.append(
                f'<rect class="band" x="0" y="{y - 12}" width="{_WIDTH}" height="{_ROW}"/>'
            )
        parts.append(f'<text x="4" y="{y}">{escaped(_short(photo.name))}</text>')
    each = (_WIDTH - _NAME_PX) / len(columns)
    for number, column in enumerate(columns):
        parts += _panel(column, _NAME_PX + number * each, each, len(placed), placed)
    return _svg(
        34 + len(placed) * _ROW,
        parts,
        "Residuals of GPS, heading and scale, and matches, per photo",
    )


def _panel(
    column: _Column, left: float, width: float, rows: int, photos: Sequence[PhotoEntry]
) -> list[str]:
    finite = [abs(v) for v in column.values if math.isfinite(v)]
    sigmas = [s for s in column.sigmas if math.isfinite(s)]
    # One photo that is far off must not flatten all others, nor a vague tag.
    top = float(np.percentile(finite, 98)) if finite else 1.0
    reach = max(top, min(float(np.median(sigmas)) if sigmas else 0.0, 3 * top), 1e-6) * 1.05
    room = width - 66
    zero = left + (room / 2 if column.signed else 0.0) + 8
    per = (room / 2 if column.signed else room) / reach
    parts = [
        f'<text class="head" x="{left + 8:.0f}" y="13">{escaped(column.title)}</text>',
        f'<line class="axis" x1="{zero:.1f}" x2="{zero:.1f}" y1="20" y2="{22 + rows * _ROW}"/>',
    ]
    for row, (value, sigma) in enumerate(zip(column.values, column.sigmas, strict=True)):
        y = 34 + row * _ROW - 4
        if not math.isfinite(value):
            parts.append(f'<text class="none" x="{zero + 4:.1f}" y="{y + 4}">no tag</text>')
            continue
        length = min(abs(value), reach) * per
        start = zero if value >= 0 else zero - length
        beyond = math.isfinite(sigma) and abs(value) > 3 * sigma
        title = f"{photos[row].name}: {value:+.{column.digits}f}" + (
            f", sigma {sigma:.2g}" if math.isfinite(sigma) else ""
        )
        parts.append(
            f'<rect class="{"bar far" if beyond else "bar"}" x="{start:.1f}" y="{y - 4}" '
            f'width="{max(length, 1):.1f}" height="8"><title>{escaped(title)}</title></rect>'
        )
        if math.isfinite(sigma):
            reach_px = min(sigma, reach) * per
            ends = (zero - reach_px if column.signed else zero, zero + reach_px)
            parts.append(
                f'<line class="sigma" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}"/>'
            )
        text = f"{value:+.{column.digits}f}" if column.signed else f"{value:.{column.digits}f}"
        parts.append(
            f'<text class="value" x="{left + width - 8:.0f}" y="{y + 4}">'
            f"{escaped(text.replace('-', '−'))}</text>"
        )
    return parts


def _gps_sigmas(photo: PhotoEntry) -> float:
    if photo.tagged is None or not math.isfinite(photo.gps_residual_m[0]):
        return 0.0
    return math.hypot(*photo.gps_residual_m[:2]) / max(photo.tagged.position_sigma_m[0], 0.1)


# --- held-out positions ---------------------------------------------------------------------------


def held_out_chart(accuracy: Accuracy, names: Mapping[int, str]) -> str:
    """Where photos came to lie without their own tag, about that tag, with the median 90 % circle:
    filled inside its own radius, hollow outside; squares where the area was solved again."""
    if not accuracy.entries:
        return ""
    size, margin = 340.0, 30.0
    radius_m = accuracy.median_radius90_m
    far_m = max(radius_m, float(np.percentile([e.distance_m for e in accuracy.entries], 98))) * 1.08
    per = (size / 2 - margin) / far_m
    middle = size / 2
    parts = [
        f'<line class="axis" x1="{margin}" x2="{size - margin}" y1="{middle}" y2="{middle}"/>',
        f'<line class="axis" x1="{middle}" x2="{middle}" y1="{margin}" y2="{size - margin}"/>',
        f'<circle class="circle" cx="{middle}" cy="{middle}" r="{radius_m * per:.1f}"/>',
        f'<text x="{middle + 4}" y="{middle - radius_m * per - 4:.1f}">'
        f"median 90 % radius {radius_m:.1f} m</text>",
        f'<text x="{middle + 4}" y="12">north</text>',
        f'<text x="{size - 28}" y="{middle - 5}">east</text>',
    ]
    for entry in accuracy.entries:
        off = np.array(entry.off_m)
        off *= min(1.0, far_m / max(entry.distance_m, 1e-9))
        x, y = middle + per * off[0], middle - per * off[1]
        kind = "dot" if entry.inside else "dot out"
        title = (
            f"<title>{escaped(names[entry.photo_id])}: {entry.distance_m:.1f} m off, 90 % within "
            f"{entry.radius90_m:.1f} m</title>"
        )
        if entry.solved_again:
            parts.append(
                f'<rect class="{kind}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8">'
                f"{title}</rect>"
            )
        else:
            parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>')
    return _svg(size, parts, "Places of photos without their own GPS tag, about the tag", size)


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:10]}…{name[-11:]}"


def _svg(height: float, parts: Sequence[str], label: str, width: float = _WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escaped(label)}" style="max-width:{width:.0f}px">'
        f"{''.join(parts)}</svg>"
    )
