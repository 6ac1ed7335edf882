"""`worldmap compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, command, folder_here
from worldmap.cli.options import AreaOption


@command()
def compare(
    call: Call,
    first: Annotated[
        Path, typer.Argument(metavar="A", help="A map, .las, .laz, .copc.laz, or heights (.tif).")
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="The same of another date.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The map of changes, a .tif."),
    ] = None,
    area: AreaOption = "all",
    gsd: Annotated[float, typer.Option("--gsd", metavar="M", help="Size of a cell of it.")] = 0.5,
    scale: Annotated[
        float,
        typer.Option("--scale", metavar="M", help="Across the points that make a normal."),
    ] = 2.0,
    reach: Annotated[
        float, typer.Option("--reach", metavar="M", help="The largest change looked for.")
    ] = 5.0,
    sigma: Annotated[
        float,
        typer.Option("--sigma", metavar="M", help="What the two may be off as wholes."),
    ] = 0.0,
    crs: Annotated[
        str | None,
        typer.Option("--crs", metavar="EPSG:N", help="Of files that do not say theirs."),
    ] = None,
) -> None:
    """Say what changed between two maps or point clouds of a place, and how sure that is."""
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.compare import compare as run
    from worldmap.pipeline.export import parse_crs
    from worldmap.stages.compare import CompareOptions

    first, second = (folder_here(path, call.console) for path in (first, second))
    done = run(
        first,
        second,
        area_of(first, area),
        CompareOptions(cell_m=gsd, scale_m=scale, reach_m=reach, registration_m=sigma),
        out,
        call.console,
        epsg=None if crs is None else parse_crs(crs),
    )
    show.compared(call, done)
