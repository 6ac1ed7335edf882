"""Which files are photos."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from worldmap.errors import InputError, MissingPathError
from worldmap.input_file import open_regular, real_path
from worldmap.photo.mask import photo_of_mask
from worldmap.photo.pixels import is_single_channel_measurement
from worldmap.photo.raw import RAW_SUFFIXES, is_raw

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif"}
).union(RAW_SUFFIXES)
# How files of these kinds begin: JPEG, PNG, TIFF and RAW made of it, WebP, Fuji's, Sigma's and
# Minolta's RAW; HEIC and Canon's CR3 have `ftyp` behind a length.
_BEGINNINGS = (
    *(b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIRO", b"IIU\0"),
    *(b"RIFF", b"FUJIFILM", b"FOVb", b"\0MRM"),
)
_BOX, _BEGINNING_BYTES = b"ftyp", 8
_DEPTH_FORMATS = frozenset({".png", ".tif", ".tiff"})
_DEPTH_MARKS = frozenset({".depth", ".dense"})
_JUNK_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "lost+found"})


def discover(
    paths: Sequence[Path],
    *,
    on_unreadable: Callable[[Path, InputError], None] | None = None,
    on_raw_twin: Callable[[Path, Path], None] | None = None,
) -> list[Path]:
    """Every photo among `paths`: files as given, folders searched through, sorted, each once.

    In folders only the known photo suffixes count, and hidden files, depth sidecars and masks
    (`IMG_1.depth.png`, `IMG_1_mask.png` and the like beside `IMG_1.jpg`) are passed over. A file
    named outright is always taken: reading it will say what is wrong with it. Links to folders are
    not followed. A folder further down that cannot be listed is passed over and told to
    `on_unreadable`; a RAW file beside its developed picture (`IMG_1.dng` beside `IMG_1.jpg`) is,
    and told to `on_raw_twin` with that.

    Raises InputError where a path does not exist or cannot be listed, or nothing is found.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            is_folder, is_there = path.is_dir(), path.is_symlink() or path.exists()
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise InputError(f"cannot be read: {error}", path=path) from error
        if not is_there:
            raise MissingPathError("does not exist", path=path)
        photos = list(_in_folder(path, on_unreadable, on_raw_twin)) if is_folder else [path]
        for photo in photos:
            found.setdefault(real_path(photo), photo)
    if not found:
        where = ", ".join(str(path) for path in paths) or "nothing"
        raise InputError(
            f"no photo found in {where}",
            hint="looked for JPEG, PNG, TIFF, WebP, HEIC and RAW files",
        )
    return sorted(found.values())


def is_photo_name(name: str) -> bool:
    """Whether a file is called as a photo is."""
    return Path(name).suffix.lower() in PHOTO_SUFFIXES


def may_be_photo(path: Path) -> bool:
    """Whether a file is called as a photo is, or begins as one does, so that reading it can say
    what is wrong with it as a photo."""
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    try:
        with open_regular(path) as file:
            beginning = file.read(_BEGINNING_BYTES)
    except OSError:
        return True  # for whoever reads it to tell
    return beginning.startswith(_BEGINNINGS) or beginning.endswith(_BOX)


def _in_folder(
    folder: Path,
    on_unreadable: Callable[[Path, InputError], None] | None,
    on_raw_twin: Callable[[Path, Path], None] | None,
) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        refused = InputError(f"cannot be listed: {error.strerror}", path=Path(error.filename))
        where = Path(error.filename)
        if where == folder:
            raise refused from error
        if on_unreadable is not None:
            on_unreadable(where, refused)

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _JUNK_FOLDERS)
        stems = _photo_stems(names)
        # Cameras' names have no case; some programs change it.
        caseless = _photo_stems(names, caseless=True)
        for name in names:
            path = Path(root) / name
            if name.startswith(".") or path.suffix.lower() not in PHOTO_SUFFIXES:
                continue
            if _is_depth_sidecar(path, stems) or photo_of_mask(name) in stems:
                continue
            twin = _developed_twin(path, caseless)
            if twin is None:
                yield path
            elif on_raw_twin is not None:
                on_raw_twin(path, twin)


def _photo_stems(names: list[str], *, caseless: bool = False) -> dict[str, set[str]]:
    stems: dict[str, set[str]] = {}
    for name in names:
        path = Path(name)
        if path.suffix.lower() in PHOTO_SUFFIXES:
            stem = path.stem.casefold() if caseless else path.stem
            stems.setdefault(stem, set()).add(name)
    return stems


def _developed_twin(path: Path, stems: dict[str, set[str]]) -> Path | None:
    if not is_raw(path):
        return None
    others = (path.with_name(name) for name in sorted(stems[path.stem.casefold()]))
    return next((other for other in others if not is_raw(other)), None)


def _is_depth_sidecar(path: Path, stems: dict[str, set[str]]) -> bool:
    if path.suffix.lower() not in _DEPTH_FORMATS:
        return False
    base = Path(path.stem)  # `IMG_1.depth` of `IMG_1.depth.png`
    if base.suffix in _DEPTH_MARKS and base.stem in stems:
        return True
    beside = stems.get(base.stem, set()) | stems.get(path.stem, set())
    # A suffix of the user's own choosing: what it holds tells.
    return bool(beside - {path.name}) and is_single_channel_measurement(path)
