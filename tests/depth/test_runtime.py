"""The network runner: batches, memory, precision, devices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from worldmap.config import DepthSettings
from worldmap.depth.runtime import Network, NetworkFailure, pick_device, pick_dtype
from worldmap.errors import ModelError


class Toy(torch.nn.Module):
    """Body × gain, head × 1; remembers the size and precision of what its parts got."""

    def __init__(self, gain: float = 1.0, room: int = 1000) -> None:
        super().__init__()
        self.body = torch.nn.Conv2d(3, 1, 1, bias=False)
        self.head = torch.nn.Conv2d(1, 1, 1, bias=False)
        with torch.no_grad():
            self.body.weight.fill_(gain)
            self.head.weight.fill_(1 + 1e-4)  # rounds to 1 in half precision
        self.room = room
        self.seen: list[tuple[int, torch.dtype]] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.seen.append((len(batch), batch.dtype))
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("no room")
        return self.head(self.body(batch) * 1e-3)[:, 0]  # type: ignore[no-any-return]


def network_of(toy: Toy, **changes: object) -> Network:
    settings = DepthSettings.model_validate({"device": "cpu", **changes})
    return Network(toy, [toy.head], lambda model, batch: (model(batch),), settings)


def pictures_of(*sizes: tuple[int, int]) -> list[torch.Tensor]:
    return [torch.full((1, 3, *size), float(k + 1)) for k, size in enumerate(sizes)]


def values(results: list[Any]) -> list[float]:
    return [float(result[0].mean()) for result in results]


def test_mixed_sizes_are_grouped_and_come_back_in_order() -> None:
    toy = Toy()
    sizes = ((2, 3), (4, 4), (2, 3), (4, 4), (2, 3))
    results = network_of(toy, batch_size=2)(pictures_of(*sizes))
    assert [result[0].shape for result in results] == list(sizes)  # type: ignore[index]
    np.testing.assert_allclose(
        values(results), [0.003 * (k + 1) * (1 + 1e-4) for k in range(5)], 1e-6
    )
    assert [size for size, _ in toy.seen] == [2, 1, 2]


def test_batch_is_halved_when_memory_runs_out_and_stays_so() -> None:
    toy = Toy(room=2)
    network = network_of(toy, batch_size=8)
    results = network(pictures_of(*[(2, 2)] * 8))
    assert len(values(results)) == 8
    assert [size for size, _ in toy.seen] == [8, 4, 2, 2, 2, 2]
    assert network.batch_size == 2
    np.testing.assert_allclose(
        values(results), [0.003 * (k + 1) * (1 + 1e-4) for k in range(8)], 1e-6
    )


def test_a_single_picture_without_room_fails_alone() -> None:
    toy = Toy(room=0)
    (result,) = network_of(toy)(pictures_of((2, 2)))
    assert isinstance(result, NetworkFailure)
    assert "out of memory" in result.reason


def test_the_cpus_own_words_for_no_memory_are_understood() -> None:
    toy = Toy()

    def forward(model: Toy, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        if len(batch) > 1:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ...")
        return (model(batch),)

    settings = DepthSettings(device="cpu", batch_size=4)
    results = Network(toy, [toy.head], forward, settings)(pictures_of(*[(2, 2)] * 3))
    assert len(values(results)) == 3


def test_other_errors_are_not_swallowed() -> None:
    toy = Toy()

    def forward(model: Toy, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        Network(toy, [toy.head], forward, DepthSettings(device="cpu"))(pictures_of((2, 2)))


def test_overflow_in_half_precision_is_run_again_in_fp32() -> None:
    toy = Toy(gain=3e4)
    network = network_of(toy, dtype="fp16", batch_size=2)
    small, large = (torch.full((1, 3, 2, 2), value) for value in (0.1, 8.0))
    first, second = network([small, large])
    gain = float(toy.body.weight[0, 0, 0, 0].detach())
    for result, value in ((first, 0.1), (second, 8.0)):
        assert not isinstance(result, NetworkFailure)
        assert float(result[0].mean()) == pytest.approx(gain * 3 * value * 1e-3, rel=2e-3)
    assert [dtype for _, dtype in toy.seen] == [torch.float16, torch.float32]
    assert toy.body.weight.dtype == torch.float16


def test_what_overflows_in_fp32_too_fails_that_picture_only() -> None:
    network = network_of(Toy(gain=1e38), dtype="bf16", batch_size=2)
    first, second = network([torch.full((1, 3, 2, 2), value) for value in (1e-30, 8.0)])
    assert not isinstance(first, NetworkFailure)
    assert isinstance(second, NetworkFailure)
    assert "not finite" in second.reason


def test_heads_keep_fp32_through_a_retry() -> None:
    toy = Toy()
    network = network_of(toy, dtype="fp16")
    network([torch.full((1, 3, 2, 2), 6e4)])  # overflows in fp16, is retried
    assert toy.head.weight.dtype == torch.float32
    assert float(toy.head.weight.detach()) == pytest.approx(1 + 1e-4, abs=1e-6)


def test_compiled_equals_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the real tracer, with its backend that needs no C++ compiler."""
    compiler, used = torch.compile, []

    def compile_eagerly(model: Toy) -> object:
        used.append(model)
        return compiler(model, backend="eager")

    monkeypatch.setattr("torch.compile", compile_eagerly)
    sizes = ((2, 3), (4, 4))
    eager = network_of(Toy())(pictures_of(*sizes))
    compiled = network_of(Toy(), compile=True)(pictures_of(*sizes))
    np.testing.assert_allclose(values(compiled), values(eager))
    assert len(used) == 1


def test_a_compiler_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = torch.compile

    def broken(_graph: object, _inputs: object) -> None:
        raise RuntimeError("no C++ compiler\nat all")

    monkeypatch.setattr("torch.compile", lambda model: compiler(model, backend=broken))
    with pytest.raises(ModelError, match=r"torch\.compile failed.*depth\.compile") as caught:
        network_of(Toy(), compile=True)(pictures_of((2, 2)))
    assert "\n" not in str(caught.value)


def test_device_that_is_not_there_is_one_line() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    with pytest.raises(ModelError, match="no cuda device"):
        pick_device("cuda")
    assert pick_device("auto").type in ("cpu", "mps")


def test_default_precision_depends_on_the_device() -> None:
    assert pick_dtype("auto", torch.device("cpu")) == torch.float32
    assert pick_dtype("auto", torch.device("cuda")) == torch.float16
    assert pick_dtype("bf16", torch.device("cpu")) == torch.bfloat16
