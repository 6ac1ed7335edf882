"""The depth artifact of a photo: an .npz with everything that later stages read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Camera
from worldmap.errors import StorageError
from worldmap.records import CleanedDepth, DepthMap, DepthModel, Focal, FocalSource

_FORMAT = 1


def save_depth(path: Path, cleaned: CleanedDepth) -> str:
    """Write the artifact; returns its SHA-256. Equal input gives equal bytes. StorageError where
    it cannot be written; then an older file at `path` is still whole."""
    depth_map = cleaned.depth_map
    meta = {
        "format": _FORMAT,
        "camera": asdict(depth_map.camera),
        "focal": asdict(depth_map.focal),
        "focal_predicted": depth_map.focal_predicted and asdict(depth_map.focal_predicted),
        "scale_sigma_rel": depth_map.scale_sigma_rel,
        "model": asdict(depth_map.model),
        "flags": list(depth_map.flags),
    }
    arrays: dict[str, NDArray[Any]] = {
        "depth_m": cleaned.uncleaned_m,
        "sigma_m": _half_where_exact(depth_map.sigma_m),
        "removed": cleaned.removed,
        "rgb": cleaned.rgb,
    }
    if depth_map.sky is not None:
        arrays["sky"] = depth_map.sky
        meta["sky_by"] = depth_map.sky_by
    if depth_map.moving is not None:
        arrays["moving"] = depth_map.moving
        meta["moving_by"] = depth_map.moving_by
    return write_arrays(path, arrays, meta)


def load_depth(path: Path) -> CleanedDepth:
    """Read what `save_depth` wrote. StorageError where it is missing, damaged or of a later
    format."""
    arrays, meta = read_arrays(path)
    if meta.get("format") != _FORMAT:
        raise StorageError(
            f"has depth format {meta.get('format')}, this version reads {_FORMAT}",
            path=path,
            hint="ingest its photo again",
        )
    try:
        uncleaned_m, removed = arrays["depth_m"], arrays["removed"]
        camera = dict(meta["camera"])
        camera["distortion"] = tuple(camera["distortion"])
        depth_map = DepthMap(
            depth_m=np.where(removed == 0, uncleaned_m, np.float32(np.nan)),
            sigma_m=arrays["sigma_m"],
            camera=Camera(**camera),
            focal=_focal(meta["focal"]),
            focal_predicted=meta["focal_predicted"] and _focal(meta["focal_predicted"]),
            scale_sigma_rel=float(meta["scale_sigma_rel"]),
            model=DepthModel(**meta["model"]),
            flags=tuple(meta.get("flags", ())),
            sky=arrays.get("sky"),
            sky_by=str(meta.get("sky_by", "")),
            moving=arrays.get("moving"),
            moving_by=str(meta.get("moving_by", "")),
        )
        return CleanedDepth(
            depth_map=depth_map, removed=removed, uncleaned_m=uncleaned_m, rgb=arrays["rgb"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and ingest again"
        ) from error


def _half_where_exact(values: NDArray[np.float32]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values, equal_nan=True) else values


def _focal(values: dict[str, Any]) -> Focal:
    return Focal(
        focal_px=float(values["focal_px"]),
        sigma_rel=float(values["sigma_rel"]),
        source=FocalSource(values["source"]),
    )
