"""Points as a PLY file, for viewers and tools that know no LAS."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.cloud import PointCloud
from worldmap.records import TilePoints

# Projected northings need double: float steps by half a metre there.
_VERTEX: Final = np.dtype(
    [
        ("x", "<f8"),
        ("y", "<f8"),
        ("z", "<f8"),
        ("red", "u1"),
        ("green", "u1"),
        ("blue", "u1"),
        ("sigma", "<f4"),
        ("photo_id", "<u4"),
        ("support", "u1"),
        ("classification", "u1"),
    ]
)
_NORMAL: Final = [("nx", "<f4"), ("ny", "<f4"), ("nz", "<f4")]
_UNCLASSIFIED: Final = 1
_PLY_TYPE: Final = {"<f8": "double", "<f4": "float", "<u4": "uint", "|u1": "uchar"}


def write_ply(path: Path, points: TilePoints, normals: NDArray[np.float32] | None = None) -> str:
    """Write points as binary little-endian PLY: easting, northing and ellipsoidal height as double,
    colours, sigma in metres, photo, support and LAS class. The CRS is told in a comment.

    normals (N, 3): unit vectors, NaN where unknown, which is written as zeros.
    Returns the SHA-256 in hex. StorageError where the file cannot be written.
    """
    comment = f"EPSG:{points.epsg}, metres above the WGS84 ellipsoid"
    return _write(path, points.cloud, points.classification, comment, normals)


def write_xyz(path: Path, points: TilePoints) -> str:
    """Write points as text, one a line: easting, northing, ellipsoidal height to the millimetre,
    red, green, blue; the CRS in a comment above.

    Returns the SHA-256 in hex. StorageError where the file cannot be written.
    """
    head = f"# x y z red green blue; EPSG:{points.epsg}, metres above the ellipsoid\n"
    text = io.StringIO()
    text.write(head)
    np.savetxt(
        text,
        np.column_stack((points.cloud.xyz, points.cloud.rgb)),
        fmt=("%.3f", "%.3f", "%.3f", "%d", "%d", "%d"),
    )
    return write_file(path, text.getvalue().encode("ascii"))


def write_local_ply(path: Path, cloud: PointCloud) -> str:
    """`write_ply` for a cloud that lies nowhere on Earth yet: its own coordinates, all points
    unclassified, the frame told in a comment."""
    classification = np.full(len(cloud), _UNCLASSIFIED, dtype=np.uint8)
    return _write(path, cloud, classification, f"frame {cloud.frame.kind}, metres")


def _write(
    path: Path,
    cloud: PointCloud,
    classification: NDArray[np.uint8],
    comment: str,
    normals: NDArray[np.float32] | None = None,
) -> str:
    vertex = _VERTEX if normals is None else np.dtype(_VERTEX.descr + _NORMAL)
    vertices = np.empty(len(cloud), dtype=vertex)
    for axis, name in enumerate(("x", "y", "z")):
        vertices[name] = cloud.xyz[:, axis]
    for channel, name in enumerate(("red", "green", "blue")):
        vertices[name] = cloud.rgb[:, channel]
    if normals is not None:
        for axis, (name, _) in enumerate(_NORMAL):
            vertices[name] = np.nan_to_num(normals[:, axis])
    vertices["sigma"] = cloud.sigma_m
    vertices["photo_id"] = cloud.photo_id
    vertices["support"] = cloud.support
    vertices["classification"] = classification
    head = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment {comment}",
        f"element vertex {len(cloud)}",
        *(f"property {_PLY_TYPE[vertex[name].str]} {name}" for name in vertex.names or ()),
        "end_header\n",
    ]
    return write_file(path, "\n".join(head).encode("ascii") + vertices.tobytes())
