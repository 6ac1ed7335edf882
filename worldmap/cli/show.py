"""What commands print: for people line by line and in tables, for programs one summary."""

from __future__ import annotations

import math
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldmap.cli.options import DEFAULT_MAP
from worldmap.console import Console
from worldmap.errors import UsageError
from worldmap.printable import shell_word
from worldmap.records.control import ControlAccuracy, ControlRole

if TYPE_CHECKING:
    from worldmap.cli.command import Call
    from worldmap.config import NamedSettings
    from worldmap.depth.weights import InstalledModel
    from worldmap.mapfolder import Layout
    from worldmap.pipeline.compare import Comparison
    from worldmap.pipeline.demo import DemoSummary
    from worldmap.pipeline.depth import SinglePhoto
    from worldmap.pipeline.explain import Explanation
    from worldmap.pipeline.export import ExportSummary
    from worldmap.pipeline.fetch import FetchSummary
    from worldmap.pipeline.gc import OrphanSummary
    from worldmap.pipeline.gcp import ControlSummary
    from worldmap.pipeline.import_poses import ImportSummary
    from worldmap.pipeline.masks import MasksSummary
    from worldmap.pipeline.remove import RemoveSummary
    from worldmap.pipeline.render import RenderSummary
    from worldmap.pipeline.verify import Verification
    from worldmap.pixel import PixelPlace
    from worldmap.plugins import PluginState
    from worldmap.records import ControlPoint, Failure, MapStatus, Upgrade
    from worldmap.stages.align import Alignment
    from worldmap.stages.changes import ChangesFound
    from worldmap.stages.intake import IngestSummary
    from worldmap.stages.merged import MergeSummary, PhotoPlacement
    from worldmap.stages.raster import RasterMade
    from worldmap.view.site import Written

_NAMED_GROUPS = 8
_NAMED_WHOLES = 3
# Rows of a table that a person still reads.
_LISTED = 40
_TILES = 8
_FINE = 3


def controlled(call: Call, summary: ControlSummary) -> None:
    """The map's ground control points, and how it agrees with them."""
    console = call.console
    for remark in summary.remarks:
        console.warn(remark)
    _control(console, [p for p in summary.points if p.result is None or not p.problem])
    accuracies = {ControlRole.CONTROL: summary.control, ControlRole.CHECK: summary.check}
    for role, found in accuracies.items():
        if found.points:
            console.say(_rmse(role, found))
    if summary.removed:
        console.say(f"{summary.removed} taken back")
    waiting = sum(p.result is None for p in summary.points)
    if summary.stored or summary.removed or waiting:
        console.say(f"{summary.stored} stored; the next `worldmap merge` holds the map to them")
    elif not summary.points:
        console.say("the map has no ground control points: `worldmap gcp FILE` stores some")
    console.summary("gcp", {"map": call.map_dir, **asdict(summary)})


def imported(call: Call, done: ImportSummary) -> None:
    """What `import` found in a model, and where that is."""
    if done.ingested is not None:
        ingested(call, done.ingested, goes_on=True)
    by = f"by the positions of {done.located} photos" if done.located else "as it says"
    side_m, up_m = done.sigma_m
    call.console.say(
        f"{done.model}: {done.kind}, {done.posed} of its {done.photos} photos are in the map; it "
        f"stands {by}, ± {side_m:.2f} m sideways, ± {up_m:.2f} m in height"
    )
    if done.missing:
        more = f" and {len(done.missing) - 3} more" if len(done.missing) > 3 else ""
        call.console.warn(f"not in the map: {', '.join(done.missing[:3])}{more}")
    kept = "keeps these poses" if done.as_they_are else "begins from them"
    call.console.say(f"the next `worldmap merge` {kept}")
    told = {key: value for key, value in asdict(done).items() if key != "ingested"}
    call.console.summary("import", {"map": call.map_dir, **told})


def compared(call: Call, done: Comparison) -> None:
    """What `compare` found."""
    found = done.found
    call.console.say(
        f"{found.second_points:,} points of {done.second} are {found.nearest_median_m:.3f} m from "
        f"the nearest of {found.first_points:,} of {done.first} "
        f"(90 % within {found.nearest_p90_m:.3f} m)"
    )
    call.console.say(
        f"along the surface it lies {found.distance_median_m:+.3f} m further out "
        f"(± {found.distance_nmad_m:.3f} m from place to place, {found.compared:,} of "
        f"{found.places:,} places)"
    )
    call.console.say(
        f"{100 * found.changed_rel:.1f} % of them changed by more than is noise at 95 % "
        f"({found.detection_median_m:.3f} m as a rule)"
    )
    if done.path is not None:
        call.console.say(f"map of changes: {done.path}; what counts: {done.detection_path}")
    call.console.summary("compare", asdict(done))


