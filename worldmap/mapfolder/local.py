"""Maps of photos that match each other and of which none could be placed: each a map of its own, in
its own metres, in the folder `local` of the map that the photos are in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from worldmap.mapfolder.layout import Layout

MARK: Final = "not-on-the-globe-yet.txt"
"""What a local map has beside its catalog: for people, which photos, and why they are there."""


def local_maps(root: Path) -> list[Path]:
    """The local maps of a map, those of most photos first. CatalogError where their folder leads
    out of the map."""
    folder = Layout(root).local()
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if is_local(each)]
    return sorted(found, key=lambda each: (-_photos_of(each), each.name))


def is_local(root: Path) -> bool:
    """Whether a map is one of these."""
    return (root / MARK).is_file()


def local_note(root: Path) -> str:
    """What to say of a local map."""
    return (
        f"{_photos_of(root)} photos that match each other, and nothing says where they are: not on "
        "the globe yet, in metres of their own"
    )


def mark_text(names: list[str]) -> str:
    """The content of a local map's mark."""
    listed = "\n".join(names)
    return (
        f"{len(names)} photos match each other, and their tags do not say where they are, or which "
        "way they stand: this map of them is not on the globe yet.\n"
        "Its metres are those of their depth; its place, 0.01° N 4.62° E, is made up, and so is "
        "its north where compasses did not tell it.\n"
        "The next merge that knows where they are puts them there, and takes this map away.\n\n"
        f"{listed}\n"
    )


def _photos_of(root: Path) -> int:
    try:
        first = (root / MARK).read_text(encoding="utf-8", errors="replace").split(" ", 1)[0]
    except OSError:
        return 0
    return int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 0
