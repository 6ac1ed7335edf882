"""`worldmap align`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import AreaOption
from worldmap.cli.settings import settings_for


@map_command()
def align(
    call: Call,
    reference: Annotated[
        Path,
        typer.Argument(
            metavar="REFERENCE",
            help="Lidar (.las, .laz), heights (.tif) or outlines (.geojson, .gpkg).",
        ),
    ],
    area: AreaOption,
    crs: Annotated[
        str | None,
        typer.Option("--crs", metavar="EPSG:N", help="Of the reference, over what it says."),
    ] = None,
    vertical: Annotated[
        str | None,
        typer.Option(
            "--vertical",
            metavar="DATUM",
            help="What its heights are above, over what it says: ellipsoid, msl or EPSG:N.",
        ),
    ] = None,
    sigma: Annotated[
        float | None,
        typer.Option("--sigma", metavar="M", help="How far the reference itself may be off."),
    ] = None,
) -> None:
    """Lay an area onto lidar, heights or outlines; the next merge holds the map there."""
    from worldmap.errors import UsageError
    from worldmap.geodesy import parse_vertical
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.align import align_to as run
    from worldmap.pipeline.export import parse_crs

    if sigma is not None and sigma <= 0:
        raise UsageError("--sigma must be positive")
    found = run(
        call.map_dir,
        reference,
        area_of(call.map_dir, area),
        settings_for(call, "align", None),
        epsg=None if crs is None else parse_crs(crs),
        vertical=None if vertical is None else parse_vertical(vertical),
        sigma_m=sigma,
    )
    show.aligned(call, found)
