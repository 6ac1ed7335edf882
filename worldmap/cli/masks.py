"""`worldmap masks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, command


@command()
def masks(
    call: Call,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Photos, or folders to search through.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the masks are written to.")
    ] = Path("masks"),
) -> None:
    """Find what is fixed to cameras: a bonnet, a handlebar, a date burnt into the picture."""
    from worldmap.config import PhotoSettings
    from worldmap.pipeline.masks import masks as run

    show.masks_found(call, run(paths, out, PhotoSettings(), call.console))