def changes_found(call: Call, done: ChangesFound) -> None:
    """What `changes` found."""
    for found, word in ((done.before, "gone"), (done.after, "new")):
        call.console.say(
            f"{found.photos} photos agree on {found.points:,} points, of which {found.not_then:,} "
            f"are {word} ({found.not_then_m2:.1f} m² of ground): those of the other time look "
            f"through; {found.not_seen_then:,} they do not see"
        )
    for path in done.paths:
        call.console.say(f"what changed: {path}")
    call.console.summary("changes", {"map": call.map_dir, **asdict(done)})


def masks_found(call: Call, done: MasksSummary) -> None:
    """What `masks` found."""
    for found in done.cameras:
        camera = " ".join(part for part in (found.make, found.model) if part) or "a camera"
        said = f"{camera}, {found.width_px} × {found.height_px}, {found.photos} photos: "
        if found.path is None:
            call.console.say(f"{said}nothing fixed to it")
            continue
        given = f"{found.model}={found.path}" if found.model else str(found.path)
        call.console.say(
            f"{said}{100 * found.covered_rel:.1f} % of the picture is fixed to it; look at "
            f"{found.path}, then: worldmap ingest --mask {shell_word(Path(given))} PHOTOS"
        )
    for path in done.unreadable:
        call.console.warn(f"{path.name} cannot be read")
    call.console.summary("masks", asdict(done))


def aligned(call: Call, found: Alignment) -> None:
    """How `align` moved the map."""
    east, north, up = found.shift_m
    sigmas = ", ".join(f"{sigma:.3f}" for sigma in found.sigma_m)
    call.console.say(
        f"{found.reference.name}: {east:+.2f} m east, {north:+.2f} m north, {up:+.2f} m up "
        f"(± {sigmas} m), turned by {found.turn_deg:+.2f} ± {found.turn_sigma_deg:.2f}°, sized by "
        f"{found.size:.4f} ± {found.size_sigma_rel:.4f}"
    )
    call.console.say(f"what it holds: {', '.join(found.held)}; the rest stays as photos have it")
    call.console.say(
        f"{100 * found.agreeing:.0f} % of the map lies on it, {found.residual_m:.3f} m from it "
        f"(median); its heights are above: {found.heights}"
    )
    call.console.say(f"{found.points} points hold it; the next `worldmap merge` moves the map")
    call.console.summary("align", {"map": call.map_dir, **asdict(found)})


def _control(console: Console, points: Sequence[ControlPoint]) -> None:
    console.table(
        ("point", "role", "photos", "east m", "north m", "up m", "px", "remark"),
        [
            (
                point.name,
                point.role,
                point.result.photos if point.result else len(point.marks),
                _signed(point.result.east_m) if point.result else "",
                _signed(point.result.north_m) if point.result else "",
                _signed(point.result.up_m) if point.result else "",
                _figure(point.result.rms_px, 2) if point.result else "",
                point.problem or (point.result.remark if point.result else "not merged yet"),
            )
            for point in points
        ],
    )


def _signed(value: float) -> str:
    return f"{value:+.3f}" if math.isfinite(value) else ""


def _rmse(role: str, found: ControlAccuracy) -> str:
    return (
        f"{found.points} {role} points: RMSE {found.horizontal_m:.3f} m horizontal, "
        f"{found.vertical_m:.3f} m vertical, {found.total_m:.3f} m in all"
    )


def ingested(call: Call, summary: IngestSummary, *, goes_on: bool = False) -> None:
    """What `ingest` did, photo by photo, and what comes next, unless the same command goes on."""
    from worldmap.stages.intake import IngestStatus

    console = call.console
    accepted, skipped, failed = (summary.count(status) for status in IngestStatus)
    if len(summary.photos) <= _LISTED:
        console.table(
            ("photo", "status", "reason"),
            [(photo.path, photo.status, photo.reason) for photo in summary.photos],
        )
    else:
        _by_kind(console, summary)
    console.say(
        f"{accepted} accepted, {skipped} skipped, {failed} failed "
        f"in {summary.seconds:.1f} s; map: {call.map_dir}"
    )
    if summary.without_depth:
        console.say(_waiting(summary))
    if not goes_on and summary.in_map > (0 if summary.stereo else summary.without_depth):
        console.say(f"place them together: {_command(call, 'merge')}")
    console.summary(
        "ingest",
        {
            "map": call.map_dir,
            "accepted": accepted,
            "skipped": skipped,
            "failed": failed,
            "without_depth": summary.without_depth,
            "networks": [asdict(offer) for offer in summary.networks],
            "stereo": summary.stereo,
            "seconds": summary.seconds,
            "photos": [asdict(photo) for photo in summary.photos],
        },
    )


