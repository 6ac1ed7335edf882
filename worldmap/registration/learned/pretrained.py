"""Networks of transformers, from folders as it writes them. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from worldmap.errors import ModelError

WEIGHTS: Final = "model.safetensors"


def folder_of(given: Mapping[str, object], option: str, name: str) -> Path:
    """The folder that the option names. ModelError where it names none that holds weights."""
    told = given.get(option)
    if told is None:
        raise ModelError(
            f"{name}'s weights are in no package",
            hint=f"name a folder as transformers writes it in the option {option!r}",
        )
    folder = Path(str(told)).expanduser()
    if not (folder / WEIGHTS).is_file():
        raise ModelError(f"is no folder of transformers' {name}: it has no {WEIGHTS}", path=folder)
    return folder


def load_folder(architecture: str, folder: Path, device: torch.device) -> Any:
    """transformers' network of that name with the folder's weights. ModelError where they are not
    all there."""
    import transformers

    try:
        network, told = getattr(transformers, architecture).from_pretrained(
            folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # whatever transformers raises of a strange folder
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"holds weights that cannot be loaded: {line}", path=folder) from error
    if told["missing_keys"]:
        raise ModelError(
            f"holds weights of something else: {min(told['missing_keys'])} is missing", path=folder
        )
    return network.eval().to(device)
