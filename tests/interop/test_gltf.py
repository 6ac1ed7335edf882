"""Meshes and 3D Tiles in the eyes of Khronos' glTF validator."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.helpers.map_makers import SmallMap
from tests.helpers.other_programs import needs_gltf_validator, read_by_node
from worldmap.area import Everywhere
from worldmap.exchange.gltf import MeshPart, mesh_glb
from worldmap.geodesy import Site
from worldmap.pipeline.export import export

NOTHING = {"errors": 0, "warnings": 0, "said": []}


def square() -> MeshPart:
    xyz = np.array([(0.0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), (90, 120, 60)).save(picture, "PNG")
    return MeshPart(
        xyz_enu=xyz,
        normal_enu=np.tile((0.0, 0.0, 1.0), (4, 1)),
        uv=xyz[:, :2],
        faces=np.array([(0, 1, 2), (0, 2, 3)]),
        picture=picture.getvalue(),
        media_type="image/png",
    )


@needs_gltf_validator
def test_khronos_finds_nothing_wrong(small_map: SmallMap, tmp_path: Path) -> None:
    mesh = tmp_path / "mesh.glb"
    turned = Site(59.33, 18.06, 30.0).ecef_from_enu.matrix
    mesh.write_bytes(
        mesh_glb([square(), square()], ecef_from_enu=turned, extras={"worldmap": {"a": 1}})
    )
    export(small_map.map_dir, Everywhere(), tmp_path / "tiles", kind="tiles3d")
    tiles = sorted((tmp_path / "tiles").rglob("*.glb"))
    assert tiles
    assert read_by_node("validate_gltf.cjs", [mesh, *tiles]) == [NOTHING] * (1 + len(tiles))


@needs_gltf_validator
def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """So that the test above can fail: a face that names a corner which is not there."""
    part = square()
    broken = tmp_path / "broken.glb"
    part.faces[0, 0] = 9
    broken.write_bytes(mesh_glb([part], ecef_from_enu=np.eye(4), extras={}))
    (found,) = read_by_node("validate_gltf.cjs", [broken])
    assert found["errors"] > 0
