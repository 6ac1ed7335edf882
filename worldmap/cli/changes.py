"""`worldmap changes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import AreaOption


@map_command()
def changes(
    call: Call,
    before: Annotated[
        str, typer.Option("--before", metavar="TIME", help="Photos taken before then.")
    ],
    after: Annotated[
        str, typer.Option("--after", metavar="TIME", help="Photos taken from then on.")
    ],
    area: AreaOption = "all",
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="What changed, as points (.las, .laz, .copc.laz) or a map (.tif); repeatable.",
        ),
    ] = None,
    support: Annotated[
        int, typer.Option("--support", metavar="N", help="Only what so many photos agree on.")
    ] = 2,
    gsd: Annotated[float, typer.Option("--gsd", metavar="M", help="Size of a map's cell.")] = 0.5,
) -> None:
    """Say what is gone and what is new in a map, by what photos of two times saw."""
    from worldmap.mapfolder import area_of
    from worldmap.photo import parse_moment
    from worldmap.pipeline.changes import changes as run
    from worldmap.stages.changes import ChangeOptions

    options = ChangeOptions(
        before=parse_moment("--before", before),
        after=parse_moment("--after", after),
        support=support,
        cell_m=gsd,
    )
    part = area_of(call.map_dir, area)
    show.changes_found(call, run(call.map_dir, part, options, out or (), call.console))
