"""`worldmap demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, command
from worldmap.errors import UsageError


@command(folder="out")
def demo(
    call: Call,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where photos and map are written.")
    ] = Path("demo"),
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another seed, another street.")
    ] = 3,
    panoramas: Annotated[
        bool, typer.Option("--panoramas", help="Eight 360° photos of the street instead.")
    ] = False,
    no_depth: Annotated[
        bool,
        typer.Option("--no-depth", help="Photos alone: merge finds their depth in each other."),
    ] = False,
) -> None:
    """Make a synthetic street, ingest and merge it, and compare the result with the truth."""
    from worldmap.pipeline.demo import run_demo

    if panoramas and no_depth:
        raise UsageError("--panoramas come with depth", hint="leave --no-depth out")
    found = run_demo(
        out, seed, call.console, measured=not no_depth, panoramas=panoramas, report=True
    )
    show.demonstrated(call, found)
