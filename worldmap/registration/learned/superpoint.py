"""Features by SuperPoint (DeTone et al., CVPRW 2018) through transformers, for who may use its
weights: they are not free for commercial use."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.inference import on_one_thread
from worldmap.registration.extractor import Keypoints
from worldmap.registration.learned.pretrained import WEIGHTS, folder_of, load_folder
from worldmap.registration.learned.weights import (
    device_of,
    hash_of_weights,
    told_hash,
)

_VERSION: Final = 1
_MOST: Final = 2048
_MULTIPLE_PX: Final = 8


class SuperPoint:
    """`superpoint`: the options `superpoint` (a folder as transformers writes it), `keypoints` and
    `device`. With it belongs `lightglue` with weights for it, or `ratio`."""

    matcher = "ratio"
    wants_colour = False
    wants_planes = False

    def __init__(self, settings: FeatureSettings) -> None:
        given = settings.options.given
        self._folder = folder_of(given, "superpoint", "SuperPoint")
        self._device = device_of(given)
        self._most = min(int(given.get("keypoints", _MOST)), settings.max_features)

    def settings_hash(self) -> str:
        """See `Extractor`."""
        weights = hash_of_weights(self._folder / WEIGHTS)
        return told_hash("superpoint", _VERSION, weights, self._most)

    @cached_property
    def _network(self) -> Any:
        return load_folder("SuperPointForKeypointDetection", self._folder, self._device)

    def detect(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None) -> Keypoints:
        """See `Extractor`: the best first."""
        network = self._network
        height, width = picture.shape
        grey = cv2.copyMakeBorder(
            picture,
            0,
            -height % _MULTIPLE_PX,
            0,
            -width % _MULTIPLE_PX,
            cv2.BORDER_REPLICATE,
        )
        with on_one_thread():
            pixels = torch.from_numpy(np.array(grey)).to(self._device).float() / 255.0
            found = network(pixels.expand(1, 3, -1, -1))
        wide, tall = grey.shape[1], grey.shape[0]
        sure = found.mask[0].bool().cpu().numpy()
        at = found.keypoints[0].cpu().numpy()[sure] * (wide, tall)
        score = found.scores[0].cpu().numpy()[sure]
        told = found.descriptors[0].cpu().numpy()[sure]
        inside = (at < (width, height)).all(axis=1)
        if mask is not None:
            column, row = np.minimum(at, (width - 1, height - 1)).astype(np.intp).T
            inside &= mask[row, column] > 0
        rows = np.flatnonzero(inside)
        rows = rows[np.argsort(-score[rows], kind="stable")[: self._most]]
        return Keypoints(
            uv_px=at[rows].astype(np.float64) + 0.5,
            size_px=np.zeros(len(rows)),
            descriptor=told[rows].astype(np.float16),
        )
