"""A surveyed point may be surer one way than another, as one that a wall was aligned by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("control_points", sa.Column("covariance", Words(), nullable=True))