def fetched(call: Call, summary: FetchSummary) -> None:
    """What an archive has in an area, and what of it came."""
    from worldmap.pipeline.fetch import FetchStatus

    console = call.console
    console.table(
        ("licence", "#photos"), [(name, str(count)) for name, count in summary.licences.items()]
    )
    days = [day.date().isoformat() if day else "?" for day in (summary.since, summary.until)]
    size = f"{summary.size_bytes / 1e6:.1f} MB" if summary.size_bytes else "size untold"
    untold = f" (and {summary.unsized} of untold size)" if summary.size_bytes else ""
    console.say(
        f"{summary.wanted} photos by {summary.authors} authors, {days[0]} to {days[1]}, "
        f"{size}{untold if summary.unsized else ''}: "
        + ", ".join(f"{count} {kind}" for kind, count in summary.projections.items())
    )
    for count, why in (
        (summary.opted_out, "opted out"),
        (summary.other_licence, "under other licences"),
    ):
        if count:
            console.say(f"{count} left out: {why}")
    got, there, failed = (summary.count(status) for status in FetchStatus)
    if not summary.dry_run:
        console.say(
            f"{got} fetched ({summary.fetched_bytes / 1e6:.1f} MB), {there} there before, "
            f"{failed} failed in {summary.seconds:.1f} s: {summary.folder}"
        )
        if got + there:
            folder = shlex.quote(str(summary.folder))
            console.say(f"into the map: {_command(call, 'ingest')} {folder}")
    console.summary("fetch", {"got": got, "there": there, "failed": failed, **asdict(summary)})


def _by_kind(console: Console, summary: IngestSummary) -> None:
    """Photos that were not accepted, by what became of them, the most frequent first."""
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for photo in summary.photos:
        if photo.reason:
            kinds[photo.status, photo.reason].append(photo.path.name)
    ordered = sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    console.table(
        ("photos", "status", "such as", "reason"),
        [(len(names), status, names[0], reason) for (status, reason), names in ordered[:_LISTED]],
    )
    if len(ordered) > _LISTED:
        left = sum(len(names) for _, names in ordered[_LISTED:])
        console.say(
            f"and {left} photos for {len(ordered) - _LISTED} more reasons (`--json` has all)"
        )


def _command(call: Call, words: str) -> str:
    """What to type next."""
    here = "" if call.map_dir == DEFAULT_MAP else f" --map {shlex.quote(str(call.map_dir))}"
    return f"`worldmap {words}{here}`"


def merged(call: Call, summary: MergeSummary) -> None:
    """What `merge` did, photo by photo."""
    _placements(call, summary)
    call.console.summary("merge", {"map": call.map_dir, **asdict(summary)})


