"""What people look at after a merge."""

from worldmap.registration.accuracy import Accuracy, HeldOut
from worldmap.report.content import (
    SCHEMA,
    ControlEntries,
    ControlEntry,
    Coverage,
    DepthSource,
    PairEntry,
    PhotoEntry,
    Report,
    Rights,
    StageCost,
    Suggestion,
    TaggedPlace,
    TileEntry,
    as_json,
)
from worldmap.report.maps import draw_coverage, draw_density, draw_height
from worldmap.report.page import Pictures, page
from worldmap.report.plotted import plotted
from worldmap.report.positions import (
    PICTURE_SUFFIXES,
    Placing,
    PlottedPhoto,
    draw_positions,
    positions_picture,
)
from worldmap.report.raster import AreaRaster
from worldmap.report.suggest import Station, suggestions

__all__ = [
    "PICTURE_SUFFIXES",
    "SCHEMA",
    "Accuracy",
    "AreaRaster",
    "ControlEntries",
    "ControlEntry",
    "Coverage",
    "DepthSource",
    "HeldOut",
    "PairEntry",
    "PhotoEntry",
    "Pictures",
    "Placing",
    "PlottedPhoto",
    "Report",
    "Rights",
    "StageCost",
    "Station",
    "Suggestion",
    "TaggedPlace",
    "TileEntry",
    "as_json",
    "draw_coverage",
    "draw_density",
    "draw_height",
    "draw_positions",
    "page",
    "plotted",
    "positions_picture",
    "suggestions",
]
