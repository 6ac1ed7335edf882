"""All commands, in the order of the help."""

from __future__ import annotations

from typing import Annotated

import typer

import worldmap
from worldmap.cli.command import PlainCommand, PlainGroup
from worldmap.cli.config import config
from worldmap.cli.db import upgrade
from worldmap.cli.demo import demo
from worldmap.cli.depth import depth
from worldmap.cli.explain import explain
from worldmap.cli.export import export
from worldmap.cli.gc import gc
from worldmap.cli.ingest import ingest
from worldmap.cli.locate import locate
from worldmap.cli.merge import merge
from worldmap.cli.models import fetch, import_model, list_models
from worldmap.cli.plugins import plugins
from worldmap.cli.remove import remove
from worldmap.cli.render import render
from worldmap.cli.status import status
from worldmap.cli.verify import verify
from worldmap.cli.view import view

app = typer.Typer(
    name="worldmap",
    help="Photos in, georeferenced 3-D point clouds out.",
    cls=PlainGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong arguments, 3 no input, 4 some photos failed, 5 storage, "
    "6 catalog, 7 settings, 8 depth model missing, 9 verify found something off, 130 interrupted, "
    "1 a bug.",
)
for _command in (
    ingest,
    merge,
    status,
    explain,
    export,
    render,
    view,
    remove,
    gc,
    verify,
    locate,
    depth,
    demo,
    config,
    plugins,
):
    app.command(cls=PlainCommand)(_command)

db = typer.Typer(cls=PlainGroup, no_args_is_help=True, help="Look after a map's catalog.")
db.command(cls=PlainCommand)(upgrade)
app.add_typer(db, name="db")

models = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The weights of depth networks on this machine."
)
models.command("list", cls=PlainCommand)(list_models)
models.command("fetch", cls=PlainCommand)(fetch)
models.command("import", cls=PlainCommand)(import_model)
app.add_typer(models, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"worldmap {worldmap.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Photos in, georeferenced 3-D point clouds out."""
