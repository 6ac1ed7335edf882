"""The command line. Thin: it reads arguments, calls the pipeline, prints, and is the only place
that exits.

What a command needs is imported when it runs, so that `--help` and `--version` are quick.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import worldmap
from worldmap.console import Console, bug_line, set_up_logging
from worldmap.errors import ExitCode, InputError, UsageError, WorldmapError

if TYPE_CHECKING:
    from worldmap.config import Settings
    from worldmap.pipeline.demo import DemoSummary
    from worldmap.pipeline.explain import Explanation, Place
    from worldmap.pipeline.merge import MergeSummary
    from worldmap.view import Basemap, Exhibit

app = typer.Typer(
    name="worldmap",
    help="Photos in, georeferenced 3-D point clouds out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong arguments, 3 no input, 4 some photos failed, 5 storage, "
    "6 catalog, 7 settings, 8 depth model missing, 9 verify found something off, 130 interrupted, "
    "1 a bug.",
)
db = typer.Typer(no_args_is_help=True, help="Look after a map's catalog.")
app.add_typer(db, name="db")
models = typer.Typer(no_args_is_help=True, help="The weights of depth networks on this machine.")
app.add_typer(models, name="models")

_STORAGE_ERRORS = frozenset(
    {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EFBIG, errno.EIO}
)
_BROKEN_PIPE = 141  # what a shell gives a command that SIGPIPE ended

MapOption = Annotated[
    Path,
    typer.Option("--map", metavar="DIR", envvar="WORLDMAP_MAP", help="The map's folder."),
]
CatalogOption = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="URL",
        envvar="WORLDMAP_CATALOG",
        help="postgresql://... to keep the catalog there; said once, the map's folder knows it.",
    ),
]
AreaOption = Annotated[
    str,
    typer.Option(
        "--area",
        metavar="AREA",
        help="all | west,south,east,north | lat,lon,radius_m | a GeoJSON file.",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings (YAML) that differ from the defaults."),
]
ModelArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A model of `worldmap models list`.")
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", metavar="N", help="Worker processes (default: what the machine bears)."
    ),
]
DepthOption = Annotated[
    str,
    typer.Option(
        "--depth",
        metavar="SOURCE",
        help="auto (measured where a photo has it, else depth-pro) | measured | depth-pro | "
        "depth-pro-apple | depth-anything.",
    ),
]
SuffixOption = Annotated[
    str | None,
    typer.Option(
        "--depth-suffix",
        metavar="SUFFIX",
        help="Sidecars are called STEM + SUFFIX + .png, .npy or .tif (default .depth).",
    ),
]
FocalOption = Annotated[
    float | None,
    typer.Option("--focal", metavar="PX", help="Focal length in pixels of the full-size photo."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="JSON lines on stdout: events, then one summary.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
DebugOption = Annotated[
    bool,
    typer.Option("--debug", envvar="WORLDMAP_DEBUG", help="Log lines and full tracebacks."),
]
_DEFAULT_MAP = Path("map")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"worldmap {worldmap.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Photos in, georeferenced 3-D point clouds out."""


