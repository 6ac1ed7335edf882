"""`worldmap remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import ConfigOption, JobsOption
from worldmap.cli.settings import job_count, kept_in_map, settings_for


@map_command()
def remove(
    call: Call,
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos of the map: their paths or file names."),
    ],
    jobs: JobsOption = None,
    config: ConfigOption = None,
) -> None:
    """Take photos out of the map and rebuild the tiles that they were in."""
    from worldmap.pipeline.remove import remove as run

    settings = settings_for(call, "remove", config) if config else None
    with kept_in_map(call, config, {}):
        summary = run(call.map_dir, photos, settings, call.console, jobs=job_count(jobs))
    show.removed(call, summary)
