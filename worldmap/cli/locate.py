"""`worldmap locate`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import PhotoArgument


@map_command()
def locate(
    call: Call,
    photo: PhotoArgument,
    u_px: Annotated[float, typer.Argument(metavar="U", help="Pixels from the left edge.")],
    v_px: Annotated[float, typer.Argument(metavar="V", help="Pixels from the top edge.")],
) -> None:
    """Latitude, longitude, height and error of what a pixel of a placed photo shows."""
    from worldmap.pipeline.locate import locate as run

    show.located(call, run(call.map_dir, photo, u_px, v_px))
