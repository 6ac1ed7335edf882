"""The commands of the command line, for tests that go through all of them."""

from __future__ import annotations

from typing import Any


def leaves(command: Any, name: str = "worldmap") -> dict[str, Any]:
    """Full name -> command, of every command of the app."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return {name: command}
    return {
        full: leaf
        for key, sub in inner.items()
        for full, leaf in leaves(sub, f"{name} {key}").items()
    }
