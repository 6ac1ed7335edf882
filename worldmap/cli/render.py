"""`worldmap render`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import as_shown
from worldmap.cli.options import AreaOption, JobsOption
from worldmap.cli.settings import job_count


@map_command(spreads=True)
def render(
    call: Call,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .png, .jpg, .gif or .mp4 file.")],
    area: AreaOption = "all",
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
    jobs: JobsOption = None,
) -> None:
    """Draw an area's points as a picture (.png, .jpg) or a film (.gif, .mp4)."""
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.render import RenderOptions, parse_size
    from worldmap.pipeline.render import render as run

    call = as_shown(call, area)
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
    chosen = area_of(call.map_dir, area)
    done = run(call.map_dir, chosen, out, options, call.console, jobs=job_count(jobs))
    show.rendered(call, done)
