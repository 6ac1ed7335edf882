"""What is counted, and photos by name, are found in indexes alone, however large the map; and a
photo keeps the gain that it has in the tiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import Words

revision = "0027"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photo_clouds", sa.Column("gain", Words(), nullable=True))
    op.create_index("ix_photos_status", "photos", ["status", "position_sigma_m"])
    op.create_index("ix_photos_path", "photos", ["path"])
    op.create_index("ix_photos_rights", "photos", ["licence", "artist"])
    op.create_index("ix_ledger_entries_quantity", "ledger_entries", ["quantity"])
    op.create_index(
        "ix_pair_registrations_verdict", "pair_registrations", ["own_reason", "area_reason"]
    )
    op.create_index("ix_solved_poses_site", "solved_poses", ["site_id", "east_m", "run_id"])
    op.create_index("ix_tiles_points", "tiles", ["points", "stale"])
