"""`worldmap view`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from worldmap.cli import show
from worldmap.cli.blur import blur_for
from worldmap.cli.command import Call, map_command
from worldmap.cli.local import as_shown
from worldmap.cli.options import AreaOption, NoBlurOption
from worldmap.errors import EmptyAreaError, UsageError

if TYPE_CHECKING:
    from worldmap.view import Basemap, PublishedMap

_THIS_MACHINE: Final = "127.0.0.1"
_MOST_WRITTEN: Final = 50
"""Tiles with an orthophoto in a page that is written: seconds each; served ones are made when they
are looked at."""


@map_command()
def view(
    call: Call,
    area: AreaOption = "all",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Default: the first free from 8765 on."
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="Listen there; the default is this machine alone."
        ),
    ] = _THIS_MACHINE,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the page's address, open nothing.")
    ] = False,
    static: Annotated[
        Path | None,
        typer.Option("--static", metavar="OUT", help="Write a folder for any web server instead."),
    ] = None,
    single: Annotated[
        Path | None,
        typer.Option("--single", metavar="OUT", help="Write one .html file instead (small maps)."),
    ] = None,
    basemap: Annotated[
        str | None,
        typer.Option(
            "--basemap",
            metavar="URL|osm",
            help="Raster tiles below the map: https://…/{z}/{x}/{y}.png, or OpenStreetMap's.",
        ),
    ] = None,
    basemap_credit: Annotated[
        str, typer.Option("--basemap-credit", metavar="TEXT", help="Whose tiles they are.")
    ] = "",
    layer: Annotated[
        list[Path] | None,
        typer.Option(
            "--layer",
            metavar="FILE",
            help="A GeoTIFF below the photos, as `worldmap raster` writes them, or a mesh (.glb) "
            "beside the points, as `worldmap export` does; repeatable.",
        ),
    ] = None,
    no_blur: NoBlurOption = False,
) -> None:
    """Look at a map in the browser: photos on a map, points in 3-D, photos laid over them."""
    from worldmap.area import Everywhere
    from worldmap.mapfolder import area_of
    from worldmap.stages.orthophoto import TileOrthophotos
    from worldmap.view import (
        MESH_SUFFIX,
        Products,
        PublishedMap,
        check_basemap,
        shown_layer,
        shown_mesh,
        write_single,
        write_site,
    )

    call = as_shown(call, area)
    part = area_of(call.map_dir, area)
    below = check_basemap(basemap, basemap_credit) if basemap else None
    if below is not None and below.terms:
        call.console.say(below.terms)
    if static is not None and single is not None:
        raise UsageError("--static and --single are two things", hint="choose one")
    meshes = [path for path in layer or () if path.suffix.lower() == MESH_SUFFIX]
    for_others = static is not None or single is not None
    blur = blur_for(call.console, no_blur=no_blur) if for_others else None
    published = PublishedMap(
        call.map_dir,
        area=None if isinstance(part, Everywhere) else part,
        blur=blur,
        products=Products(
            layers=[shown_layer(path) for path in layer or () if path not in meshes],
            meshes=[shown_mesh(path) for path in meshes],
            orthophoto=TileOrthophotos(call.map_dir, warn=call.console.warn, blur=blur),
            most_tiles=_MOST_WRITTEN if for_others else None,
        ),
    )
    if published.area is not None and not published.names():
        raise EmptyAreaError("has neither photos nor points in that area", path=call.map_dir)
    if static is not None:
        show.page_written(call, write_site(published, static, below))
    elif single is not None:
        show.page_written(call, write_single(published, single, below))
    else:
        serve_page(call, published, below, host, port, open_browser=not no_browser)


def serve_page(
    call: Call,
    published: PublishedMap,
    basemap: Basemap | None = None,
    host: str = _THIS_MACHINE,
    port: int | None = None,
    *,
    open_browser: bool = True,
) -> None:
    """Serve the page until Ctrl-C."""
    from worldmap.view import MapWindows, address_of, open_socket, require_server, serve
    from worldmap.view.browser import open_page

    require_server()
    windows = MapWindows(published)
    windows.document()  # a map that cannot be read is said here, not in the browser
    with closing(open_socket(host, port)) as opened:
        url = address_of(opened)

        def ready() -> None:
            show.page_served(call, published.name, url)
            if open_browser:
                open_page(url)

        serve(windows, opened, basemap, when_ready=ready)