@app.command()
def ingest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Photos, or folders to search through.")
    ],
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    depth: DepthOption = "auto",
    depth_suffix: SuffixOption = None,
    focal: FocalOption = None,
    gpx: Annotated[
        list[Path] | None,
        typer.Option("--gpx", metavar="FILE", help="Positions by time from a track; repeatable."),
    ] = None,
    time_offset: Annotated[
        float,
        typer.Option(
            "--time-offset", metavar="S", help="Seconds added to the camera's clock for --gpx."
        ),
    ] = 0.0,
    table: Annotated[
        list[Path] | None,
        typer.Option(
            "--table", metavar="FILE", help="Positions by file name (CSV, geo.txt); repeatable."
        ),
    ] = None,
    told: Annotated[
        str | None,
        typer.Option(
            "--set", metavar="K=V,...", help="What you know better: lat=48.1,lon=11.5,heading=270."
        ),
    ] = None,
    no_gps: Annotated[
        bool, typer.Option("--no-gps", help="Ignore the positions that photos and albums bring.")
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only photos taken from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only photos taken before then.")
    ] = None,
    jobs: JobsOption = None,
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Read photos into the map: tags, depth, features. Photos already in it are skipped."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=True)
        from worldmap.config import load_settings
        from worldmap.photo import Sidecars, parse_overrides, parse_period
        from worldmap.pipeline.ingest import IngestStatus
        from worldmap.pipeline.ingest import ingest as run

        settings = _with_depth(load_settings(config), sidecar_suffix=depth_suffix, focal_px=focal)
        summary = run(
            map_dir,
            paths,
            settings,
            depth=depth,
            jobs=_job_count(jobs),
            sidecars=Sidecars(
                tables=table or (),
                gpx=gpx or (),
                time_offset_s=time_offset,
                overrides=parse_overrides(told) if told else None,
                use_gps=not no_gps,
            ),
            period=parse_period(since, until),
            listener=console,
        )
        accepted, skipped, failed = (summary.count(status) for status in IngestStatus)
        console.table(
            ("photo", "status", "reason"),
            [(photo.path, photo.status, photo.reason) for photo in summary.photos],
        )
        console.say(
            f"{accepted} accepted, {skipped} skipped, {failed} failed "
            f"in {summary.seconds:.1f} s; map: {map_dir}"
        )
        console.summary(
            "ingest",
            {
                "map": map_dir,
                "accepted": accepted,
                "skipped": skipped,
                "failed": failed,
                "seconds": summary.seconds,
                "photos": [asdict(photo) for photo in summary.photos],
            },
        )
        if failed:
            raise typer.Exit(ExitCode.PARTIAL)


@app.command()
def merge(
    area: AreaOption,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Of the tiles: las | laz | copc; repeatable (default: laz and copc).",
        ),
    ] = None,
    vertical: Annotated[
        str | None,
        typer.Option(
            "--vertical",
            metavar="DATUM",
            help="Heights above the ellipsoid (default) or msl, mean sea level (EGM96).",
        ),
    ] = None,
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Do not write the page about it.")
    ] = False,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Solve all photos again, not only those near what is new."),
    ] = False,
    jobs: JobsOption = None,
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Place an area's photos together and write its tiles."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.area import parse_area
        from worldmap.config import load_settings
        from worldmap.pipeline.merge import merge as run

        chosen = parse_area(area)
        settings = _with_tiles(load_settings(config), formats=formats, vertical=vertical)
        report = settings.report.write and not no_report
        summary = run(
            map_dir, chosen, settings, console, jobs=_job_count(jobs), report=report, anew=anew
        )
        _show_merge(console, map_dir, summary)
        console.summary("merge", {"map": map_dir, **asdict(summary)})


def _show_merge(console: Console, map_dir: Path, summary: MergeSummary) -> None:
    console.table(
        ("photo", "status", "pairs", "scale", "± m", "GPS off m", "heading off °", "reason"),
        [
            (
                photo.path.name,
                photo.status,
                photo.pairs,
                _figure(photo.depth_scale, 3),
                _figure(max(photo.position_sigma_m), 2),
                _figure(photo.gps_residual_m, 1),
                _figure(photo.heading_residual_deg, 1),
                photo.reason,
            )
            for photo in summary.photos
        ],
    )
    console.table(
        ("photo", "looks suspicious"),
        [(photo.path.name, ", ".join(photo.flags)) for photo in summary.photos if photo.flags],
    )
    console.table(
        ("photo", "stands in front of what this one saw"), list(summary.overlap_contradicted)
    )
    console.say(
        f"{summary.placed} placed, {summary.unplaced} unplaced; {summary.pairs_accepted} of "
        f"{summary.pairs_tried} pairs accepted; {summary.points} points in "
        f"{len(summary.tiles)} tiles ({summary.tiles_written} written, {summary.tiles_dropped} "
        f"dropped), {summary.seconds:.1f} s"
    )
    for tile in summary.tiles:
        console.say(f"  {map_dir / tile}")
    if summary.report is not None:
        console.say(f"report: {summary.report}")


