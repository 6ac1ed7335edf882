"""By how many photos an area was placed as a whole, and by which tags; default styles anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import Whole, Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Neither is known of what was solved before: the next merge solves all of it.
    op.add_column(
        "solved_poses", sa.Column("solved_among", Whole(), nullable=False, server_default="0")
    )
    op.add_column(
        "solved_poses", sa.Column("tags_hash", Words(), nullable=False, server_default="")
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in ("photos", "footprints", "tiles"):
            geopackage.add_style(connection, table)
