"""Pictures as networks take them that began with ImageNet's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

# Of ImageNet's pictures, red, green and blue.
_MEAN: Final = (0.485, 0.456, 0.406)
_STD: Final = (0.229, 0.224, 0.225)


def normalised(pixels: torch.Tensor, size: Sequence[int], *, mode: str) -> torch.Tensor:
    """(1, 3, *size) as networks that began with ImageNet take pictures: mean 0 and standard
    deviation 1 over its pictures; of pixels (1, 3, H, W) in 0..255."""
    small = torch.nn.functional.interpolate(
        pixels / 255, size=list(size), mode=mode, align_corners=False, antialias=True
    ).clamp(0, 1)
    mean, std = (torch.tensor(v, device=small.device).view(1, 3, 1, 1) for v in (_MEAN, _STD))
    return (small - mean) / std
