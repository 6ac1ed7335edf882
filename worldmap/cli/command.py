"""What surrounds every command: the options that all have, a console, and how it ends."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import typer.core

from worldmap.cli import options
from worldmap.cli.exits import one_line_exits
from worldmap.console import Console, set_up_logging

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A running command: where it prints, and its map (`map_dir`, and `catalog_url` where the user
    named a database)."""

    console: Console
    map_dir: Path
    catalog_url: str | None = None


def command(
    *, folder: str | None = None
) -> Callable[[Callable[Concatenate[Call, P], None]], Callable[..., None]]:
    """A command without a map: gives it `--json`, `--quiet` and `--debug`.

    `folder` names the argument that a storage error is about where it names no file itself.
    """
    return _surrounded({}, lambda given: Path(given[folder] if folder else ""))


def map_command(
    *, create: bool = False, open_catalog: bool = True, spreads: bool = False
) -> Callable[[Callable[Concatenate[Call, P], None]], Callable[..., None]]:
    """A command on a map: gives it `--map` and `--catalog` besides.

    A database that the user names is remembered in the map's folder, and with `create` made there;
    `open_catalog=False` leaves that to the command. One that `spreads` its work has `--engine`.
    """

    def prepare(call: Call) -> None:
        if open_catalog and call.catalog_url is not None:
            from worldmap.catalog import use_database

            use_database(call.map_dir, call.catalog_url, create=create)

    shared = {**_MAP, **_SPREADS} if spreads else _MAP
    return _surrounded(shared, lambda given: given["map_dir"], prepare)


def folder_here(path: Path, console: Console) -> Path:
    """The map's folder on this machine, which people know by another name where it is in a
    bucket."""
    if path.parts[:1] != (_BUCKET,):
        return path
    from worldmap.mapfolder.bucket import HERE_ALONE, map_folder

    folder = map_folder(path)
    console.call_it(folder, f"s3://{'/'.join(path.parts[1:])}", but=HERE_ALONE)
    return folder


# Argument -> its kind and default.
_MAP: Mapping[str, tuple[Any, object]] = {
    "map_dir": (options.MapOption, options.DEFAULT_MAP),
    "catalog_url": (options.CatalogOption, None),
}
_BUCKET = "s3:"  # what a path begins with that was written s3://
_SPREADS: Mapping[str, tuple[Any, object]] = {"engine": (options.EngineOption, None)}
_OUTPUT: Mapping[str, tuple[Any, object]] = {
    "json_lines": (options.JsonOption, False),
    "quiet": (options.QuietOption, False),
    "debug": (options.DebugOption, False),
}


def _surrounded(
    shared: Mapping[str, tuple[Any, object]],
    folder_of: Callable[[dict[str, Any]], Path],
    prepare: Callable[[Call], None] = lambda _: None,
) -> Callable[[Callable[Concatenate[Call, P], None]], Callable[..., None]]:
    def decorate(function: Callable[Concatenate[Call, P], None]) -> Callable[..., None]:
        added = {**shared, **_OUTPUT}

        @wraps(function)
        def run(**given: Any) -> None:
            own = {name: value for name, value in given.items() if name not in added}
            debug, quiet = given["debug"], given["quiet"]
            set_up_logging(debug=debug)
            console = Console(json_lines=given["json_lines"], quiet=quiet)
            with one_line_exits(console, debug=debug, folder=folder_of(given)):
                call = Call(
                    console=console,
                    map_dir=folder_here(given.get("map_dir", Path()), console),
                    catalog_url=given.get("catalog_url"),
                )
                prepare(call)
                with _engine(given.get("engine")):
                    function(call, **own)  # type: ignore[call-arg]

        # Typer reads the options off the signature.
        _, *parameters = inspect.signature(function, eval_str=True).parameters.values()
        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
        parameters += [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default
            )
            for name, (kind, default) in added.items()
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def _engine(name: str | None) -> AbstractContextManager[None]:
    if name is None:
        return nullcontext()
    from worldmap.engine import working_on

    return working_on(name)


class PlainCommand(typer.core.TyperCommand):
    """A command whose help shows flags as flags: without a type. A word too many is told what it
    may have been meant as."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See click."""
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            ctx.fail(self._too_many(ctx.args))
        return left

    def _too_many(self, words: list[str]) -> str:
        takes_area = any("--area" in each.opts for each in self.params)
        first = words[0]
        if Path(first).is_dir():
            told = f"{first} is a folder: `worldmap ingest {shlex.quote(first)}` reads its photos"
            return f"{told}; another map than ./map is named by --map"
        if takes_area:
            return f"Got unexpected extra argument {first}; did you mean --area {first}?"
        return f"Got unexpected extra argument {first}"

    def get_params(self, ctx: Any) -> Any:
        """See click."""
        return _plain(super().get_params(ctx))


class PlainGroup(typer.core.TyperGroup):
    """The same for a group."""

    def get_params(self, ctx: Any) -> Any:
        """See click."""
        return _plain(super().get_params(ctx))


def _plain(parameters: list[Any]) -> list[Any]:
    for each in parameters:
        if getattr(each, "is_flag", False) and each.metavar is None:
            each.metavar = ""
        # Typer would build a pydantic schema for each, which takes as long as importing numpy.
        kind = getattr(getattr(each, "type_descriptor", None), "annotation", None)
        if kind in (str, Path, bool) and each.nargs == 1 and not getattr(each, "multiple", False):
            each.get_runtime_param = partial(_Plainly, kind, each.get_runtime_param)
    return parameters


@dataclass(frozen=True, slots=True)
class _Plainly:
    """Makes a text, path or flag of what the command line gives, which none of them can refuse."""

    kind: type
    otherwise: Callable[[], Any]

    def coerce(self, value: Any, *, param: object, ctx: object) -> Any:
        """The value as its kind; see `typer.core`. A flag that is a word is the environment's."""
        if value is None or isinstance(value, self.kind):
            return value
        if self.kind is bool:
            return self.otherwise().coerce(value, param=param, ctx=ctx)
        return self.kind(value)
