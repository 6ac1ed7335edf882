"""Which estimator a name means."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from worldmap.config import DepthSettings, Settings
from worldmap.depth.estimator import DepthEstimator, Rgb, key_of, picture_px, runs_on_accelerator
from worldmap.depth.measured import MeasuredDepth
from worldmap.depth.stereo import StereoDepth
from worldmap.errors import ModelError, NoDepthYetError, PhotoError, UsageError
from worldmap.plugins import DEPTH
from worldmap.records import DepthMap, PhotoMetadata

AUTO: Final = "auto"
ESTIMATOR_NAMES: Final = tuple(DEPTH.own)
"""Worldmap's own."""
NETWORKS: Final = ("depth-pro", "moge", "depth-anything-3", "depth-anything")
"""Those that `auto` looks for, the best first."""


def open_estimator(name: str, settings: DepthSettings) -> DepthEstimator:
    """The estimator of that name, ready to use.

    Raises UsageError for an unknown name and ModelError where its weights are not here or the
    package that brings it cannot be used.
    """
    made: DepthEstimator = DEPTH.open(name, settings)
    return made


def with_source(settings: Settings, name: str | None) -> Settings:
    """The settings with another depth source, where one is named."""
    if name is None:
        return settings
    depth = settings.depth.model_copy(update={"source": name})
    return settings.model_copy(update={"depth": depth})


def _first_here(settings: DepthSettings) -> DepthEstimator | ModelError:
    """The network of the settings, or why there is none."""
    if settings.network != AUTO:
        try:
            return open_estimator(settings.network, settings)
        except ModelError as error:
            return error
    for name in NETWORKS:
        with suppress(ModelError):
            return open_estimator(name, settings)
    return ModelError(
        "no network's weights are on this machine",
        hint="`worldmap models list` says what there is, `worldmap models fetch NAME` gets one",
    )


class AutoDepth:
    """`auto`: measured depth where a photo has it, else the network of the settings, loaded on
    first need; without one depth waits for `merge`. UsageError where there is none of that
    name."""

    def __init__(self, settings: DepthSettings) -> None:
        if settings.network == "measured":
            raise UsageError("depth.network names the network that `auto` runs; `measured` is none")
        if settings.network != AUTO:
            DEPTH.find(settings.network)
        self._settings = settings
        self._measured = MeasuredDepth(settings)
        self._network: DepthEstimator | ModelError | None = None

    @property
    def name(self) -> str:
        """`auto`."""
        return AUTO

    @property
    def batch_size(self) -> int:
        """See `DepthEstimator`: the network's."""
        network = self._network
        return 1 if network is None or isinstance(network, ModelError) else network.batch_size

    def picture_px(self, path: Path) -> int | None:
        """See `estimator.picture_px`: that of whatever gives this photo its depth."""
        if self._measured.has_depth(path):
            return self._measured.picture_px(path)
        network = self._opened()
        return 1 if isinstance(network, ModelError) else picture_px(network, path)

    def settings_hash(self) -> str:
        """See `DepthEstimator`. Prefer `cache_key`, which knows what each photo really used."""
        return key_of(name=self.name, measured=self._measured.settings_hash())

    def cache_key(self, photo: PhotoMetadata) -> str:
        """See `DepthEstimator`: the key of the estimator that this photo gets."""
        try:
            return self._for(photo).cache_key(photo)
        except PhotoError:
            return self._measured.cache_key(photo)

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """See `DepthEstimator`. NoDepthYetError where the photo has none and there is no
        network."""
        return self._for(photo).estimate(photo, rgb)

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """See `DepthEstimator`; the photos without measured depth go through the network
        together."""
        results: dict[int, DepthMap | PhotoError] = {}
        waiting: list[int] = []
        for index, (photo, rgb) in enumerate(photos):
            try:
                if self._measured.has_depth(photo.path):
                    results[index] = self._measured.estimate(photo, rgb)
                else:
                    self._for(photo)
                    waiting.append(index)
            except PhotoError as error:
                results[index] = error
        if waiting:
            network = self._for(photos[waiting[0]][0])
            found = network.estimate_batch([photos[index] for index in waiting])
            results.update(zip(waiting, found, strict=True))
        return [results[index] for index in range(len(photos))]

    @property
    def accelerated(self) -> bool:
        """See `estimator.runs_on_accelerator`: the network's."""
        network = self._opened()
        return not isinstance(network, ModelError) and runs_on_accelerator(network)

    @property
    def network_name(self) -> str | None:
        """The network for photos without measured depth; None where no weights are here, and for
        `stereo`, which is none."""
        network = self._opened()
        return None if isinstance(network, ModelError | StereoDepth) else network.name

    def _opened(self) -> DepthEstimator | ModelError:
        if self._network is None:
            self._network = _first_here(self._settings)
        return self._network

    def _for(self, photo: PhotoMetadata) -> DepthEstimator:
        if self._measured.has_depth(photo.path):
            return self._measured
        network = self._opened()
        if isinstance(network, ModelError):
            raise NoDepthYetError(f"has no measured depth and {network}", path=photo.path)
        return network
