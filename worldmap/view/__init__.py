"""The map as a page: photos on a map, the points in 3-D, a photo laid over them.

`PublishedMap` says what there is to show; `serve` shows it on this machine, `write_site` as files
for any web server, `write_single` as one file that needs none.
"""

from worldmap.view.page import Basemap, check_basemap
from worldmap.view.published import (
    Products,
    PublishedMap,
    ShownLayer,
    TileOrthophoto,
    shown_layer,
)
from worldmap.view.server import address_of, open_socket, require_server, serve
from worldmap.view.single import write_single
from worldmap.view.site import write_site
from worldmap.view.surface import MESH_SUFFIX, ShownMesh, shown_mesh
from worldmap.view.windows import MapWindows

__all__ = [
    "MESH_SUFFIX",
    "Basemap",
    "MapWindows",
    "Products",
    "PublishedMap",
    "ShownLayer",
    "ShownMesh",
    "TileOrthophoto",
    "address_of",
    "check_basemap",
    "open_socket",
    "require_server",
    "serve",
    "shown_layer",
    "shown_mesh",
    "write_single",
    "write_site",
]
