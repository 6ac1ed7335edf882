"""Where each photo's refined depth lies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import FilePath, Whole, Words

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refined_depths",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.Column("inputs_hash", Words(), nullable=False),
        sa.Column("standing_hash", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_refined_depths_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_refined_depths")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        geopackage.register_attributes(
            connection, "refined_depths", "Where the photos' refined depth lies"
        )
