"""Photos' pictures as registration looks at them, read from their own files when it asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.mapfolder import Originals
from worldmap.photo import read_pixels
from worldmap.records import IngestedPhoto
from worldmap.registration.picture import working_camera, working_picture

Grey = NDArray[np.uint8]

MOST_BYTES: Final = 256 << 20
"""Of two blocks of a bundle, 150 photos each, at the size that features are found at."""


class PictureStore:
    """Reads photos in grey, their longer side `longer_px` at most; of those read last no more than
    most_bytes stay in memory. May be asked from several threads."""

    def __init__(
        self, settings: PhotoSettings, longer_px: int, most_bytes: int = MOST_BYTES
    ) -> None:
        self._settings, self._longer_px, self._most_bytes = settings, longer_px, most_bytes
        self._originals, self._bytes = Originals(), 0
        self._read: OrderedDict[int, Grey | None] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, photo: IngestedPhoto) -> StoredPicture:
        """A photo's, to be read later."""
        return StoredPicture(self, photo)

    def grey(self, photo: IngestedPhoto) -> Grey | None:
        """(H, W) of a photo; None where its file is gone, damaged or another by now."""
        with self._lock:
            if photo.photo_id in self._read:
                self._read.move_to_end(photo.photo_id)
                return self._read[photo.photo_id]
        try:
            found = self._grey(photo)
        except PhotoError:
            found = None
        with self._lock:
            if photo.photo_id not in self._read:
                self._read[photo.photo_id] = found
                self._bytes += _size(found)
            while self._bytes > self._most_bytes and len(self._read) > 1:
                self._bytes -= _size(self._read.popitem(last=False)[1])
        return found

    def _grey(self, photo: IngestedPhoto) -> Grey:
        rgb = read_pixels(self._originals.file(photo), self._settings, self._longer_px)
        work = working_camera(photo.camera, self._longer_px)
        found = working_picture(rgb, work, colour=False)
        found.setflags(write=False)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return PictureStore, (self._settings, self._longer_px, self._most_bytes)


@dataclass(frozen=True, slots=True, eq=False)
class StoredPicture:
    """See `worldmap.registration.picture.PictureSource`."""

    store: PictureStore
    photo: IngestedPhoto

    def grey(self) -> Grey | None:
        """See `PictureSource`."""
        return self.store.grey(self.photo)


def _size(grey: Grey | None) -> int:
    return 0 if grey is None else grey.nbytes
