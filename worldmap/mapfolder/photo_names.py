"""Which photo of a map a name means."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from worldmap.photo.named_path import common_tail
from worldmap.records import IngestedPhoto

_NUMBER: Final = re.compile(r"#\d{1,18}")


def names_of(photos: Iterable[IngestedPhoto]) -> dict[str, list[tuple[int, Path]]]:
    """By a photo's name, in one form and case, the photos that bear it."""
    found: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for photo in photos:
        found[_name(photo.metadata.path.name)].append((photo.photo_id, photo.metadata.path))
    return found


def matching(image: str, by_name: Mapping[str, list[tuple[int, Path]]]) -> list[int]:
    """The photo of a name with or without folders, or of `#` and its number in the map; none where
    several are as like it."""
    if _NUMBER.fullmatch(image):
        return [i for found in by_name.values() for i, _ in found if i == int(image[1:])]
    parts = PurePosixPath(_name(image.replace("\\", "/"))).parts
    candidates = by_name.get(parts[-1] if parts else "", [])
    if len(candidates) < 2:
        return [i for i, _ in candidates]
    alike = [common_tail(parts, PurePosixPath(_name(str(path))).parts) for _, path in candidates]
    best = [i for (i, _), n in zip(candidates, alike, strict=True) if n == max(alike)]
    return best if len(best) == 1 else []


def _name(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
