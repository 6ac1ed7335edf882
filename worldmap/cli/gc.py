"""`worldmap gc`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command


@map_command()
def gc(
    call: Call,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be removed.")
    ] = False,
) -> None:
    """Remove the files of a map that nothing refers to any more."""
    from worldmap.pipeline.gc import collect_orphans

    show.collected(call, collect_orphans(call.map_dir, dry_run=dry_run))
