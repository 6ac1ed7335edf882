"""worldmap: photos in, georeferenced 3-D point clouds out.

From Python, as docs/python.md tells: `worldmap.open_map("map").photos[0].place`. Nothing is loaded
before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_HOMES = {
    "Depth": "api",
    "Map": "api",
    "Photo": "api",
    "Photos": "api",
    "Place": "place",
    "Points": "api",
    "Settings": "config",
    "WorldmapError": "errors",
    "load_settings": "config",
    "open_map": "api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