def _placements(call: Call, summary: MergeSummary) -> None:
    console = call.console
    photos = sorted(summary.photos, key=lambda photo: (_needs_a_look(photo), photo.path))
    shown = [photo for photo in photos if _needs_a_look(photo) < _FINE] or photos
    shown = photos if len(photos) <= _LISTED else shown[:_LISTED]
    console.table(
        (
            "photo",
            "status",
            "pairs",
            "scale",
            "± m in plan",
            "± m in height",
            "GPS off m",
            "height off m",
            "heading off °",
            "reason",
        ),
        [
            (
                photo.path.name,
                photo.status,
                photo.pairs,
                _figure(photo.depth_scale, 3),
                _figure(max(photo.position_sigma_m[:2]), 2),
                _figure(photo.position_sigma_m[2], 2),
                _figure(photo.gps_plan_off_m, 1),
                _figure(photo.gps_height_off_m, 1),
                _beside(photo.heading_residual_deg, photo.heading_tag_sigma_deg),
                photo.reason,
            )
            for photo in shown
        ],
    )
    if len(shown) < len(photos):
        console.say(
            f"and {len(photos) - len(shown)} more photos (`--json` and the report have all)"
        )
    console.table(
        ("photo", "looks suspicious"),
        [(photo.path.name, ", ".join(photo.flags)) for photo in shown if photo.flags],
    )
    console.table(
        ("photo", "stands in front of what this one saw"),
        list(summary.overlap_contradicted[:_LISTED]),
    )
    for remark in summary.remarks:
        console.say(f"{remark}")
    _control(console, summary.control)
    for role in (ControlRole.CONTROL, ControlRole.CHECK):
        found = ControlAccuracy.of_role(summary.control, role)
        if found.points:
            console.say(_rmse(role, found))
    console.say(
        f"{summary.by_matches} held by pictures, {summary.by_tags} by tags alone, "
        f"{summary.doubtful} doubtful, {summary.unplaced} unplaced; {_groups(summary.groups)}"
    )
    for whole in summary.wholes[:_NAMED_WHOLES]:
        console.say(
            f"the {whole.photos} photos as a whole: ± {whole.plan_sigma_m:.2g} m in plan, "
            f"± {whole.height_sigma_m:.2g} m in height, ± {whole.turn_sigma_deg:.2g}° turned, "
            f"± {100 * whole.size_sigma_rel:.2g} % in size (one sigma)"
        )
    console.say(
        f"{summary.placed} placed, {summary.unplaced} unplaced; {summary.pairs_accepted} of "
        f"{summary.pairs_tried} pairs accepted; {summary.points} points in "
        f"{len(summary.tiles)} tiles ({summary.tiles_written} written, {summary.tiles_dropped} "
        f"dropped), {summary.seconds:.1f} s"
    )
    for tile in summary.tiles[:_TILES]:
        console.say(f"  {call.map_dir / tile}")
    if len(summary.tiles) > _TILES:
        console.say(f"  and {len(summary.tiles) - _TILES} more")
    for local in summary.local:
        console.say(local.line)
    if summary.report is not None:
        console.say(f"report: {summary.report}")
    unsure = [photo for photo in photos if _needs_a_look(photo) == 0]
    if unsure:
        why = _command(call, f"explain {shlex.quote(unsure[0].path.name)}")
        console.say(f"why {unsure[0].path.name} is {unsure[0].status}: {why}")
    if summary.placed:
        console.say(f"look at it: {_command(call, 'view')}")


def _needs_a_look(photo: PhotoPlacement) -> int:
    """What a person should see first: photos that are not placed, those with odd tags, those that
    nothing but their tags hold; `_FINE` is the rest."""
    if photo.status != "placed":
        return 0
    if photo.flags:
        return 1
    return 2 if photo.by_tags else _FINE


def _beside(off: float, sigma: float) -> str:
    """How far something is off, and how far it may be."""
    # In one word, or a narrow terminal breaks it.
    return f"{off:.1f}±{sigma:.0f}" if math.isfinite(off) and math.isfinite(sigma) else ""


def _groups(sizes: Sequence[int]) -> str:
    """How photos hang together, in words: 9 photos in 3 groups: 6 + 2 + 1."""
    if not sizes:
        return "no photos"
    photos = f"{sum(sizes)} photo{'s' if sum(sizes) > 1 else ''}"
    if len(sizes) == 1:
        return f"{photos} in one group"
    named = " + ".join(map(str, sizes[:_NAMED_GROUPS]))
    more = f" + {len(sizes) - _NAMED_GROUPS} more" if len(sizes) > _NAMED_GROUPS else ""
    return f"{photos} in {len(sizes)} groups: {named}{more}"


def _waiting(summary: IngestSummary) -> str:
    """Where depth comes from that ingest did not find."""
    said = f"{summary.without_depth} have no depth yet"
    if summary.stereo:
        why = ": no depth beside them and no network here" if summary.networks else ""
        said += f"{why}; merge looks for it in the photos themselves, where they overlap (stereo)"
    if summary.networks:
        offers = "; ".join(offer.line() for offer in summary.networks)
        said += (
            f"{'. Any' if summary.stereo else '; any'} of these gives it"
            f"{' to each photo alone' if summary.stereo else ''}: {offers}. "
            "`worldmap models fetch NAME`, then the same ingest again"
        )
    return said


