"""The depth artifact of a photo: an .npz with everything that later stages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Camera
from worldmap.depth.grid import sigma_rel_of
from worldmap.depth.packed import packed_grid, unpacked_grid
from worldmap.depth.raster import colours_of, encoded_colours
from worldmap.errors import StorageError
from worldmap.records import CleanedDepth, DepthMap, DepthModel, Focal, FocalSource

_FORMAT: Final = 2
# Grids in whole floats, colours as they are: what maps of earlier versions hold.
_WHOLE: Final = 1


def save_depth(path: Path, cleaned: CleanedDepth) -> str:
    """Write the artifact; returns its SHA-256. Equal input gives equal bytes. StorageError where
    it cannot be written; then an older file at `path` is still whole.

    Depth, sigmas and what was removed are stored to the bit, colours as a JPEG that is off by less
    than a camera's noise.
    """
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
        **_named("depth", packed_grid(cleaned.uncleaned_m)),
        **_named(*_sigmas(depth_map.sigma_m, cleaned.uncleaned_m)),
        "removed": cleaned.removed,
        "jpeg": np.frombuffer(encoded_colours(cleaned.rgb), dtype=np.uint8),
    }
    if depth_map.sky is not None:
        arrays["sky"] = np.packbits(depth_map.sky, axis=1)
        meta["sky_by"] = depth_map.sky_by
    if depth_map.moving is not None:
        arrays["moving"] = np.packbits(depth_map.moving, axis=1)
        meta["moving_by"] = depth_map.moving_by
    return write_arrays(path, arrays, meta, stored=("jpeg",))


def load_depth(path: Path) -> CleanedDepth:
    """Read what `save_depth` wrote. StorageError where it is missing, damaged or of a later
    format."""
    arrays, meta = read_arrays(path)
    if meta.get("format") not in (_WHOLE, _FORMAT):
        raise StorageError(
            f"has depth format {meta.get('format')}, this version reads {_WHOLE} and {_FORMAT}",
            path=path,
            hint="ingest its photo again",
        )
    try:
        if meta["format"] == _FORMAT:
            arrays = _unpacked(arrays)
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
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and ingest again"
        ) from error


def _sigmas(
    sigma_m: NDArray[np.float32], depth_m: NDArray[np.float32]
) -> tuple[str, dict[str, NDArray[np.uint8]]]:
    """Relative ones where these say the same: they take a tenth."""
    sigma_rel = sigma_rel_of(sigma_m, depth_m)
    return (
        ("sigma", packed_grid(sigma_m))
        if sigma_rel is None
        else ("sigma_rel", packed_grid(sigma_rel))
    )


def _named(name: str, parts: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{name}.{part}": values for part, values in parts.items()}


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays of the earlier format, of those of this one. KeyError or ValueError where they are
    none."""

    def part(name: str) -> NDArray[np.float32] | None:
        start = f"{name}."
        parts = {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
        return unpacked_grid(parts) if parts else None

    depth_m, sigma_m, sigma_rel = part("depth"), part("sigma"), part("sigma_rel")
    if sigma_m is None and sigma_rel is not None and depth_m is not None:
        sigma_m = sigma_rel * depth_m
    if depth_m is None or sigma_m is None:
        raise ValueError("it has no depth or no sigmas")
    found: dict[str, NDArray[Any]] = {"depth_m": depth_m, "sigma_m": sigma_m}
    height_px, width_px = depth_m.shape
    found["removed"] = arrays["removed"]
    found["rgb"] = colours_of(arrays["jpeg"].tobytes(), width_px, height_px)
    for name in ("sky", "moving"):
        if name in arrays:
            found[name] = np.unpackbits(arrays[name], axis=1, count=width_px).astype(np.bool_)
    return found


def _focal(values: dict[str, Any]) -> Focal:
    return Focal(
        focal_px=float(values["focal_px"]),
        sigma_rel=float(values["sigma_rel"]),
        source=FocalSource(values["source"]),
    )
