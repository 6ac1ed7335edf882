"""Which part of the map a command is changing, so that others of the same part take turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import Real, Utc, Whole, Words

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("token", Words(), nullable=False),
        sa.Column("west_deg", Real(), nullable=True),
        sa.Column("south_deg", Real(), nullable=True),
        sa.Column("east_deg", Real(), nullable=True),
        sa.Column("north_deg", Real(), nullable=True),
        sa.Column("nowhere", sa.Boolean(), nullable=False),
        sa.Column("renewed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("token", name=op.f("uq_leases_token")),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        geopackage.register_attributes(
            connection, "leases", "Parts of the map that commands are changing just now"
        )
