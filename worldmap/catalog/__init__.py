"""The catalog: what is in a map, as rows of one GeoPackage. Only records leave this package."""

from worldmap.catalog.migrate import CATALOG_NAME, upgrade
from worldmap.catalog.store import Catalog, use_database

__all__ = ["CATALOG_NAME", "Catalog", "upgrade", "use_database"]
