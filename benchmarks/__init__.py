"""Benchmarks: each module `benchmarks/NAME.py` has `run() -> list[Metric]`, or `run(full=...)`
where it has a longer form.

`python -m benchmarks NAME [--check] [--json] [--full]` runs one and compares it with its bars. Bars
on times (`s`, `ms`, `s/frame`) and speeds (`photos/s`) are written for the machine that
`_yardstick.NOMINAL_S` names.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Literal

# Before numpy is imported: a benchmark's own processes have one thread each, as workers do. Waiting
# for a second one took three quarters of the processor time of matching.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

Direction = Literal["max", "min", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured figure.

    direction: 'max' = value must be at most `bar`, 'min' = at least `bar`, 'info' = no bar.
    ValueError where 'info' has a bar or the others lack one.
    """

    name: str
    unit: str
    value: float
    bar: float | None
    direction: Direction

    def __post_init__(self) -> None:
        if self.direction not in ("max", "min", "info"):
            raise ValueError(f"{self.name}: direction must be max, min or info")
        if (self.bar is None) != (self.direction == "info"):
            raise ValueError(f"{self.name}: a bar belongs to the directions max and min only")

    @property
    def passed(self) -> bool:
        """Whether the bar is held; a NaN value misses every bar."""
        if self.bar is None:
            return True
        if math.isnan(self.value):
            return False
        return self.value <= self.bar if self.direction == "max" else self.value >= self.bar


def metric(
    name: str, unit: str, value: float, bar: float | None = None, direction: Direction = "max"
) -> Metric:
    """A figure and its bar, which the value must not exceed unless `direction` says otherwise; a
    figure without a bar is told only."""
    return Metric(
        name=name,
        unit=unit,
        value=float(value),
        bar=bar,
        direction="info" if bar is None else direction,
    )
