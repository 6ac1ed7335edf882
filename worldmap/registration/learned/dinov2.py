"""Which photos look alike, by DINOv2 (Oquab et al. 2023; Apache-2.0) through transformers."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.imagenet import normalised
from worldmap.inference import on_one_thread
from worldmap.registration.learned.pretrained import WEIGHTS, folder_of, load_folder
from worldmap.registration.learned.weights import (
    device_of,
    hash_of_weights,
    told_hash,
)

_VERSION: Final = 1
# Sixteen of its patches to a side, as it was trained.
_SIDE_PATCHES: Final = 16


class DinoV2:
    """`dinov2`: the options `dinov2` (a folder as transformers writes it) and `device`. A photo's
    vector is the mean of its patches beside the class token, each of unit length."""

    def __init__(self, settings: FeatureSettings) -> None:
        given = settings.options.given
        self._folder = folder_of(given, "dinov2", "DINOv2")
        self._device = device_of(given)

    def settings_hash(self) -> str:
        """See `Describer`."""
        return told_hash("dinov2", _VERSION, hash_of_weights(self._folder / WEIGHTS))

    @cached_property
    def _network(self) -> Any:
        return load_folder("Dinov2Model", self._folder, self._device)

    def describe(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Describer`."""
        network = self._network
        side = _SIDE_PATCHES * int(network.config.patch_size)
        with on_one_thread():
            pixels = torch.from_numpy(np.array(rgb)).to(self._device)
            small = normalised(pixels.permute(2, 0, 1)[None].float(), (side, side), mode="bilinear")
            tokens = network(pixel_values=small).last_hidden_state[0]
            parts = torch.stack((tokens[0], tokens[1:].mean(dim=0)))
            told = torch.nn.functional.normalize(parts, dim=1).flatten()
        return told.cpu().numpy().astype(np.float32)
