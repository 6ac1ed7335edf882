"""`worldmap models`: the weights of depth networks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, PlainCommand, PlainGroup, command
from worldmap.cli.options import ConfigOption

if TYPE_CHECKING:
    from worldmap.config import DepthSettings
    from worldmap.depth.weights import InstalledModel

models = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The weights of depth networks on this machine.",
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A model of `worldmap models list`.")
]


@models.command("list", cls=PlainCommand)
@command()
def list_models(call: Call, config: ConfigOption = None) -> None:
    """Which networks worldmap can run, under which licence, and which are here."""
    from worldmap.config import load_settings
    from worldmap.depth import AutoDepth
    from worldmap.depth.runtime import operations_per_s
    from worldmap.depth.weights import list_models as run

    settings = load_settings(config).depth
    taken = AutoDepth(settings).network_name
    show.models(call, run(settings), operations_per_s(settings), taken)


@models.command("fetch", cls=PlainCommand)
@command()
def fetch(
    call: Call,
    name: NameArgument,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Do not ask; for scripts.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Download a network's weights, after showing their licence."""
    from worldmap.config import load_settings

    settings = load_settings(config).depth
    done = fetch_after_asking(name, settings, accept_licence=accept_licence)
    show.model_fetched(call, name, done)


def fetch_after_asking(
    name: str, settings: DepthSettings, *, accept_licence: bool = False
) -> InstalledModel:
    """Download a network's weights where its licence, which is shown, is accepted; else ModelError,
    where nobody can be asked too."""
    from worldmap.depth.weights import fetch_model, model_source

    source = model_source(name)
    typer.echo(f"{source.notice}\n{source.licence_url}", err=True)
    accepted = accept_licence or (
        sys.stdin.isatty()
        and typer.confirm(f"Accept, and download {source.download_bytes / 1e6:.0f} MB?", err=True)
    )
    return fetch_model(name, settings, accept_licence=accepted)


@models.command("import", cls=PlainCommand)
@command()
def import_model(
    call: Call,
    name: NameArgument,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A Hugging Face folder, or Apple's depth_pro.pt."),
    ],
    config: ConfigOption = None,
) -> None:
    """Install weights that are on this machine already."""
    from worldmap.config import load_settings
    from worldmap.depth.weights import import_model as run

    show.model_imported(call, name, run(name, path, load_settings(config).depth))
