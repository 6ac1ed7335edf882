"""A solved photo has a lens of its own: principal point and radial terms too."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import RealOrNan

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("cx_px", "cy_px", "k1", "k2"):
        op.add_column("solved_poses", sa.Column(name, RealOrNan(), nullable=True))
    # Until now everything but the focal length was as the photo's tags have it.
    connection = op.get_bind()
    cameras = connection.execute(
        sa.text("SELECT id, camera_cx_px, camera_cy_px, camera_distortion FROM photos")
    ).fetchall()
    for photo_id, cx_px, cy_px, distortion in cameras:
        k1, k2 = json.loads(distortion)[:2]
        connection.execute(
            sa.text(
                "UPDATE solved_poses SET cx_px = :cx, cy_px = :cy, k1 = :k1, k2 = :k2 "
                "WHERE photo_id = :id AND focal_px IS NOT NULL"
            ),
            {"cx": cx_px, "cy": cy_px, "k1": k1, "k2": k2, "id": photo_id},
        )
