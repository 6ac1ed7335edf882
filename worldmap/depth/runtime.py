"""Running a torch network: where, in which precision, how many pictures at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb
from worldmap.errors import ModelError

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_CUDA_BATCH = 4

Forward = Callable[[Any, torch.Tensor], tuple[torch.Tensor, ...]]
"""Calls a network with a batch (N, 3, h, w); every output has N rows."""


@dataclass(frozen=True, slots=True)
class NetworkFailure:
    """Why the network gave nothing for one picture."""

    reason: str


def pick_device(wanted: str) -> torch.device:
    """The torch device; `auto` is cuda, else mps, else cpu. ModelError where it is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": _has_mps()}
    if wanted == "auto":
        return torch.device("cuda" if there["cuda"] else "mps" if there["mps"] else "cpu")
    if not there[wanted]:
        raise ModelError(
            f"there is no {wanted} device here", hint="set depth.device to auto or cpu"
        )
    return torch.device(wanted)


def pick_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Precision of the network's body; `auto` is fp16 on cuda, else fp32."""
    if wanted == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    return _DTYPES[wanted]


def operations_per_s(settings: DepthSettings) -> float:
    """What a network gets done here, about: half of what large matrix products do, which it mostly
    is (Depth Anything Small gets 43 % of that on two cores). Takes some 0.1 s."""
    device = pick_device(settings.device)
    side = 1024 if device.type == "cpu" else 8192
    matrix = torch.ones((side, side), dtype=pick_dtype(settings.dtype, device), device=device)
    best_s = math.inf
    for _ in range(4):
        start_s = time.perf_counter()
        (matrix @ matrix)[0, 0].item()  # which waits for the device
        best_s = min(best_s, time.perf_counter() - start_s)
    return 0.5 * 2 * side**3 / best_s


def _has_mps() -> bool:
    return bool(torch.backends.mps.is_available())


class Network:
    """A model on its device: body in the precision that was asked for, heads in fp32.

    In half precision the last layers round what they give (bf16: 14 different inverse depths in a
    whole picture), so `heads` get fp32 weights and fp32 input. A picture whose output is not finite
    is run once more in fp32. When memory runs out the batch is halved, for the rest of the run too.
    """

    def __init__(
        self, model: Any, heads: Sequence[Any], forward: Forward, settings: DepthSettings
    ) -> None:
        self.device = pick_device(settings.device)
        self.dtype = pick_dtype(settings.dtype, self.device)
        self._model = model.eval()
        self._heads = tuple(heads)
        self._forward = forward
        self._batch_size = settings.batch_size or (_CUDA_BATCH if self.device.type == "cuda" else 1)
        try:
            self._model.to(self.device)
            self._lower(self.dtype)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            raise ModelError(f"no room for the network on {self.device}: {_line(error)}") from error
        if self.dtype != torch.float32:
            for head in self._heads:
                head.register_forward_pre_hook(_to_fp32)
        self._run = torch.compile(self._model) if settings.compile else self._model
        self._compiled = settings.compile

    @property
    def batch_size(self) -> int:
        """Pictures that go through together at present."""
        return self._batch_size

    def upload(self, rgb: Rgb) -> torch.Tensor:
        """(1, 3, H, W) float32 on the device, 0..255."""
        pixels = torch.from_numpy(np.array(rgb)).to(self.device)
        return pixels.permute(2, 0, 1)[None].float()

    def __call__(
        self, pictures: Sequence[torch.Tensor]
    ) -> list[tuple[NDArray[np.float32], ...] | NetworkFailure]:
        """Outputs of pictures (1, 3, h, w) of any sizes, in their order, as float32 on the CPU."""
        results: list[tuple[NDArray[np.float32], ...] | NetworkFailure | None]
        results = [None] * len(pictures)
        same_size: dict[torch.Size, list[int]] = {}
        for index, picture in enumerate(pictures):
            same_size.setdefault(picture.shape, []).append(index)
        for waiting in same_size.values():
            while waiting:
                chunk = waiting[: self._batch_size]
                found = self._attempt([pictures[index] for index in chunk])
                if found is None:
                    self._batch_size = max(1, len(chunk) // 2)
                    continue
                for index, result in zip(chunk, found, strict=True):
                    results[index] = result
                del waiting[: len(chunk)]
        return [result for result in results if result is not None]

    def _attempt(
        self, pictures: list[torch.Tensor]
    ) -> list[tuple[NDArray[np.float32], ...] | NetworkFailure] | None:
        """One batch; None where it has to be tried again with fewer pictures."""
        try:
            found = self._outputs(self._run, pictures, self.dtype)
        except (RuntimeError, MemoryError) as error:
            if _is_out_of_memory(error):
                self._free()
                if len(pictures) > 1:
                    return None
                return [NetworkFailure(f"the {self.device} device is out of memory")]
            if self._compiled and type(error).__module__.startswith("torch._"):
                raise ModelError(
                    f"torch.compile failed ({_line(error)})", hint="leave out depth.compile"
                ) from error
            raise
        results: list[tuple[NDArray[np.float32], ...] | NetworkFailure] = []
        for picture, outputs in zip(pictures, found, strict=True):
            usable = outputs if _is_finite(outputs) else self._again_in_fp32(picture)
            if usable is None:
                results.append(NetworkFailure("the network gave numbers that are not finite"))
            else:
                results.append(tuple(output.cpu().numpy() for output in usable))
        return results

    def _outputs(
        self, run: Any, pictures: list[torch.Tensor], dtype: torch.dtype
    ) -> list[tuple[torch.Tensor, ...]]:
        with torch.inference_mode():
            batch = torch.cat(pictures).to(self.device, dtype)
            outputs = [output.float() for output in self._forward(run, batch)]
        return [tuple(output[row] for output in outputs) for row in range(len(pictures))]

    def _again_in_fp32(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...] | None:
        if self.dtype == torch.float32:
            return None
        try:
            with self._in_fp32():
                (outputs,) = self._outputs(self._model, [picture], torch.float32)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            self._free()
            return None
        return outputs if _is_finite(outputs) else None

    @contextmanager
    def _in_fp32(self) -> Iterator[None]:
        self._model.float()
        try:
            yield
        finally:
            self._lower(self.dtype)

    def _lower(self, dtype: torch.dtype) -> None:
        """Body to `dtype`; the heads' own weights never leave fp32, so nothing of them is lost."""
        in_heads = {id(part) for head in self._heads for part in head.modules()}
        for part in self._model.modules():
            if id(part) in in_heads:
                continue
            for weights in (*part.parameters(recurse=False), *part.buffers(recurse=False)):
                if weights.is_floating_point():
                    weights.data = weights.data.to(dtype)

    def _free(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        elif self.device.type == "mps":
            torch.mps.empty_cache()


# Where a device has no error class of its own, torch raises a plain RuntimeError with these words.
_OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _OUT_OF_MEMORY_WORDS)


def _to_fp32(_head: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        value.float() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
        for value in inputs
    )


def _is_finite(outputs: Sequence[torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(output).all()) for output in outputs)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
