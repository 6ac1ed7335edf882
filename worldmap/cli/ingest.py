"""`worldmap ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.exits import ExitCode
from worldmap.cli.options import (
    ConfigOption,
    DepthOption,
    FeaturesOption,
    FocalOption,
    JobsOption,
    SuffixOption,
)
from worldmap.cli.settings import job_count, kept_in_map, settings_for, with_depth, with_features


@map_command(create=True, spreads=True)
def ingest(
    call: Call,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Photos, or folders to search through.")
    ],
    depth: DepthOption = None,
    depth_suffix: SuffixOption = None,
    focal: FocalOption = None,
    matcher: FeaturesOption = None,
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
    camera: Annotated[
        list[Path] | None,
        typer.Option(
            "--camera",
            metavar="FILE",
            help="Calibrated cameras: cameras.json (ODM, OpenSfM), cameras.txt (COLMAP), "
            "Metashape's XML, Pix4D's .cam; repeatable.",
        ),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            metavar="[CAMERA=]FILE",
            help="A picture, black where photos are not to be looked at (a bonnet, a stamp): of "
            "all of its shape, or of a camera's; repeatable.",
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
) -> None:
    """Read photos into the map: tags, depth, features. Photos already in it are skipped."""
    from worldmap.photo import Sidecars, parse_mask, parse_overrides, parse_period
    from worldmap.pipeline.ingest import ingest as run
    from worldmap.stages.intake import IngestStatus

    settings = with_features(settings_for(call, "ingest", config), kind=matcher)
    flags = {} if matcher is None else {"registration.features.kind": matcher}
    with kept_in_map(call, config, flags):
        summary = run(
            call.map_dir,
            paths,
            with_depth(settings, sidecar_suffix=depth_suffix, focal_px=focal),
            depth=depth,
            jobs=0 if jobs == 0 else job_count(jobs),
            sidecars=Sidecars(
                tables=table or (),
                gpx=gpx or (),
                cameras=camera or (),
                masks=[parse_mask(each, settings.photo) for each in mask or ()],
                time_offset_s=time_offset,
                overrides=parse_overrides(told) if told else None,
                use_gps=not no_gps,
            ),
            period=parse_period(since, until),
            listener=call.console,
        )
    show.ingested(call, summary)
    if summary.count(IngestStatus.FAILED):
        raise typer.Exit(ExitCode.PARTIAL if summary.in_map else ExitCode.INPUT)