def _figure(value: float, digits: int) -> str:
    """A number for a table; nothing where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def state(call: Call, found: MapStatus, failures: Sequence[Failure], plot: Path | None) -> None:
    """What is in the map, and what failed."""
    console = call.console
    doubtful = f"{found.doubtful} doubtful, " if found.doubtful else ""
    console.say(f"map {call.map_dir}")
    console.say(
        f"photos   {found.photos}: {found.placed} placed, {doubtful}{found.unplaced} unplaced, "
        f"{found.waiting} waiting for a merge; {found.without_position} without a position"
    )
    if found.without_depth:
        console.say(
            f"         {found.without_depth} of those that wait have no depth yet: merge looks for "
            "it where photos overlap; or ingest them again with depth beside them or a "
            "network's weights here (`worldmap models list`)"
        )
    console.say(f"pairs    {found.pairs_accepted} accepted, {found.pairs_rejected} rejected")
    stale = f", {found.stale_tiles} of them out of date" if found.stale_tiles else ""
    console.say(f"tiles    {found.tiles} with {found.points} points{stale}")
    if found.site is not None:
        console.say(f"site     {found.site.lat_deg:.6f}, {found.site.lon_deg:.6f}")
    if found.last_run is not None:
        run = found.last_run
        ended = run.outcome or "not finished: run it again"
        console.say(f"last run {run.command}, {run.started_at:%Y-%m-%d %H:%M} UTC: {ended}")
    console.say(f"failures {found.failures}")
    console.table(("photo", "reason"), [(each.path, each.reason) for each in failures])
    if plot is not None:
        console.say(f"drawn in {plot}")
    console.summary(
        "status",
        {
            "map": call.map_dir,
            **asdict(found),
            "failed": [asdict(each) for each in failures],
            "plot": plot,
        },
    )


def explained(call: Call, found: Explanation | Failure) -> None:
    """Everything about one photo; of one that failed, why."""
    from worldmap.records import Failure, PhotoStatus

    console = call.console
    if isinstance(found, Failure):
        console.say(str(found.path))
        console.say(f"failed at {found.stage}: {found.reason}")
        console.summary("explain", {**asdict(found), "status": PhotoStatus.FAILED})
    else:
        _explanation(console, found)
        console.summary("explain", asdict(found))


def _explanation(console: Console, found: Explanation) -> None:
    taken = f", taken {found.captured_at:%Y-%m-%d %H:%M:%S %z}" if found.captured_at else ""
    camera = " ".join(word for word in (found.make, found.model) if word)
    console.say(str(found.path))
    console.say(
        f"photo {found.photo_id} of the map, {found.width_px} × {found.height_px} px{taken}"
        + (f" with {camera}" if camera else "")
    )
    console.say(f"{found.status}{': ' if found.reason else ''}{found.reason}")
    if found.flags:
        console.say(f"looks suspicious: {', '.join(found.flags)}")
    for path in found.copies:
        console.say(f"also in the map as {path}, which is left out of merges")
    console.say()
    console.say("what its tags say")
    console.table(
        ("quantity", "used", "value", "±", "source", "raw", "note"),
        [
            (e.quantity, "yes" if e.used else "no", e.value, e.sigma, e.source, e.raw, e.note)
            for e in found.ledger
        ],
    )
    _guess(console, found)
    _place(console, found)
    console.say()
    console.say("pairs" if found.pairs else "no pairs")
    console.table(
        ("with", "verdict", "matches", "fit", "rms px", "overlap", "apart m", "reason"),
        [
            (
                pair.other.name,
                pair.status,
                pair.matches,
                pair.inliers,
                _figure(pair.rmse_px, 2),
                _figure(pair.overlap, 2),
                _figure(pair.apart_m, 2),
                pair.reason,
            )
            for pair in found.pairs
        ],
    )


def _guess(console: Console, found: Explanation) -> None:
    told, used, depth = found.first_guess, found.solved_with, found.depth
    console.say()
    console.say("first guess, as the solver takes it")
    rows: list[tuple[object, ...]] = []
    if used.lat_deg is not None and used.lon_deg is not None and used.height_m is not None:
        was = (
            f" (its own tag says {told.horizontal_sigma_m:.3g} m)"
            if told.has_position and told.horizontal_sigma_m != used.horizontal_sigma_m
            else ""
        )
        place = f"{used.lat_deg:.7f}, {used.lon_deg:.7f}"
        rows = [
            ("position", place, f"{used.horizontal_sigma_m:.3g} m{was}", used.position_source),
            (
                "height",
                f"{used.height_m:.1f} m above the ellipsoid",
                f"{used.vertical_sigma_m:.3g} m",
                "",
            ),
        ]
    else:
        rows = [("position", "unknown", "", "")]
    if used.heading_deg is None:
        rows.append(("heading", "unknown", "", ""))
    else:
        heading = f"{used.heading_deg:.1f}°"
        rows.append(("heading", heading, f"{used.heading_sigma_deg:.3g}°", used.heading_source))
    level, pitch_deg, roll_deg = found.level, used.pitch_deg, used.roll_deg
    sigma_deg, source = used.tilt_sigma_deg, used.tilt_source
    if level is not None and level.sigma_deg < sigma_deg:
        pitch_deg, roll_deg, sigma_deg = level.pitch_deg, level.roll_deg, level.sigma_deg
        source = f"{level.source} (its tags: {used.tilt_source})"
    rows.append(("pitch, roll", f"{pitch_deg:.1f}°, {roll_deg:.1f}°", f"{sigma_deg:.3g}°", source))
    if depth is None:
        rows.append(("depth", "none yet", "", ""))
    else:
        focal = depth.focal
        rows.append(
            ("focal", f"{focal.focal_px:.1f} px", f"{100 * focal.sigma_rel:.2g} %", focal.source)
        )
        rows.append(("depth scale", "1", f"{100 * used.scale_sigma_rel:.2g} %", depth.model.name))
    console.table(("quantity", "value", "±", "from"), rows)


def _place(console: Console, found: Explanation) -> None:
    if found.camera is not None:
        console.say(f"its camera, by {found.camera.photos} photos: {found.camera.line()}")
    place = found.place
    if place is None:
        return
    group = f"group {found.group}, {found.believed} pairs hold it" if found.believed else "alone"
    console.say()
    console.say(f"where merge put it ({group}); ± is one sigma on the globe")
    east, north, up = place.position_sigma_m
    off_east, off_north, off_up = found.gps_residual_m
    console.table(
        ("quantity", "value", "±", "off its tag"),
        [
            (
                "position",
                f"{place.lat_deg:.7f}, {place.lon_deg:.7f}",
                f"{east:.2f} m east, {north:.2f} m north",
                f"{off_east:+.1f} m east, {off_north:+.1f} m north"
                if math.isfinite(off_east)
                else "",
            ),
            ("", "nine times out of ten", f"within {place.radius90_m:.2f} m", ""),
            (
                "height",
                f"{place.height_m:.2f} m above the ellipsoid",
                f"{up:.2f} m",
                f"{off_up:+.1f} m" if math.isfinite(off_up) else "",
            ),
            (
                "heading",
                f"{place.heading_deg:.2f}°",
                f"{place.heading_sigma_deg:.2f}°",
                f"{found.heading_residual_deg:+.1f}°"
                if math.isfinite(found.heading_residual_deg)
                else "",
            ),
            ("pitch", f"{place.pitch_deg:.2f}°", f"{place.pitch_sigma_deg:.2f}°", ""),
            ("roll", f"{place.roll_deg:.2f}°", f"{place.roll_sigma_deg:.2f}°", ""),
            ("depth scale", f"{place.depth_scale:.4f}", f"{100 * place.scale_sigma_rel:.2g} %", ""),
            ("focal", f"{place.lens.focal_px:.1f} px, {place.hfov_deg:.1f}° wide", "", ""),
            ("principal point", f"{place.lens.cx_px:.1f}, {place.lens.cy_px:.1f} px", "", ""),
        ],
    )


def exported(call: Call, summary: ExportSummary) -> None:
    """What `export` wrote."""
    what = f"{summary.photos} photos" if summary.photos else f"{summary.points} points"
    if summary.triangles:
        what = f"{summary.triangles} triangles"
    call.console.say(f"wrote {what} to {summary.path}")
    if summary.path.suffix.lower() == ".glb":
        layer = shlex.quote(str(summary.path))
        call.console.say(f"look at it: {_command(call, f'view --layer {layer}')}")
    call.console.summary("export", asdict(summary))


def raster_made(call: Call, made: RasterMade) -> None:
    """What `raster` wrote."""
    what = f"{made.lines} lines" if made.lines else f"{made.columns}×{made.rows} cells"
    gaps = f", {made.filled} of them closed gaps" if made.filled else ""
    call.console.say(
        f"wrote {made.kind}, {what} of {made.gsd_m:g} m in EPSG:{made.epsg}, "
        f"{made.cells} with a value{gaps}: {made.path}"
    )
    call.console.summary("raster", {"map": call.map_dir, **asdict(made)})


def rendered(call: Call, done: RenderSummary) -> None:
    """What `render` drew."""
    frames = "one picture" if done.frames == 1 else f"{done.frames} frames"
    call.console.say(
        f"drew {frames} of {done.points} points, {done.width_px}×{done.height_px}, "
        f"{done.seconds_per_frame:.2f} s each: {done.path} ({done.bytes / 1e6:.1f} MB)"
    )
    call.console.summary("render", {"map": call.map_dir, **asdict(done)})


def page_served(call: Call, name: str, url: str) -> None:
    """Where `view` shows the page."""
    call.console.say(f"{name} is shown at {url} (Ctrl-C ends it)")
    call.console.summary("view", {"map": call.map_dir, "url": url})


def page_written(call: Call, done: Written) -> None:
    """The page that `view` wrote."""
    for line in done.left_out:
        call.console.say(f"left out: {line}")
    call.console.say(f"wrote {done.files} files, {done.size_bytes / 1e6:.1f} MB: {done.path}")
    call.console.summary("view", {"map": call.map_dir, **asdict(done)})


def removed(call: Call, summary: RemoveSummary) -> None:
    """What `remove` took out."""
    for name in summary.gone_before:
        call.console.say(f"{name} was removed before")
    call.console.say(
        f"{len(summary.photos)} removed; {summary.tiles_written} tiles written, "
        f"{summary.tiles_dropped} dropped; `worldmap gc` frees the space of their files"
    )
    call.console.summary("remove", {"map": call.map_dir, **asdict(summary)})


def collected(call: Call, summary: OrphanSummary) -> None:
    """The files that `gc` removed or would remove."""
    for path in summary.files:
        call.console.say(f"  {call.map_dir / path}")
    what = f"{len(summary.files)} files, {summary.size_bytes / 1e6:.1f} MB"
    call.console.say(f"removed {what}" if summary.removed else f"would remove {what}")
    call.console.summary("gc", {"map": call.map_dir, **asdict(summary)})


def verified(call: Call, found: Verification) -> None:
    """What `verify` found off, and what to run."""
    call.console.table(
        ("file", "what is off", "run"),
        [(each.path, each.problem, each.run) for each in found.findings],
    )
    left = f"; {found.orphans} files that nothing refers to: `worldmap gc`"
    call.console.say(
        f"{found.files} files checked, "
        + (f"{len(found.findings)} findings" if found.findings else "all as they should be")
        + (left if found.orphans else "")
    )
    call.console.summary("verify", {"map": call.map_dir, **asdict(found)})


def located(call: Call, found: PixelPlace) -> None:
    """Where a pixel is."""
    east, north, up = found.sigma_m
    call.console.say(f"{found.lat_deg:.8f}, {found.lon_deg:.8f}")
    call.console.say(
        f"height {found.height_m:.3f} m above the ellipsoid, {found.height_msl_m:.3f} m above "
        "the sea (EGM96)"
    )
    call.console.say(
        f"± {east:.2f} m east, {north:.2f} m north, {up:.2f} m up on the globe; "
        f"± {found.area_sigma_m:.2f} m along the line of sight within the area (one sigma)"
    )
    call.console.say(f"{found.range_m:.2f} m from the camera")
    call.console.summary(
        "locate", {**asdict(found), "horizontal_sigma_m": found.horizontal_sigma_m}
    )


def depth_drawn(
    call: Call,
    photo: Path,
    found: SinglePhoto,
    points: int,
    written: Mapping[str, Path | None],
) -> None:
    """What `depth` found in one photo, and which files it wrote: picture, cloud, film, page."""
    in_use = found.cleaned.depth_map.focal
    without = {str(k): n for k, n in found.cleaned.removed_counts().items() if n}
    call.console.say(
        f"focal {in_use.focal_px:.0f} px ± {100 * in_use.sigma_rel:.0f} % ({in_use.source})"
    )
    if found.untrusted:
        call.console.warn(found.untrusted)
    call.console.say(f"{points} points; removed {without or 'nothing'}")
    words = {
        "picture": "drawn in",
        "cloud": "points in",
        "film": "a film of them in",
        "page": "a page of them in",
    }
    call.console.say(", ".join(f"{words[kind]} {path}" for kind, path in written.items() if path))
    call.console.summary(
        "depth",
        {
            "photo": photo,
            **written,
            "points": points,
            "focal": asdict(in_use),
            "removed": without,
        },
    )


def demonstrated(call: Call, summary: DemoSummary) -> None:
    """The demo's merge, and how far it is from the truth."""
    console = call.console
    _placements(replace(call, map_dir=summary.map_dir), summary.merged)
    console.say()
    console.say("against the truth, medians over the placed photos:")
    console.say(
        f"  position {summary.position_aligned_m_median:.3f} m and rotation "
        f"{summary.rotation_aligned_deg_median:.3f}° after one "
        f"{'rigid' if summary.measured else 'similar'} alignment of the street"
    )
    scale = "depth scale" if summary.measured else "size, which GPS alone tells,"
    console.say(f"  {scale} {summary.scale_error_pct_median:.2f} %")
    console.say(
        f"{summary.placed} of {summary.photos} photos placed, {summary.points} points, "
        f"{summary.seconds:.0f} s"
    )
    console.say()
    console.say(f"photos  {summary.photo_dir}")
    console.say(f"map     {summary.map_dir}")
    figures = asdict(summary)
    del figures["merged"]
    console.summary("demo", figures)


