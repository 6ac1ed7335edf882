"""Why the other photos gave a photo no depth, and of which photos that was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("depth_wait", Words(), nullable=True))
