"""`worldmap import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.cli import show
from worldmap.cli.command import Call, map_command
from worldmap.cli.options import ConfigOption, DepthOption, JobsOption
from worldmap.cli.settings import job_count, kept_in_map, settings_for


@map_command(create=True, spreads=True)
def import_poses(
    call: Call,
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="A COLMAP model's folder, reconstruction.json (OpenSfM, ODM) or transforms.json "
            "(Nerfstudio).",
        ),
    ],
    photos: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PHOTO", help="Its photos or their folders (default: the map's)."),
    ] = None,
    as_they_are: Annotated[
        bool,
        typer.Option("--as-they-are", help="Keep the poses to the digit, whatever merge finds."),
    ] = False,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin",
            metavar="LAT,LON,HEIGHT",
            help="Its axes are east, north, up in metres about there (height above the ellipsoid).",
        ),
    ] = None,
    sigma: Annotated[
        float | None,
        typer.Option(
            "--sigma", metavar="M", help="How well its place on the Earth is known (default 1)."
        ),
    ] = None,
    depth: DepthOption = None,
    jobs: JobsOption = None,
    config: ConfigOption = None,
) -> None:
    """Take camera poses from another program; photos come with them where they are named."""
    from worldmap.errors import UsageError
    from worldmap.pipeline.import_poses import ImportOptions
    from worldmap.pipeline.import_poses import import_poses as run
    from worldmap.site import parse_site

    if sigma is not None and not sigma > 0:
        raise UsageError("--sigma must be positive")
    with kept_in_map(call, config, {}):
        done = run(
            call.map_dir,
            model,
            photos or (),
            settings_for(call, "ingest", config),
            ImportOptions(
                as_they_are=as_they_are,
                origin=None if origin is None else parse_site(origin),
                sigma_m=sigma,
            ),
            depth=depth,
            jobs=job_count(jobs),
            listener=call.console,
        )
    show.imported(call, done)
