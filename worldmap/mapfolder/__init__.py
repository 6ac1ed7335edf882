"""A map: the folder, opened. What is in it, where each file lies, who may change what.

A noun without verbs: the pipeline's commands take it and do something with it.
"""

from typing import TYPE_CHECKING

from worldmap.lazily import from_modules

if TYPE_CHECKING:
    from worldmap.mapfolder.area import area_in, area_of
    from worldmap.mapfolder.folder import MapFolder, RunNote
    from worldmap.mapfolder.kept_pictures import KeptPictures, PictureOf
    from worldmap.mapfolder.layout import ARTIFACTS, Layout, Subfolder
    from worldmap.mapfolder.local import is_local, local_maps, local_note
    from worldmap.mapfolder.locks import adding_files, changing, making_local_maps, removing_files
    from worldmap.mapfolder.originals import Originals
    from worldmap.mapfolder.settings import (
        keep_settings,
        map_settings,
        may_keep,
        settings_over,
    )
    from worldmap.mapfolder.state import MapState
    from worldmap.mapfolder.status import status_of

__all__ = [
    "ARTIFACTS",
    "KeptPictures",
    "Layout",
    "MapFolder",
    "MapState",
    "Originals",
    "PictureOf",
    "RunNote",
    "Subfolder",
    "adding_files",
    "area_in",
    "area_of",
    "changing",
    "is_local",
    "keep_settings",
    "local_maps",
    "local_note",
    "making_local_maps",
    "map_settings",
    "may_keep",
    "removing_files",
    "settings_over",
    "status_of",
]

_MODULES = (
    "layout",
    "status",
    "local",
    "locks",
    "settings",
    "originals",
    "state",
    "folder",
    "area",
    "kept_pictures",
)
__getattr__ = from_modules(__name__, _MODULES, __all__)
