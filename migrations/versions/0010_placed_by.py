"""What holds a placed photo is said, where the number of its pairs told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("solved_poses", sa.Column("placed_by", Words(), nullable=True))
    op.execute(
        "UPDATE solved_poses SET placed_by = CASE WHEN pairs > 0 THEN 'matches' ELSE 'tags' END"
        " WHERE enu_from_cam_rotation IS NOT NULL"
    )
