"""Which revision of a hub's weights is fetched, and what its files are by SHA-256.

The hashes of both Depth Anything V2 models and of DA3-BASE are those that independent projects
publish for these revisions. Of Depth Pro's copy nobody publishes any, and of MoGe-2, the metric
Depth Anything 3 and UPerNet none is known here yet: their revision is settled when they are
fetched, their tensors are held against what the hub says of them, and both stay with the installed
model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A commit of a hub's repository, and the SHA-256 of files in it, in hex, by name."""

    revision: str
    sha256: Mapping[str, str]


PINS: Final[Mapping[str, Pin]] = {
    "depth-anything/Depth-Anything-V2-Metric-Outdoor-Small-hf": Pin(
        revision="fd2c22027eaf20374204f14099b8341e1925ad39",
        sha256={
            "model.safetensors": "ad065c77a7421ca55159a1f0db9433397a607690f2d76bb8a6fc54b1be7a3124"
        },
    ),
    "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf": Pin(
        revision="8078d68a9c75a972131914f6afd0c1723be0da7f",
        sha256={
            "config.json": "0b1d9fc591693d16b864249a9cfcf5264c8c00be999c1643fa1c64dc105d55f8",
            "model.safetensors": "e990eb82fbf11b05b7813261196a2b841bdcf5a05f64396724a8987fa90504a3",
        },
    ),
    "depth-anything/DA3-BASE": Pin(
        revision="f4a6c9b3c95e41c82048423d3493a81ec3fa810e",
        sha256={
            "config.json": "5e34115ebc17bd2d8d43033c5f72e9446ac8833fd61d3fa160b7e67e0bb5b7b5",
            "model.safetensors": "e01067dc1659613083d9145a9a2547ccdbe6ccbbf83c4fe7b3e8a4e2bdae78b5",
        },
    ),
}


def pin_of(hub_id: str) -> Pin:
    """The pin of a repository: ours, or the newest commit with the hashes that the hub states for
    its large files. May raise whatever the hub's client raises."""
    if hub_id in PINS:
        return PINS[hub_id]
    from huggingface_hub import HfApi

    told = HfApi().model_info(hub_id, files_metadata=True)
    large = {file.rfilename: file.lfs.sha256 for file in told.siblings or () if file.lfs}
    if told.sha is None:
        raise ModelError(f"the hub names no revision of {hub_id}")
    return Pin(revision=told.sha, sha256=large)


def require_pinned(folder: Path, pin: Pin, tensors: str) -> None:
    """ModelError unless every file of the pin that is in the folder is what the pin says, and every
    file of tensors (a pattern) is in the pin."""
    unknown = sorted({path.name for path in folder.glob(tensors)} - pin.sha256.keys())
    if unknown:
        raise ModelError(f"nobody vouches for {unknown[0]}, which came with the weights")
    for name, wanted in sorted(pin.sha256.items()):
        path = folder / name
        if path.is_file() and (found := _sha256(path)) != wanted:
            raise ModelError(
                f"{name} is not what it should be: its SHA-256 is {found}, not {wanted}; nothing "
                "was installed"
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
