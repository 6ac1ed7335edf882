"""A pair's own verdict and the area's apart: the own one stays when the area is judged anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("own_reason", "area_reason"):
        column: sa.Column[str] = sa.Column(name, Words(), nullable=False, server_default="")
        op.add_column("pair_registrations", column)
    op.execute("UPDATE pair_registrations SET own_reason = reason WHERE status = 'rejected'")
    op.execute("UPDATE pair_registrations SET area_reason = reason WHERE status = 'contradicted'")
    op.drop_column("pair_registrations", "status")
    op.drop_column("pair_registrations", "reason")
