"""What finds local features in a picture: the kinds of features behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.errors import ModelError
from worldmap.plugins import FEATURES


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Keypoints:
    """uv_px (N, 2) in the picture they were found in, pixel centres at (0.5, 0.5); size_px (N,)
    their diameters there; descriptor (N, D), of whatever dtype and D its kind has, always the
    same."""

    uv_px: NDArray[np.floating]
    size_px: NDArray[np.floating]
    descriptor: NDArray[Any]

    def __len__(self) -> int:
        return len(self.uv_px)


class Extractor(Protocol):
    """Finds the features of one kind: `worldmap.features` names a class that is made with the
    FeatureSettings and looks like this."""

    matcher: str
    """The name of the matcher for this kind, where the settings do not name another."""
    wants_colour: bool
    """Whether `detect` gets pictures (H, W, 3) in sRGB, else (H, W) grey."""

    def settings_hash(self) -> str:
        """Hash of weights, version and options: of whatever the features depend on besides the
        FeatureSettings that all kinds share."""
        ...

    def detect(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None) -> Keypoints:
        """Features of a picture, those where the mask (H, W) is 0 left out; the same picture gives
        the same features in the same order."""
        ...


@lru_cache(maxsize=4)
def open_extractor(settings: FeatureSettings) -> Extractor:
    """The extractor of the settings' kind. UsageError where there is none of that name, ModelError
    where it cannot be used."""
    made: Extractor = FEATURES.open(settings.kind, settings)
    return made


def matcher_name(kind: str) -> str:
    """The matcher that a kind of features brings. Errors as in `open_extractor`."""
    return str(getattr(FEATURES.load(kind), "matcher", "ratio"))


def detected(
    extractor: Extractor, kind: str, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None
) -> Keypoints:
    """What the extractor finds. ModelError where that is not as `Keypoints` says."""
    found = extractor.detect(picture, mask)
    count = len(found.uv_px)
    shapes = (found.uv_px.shape, found.size_px.shape, found.descriptor.shape[:1])
    if shapes != ((count, 2), (count,), (count,)) or found.descriptor.ndim != 2:
        raise ModelError(
            f"the features {kind!r} gave positions, sizes and descriptors of shapes "
            f"{found.uv_px.shape}, {found.size_px.shape} and {found.descriptor.shape}"
        )
    if not (np.isfinite(found.uv_px).all() and np.isfinite(found.size_px).all()):
        raise ModelError(f"the features {kind!r} gave positions or sizes that are no numbers")
    return found