def _figure(value: float, digits: int) -> str:
    """A number for a table; nothing where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


@app.command()
def status(
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="OUT",
            help="Draw the photos before and after solving: a .png, .svg or .pdf file.",
        ),
    ] = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """What is in a map."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.catalog import Catalog

        with Catalog.open(map_dir, create=False) as catalog:
            found, failures = catalog.status(), catalog.failures()
        if plot is not None:
            from worldmap.pipeline.plot import plot_map

            plot_map(map_dir, plot)
        console.say(f"map {map_dir}")
        console.say(
            f"photos   {found.photos}: {found.placed} placed, {found.unplaced} unplaced, "
            f"{found.waiting} waiting for a merge; {found.without_position} without a position"
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
                "map": map_dir,
                **asdict(found),
                "failed": [asdict(each) for each in failures],
                "plot": plot,
            },
        )


@app.command()
def explain(
    photo: Annotated[
        str, typer.Argument(metavar="PHOTO", help="A photo of the map: its path or file name.")
    ],
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Why a photo is where it is: every value of its tags, first guess, pairs and solution."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.pipeline.explain import explain as run
        from worldmap.records import Failure, PhotoStatus

        found = run(map_dir, photo)
        if isinstance(found, Failure):
            console.say(f"{found.path}\nfailed at {found.stage}: {found.reason}")
            console.summary("explain", {**asdict(found), "status": PhotoStatus.FAILED})
        else:
            _show_explanation(console, found)
            console.summary("explain", asdict(found))


def _show_explanation(console: Console, found: Explanation) -> None:
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
    console.say("\nwhat its tags say")
    console.table(
        ("quantity", "used", "value", "±", "source", "raw", "note"),
        [
            (e.quantity, "yes" if e.used else "no", e.value, e.sigma, e.source, e.raw, e.note)
            for e in found.ledger
        ],
    )
    _show_guess(console, found)
    _show_place(console, found.place)
    console.say("\npairs" if found.pairs else "\nno pairs")
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


def _show_guess(console: Console, found: Explanation) -> None:
    told, used, depth = found.first_guess, found.solved_with, found.depth
    console.say("\nfirst guess, as the solver takes it")
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
    focal = depth.focal
    rows.append(
        ("focal", f"{focal.focal_px:.1f} px", f"{100 * focal.sigma_rel:.2g} %", focal.source)
    )
    rows.append(("depth scale", "1", f"{100 * used.scale_sigma_rel:.2g} %", depth.model.name))
    console.table(("quantity", "value", "±", "from"), rows)


def _show_place(console: Console, place: Place | None) -> None:
    if place is None:
        return
    group = f"group {place.component}, {place.pairs} pairs hold it" if place.pairs else "alone"
    console.say(f"\nwhere merge put it ({group})")
    east, north, up = place.position_sigma_m
    off_east, off_north, off_up = place.gps_residual_m
    about_x, about_y, about_z = place.rotation_sigma_deg
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
            (
                "height",
                f"{place.height_m:.2f} m above the ellipsoid",
                f"{up:.2f} m",
                f"{off_up:+.1f} m" if math.isfinite(off_up) else "",
            ),
            (
                "heading",
                f"{place.heading_deg:.2f}°",
                f"{about_y:.2f}°",
                f"{place.heading_residual_deg:+.1f}°"
                if math.isfinite(place.heading_residual_deg)
                else "",
            ),
            ("pitch", f"{place.pitch_deg:.2f}°", f"{about_x:.2f}°", ""),
            ("roll", f"{place.roll_deg:.2f}°", f"{about_z:.2f}°", ""),
            ("depth scale", f"{place.depth_scale:.4f}", f"{100 * place.scale_sigma_rel:.2g} %", ""),
            ("focal", f"{place.focal_px:.1f} px", "", ""),
        ],
    )


@app.command()
def export(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A .las, .laz, .copc.laz, .ply, .xyz, .e57 or .json file, or a folder (--format).",
        ),
    ],
    area: AreaOption,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="las | laz | copc | ply | xyz | e57 | json (default: by OUT's name); folders: "
            "colmap | opensfm | nerfstudio | stac.",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs", metavar="EPSG:N", help="Points in this projected CRS, not the tiles' own."
        ),
    ] = None,
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Write an area's points or solved camera poses to one file, or a folder for other programs."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.area import parse_area
        from worldmap.pipeline.exchange import FOLDER_FORMATS, export_folder
        from worldmap.pipeline.export import FORMATS, parse_crs
        from worldmap.pipeline.export import export as run

        if kind not in (None, *FORMATS, *FOLDER_FORMATS):
            known = ", ".join((*FORMATS, *FOLDER_FORMATS))
            raise UsageError(f"no format {kind!r}; there is: {known}")
        epsg = None if crs is None else parse_crs(crs)
        if kind in FOLDER_FORMATS:
            if epsg is not None:
                raise UsageError(f"--crs is for points; {kind} has a frame of its own")
            summary = export_folder(map_dir, parse_area(area), out, kind)
        else:
            summary = run(map_dir, parse_area(area), out, kind=kind, epsg=epsg)
        what = f"{summary.photos} photos" if summary.photos else f"{summary.points} points"
        console.say(f"wrote {what} to {summary.path}")
        console.summary("export", asdict(summary))


