"""A surface out of a binary glTF 2.0 that says where on Earth it is, as `mesh_glb` writes it.

The file may be anybody's: whatever it promises is checked before it is believed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import InputError
from worldmap.exchange.gltf import GLTF_FROM_ENU
from worldmap.input_file import read_named, refused_as

Array = NDArray[np.float64]

_LARGEST_BYTES: Final = 1 << 30
_KINDS: Final = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDE: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}
_FLOAT: Final = 5126
_TRIANGLES: Final = 4
_PICTURES: Final = ("image/jpeg", "image/png")
_EARTH_M: Final = (6.3e6, 6.45e6)
"""How far from the Earth's middle its surface is, mountains and trenches included."""
_SQUARE: Final = 1e-6
"""By how much a turn in doubles may miss being one."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurfacePart:
    """Triangles with a picture: xyz_enu (V, 3) float32 about the surface's own origin, uv (V, 2)
    float32 from the picture's upper left corner, faces (F, 3) uint32, and the picture, encoded."""

    xyz_enu: NDArray[np.float32]
    uv: NDArray[np.float32]
    faces: NDArray[np.uint32]
    picture: bytes
    media_type: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EarthSurface:
    """A surface and where it is: ecef_from_enu (4, 4) takes its parts' coordinates to the Earth."""

    parts: tuple[SurfacePart, ...]
    ecef_from_enu: Array


def read_mesh_glb(path: Path) -> EarthSurface:
    """The surface that a .glb has where its scene on the ellipsoid puts it: a node with a mesh and
    a matrix to the Earth's surface, y up as all glTF. MissingPathError where there is no file,
    InputError, in one line, where it is none, is damaged or does not say where it is."""
    content = read_named(path, _LARGEST_BYTES, InputError)
    with refused_as(path, "is no mesh that can be shown"):
        document, body = _chunks(content)
        mesh, ecef_from_enu = _on_earth(document, path)
        parts = tuple(_parts(_Buffer(document, body), document["meshes"][mesh], path))
        if not parts:
            raise InputError("has no triangles with a picture", path=path)
    return EarthSurface(parts=parts, ecef_from_enu=ecef_from_enu)


