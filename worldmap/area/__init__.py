"""The area a command works on, which positions lie in it, and what people may call one."""

from worldmap.area.parse import parse_area
from worldmap.area.shapes import (
    Area,
    Around,
    Box,
    Circle,
    Everywhere,
    Polygons,
    bounds_about_deg,
)

__all__ = [
    "Area",
    "Around",
    "Box",
    "Circle",
    "Everywhere",
    "Polygons",
    "bounds_about_deg",
    "parse_area",
]
