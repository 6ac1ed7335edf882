"""What the photos of an area say about each other's tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import Real, Whole, Words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("run_id", Whole(), nullable=False),
        sa.Column("duplicate_of", Whole(), nullable=True),
        sa.Column("flags", Words(), nullable=False),
        sa.Column("ledger", Words(), nullable=False),
        sa.Column("lat_deg", Real(), nullable=True),
        sa.Column("lon_deg", Real(), nullable=True),
        sa.Column("height_m", Real(), nullable=True),
        sa.Column("horizontal_sigma_m", Real(), nullable=True),
        sa.Column("vertical_sigma_m", Real(), nullable=True),
        sa.Column("position_source", Words(), nullable=False),
        sa.Column("heading_deg", Real(), nullable=True),
        sa.Column("heading_sigma_deg", Real(), nullable=True),
        sa.Column("heading_source", Words(), nullable=False),
        sa.Column("pitch_deg", Real(), nullable=True),
        sa.Column("roll_deg", Real(), nullable=True),
        sa.Column("tilt_sigma_deg", Real(), nullable=True),
        sa.Column("tilt_source", Words(), nullable=False),
        sa.Column("scale_sigma_rel", Real(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_reviews_photo_id_photos"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_reviews_run_id_runs")),
        sa.ForeignKeyConstraint(
            ["duplicate_of"],
            ["photos.id"],
            name=op.f("fk_reviews_duplicate_of_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_duplicate_of"), "reviews", ["duplicate_of"], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        geopackage.register_attributes(
            connection, "reviews", "What the photos of an area say about each other's tags"
        )
