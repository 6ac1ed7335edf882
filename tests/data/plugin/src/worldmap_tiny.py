"""A package that brings one part of each sort to worldmap, as docs/plugins.md has it, in small.

Depth from its own sidecars, ORB's binary features with a matcher by Hamming distance, and
thumbnails that say which photos look alike.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings, FeatureSettings, PairSettings
from worldmap.depth.estimator import Rgb
from worldmap.depth.measured import MeasuredDepth
from worldmap.errors import PhotoError
from worldmap.records import DepthMap, DepthModel, Features, PhotoMetadata
from worldmap.registration.extractor import Keypoints
from worldmap.registration.matching import Matches

BYTES = 32


class TinyDepth:
    """Depth of sidecars that are called as the option `suffix` says."""

    name = "tiny"
    batch_size = 1

    def __init__(self, settings: DepthSettings) -> None:
        suffix = str(settings.options.given.get("suffix", ".tiny"))
        self._files = MeasuredDepth(settings.model_copy(update={"sidecar_suffix": suffix}))

    def settings_hash(self) -> str:
        return "tiny 1" + self._files.settings_hash()

    def cache_key(self, photo: PhotoMetadata) -> str:
        return hashlib.sha256(f"tiny 1 {self._files.cache_key(photo)}".encode()).hexdigest()[:16]

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        found = self._files.estimate(photo, rgb)
        model = DepthModel(name=self.name, weights_hash="", licence="as you like")
        return dataclasses.replace(found, model=model)

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        return [self.estimate(photo, rgb) for photo, rgb in photos]


class TinyFeatures:
    """ORB: 32 bytes of bits each."""

    matcher = "tiny-bits"
    wants_colour = True

    def __init__(self, settings: FeatureSettings) -> None:
        self._count = int(settings.options.given.get("count", 1500))

    def settings_hash(self) -> str:
        return f"orb 1 {self._count}"

    def detect(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None) -> Keypoints:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        orb: Any = cv2.ORB.create(nfeatures=self._count, fastThreshold=5)
        found, bits = orb.detectAndCompute(grey, mask)
        if bits is None:
            bits = np.zeros((0, BYTES), dtype=np.uint8)
        at = np.array([k.pt for k in found], dtype=np.float64).reshape(-1, 2) + 0.5
        size = np.array([k.size for k in found], dtype=np.float64)
        return Keypoints(uv_px=at, size_px=size, descriptor=bits)


class TinyMatcher:
    """Mutual nearest neighbours by Hamming distance that pass the ratio test."""

    def __init__(self, settings: PairSettings) -> None:
        self._ratio = settings.ratio

    def settings_hash(self) -> str:
        return "hamming 1"

    def match(self, a: Features, b: Features) -> Matches:
        if min(len(a), len(b)) < 2:
            return Matches(index=np.zeros((0, 2), np.int32), quality=np.zeros(0))
        bits_a, bits_b = (np.unpackbits(f.descriptor, axis=1).astype(np.float32) for f in (a, b))
        away = bits_a.sum(1)[:, None] + bits_b.sum(1) - 2 * bits_a @ bits_b.T
        nearest, back = away.argmin(axis=1), away.argmin(axis=0)
        rows = np.arange(len(a))
        best, second = np.partition(away, 1, axis=1)[:, :2].T
        good = (back[nearest] == rows) & (best < self._ratio * second)
        index = np.column_stack((rows[good], nearest[good])).astype(np.int32)
        return Matches(index=index, quality=1.001 - best[good] / np.maximum(second[good], 1))


class TinyRetrieval:
    """Thumbnails of 8 × 8 pixels."""

    def __init__(self, settings: FeatureSettings) -> None:
        pass

    def settings_hash(self) -> str:
        return "thumbnail 1"

    def describe(self, rgb: NDArray[np.uint8]) -> NDArray[np.floating]:
        small = cv2.resize(rgb, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float64)
        return np.asarray((small - small.mean()).ravel())