def _chunks(content: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, size = struct.unpack_from("<4sII", content)
    if (magic, version) != (b"glTF", 2):
        raise ValueError("it is no binary glTF 2.0")
    if size != len(content):
        raise ValueError("it ends too early")
    count, kind = struct.unpack_from("<I4s", content, 12)
    if kind != b"JSON" or 20 + count > size:
        raise ValueError("its JSON is damaged")
    document = json.loads(content[20 : 20 + count])
    if not isinstance(document, dict):
        raise ValueError("its JSON is damaged")
    body = content[20 + count :]
    if not body:
        return document, b""
    count, kind = struct.unpack_from("<I4s", body)
    if kind != b"BIN\0" or 8 + count > len(body):
        raise ValueError("its buffer is damaged")
    return document, body[8 : 8 + count]


def _on_earth(document: dict[str, Any], path: Path) -> tuple[int, Array]:
    """The number of the mesh that a scene has on the ellipsoid, and the way there."""
    nodes = document.get("nodes", [])
    for scene in document.get("scenes", []):
        for number in scene.get("nodes", []):
            node = nodes[_index(number, nodes)]
            if "mesh" not in node or "matrix" not in node:
                continue
            matrix = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
            turn = np.eye(4)
            turn[:3, :3] = GLTF_FROM_ENU
            found = turn.T @ matrix @ turn
            away_m = float(np.linalg.norm(found[:3, 3]))
            if not _EARTH_M[0] < away_m < _EARTH_M[1]:
                continue
            rotation = found[:3, :3]
            if not np.allclose(rotation @ rotation.T, np.eye(3), atol=_SQUARE):
                raise ValueError("its way to the Earth is no turn in metres")
            return _index(node["mesh"], document["meshes"]), found
    raise InputError(
        "does not say where on Earth it is",
        path=path,
        hint="`worldmap export mesh.glb` writes meshes that do",
    )


def _index(number: Any, of: list[Any]) -> int:
    """A number that counts an entry of a list; negative ones are Python's, not glTF's."""
    if not isinstance(number, int) or not 0 <= number < len(of):
        raise ValueError("it names what it does not have")
    return number


class _Buffer:
    """The arrays and pictures that a document finds in its one buffer."""

    def __init__(self, document: dict[str, Any], body: bytes) -> None:
        self._document, self._body = document, body

    def view(self, number: Any) -> bytes:
        views = self._document["bufferViews"]
        told = views[_index(number, views)]
        start, count = int(told.get("byteOffset", 0)), int(told["byteLength"])
        if told.get("buffer") != 0 or start < 0 or count < 0 or start + count > len(self._body):
            raise ValueError("its buffer is damaged")
        return self._body[start : start + count]

    def array(self, number: Any, kind: str, *, floats: bool) -> NDArray[Any]:
        """(N, wide) of an accessor, tightly packed."""
        accessors = self._document["accessors"]
        told = accessors[_index(number, accessors)]
        component = told["componentType"]
        if told["type"] != kind or (component == _FLOAT) != floats or "sparse" in told:
            raise ValueError("its triangles are of another kind")
        dtype, wide = np.dtype(_KINDS[component]), _WIDE[kind]
        views = self._document["bufferViews"]
        stride = views[_index(told["bufferView"], views)].get("byteStride", dtype.itemsize * wide)
        if stride != dtype.itemsize * wide:
            raise ValueError("its corners are interleaved")
        count, start = int(told["count"]), int(told.get("byteOffset", 0))
        if count < 0 or start < 0:
            raise ValueError("its buffer is damaged")
        found = np.frombuffer(self.view(told["bufferView"]), dtype, count * wide, start)
        return found.reshape(count, wide)

    def picture(self, material: Any) -> tuple[bytes, str]:
        """Of a material the picture of its colours, and its media type; nothing where it has
        none."""
        document = self._document
        materials = document.get("materials", [])
        if material is None:
            return b"", ""
        shading = materials[_index(material, materials)].get("pbrMetallicRoughness", {})
        if "baseColorTexture" not in shading:
            return b"", ""
        textures, images = document["textures"], document["images"]
        texture = textures[_index(shading["baseColorTexture"]["index"], textures)]
        image = images[_index(texture["source"], images)]
        if image.get("mimeType") not in _PICTURES:
            raise ValueError("its picture is neither JPEG nor PNG")
        return self.view(image["bufferView"]), image["mimeType"]


def _parts(buffer: _Buffer, mesh: dict[str, Any], path: Path) -> Iterator[SurfacePart]:
    for primitive in mesh["primitives"]:
        picture, media_type = buffer.picture(primitive.get("material"))
        named = primitive["attributes"]
        if primitive.get("mode", _TRIANGLES) != _TRIANGLES or not picture:
            continue
        xyz = buffer.array(named["POSITION"], "VEC3", floats=True)
        uv = buffer.array(named["TEXCOORD_0"], "VEC2", floats=True)
        faces = buffer.array(primitive["indices"], "SCALAR", floats=False)
        if len(faces) % 3 or len(uv) != len(xyz) or not len(faces):
            raise InputError("is damaged: its triangles are not whole", path=path)
        if int(faces.max()) >= len(xyz) or not (np.isfinite(xyz).all() and np.isfinite(uv).all()):
            raise InputError("is damaged: its triangles have no corners", path=path)
        yield SurfacePart(
            xyz_enu=np.ascontiguousarray(xyz @ GLTF_FROM_ENU.astype(np.float32), dtype=np.float32),
            uv=np.ascontiguousarray(uv, dtype=np.float32),
            faces=faces.astype(np.uint32).reshape(-1, 3),
            picture=picture,
            media_type=media_type,
        )
