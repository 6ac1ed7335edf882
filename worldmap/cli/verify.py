"""`worldmap verify`."""

from __future__ import annotations

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.exits import ExitCode
from worldmap.cli.options import AreaOption


@map_command()
def verify(call: Call, area: AreaOption = "all") -> None:
    """Check every file of a map against the catalog; exit code 9 where something is off."""
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.verify import verify as run

    found = run(call.map_dir, call.console, area_of(call.map_dir, area))
    show.verified(call, found)
    if found.findings:
        raise typer.Exit(ExitCode.OFF)
