"""The artifact of a photo's refined depth: an .npz that fusion reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import read_arrays, write_arrays
from worldmap.errors import StorageError
from worldmap.records import DepthModel, RefinedDepth

_FORMAT: Final = 1
# Steps of log depth: a fiftieth of a percent, finer than any sigma here, and the nearest depth: 16
# bits of them reach to 24 km.
_STEP: Final = 2e-4
_NEAREST_M: Final = 0.05

Floats = NDArray[np.float32]


def save_refined(path: Path, refined: RefinedDepth) -> str:
    """Write the artifact; returns its SHA-256. Equal input gives equal bytes. StorageError where
    it cannot be written; then an older file at `path` is still whole."""
    arrays: dict[str, NDArray[Any]] = {
        "log_range": _encoded(refined.range_m),
        "sigma_rel": refined.sigma_rel.astype(np.float16),
        "verdict": refined.verdict,
    }
    meta: dict[str, Any] = {"format": _FORMAT}
    if refined.model is not None:
        meta["model"] = asdict(refined.model)
    return write_arrays(path, arrays, meta)


def load_refined(path: Path) -> RefinedDepth:
    """Read what `save_refined` wrote. StorageError where it is missing, damaged or of a later
    format."""
    arrays, meta = read_arrays(path)
    if meta.get("format") != _FORMAT:
        raise StorageError(
            f"has format {meta.get('format')} of refined depth, this version reads {_FORMAT}",
            path=path,
            hint="delete it and run merge again",
        )
    try:
        return RefinedDepth(
            range_m=_decoded(arrays["log_range"]),
            sigma_rel=arrays["sigma_rel"].astype(np.float32),
            verdict=arrays["verdict"],
            model=_model_of(meta),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and run merge again"
        ) from error


def _model_of(meta: Mapping[str, Any]) -> DepthModel | None:
    told = meta.get("model")
    if told is None:
        return None
    if not all(isinstance(each, str) for each in told.values()):
        raise ValueError("its model is no text")
    return DepthModel(**told)


def _encoded(range_m: Floats) -> NDArray[np.uint16]:
    """Steps of log depth from the nearest that is told; 0 = none."""
    known = np.isfinite(range_m) & (range_m > _NEAREST_M)
    log_range = np.log(np.where(known, range_m, 1.0) / _NEAREST_M)
    steps = np.rint(np.minimum(log_range / _STEP, np.iinfo(np.uint16).max))
    return np.where(known, steps, 0).astype(np.uint16)


def _decoded(steps: NDArray[np.uint16]) -> Floats:
    range_m = _NEAREST_M * np.exp(steps * _STEP)
    return np.where(steps > 0, range_m, np.nan).astype(np.float32)
