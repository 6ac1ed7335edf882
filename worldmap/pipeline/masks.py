"""Masks of what is fixed to cameras, found in their photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worldmap.config import PhotoSettings
from worldmap.listener import Listener, Silence
from worldmap.stages.fixed_parts import CameraMask, find_masks
from worldmap.stages.sources import photos_under


@dataclass(frozen=True, slots=True, kw_only=True)
class MasksSummary:
    """What was found of each camera, and the photos that could not be read."""

    cameras: tuple[CameraMask, ...]
    unreadable: tuple[Path, ...]


def masks(
    paths: Sequence[Path],
    out_dir: Path,
    settings: PhotoSettings,
    listener: Listener | None = None,
) -> MasksSummary:
    """Find what is at the same pixels of all photos of a camera while the scene changes, and write
    it to `out_dir`, a picture for each camera, black there, which `ingest --mask` takes.

    Raises InputError where there is no photo, StorageError where a mask cannot be written.
    """
    photos, reports = photos_under(paths)
    cameras, broken = find_masks(photos, out_dir, settings, listener or Silence())
    return MasksSummary(
        cameras=tuple(cameras),
        unreadable=tuple(sorted({*broken, *(r.path for r in reports if r.status == "failed")})),
    )