def upgraded(call: Call, done: Upgrade) -> None:
    """From which version `db upgrade` came to which."""
    if done.from_revision == done.to_revision:
        call.console.say(f"the catalog of {call.map_dir} is already of version {done.to_revision}")
    else:
        kept = f"; the old one is kept as {done.backup}" if done.backup else ""
        call.console.say(
            f"upgraded the catalog of {call.map_dir} from {done.from_revision} to "
            f"{done.to_revision}{kept}"
        )
    call.console.summary("db upgrade", asdict(done))


def settings(call: Call, layout: Layout, told: NamedSettings, names: Sequence[str]) -> None:
    """The settings whose names begin with one of `names`, or all; `told` is what --config says."""
    from worldmap.config import Settings, SettingShown, all_values, meanings
    from worldmap.mapfolder import map_settings

    kept, meaning = map_settings(layout), meanings()
    values = {**all_values(Settings()), **kept, **told}
    unknown = [name for name in names if not any(each.startswith(name) for each in values)]
    if unknown:
        raise UsageError(f"there is no setting {unknown[0]}; `worldmap config` lists all")
    rows = [
        SettingShown(
            name=name,
            value=value,
            origin="--config" if name in told else "the map" if name in kept else "default",
            meaning=meaning.get(name, ""),
        )
        for name, value in sorted(values.items())
        if not names or name.startswith(tuple(names))
    ]
    call.console.table(("setting", "value", "from", "meaning"), [astuple(row) for row in rows])
    call.console.summary("config", {"map": call.map_dir, "settings": [asdict(row) for row in rows]})


