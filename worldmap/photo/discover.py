"""Which files are photos."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from worldmap.errors import InputError
from worldmap.photo.pixels import is_single_channel_measurement

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif"}
)
_DEPTH_FORMATS = frozenset({".png", ".tif", ".tiff"})
_DEPTH_MARKS = frozenset({".depth", ".dense"})
_JUNK_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN"})


def discover(paths: Sequence[Path]) -> list[Path]:
    """Every photo among `paths`: files as given, folders searched through, sorted, each once.

    In folders only the known photo suffixes count, and hidden files and depth sidecars
    (`IMG_1.depth.png` and the like beside `IMG_1.jpg`) are passed over. A file named outright is
    always taken: reading it will say what is wrong with it. Links to folders are not followed.

    Raises InputError where a path does not exist, a folder cannot be listed, or nothing is found.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            photos = list(_in_folder(path))
        elif path.exists():
            photos = [path]
        else:
            raise InputError(f"{path} does not exist")
        for photo in photos:
            found.setdefault(photo.resolve(), photo)
    if not found:
        where = ", ".join(str(path) for path in paths) or "nothing"
        raise InputError(
            f"no photo found in {where} (looked for JPEG, PNG, TIFF, WebP and HEIC files)"
        )
    return sorted(found.values())


def _in_folder(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(f"cannot list {error.filename}: {error.strerror}") from error

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _JUNK_FOLDERS)
        stems = _photo_stems(names)
        for name in names:
            path = Path(root) / name
            if name.startswith(".") or path.suffix.lower() not in PHOTO_SUFFIXES:
                continue
            if not _is_depth_sidecar(path, stems):
                yield path


def _photo_stems(names: list[str]) -> dict[str, set[str]]:
    stems: dict[str, set[str]] = {}
    for name in names:
        path = Path(name)
        if path.suffix.lower() in PHOTO_SUFFIXES:
            stems.setdefault(path.stem, set()).add(name)
    return stems


def _is_depth_sidecar(path: Path, stems: dict[str, set[str]]) -> bool:
    if path.suffix.lower() not in _DEPTH_FORMATS:
        return False
    base = Path(path.stem)  # `IMG_1.depth` of `IMG_1.depth.png`
    if base.suffix in _DEPTH_MARKS and base.stem in stems:
        return True
    beside = stems.get(base.stem, set()) | stems.get(path.stem, set())
    # A suffix of the user's own choosing: what it holds tells.
    return bool(beside - {path.name}) and is_single_channel_measurement(path)
