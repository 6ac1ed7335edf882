"""A placed photo as other programs want it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from worldmap.camera import PlacedCamera
from worldmap.printable import file_name


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExportedPhoto(PlacedCamera):
    """name: of its upright picture in the export; camera: solved, of that picture; captured_s: Unix
    time, None = unknown; position_sigma_m: horizontal."""

    name: str
    captured_s: float | None
    position_sigma_m: float


def export_names(photos: Iterable[tuple[int, Path]]) -> dict[int, str]:
    """A file name of its own for each photo (id, path); the photo's own where no other has it. Case
    does not tell two apart: some file systems do not; COLMAP's lists break at spaces, and a name
    that a spreadsheet takes for a formula gets another beginning."""
    given = [(photo_id, Path(file_name(path.name))) for photo_id, path in sorted(photos)]
    counts: dict[str, int] = {}
    for _, path in given:
        counts[path.name.lower()] = counts.get(path.name.lower(), 0) + 1
    return {
        photo_id: path.name if counts[path.name.lower()] == 1 else f"{photo_id}_{path.name}"
        for photo_id, path in given
    }
