"""worldmap: photos in, georeferenced 3-D point clouds out.

From Python, as docs/python.md tells: `worldmap.open_map("map").photos[0].place`. Nothing is loaded
before it is used.
"""

from typing import TYPE_CHECKING

from worldmap.lazily import from_modules

if TYPE_CHECKING:
    from worldmap.api import Depth, Map, Photo, Photos, Points, open_map
    from worldmap.config import Settings, load_settings
    from worldmap.errors import WorldmapError
    from worldmap.place import Place

__version__ = "0.1.0"

__all__ = [
    "Depth",
    "Map",
    "Photo",
    "Photos",
    "Place",
    "Points",
    "Settings",
    "WorldmapError",
    "__version__",
    "load_settings",
    "open_map",
]

__getattr__ = from_modules(__name__, ("errors", "config", "place", "api"), __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
