"""Principal points that files of cameras tell are kept with what else tags say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("tag_centre", Words(), nullable=True))
