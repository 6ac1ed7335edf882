"""Depth Anything 3, metric (Lin et al. 2025), by a network of our own for its published weights."""

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
from worldmap.records import DepthMap, DepthModel, PhotoMetadata

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network

_LONG_SIDE_PX, _PATCH_PX = 504, 14
# Depth is for this focal length, in pixels of the network's input.
_CANONICAL_FOCAL_PX = 300.0
# From here on its authors take the sky branch for sky.
_SKY = 0.3

_SOURCE: Final = ModelSource(
    name="depth-anything-3",
    estimator="depth-anything-3",
    hub_id="depth-anything/DA3METRIC-LARGE",
    network="worldmap.depth.depth_anything_3_network:load_depth_anything_3",
    model_type="da3metric-large",
    gives=("sky",),
    operations=1.2e12,
    download_bytes=1_340_000_000,
    licence="Apache-2.0",
    licence_url="https://huggingface.co/depth-anything/DA3METRIC-LARGE",
    notice=(
        "Depth Anything 3 DA3METRIC-LARGE is licensed under Apache-2.0: use, change and pass it "
        "on, commercially too, keeping its notices."
    ),
)


class DepthAnything3(NetworkEstimator):
    """`depth-anything-3`: depth in metres and the sky, from a large network under a free licence.

    Metres are its output times the focal length over 300, both in pixels of its input; it tells no
    focal length, so the photo's own is used, or an assumed one. Sky has no depth. Raises ModelError
    where the weights are missing or incomplete.
    """

    name = _SOURCE.estimator
    sources = (_SOURCE,)

    def __init__(self, settings: DepthSettings) -> None:
        self._folder = require_weights(
            settings.depth_anything_3_weights, settings, _SOURCE.model_type
        )
        super().__init__(
            settings,
            DepthModel(
                name=self.name,
                weights_hash=weights_hash(self._folder),
                licence=licence_of(self._folder, _SOURCE),
            ),
        )

    def _settings_in_use(self) -> dict[str, Any]:
        s = self._settings
        return {"sigma": (s.depth_anything_3_sigma_rel, s.depth_anything_3_scale_sigma_rel)}

    def _open(self) -> Network:
        from worldmap.depth.runtime import Network

        network = load_network(self._folder, _SOURCE)
        return Network(network, [network.head], _forward, self._settings)

    def _input(self, pixels: torch.Tensor) -> torch.Tensor:
        return da3_input(pixels)

    def _depth_map(
        self, photo: PhotoMetadata, outputs: tuple[NDArray[np.float32], ...]
    ) -> DepthMap:
        raw, sky = outputs
        s = self._settings
        focal = choose_focal(photo, s)
        height_px, width_px = raw.shape
        camera = photo_camera(photo, focal).rescaled(width_px, height_px)
        metres = raw * np.float32((camera.fx_px + camera.fy_px) / 2 / _CANONICAL_FOCAL_PX)
        in_sky = sky >= _SKY
        depth_m = coarse(np.where(in_sky, np.float32(np.nan), metres))
        return DepthMap(
            depth_m=depth_m,
            sigma_m=pixel_sigma_m(depth_m, sigma_rel=s.depth_anything_3_sigma_rel),
            camera=camera,
            focal=focal,
            focal_predicted=None,
            scale_sigma_rel=math.hypot(s.depth_anything_3_scale_sigma_rel, focal.sigma_rel),
            model=self._model,
            flags=focal_flags(photo, focal, None, s),
            sky=in_sky,
        )


def _forward(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return tuple(model(batch))


def da3_input(pixels: torch.Tensor) -> torch.Tensor:
    """(1, 3, h, w) normalised, of pixels (1, 3, H, W) in 0..255: the longer side as in training,
    both whole patches."""
    from worldmap.imagenet import normalised

    return normalised(pixels, da3_size(*pixels.shape[-2:]), mode="bicubic")


def da3_size(height: float, width: float) -> list[int]:
    """Rows and columns in pixels of what the network gets for a picture of this shape."""
    scale = _LONG_SIDE_PX / max(height, width)
    return [max(1, round(side * scale / _PATCH_PX)) * _PATCH_PX for side in (height, width)]
