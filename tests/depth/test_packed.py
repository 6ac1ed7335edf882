"""Grids in few bytes, to the bit."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from worldmap.depth.grid import coarse
from worldmap.depth.packed import packed_grid, unpacked_grid

Floats = NDArray[np.float32]


@given(
    values=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7),
        elements=st.floats(width=32, allow_nan=True),
    )
)
def test_what_is_unpacked_is_what_was_packed(values: Floats) -> None:
    found = unpacked_grid(packed_grid(values))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values)
    # Zeros have a sign.
    assert (np.signbit(found) == np.signbit(values))[~np.isnan(values)].all()


def street(*, noise_rel: float) -> Floats:
    """Ground, walls and a gap where there is no depth."""
    v, u = np.mgrid[0:240, 0:320].astype(np.float32)
    depth_m = np.minimum(300 / np.maximum(v - 100, 1), 8 + 0.05 * u)
    depth_m[:60, 200:] = np.nan
    noise = np.random.default_rng(0).normal(0, noise_rel, depth_m.shape)
    return np.asarray(depth_m * np.exp(noise), dtype=np.float32)


def bits_a_pixel(values: Floats) -> float:
    taken = sum(len(zlib.compress(each.tobytes(), 1)) for each in packed_grid(values).values())
    return 8 * taken / values.size


def test_a_pixel_takes_what_it_says_beyond_those_beside_it() -> None:
    smooth = coarse(street(noise_rel=0.0))
    np.testing.assert_array_equal(unpacked_grid(packed_grid(smooth)), smooth)
    assert bits_a_pixel(smooth) < 3
    # Of a thousandth of noise, in steps of a third of that, four bits are to be told by whatever
    # takes pixels one from the other.
    assert bits_a_pixel(coarse(street(noise_rel=0.001))) < 6
    # As depth files of sensors have it.
    millimetres = np.round(street(noise_rel=0.0) * 1000).astype(np.float32) / np.float32(1000)
    np.testing.assert_array_equal(unpacked_grid(packed_grid(millimetres)), millimetres)
    assert bits_a_pixel(millimetres) < 0.7 * bits_a_pixel(street(noise_rel=0.0))
    assert bits_a_pixel(np.full((240, 320), np.nan, dtype=np.float32)) < 0.1


@pytest.mark.parametrize("damage", ["how", "short", "kind", "flat", "gone"])
def test_arrays_of_another_making_are_refused(damage: str) -> None:
    arrays = packed_grid(street(noise_rel=0.01))
    if damage == "how":
        arrays["how"] = np.array((0, 9), dtype=np.uint8)
    elif damage == "short":
        arrays["byte1"] = arrays["byte1"][:-1]
    elif damage == "kind":
        arrays["byte1"] = arrays["byte1"].astype(np.uint16)
    elif damage == "flat":
        arrays = {name: values.ravel() for name, values in arrays.items()}
    else:
        del arrays["byte0"]
    with pytest.raises((ValueError, KeyError)):
        unpacked_grid(arrays)
