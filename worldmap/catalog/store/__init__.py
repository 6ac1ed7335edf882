"""The catalog as records: rows never leave this package."""

from worldmap.catalog.store.catalog import Catalog, use_database

__all__ = ["Catalog", "use_database"]