@app.command()
def render(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .png, .jpg, .gif or .mp4 file.")],
    area: AreaOption,
    path: Annotated[
        str,
        typer.Option(
            "--path",
            metavar="WAY",
            help="turntable (around the cloud) | flight (along the photos) | a photo of the map.",
        ),
    ] = "turntable",
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WxH", help="Pixels (default: 1280x720; 480x270 for .gif)."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="S", help="Length of a film.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option("--fps", metavar="N", help="Frames a second (default: .gif 12, .mp4 30)."),
    ] = None,
    background: Annotated[
        str | None, typer.Option("--background", metavar="B", help="light | dark | sky | #rrggbb.")
    ] = None,
    colour: Annotated[
        str, typer.Option("--colour", metavar="C", help="photo | height | support | sigma.")
    ] = "photo",
    support: Annotated[
        int,
        typer.Option(
            "--support", metavar="N", help="Only points that so many photos agree on (default 1)."
        ),
    ] = 1,
    no_shade: Annotated[
        bool, typer.Option("--no-shade", help="Colours as they are, without shading by depth.")
    ] = False,
    map_dir: MapOption = _DEFAULT_MAP,
    jobs: JobsOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Draw an area's points as a picture (.png, .jpg) or a film (.gif, .mp4)."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=out) as console:
        from worldmap.area import parse_area
        from worldmap.pipeline.render import RenderOptions, parse_size
        from worldmap.pipeline.render import render as run

        options = RenderOptions(
            path=path,
            size_px=parse_size(size) if size else None,
            seconds=seconds,
            fps=fps,
            background=background,
            colour=colour,
            shaded=not no_shade,
            support=support,
        )
        done = run(map_dir, parse_area(area), out, options, console, jobs=_job_count(jobs))
        frames = "one picture" if done.frames == 1 else f"{done.frames} frames"
        console.say(
            f"drew {frames} of {done.points} points, {done.width_px}×{done.height_px}, "
            f"{done.seconds_per_frame:.2f} s each: {out} ({done.bytes / 1e6:.1f} MB)"
        )
        console.summary("render", {"map": map_dir, **asdict(done)})


@app.command()
def view(
    map_dir: MapOption = _DEFAULT_MAP,
    area: AreaOption = "all",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Default: the first free from 8765 on."
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="Listen there; the default is this machine alone."
        ),
    ] = "127.0.0.1",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the page's address, open nothing.")
    ] = False,
    static: Annotated[
        Path | None,
        typer.Option("--static", metavar="OUT", help="Write a folder for any web server instead."),
    ] = None,
    single: Annotated[
        Path | None,
        typer.Option("--single", metavar="OUT", help="Write one .html file instead (small maps)."),
    ] = None,
    basemap: Annotated[
        str | None,
        typer.Option(
            "--basemap", metavar="URL", help="Raster tiles below the map: https://…/{z}/{x}/{y}.png"
        ),
    ] = None,
    basemap_credit: Annotated[
        str, typer.Option("--basemap-credit", metavar="TEXT", help="Whose tiles they are.")
    ] = "",
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Look at a map in the browser: photos on a map, points in 3-D, photos laid over them."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        from worldmap.area import Everywhere, parse_area
        from worldmap.view import Exhibit, check_basemap, write_single, write_site

        part = parse_area(area)
        below = check_basemap(basemap, basemap_credit) if basemap else None
        if static is not None and single is not None:
            raise UsageError("--static and --single are two things; choose one")
        exhibit = Exhibit(map_dir, area=None if isinstance(part, Everywhere) else part)
        if exhibit.area is not None and not exhibit.names():
            raise InputError(f"the map {map_dir} has neither photos nor points in that area")
        if static is None and single is None:
            _show_page(console, exhibit, below, host, port, open_browser=not no_browser)
            return
        done = (
            write_site(exhibit, static, below)
            if static is not None
            else write_single(exhibit, single or Path(), below)
        )
        for line in done.left_out:
            console.say(f"left out: {line}")
        console.say(f"wrote {done.files} files, {done.size_bytes / 1e6:.1f} MB: {done.path}")
        console.summary("view", {"map": map_dir, **asdict(done)})


