"""`worldmap db`: looks after a map's catalog."""

from __future__ import annotations

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, PlainCommand, PlainGroup, map_command

db = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Look after a map's catalog.",
)


@db.command(cls=PlainCommand)
@map_command(open_catalog=False)  # which refuses an old one
def upgrade(call: Call) -> None:
    """Bring the catalog of an older worldmap to this version; a copy of it is kept."""
    from worldmap.catalog import upgrade as run

    show.upgraded(call, run(call.map_dir, url=call.catalog_url))
