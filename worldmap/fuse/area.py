"""A whole area with bounded memory: photo after photo, then tile after tile."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_error
from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.frames import Frame, require_frame
from worldmap.fuse.agree import AgreedCloud, PreparedView, agree
from worldmap.fuse.neighbours import CameraStation, neighbours
from worldmap.records import View

K = TypeVar("K", bound=Hashable)

_HELD_PIXELS: Final = (8_000_000, 30_000_000)
"""Pixels of depth maps kept ready for comparison, 50 bytes each: as many as a photo and those that
it asks have, and those of the photos that come after it, but no fewer and no more than these."""


def agreed_clouds(
    stations: Sequence[CameraStation],
    load: Callable[[int], View],
    settings: FuseSettings,
    *,
    jobs: int = 1,
    beside: Callable[[int], Sequence[int]] | None = None,
) -> Iterator[AgreedCloud]:
    """Each photo's points after the others were asked about them, in the order of `stations`.

    beside(photo_id): whom to ask, called after the photo was loaded; by default those of `stations`
    that see most.

    load(photo_id) gives the photo's view; it is called from `jobs` threads, and again for a photo
    that had to make room meanwhile. Photos near each other should follow each other.
    """
    held = _Held(load, settings)

    def asked(station: CameraStation) -> AgreedCloud:
        evidence = held.get(station.photo_id)
        others = (
            neighbours(evidence.view, stations, settings.neighbours)
            if beside is None
            else beside(station.photo_id)
        )
        return agree(evidence, [held.get(photo_id) for photo_id in others], settings)

    if jobs <= 1:
        yield from map(asked, stations)
        return
    waiting: deque[Future[AgreedCloud]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        for station in stations:
            waiting.append(pool.submit(asked, station))
            # Two results per thread at most wait to be taken: they are what fills the memory.
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Held:
    """The views used last, ready for comparison."""

    def __init__(self, load: Callable[[int], View], settings: FuseSettings) -> None:
        self._load = load
        self._settings = settings
        self._ready: OrderedDict[int, PreparedView] = OrderedDict()
        self._loading: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()
        self._pixels = 0

    def get(self, photo_id: int) -> PreparedView:
        with self._lock:
            loading = self._loading.setdefault(photo_id, threading.Lock())
        # One thread loads a view, those that want it too wait for it.
        with loading:
            with self._lock:
                if photo_id in self._ready:
                    self._ready.move_to_end(photo_id)
                    return self._ready[photo_id]
            evidence = PreparedView.of(self._load(photo_id), self._settings)
            with self._lock:
                self._ready[photo_id] = evidence
                self._pixels += evidence.seen_m.size
                least, most = _HELD_PIXELS
                # Twice: those that come after a photo ask some that it did not.
                wanted = 2 * (self._settings.neighbours + 1) * evidence.seen_m.size
                held = min(max(wanted, least), most)
                while self._pixels > held and len(self._ready) > 1:
                    _, dropped = self._ready.popitem(last=False)
                    self._pixels -= dropped.seen_m.size
            return evidence


_SPOOLED: Final = np.dtype(
    [
        ("xyz", "<f8", 3),
        ("rgb", "u1", 3),
        ("support", "u1"),
        ("sigma_m", "<f4"),
        ("photo_id", "<u4"),
    ]
)


def points_as_bytes(cloud: PointCloud) -> bytes:
    """A cloud's points, one after the other."""
    records = np.empty(len(cloud), dtype=_SPOOLED)
    for name in _SPOOLED.names or ():
        records[name] = getattr(cloud, name)
    return records.tobytes()


def points_of_bytes(content: bytes, frame: Frame) -> PointCloud:
    """The cloud in that frame whose points these are. ValueError where they are not whole."""
    return _cloud(np.frombuffer(content, dtype=_SPOOLED), frame)


def points_hash(content: bytes) -> str:
    """Of points as bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def _cloud(records: NDArray[Any], frame: Frame) -> PointCloud:
    return PointCloud(frame=frame, **{n: records[n] for n in _SPOOLED.names or ()})


class Spool(Generic[K]):
    """Clouds by key, on disk: what is added photo by photo is taken tile by tile.

    Lives in `folder`, which must be there; its files are gone when it is closed. FrameError where
    the clouds of one key are in two frames, StorageError where the disk is full.
    """

    def __init__(self, folder: Path, *, prefix: str = ".spool-") -> None:
        self._folder = folder
        self._prefix = prefix
        self._files: dict[K, Path] = {}
        self._frames: dict[K, Frame] = {}

    def __enter__(self) -> Spool[K]:
        return self

    def __exit__(self, *_: object) -> None:
        for path in self._files.values():
            path.unlink(missing_ok=True)
        self._files.clear()

    def add(self, key: K, cloud: PointCloud) -> str:
        """Append a cloud to what is there under `key`; returns the hash of its points."""
        frame = self._frames.setdefault(key, cloud.frame)
        require_frame(frame, (cloud.frame,))
        path = self._files.setdefault(
            key, self._folder / f"{self._prefix}{os.getpid()}-{id(self):x}-{len(self._files)}"
        )
        content = points_as_bytes(cloud)
        try:
            with path.open("ab") as file:
                file.write(content)  # numpy's own tofile does not say why it failed
        except OSError as error:
            raise write_error(path, error, needs_bytes=len(content)) from error
        return points_hash(content)

    def keys(self) -> list[K]:
        """All keys, in the order in which they came up."""
        return list(self._files)

    def take(self, key: K) -> PointCloud:
        """All that was added under `key`, in that order; it is gone then."""
        path = self._files.pop(key)
        records = np.fromfile(path, dtype=_SPOOLED)
        path.unlink()
        return _cloud(records, self._frames.pop(key))


def spread(
    clouds_enu: Iterable[PointCloud],
    tiles_of: Callable[[NDArray[np.float64]], Mapping[K, NDArray[np.intp]]],
    spool: Spool[K],
) -> None:
    """Put each cloud's points on the spool under every key that `tiles_of` gives for them."""
    for cloud in clouds_enu:
        for key, rows in tiles_of(cloud.xyz).items():
            spool.add(key, cloud.select(rows))
