"""Photos' pictures as registration looks at them, read from their own files when it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.mapfolder import Originals
from worldmap.photo import read_pixels
from worldmap.recent import Recent
from worldmap.records import IngestedPhoto
from worldmap.registration.picture import working_picture

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
        self._originals = Originals()
        self._recent: Recent[int, Grey | None] = Recent(most_bytes)

    def picture(self, photo: IngestedPhoto) -> StoredPicture:
        """A photo's, to be read later."""
        return StoredPicture(self, photo)

    def grey(self, photo: IngestedPhoto) -> Grey | None:
        """(H, W) of a photo; None where its file is gone, damaged or another by now."""
        return self._recent.get(photo.photo_id, lambda: self._read(photo))

    def _read(self, photo: IngestedPhoto) -> tuple[Grey | None, int]:
        try:
            rgb = read_pixels(self._originals.file(photo), self._settings, self._longer_px)
        except PhotoError:
            return None, 0
        found = working_picture(rgb, photo.camera.at_most(self._longer_px), colour=False)
        found.setflags(write=False)
        return found, found.nbytes

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
