"""Tiny checkpoints of random numbers with the names and shapes that ALIKED's and LightGlue's have,
written down from what is published: no code of ours says them."""

from __future__ import annotations

from pathlib import Path

import torch

Shapes = dict[str, tuple[int, ...]]

DESCRIPTOR = 16
_WIDTHS = (4, 8, 8, 16)
_PLACES = 4
_INNER, _LAYERS = 32, 2


def _batch_norm(name: str, wide: int) -> Shapes:
    return {f"{name}.{part}": (wide,) for part in ("weight", "bias", "running_mean", "running_var")}


def _block(name: str, narrow: int, wide: int, *, bends: bool) -> Shapes:
    shapes: Shapes = {}
    for number, before in ((1, narrow), (2, wide)):
        conv = f"{name}.conv{number}"
        if bends:
            shapes[f"{conv}.offset_conv.weight"] = (18, before, 3, 3)
            shapes[f"{conv}.offset_conv.bias"] = (18,)
            shapes[f"{conv}.regular_conv.weight"] = (wide, before, 3, 3)
        else:
            shapes[f"{conv}.weight"] = (wide, before, 3, 3)
        shapes |= _batch_norm(f"{name}.bn{number}", wide)
    if name != "block1":
        shapes |= {f"{name}.downsample.weight": (wide, narrow, 1, 1)}
        shapes |= {f"{name}.downsample.bias": (wide,)}
    return shapes


def aliked_tensors() -> dict[str, torch.Tensor]:
    """Of a small ALIKED."""
    d = DESCRIPTOR
    shapes: Shapes = {}
    for number, (narrow, wide) in enumerate(zip((3, *_WIDTHS), _WIDTHS, strict=False), 1):
        shapes |= _block(f"block{number}", narrow, wide, bends=number > 2)
        shapes[f"conv{number}.weight"] = (d // 4, wide, 1, 1)
    for number, (wide, narrow, side) in zip(
        (0, 2, 4, 6), ((8, d, 1), (4, 8, 3), (4, 4, 3), (1, 4, 3)), strict=True
    ):
        shapes[f"score_head.{number}.weight"] = (wide, narrow, side, side)
    shapes["desc_head.agg_weights"] = (_PLACES, d, d)
    shapes["desc_head.offset_conv.0.weight"] = (2 * _PLACES, d, 3, 3)
    shapes["desc_head.offset_conv.0.bias"] = (2 * _PLACES,)
    shapes["desc_head.offset_conv.2.weight"] = (2 * _PLACES, 2 * _PLACES, 1, 1)
    shapes["desc_head.offset_conv.2.bias"] = (2 * _PLACES,)
    shapes["desc_head.sf_conv.weight"] = (d, d, 1, 1)
    return _random(shapes)


def lightglue_tensors() -> dict[str, torch.Tensor]:
    """Of a small LightGlue for these features."""
    w = _INNER
    shapes: Shapes = {
        "input_proj.weight": (w, DESCRIPTOR),
        "input_proj.bias": (w,),
        "posenc.Wr.weight": (w // 8, 2),
    }
    for layer in range(_LAYERS):
        for part, names in (
            ("self_attn", {"Wqkv": (3 * w, w), "out_proj": (w, w)}),
            ("cross_attn", {"to_qk": (w, w), "to_v": (w, w), "to_out": (w, w)}),
        ):
            name = f"transformers.{layer}.{part}"
            for each, shape in (*names.items(), ("ffn.0", (2 * w, 2 * w)), ("ffn.3", (w, 2 * w))):
                shapes[f"{name}.{each}.weight"] = shape
                shapes[f"{name}.{each}.bias"] = shape[:1]
            shapes |= {f"{name}.ffn.1.weight": (2 * w,), f"{name}.ffn.1.bias": (2 * w,)}
        name = f"log_assignment.{layer}"
        shapes |= {f"{name}.matchability.weight": (1, w), f"{name}.matchability.bias": (1,)}
        shapes |= {f"{name}.final_proj.weight": (w, w), f"{name}.final_proj.bias": (w,)}
    return _random(shapes)


def _random(shapes: Shapes) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    found = {}
    for name, shape in shapes.items():
        told = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            told = told.abs() + 0.5
        elif len(shape) > 1:
            told = told / _fan(shape) ** 0.5
        else:
            told = 0.1 * told + float(name.endswith("weight"))
        found[name] = told
    return found


def _fan(shape: tuple[int, ...]) -> int:
    return int(torch.Size(shape[1:]).numel())


def save(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    """As torch writes them."""
    torch.save(tensors, path)
    return path
