"""Sky as a segmentation network tells it: UPerNet (Xiao et al., ECCV 2018) on ConvNeXt (Liu et al.,
CVPR 2022), trained on ADE20K, through transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb
from worldmap.depth.weights import ModelSource, load_network, require_weights, weights_hash
from worldmap.errors import ModelError

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network

# As it was tested: the shorter side. Its coarsest layer sees one pixel of 32.
_SHORT_SIDE_PX, _STRIDE_PX = 512, 32
_LABEL: Final = "sky"

_SOURCE: Final = ModelSource(
    name="upernet",
    estimator="upernet",
    finds="sky",
    hub_id="openmmlab/upernet-convnext-tiny",
    network="UperNetForSemanticSegmentation",
    model_type="upernet",
    operations=0.62e12,
    download_bytes=241_000_000,
    licence="MIT",
    licence_url="https://huggingface.co/openmmlab/upernet-convnext-tiny",
    notice=(
        "UPerNet with ConvNeXt-T is licensed under MIT: use, change and pass it on, commercially "
        "too, keeping its notices. It was trained on ADE20K, whose pictures are for research."
    ),
)


class _UperNet:
    """A network that names what each pixel shows, asked for some of the names. ModelError where its
    weights are missing or incomplete, or know none of these."""

    labels: tuple[str, ...]

    def __init__(self, settings: DepthSettings) -> None:
        self._settings = settings
        self._folder: Path = require_weights(settings.upernet_weights, settings, _SOURCE.model_type)
        self._network: Network | None = None
        if self.labels[0] not in _labels(self._folder):
            raise ModelError(f"holds a network that knows no {self.labels[0]}", path=self._folder)

    def settings_hash(self) -> str:
        """See `SkyFinder`."""
        return weights_hash(self._folder)

    def find(self, pictures: Sequence[Rgb]) -> list[NDArray[np.float32]]:
        """See `SkyFinder`."""
        from worldmap.depth.runtime import NetworkFailure

        if self._network is None:
            self._network = self._opened()
        network = self._network
        found = network([_input(network.upload(rgb)) for rgb in pictures])
        return [
            np.zeros((1, 1), dtype=np.float32) if isinstance(one, NetworkFailure) else one[0]
            for one in found
        ]

    def _opened(self) -> Network:
        from worldmap.depth.runtime import Network

        network = load_network(self._folder, _SOURCE)
        labels = {str(name).lower(): int(i) for i, name in network.config.id2label.items()}
        wanted = [labels[name] for name in self.labels if name in labels]

        def forward(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
            sure = model(pixel_values=batch).logits.float().softmax(dim=1)
            return (sure[:, wanted].sum(dim=1),)

        return Network(network, [network.decode_head], forward, self._settings)


def _labels(folder: Path) -> set[str]:
    try:
        told = json.loads((folder / "config.json").read_bytes()).get("id2label", {})
        return {str(name).lower() for name in told.values()}
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError("has no config.json that can be read", path=folder) from error


class UperNetSky(_UperNet):
    """`upernet`: the sky, under a free licence. Errors as in the network."""

    sources = (_SOURCE,)
    labels = (_LABEL,)


class UperNetMoving(_UperNet):
    """`upernet`: people, animals and vehicles, by the same weights."""

    labels = (
        *("person", "car", "bus", "truck", "van", "minibike", "bicycle", "animal"),
        *("boat", "ship", "airplane"),
    )


def _input(pixels: torch.Tensor) -> torch.Tensor:
    """(1, 3, h, w) normalised, of pixels (1, 3, H, W) in 0..255."""
    from worldmap.imagenet import normalised

    height_px, width_px = pixels.shape[-2:]
    scale = _SHORT_SIDE_PX / min(height_px, width_px)
    size = [max(1, round(side * scale / _STRIDE_PX)) * _STRIDE_PX for side in (height_px, width_px)]
    return normalised(pixels, size, mode="bilinear")