def plugins(call: Call, found: Sequence[PluginState]) -> None:
    """What the doors have, and what cannot be used."""
    call.console.table(
        ("what", "name", "from", "state"),
        [(each.noun, each.name, each.package, each.problem or "ready") for each in found],
    )
    call.console.summary("plugins", {"plugins": [asdict(each) for each in found]})


def models(
    call: Call, found: Sequence[InstalledModel], operations_per_s: float, taken: str | None
) -> None:
    """The networks, how long a photo takes them here, which are here, and which `auto` takes."""
    from worldmap.depth.offers import about_duration

    call.console.table(
        ("model", "for --depth", "gives", "download", "a photo takes", "here", "licence"),
        [
            (
                each.source.name,
                each.source.estimator if each.source.finds == "depth" else "",
                ", ".join((each.source.finds, *each.source.gives)),
                f"{each.source.download_bytes / 1e6:.0f} MB",
                about_duration(each.source.operations / operations_per_s),
                each.folder or "no",
                each.source.licence,
            )
            for each in found
        ],
    )
    call.console.say(
        f"--depth auto takes {taken} for photos without measured depth"
        if taken
        else "--depth auto has no network here: `worldmap models fetch NAME`"
    )
    call.console.summary(
        "models list",
        {
            "models": [asdict(each) for each in found],
            "operations_per_s": operations_per_s,
            "auto": taken,
        },
    )


def model_fetched(call: Call, name: str, done: InstalledModel) -> None:
    """Where `models fetch` put a network's weights."""
    call.console.say(f"{name} is installed in {done.folder}")
    call.console.summary("models fetch", asdict(done))


def model_imported(call: Call, name: str, done: InstalledModel) -> None:
    """Where `models import` put a network's weights."""
    call.console.say(f"{name} is installed in {done.folder}; licence: {done.source.licence}")
    call.console.summary("models import", asdict(done))
