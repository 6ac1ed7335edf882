"""All commands, in the order of the help."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import worldmap
from worldmap.cli.command import PlainCommand, PlainGroup

_NAMES: Final = (
    "fetch",
    "masks",
    "ingest",
    "import",
    "merge",
    "gcp",
    "align",
    "status",
    "explain",
    "export",
    "raster",
    "compare",
    "changes",
    "render",
    "view",
    "remove",
    "gc",
    "verify",
    "locate",
    "depth",
    "demo",
    "config",
    "plugins",
    "db",
    "models",
)
# A command whose name is a word of Python's.
_MODULES: Final = {"import": "import_poses"}


class _Commands(Mapping[str, Any]):
    """Every command by name, each from the module of its name when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in _NAMES:
            raise KeyError(name)
        if name not in self._loaded:
            word = _MODULES.get(name, name)
            found = getattr(import_module(f"worldmap.cli.{word}"), word)
            command = (
                typer.main.get_group(found) if isinstance(found, typer.Typer) else _alone(found)
            )
            command.name = name  # the help shows it
            self._loaded[name] = command
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


def _alone(function: Callable[..., None]) -> Any:
    """A command that is in no group of its own."""
    room = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    room.command(cls=PlainCommand)(function)
    return typer.main.get_command(room)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def _folders_here() -> list[str]:
    try:
        return sorted(path.name for path in Path().iterdir() if path.is_dir())
    except OSError:
        return []


class _Worldmap(PlainGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": _Commands()})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """See click. In place of a command's name, a path is that of photos."""
        if args[0] not in _NAMES and ("/" in args[0] or os.sep in args[0] or _is_there(args[0])):
            return "", _alone(import_module("worldmap.cli.folder").folder), args
        near = get_close_matches(args[0], _folders_here(), n=1)
        if near and not get_close_matches(args[0], _NAMES):
            ctx.fail(f"No such command or folder '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """See click."""
        return list(_NAMES)


_HELP: Final = (
    "Photos in, georeferenced 3-D point clouds out. `worldmap FOLDER` does it all: reads the "
    "photos, places them together, and shows the page."
)
app = typer.Typer(
    name="worldmap",
    help=_HELP,
    cls=_Worldmap,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong arguments, 3 no input, 4 some photos failed, 5 storage, "
    "6 catalog, 7 settings, 8 depth model missing, 9 verify found something off, 130 interrupted, "
    "1 a bug.",
)


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
    """See `_HELP`."""
