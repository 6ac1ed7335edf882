"""Default styles anew: what QGIS shows of a photo or tile as its map tip is escaped."""

from __future__ import annotations

from alembic import op

from worldmap.catalog import geopackage

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in ("photos", "footprints", "tiles"):
            geopackage.add_style(connection, table)