def _show_page(
    console: Console,
    exhibit: Exhibit,
    basemap: Basemap | None,
    host: str,
    port: int | None,
    *,
    open_browser: bool,
) -> None:
    """Serve the page until Ctrl-C."""
    from worldmap.view import address_of, open_socket, require_server, serve
    from worldmap.view.browser import open_page

    require_server()
    exhibit.document()  # a map that cannot be read is said here, not in the browser
    with contextlib.closing(open_socket(host, port)) as opened:
        url = address_of(opened)

        def ready() -> None:
            console.say(f"{exhibit.name} is shown at {url} (Ctrl-C ends it)")
            console.summary("view", {"map": exhibit.map_dir, "url": url})
            if open_browser:
                open_page(url)

        serve(exhibit, opened, basemap, when_ready=ready)


@app.command()
def remove(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos of the map: their paths or file names."),
    ],
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    jobs: JobsOption = None,
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Take photos out of the map and rebuild the tiles that they were in."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.config import load_settings
        from worldmap.pipeline.remove import remove as run

        settings = load_settings(config) if config else None
        summary = run(map_dir, photos, settings, console, jobs=_job_count(jobs))
        console.say(
            f"{len(summary.photos)} removed; {summary.tiles_written} tiles written, "
            f"{summary.tiles_dropped} dropped; `worldmap gc` frees the space of their files"
        )
        console.summary("remove", {"map": map_dir, **asdict(summary)})


@app.command()
def gc(
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be removed.")
    ] = False,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Remove the files of a map that nothing refers to any more."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.pipeline.orphans import collect_orphans

        summary = collect_orphans(map_dir, dry_run=dry_run)
        for path in summary.files:
            console.say(f"  {map_dir / path}")
        what = f"{len(summary.files)} files, {summary.size_bytes / 1e6:.1f} MB"
        console.say(f"removed {what}" if summary.removed else f"would remove {what}")
        console.summary("gc", {"map": map_dir, **asdict(summary)})


