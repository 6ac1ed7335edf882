"""SIFT (Lowe 2004) through OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.registration.extractor import Keypoints

# RootSIFT's numbers are mostly below 100 of 512; equal steps tell most for the bits that they take
# once these are packed. What they leave out is 33 of 512 in all of a descriptor, where those of one
# place differ by 150 and more.
_STEP, _STEPS = 10, 15


class Sift:
    """`sift`: descriptors are RootSIFT (Arandjelović & Zisserman 2012), 128 bytes of sixteen
    values."""

    matcher = "ratio"
    wants_colour = False

    def __init__(self, settings: FeatureSettings) -> None:
        self._settings = settings

    def settings_hash(self) -> str:
        """See `Extractor`: nothing beside the common settings."""
        return ""

    def detect(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None) -> Keypoints:
        """See `Extractor`."""
        sift = cv2.SIFT.create(
            nfeatures=self._settings.max_features,
            contrastThreshold=self._settings.contrast,
            edgeThreshold=12,
            # Else everything is found a quarter of a pixel too far right and down.
            enable_precise_upscale=True,
        )
        keypoints, raw = sift.detectAndCompute(picture, mask)
        if raw is None or not len(keypoints):
            none = np.zeros((0, 128), dtype=np.uint8)
            return Keypoints(uv_px=np.zeros((0, 2)), size_px=np.zeros(0), descriptor=none)
        # OpenCV's keypoint coordinates have pixel centres at integers.
        uv = np.array([k.pt for k in keypoints], dtype=np.float64) + 0.5
        size = np.array([k.size for k in keypoints], dtype=np.float64)
        # The same place with several orientations comes in any order; sort for repeatable results.
        order = np.lexsort((raw.sum(axis=1), size, uv[:, 0], uv[:, 1]))
        raw = raw[order] / np.maximum(raw[order].sum(axis=1, keepdims=True), 1e-9)
        descriptor = _STEP * np.round(np.minimum(np.sqrt(raw) * 512.0 / _STEP, _STEPS))
        descriptor = descriptor.astype(np.uint8)
        return Keypoints(uv_px=uv[order], size_px=size[order], descriptor=descriptor)
