"""The catalog: what is in a map, as rows of one GeoPackage. Only records leave this package.

Its parts are imported when they are asked for: a database library takes a second of its own.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from worldmap.catalog.names import CATALOG_NAME

if TYPE_CHECKING:
    from worldmap.catalog.migrate import upgrade
    from worldmap.catalog.store import Catalog, use_database

__all__ = ["CATALOG_NAME", "Catalog", "upgrade", "use_database"]

_HOMES = {
    "Catalog": "store",
    "upgrade": "migrate",
    "use_database": "store",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
