"""Meshes that say where on Earth they are, read back; and files that only seem to be such."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worldmap.errors import InputError, MissingPathError
from worldmap.exchange.gltf import MeshPart, mesh_glb
from worldmap.exchange.gltf_mesh import read_mesh_glb
from worldmap.geodesy import Site
from worldmap.photo import encoded

SITE = Site(55.706, 13.193, 60.0)


def square(east_m: float = 0.0) -> MeshPart:
    """Two triangles of a wall, with a picture."""
    xyz = np.array(((0, 8, 0), (1, 8, 0), (1, 8, 2), (0, 8, 2)), dtype=np.float64)
    return MeshPart(
        xyz_enu=xyz + np.array((east_m, 0, 0)),
        normal_enu=np.tile((0.0, -1.0, 0.0), (4, 1)),
        uv=np.array(((0, 1), (1, 1), (1, 0), (0, 0)), dtype=np.float64),
        faces=np.array(((0, 1, 2), (0, 2, 3))),
        picture=encoded(np.full((8, 8, 3), 90, dtype=np.uint8), "JPEG"),
        media_type="image/jpeg",
    )


def glb(**options: Any) -> bytes:
    told = {"ecef_from_enu": SITE.ecef_from_enu.matrix, "extras": {}, **options}
    return mesh_glb([square(), square(5.0)], **told)


def with_json(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same file with another JSON."""
    (count,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + count])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + count :]
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON")
    return head + text + rest


def test_what_was_written_is_read_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(glb())
    found = read_mesh_glb(tmp_path / "a.glb")
    # To the last digits of doubles, 1e-9 of the Earth's radius.
    assert np.abs(found.ecef_from_enu - SITE.ecef_from_enu.matrix).max() < 1e-6
    assert len(found.parts) == 2
    for part, made in zip(found.parts, (square(), square(5.0)), strict=True):
        assert (part.xyz_enu == made.xyz_enu).all()
        assert (part.uv == made.uv).all()
        assert (part.faces == made.faces).all()
        assert (part.picture, part.media_type) == (made.picture, "image/jpeg")


def without_ecef(document: dict[str, Any]) -> None:
    document["scenes"].pop()


def no_corner(document: dict[str, Any]) -> None:
    document["accessors"][0]["count"] = 2


def beyond_its_buffer(document: dict[str, Any]) -> None:
    document["bufferViews"][0]["byteLength"] = 10**9


def no_turn(document: dict[str, Any]) -> None:
    document["nodes"][1]["matrix"][0] *= 3


def before_its_first(document: dict[str, Any]) -> None:
    document["meshes"][0]["primitives"][0]["indices"] = -1


def a_script(document: dict[str, Any]) -> None:
    document["images"][0]["mimeType"] = "image/svg+xml"


def endless(document: dict[str, Any]) -> None:
    document["accessors"][0]["count"] = 2**80


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_ecef, "does not say where on Earth"),
        (no_corner, "triangles"),
        (beyond_its_buffer, "buffer"),
        (no_turn, "no turn in metres"),
        (before_its_first, "does not have"),
        (a_script, "neither JPEG nor PNG"),
        (endless, "no mesh that can be shown"),
        (lambda document: document.clear(), "does not say where"),
        (lambda document: document.update(nodes=3), "no mesh that can be shown"),
    ],
)
def test_what_is_no_such_mesh_is_refused_in_a_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    (tmp_path / "a.glb").write_bytes(with_json(glb(), change))
    with pytest.raises(InputError, match=words) as raised:
        read_mesh_glb(tmp_path / "a.glb")
    assert "\n" not in str(raised.value)


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    content = glb()
    for length in (0, 4, 11, 19, 300, len(content) - 1):
        (tmp_path / "a.glb").write_bytes(content[:length])
        with pytest.raises(InputError):
            read_mesh_glb(tmp_path / "a.glb")
    with pytest.raises(MissingPathError):
        read_mesh_glb(tmp_path / "none.glb")


def test_no_damage_is_more_than_a_refusal(tmp_path: Path) -> None:
    """Bytes changed at random: a mesh whose triangles have their corners, or a line of words."""
    rng, content = np.random.default_rng(3), glb()
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(256)
        (tmp_path / "a.glb").write_bytes(damaged)
        try:
            for part in read_mesh_glb(tmp_path / "a.glb").parts:
                assert int(part.faces.max()) < len(part.xyz_enu) == len(part.uv)
        except InputError:
            refused += 1
    assert refused > 20
