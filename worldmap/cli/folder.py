"""`worldmap FOLDER`: from a folder of photos to a map that is looked at, in one go."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.exits import ExitCode
from worldmap.cli.local import as_shown
from worldmap.cli.models import fetch_after_asking
from worldmap.cli.options import JobsOption
from worldmap.cli.settings import is_map, job_count, settings_for
from worldmap.cli.view import serve_page
from worldmap.errors import DepthlessAreaError, ExtraError, ModelError, UsageError

if TYPE_CHECKING:
    from worldmap.config import Settings
    from worldmap.stages.intake import IngestSummary


@map_command(create=True, spreads=True)
def folder(
    call: Call,
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="Photos, searched through.")],
    jobs: JobsOption = None,
) -> None:
    """Read a folder's photos into the map, place them together, and show the page."""
    from worldmap.stages.intake import IngestStatus

    if is_map(path):
        raise UsageError("is a map", path=path, hint=f"`worldmap view --map {path}` shows it")
    settings = settings_for(call, "ingest", None)
    summary = _ingested(call, path, settings, jobs)
    if summary.networks and _fetched(call, summary, settings):
        summary = _ingested(call, path, settings, jobs)
    if not summary.in_map:
        raise typer.Exit(ExitCode.INPUT)
    _merge(call, path, summary, jobs)
    if call.console.is_watched:
        _look(call)
    if summary.count(IngestStatus.FAILED):
        raise typer.Exit(ExitCode.PARTIAL)


def _ingested(call: Call, path: Path, settings: Settings, jobs: int | None) -> IngestSummary:
    from worldmap.pipeline.ingest import ingest

    summary = ingest(call.map_dir, [path], settings, jobs=job_count(jobs), listener=call.console)
    show.ingested(call, summary, goes_on=True)
    return summary


def _fetched(call: Call, summary: IngestSummary, settings: Settings) -> bool:
    """Whether somebody was asked for a network, named one, took its licence, and has it now."""
    if not (call.console.is_watched and sys.stdin.isatty()):
        return False
    names = [offer.name for offer in summary.networks]
    name = None
    while name not in ("", *names):
        name = typer.prompt(
            f"Fetch a network ({', '.join(names)})? Enter goes on without",
            default="",
            show_default=False,
            err=True,
        ).strip()
    if not name:
        return False
    try:
        show.model_fetched(call, name, fetch_after_asking(name, settings.depth))
    except ModelError as error:
        call.console.warn(f"{error}; going on without")
        return False
    return True


def _merge(call: Call, path: Path, summary: IngestSummary, jobs: int | None) -> None:
    from worldmap.area import Everywhere
    from worldmap.pipeline.merge import merge

    settings = settings_for(call, "merge", None)
    try:
        done = merge(
            call.map_dir,
            Everywhere(),
            settings,
            call.console,
            jobs=job_count(jobs),
            report=settings.report.write,
        )
    except DepthlessAreaError as error:
        call.console.warn(f"no points: {error}")
        if summary.networks:
            least = min(summary.networks, key=lambda offer: offer.download_bytes)
            call.console.note(
                f"the page shows the photos where their tags say; `worldmap models fetch "
                f"{least.name}` and `worldmap {shlex.quote(str(path))}` again give points"
            )
        return
    show.merged(call, done)


def _look(call: Call) -> None:
    from worldmap.stages.orthophoto import TileOrthophotos
    from worldmap.view import Products, PublishedMap

    shown = as_shown(call, "all")
    try:
        products = Products(orthophoto=TileOrthophotos(shown.map_dir, warn=shown.console.warn))
        serve_page(shown, PublishedMap(shown.map_dir, products=products))
    except ExtraError as error:
        call.console.note(str(error))
