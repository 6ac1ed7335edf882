"""What photos told of the cameras that took them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import PackedArray, Real, RealOrNan, Whole, Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calibrations",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("camera_key", Words(), nullable=False),
        sa.Column("run_id", Whole(), nullable=False),
        sa.Column("lens", PackedArray(), nullable=False),
        sa.Column("covariance", PackedArray(), nullable=False),
        sa.Column("focal_spread_rel", RealOrNan(), nullable=True),
        sa.Column("image_sigma_px", RealOrNan(), nullable=True),
        sa.Column("width_px", Whole(), nullable=False),
        sa.Column("height_px", Whole(), nullable=False),
        sa.Column("tag_focal_px", Real(), nullable=False),
        sa.Column("photo_ids", Words(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_calibrations_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_calibrations_camera_key"), "calibrations", ["camera_key"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        geopackage.register_attributes(
            connection, "calibrations", "What photos told of the cameras that took them"
        )
