"""`worldmap export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import AreaOption
from worldmap.errors import UsageError


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
    area: AreaOption,
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
    from worldmap.pipeline.exchange import FOLDER_FORMATS, export_folder
    from worldmap.pipeline.export import FORMATS, parse_crs
    from worldmap.pipeline.export import export as run

    if kind not in (None, *FORMATS, *FOLDER_FORMATS):
        known = ", ".join((*FORMATS, *FOLDER_FORMATS))
        raise UsageError(f"no format {kind!r}; there is: {known}")
    epsg = None if crs is None else parse_crs(crs)
    if kind in FOLDER_FORMATS:
        if epsg is not None:
            raise UsageError(f"--crs is for points; {kind} has a frame of its own")
        summary = export_folder(call.map_dir, parse_area(area), out, kind)
    else:
        summary = run(call.map_dir, parse_area(area), out, kind=kind, epsg=epsg)
    show.exported(call, summary)
