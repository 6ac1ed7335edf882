"""Which version of the solution a merge was by: the package's own no longer tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Whole

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("solve_version", Whole(), nullable=True))
    # Every solution so far was by worldmap 0.1.0.
    op.execute(
        "UPDATE runs SET solve_version = 1 WHERE id IN (SELECT DISTINCT run_id FROM solved_poses)"
    )
