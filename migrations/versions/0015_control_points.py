"""Surveyed points on the ground, and where photos show them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import Real, RealOrNan, Utc, Whole, Words

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "control_points",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("lat_deg", Real(), nullable=False),
        sa.Column("lon_deg", Real(), nullable=False),
        sa.Column("height_m", Real(), nullable=False),
        sa.Column("horizontal_sigma_m", Real(), nullable=False),
        sa.Column("vertical_sigma_m", Real(), nullable=False),
        sa.Column("role", Words(), nullable=False),
        sa.Column("source", Words(), nullable=False),
        sa.Column("raw", Words(), nullable=False),
        sa.Column("problem", Words(), nullable=False),
        sa.Column("marks", Words(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("photos", Whole(), nullable=False),
        sa.Column("east_m", RealOrNan(), nullable=True),
        sa.Column("north_m", RealOrNan(), nullable=True),
        sa.Column("up_m", RealOrNan(), nullable=True),
        sa.Column("rms_px", RealOrNan(), nullable=True),
        sa.Column("used", sa.Boolean(), nullable=True),
        sa.Column("remark", Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_points")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_control_points_name"), "control_points", ["name"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        geopackage.register_attributes(
            connection, "control_points", "Surveyed points, and where photos show them"
        )
