"""Surfaces, 3D Tiles and splats: that they are where the points are, and as their formats say."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.street_makers import SITE, WALL_M, Street
from worldmap.area import Everywhere, parse_area
from worldmap.errors import FormatError, UsageError
from worldmap.exchange.gltf import MeshPart
from worldmap.exchange.obj import mesh_ply, obj_files
from worldmap.geodesy import ecef_from_geodetic, geodetic_from_projected
from worldmap.mesh.surface import _finer, in_order
from worldmap.photo import encoded
from worldmap.pipeline.export import export, has_pictures

NEAR = parse_area(f"{SITE.lat_deg + 7e-5},{SITE.lon_deg + 8e-5},4")
ENU_FROM_GLTF = np.array(((1, 0, 0), (0, 0, -1), (0, 1, 0)))


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """Two photos that both see a wall 8 m to the north and the ground at height 0."""
    return Street(tmp_path_factory.mktemp("street")).build([0.0, 1.0])


class Glb:
    """A binary glTF, read by the letter of its specification."""

    def __init__(self, content: bytes) -> None:
        magic, version, size = struct.unpack_from("<4sII", content)
        assert (magic, version, size) == (b"glTF", 2, len(content))
        count = struct.unpack_from("<I", content, 12)[0]
        self.json: dict[str, Any] = json.loads(content[20 : 20 + count])
        self.body = content[28 + count :]

    def values(self, accessor: int) -> np.ndarray:
        told = self.json["accessors"][accessor]
        view = self.json["bufferViews"][told["bufferView"]]
        wide = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[told["type"]]
        kind = {5123: "<u2", 5125: "<u4", 5126: "<f4"}[told["componentType"]]
        found = np.frombuffer(self.body, kind, told["count"] * wide, view["byteOffset"])
        return found.reshape(-1, wide)

    @property
    def primitive(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["meshes"][0]["primitives"][0]
        return found

    def enu(self) -> np.ndarray:
        xyz = self.values(self.primitive["attributes"]["POSITION"]).astype(np.float64)
        return np.asarray(xyz @ ENU_FROM_GLTF.T)


@pytest.mark.nightly
def test_a_mesh_lies_on_what_photos_agree_on(street: Street, tmp_path: Path) -> None:
    out = tmp_path / "a.glb"
    made = export(street.map_dir, NEAR, out)
    glb = Glb(out.read_bytes())
    faces = glb.values(glb.primitive["indices"]).reshape(-1, 3)
    assert made.triangles == len(faces) > 100
    xyz = glb.enu()
    off_m = np.minimum(np.abs(xyz[:, 1] - WALL_M), np.abs(xyz[:, 2]))
    assert np.percentile(off_m, 95) < 0.05
    # Fronts face the cameras.
    normal = np.cross(*(xyz[faces[:, k]] - xyz[faces[:, 0]] for k in (1, 2)))
    wall = np.abs(xyz[faces].mean(axis=1)[:, 1] - WALL_M) < 0.02
    assert np.median(normal[wall, 1] / np.linalg.norm(normal[wall], axis=1)) < -0.9
    about = glb.json["nodes"][0]["extras"]["worldmap"]
    assert about["origin_wgs84"]["lat_deg"] == SITE.lat_deg
    matrix = np.array(glb.json["nodes"][1]["matrix"]).reshape(4, 4).T
    # y up to z up: x, -z, y.
    here = matrix[:3, 3] @ ENU_FROM_GLTF.T
    assert here == pytest.approx(ecef_from_geodetic(SITE.lat_deg, SITE.lon_deg, SITE.height_m))
    view = glb.json["bufferViews"][glb.json["images"][0]["bufferView"]]
    picture = glb.body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    assert Image.open(io.BytesIO(picture)).size[0] > 16
    assert json.loads((tmp_path / "a.georeference.json").read_text())["axes"].startswith("east")
    assert (tmp_path / "a.prj").read_text().startswith("PROJCS")


@pytest.mark.parametrize("name", ["a.obj", "a.ply"])
def test_other_programs_read_the_mesh(tmp_path: Path, name: str) -> None:
    import open3d

    xyz = np.array(((0, 8, 0), (1, 8, 0), (1, 8, 2), (0, 8, 2)), dtype=np.float64)
    part = MeshPart(
        xyz_enu=xyz,
        normal_enu=np.tile((0.0, -1.0, 0.0), (4, 1)),
        uv=np.array(((0, 1), (1, 1), (1, 0), (0, 0)), dtype=np.float64),
        faces=np.array(((0, 1, 2), (0, 2, 3))),
        picture=encoded(np.full((8, 8, 3), 90, dtype=np.uint8), "JPEG"),
        media_type="image/jpeg",
    )
    rgb = np.array(((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)), dtype=np.uint8)
    files = {"a.ply": mesh_ply([(part, rgb), (part, rgb)]), **obj_files("a", [part, part])}
    for other, content in files.items():
        (tmp_path / other).write_bytes(content)
    found = open3d.io.read_triangle_mesh(tmp_path / name)
    assert len(found.triangles) == 4
    assert np.asarray(found.vertices).max(axis=0) == pytest.approx((1, 8, 2))
    if name == "a.ply":
        assert np.asarray(found.vertex_colors)[:4] * 255 == pytest.approx(rgb.astype(float))
    else:
        assert [np.asarray(texture).shape for texture in found.textures][-1] == (8, 8, 3)
        # Open3D counts as OBJ does, from the lower left.
        assert np.asarray(found.triangle_uvs)[0] == pytest.approx((0, 0))


def test_the_same_surface_becomes_the_same_triangles() -> None:
    """In whatever order threads found them: corners, triangles, and where each begins."""
    rng = np.random.default_rng(4)
    xyz = rng.normal(size=(40, 3))
    faces = np.array([rng.choice(40, 3, replace=False) for _ in range(60)])
    place = rng.permutation(40)
    moved = np.empty_like(xyz)
    moved[place] = xyz
    turned = np.array([np.roll(face, rng.integers(3)) for face in place[faces]])
    found = [in_order(xyz, faces), in_order(moved, turned[rng.permutation(60)])]
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)
    # The same corners, and the same way round.
    corners = [np.sort(a[b].reshape(60, -1), axis=0) for a, b in ((xyz, faces), found[0])]
    assert np.allclose(np.sort(corners[0].ravel()), np.sort(corners[1].ravel()))

    def up(xyz: np.ndarray, faces: np.ndarray) -> np.ndarray:
        a, b, c = (xyz[faces[:, k]] for k in range(3))
        return np.asarray(np.cross(b - a, c - a).sum(axis=0))

    assert np.allclose(up(xyz, faces), up(*found[0]))


def test_between_pixels_of_a_plane_its_depth_is_exact() -> None:
    rows, columns = np.mgrid[0:12, 0:16] + 0.5
    plane = (1.0 / (0.2 + 0.004 * columns + 0.003 * rows)).astype(np.float32)
    plane[5, 7] = 0.0
    found = _finer(plane)
    fine_rows, fine_columns = (np.mgrid[0:36, 0:48] + 0.5) / 3
    expected = 1.0 / (0.2 + 0.004 * fine_columns + 0.003 * fine_rows)
    inner = np.zeros(found.shape, dtype=np.bool_)
    inner[3:-3, 3:-3] = True
    inner[12:21, 18:27] = False
    assert np.allclose(found[inner], expected[inner], rtol=1e-5)
    assert not found[15:18, 21:24].any()


def test_tiles_hold_each_point_once_where_it_is_on_earth(street: Street, tmp_path: Path) -> None:
    out = tmp_path / "tiles"
    made = export(street.map_dir, Everywhere(), out, kind="tiles3d")
    tileset = json.loads((out / "tileset.json").read_text())
    assert tileset["asset"]["version"] == "1.1"
    parts = []

    def walk(node: dict[str, Any], to_ecef: np.ndarray, error_m: float) -> None:
        to_ecef = to_ecef @ np.array(node.get("transform", np.eye(4).ravel())).reshape(4, 4).T
        assert node["geometricError"] <= error_m
        if "content" in node:
            xyz = Glb((out / node["content"]["uri"]).read_bytes()).enu()
            box = np.array(node["boundingVolume"]["box"])
            half = np.diag(box[3:].reshape(3, 3))
            assert (np.abs(xyz - box[:3]) <= half).all()
            parts.append(xyz @ to_ecef[:3, :3].T + to_ecef[:3, 3])
        for child in node.get("children", []):
            walk(child, to_ecef, node["geometricError"])
        assert node.get("children") or node["geometricError"] == 0

    walk(tileset["root"], np.eye(4), tileset["geometricError"])
    found = np.concatenate(parts)
    tiles = street.tiles()
    own = [ecef_from_geodetic(*geodetic_from_projected(t.cloud.xyz, t.epsg)) for t in tiles]
    expected = np.concatenate(own)
    assert len(found) == len(expected) == made.points
    assert np.allclose(np.sort(found, axis=0), np.sort(expected, axis=0), atol=2e-3)
    sphere = np.array(tileset["root"]["boundingVolume"]["sphere"])
    assert np.linalg.norm(found - sphere[:3], axis=1).max() <= sphere[3]


@pytest.mark.nightly
def test_the_surface_goes_into_tiles_too(street: Street, tmp_path: Path) -> None:
    out = tmp_path / "tiles"
    export(street.map_dir, Everywhere(), out, kind="tiles3d-mesh")
    names = [path.name for path in out.glob("*_mesh.glb")]
    assert names
    text = (out / "tileset.json").read_text()
    assert all(name in text for name in names)
    assert Glb((out / names[0]).read_bytes()).primitive["mode"] == 4


def test_splats_are_discs_on_their_surface_in_both_formats(street: Street, tmp_path: Path) -> None:
    made = export(street.map_dir, Everywhere(), tmp_path / "a.splat.ply")
    export(street.map_dir, Everywhere(), tmp_path / "a.spz")
    head, _, body = (tmp_path / "a.splat.ply").read_bytes().partition(b"end_header\n")
    assert f"element vertex {made.points}".encode() in head
    names = [line.split()[2].decode() for line in head.splitlines() if line.startswith(b"prop")]
    told = dict(zip(names, np.frombuffer(body, "<f4").reshape(-1, len(names)).T, strict=True))
    xyz = np.column_stack([told[name] for name in "xyz"])
    w, x, y, z = (told[f"rot_{k}"].astype(np.float64) for k in range(4))
    normal = np.column_stack((2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)))
    flat = told["scale_2"] < told["scale_0"] - 0.1
    wall = flat & (np.abs(xyz[:, 1] - WALL_M) < 0.02) & (xyz[:, 2] > 0.5)
    assert np.median(normal[wall, 1]) < -0.99

    packed = gzip.decompress((tmp_path / "a.spz").read_bytes())
    magic, version, count, degree, bits = struct.unpack_from("<IIIBB", packed)
    assert (magic, version, count, degree) == (0x5053474E, 2, made.points, 0)
    raw = np.frombuffer(packed, np.uint8, offset=16)
    assert len(raw) == count * (9 + 1 + 3 + 3 + 3)
    three = raw[: 9 * count].reshape(-1, 3, 3).astype(np.int64) @ (1, 256, 65536)
    place = np.where(three >= 1 << 23, three - (1 << 24), three) / 2.0**bits
    assert np.abs(place @ ENU_FROM_GLTF.T - xyz).max() <= 0.5001 / 4096 + 1e-6
    scale = raw[13 * count : 16 * count].reshape(-1, 3) / 16.0 - 10
    assert np.abs(scale[:, 0] - told["scale_0"]).max() < 0.04
    x, y, z = (raw[16 * count :].reshape(-1, 3) / 127.5 - 1).T
    w = np.sqrt(np.clip(1 - x * x - y * y - z * z, 0, 1))
    axis = np.column_stack((2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)))
    assert np.median((axis @ ENU_FROM_GLTF.T)[wall, 1]) < -0.98


def test_without_xatlas_the_extra_is_named(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xatlas", None)
    with pytest.raises(UsageError, match=r"worldmap\[mesh\]"):
        export(street.map_dir, Everywhere(), tmp_path / "a.glb")
    assert not list(tmp_path.iterdir())


def test_what_shows_photos_and_what_has_its_own_frame(street: Street, tmp_path: Path) -> None:
    assert has_pictures(Path("a.glb"), None)
    assert not has_pictures(Path("a.spz"), None)
    with pytest.raises(FormatError, match="is named as"):
        has_pictures(Path("a.glb"), "spz")
    for name in ("a.glb", "a.spz", "a.splat.ply"):
        with pytest.raises(UsageError, match="frame of its own"):
            export(street.map_dir, Everywhere(), tmp_path / name, epsg=32633)