@app.command()
def verify(
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Check every file of a map against the catalog; exit code 9 where something is off."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.pipeline.verify import verify as run

        found = run(map_dir, console)
        console.table(
            ("file", "what is off", "run"),
            [(each.path, each.problem, each.run) for each in found.findings],
        )
        left = f"; {found.orphans} files that nothing refers to: `worldmap gc`"
        console.say(
            f"{found.files} files checked, "
            + (f"{len(found.findings)} findings" if found.findings else "all as they should be")
            + (left if found.orphans else "")
        )
        console.summary("verify", {"map": map_dir, **asdict(found)})
        if found.findings:
            raise typer.Exit(ExitCode.OFF)


@app.command()
def locate(
    photo: Annotated[
        str, typer.Argument(metavar="PHOTO", help="A photo of the map: its path or file name.")
    ],
    u_px: Annotated[float, typer.Argument(metavar="U", help="Pixels from the left edge.")],
    v_px: Annotated[float, typer.Argument(metavar="V", help="Pixels from the top edge.")],
    map_dir: MapOption = _DEFAULT_MAP,
    catalog_url: CatalogOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Latitude, longitude, height and error of what a pixel of a placed photo shows."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        _use_catalog(map_dir, catalog_url, create=False)
        from worldmap.pipeline.locate import locate as run

        found = run(map_dir, photo, u_px, v_px)
        east, north, up = found.sigma_m
        console.say(f"{found.lat_deg:.8f}, {found.lon_deg:.8f}")
        console.say(
            f"height {found.height_m:.3f} m above the ellipsoid, {found.height_msl_m:.3f} m above "
            "the sea (EGM96)"
        )
        console.say(f"± {east:.2f} m east, {north:.2f} m north, {up:.2f} m up (one sigma)")
        console.say(f"{found.range_m:.2f} m from the camera")
        console.summary("locate", {**asdict(found), "horizontal_sigma_m": found.horizontal_sigma_m})


@app.command()
def depth(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="Any photo; it needs no tags.")],
    picture: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="OUT", help="The picture (default: STEM.depth.jpg here)."
        ),
    ] = None,
    cloud: Annotated[
        Path | None,
        typer.Option(
            "--cloud",
            metavar="OUT",
            help="The photo's points too: .ply, .las or .laz, camera axes.",
        ),
    ] = None,
    source: DepthOption = "auto",
    depth_suffix: SuffixOption = None,
    focal: FocalOption = None,
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """One photo by itself: a picture of its depth and of what was removed, and its points."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=photo) as console:
        from worldmap.config import load_settings
        from worldmap.depth.picture import draw_depth
        from worldmap.pipeline.single import depth_of_photo, write_cloud

        settings = _with_depth(load_settings(config), sidecar_suffix=depth_suffix, focal_px=focal)
        found = depth_of_photo(photo, settings, depth=source)
        drawn = picture or Path(f"{photo.stem}.depth.jpg")
        draw_depth(drawn, found.metadata, found.rgb, found.cleaned)
        points = found.cloud()
        if cloud is not None:
            write_cloud(cloud, points)
        in_use = found.cleaned.depth_map.focal
        removed = {str(k): n for k, n in found.cleaned.removed_counts().items() if n}
        console.say(
            f"focal {in_use.focal_px:.0f} px ± {100 * in_use.sigma_rel:.0f} % ({in_use.source})"
        )
        console.say(f"{len(points)} points; removed {removed or 'nothing'}")
        console.say(f"drawn in {drawn}" + (f", points in {cloud}" if cloud else ""))
        console.summary(
            "depth",
            {
                "photo": photo,
                "picture": drawn,
                "cloud": cloud,
                "points": len(points),
                "focal": asdict(in_use),
                "removed": removed,
            },
        )


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where photos and map are written.")
    ] = Path("demo"),
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another seed, another street.")
    ] = 3,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a synthetic street, ingest and merge it, and compare the result with the truth."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=out) as console:
        from worldmap.pipeline.demo import run_demo

        _show_demo(console, run_demo(out, seed, console, report=True))


def _show_demo(console: Console, summary: DemoSummary) -> None:
    _show_merge(console, summary.map_dir, summary.merged)
    console.say("\nagainst the truth, medians over the placed photos:")
    console.say(
        f"  position {summary.position_aligned_m_median:.3f} m and rotation "
        f"{summary.rotation_aligned_deg_median:.3f}° after one rigid alignment of the street"
    )
    console.say(f"  depth scale {summary.scale_error_pct_median:.2f} %")
    console.say(
        f"{summary.placed} of {summary.photos} photos placed, {summary.points} points, "
        f"{summary.seconds:.0f} s\n"
    )
    console.say(f"photos  {summary.photo_dir}")
    console.say(f"map     {summary.map_dir}")
    figures = asdict(summary)
    del figures["merged"]
    console.summary("demo", figures)


@db.command()
def upgrade(
    map_dir: MapOption = _DEFAULT_MAP,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Bring the catalog of an older worldmap to this version; a copy of it is kept."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug, folder=map_dir) as console:
        from worldmap.catalog import upgrade as run

        done = run(map_dir)
        if done.from_revision == done.to_revision:
            console.say(f"the catalog of {map_dir} is already of version {done.to_revision}")
        else:
            console.say(
                f"upgraded the catalog of {map_dir} from {done.from_revision} to "
                f"{done.to_revision}; the old one is kept as {done.backup}"
            )
        console.summary("db upgrade", asdict(done))


@models.command("list")
def list_models(
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Which networks worldmap can run, under which licence, and which are here."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug) as console:
        from worldmap.config import load_settings
        from worldmap.depth.weights import list_models as run

        found = run(load_settings(config).depth)
        console.table(
            ("model", "for --depth", "download", "here", "licence"),
            [
                (
                    each.source.name,
                    each.source.estimator,
                    f"{each.source.download_bytes / 1e6:.0f} MB",
                    each.folder or "no",
                    each.source.licence,
                )
                for each in found
            ],
        )
        console.summary("models list", {"models": [asdict(each) for each in found]})


@models.command()
def fetch(
    name: ModelArgument,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Do not ask; for scripts.")
    ] = False,
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Download a network's weights, after showing their licence."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug) as console:
        from worldmap.config import load_settings
        from worldmap.depth.weights import fetch_model, model_source

        source = model_source(name)
        typer.echo(f"{source.notice}\n{source.licence_url}", err=True)
        accepted = accept_licence or (
            sys.stdin.isatty()
            and typer.confirm(
                f"Accept, and download {source.download_bytes / 1e6:.0f} MB?", err=True
            )
        )
        done = fetch_model(name, load_settings(config).depth, accept_licence=accepted)
        console.say(f"{name} is installed in {done.folder}")
        console.summary("models fetch", asdict(done))


@models.command("import")
def import_model(
    name: ModelArgument,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A Hugging Face folder, or Apple's depth_pro.pt."),
    ],
    config: ConfigOption = None,
    json_lines: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Install weights that are on this machine already."""
    with _command(json_lines=json_lines, quiet=quiet, debug=debug) as console:
        from worldmap.config import load_settings
        from worldmap.depth.weights import import_model as run

        done = run(name, path, load_settings(config).depth)
        console.say(f"{name} is installed in {done.folder}; licence: {done.source.licence}")
        console.summary("models import", asdict(done))


