"""What a map's catalog is called, and which form of it this version reads and writes."""

from typing import Final

CATALOG_NAME: Final = "catalog.gpkg"
POINTER_NAME: Final = "catalog.url"
"""The file that says where the catalog is in place of the first one."""
HEAD: Final = "0011"
"""The newest revision in `migrations/`."""
BACKUP_NAMES: Final = "catalog-*.gpkg"
"""What `db upgrade` calls the copies that it makes first, as a pattern."""
