"""`worldmap gcp`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.settings import settings_for


@map_command()
def gcp(
    call: Call,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="ODM's gcp_list.txt, or CSV: name, x, y, z, image, px, py, sigma_h, sigma_v, "
            "sigma_px, role. Without one the map's points are listed.",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", metavar="EPSG:N", help="Of x and y, where the file does not say."),
    ] = None,
    vertical: Annotated[
        str,
        typer.Option(
            "--vertical",
            metavar="DATUM",
            help="Heights in the files are above the ellipsoid (default), msl, mean sea level "
            "(EGM96), or of a vertical CRS: EPSG:3855 is EGM2008.",
        ),
    ] = "ellipsoid",
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="NAME", help="Hold this point out; repeatable."),
    ] = None,
    sigma: Annotated[
        float, typer.Option("--sigma", metavar="M", help="East and north sigma of a point.")
    ] = 0.02,
    sigma_z: Annotated[
        float, typer.Option("--sigma-z", metavar="M", help="Sigma of its height.")
    ] = 0.03,
    sigma_px: Annotated[
        float, typer.Option("--sigma-px", metavar="PX", help="Sigma of a mark in a photo.")
    ] = 1.0,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="NAME", help="Take a point back, or all; repeatable."),
    ] = None,
) -> None:
    """Ground control points: store them, list how the last merge agrees with them."""
    from worldmap.errors import UsageError
    from worldmap.geodesy import parse_vertical
    from worldmap.pipeline.export import parse_crs
    from worldmap.pipeline.gcp import add_control
    from worldmap.survey.points import Sigmas

    if min(sigma, sigma_z, sigma_px) <= 0:
        raise UsageError("--sigma, --sigma-z and --sigma-px must be positive")
    show.controlled(
        call,
        add_control(
            call.map_dir,
            files or (),
            settings_for(call, "gcp", None),
            epsg=None if crs is None else parse_crs(crs),
            vertical=parse_vertical(vertical),
            sigmas=Sigmas(horizontal_m=sigma, vertical_m=sigma_z, pixel_px=sigma_px),
            checks=check or (),
            removed=remove or (),
        ),
    )
