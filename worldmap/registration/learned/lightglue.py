"""Matches by LightGlue, of features whose weights it was trained with."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.errors import ModelError
from worldmap.inference import on_one_thread
from worldmap.records import Features
from worldmap.registration.learned.lightglue_network import LightGlueNetwork
from worldmap.registration.learned.weights import (
    built,
    device_of,
    hash_of_weights,
    read_tensors,
    told_hash,
    weights_file,
)
from worldmap.registration.matching import Matches, largest

_VERSION: Final = 1
# The authors' own.
_LEAST: Final = 0.1


class LightGlue:
    """`lightglue`: the options `lightglue` (a file of weights, for features other than ALIKED's)
    and `device`."""

    def __init__(self, settings: PairSettings) -> None:
        given = settings.options.given
        self._path = weights_file(given, "lightglue", "aliked_lightglue.pth")
        self._device = device_of(given)

    def settings_hash(self) -> str:
        """See `Matcher`."""
        return told_hash("lightglue", _VERSION, hash_of_weights(self._path))

    @cached_property
    def _network(self) -> LightGlueNetwork:
        tensors = {_renamed(name): each for name, each in read_tensors(self._path).items()}
        return built(LightGlueNetwork, tensors, self._path, self._device)

    def match(self, a: Features, b: Features) -> Matches:
        """See `Matcher`."""
        rows = [np.flatnonzero(~each.on_plane & np.isfinite(each.xyz_cam[:, 2])) for each in (a, b)]
        return self._matched(a, b, rows[0], rows[1])

    def match_pictures(self, a: Features, b: Features, *, most: int | None = None) -> Matches:
        """See `Matcher`."""
        return self._matched(a, b, largest(a, most), largest(b, most))

    def _matched(
        self, a: Features, b: Features, rows_a: NDArray[np.intp], rows_b: NDArray[np.intp]
    ) -> Matches:
        if not len(rows_a) or not len(rows_b):
            return Matches(index=np.zeros((0, 2), dtype=np.int32), quality=np.zeros(0))
        network = self._network
        takes = network.takes
        for each in (a, b):
            if each.descriptor.shape[1] != takes:
                raise ModelError(
                    f"{self._path.name} matches descriptors of {takes} numbers, and features "
                    f"{each.kind!r} have {each.descriptor.shape[1]}"
                )
        with on_one_thread():
            found, sure = network(
                (self._placed(a, rows_a), self._placed(b, rows_b)),
                (self._told(a, rows_a), self._told(b, rows_b)),
            )
        index, quality = found.cpu().numpy(), sure.cpu().numpy().astype(np.float64)
        keep = quality > _LEAST
        pairs = np.column_stack((rows_a[index[keep, 0]], rows_b[index[keep, 1]]))
        return Matches(index=pairs.astype(np.int32), quality=np.minimum(quality[keep], 1.0))

    def _placed(self, features: Features, rows: NDArray[np.intp]) -> torch.Tensor:
        """About the middle of the picture, in halves of its longer side."""
        uv_px = features.uv_px[rows]
        size = (
            np.array((features.camera.width_px, features.camera.height_px), dtype=np.float32)
            if features.camera
            # Of features that were stored without their camera: what they span.
            else features.uv_px.max(axis=0)
        )
        placed = (uv_px - size / 2) / (size.max() / 2)
        return torch.from_numpy(placed.astype(np.float32)).to(self._device)

    def _told(self, features: Features, rows: NDArray[np.intp]) -> torch.Tensor:
        told = torch.from_numpy(features.descriptor[rows].astype(np.float32)).to(self._device)
        return torch.nn.functional.normalize(told, dim=1)


def _renamed(name: str) -> str:
    """The tensors of older checkpoints as newer ones call them: self_attn.3.x, transformers.3.
    self_attn.x."""
    part, _, rest = name.partition(".")
    if part not in ("self_attn", "cross_attn"):
        return name
    number, _, rest = rest.partition(".")
    return f"transformers.{number}.{part}.{rest}"
