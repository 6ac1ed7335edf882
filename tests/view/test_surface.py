"""A mesh beside the points: that it lies where they do, on the page and as its server tells it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.helpers.browser import Watched, chromium
from tests.helpers.map_makers import SmallMap
from tests.helpers.page_server import served
from worldmap.area import parse_area
from worldmap.catalog import Catalog
from worldmap.exchange.gltf import MeshPart, mesh_glb
from worldmap.geodesy import Site, enu_from_projected
from worldmap.las import read_tile
from worldmap.photo import encoded
from worldmap.pipeline.export import export
from worldmap.view import Products, PublishedMap, shown_mesh

SQUARE = np.array(((-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)), dtype=np.float64)


def affine(told: list[float]) -> np.ndarray:
    return np.array(told).reshape(3, 4)


def corners(published: PublishedMap, told: dict[str, Any]) -> np.ndarray:
    """All corners of a surface in the ENU of the page, as a browser works them out."""
    matrix, parts = affine(told["enu_from_surface"]), []
    for part in told["parts"]:
        body = published.open(part["corners"]).content
        count, triangles = struct.unpack_from("<II", body)
        assert len(body) == 8 + 20 * count + 12 * triangles
        xyz = np.frombuffer(body, "<f4", 3 * count, offset=8).reshape(-1, 3)
        assert xyz.min(axis=0).tolist() == part["low"]
        parts.append(xyz @ matrix[:, :3].T + matrix[:, 3])
    return np.concatenate(parts)


def points_on_page(published: PublishedMap, map_dir: Path) -> np.ndarray:
    told = json.loads(published.document())
    site = Site(told["site"]["lat"], told["site"]["lon"], told["site"]["height_m"])
    with Catalog.open(map_dir, create=False) as catalog:
        tiles = [read_tile(map_dir / tile.path) for tile in catalog.tiles()]
    return np.concatenate([enu_from_projected(t.cloud.xyz, site, t.epsg) for t in tiles])


def test_a_mesh_lies_where_its_file_puts_it(small_map: SmallMap, tmp_path: Path) -> None:
    """A board about a site 3 km away: its corners are where it was put, to the millimetre."""
    middle = board(small_map, tmp_path / "board.glb")
    published = PublishedMap(
        small_map.map_dir, products=Products(meshes=[shown_mesh(tmp_path / "board.glb")])
    )
    (told,) = json.loads(published.document())["surfaces"]
    assert told["name"] == "board"
    assert corners(published, told) == pytest.approx(middle + SQUARE, abs=1e-3)
    (part,) = told["parts"]
    assert part["triangles"] == 2
    assert {part["corners"], part["picture"]} <= {*published.names()}
    picture = published.open(part["picture"])
    assert picture.media_type == "image/png"
    assert picture.content[:4] == b"\x89PNG"


@pytest.mark.nightly  # a mesh of a street takes half a minute
def test_the_mesh_of_the_demo_lies_on_its_points(small_map: SmallMap, tmp_path: Path) -> None:
    """As a map exports it: half of the points that photos agree on within half a voxel of it."""
    pytest.importorskip("xatlas")
    export(small_map.map_dir, parse_area("all"), tmp_path / "street.glb")
    published = PublishedMap(
        small_map.map_dir, products=Products(meshes=[shown_mesh(tmp_path / "street.glb")])
    )
    (told,) = json.loads(published.document())["surfaces"]
    places = sampled(published, told)
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        tiles = [read_tile(small_map.map_dir / tile.path) for tile in catalog.tiles()]
    agreed = np.concatenate([tile.cloud.support >= 3 for tile in tiles])
    points = points_on_page(published, small_map.map_dir)[agreed][:6000]
    tree = cKDTree(places)
    assert np.median(tree.query(points)[0]) < 0.05
    # And no longer where the mesh lies a voxel lower: most of it is ground.
    assert np.median(tree.query(points + np.array((0.0, 0.0, 0.1)))[0]) > 0.08


def sampled(published: PublishedMap, told: dict[str, Any]) -> np.ndarray:
    """Places all over a surface, one in nine square centimetres, in the ENU of the page."""
    rng, xyz = np.random.default_rng(0), corners(published, told)
    places, first = [], 0
    for part in told["parts"]:
        body = published.open(part["corners"]).content
        count, triangles = struct.unpack_from("<II", body)
        faces = np.frombuffer(body, "<u4", 3 * triangles, offset=8 + 20 * count).reshape(-1, 3)
        corner = xyz[first + faces]
        first += count
        sides = corner[:, 1:] - corner[:, :1]
        area_m2 = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
        share = area_m2 / area_m2.sum()
        row = rng.choice(len(faces), int(area_m2.sum() / 0.03**2), p=share)
        u, v = np.sqrt(rng.random((len(row), 1))), rng.random((len(row), 1))
        a, b, c = (corner[row, k] for k in range(3))
        places.append((1 - u) * a + u * (1 - v) * b + u * v * c)
    return np.concatenate(places)


def board(small_map: SmallMap, path: Path) -> np.ndarray:
    """A red board of 2 × 2 m across what the map's points are, as a mesh about a site of its own
    3 km away; its middle, in the ENU of the page."""
    published = PublishedMap(small_map.map_dir)
    points = points_on_page(published, small_map.map_dir)
    told = json.loads(published.document())["site"]
    page = Site(told["lat"], told["lon"], told["height_m"])
    there = Site(page.lat_deg + 0.02, page.lon_deg + 0.03, page.height_m - 12.0)
    middle = np.median(points, axis=0)
    part = MeshPart(
        xyz_enu=there.enu_from(page).apply(middle + SQUARE),
        normal_enu=np.tile((0.0, -1.0, 0.0), (4, 1)),
        uv=np.array(((0, 1), (1, 1), (1, 0), (0, 0)), dtype=np.float64),
        faces=np.array(((0, 1, 2), (0, 2, 3))),
        picture=encoded(np.full((16, 16, 3), (200, 30, 30), dtype=np.uint8), "PNG"),
        media_type="image/png",
    )
    path.write_bytes(mesh_glb([part], ecef_from_enu=there.ecef_from_enu.matrix, extras={}))
    return np.asarray(middle)


def redness(watched: Watched) -> float:
    """The share of the picture's middle that is the board's colour, shaded or not."""
    picture = watched.canvas().astype(int)
    return float((picture[..., 0] > 2 * picture[..., 1] + 40).mean())


@pytest.mark.nightly
def test_a_mesh_is_switched_beside_the_points(small_map: SmallMap, tmp_path: Path) -> None:
    x, y, z = board(small_map, tmp_path / "board.glb")
    with (
        served(small_map.map_dir, "--layer", str(tmp_path / "board.glb")) as server,
        chromium() as new_page,
    ):
        watched = new_page(viewport={"width": 900, "height": 560})
        watched.open(f"{server.url}#view=cloud&points=off&at={x},{y - 4},{z},{x},{y},{z}")
        watched.wait("worldmap.scene.surfaces.parts.every((part) => part.mesh)")
        watched.drawn()
        assert redness(watched) > 0.2
        watched.shot("mesh-alone")
        # A click meets it where it is: its corners went about another site and back.
        met = watched.ask(
            "(({ scene }) => scene.pointAt(scene.width / 2, scene.height / 2))(worldmap)"
        )
        at = [met["position"][axis] for axis in "xyz"]
        assert at == pytest.approx([x, y, z], abs=0.01)
        box = watched.page.locator("#canvas").bounding_box()
        watched.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert watched.page.locator("#info h2").text_content() == "Surface"
        drawn = "worldmap.scene.cloud.shownPoints"
        assert watched.ask(drawn) == 0
        watched.page.uncheck("#surfaces input")
        watched.drawn()
        assert redness(watched) < 0.01
        watched.page.check("#dots")
        watched.wait(f"{drawn} > 0")
        watched.drawn()
        watched.page.check("#surfaces input")
        watched.drawn()
        assert redness(watched) > 0.02
        # What the clip box leaves out is not drawn, nor met.
        watched.ask(
            f"worldmap.scene.cloud.material.uniforms.clipHigh.value.set(1e9, {y - 0.1}, 1e9)"
        )
        watched.ask("worldmap.showPoints(false)")
        watched.drawn()
        assert redness(watched) < 0.01
        assert watched.ask("worldmap.scene.pointAt(worldmap.scene.width / 2, 200)") is None
        assert watched.errors == []
