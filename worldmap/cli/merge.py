"""`worldmap merge`."""

from __future__ import annotations

from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import (
    AreaOption,
    ConfigOption,
    JobsOption,
    LicenceOption,
    MatcherOption,
)
from worldmap.cli.settings import (
    job_count,
    kept_in_map,
    settings_for,
    with_choice,
    with_pairs,
    with_stereo,
    with_tiles,
)


@map_command(spreads=True)
def merge(
    call: Call,
    area: AreaOption = "all",
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Of the tiles: las | laz | copc; repeatable (default: laz and copc).",
        ),
    ] = None,
    vertical: Annotated[
        str | None,
        typer.Option(
            "--vertical",
            metavar="DATUM",
            help="Heights above the ellipsoid (default), msl, mean sea level (EGM96), or of a "
            "vertical CRS: EPSG:3855 is EGM2008.",
        ),
    ] = None,
    with_unconfirmed: Annotated[
        bool,
        typer.Option("--with-unconfirmed", help="Points of doubtful photos too."),
    ] = False,
    stereo: Annotated[
        bool | None,
        typer.Option(
            "--stereo/--no-stereo",
            help="Whether photos without depth get theirs from each other, without any network "
            "(default: they do).",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Show only photos taken from then on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Show only photos taken before then."),
    ] = None,
    licence: LicenceOption = None,
    matcher: MatcherOption = None,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Do not write the page about it.")
    ] = False,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Solve all photos again, not only those near what is new."),
    ] = False,
    jobs: JobsOption = None,
    config: ConfigOption = None,
) -> None:
    """Place an area's photos together and write its tiles."""
    from worldmap.geodesy import parse_vertical, undulation_sigma_m
    from worldmap.mapfolder import area_of
    from worldmap.pipeline.merge import merge as run

    chosen = area_of(call.map_dir, area)
    heights = None if vertical is None else parse_vertical(vertical)
    if heights is not None and (sigma_m := undulation_sigma_m(heights)):
        call.console.note(
            f"heights by the EGM96 grid that is shipped: ± {sigma_m:g} m of {vertical} as a whole"
        )
    told = {"formats": formats, "vertical": heights, "unconfirmed": with_unconfirmed or None}
    settings = with_tiles(settings_for(call, "merge", config), **told)
    settings = with_pairs(with_stereo(settings, enabled=stereo), matcher=matcher)
    choice = {"since": since, "until": until, "licences": licence}
    settings = with_choice(settings, **choice)
    tiles = settings.tiles.model_dump(mode="json")
    flags = {f"tiles.{name}": tiles[name] for name, value in told.items() if value is not None}
    flags |= {f"choose.{name}": value for name, value in choice.items() if value is not None}
    flags |= {} if stereo is None else {"stereo.enabled": stereo}
    flags |= {} if matcher is None else {"registration.pairs.matcher": matcher}
    with kept_in_map(call, config, flags):
        summary = run(
            call.map_dir,
            chosen,
            settings,
            call.console,
            jobs=job_count(jobs),
            report=settings.report.write and not no_report,
            anew=anew,
        )
    show.merged(call, summary)
