"""Depth Pro's network at its full size (952 M parameters, random weights) on this machine.

With cuda: photos a second in fp16, by batch size, eager and compiled, against what the chip could
do (19.25 TFLOP a photo; 41 photos/s at the 790 TFLOP/s of an H200). Without: one photo on the CPU
in bf16 and fp32, which takes minutes and 8 GB.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np
import torch

from benchmarks import Metric, metric
from worldmap.config import DepthSettings
from worldmap.depth.apple_checkpoint import APPLE_CONFIG
from worldmap.depth.depth_pro import forward, network_input
from worldmap.depth.runtime import Network, NetworkFailure

TFLOP_PER_PHOTO = 19.25
TFLOPS_OF_CHIP = {"H200": 790.0, "H100": 790.0}
BATCHES = (1, 4, 8)
MEGAPIXELS_12 = (3000, 4000)
SIDE_PX = 1536
MIB = 1 << 20


def run() -> list[Metric]:
    """Every figure of this device."""
    rgb = np.random.default_rng(0).integers(0, 255, (*MEGAPIXELS_12, 3), dtype=np.uint8)
    return _cuda(rgb) if torch.cuda.is_available() else _cpu(rgb)


def random_model() -> Any:
    """The published network with random weights in fp32."""
    from transformers import DepthProConfig, DepthProForDepthEstimation

    config = DepthProConfig(**{k: v for k, v in APPLE_CONFIG.items() if k != "architectures"})
    with torch.device("meta"):
        model = DepthProForDepthEstimation(config)
    model = model.to_empty(device="cpu")
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name.endswith(("norm1.weight", "norm2.weight", "layernorm.weight", "lambda1")):
                weights.fill_(1.0)
            elif weights.ndim > 1:
                weights.normal_(0.0, 0.02)
            else:
                weights.zero_()
        model.head.layers[-2].bias.fill_(0.1)
        model.fov_model.head.layers[-1].bias.fill_(60.0)
    return model.eval()


def _network(**settings: Any) -> Network:
    model = random_model()
    heads = [model.head, model.fov_model.head]
    return Network(model, heads, forward, DepthSettings.model_validate(settings))


def _pictures(network: Network, rgb: np.ndarray, count: int) -> list[torch.Tensor]:
    return [network_input(network.upload(rgb), SIDE_PX) for _ in range(count)]


def _run(network: Network, pictures: list[torch.Tensor]) -> float:
    """Seconds for these pictures, outputs on the CPU included."""
    started_s = time.perf_counter()
    for result in network(pictures):
        if isinstance(result, NetworkFailure):
            raise RuntimeError(result.reason)
    return time.perf_counter() - started_s


def _cuda(rgb: np.ndarray) -> list[Metric]:
    name = torch.cuda.get_device_name()
    chip = next((tflops for key, tflops in TFLOPS_OF_CHIP.items() if key in name), None)
    metrics = []
    for compiled in (False, True):
        network = _network(device="cuda", dtype="fp16", batch_size=max(BATCHES), compile=compiled)
        how = "compiled" if compiled else "eager"
        for batch in BATCHES:
            pictures = _pictures(network, rgb, batch)
            _run(network, pictures)  # compiles, picks kernels
            torch.cuda.reset_peak_memory_stats()
            seconds = min(_run(network, pictures) for _ in range(5))
            title = f"{name}, fp16, {how}, batch {batch}"
            metrics.append(metric(title, "photos/s", batch / seconds))
            if chip is not None:
                limit = chip / TFLOP_PER_PHOTO
                metrics.append(metric(f"{title}: of the limit", "%", 100 * batch / seconds / limit))
            peak = torch.cuda.max_memory_allocated() / MIB
            metrics.append(metric(f"{title}: peak memory", "MiB", peak))
        del network
        torch.cuda.empty_cache()
    return metrics


def _cpu(rgb: np.ndarray) -> list[Metric]:
    metrics = []
    for dtype in ("bf16", "fp32"):  # the smaller first: peak memory only ever grows
        network = _network(device="cpu", dtype=dtype)
        seconds = _run(network, _pictures(network, rgb, 1))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak_mib = peak / (MIB if sys.platform == "darwin" else 1024)
        title = f"cpu, {torch.get_num_threads()} threads, {dtype}"
        metrics.append(metric(f"{title}: one photo", "s", seconds))
        metrics.append(metric(f"{title}: peak memory", "MiB", peak_mib))
        del network
    return metrics
