"""Maps from Python, as docs/python.md tells: what is in __all__ is stable."""

from worldmap.api.map import Map, open_map
from worldmap.api.photos import Depth, Photo, Photos
from worldmap.api.points import Points

__all__ = ["Depth", "Map", "Photo", "Photos", "Points", "open_map"]
