"""`worldmap config`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import ConfigOption
from worldmap.cli.settings import is_map
from worldmap.errors import InputError, UsageError


@map_command(open_catalog=False)
def config(
    call: Call,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Settings, or the beginnings of their names: fuse."),
    ] = None,
    config: ConfigOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Set in the map what the file of --config sets.")
    ] = False,
) -> None:
    """Every setting of a map: its value, where that comes from, and what it means."""
    from worldmap.config import load_told
    from worldmap.mapfolder import Layout, keep_settings

    if keep and config is None:
        raise UsageError("--keep is for the settings of --config FILE")
    told = load_told(config) if config else {}
    layout = Layout(call.map_dir)
    if keep:
        if not is_map(call.map_dir):
            raise InputError(f"{call.map_dir} holds no map; ingest some photos first")
        keep_settings(layout, told)
    show.settings(call, layout, told, names or [])
