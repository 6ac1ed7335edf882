"""`worldmap explain`."""

from __future__ import annotations

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import PhotoArgument


@map_command()
def explain(call: Call, photo: PhotoArgument) -> None:
    """Why a photo is where it is: every value of its tags, first guess, pairs and solution."""
    from worldmap.pipeline.explain import explain as run

    show.explained(call, run(call.map_dir, photo))
