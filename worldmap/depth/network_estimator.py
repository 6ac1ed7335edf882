"""What all estimators that run a network have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb, key_of, photo_parts
from worldmap.errors import DepthError, PhotoError
from worldmap.records import DepthMap, DepthModel, PhotoMetadata

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network


_FINEST_INPUT_PX = 1536


class NetworkEstimator(ABC):
    """A `DepthEstimator` around a network, which is loaded when the first photo needs it.

    A subclass opens the network, shapes its input and turns its output into a depth map.
    """

    name: str

    def __init__(self, settings: DepthSettings, model: DepthModel) -> None:
        self._settings = settings
        self._model = model
        self._network: Network | None = None

    @property
    def model(self) -> DepthModel:
        """Name, hash and licence of the weights."""
        return self._model

    @abstractmethod
    def _open(self) -> Network:
        """The network on its device. ModelError where its weights cannot be used."""

    @abstractmethod
    def _input(self, pixels: torch.Tensor) -> torch.Tensor:
        """What the network gets (1, 3, h, w) for pixels (1, 3, H, W) in 0..255."""

    @abstractmethod
    def _depth_map(
        self, photo: PhotoMetadata, outputs: tuple[NDArray[np.float32], ...]
    ) -> DepthMap:
        """Depth in metres from the network's finite outputs for one photo."""

    @abstractmethod
    def _settings_in_use(self) -> dict[str, Any]:
        """The settings that the depth maps depend on."""

    def picture_px(self, path: Path) -> int | None:
        """See `estimator.picture_px`: no network here sees finer than this."""
        return _FINEST_INPUT_PX

    @property
    def accelerated(self) -> bool:
        """See `estimator.runs_on_accelerator`."""
        from worldmap.depth.runtime import pick_device

        return pick_device(self._settings.device).type != "cpu"

    @property
    def batch_size(self) -> int:
        """See `DepthEstimator`; one until the network is there and knows its device."""
        return self._network.batch_size if self._network else self._settings.batch_size or 1

    def settings_hash(self) -> str:
        """See `DepthEstimator`."""
        s = self._settings
        return key_of(
            name=self.name,
            weights=self._model.weights_hash,
            dtype=s.dtype,
            focal=(s.focal_px, s.assumed_focal_35mm, s.assumed_focal_sigma_rel),
            **self._settings_in_use(),
        )

    def cache_key(self, photo: PhotoMetadata) -> str:
        """See `DepthEstimator`."""
        return key_of(settings=self.settings_hash(), **photo_parts(photo))

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """See `DepthEstimator`. PhotoError where the network gives no finite depth."""
        (result,) = self.estimate_batch([(photo, rgb)])
        if isinstance(result, PhotoError):
            raise result
        return result

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """See `DepthEstimator`. ModelError where the network itself cannot be used."""
        from worldmap.depth.runtime import NetworkFailure

        if self._network is None:
            self._network = self._open()
        pictures = [self._input(self._network.upload(rgb)) for _, rgb in photos]
        results: list[DepthMap | PhotoError] = []
        for (photo, _), outputs in zip(photos, self._network(pictures), strict=True):
            if isinstance(outputs, NetworkFailure):
                results.append(DepthError(f"gets no depth: {outputs.reason}", path=photo.path))
            else:
                results.append(self._depth_map(photo, outputs))
        return results
