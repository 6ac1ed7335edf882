"""`worldmap status`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import tell_of_local


@map_command()
def status(
    call: Call,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="OUT",
            help="Draw the photos before and after solving: a .png, .svg or .pdf file.",
        ),
    ] = None,
) -> None:
    """What is in a map."""
    from worldmap.pipeline.status import status as run

    found, failures = run(call.map_dir)
    if plot is not None:
        from worldmap.pipeline.status import plot_map

        plot_map(call.map_dir, plot)
    show.state(call, found, failures, plot)
    tell_of_local(call)
