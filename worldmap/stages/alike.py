"""What photos look like as a whole, kept from merge to merge: a vector a photo, in files of the
map's `cache/`.

A vector of VLAD over SIFT's words depends on nothing but the photo's own features, and finding it
takes more than a hundred times as long as reading it. So photos that tell no position, and those
that fit nobody near them, are looked for in a town without reading all features of that again.
Each file holds some photos' vectors and is never changed; many small ones are joined. They may be
deleted at any time, and are on the machine that merges alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.engine import Outcome, run_each
from worldmap.errors import WorldmapError
from worldmap.mapfolder import Layout, Subfolder
from worldmap.records import SIFT, IngestedPhoto
from worldmap.registration.features import load_features
from worldmap.registration.retrieval import (
    Retrieval,
    Vectors,
    Vlad,
    retrieval_for,
    sift_words,
)
from worldmap.registration.view import PhotoView
from worldmap.stages.work import Work

Halves = NDArray[np.float16]

# Part of the files' names: raise it when the same features give other vectors.
_VERSION: Final = 1
_FOLDER: Final = "alike"
_DIGITS: Final = 16
_HASH_BYTES: Final = 32
_AT_ONCE: Final = 4096
_SMALL: Final = 1024
_MOST_SMALL: Final = 16
# Fewer are described in the time that processes take to start.
_WORTH_PROCESSES: Final = 64


class KeptVectors:
    """A `Retrieval` that describes no photo a second time. Vectors have half precision, also where
    none was kept, so that what is alike does not depend on it: their products are off by 10⁻⁵."""

    def __init__(self, work: Work, photos: Sequence[IngestedPhoto]) -> None:
        self._work = work
        self._photos = {photo.photo_id: photo for photo in photos}

    def vectors(self, views: Sequence[PhotoView]) -> Vectors:
        """See `Retrieval`."""
        chosen: Retrieval = retrieval_for(views)
        if not isinstance(chosen, Vlad) or any(view.features.kind != SIFT for view in views):
            return chosen.vectors(views)
        photos = [self._photos[view.photo_id] for view in views]
        store = _Store(self._work.folder.layout, f"{_key(chosen)}-")
        wanted = [bytes.fromhex(photo.features.content_hash) for photo in photos]
        missing = {
            told: photo
            for told, photo in zip(wanted, photos, strict=True)
            if told not in store.where
        }
        self._describe(chosen, list(missing.items()), store)
        store.join_small()
        where = np.array([store.where[told] for told in wanted], dtype=np.int64).reshape(-1, 2)
        return VectorRows(parts=store.parts, where=where)

    def _describe(
        self, vlad: Vlad, missing: Sequence[tuple[bytes, IngestedPhoto]], store: _Store
    ) -> None:
        work = self._work
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            found: dict[int, Halves] = {}

            def keep(outcome: Outcome[IngestedPhoto, Halves], found: Any = found) -> None:
                found[outcome.item.photo_id] = outcome.result()

            run_each(
                _Describing(work.folder.layout, vlad),
                [photo for _, photo in some],
                jobs=work.jobs,
                least=_WORTH_PROCESSES,
                on_result=keep,
            )
            store.add([told for told, _ in some], np.stack([found[p.photo_id] for _, p in some]))


@dataclass(frozen=True, slots=True, eq=False)
class VectorRows:
    """Unit vectors (N, D), of which those that are asked for are read: `rows[3:9]`, `rows[[1, 5]]`.
    where (N, 2): the part and the row in it that each is."""

    parts: Sequence[Halves]
    where: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.where)

    def __getitem__(self, rows: slice | Sequence[int]) -> NDArray[np.float32]:
        where = self.where[rows]
        found = np.zeros((len(where), self.parts[0].shape[1]), dtype=np.float32)
        for part in np.unique(where[:, 0]).tolist():
            own = where[:, 0] == part
            found[own] = self.parts[part][where[own, 1]]
        return found


@dataclass(frozen=True, slots=True)
class _Describing:
    layout: Layout
    vlad: Vlad

    def __call__(self, photo: IngestedPhoto) -> Halves:
        features = load_features(self.layout.features(photo))
        return self.vlad.vector(features, sift_words()).astype(np.float16)


@lru_cache(maxsize=4)
def _key(vlad: Vlad) -> str:
    words = hashlib.sha256(sift_words().tobytes()).hexdigest()
    told = repr((_VERSION, vlad, words))
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


class _Store:
    """The files of vectors of one kind. parts: their vectors; where: of each photo, by the hash of
    its features, the part and the row in it."""

    def __init__(self, layout: Layout, start: str) -> None:
        self._layout, self._start = layout, start
        self.parts: list[Halves] = []
        self.where: dict[bytes, tuple[int, int]] = {}
        self._files: list[tuple[Path | None, list[bytes]]] = []
        for path in self._found():
            with suppress(OSError, ValueError, WorldmapError):
                self._take(path, *_read(self._layout.file(Subfolder.CACHE, self._relative(path))))

    def add(self, told: Sequence[bytes], vectors: Halves) -> None:
        """Keep these; in memory alone where the folder cannot be written."""
        content = b"".join(told) + vectors.tobytes()
        name = f"{self._start}{len(told)}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}"
        path = Path(Subfolder.CACHE, _FOLDER, name)
        try:
            place = self._layout.file(Subfolder.CACHE, path)
            write_file(place, content)
            self._take(place, *_read(place))
        except (OSError, ValueError, WorldmapError):
            self._take(None, list(told), vectors)

    def join_small(self) -> None:
        """Make one file of small ones, where there are many."""
        small = [row for row, (path, told) in enumerate(self._files) if path and len(told) < _SMALL]
        if len(small) <= _MOST_SMALL:
            return
        old = [self._files[row][0] for row in small]
        told = [each for row in small for each in self._files[row][1]]
        unique = {each: row for row, each in enumerate(told)}
        rows = sorted(unique.values())
        vectors = np.concatenate([np.asarray(self.parts[row]) for row in small])[rows]
        self.add([told[row] for row in rows], vectors)
        for path in filter(None, old):
            with suppress(OSError):  # somebody is reading it
                path.unlink(missing_ok=True)

    def _take(self, path: Path | None, told: list[bytes], vectors: Halves) -> None:
        self.where |= {each: (len(self.parts), row) for row, each in enumerate(told)}
        self.parts.append(vectors)
        self._files.append((path, told))

    def _found(self) -> Iterator[Path]:
        with suppress(OSError, WorldmapError):
            folder = self._layout.folder(Subfolder.CACHE) / _FOLDER
            yield from sorted(p for p in folder.iterdir() if p.name.startswith(self._start))

    def _relative(self, path: Path) -> Path:
        return Path(Subfolder.CACHE, _FOLDER, path.name)


def _read(path: Path) -> tuple[list[bytes], Halves]:
    """What a file holds. ValueError where it does not hold as many as its name says."""
    count, words = int(path.name.split("-")[1]), sift_words().size
    if path.stat().st_size != count * (_HASH_BYTES + 2 * words):
        raise ValueError(path.name)
    with path.open("rb") as file:
        told = file.read(count * _HASH_BYTES)
    vectors: Halves = np.memmap(
        path, dtype=np.float16, mode="r", offset=len(told), shape=(count, words)
    )
    return [told[at : at + _HASH_BYTES] for at in range(0, len(told), _HASH_BYTES)], vectors
