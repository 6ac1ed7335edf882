"""The report as one page of HTML that needs nothing else: light, dark, and on paper."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from worldmap.printable import escaped
from worldmap.records import PairStatus, PhotoStatus
from worldmap.report.charts import held_out_chart, pair_graph, pair_matrix, residual_charts
from worldmap.report.content import Report
from worldmap.report.words import in_words

_MOST_PAIRS = 400


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pictures:
    """What the page shows beside numbers: contents of image files, b'' where there is none.
    positions is of positions_kind (svg+xml or png), cloud JPEG, the rasters PNG, thumbnails JPEG by
    photo id. at_m: east and north of photos by id, for the pair graph."""

    positions: bytes = b""
    positions_kind: str = "svg+xml"
    cloud: bytes = b""
    coverage: bytes = b""
    height: bytes = b""
    density: bytes = b""
    thumbnails: Mapping[int, bytes] = field(default_factory=dict)
    at_m: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)


def page(report: Report, pictures: Pictures) -> str:
    """The whole page; the same report and pictures give the same text."""
    style = resources.files("worldmap.report").joinpath("page.css").read_text(encoding="utf-8")
    sections = (
        ("places", "Where the photos are", _places(report, pictures)),
        ("photos", "Photos", _photos(report, pictures)),
        ("pairs", "Pairs", _pairs(report, pictures)),
        ("residuals", "Against the tags", _residuals(report)),
        ("accuracy", "Held-out GPS positions", _accuracy(report)),
        ("surveyed", "Surveyed points", _surveyed(report)),
        ("coverage", "Coverage, and what to shoot next", _coverage(report, pictures)),
        ("rasters", "Height and density", _rasters(pictures)),
        ("cameras", "Cameras", _cameras(report)),
        ("sources", "Depth, licences, attribution", _sources(report)),
        ("cost", "Time and memory", _cost(report)),
        ("settings", "Settings and versions", _settings(report)),
    )
    links = "".join(f'<li><a href="#{key}">{escaped(title)}</a></li>' for key, title, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escaped(title)}</h2>{content}</section>'
        for key, title, content in sections
    )
    cloud = _image(
        pictures.cloud,
        "jpeg",
        "The points of the map as a whole",
        "The points as a whole.",
        wide=True,
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(report.title)}: worldmap report</title><style>{style}</style></head>"
        f"<body><header><h1>{escaped(report.title)}</h1>"
        f'<p class="dim">Merge report, {report.made_at:%Y-%m-%d %H:%M} UTC, '
        f"worldmap {escaped(report.versions.get('worldmap', ''))}; the same as data: "
        '<a href="report.json">report.json</a></p>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>'
        f"<main>{_words(report)}{_figures(report)}{cloud}{body}</main></body></html>\n"
    )


# --- sections -------------------------------------------------------------------------------------


def _words(report: Report) -> str:
    sentences = "".join(f"<p>{escaped(each)}</p>" for each in in_words(report))
    return f'<section class="words" aria-label="In words">{sentences}</section>'


def _figures(report: Report) -> str:
    believed = sum(pair.accepted for pair in report.pairs)
    sigmas = [
        math.hypot(*p.solved.position_sigma_m[:2]) for p in report.photos if p.solved is not None
    ]
    samples = [p.ground_sample_m for p in report.photos if math.isfinite(p.ground_sample_m)]
    accuracy = report.accuracy
    share = (
        f"{100 * accuracy.share_inside:.0f} %"
        if math.isfinite(accuracy.share_inside)
        else "not known"
    )
    tiles = len(report.tiles)
    items = (
        ("photos placed", f"{report.placed} of {len(report.photos)}", _groups(report)),
        ("pairs believed", f"{believed} of {len(report.pairs)}", "candidates that were tried"),
        ("points", _thousands(report.points), f"in {tiles} tile{'s' * (tiles != 1)}"),
        (
            "covered ground",
            f"{_thousands(round(report.coverage.area_m2))} m²",
            f"{_percent(report.coverage.single_m2, report.coverage.area_m2)} by one photo only",
        ),
        (
            "stated position ±",
            f"{_number(_middle(sigmas), 2)} m",
            "median, level, one sigma on the globe",
        ),
        (
            "ground sample",
            f"{_number(100 * _middle(samples), 1)} cm" if samples else "not known",
            "median: what a pixel covers, of what a photo shows",
        ),
        ("held-out tags inside", share, "of the stated 90 % radius"),
    )
    cells = "".join(
        f"<div><dt>{escaped(term)}</dt><dd>{escaped(value)}<small>{escaped(note)}</small></dd></div>"
        for term, value, note in items
    )
    return f'<dl class="figures">{cells}</dl>'


def _groups(report: Report) -> str:
    groups = {p.group for p in report.photos if p.solved is not None and p.pairs}
    alone = sum(p.solved is not None and not p.pairs for p in report.photos)
    text = f"in {len(groups)} group{'s' * (len(groups) != 1)} that hang together"
    return text + (f", {alone} by tags alone" if alone else "")


def _places(report: Report, pictures: Pictures) -> str:
    lat_deg, lon_deg, height_m = report.site
    return _image(
        pictures.positions,
        pictures.positions_kind,
        "Maps of the photos with their fields of view, before and after solving",
        "Before: as the tags have them. After: as merge placed them. Ellipses are one sigma "
        "on the globe, wedges the fields of view. East and north in metres about "
        f"{lat_deg:.6f}°, {lon_deg:.6f}° (WGS84), {height_m:.1f} m above the ellipsoid.",
    )


def _photos(report: Report, pictures: Pictures) -> str:
    rows = []
    order = sorted(report.photos, key=lambda photo: photo.status == PhotoStatus.PLACED)
    for photo in order:
        thumbnail = pictures.thumbnails.get(photo.photo_id)
        picture = (
            f'<img alt="{escaped(photo.name)}" src="{_data(thumbnail, "jpeg")}">'
            if thumbnail
            else ""
        )
        flags = f'<div class="flag">{escaped(", ".join(photo.flags))}</div>' if photo.flags else ""
        solved = photo.solved
        place = f"{solved.lat_deg:.6f}, {solved.lon_deg:.6f}" if solved else ""
        heading = f"{solved.heading_deg:.0f}°" if solved and solved.heading_deg is not None else ""
        sigma = _number(math.hypot(*solved.position_sigma_m[:2]), 2) if solved else ""
        kind = "placed" if photo.status == PhotoStatus.PLACED else "unplaced"  # doubtful, too
        rows.append(
            f"<tr><td>{picture}</td><th scope='row'>{escaped(photo.name)}</th>"
            f'<td><span class="{kind}">{escaped(str(photo.status))}</span>'
            f"<div>{escaped(photo.reason)}</div>{flags}</td>"
            f'<td class="n">{place}</td><td class="n">{sigma}</td><td class="n">{heading}</td>'
            f'<td class="n">{photo.pairs}</td><td class="n">{photo.matches}</td></tr>'
        )
    missing = sum(photo.solved is None for photo in report.photos)
    caption = (
        "All photos are placed."
        if not missing
        else f"{missing} could not be placed: they come first."
    )
    return _table(
        caption,
        (
            "picture",
            "photo",
            "verdict",
            "#latitude, longitude",
            "#± m on the globe",
            "#heading",
            "#pairs",
            "#matches",
        ),
        rows,
    )


def _pairs(report: Report, pictures: Pictures) -> str:
    graph = pair_graph(report.photos, report.pairs, pictures.at_m)
    names = {photo.photo_id: photo.name for photo in report.photos}
    counts = {s: sum(p.status == s for p in report.pairs) for s in PairStatus}
    order = sorted(report.pairs, key=lambda p: (not p.accepted, -p.inliers))
    rows = [
        f"<tr><td>{escaped(names[pair.photo_a])}</td><td>{escaped(names[pair.photo_b])}</td>"
        f"<td>{escaped(str(pair.status))}</td>"
        f'<td class="n">{pair.matches}</td><td class="n">{pair.inliers}</td>'
        f'<td class="n">{_number(pair.rmse_px, 2)}</td>'
        f'<td class="n">{_number(100 * pair.overlap, 0)}</td><td>{escaped(pair.reason)}</td></tr>'
        for pair in order[:_MOST_PAIRS]
    ]
    more = (
        f" The first {_MOST_PAIRS} are listed, all are in report.json."
        if len(order) > _MOST_PAIRS
        else ""
    )
    table = _table(
        f"Inliers are matches that fit one geometry.{more}",
        ("photo", "with", "verdict", "#matches", "#inliers", "#rms px", "#overlap %", "reason"),
        rows,
    )
    head = (
        f"<p>{counts[PairStatus.ACCEPTED]} pairs are believed, "
        f"{counts[PairStatus.CONTRADICTED]} were contradicted by tags, other pairs or the "
        f"solution, {counts[PairStatus.REJECTED]} showed too little in common.</p>"
    )
    drawn = (
        '<figure><div class="scroll" tabindex="0" role="region" aria-label="Pair graph">'
        f"{graph}</div><figcaption>Each arc is a believed pair, wider the more matches fit; "
        "dashed ones were contradicted. Orange photos have no pair.</figcaption></figure>"
        if graph
        else ""
    )
    matrix = pair_matrix(report.photos, report.pairs)
    if matrix:
        drawn += (
            '<figure><div class="scroll" tabindex="0" role="region" aria-label="Inliers">'
            f"{matrix}</div><figcaption>Inliers of each believed pair; × was contradicted."
            "</figcaption></figure>"
        )
    return f"{head}{drawn}<details><summary>All pairs</summary>{table}</details>"


def _residuals(report: Report) -> str:
    chart = residual_charts(report.photos)
    if not chart:
        return "<p>No photo is placed.</p>"
    return (
        "<p>How far the solution is from what the tags say. A large value beside a small sigma "
        "(orange: over three sigmas) is a tag to look at.</p>"
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="Residuals">{chart}'
        "</div><figcaption>Bars: the solution minus the tag. Thin lines: one sigma of the tag, or "
        "of the depth map's own scale.</figcaption></figure>"
        f"<details><summary>The same as numbers</summary>{_residual_table(report)}</details>"
    )


def _residual_table(report: Report) -> str:
    held_out = {entry.photo_id: entry for entry in report.accuracy.entries}
    rows = []
    for photo in report.photos:
        if photo.solved is None:
            continue
        east_m, north_m, up_m = photo.gps_residual_m
        entry = held_out.get(photo.photo_id)
        cells = (
            _number(math.hypot(east_m, north_m), 1),
            _number(up_m, 1),
            _number(photo.tagged.position_sigma_m[0] if photo.tagged else math.nan, 1),
            _number(photo.heading_residual_deg, 1),
            f"{photo.depth_scale:.3f} ± {photo.scale_sigma_rel:.3f}",
            str(photo.matches),
            f"{entry.distance_m:.1f}" if entry else "",
            f"{entry.radius90_m:.1f}{'' if entry.inside else ', outside'}" if entry else "",
        )
        rows.append(
            f"<tr><th scope='row'>{escaped(photo.name)}</th>"
            + "".join(f'<td class="n">{escaped(cell)}</td>' for cell in cells)
            + "</tr>"
        )
    return _table(
        "Solved minus tagged; the last two: where the photo lies without its own GPS tag.",
        ("photo", "#level m", "#up m", "#tag ± m", "#heading °", "#depth scale", "#matches",
         "#without m", "#90 % radius m"),
        rows,
    )  # fmt: skip


def _accuracy(report: Report) -> str:
    accuracy = report.accuracy
    if not accuracy.entries:
        return (
            "<p>No GPS position could be left out: that takes photos with a position that other "
            "photos place as well.</p>"
        )
    names = {photo.photo_id: photo.name for photo in report.photos}
    inside = sum(entry.inside for entry in accuracy.entries)
    again = (
        f"Without each tenth tag the area was solved anew: {accuracy.solved_again} places "
        "come from that; the others are to first order, from the solution's own sigmas"
        if accuracy.solved_again
        else "The places are to first order, from the solution's own sigmas"
    )
    if math.isfinite(accuracy.median_difference_m):
        again += f" (where both were done they differ by {accuracy.median_difference_m:.2f} m)"
    verdict = (
        f"{inside} of {len(accuracy.entries)} photos ({100 * accuracy.share_inside:.0f} %) came to "
        "lie within the radius that should hold 90 %."
    )
    left = accuracy.candidates - len(accuracy.entries)
    note = f" {left} more are held by their own tag too much to tell." if left else ""
    return (
        f"<p>Each photo is placed without its own GPS position and compared with it. {again}.</p>"
        f"<p><strong>{verdict}</strong>{note} The median distance is "
        f"{accuracy.median_distance_m:.1f} m, most of which may be the tag's own error: the "
        f"median 90 % radius, of place and tag together, is {accuracy.median_radius90_m:.1f} m.</p>"
        f"<figure>{held_out_chart(accuracy, names)}<figcaption>Each photo's place without its tag, "
        "about the tag. Filled: inside its own 90 % radius. Squares: the area was solved anew."
        "</figcaption></figure>"
    )


def _surveyed(report: Report) -> str:
    """How far the map is from points that were surveyed."""
    surveyed = report.surveyed
    if not surveyed.points:
        return (
            "<p>None. Points whose place is known, marked in photos, hold the map or check it: "
            "<code>worldmap gcp</code>.</p>"
        )
    rows = [
        f"<tr><td>{escaped(point.name)}</td><td>{escaped(point.role)}</td>"
        f'<td class="n">{point.photos}</td>'
        + "".join(f'<td class="n">{_number(off, 3)}</td>' for off in point.off_m)
        + f'<td class="n">{_number(point.rms_px, 1)}</td>'
        f"<td>{'yes' if point.used else 'no'}</td><td>{escaped(point.remark)}</td></tr>"
        for point in surveyed.points
    ]
    told = [
        f"<p>{accuracy.points} {name} point{'s' * (accuracy.points != 1)}: "
        f"{_number(accuracy.horizontal_m, 3)} m in plan, "
        f"{_number(accuracy.vertical_m, 3)} m in height, {_number(accuracy.total_m, 3)} m together "
        "(root mean square).</p>"
        for name, accuracy in (("check", surveyed.check), ("control", surveyed.control))
        if accuracy.points
    ]
    return "".join(told) + _table(
        "Map minus survey. Check points hold nothing; control points hold the map, and say less.",
        ("point", "role", "#photos", "#east m", "#north m", "#up m", "#left in photos px",
         "believed", ""),
        rows,
    )  # fmt: skip


def _coverage(report: Report, pictures: Pictures) -> str:
    coverage = report.coverage
    total = sum(coverage.by_support.values())
    alone = sum(count for support, count in coverage.by_support.items() if support <= 1)
    rows = [
        f'<tr><td class="n">{number}</td><td>{escaped(idea.kind)}</td>'
        f"<td>{escaped(idea.reason)}</td>"
        f'<td class="n">{idea.lat_deg:.6f}, {idea.lon_deg:.6f}</td>'
        f'<td class="n">{"" if idea.heading_deg is None else f"{idea.heading_deg:.0f}°"}</td></tr>'
        for number, idea in enumerate(coverage.suggestions, start=1)
    ]
    ideas = (
        _table(
            "Shoot here next, the most useful first.",
            ("#", "kind", "why", "#latitude, longitude", "#look to"),
            rows,
        )
        if rows
        else "<p>Nothing stands out: no large surface that a single photo saw, no gap.</p>"
    )
    return (
        f"<p>{_percent(alone, total)} of the points were seen by a single photo; such points are "
        "the least certain. Numbers mark where another photo would help most.</p>"
        + _image(
            pictures.coverage,
            "png",
            "Map of how many photos agree on the points, with numbered suggestions",
            f"Seen from above, cells of {coverage.cell_m:g} m. Dots are photos.",
        )
        + ideas
    )


def _rasters(pictures: Pictures) -> str:
    return (
        '<div class="pair">'
        + _image(pictures.height, "png", "Map of heights", "The highest point of each cell.")
        + _image(pictures.density, "png", "Map of point density", "Points to the square metre.")
        + "</div>"
    )


def _cameras(report: Report) -> str:
    return _table(
        "What the photos say of their cameras; ± is one standard deviation.",
        ("camera", "what was found", "#photos"),
        [
            f"<tr><td>{escaped(each.camera)}</td><td>{escaped(each.line())}</td>"
            f'<td class="n">{each.photos}</td></tr>'
            for each in report.cameras
        ],
    )


def _sources(report: Report) -> str:
    depth = _table(
        "What made the depth maps.",
        ("model", "licence", "weights", "#photos"),
        [
            f"<tr><td>{escaped(each.name)}</td><td>{escaped(each.licence) or 'none told'}</td>"
            f"<td>{escaped(each.weights_hash[:16])}</td>"
            f'<td class="n">{each.photos}</td></tr>'
            for each in report.depth_sources
        ],
    )
    rights = _table(
        "Who made the photos, by their tags.",
        ("artist", "copyright", "licence", "#photos"),
        [
            f"<tr><td>{escaped(each.artist) or 'not told'}</td>"
            f"<td>{escaped(each.copyright) or 'not told'}</td>"
            f"<td>{escaped(each.licence) or 'not told'}</td>"
            f'<td class="n">{each.photos}</td></tr>'
            for each in report.rights
        ],
    )
    return depth + rights


def _cost(report: Report) -> str:
    total_s = sum(stage.seconds for stage in report.stages)
    rows = [
        f"<tr><td>{escaped(stage.name)}</td>"
        f'<td class="n">{stage.seconds:.1f}</td>'
        f'<td class="n">{_percent(stage.seconds, total_s)}</td>'
        f'<td class="n">{_number(stage.peak_memory_mb, 0)}</td></tr>'
        for stage in report.stages
    ]
    return _table(
        f"{total_s:.1f} s in all, before this report. Memory is the highest of a process so far.",
        ("stage", "#seconds", "#share", "#memory MB"),
        rows,
    )


def _settings(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    text = json.dumps(report.settings, indent=1)
    return (
        f"<p>{escaped(versions)}</p><details><summary>All settings</summary>"
        f"<pre>{escaped(text)}</pre></details>"
    )


# --- parts ----------------------------------------------------------------------------------------


def _table(caption: str, columns: Sequence[str], rows: Iterable[str]) -> str:
    """A table; columns that begin with # are numbers. Cells are HTML already."""
    heads = "".join(
        f'<th scope="col" class="n">{escaped(name[1:]) or "#"}</th>'
        if name.startswith("#")
        else f'<th scope="col">{escaped(name)}</th>'
        for name in columns
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}"><table>'
        f"<caption>{escaped(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _image(content: bytes, kind: str, alt: str, caption: str, *, wide: bool = False) -> str:
    if not content:
        return ""
    look = ' class="wide"' if wide else ""
    return (
        f'<figure><img{look} alt="{escaped(alt)}" src="{_data(content, kind)}">'
        f"<figcaption>{escaped(caption)}</figcaption></figure>"
    )


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "0 %"


def _middle(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else math.nan
