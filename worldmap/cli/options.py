"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldmap.plugins import DEPTH, FEATURES, MATCHER

DEFAULT_MAP = Path("map")

MapOption = Annotated[
    Path,
    typer.Option(
        "--map",
        metavar="DIR",
        envvar="WORLDMAP_MAP",
        help="The map's folder, or s3://BUCKET/MAP (with --catalog).",
    ),
]
CatalogOption = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="URL",
        envvar="WORLDMAP_CATALOG",
        help="postgresql://... to keep the catalog there; said once, the map's folder knows it.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="JSON lines on stdout: events, then one summary.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
DebugOption = Annotated[
    bool,
    typer.Option("--debug", envvar="WORLDMAP_DEBUG", help="Log lines and full tracebacks."),
]

AreaOption = Annotated[
    str,
    typer.Option(
        "--area",
        metavar="AREA",
        help="all | west,south,east,north | lat,lon,radius_m | a GeoJSON, GeoPackage or Shapefile "
        "| WKT | a tile's key | PHOTO,radius_m | FILE#NAME.",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings (YAML) that differ from the defaults."),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", metavar="N", help="Worker processes (default: what the machine bears)."
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        envvar="WORLDMAP_ENGINE",
        help="Where photos are worked on: local (default) | ray | ray://HOST.",
    ),
]
DepthOption = Annotated[
    str | None,
    typer.Option(
        "--depth",
        metavar="SOURCE",
        help=f"{' | '.join(DEPTH.own)}, or what another package brings (`worldmap plugins`); auto, "
        "the default: measured where a photo has it, else a network's where one is here, else "
        "stereo: merge finds it in photos that overlap.",
    ),
]
SuffixOption = Annotated[
    str | None,
    typer.Option(
        "--depth-suffix",
        metavar="SUFFIX",
        help="Sidecars are called STEM + SUFFIX + .png, .npy or .tif (default .depth).",
    ),
]
FeaturesOption = Annotated[
    str | None,
    typer.Option(
        "--matcher",
        metavar="NAME",
        help=f"By what places are recognised: {' | '.join(FEATURES.own)}, or what another package "
        "brings; all photos of a map by one (default: sift).",
    ),
]
MatcherOption = Annotated[
    str | None,
    typer.Option(
        "--matcher",
        metavar="NAME",
        help=f"What matches their features: auto | {' | '.join(MATCHER.own)}, or what another "
        "package brings (default: auto, what goes with them).",
    ),
]
FocalOption = Annotated[
    float | None,
    typer.Option("--focal", metavar="PX", help="Focal length in pixels of the full-size photo."),
]
NoBlurOption = Annotated[
    bool,
    typer.Option(
        "--no-blur",
        help="Leave faces and number plates in the pictures as they are: for your own use alone.",
    ),
]
LicenceOption = Annotated[
    str | None,
    typer.Option(
        "--licence",
        metavar="NAMES",
        help="Only photos under these licences: cc0,pd,cc-by,cc-by-sa,etalab, ...",
    ),
]
PhotoArgument = Annotated[
    str, typer.Argument(metavar="PHOTO", help="A photo of the map: its path or file name.")
]
