"""A pose keeps what its errors have in common: a heading that is open does not tilt a photo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import PackedArray

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("solved_poses", sa.Column("covariance", PackedArray(), nullable=True))
