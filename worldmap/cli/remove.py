"""`worldmap remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import ConfigOption, JobsOption
from worldmap.cli.settings import job_count, kept_in_map, settings_for
from worldmap.errors import UsageError


@map_command(spreads=True)
def remove(
    call: Call,
    photos: Annotated[
        list[str] | None,
        typer.Argument(metavar="PHOTO", help="Photos of the map: their paths or file names."),
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(
            "--author",
            metavar="NAME",
            help="All photos of that author, who is never fetched or ingested again.",
        ),
    ] = None,
    jobs: JobsOption = None,
    config: ConfigOption = None,
) -> None:
    """Take photos out of the map and rebuild the tiles that they were in."""
    from worldmap.pipeline.remove import remove as run

    if not photos and not (author or "").strip():
        raise UsageError("nothing to remove is named", hint="name photos, or --author NAME")
    settings = settings_for(call, "remove", config) if config else None
    with kept_in_map(call, config, {}):
        summary = run(
            call.map_dir,
            photos or (),
            settings,
            call.console,
            author=author,
            jobs=job_count(jobs),
        )
    show.removed(call, summary)
