"""Grids of numbers in few bytes, to the bit.

What a pixel says beyond its neighbours is little: metres may be whole millimetres, and of floats
whose last bits are all zero (as `grid.coarse` makes them) the rest is a whole number, nearly
logarithmic. From these a prediction by the neighbours is taken (as in PNG, and in lossless JPEG:
Wallace, CACM 34, 1991). Small numbers are left, whose bytes deflate well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Whole = NDArray[np.uint32]

_BYTES: Final = 4
# In place of by how many bits floats are shifted: they are so many thousandths.
_THOUSANDTHS: Final = 32
_THOUSAND: Final = np.float32(1000)
_ASKED_ROWS: Final = 8
# Which prediction is the better one, a share of the rows tells.
_ASKED_EVERY: Final = 9


def packed_grid(values: Floats) -> dict[str, NDArray[np.uint8]]:
    """Values (H, W) as arrays of bytes by name, which `unpacked_grid` makes the same values of; NaN
    stays NaN, of one kind."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    known = ~np.isnan(values)
    whole, shift = _whole(values, known)
    whole = _without_gaps(whole, known)
    name, rest = min(
        ((name, taken(whole)) for name, (taken, _) in _PREDICTIONS.items()),
        key=lambda each: _bits_needed(each[1]),
    )
    # Zigzag: small numbers of either sign become small numbers.
    signed = rest.view(np.int32)
    folded = ((signed << 1) ^ (signed >> 31)).view(np.uint32)
    planes = {
        f"byte{k}": (folded >> np.uint32(8 * k)).astype(np.uint8)
        for k in range(_BYTES)
        if not k or int(folded.max(initial=0)) >> (8 * k)
    }
    made = {"how": np.array((shift, _NAMES.index(name)), dtype=np.uint8), **planes}
    if not known.all():
        made["known"] = np.packbits(known, axis=1)
    return made


def unpacked_grid(arrays: Mapping[str, NDArray[Any]]) -> Floats:
    """What `packed_grid` was given. KeyError or ValueError where arrays are of another making."""
    shift, which = (int(each) for each in arrays["how"])
    shape = arrays["byte0"].shape
    if len(shape) != 2 or shift > _THOUSANDTHS or which >= len(_NAMES):
        raise ValueError(f"packed grid of shape {shape}, shift {shift}, prediction {which}")
    folded = np.zeros(shape, dtype=np.uint32)
    for k in range(_BYTES):
        if f"byte{k}" in arrays:
            plane = arrays[f"byte{k}"]
            if plane.shape != shape or plane.dtype != np.uint8:
                raise ValueError(f"byte{k} is {plane.dtype} {plane.shape}, not uint8 {shape}")
            folded |= plane.astype(np.uint32) << np.uint32(8 * k)
    rest = (folded >> np.uint32(1)) ^ (np.uint32(0) - (folded & np.uint32(1)))
    whole = _PREDICTIONS[_NAMES[which]][1](rest)
    if shift == _THOUSANDTHS:
        values = whole.astype(np.float32) / _THOUSAND
    else:
        values = (whole << np.uint32(shift)).view(np.float32)
    if "known" in arrays:
        known = np.unpackbits(arrays["known"], axis=1, count=shape[1])
        values[known == 0] = np.nan
    return values


def _whole(values: Floats, known: NDArray[np.bool_]) -> tuple[Whole, int]:
    """What numbers the values are, and by how many bits they are shifted, or _THOUSANDTHS."""
    # Some of them say for the most part that they are none.
    some = slice(None, None, max(1, len(values) // _ASKED_ROWS))
    if _fit_thousandths(values[some], known[some]) and _fit_thousandths(values, known):
        thousandths = np.rint(np.where(known, values, np.float32(0)) * _THOUSAND)
        return thousandths.astype(np.uint32), _THOUSANDTHS
    bits = values.view(np.uint32)
    used = int(np.bitwise_or.reduce(bits[known], axis=None)) if known.any() else 0
    shift = (used & -used).bit_length() - 1 if used else 0
    return bits >> np.uint32(shift), shift


def _fit_thousandths(values: Floats, known: NDArray[np.bool_]) -> bool:
    """Whether what is known of the values are whole thousandths that 24 bits hold."""
    with np.errstate(invalid="ignore", over="ignore"):
        thousandths = np.rint(values * _THOUSAND)
        fits = (thousandths < 1 << 24) & (thousandths / _THOUSAND == values) & ~np.signbit(values)
    return bool((fits | ~known).all())


def _without_gaps(whole: Whole, known: NDArray[np.bool_]) -> Whole:
    """With the pixel before in the row where there is none, 0 at its beginning: no prediction is
    off because of it."""
    if known.all():
        return whole
    last = np.where(known, np.arange(whole.shape[1], dtype=np.int32)[None], np.int32(-1))
    np.maximum.accumulate(last, axis=1, out=last)
    filled = np.take_along_axis(whole, np.maximum(last, 0), axis=1)
    return np.where(last >= 0, filled, np.uint32(0))


def _bits_needed(rest: Whole) -> float:
    """About how many bits each of these numbers takes: those of the entropy of their sizes."""
    signed = rest[::_ASKED_EVERY].view(np.int32).astype(np.float32)
    return float(np.log2(1 + 2 * np.abs(signed)).mean())


# --- predictions: what is left of whole numbers (H, W), modulo 2³², and these again -------------


def _beside(whole: Whole) -> Whole:
    """By the pixel before."""
    rest = whole.copy()
    rest[:, 1:] -= whole[:, :-1]
    # The first column by the one above.
    rest[1:, 0] -= whole[:-1, 0]
    return rest


def _from_beside(rest: Whole) -> Whole:
    whole = rest.copy()
    whole[:, 0] = np.cumsum(rest[:, 0], dtype=np.uint32)
    return np.cumsum(whole, axis=1, dtype=np.uint32)


def _on_plane(whole: Whole) -> Whole:
    """By the plane through the pixels before, above, and between these."""
    rest = whole.copy()
    rest[:, 1:] -= whole[:, :-1]
    rest[1:] -= rest[:-1].copy()
    return rest


def _from_plane(rest: Whole) -> Whole:
    return np.cumsum(np.cumsum(rest, axis=0, dtype=np.uint32), axis=1, dtype=np.uint32)


_Pair = tuple[Callable[[Whole], Whole], Callable[[Whole], Whole]]
_PREDICTIONS: Final[dict[str, _Pair]] = {
    "beside": (_beside, _from_beside),
    "plane": (_on_plane, _from_plane),
}
_NAMES: Final = tuple(_PREDICTIONS)
