"""The catalog: what is in a map, as rows of one GeoPackage. Only records leave this package.

Its parts are imported when they are asked for: a database library takes a second of its own.
"""

from typing import TYPE_CHECKING

from worldmap.catalog.names import CATALOG_NAME
from worldmap.lazily import from_modules

if TYPE_CHECKING:
    from worldmap.catalog.migrate import upgrade
    from worldmap.catalog.store import Catalog, use_database

__all__ = ["CATALOG_NAME", "Catalog", "upgrade", "use_database"]

__getattr__ = from_modules(__name__, ("store", "migrate"), __all__)
