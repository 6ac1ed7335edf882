"""Our vision transformer beside that of transformers."""

from __future__ import annotations

import torch

from tests.helpers.published_checkpoints import CHANNELS, DEPTH, PATCH_PX, vit_shapes
from worldmap.depth.vit import VisionTransformer


def test_it_computes_what_transformers_does() -> None:
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(1)
    tensors = {
        name: 0.3 * torch.randn(shape) for name, shape in vit_shapes("", mask_token=False).items()
    }
    ours = VisionTransformer(tensors, norm_eps=1e-6)
    ours.load_state_dict(tensors)
    theirs = Dinov2Model(
        Dinov2Config(
            hidden_size=CHANNELS, num_hidden_layers=DEPTH, num_attention_heads=1, mlp_ratio=2,
            patch_size=PATCH_PX, image_size=2 * PATCH_PX, use_mask_token=False,
        )
    ).eval()  # fmt: skip
    # transformers has renamed these once.
    known = theirs.state_dict()
    new = "encoder.layer.0.attention.q_proj.weight" in known
    kinds = ("q_proj", "k_proj", "v_proj") if new else ("query", "key", "value")
    inside, out = ("", "o_proj") if new else ("attention.", "output.dense")
    renamed = {
        "embeddings.cls_token": tensors["cls_token"],
        "embeddings.position_embeddings": tensors["pos_embed"],
        **_layer(tensors, "patch_embed.proj", "embeddings.patch_embeddings.projection"),
        **_layer(tensors, "norm", "layernorm"),
    }
    for i in range(DEPTH):
        a, b = f"blocks.{i}.", f"encoder.layer.{i}."
        for name in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
            renamed |= _layer(tensors, a + name, b + name)
        renamed |= _layer(tensors, a + "attn.proj", f"{b}attention.{out}")
        for kind in ("weight", "bias"):
            parts = tensors[f"{a}attn.qkv.{kind}"].chunk(3)
            for name, part in zip(kinds, parts, strict=True):
                renamed[f"{b}attention.{inside}{name}.{kind}"] = part
        for n in (1, 2):
            renamed[f"{b}layer_scale{n}.lambda1"] = tensors[f"{a}ls{n}.gamma"]
    theirs.load_state_dict(renamed)
    pictures = torch.randn(2, 3, 2 * PATCH_PX, 2 * PATCH_PX)
    with torch.inference_mode():
        (grid, whole) = ours(pictures, [DEPTH - 1])[0]
        expected = theirs(pictures).last_hidden_state
        wide = ours(torch.randn(1, 3, 3 * PATCH_PX, 5 * PATCH_PX), [0, 2])
    torch.testing.assert_close(whole, expected[:, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        grid.flatten(2).transpose(1, 2), expected[:, 1:], rtol=1e-4, atol=1e-5
    )
    assert [found[0].shape for found in wide] == [(1, CHANNELS, 3, 5)] * 2


def _layer(tensors: dict[str, torch.Tensor], ours: str, theirs: str) -> dict[str, torch.Tensor]:
    return {f"{theirs}.{kind}": tensors[f"{ours}.{kind}"] for kind in ("weight", "bias")}
