"""Arrays that nobody writes to, as frozen records hold them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


def frozen(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A read-only float64 copy of `values`; ValueError unless it has `shape` and is finite."""
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"expected shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("expected finite values")
    array.setflags(write=False)
    return array


def freeze(
    record: object, order: Literal["K", "C"] = "K", /, **arrays: tuple[DTypeLike, tuple[int, ...]]
) -> None:
    """Makes arrays of a frozen dataclass, by their names, read-only views of a type; what is None
    stays so. order: "C" for arrays in one piece, row by row. ValueError where one has another
    shape."""
    for name, (dtype, shape) in arrays.items():
        if getattr(record, name) is None:
            continue
        array = np.asarray(getattr(record, name), dtype=dtype, order=order).view()
        if array.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
        array.setflags(write=False)
        object.__setattr__(record, name, array)
