"""Arrays in numpy's .npy form from files that somebody gave us.

numpy believes the header: it reserves what a shape claims, and a header of its own making can raise
almost anything. Here the claim must fit the bytes that are there.
"""

from __future__ import annotations

import io
import math
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

_PLAIN_KINDS: Final = "biufc"
_MOST_DIMENSIONS: Final = 8


def array_of_npy(content: bytes) -> NDArray[Any]:
    """The array in a .npy file's content, which it shares memory with (so it is read-only).

    ValueError, in one line, where the content is no .npy file of plain numbers, or not as long as
    its header says.
    """
    file = io.BytesIO(content)
    shape, by_columns, dtype = header_of_npy(file)
    start, count = file.tell(), math.prod(shape)
    if len(content) - start != count * dtype.itemsize:
        raise ValueError(
            f"the header claims {count} values of {dtype.itemsize} bytes, "
            f"the file holds {len(content) - start} bytes"
        )
    values = np.frombuffer(content, dtype=dtype, count=count, offset=start)
    return values.reshape(shape, order="F" if by_columns else "C")


def header_of_npy(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What a .npy file says of itself: shape, whether it goes by columns, dtype; ValueError as in
    `array_of_npy`. The shape is only a claim."""
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
        elif version == (2, 0):
            shape, by_columns, dtype = np.lib.format.read_array_header_2_0(file)
        else:
            raise ValueError(f"version {version} of the .npy format is not read")
    except Exception as error:  # SyntaxError, TokenError, RecursionError, MemoryError, ...
        line = " ".join(str(error).split())[:120] or type(error).__name__
        raise ValueError(f"no .npy array: {line}") from error
    if dtype.kind not in _PLAIN_KINDS or dtype.names is not None or dtype.subdtype is not None:
        raise ValueError(f"an array of {str(dtype)[:40]} is not read, only plain numbers")
    if len(shape) > _MOST_DIMENSIONS or any(side < 0 for side in shape):
        raise ValueError("a .npy array of that shape is not read")
    return shape, by_columns, dtype
