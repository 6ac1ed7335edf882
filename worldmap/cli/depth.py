"""`worldmap depth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, command
from worldmap.cli.options import ConfigOption, DepthOption, FocalOption, SuffixOption
from worldmap.cli.settings import with_depth


@command(folder="photo")
def depth(
    call: Call,
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="Any photo; it needs no tags.")],
    picture: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="OUT", help="The picture (default: STEM.depth.jpg here)."
        ),
    ] = None,
    cloud: Annotated[
        Path | None,
        typer.Option(
            "--cloud",
            metavar="OUT",
            help="The photo's points too: .ply, .las or .laz, camera axes.",
        ),
    ] = None,
    film: Annotated[
        Path | None,
        typer.Option(
            "--film", metavar="OUT", help="A film about the photo's points too: .mp4 or .gif."
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--view",
            metavar="OUT",
            help="The page of the photo's points too, without any map: one .html file.",
        ),
    ] = None,
    source: DepthOption = None,
    depth_suffix: SuffixOption = None,
    focal: FocalOption = None,
    config: ConfigOption = None,
) -> None:
    """One photo by itself: a picture of its depth and of what was removed, and its points."""
    from worldmap.config import load_settings
    from worldmap.depth.picture import draw_depth
    from worldmap.engine import default_jobs
    from worldmap.pipeline.depth import depth_of_photo, write_cloud, write_page
    from worldmap.pipeline.render import render_photo

    settings = with_depth(load_settings(config), sidecar_suffix=depth_suffix, focal_px=focal)
    found = depth_of_photo(photo, settings, depth=source)
    drawn = picture or Path(f"{photo.stem}.depth.jpg")
    draw_depth(drawn, found.metadata, found.rgb, found.cleaned)
    points = found.cloud()
    if cloud is not None:
        write_cloud(cloud, points)
    if film is not None:
        render_photo(points, found.camera, film, call.console, jobs=default_jobs())
    if page is not None:
        write_page(found, page, settings, call.console)
    show.depth_drawn(call, photo, found, len(points), {
        "picture": drawn, "cloud": cloud, "film": film, "page": page,
    })  # fmt: skip
