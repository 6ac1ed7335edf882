"""`worldmap export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.blur import blur_for
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import as_shown
from worldmap.cli.options import AreaOption, NoBlurOption


@map_command()
def export(
    call: Call,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A .las, .laz, .copc.laz, .ply, .xyz, .e57, .json, .glb, .obj, .mesh.ply, "
            ".splat.ply or .spz file, or a folder (--format).",
        ),
    ],
    area: AreaOption = "all",
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="las | laz | copc | ply | xyz | e57 | json | glb | obj | mesh-ply | splat | "
            "spz (default: by OUT's name); folders: colmap | opensfm | nerfstudio | stac | tiles3d "
            "| tiles3d-mesh.",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs", metavar="EPSG:N", help="Points in this projected CRS, not the tiles' own."
        ),
    ] = None,
    no_blur: NoBlurOption = False,
) -> None:
    """Write an area's points, surface or solved camera poses to one file, or a folder for other
    programs."""
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.export import export as run
    from worldmap.pipeline.export import has_pictures, parse_crs

    call = as_shown(call, area)
    epsg = None if crs is None else parse_crs(crs)
    pictures = has_pictures(out, kind)
    blur = blur_for(call.console, no_blur=no_blur) if pictures else None
    part = area_of(call.map_dir, area)
    done = run(call.map_dir, part, out, listener=call.console, kind=kind, epsg=epsg, blur=blur)
    show.exported(call, done)
