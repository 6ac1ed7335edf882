"""What a source of metric depth is, whether a network, a sensor or a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import PhotoError
from worldmap.records import DepthMap, PhotoMetadata

Rgb = NDArray[np.uint8]
"""(H, W, 3) upright sRGB picture, of the photo's aspect; its full size, or less where the estimator
has `picture_px`."""


class DepthEstimator(Protocol):
    """Gives each photo a metric depth map: `worldmap.depth` names a class that is made with the
    DepthSettings and looks like this. One with weights to fetch lists them in `sources`."""

    @property
    def name(self) -> str:
        """The name `--depth` knows it by."""
        ...

    @property
    def batch_size(self) -> int:
        """How many photos are worth giving to `estimate_batch` at once, at present."""
        ...

    def settings_hash(self) -> str:
        """Hash of the model's weights and of every setting that its depth depends on."""
        ...

    def cache_key(self, photo: PhotoMetadata) -> str:
        """Hash of everything that this photo's depth map depends on: the photo, the settings, the
        weights, the focal length that is given and the sidecar. Equal keys, equal depth maps."""
        ...

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """Depth of one photo. Raises PhotoError where this photo has none."""
        ...

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """Depth of several photos of any sizes, in their order; a photo that fails is its error."""
        ...


def picture_px(estimator: DepthEstimator, path: Path) -> int | None:
    """How long the longer side of a photo's picture has to be for the estimator and for the colours
    of its depth map; None where it does not say so, by a method `picture_px(path)`, and gets the
    full size."""
    told = getattr(estimator, "picture_px", None)
    return None if told is None else told(path)


def runs_on_accelerator(estimator: DepthEstimator) -> bool:
    """Whether the estimator computes elsewhere than on the processor, as its `accelerated` says."""
    return bool(getattr(estimator, "accelerated", False))


def key_of(**parts: Any) -> str:
    """First 16 hex digits of the SHA-256 of JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def photo_parts(photo: PhotoMetadata) -> dict[str, Any]:
    """What of a photo decides its depth map, for `key_of`."""
    focal = photo.focal
    return {
        "content": photo.content_hash,
        "size": (photo.width_px, photo.height_px),
        "focal": None if focal is None else (focal.focal_px, focal.sigma_rel, focal.source.value),
        "distortion": photo.distortion,
    }
