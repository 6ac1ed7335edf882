"""By how many photos an area was placed as a whole; the layers' default styles anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import Whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 0: not known, so that the first merge that brings something new solves all of it.
    op.add_column(
        "solved_poses", sa.Column("solved_among", Whole(), nullable=False, server_default="0")
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in ("photos", "footprints", "tiles"):
            geopackage.add_style(connection, table)