def _use_catalog(map_dir: Path, url: str | None, *, create: bool) -> None:
    """Where the user names a database, the map's folder keeps the name."""
    if url is not None:
        from worldmap.catalog import use_database

        use_database(map_dir, url, create=create)


def _job_count(jobs: int | None) -> int:
    """What the user asked for, or what the machine bears."""
    from worldmap.engine import default_jobs

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {jobs}")
    return jobs or default_jobs()


def _with_tiles(settings: Settings, **options: object) -> Settings:
    """The settings with those tile settings replaced that were given as options."""
    from pydantic import ValidationError

    from worldmap.config import TileSettings

    given = {name: value for name, value in options.items() if value is not None}
    try:
        tiles = TileSettings.model_validate({**settings.tiles.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"tiles.{first['loc'][0]}: {first['msg']}") from error
    return settings.model_copy(update={"tiles": tiles})


def _with_depth(settings: Settings, **options: str | float | None) -> Settings:
    """The settings with those depth settings replaced that were given as options."""
    from pydantic import ValidationError

    from worldmap.config import DepthSettings

    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return settings
    try:
        depth = DepthSettings.model_validate({**settings.depth.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"depth.{first['loc'][0]}: {first['msg']}") from error
    return settings.model_copy(update={"depth": depth})


@contextlib.contextmanager
def _command(
    *, json_lines: bool, quiet: bool, debug: bool, folder: Path = Path()
) -> Iterator[Console]:
    """A console for one command; whatever it raises becomes one line and an exit code."""
    set_up_logging(debug=debug)
    console = Console(json_lines=json_lines, quiet=quiet)

    def leave(message: str, code: int) -> typer.Exit:
        if debug:
            traceback.print_exc()
        console.error(message, code)
        return typer.Exit(code)

    try:
        yield console
    except typer.Exit:
        raise
    except WorldmapError as error:
        raise leave(str(error), error.exit_code) from error
    except KeyboardInterrupt as error:
        message = "interrupted; what was stored is kept, the same command again goes on from there"
        raise leave(message, ExitCode.INTERRUPTED) from error
    except BrokenPipeError as error:
        # Nobody reads on; without this the interpreter would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_BROKEN_PIPE) from error
    except MemoryError as error:
        raise leave("out of memory; try fewer --jobs or a smaller area", ExitCode.BUG) from error
    except OSError as error:
        if error.errno not in _STORAGE_ERRORS:
            raise leave(bug_line(error), ExitCode.BUG) from error
        from worldmap.artifact import storage_line

        line = storage_line(Path(error.filename or folder), error)
        raise leave(line, ExitCode.STORAGE) from error
    except Exception as error:
        raise leave(bug_line(error), ExitCode.BUG) from error
