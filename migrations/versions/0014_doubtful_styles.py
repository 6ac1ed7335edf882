"""Styles that know doubtful photos, drawn apart from placed and unplaced ones."""

from __future__ import annotations

from alembic import op

from worldmap.catalog import geopackage

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in ("photos", "footprints"):
            geopackage.add_style(connection, table)
