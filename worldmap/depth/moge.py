"""MoGe-2 (Wang et al. 2025), by a network of our own for its published weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.focal import choose_focal, focal_flags, is_plausible, photo_camera
from worldmap.depth.grid import Mask, coarse
from worldmap.depth.network_estimator import NetworkEstimator
from worldmap.depth.uncertainty import pixel_sigma_m
from worldmap.depth.weights import (
    ModelSource,
    licence_of,
    load_network,
    require_weights,
    weights_hash,
)
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource, PhotoMetadata

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network

Array = NDArray[np.float64]

_NAME: Final = "moge"
_NETWORK: Final = "worldmap.depth.moge_network:load_moge"
_CHECKPOINT: Final = "model.pt"
_NOTICE: Final = (
    "{} is licensed under MIT: use, change and pass it on, commercially too, keeping its notices."
)
_SOURCES: Final = (
    ModelSource(
        name=_NAME,
        estimator=_NAME,
        hub_id="Ruicheng/moge-2-vitl-normal",
        network=_NETWORK,
        model_type="moge-2",
        checkpoint=_CHECKPOINT,
        gives=("focal length", "mask"),
        operations=4.6e12,
        download_bytes=1_330_000_000,
        licence="MIT",
        licence_url="https://github.com/microsoft/MoGe#-license",
        notice=_NOTICE.format("MoGe-2 ViT-L"),
    ),
    ModelSource(
        name="moge-small",
        estimator=_NAME,
        hub_id="Ruicheng/moge-2-vits-normal",
        network=_NETWORK,
        model_type="moge-2",
        checkpoint=_CHECKPOINT,
        gives=("focal length", "mask"),
        operations=1.0e12,
        download_bytes=141_000_000,
        licence="MIT",
        licence_url="https://github.com/microsoft/MoGe#-license",
        notice=_NOTICE.format("MoGe-2 ViT-S"),
    ),
)
_SAMPLES_PER_SIDE = 64
_FEWEST_SAMPLES = 8


class MoGe(NetworkEstimator):
    """`moge`: depth in metres, field of view and what is there at all, under a free licence.

    It gives points whose depth lacks a shift; the shift is the one with which they project where
    they were seen, by the photo's focal length or, where that is not known, together with it. What
    its mask leaves out, the sky above all, has no depth. Raises ModelError where the weights are
    missing, incomplete or of another model.
    """

    name = _NAME
    sources = _SOURCES

    def __init__(self, settings: DepthSettings) -> None:
        self._folder = require_weights(settings.moge_weights, settings, _SOURCES[0].model_type)
        super().__init__(
            settings,
            DepthModel(
                name=self.name,
                weights_hash=weights_hash(self._folder),
                licence=licence_of(self._folder, _SOURCES[0]),
            ),
        )

    @staticmethod
    def convert_file(path: Path, folder: Path) -> None:
        """A published `model.pt` to a checkpoint folder; ModelError where it is another file."""
        from worldmap.depth.moge_network import convert_moge

        convert_moge(path, folder)

    def _settings_in_use(self) -> dict[str, Any]:
        s = self._settings
        return {
            "tokens": s.moge_tokens,
            "sigma": (s.moge_sigma_rel, s.moge_scale_sigma_rel),
            "predicted": (s.predicted_focal_sigma_rel, s.max_focal_disagreement),
        }

    def _open(self) -> Network:
        from worldmap.depth.runtime import Network

        network = load_network(self._folder, _SOURCES[0])
        heads = [network.points_head, network.mask_head, network.scale_head]
        return Network(network, heads, self._forward, self._settings)

    def _forward(self, model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(model(batch, self._settings.moge_tokens))

    def _input(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels / 255

    def _depth_map(
        self, photo: PhotoMetadata, outputs: tuple[NDArray[np.float32], ...]
    ) -> DepthMap:
        points, probability, scale = outputs
        s = self._settings
        there = probability > 0.5
        half_diagonal_px = math.hypot(photo.width_px, photo.height_px) / 2
        aspect = photo.width_px / photo.height_px
        found, shift = focal_and_shift(points, there, aspect)
        predicted = _predicted(photo, found * half_diagonal_px, s)
        focal = choose_focal(photo, s, predicted)
        if focal.focal_px != found * half_diagonal_px:
            _, shift = focal_and_shift(
                points, there, aspect, focal=focal.focal_px / half_diagonal_px
            )
        depth = points[..., 2] + np.float32(shift)
        metres = np.where(there & (depth > 0), depth * np.float32(scale), np.float32(np.nan))
        depth_m = coarse(metres.astype(np.float32))
        height_px, width_px = depth_m.shape
        return DepthMap(
            depth_m=depth_m,
            sigma_m=pixel_sigma_m(depth_m, sigma_rel=s.moge_sigma_rel),
            camera=photo_camera(photo, focal).rescaled(width_px, height_px),
            focal=focal,
            focal_predicted=predicted,
            scale_sigma_rel=math.hypot(s.moge_scale_sigma_rel, focal.sigma_rel),
            model=self._model,
            flags=focal_flags(photo, focal, predicted, s),
        )


def _predicted(photo: PhotoMetadata, focal_px: float, settings: DepthSettings) -> Focal | None:
    if not is_plausible(focal_px, photo):
        return None
    return Focal(
        focal_px=focal_px,
        sigma_rel=settings.predicted_focal_sigma_rel,
        source=FocalSource.DEPTH_MODEL,
    )


def focal_and_shift(
    points: NDArray[np.float32], there: Mask, aspect: float, *, focal: float | None = None
) -> tuple[float, float]:
    """Focal length, in halves of the picture's diagonal, and the shift of the points' depth with
    which they project where they are: min |f · (x, y) / (z + s) − (u, v)|² (Wang et al. 2024,
    "MoGe", section 3.2), over a grid of samples; f is best in closed form for each s.

    points (h, w, 3), there (h, w); aspect: width over height of the picture; focal: where it is
    known. (NaN, 0) where too little is there.
    """
    from scipy.optimize import least_squares

    rows, columns = (
        np.unique(np.linspace(0, side - 1, _SAMPLES_PER_SIDE).round().astype(np.intp))
        for side in there.shape
    )
    at = np.ix_(rows, columns)
    keep = there[at]
    half = 1 / math.hypot(1, aspect)
    u, v = np.meshgrid(
        half * aspect * ((2 * columns + 1) / there.shape[1] - 1),
        half * ((2 * rows + 1) / there.shape[0] - 1),
    )
    uv = np.stack((u, v), axis=-1)[keep]
    xyz = points[at][keep].astype(np.float64)
    if len(xyz) < _FEWEST_SAMPLES:
        return math.nan, 0.0

    def best_focal(projected: Array) -> float:
        if focal is not None:
            return focal
        return float((projected * uv).sum() / max((projected**2).sum(), 1e-12))

    def project(shift: float) -> Array:
        return np.asarray(xyz[:, :2] / (xyz[:, 2:] + shift))

    def residual(shift: Array) -> Array:
        projected = project(float(shift[0]))
        return np.asarray((best_focal(projected) * projected - uv).ravel())

    found = float(least_squares(residual, x0=[0.0], method="lm").x[0])
    return best_focal(project(found)), found
