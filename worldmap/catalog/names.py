"""What a map's catalog is called, and which form of it this version reads and writes."""

from typing import Final

CATALOG_NAME: Final = "catalog.gpkg"
POINTER_NAME: Final = "catalog.url"
"""The file that says where the catalog is in place of the first one."""
HEAD: Final = "0028"
"""The newest revision in `migrations/`."""
TABLES: Final = frozenset(
    {
        *("photos", "ledger_entries", "depth_maps", "features", "priors", "reviews", "failures"),
        *("pair_registrations", "sites", "solved_poses", "calibrations", "footprints"),
        *("control_points", "leases"),
        *("refined_depths", "photo_clouds", "tiles", "tile_files", "tile_photos", "runs"),
    }
)
"""The tables of this version."""
OTHERS_TABLES: Final = frozenset(
    {
        *("alembic_version", "sqlite_sequence", "layer_styles", "gpkg_contents"),
        *("gpkg_extensions", "gpkg_geometry_columns", "gpkg_ogr_contents", "gpkg_spatial_ref_sys"),
    }
)
"""Those of Alembic, SQLite, QGIS, the GeoPackage standard and GDAL that a write touches."""
BACKUP_NAMES: Final = "catalog-*.gpkg"
"""What `db upgrade` calls the copies that it makes first, as a pattern."""
