"""`worldmap fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.exits import ExitCode
from worldmap.cli.options import ConfigOption, LicenceOption


@map_command(open_catalog=False)
def fetch(
    call: Call,
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="panoramax | mapillary | kartaview | commons."),
    ],
    area: Annotated[
        str,
        typer.Option(
            "--area",
            metavar="AREA",
            help="west,south,east,north | lat,lon,radius_m | a GeoJSON file.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Where to (default: photos/SOURCE)."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only photos taken from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only photos taken before then.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="No more than so many photos.")
    ] = None,
    licence: LicenceOption = None,
    opt_out: Annotated[
        Path | None,
        typer.Option(
            "--opt-out",
            metavar="FILE",
            help="Photos (source:id) and authors (author NAME) that are never fetched, besides "
            "those of the map's own list, opted-out.txt.",
        ),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(
            "--contact",
            metavar="WHO",
            envvar="WORLDMAP_CONTACT",
            help="Your address or page, told to the archive; Wikimedia wants one.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what there is: count, dates, licences."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Fetch an area's photos from a public archive, with author, licence and place beside each."""
    from worldmap.area import parse_area
    from worldmap.cli.settings import with_fetch
    from worldmap.config import load_settings
    from worldmap.licence import parse_filter
    from worldmap.mapfolder.optout import NAME as OPTED_OUT
    from worldmap.mapfolder.optout import OptedOut, read_opted_out
    from worldmap.photo import parse_period
    from worldmap.pipeline.fetch import FetchStatus, Wish
    from worldmap.pipeline.fetch import fetch as run

    # Not the map's settings: a map may be somebody else's, and the token goes where these say.
    settings = with_fetch(load_settings(config), contact=contact).fetch
    own = read_opted_out(call.map_dir / OPTED_OUT)
    named = OptedOut() if opt_out is None else read_opted_out(opt_out, named=True)
    wish = Wish(
        area=parse_area(area),
        period=parse_period(since, until),
        licences=parse_filter(licence),
        opted_out=own.and_all(named),
        limit=limit,
    )
    folder = out or Path("photos", source)
    summary = run(source, wish, folder, settings, dry_run=dry_run, listener=call.console)
    show.fetched(call, summary)
    if summary.count(FetchStatus.FAILED):
        raise typer.Exit(ExitCode.PARTIAL)
