"""`worldmap export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import as_shown
from worldmap.cli.options import AreaOption


@map_command()
def export(
    call: Call,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A .las, .laz, .copc.laz, .ply, .xyz, .e57 or .json file, or a folder (--format).",
        ),
    ],
    area: AreaOption = "all",
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="las | laz | copc | ply | xyz | e57 | json (default: by OUT's name); folders: "
            "colmap | opensfm | nerfstudio | stac.",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs", metavar="EPSG:N", help="Points in this projected CRS, not the tiles' own."
        ),
    ] = None,
) -> None:
    """Write an area's points or solved camera poses to one file, or a folder for other programs."""
    from worldmap.area import parse_area
    from worldmap.pipeline.export import export as run
    from worldmap.pipeline.export import parse_crs

    call = as_shown(call, area)
    epsg = None if crs is None else parse_crs(crs)
    show.exported(call, run(call.map_dir, parse_area(area), out, kind=kind, epsg=epsg))
