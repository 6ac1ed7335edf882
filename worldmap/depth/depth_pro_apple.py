"""Depth Pro through Apple's own package, where it is installed (github.com/apple/ml-depth-pro)."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
from typing import TYPE_CHECKING, Any

from worldmap.config import DepthSettings
from worldmap.depth.depth_pro import CanonicalEstimator
from worldmap.errors import ModelError
from worldmap.records import DepthModel

if TYPE_CHECKING:
    import torch

    from worldmap.depth.runtime import Network

_LICENCE = "Apple's licence as stated in github.com/apple/ml-depth-pro"


class AppleDepthPro(CanonicalEstimator):
    """`depth-pro-apple`: the reference implementation with the checkpoint that belongs to it.

    Raises ModelError where the package or its checkpoint is not here.
    """

    name = "depth-pro-apple"

    def __init__(self, settings: DepthSettings) -> None:
        try:
            self._package: Any = importlib.import_module("depth_pro.depth_pro")
        except ImportError as error:
            raise ModelError(
                "Apple's depth_pro package is not installed",
                hint="see github.com/apple/ml-depth-pro, or use --depth depth-pro, which runs the "
                "same network",
            ) from error
        self._checkpoint = settings.depth_pro_apple_checkpoint.expanduser()
        if not self._checkpoint.is_file():
            raise ModelError(
                "does not exist",
                path=self._checkpoint,
                hint="get depth_pro.pt as Apple's README says, and set "
                "depth.depth_pro_apple_checkpoint",
            )
        with self._checkpoint.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        super().__init__(
            settings, DepthModel(name=self.name, weights_hash=digest, licence=_LICENCE)
        )

    def _open(self) -> Network:
        from worldmap.depth.runtime import Network

        try:
            config = dataclasses.replace(
                self._package.DEFAULT_MONODEPTH_CONFIG_DICT, checkpoint_uri=str(self._checkpoint)
            )
            model, _ = self._package.create_model_and_transforms(config=config)
        except Exception as error:  # the package raises KeyError, RuntimeError, pickle errors
            detail = " ".join(str(error).split())[:160]
            raise ModelError(
                f"cannot be loaded by Apple's package: {detail}", path=self._checkpoint
            ) from error
        self._side_px = int(model.img_size)
        heads = [model.head]
        if hasattr(model, "fov"):
            heads.append(model.fov.head)
        return Network(model, heads, _forward, self._settings)


def _forward(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
    inverse, fov_deg = model(batch)
    inverse = inverse.squeeze(1)
    return (inverse,) if fov_deg is None else (inverse, fov_deg.reshape(len(batch)))
