"""Checkpoints of the networks that worldmap builds itself: tensors from a folder into modules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from worldmap.errors import ModelError

Module = TypeVar("Module", bound=nn.Module)


def read_checkpoint(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Configuration and tensors, as float32 on the CPU. ModelError where they cannot be read."""
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = {
            name: tensor.float()
            for path in sorted(folder.glob("*.safetensors"))
            for name, tensor in load_file(path).items()
        }
    except Exception as error:  # safetensors raises its own family, and OSError, ValueError
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"holds weights that cannot be loaded: {line}", path=folder) from error
    return config, tensors


def part_of(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with the prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def with_tensors(network: Module, tensors: Mapping[str, torch.Tensor], folder: Path) -> Module:
    """The network with these tensors. ModelError unless they are all that it has, and fit."""
    try:
        found = network.load_state_dict(dict(tensors), strict=False)
    except RuntimeError as error:  # of other shapes
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"holds weights that do not fit: {line}", path=folder) from error
    for what, names in (("missing", found.missing_keys), ("unknown", found.unexpected_keys)):
        if names:
            raise ModelError(
                f"holds weights that are incomplete or of another version: {len(names)} tensors "
                f"are {what}, {min(names)} first",
                path=folder,
            )
    return network.eval()
