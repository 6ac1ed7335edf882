"""Parts of a picture that a network looks at one after the other: what is small stays as large as
it is, and memory is bounded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2

from worldmap.errors import ModelError

PART_PX: Final = 1280
_OVERLAP_PX: Final = 160


def parts(height_px: int, width_px: int) -> list[tuple[int, int]]:
    """Top and left of each: they overlap and leave nothing out."""

    def starts(side_px: int) -> list[int]:
        if side_px <= PART_PX:
            return [0]
        step = PART_PX - _OVERLAP_PX
        return [*range(0, side_px - PART_PX, step), side_px - PART_PX]

    return [(top, left) for top in starts(height_px) for left in starts(width_px)]


def file_of_package(package: str, name: str) -> Path | None:
    """A file that a package brings, None where it is not installed or has none."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    return None


def opened(path: Path) -> Any:
    """A network of an ONNX file. ModelError where it is none that OpenCV can run."""
    try:
        return cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise ModelError("holds no network that can be run", path=path) from error
