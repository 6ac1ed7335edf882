"""Which map is shown where one has photos that are not on the globe yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from worldmap.cli.command import Call

_ALL: Final = "all"


def as_shown(call: Call, area: str) -> Call:
    """The call on the map that is to be shown, which is said: where nothing of the map is placed
    and photos match each other all the same, the largest local map of such. Where something is,
    the map itself, and that there are local ones besides."""
    from worldmap.mapfolder import is_local, local_maps, local_note, status_of

    if is_local(call.map_dir):
        call.console.note(local_note(call.map_dir))
        return call
    found = local_maps(call.map_dir) if area == _ALL else []
    if not found:
        return call
    state, _ = status_of(call.map_dir)
    if not state.placed:
        call.console.note(f"{local_note(found[0])} (--map {found[0]})")
        return replace(call, map_dir=found[0])
    tell_of_local(call)
    return call


def tell_of_local(call: Call) -> None:
    """Which photos of the map are not on the globe yet, and how to see them."""
    from worldmap.mapfolder import local_maps, local_note

    for each in local_maps(call.map_dir):
        call.console.note(f"{local_note(each)}: --map {each} shows them")
