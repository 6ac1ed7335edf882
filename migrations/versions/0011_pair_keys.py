"""Keys of pairs without the settings of features: verdicts go when the features do."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As `worldmap.pipeline.register` had and has it.
_VERSION = 2
_CANDIDATES_ALONE = ("max_range_m", "max_neighbours")


def upgrade() -> None:
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT DISTINCT settings_json FROM runs"))
    keys = dict(filter(None, (_keys(text) for (text,) in found)))
    rows = connection.execute(
        sa.text("SELECT id, photo_a, photo_b, settings_hash FROM pair_registrations ORDER BY id")
    ).all()
    newest = {(a, b, keys[key]): row for row, a, b, key in rows if key in keys}
    earlier = [row for row, a, b, key in rows if key in keys and newest[a, b, keys[key]] != row]
    for row in earlier:
        connection.execute(sa.text("DELETE FROM pair_registrations WHERE id = :row"), {"row": row})
    for old, new in keys.items():
        connection.execute(
            sa.text(
                "UPDATE pair_registrations SET settings_hash = :new WHERE settings_hash = :old"
            ),
            {"old": old, "new": new},
        )


def _keys(settings_json: str) -> tuple[str, str] | None:
    """The key that pairs were judged under in a run with these settings, and what it is now."""
    registration = json.loads(settings_json).get("registration", {})
    features, pairs = registration.get("features"), registration.get("pairs")
    if features is None or pairs is None:
        return None
    verdict = {name: value for name, value in pairs.items() if name not in _CANDIDATES_ALONE}
    return (
        _hash(json.dumps((_VERSION, _section(features), _section(pairs)))),
        _hash(json.dumps((_VERSION, _section(verdict)))),
    )


def _section(values: dict[str, Any]) -> str:
    return _hash(json.dumps(values, sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
