"""Features that stay in their files until they are asked for, so that memory does not grow with an
area's photos."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from worldmap.camera import Camera
from worldmap.recent import Recent
from worldmap.records import Features
from worldmap.registration.features import load_features, relifted
from worldmap.store import present

MOST_BYTES: Final = 256 << 20
"""Two blocks of a bundle, 150 photos each, with 1 MB of features a photo are at hand at a time."""

_Lifts = tuple[tuple[Camera, Camera], ...]
# What is asked for of every photo, and small.
_AT_HAND: Final = ("tilt", "kind", "retrieval", "appearance", "found_by", "depth_model")
_IN_FILE: Final = frozenset(field.name for field in fields(Features)) - {*_AT_HAND}


class FeatureStore:
    """Reads photos' features; of those read last no more than most_bytes stay in memory. May be
    asked from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._recent: Recent[tuple[Path, _Lifts], Features] = Recent(most_bytes)

    def features(self, path: Path) -> Features:
        """Those in the file. StorageError where it is missing or damaged, now, and later where it
        goes away meanwhile."""
        return StoredFeatures.of(self, path, ())

    def whole(self, path: Path, lifts: _Lifts) -> Features:
        """All of them in memory, lifted anew for each (told, known) of the camera."""

        def read() -> tuple[Features, int]:
            features = load_features(present(path))
            for told, known in lifts:
                features = relifted(features, told, known)
            size = sum(getattr(getattr(features, name), "nbytes", 0) for name in _IN_FILE)
            return features, size

        return self._recent.get((path, lifts), read)


class StoredFeatures(Features):
    """Features of which only what is small is held; the rest is the store's, read again where that
    has let it go."""

    __slots__ = ("_count", "_lifts", "_path", "_store")

    @classmethod
    def of(cls, store: FeatureStore, path: Path, lifts: _Lifts) -> StoredFeatures:
        """Those of a file, lifted as told."""
        whole, made = store.whole(path, lifts), cls.__new__(cls)
        held = {"_store": store, "_path": path, "_lifts": lifts, "_count": len(whole)}
        for name, value in {**held, **{name: getattr(whole, name) for name in _AT_HAND}}.items():
            object.__setattr__(made, name, value)
        return made

    def __getattr__(self, name: str) -> Any:
        if name not in _IN_FILE:
            raise AttributeError(name)
        return getattr(self._store.whole(self._path, self._lifts), name)

    @property
    def lifts(self) -> _Lifts | None:
        """What the file's are lifted anew by; None of those that hold all of their own."""
        return getattr(self, "_lifts", None)

    def __len__(self) -> int:
        # One that `dataclasses.replace` made holds all of its own.
        count = getattr(self, "_count", None)
        return len(self.uv_px) if count is None else int(count)

    def __reduce__(self) -> str | tuple[Any, ...]:
        if hasattr(self, "_path"):
            return _of_file, (self._path, self._lifts)
        return super().__reduce__()

    def lifted(self, told: Camera, known: Camera) -> Features:
        """`relifted`, when they are asked for."""
        if told == known:
            return self
        return StoredFeatures.of(self._store, self._path, (*self._lifts, (told, known)))


_HERE: Final = FeatureStore()


def _of_file(path: Path, lifts: _Lifts) -> StoredFeatures:
    """In another process, which reads them there."""
    return StoredFeatures.of(_HERE, path, lifts)
