"""Depth Anything V2, metric (Yang et al. 2024), through transformers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.focal import choose_focal, focal_flags, photo_camera
from worldmap.depth.grid import coarse
from worldmap.depth.network_estimator import NetworkEstimator
from worldmap.depth.uncertainty import pixel_sigma_m
from worldmap.depth.weights import (
    ModelSource,
    licence_of,
    load_network,
    require_weights,
    weights_hash,
)
from worldmap.errors import ModelError
from worldmap.records import DepthMap, DepthModel, Focal, PhotoMetadata

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network

_MAX_LONG_OVER_SHORT = 4
# The head is a sigmoid times its largest depth: what lies near that is "that far or farther".
_SATURATED = 0.98
_TRAINING_FOCAL_PER_SHORT_SIDE: Final = {80: 725.0087 / 375, 20: 886.81 / 768}
"""Focal length over the shorter side in the training pictures, by the head's largest depth: Virtual
KITTI 2 (1242×375) for the outdoor model, Hypersim (1024×768) for the indoor one."""


_NAME: Final = "depth-anything"
_SOURCES: Final = (
    ModelSource(
        name=_NAME,
        estimator=_NAME,
        hub_id="depth-anything/Depth-Anything-V2-Metric-Outdoor-Small-hf",
        network="DepthAnythingForDepthEstimation",
        model_type="depth_anything",
        operations=0.107e12,
        download_bytes=99_200_000,
        licence="Apache-2.0",
        licence_url="https://github.com/DepthAnything/Depth-Anything-V2#license",
        notice=(
            "Depth Anything V2 Metric Outdoor Small is licensed under Apache-2.0: use, change and "
            "pass it on, commercially too, keeping its notices."
        ),
    ),
    ModelSource(
        name="depth-anything-indoor",
        estimator=_NAME,
        hub_id="depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf",
        network="DepthAnythingForDepthEstimation",
        model_type="depth_anything",
        operations=0.107e12,
        download_bytes=99_200_000,
        licence="Apache-2.0",
        licence_url="https://github.com/DepthAnything/Depth-Anything-V2#license",
        notice=(
            "Depth Anything V2 Metric Indoor Small is licensed under Apache-2.0: use, change and "
            "pass it on, commercially too, keeping its notices."
        ),
    ),
)


class DepthAnything(NetworkEstimator):
    """`depth-anything`: depth in metres from a small network under a free licence.

    It tells no focal length: the photo's own is used, or an assumed one. It has seen one camera
    only, so its depth is that of this camera; depth grows with the focal length (Yin et al. 2023,
    "Metric3D", section 3.2), and is scaled to the photo's. Raises ModelError where the weights are
    missing, incomplete or not metric.
    """

    name = _NAME
    sources = _SOURCES

    def __init__(self, settings: DepthSettings) -> None:
        self._source = _SOURCES[0]
        self._folder = require_weights(
            settings.depth_anything_weights, settings, self._source.model_type
        )
        super().__init__(
            settings,
            DepthModel(
                name=self.name,
                weights_hash=weights_hash(self._folder),
                licence=licence_of(self._folder, self._source),
            ),
        )
        self._config: Any = None

    def _settings_in_use(self) -> dict[str, Any]:
        s = self._settings
        return {
            "rescale": s.depth_anything_rescale,
            "sigma": (s.depth_anything_sigma_rel, s.depth_anything_scale_sigma_rel),
        }

    def _open(self) -> Network:
        from worldmap.depth.runtime import Network

        model = load_network(self._folder, self._source)
        self._config = model.config
        if self._config.depth_estimation_type != "metric":
            raise ModelError(
                "is a relative Depth Anything model",
                path=self._folder,
                hint="a metric one is needed",
            )
        return Network(model, [model.head], _forward, self._settings)

    def _input(self, pixels: torch.Tensor) -> torch.Tensor:
        return _network_input(
            pixels, self._config.backbone_config.image_size, self._config.patch_size
        )

    def _depth_map(
        self, photo: PhotoMetadata, outputs: tuple[NDArray[np.float32], ...]
    ) -> DepthMap:
        (raw_m,) = outputs
        s = self._settings
        focal = choose_focal(photo, s)
        largest_m = self._config.max_depth
        scale, scale_sigma_rel = self._scale(photo, focal, largest_m)
        beyond = (raw_m >= _SATURATED * largest_m) | (raw_m <= 0)
        depth_m = coarse(np.where(beyond, np.float32(np.nan), raw_m * np.float32(scale)))
        height_px, width_px = depth_m.shape
        camera = photo_camera(photo, focal).rescaled(width_px, height_px)
        return DepthMap(
            depth_m=depth_m,
            sigma_m=pixel_sigma_m(depth_m, sigma_rel=s.depth_anything_sigma_rel),
            camera=camera,
            focal=focal,
            focal_predicted=None,
            scale_sigma_rel=scale_sigma_rel,
            model=self._model,
            flags=focal_flags(photo, focal, None, s),
        )

    def _scale(self, photo: PhotoMetadata, focal: Focal, largest_m: float) -> tuple[float, float]:
        """Factor from the training camera to the photo's, and the sigma of its logarithm."""
        base = self._settings.depth_anything_scale_sigma_rel
        trained = _TRAINING_FOCAL_PER_SHORT_SIDE.get(round(largest_m))
        if not self._settings.depth_anything_rescale or trained is None:
            return 1.0, base
        used = focal.focal_px / min(photo.width_px, photo.height_px)
        return used / trained, math.hypot(base, focal.sigma_rel)


def _forward(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return (model(pixel_values=batch).predicted_depth,)


def _network_input(pixels: torch.Tensor, short_side_px: int, patch_px: int) -> torch.Tensor:
    """(1, 3, h, w) normalised, of pixels (1, 3, H, W) in 0..255: the shorter side as in training,
    the longer in proportion, both whole patches."""
    from worldmap.imagenet import normalised

    height_px, width_px = pixels.shape[-2:]
    scale = short_side_px / min(height_px, width_px)
    limit = short_side_px * _MAX_LONG_OVER_SHORT
    size = [
        max(1, round(min(side * scale, limit) / patch_px)) * patch_px
        for side in (height_px, width_px)
    ]
    return normalised(pixels, size, mode="bicubic")
