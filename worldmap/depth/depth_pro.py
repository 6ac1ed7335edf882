"""Depth Pro (Bochkovskii et al. 2024) through transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.canonical import metric_depth_map
from worldmap.depth.network_estimator import NetworkEstimator
from worldmap.depth.weights import (
    ModelSource,
    licence_of,
    load_network,
    require_weights,
    weights_hash,
)
from worldmap.records import DepthMap, DepthModel, PhotoMetadata

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network


_NAME: Final = "depth-pro"
_SOURCE: Final = ModelSource(
    name=_NAME,
    estimator=_NAME,
    hub_id="apple/DepthPro-hf",
    network="DepthProForDepthEstimation",
    model_type="depth_pro",
    gives=("focal length",),
    operations=19.25e12,
    download_bytes=1_904_000_000,
    licence="Apple Machine Learning Research Model licence (apple-amlr): research only",
    licence_url="https://huggingface.co/apple/DepthPro-hf",
    notice=(
        "Depth Pro's weights belong to Apple. The copy on the hub is licensed for research "
        "purposes only (apple-amlr): no commercial use, no products. Apple's own repository "
        "(github.com/apple/ml-depth-pro) states other terms for depth_pro.pt; read those that "
        "come with the copy you use. worldmap neither ships nor sublicenses the weights, and "
        "keeps this licence's name with every depth map made with them."
    ),
)


class CanonicalEstimator(NetworkEstimator):
    """The network whatever opens it: its square input and what becomes of its output."""

    _side_px = 0

    def _settings_in_use(self) -> dict[str, Any]:
        """What `metric_depth_map` reads, for the key."""
        s = self._settings
        return {
            "sigma": (s.depth_pro_sigma_rel, s.depth_pro_scale_sigma_rel),
            "predicted": (s.predicted_focal_sigma_rel, s.max_focal_disagreement),
        }

    def _input(self, pixels: torch.Tensor) -> torch.Tensor:
        return network_input(pixels, self._side_px)

    def _depth_map(
        self, photo: PhotoMetadata, outputs: tuple[NDArray[np.float32], ...]
    ) -> DepthMap:
        fov_deg = float(outputs[1]) if len(outputs) > 1 else None
        return metric_depth_map(photo, outputs[0], fov_deg, self._settings, self._model)


class DepthPro(CanonicalEstimator):
    """`depth-pro`: canonical inverse depth, made metric by the focal length in use.

    The depth map keeps the network's own square grid; its camera is scaled to match. Raises
    ModelError where the weights are missing, incomplete or of another model.
    """

    name = _SOURCE.estimator
    sources = (_SOURCE,)

    def __init__(self, settings: DepthSettings) -> None:
        self._folder = require_weights(settings.depth_pro_weights, settings, _SOURCE.model_type)
        super().__init__(
            settings,
            DepthModel(
                name=self.name,
                weights_hash=weights_hash(self._folder),
                licence=licence_of(self._folder, _SOURCE),
            ),
        )

    @staticmethod
    def convert_file(path: Path, folder: Path) -> None:
        """Apple's `depth_pro.pt` to a checkpoint folder; ModelError where it is another file."""
        from worldmap.depth.apple_checkpoint import convert_apple_checkpoint

        convert_apple_checkpoint(path, folder)

    def _open(self) -> Network:
        from worldmap.depth.runtime import Network

        model = load_network(self._folder, _SOURCE)
        config = model.config
        self._side_px = round(config.patch_size / config.scaled_images_ratios[0])
        heads = [model.head]
        if model.fov_model is not None:
            heads.append(model.fov_model.head)
        return Network(model, heads, forward, self._settings)


def forward(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Canonical inverse depth (N, h, w) and, where the network has that head, field of view (N,) in
    degrees, of a batch (N, 3, side, side)."""
    output = model(pixel_values=batch)
    if output.field_of_view is None:
        return (output.predicted_depth,)
    return output.predicted_depth, output.field_of_view


def network_input(pixels: torch.Tensor, side_px: int) -> torch.Tensor:
    """(1, 3, side, side) in [−1, 1] of pixels (1, 3, H, W) in 0..255: normalised first, then
    bilinear without antialias, as the network was trained."""
    from torch.nn import functional

    return functional.interpolate(
        pixels / 127.5 - 1, size=(side_px, side_px), mode="bilinear", align_corners=False
    )
