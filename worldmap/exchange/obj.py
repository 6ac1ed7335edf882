"""Meshes as Wavefront OBJ with pictures, and as PLY with coloured vertices."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.exchange.gltf import MeshPart

_VERTEX: Final = np.dtype(
    [
        ("x", "<f8"), ("y", "<f8"), ("z", "<f8"),
        ("nx", "<f4"), ("ny", "<f4"), ("nz", "<f4"),
        ("red", "u1"), ("green", "u1"), ("blue", "u1"),
    ]
)  # fmt: skip
_FACE: Final = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
_PLY_TYPE: Final = {"<f8": "double", "<f4": "float", "|u1": "uchar"}


def obj_files(name: str, parts: Sequence[MeshPart]) -> dict[str, bytes]:
    """name.obj, name.mtl and a picture for each part, by file name. Coordinates are east, north, up
    to a tenth of a millimetre."""
    text, materials = io.StringIO(), io.StringIO()
    text.write(f"# east, north, up in metres\nmtllib {name}.mtl\n")
    files: dict[str, bytes] = {}
    first = 1
    for number, part in enumerate(parts):
        picture = f"{name}_{number}.jpg"
        files[picture] = part.picture
        materials.write(f"newmtl part_{number}\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 0\n")
        materials.write(f"map_Kd {picture}\n")
        np.savetxt(text, part.xyz_enu, fmt="v %.4f %.4f %.4f")
        # OBJ counts from the lower left corner.
        np.savetxt(text, np.column_stack((part.uv[:, 0], 1 - part.uv[:, 1])), fmt="vt %.6f %.6f")
        np.savetxt(text, part.normal_enu, fmt="vn %.4f %.4f %.4f")
        text.write(f"g part_{number}\nusemtl part_{number}\n")
        corners = np.repeat(part.faces + first, 3, axis=1)
        np.savetxt(text, corners, fmt="f %d/%d/%d %d/%d/%d %d/%d/%d")
        first += len(part.xyz_enu)
    return {
        f"{name}.obj": text.getvalue().encode("ascii", "replace"),
        f"{name}.mtl": materials.getvalue().encode("ascii", "replace"),
        **files,
    }


def mesh_ply(parts: Sequence[tuple[MeshPart, NDArray[np.uint8]]]) -> bytes:
    """All parts, with the colours (V, 3) of their vertices, as one binary PLY."""
    vertices, faces, first = [], [], 0
    for surface, rgb in parts:
        vertex = np.empty(len(surface.xyz_enu), dtype=_VERTEX)
        for axis, letter in enumerate("xyz"):
            vertex[letter] = surface.xyz_enu[:, axis]
            vertex[f"n{letter}"] = surface.normal_enu[:, axis]
        for channel, colour in enumerate(("red", "green", "blue")):
            vertex[colour] = rgb[:, channel]
        face = np.empty(len(surface.faces), dtype=_FACE)
        face["count"] = 3
        face["corners"] = surface.faces + first
        vertices.append(vertex)
        faces.append(face)
        first += len(vertex)
    properties = [f"property {_PLY_TYPE[_VERTEX[n].str]} {n}" for n in _VERTEX.names or ()]
    head = [
        "ply",
        "format binary_little_endian 1.0",
        "comment east, north, up in metres",
        f"element vertex {first}",
        *properties,
        f"element face {sum(len(face) for face in faces)}",
        "property list uchar int vertex_indices",
        "end_header\n",
    ]
    body = [vertex.tobytes() for vertex in vertices] + [face.tobytes() for face in faces]
    return "\n".join(head).encode("ascii") + b"".join(body)
