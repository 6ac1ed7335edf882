"""Photos' names in the files of others: with folders of another machine, in another case or form of
Unicode."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath


def name_parts(name: str) -> tuple[str, ...]:
    """The folders and the file's name, in one form of Unicode and case."""
    # macOS writes names in parts (NFD), everybody else composed.
    text = unicodedata.normalize("NFC", name.strip().strip('"').replace("\\", "/")).casefold()
    return tuple(part for part in PurePosixPath(text).parts if part not in ("/", "."))


def name_key(name: str) -> str:
    """The file's name alone, likewise."""
    parts = name_parts(name)
    return parts[-1] if parts else ""


def common_tail(a: Sequence[str], b: Sequence[str]) -> int:
    """How many of their last parts two names have in common."""
    count = 0
    for x, y in zip(reversed(a), reversed(b), strict=False):
        if x != y:
            break
        count += 1
    return count
