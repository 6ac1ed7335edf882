"""`worldmap plugins`."""

from __future__ import annotations

from worldmap.cli import show
from worldmap.cli.command import Call, command


@command()
def plugins(call: Call) -> None:
    """Depth sources, features, matchers and retrieval that settings can name, and from where."""
    from worldmap.plugins import states

    show.plugins(call, states())
