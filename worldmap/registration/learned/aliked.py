"""Features by ALIKED, for pictures that SIFT does not match: other light, other directions."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.inference import on_one_thread
from worldmap.registration.extractor import Keypoints
from worldmap.registration.learned.aliked_network import AlikedNetwork
from worldmap.registration.learned.weights import (
    built,
    device_of,
    hash_of_weights,
    read_tensors,
    told_hash,
    weights_file,
)

_VERSION: Final = 1
# Of unit descriptors of 128 numbers none but odd ones is above this: so bytes hold them to 1 %.
_UNITS: Final = 254.0
# LightGlue was trained with so many, and its cost is their square.
_MOST: Final = 2048
# The authors' own.
_LEAST_SCORE: Final = 0.2
_RADIUS_PX: Final = 2


class Aliked:
    """`aliked`: the options `aliked` (a file of weights), `keypoints` (the most of a picture) and
    `device`. Descriptors are bytes about 0; keypoints have no size, and so none is told."""

    matcher = "lightglue"
    wants_colour = True
    wants_planes = False

    def __init__(self, settings: FeatureSettings) -> None:
        given = settings.options.given
        self._path = weights_file(given, "aliked", "aliked-n16.pth")
        self._device = device_of(given)
        self._most = min(int(given.get("keypoints", _MOST)), settings.max_features)

    def settings_hash(self) -> str:
        """See `Extractor`."""
        return told_hash("aliked", _VERSION, hash_of_weights(self._path), self._most)

    @cached_property
    def _network(self) -> AlikedNetwork:
        tensors = read_tensors(self._path)
        return built(AlikedNetwork, tensors, self._path, self._device)

    def detect(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None) -> Keypoints:
        """See `Extractor`: the best first."""
        network = self._network
        with on_one_thread():
            pixels = torch.from_numpy(np.array(picture)).to(self._device)
            points, _, told = network(
                pixels.permute(2, 0, 1)[None].float() / 255.0,
                most=self._most,
                least_score=_LEAST_SCORE,
                radius=_RADIUS_PX,
                mask=None if mask is None else torch.from_numpy(mask > 0).to(self._device),
            )
        scaled = np.clip(np.round(told.cpu().numpy() * _UNITS), -127, 127)
        return Keypoints(
            uv_px=points.cpu().numpy().astype(np.float64) + 0.5,
            size_px=np.zeros(len(points)),
            descriptor=scaled.astype(np.int8),
        )
