"""`worldmap raster`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import as_shown
from worldmap.cli.options import AreaOption


@map_command()
def raster(
    call: Call,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .tif file (.gpkg for contours).")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="dsm | dtm | ortho | hillshade | height-above-ground | support | sigma | "
            "contours.",
        ),
    ] = "dsm",
    area: AreaOption = "all",
    gsd: Annotated[
        float | None,
        typer.Option("--gsd", metavar="M", help="Size of a cell (0.1; ortho 0.05; contours 0.5)."),
    ] = None,
    fill: Annotated[
        float,
        typer.Option("--fill", metavar="M", help="Close gaps up to so wide; a second file marks."),
    ] = 0.0,
    interval: Annotated[
        float, typer.Option("--interval", metavar="M", help="Height between contours.")
    ] = 1.0,
    support: Annotated[
        int,
        typer.Option(
            "--support", metavar="N", help="Only points that so many photos agree on (default 1)."
        ),
    ] = 1,
    crs: Annotated[
        str | None,
        typer.Option("--crs", metavar="EPSG:N", help="A projected CRS, not the tiles' own."),
    ] = None,
    vertical: Annotated[
        str | None,
        typer.Option(
            "--vertical", metavar="DATUM", help="Heights above: ellipsoid | msl | EPSG:N."
        ),
    ] = None,
) -> None:
    """Write an area as a map layer: surface, terrain, orthophoto (Cloud Optimized GeoTIFF)."""
    from worldmap.geodesy import parse_vertical
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.export import parse_crs
    from worldmap.pipeline.raster import raster as run
    from worldmap.stages.raster import RasterOptions

    call = as_shown(call, area)
    options = RasterOptions(
        kind=kind,
        gsd_m=gsd,
        fill_m=fill,
        epsg=None if crs is None else parse_crs(crs),
        vertical=None if vertical is None else parse_vertical(vertical),
        interval_m=interval,
        support=support,
    )
    chosen = area_of(call.map_dir, area)
    show.raster_made(call, run(call.map_dir, chosen, out, options, call.console))
