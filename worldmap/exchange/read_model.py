"""Whose model a path is."""

from __future__ import annotations

from pathlib import Path

from worldmap.errors import InputError, MissingPathError
from worldmap.exchange.colmap_model import find_colmap, read_colmap
from worldmap.exchange.nerfstudio_model import NERFSTUDIO_NAME, read_nerfstudio
from worldmap.exchange.opensfm_model import OPENSFM_NAME, read_opensfm
from worldmap.exchange.posed import Posed


def read_model(path: Path) -> Posed:
    """The model that a file or folder is, or that a folder holds where programs put it. Raises
    MissingPathError where there is nothing, InputError, in one line, where it is none or damaged,
    UsageError for cameras that are no pinholes with Brown's distortion."""
    if not path.exists():
        raise MissingPathError("does not exist", path=path)
    if path.is_dir():
        # OpenSfM's and Nerfstudio's folders may hold what COLMAP made before.
        for inside, reader in (
            (NERFSTUDIO_NAME, read_nerfstudio),
            (OPENSFM_NAME, read_opensfm),
            (f"opensfm/{OPENSFM_NAME}", read_opensfm),
        ):
            if (path / inside).is_file():
                return reader(path / inside)
        found = find_colmap(path)
        if found is not None:
            return read_colmap(found)
    elif path.name in ("images.txt", "images.bin", "cameras.txt", "cameras.bin"):
        return read_colmap(path.parent)
    elif path.suffix.lower() == ".json":
        return read_nerfstudio(path) if _has_frames(path) else read_opensfm(path)
    raise InputError(
        "is no model that can be imported",
        path=path,
        hint="name a COLMAP model's folder, a reconstruction.json (OpenSfM, ODM) or a "
        "transforms.json (Nerfstudio)",
    )


def _has_frames(path: Path) -> bool:
    """Whether a file is Nerfstudio's, by its name or its beginning."""
    if path.name == NERFSTUDIO_NAME:
        return True
    if path.name == OPENSFM_NAME:
        return False
    with path.open("rb") as file:
        return not file.read(64).lstrip().startswith(b"[")
