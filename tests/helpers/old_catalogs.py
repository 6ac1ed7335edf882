"""Catalogs as earlier revisions left them."""

from __future__ import annotations

import sqlite3

COUNTED = (
    "ix_photos_status",
    "ix_photos_path",
    "ix_photos_rights",
    "ix_ledger_entries_quantity",
    "ix_pair_registrations_verdict",
    "ix_solved_poses_site",
    "ix_tiles_points",
)
"""The indexes of revision 0027."""


def without_later_parts(connection: sqlite3.Connection, *tables: str) -> None:
    """Take from a new catalog the columns and indexes that revisions after 0014 add, and these
    tables."""
    for name in COUNTED:
        connection.execute(f"DROP INDEX {name}")
    for table, column in (
        ("photos", "tag_centre"),
        ("photos", "depth_wait"),
        ("solved_poses", "covariance"),
        ("photo_clouds", "gain"),
    ):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for name in (*tables, "leases"):
        connection.execute(f"DROP TABLE {name}")
        connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
