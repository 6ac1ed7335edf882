"""Binary glTF 2.0: points, and meshes with a picture.

https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html. Its y is up: coordinates east, north, up
are written as x = east, y = up, z = −north. Positions are float32 from an origin near by; where
that is on Earth stands outside: in a tileset's transform, or the node's matrix of a second scene.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FLOAT, _UINT, _USHORT = 5126, 5125, 5123
_POINTS, _TRIANGLES = 0, 4
_VERTICES, _INDICES = 34962, 34963
_LINEAR, _MIPMAPS, _CLAMP = 9729, 9987, 33071
_GENERATOR: Final = "worldmap"

GLTF_FROM_ENU: Final = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)))
"""x, y, z of glTF from east, north, up."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeshPart:
    """Triangles with a picture of their own: xyz_enu (V, 3), normal_enu (V, 3), uv (V, 2) from the
    picture's upper left corner, both 0 … 1, faces (F, 3), and the picture as an encoded JPEG or PNG
    with its media type."""

    xyz_enu: Array
    normal_enu: Array
    uv: Array
    faces: NDArray[np.intp]
    picture: bytes
    media_type: str


@dataclass(slots=True)
class _Document:
    """A glTF under way: what its JSON has, and its one buffer."""

    accessors: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def view(self, content: bytes, target: int | None = None, stride: int | None = None) -> int:
        padded = content + b"\0" * (-len(content) % 4)
        about: dict[str, Any] = {"buffer": 0, "byteOffset": self.size, "byteLength": len(content)}
        if target is not None:
            about["target"] = target
        if stride is not None:
            about["byteStride"] = stride
        self.views.append(about)
        self.parts.append(padded)
        self.size += len(padded)
        return len(self.views) - 1

    def accessor(self, values: NDArray[Any], kind: str, component: int, **more: Any) -> int:
        target = _INDICES if kind == "SCALAR" and component == _UINT else _VERTICES
        found = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": component,
            "count": len(values),
            "type": kind,
            **more,
        }
        self.accessors.append(found)
        return len(self.accessors) - 1

    def positions(self, xyz_enu: Array) -> int:
        xyz = (xyz_enu @ GLTF_FROM_ENU.T).astype("<f4")
        low, high = xyz.min(axis=0), xyz.max(axis=0)
        return self.accessor(
            xyz, "VEC3", _FLOAT, min=[float(v) for v in low], max=[float(v) for v in high]
        )

    def content(self, **more: Any) -> bytes:
        """The whole file."""
        document = {
            "asset": {"version": "2.0", "generator": _GENERATOR},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            **more,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.size}],
        }
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        body = b"".join(self.parts)
        total = 12 + 8 + len(text) + 8 + len(body)
        return b"".join(
            (
                struct.pack("<4sII", b"glTF", 2, total),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(body), b"BIN\0"),
                body,
            )
        )


def points_glb(xyz_enu: Array, rgb: NDArray[np.uint8]) -> bytes:
    """Points (N, 3) east, north, up of the tile's own origin, with colours (N, 3) uint8 sRGB.

    Vertex colours of glTF are linear (3.7.2.1): two bytes each keep the dark ones apart.
    ValueError where there is none.
    """
    document = _Document()
    colour = np.full((len(rgb), 4), 65535, dtype="<u2")
    colour[:, :3] = np.rint(65535 * linear_from_srgb(rgb))
    attributes = {
        "POSITION": document.positions(xyz_enu),
        "COLOR_0": document.accessor(colour, "VEC4", _USHORT, normalized=True),
    }
    primitive = {"attributes": attributes, "mode": _POINTS, "material": 0}
    return document.content(
        nodes=[{"mesh": 0}],
        meshes=[{"primitives": [primitive]}],
        materials=[_unlit({})],
        extensionsUsed=["KHR_materials_unlit"],
    )


def mesh_glb(parts: Sequence[MeshPart], *, ecef_from_enu: Array | None, extras: object) -> bytes:
    """Meshes with their pictures, about their own origin.

    ecef_from_enu (4, 4) of that origin, where it is told, makes a second scene, "ecef", that shows
    the same on the ellipsoid: its node's matrix leads to ECEF turned as all glTF is for programs of
    the globe (y up to z up, as in 3D Tiles 10.1), in whose numbers programs of single precision
    would lose half a metre; the first scene is for all others. extras: what the node says besides.
    ValueError where there is no part.

    Colours are the photos', light and all: the material is unlit.
    """
    if not parts:
        raise ValueError("a mesh of no triangles")
    document = _Document()
    primitives, materials, textures, images = [], [], [], []
    for number, part in enumerate(parts):
        attributes = {
            "POSITION": document.positions(part.xyz_enu),
            "NORMAL": document.accessor(
                (part.normal_enu @ GLTF_FROM_ENU.T).astype("<f4"), "VEC3", _FLOAT
            ),
            "TEXCOORD_0": document.accessor(part.uv.astype("<f4"), "VEC2", _FLOAT),
        }
        faces = part.faces.astype("<u4").ravel()
        primitives.append(
            {
                "attributes": attributes,
                "indices": document.accessor(faces, "SCALAR", _UINT),
                "mode": _TRIANGLES,
                "material": number,
            }
        )
        materials.append(_unlit({"baseColorTexture": {"index": number}}))
        textures.append({"sampler": 0, "source": number})
        images.append({"bufferView": document.view(part.picture), "mimeType": part.media_type})
    nodes: list[dict[str, Any]] = [{"mesh": 0, "name": "surface", "extras": extras}]
    scenes: list[dict[str, Any]] = [{"name": "local", "nodes": [0]}]
    if ecef_from_enu is not None:
        turn = np.eye(4)
        turn[:3, :3] = GLTF_FROM_ENU
        # Matrices are written column by column.
        matrix = (turn @ ecef_from_enu @ turn.T).T.ravel()
        nodes.append({"mesh": 0, "name": "surface on the ellipsoid", "matrix": matrix.tolist()})
        scenes.append({"name": "ecef", "nodes": [1]})
    return document.content(
        scenes=scenes,
        nodes=nodes,
        meshes=[{"primitives": primitives}],
        materials=materials,
        textures=textures,
        images=images,
        samplers=[{"magFilter": _LINEAR, "minFilter": _MIPMAPS, "wrapS": _CLAMP, "wrapT": _CLAMP}],
        extensionsUsed=["KHR_materials_unlit"],
    )


def _unlit(colour: dict[str, Any]) -> dict[str, Any]:
    return {
        "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0, **colour},
        "extensions": {"KHR_materials_unlit": {}},
    }


def linear_from_srgb(rgb: NDArray[np.uint8]) -> Array:
    """0 … 1 of 0 … 255 (IEC 61966-2-1)."""
    value = rgb / 255.0
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))
