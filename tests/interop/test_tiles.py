"""Tiles as others read them: npm's copc (laz-perf, C++), loaders.gl (its own header and point
parsers), LASzip (C++) and, for the CRS, GDAL. Our own numbers are those of the points before they
were written.

Of these only loaders.gl shares code with us: it unpacks LAZ with the Rust crate (laz 0.5) that a
later version of lazrs, with which we pack, is made of. GDAL and QGIS of Debian read no LAS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.map_makers import SmallMap
from tests.helpers.other_programs import (
    needs_gdal,
    needs_node,
    needs_qgis,
    read_by_node,
    run_system_python,
)
from tests.las.test_copc import in_one_place, street
from worldmap.catalog import Catalog
from worldmap.geodesy import Vertical, compound_wkt1, geodetic_from_projected
from worldmap.las import read_tile, write_tile
from worldmap.records import TilePoints

SUFFIXES = (".las", ".laz", ".copc.laz")


@dataclass(frozen=True)
class Written:
    """A file and the points that it was made of."""

    path: Path
    points: TilePoints

    @property
    def bounds_m(self) -> list[float]:
        xyz = self.points.cloud.xyz
        return [*xyz.min(axis=0), *xyz.max(axis=0)]

    @property
    def mean_rgb(self) -> list[float]:
        return list(self.points.cloud.rgb.mean(axis=0))

    @property
    def ground(self) -> int:
        return int(self.points.classification.astype(int).sum())


@pytest.fixture(scope="module")
def written(small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """What merge wrote, the same tiles in every format, and tiles at the edge of what there is."""
    folder = tmp_path_factory.mktemp("tiles")
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        tiles = catalog.tiles()
    merged = [read_tile(small_map.map_dir / tile.path) for tile in tiles]
    found = [
        Written(small_map.map_dir / file.path, points)
        for tile, points in zip(tiles, merged, strict=True)
        for file in tile.files
    ]
    assert {w.path.name.partition(".")[2] for w in found} == {"laz", "copc.laz"}
    # 120 000 points: more than one chunk of LAZ, more than one node of COPC.
    edges = [street(1), street(2), in_one_place(3000), street(120_000)]
    for i, points in enumerate([*merged, *edges]):
        for suffix in SUFFIXES:
            path = folder / f"{i}{suffix}"
            write_tile(path, points)
            found.append(Written(path, points))
    return found


def agree(found: list[dict[str, Any]], written: list[Written], *, white: int) -> None:
    """Count, bounds, classes and mean colour; white: what the reader has for 255."""
    assert len(found) == len(written) > 0
    for seen, ours in zip(found, written, strict=True):
        count = len(ours.points)
        assert seen["header"] == seen["points"] == count, ours.path
        for low, high in (("min", "max"), ("low", "high")):
            bounds_m = [*seen[low], *seen[high]]
            # Half a millimetre from rounding to the file's millimetres.
            assert bounds_m == pytest.approx(ours.bounds_m, abs=0.000501), ours.path
        mean = [seen["sums"][name] / count * 255 / white for name in ("Red", "Green", "Blue")]
        assert mean == pytest.approx(ours.mean_rgb, abs=1e-6), ours.path
        assert seen["sums"]["Classification"] == ours.ground, ours.path


@needs_node
def test_npm_copc_sees_the_same(written: list[Written]) -> None:
    found = read_by_node("read_copc.cjs", [w.path for w in written])
    agree(found, written, white=65535)
    for seen, ours in zip(found, written, strict=True):
        assert seen["extra"] == ["photo_id", "support", "sigma_mm"]
        assert seen["sums"]["photo_id"] == ours.points.cloud.photo_id.astype(int).sum()
        assert seen["outside"] == 0


@needs_node
def test_loaders_gl_sees_the_same(written: list[Written]) -> None:
    """COPC only where it has one node: see read_loaders.mjs."""
    readable = [
        w for w in written if not (w.path.name.endswith(".copc.laz") and len(w.points) > 10_000)
    ]
    assert {"".join(w.path.suffixes[-2:]) for w in readable} >= {".las", ".laz", ".copc.laz"}
    agree(read_by_node("read_loaders.mjs", [w.path for w in readable]), readable, white=255)


def unzipped(path: Path) -> dict[str, Any]:
    """What LASzip finds, in the words of the scripts for node."""
    laszip = pytest.importorskip("laszip", reason="the laszip package is not installed")
    with path.open("rb") as stream:
        unzipper = laszip.LasUnZipper(stream)
        head = unzipper.header
        count, size = head.extended_number_of_point_records, head.point_data_record_length
        records = np.zeros((count, size), dtype=np.uint8)
        unzipper.decompress_into(records.reshape(-1))
    # Point format 7 by LAS 1.4: coordinates first, class at byte 16, colour from byte 30.
    assert head.point_data_format & 0x3F == 7
    steps = np.ascontiguousarray(records[:, :12]).view("<i4")
    scale = (head.x_scale_factor, head.y_scale_factor, head.z_scale_factor)
    xyz = steps * np.array(scale) + np.array((head.x_offset, head.y_offset, head.z_offset))
    rgb = np.ascontiguousarray(records[:, 30:36]).view("<u2").astype(int)
    return {
        "header": count,
        "points": len(xyz),
        "min": [head.min_x, head.min_y, head.min_z],
        "max": [head.max_x, head.max_y, head.max_z],
        "low": xyz.min(axis=0),
        "high": xyz.max(axis=0),
        "sums": {
            **dict(zip(("Red", "Green", "Blue"), rgb.sum(axis=0), strict=True)),
            "Classification": int(records[:, 16].astype(int).sum()),
        },
    }


def test_laszip_sees_the_same(written: list[Written]) -> None:
    agree([unzipped(w.path) for w in written], written, white=65535)


# --- where it is --------------------------------------------------------------------------------

SAYS_WHERE = """
import json, sys
from osgeo import osr
osr.UseExceptions()
for line in open(sys.argv[1]):
    wkt, *xyz = json.loads(line)
    crs, degrees = osr.SpatialReference(wkt), osr.SpatialReference()
    degrees.ImportFromEPSG(4979)
    flat = crs.Clone()
    flat.DemoteTo2D()
    # It takes heights above the ellipsoid for a third axis, and then forgets the code of the rest.
    matches = [(known.GetAuthorityCode(None), confidence)
               for known, confidence in flat.FindMatches()
               if known.GetAuthorityName(None) == "EPSG"]
    # As LAS has them, whatever the order of the axes: x is easting.
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    print(json.dumps({
        "matches": matches, "projected": crs.IsProjected(), "compound": crs.IsCompound(),
        "axes": crs.GetAxesCount(), "vertical": crs.GetAttrValue("VERT_CS", 0),
        "lat_lon_height": osr.CoordinateTransformation(crs, degrees).TransformPoint(*xyz),
    }))
"""


def gdal_says_where(
    asked: Sequence[tuple[str, float, float, float]], folder: Path
) -> Iterator[dict[str, Any]]:
    """For each WKT what GDAL makes of it, and where it has x, y, z."""
    questions = folder / "questions"
    questions.write_text("\n".join(json.dumps(line) for line in asked))
    said = run_system_python("-c", SAYS_WHERE, questions, home=folder)
    return map(json.loads, said.splitlines())


def in_crs(points: TilePoints, epsg: int, height_m: float) -> TilePoints:
    """Points of the same numbers elsewhere."""
    xyz = points.cloud.xyz.copy()
    xyz[:, 2] += height_m
    return replace(points, cloud=replace(points.cloud, xyz=xyz), epsg=epsg)


@needs_node
@needs_gdal
@pytest.mark.parametrize("vertical", ["ellipsoid", "msl"])
def test_gdal_knows_where_tiles_are(tmp_path: Path, vertical: Vertical) -> None:
    """The CRS by way of npm's copc: UTM on both halves of the earth, and both UPS zones."""
    codes = [epsg for epsg in (32633, 32719, 32661, 32761) for _ in SUFFIXES]
    tiles = [in_crs(street(10), epsg, 500.0) for epsg in codes]
    paths = [tmp_path / f"{epsg}{SUFFIXES[i % 3]}" for i, epsg in enumerate(codes)]
    for path, points in zip(paths, tiles, strict=True):
        write_tile(path, points, vertical=vertical)
    seen = read_by_node("read_copc.cjs", paths)
    asked = [(s["wkt"], *t.cloud.xyz[0].tolist()) for s, t in zip(seen, tiles, strict=True)]
    for found, points in zip(gdal_says_where(asked, tmp_path), tiles, strict=True):
        assert found["projected"]
        assert found["matches"] == [[str(points.epsg), 100]]
        if vertical == "ellipsoid":
            assert (found["axes"], found["compound"]) == (3, 0)
        else:
            assert (found["compound"], found["vertical"]) == (1, "EGM96 height")
        lat_deg, lon_deg, height_m = geodetic_from_projected(points.cloud.xyz[:1], points.epsg)
        # 9e-9 degrees are 1 mm.
        lat_found, lon_found, height_found = found["lat_lon_height"]
        assert lat_found == pytest.approx(lat_deg[0], abs=9e-9)
        assert lon_found == pytest.approx(lon_deg[0], abs=9e-9 / np.cos(np.radians(lat_deg[0])))
        if vertical == "ellipsoid":
            # Above mean sea level it would need a grid that Debian does not bring.
            assert height_found == pytest.approx(height_m[0], abs=1e-6)


@needs_node
@needs_gdal
def test_gdal_knows_where_the_map_is(small_map: SmallMap, tmp_path: Path) -> None:
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        tiles = catalog.tiles()
    files = [(tile, small_map.map_dir / file.path) for tile in tiles for file in tile.files]
    seen = read_by_node("read_copc.cjs", [path for _, path in files])
    asked = [(s["wkt"], *s["min"]) for s in seen]
    for (tile, _), s, found in zip(files, seen, gdal_says_where(asked, tmp_path), strict=True):
        assert s["header"] == tile.points
        assert [*s["min"], *s["max"]] == pytest.approx(tile.bounds_m, abs=1e-9)
        assert found["matches"] == [[str(tile.key.epsg), 100]]


QGIS_SAYS_WHERE = """
import json, sys
from qgis.core import (QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform,
                       QgsPointXY, QgsProject)
application = QgsApplication([], False)
application.initQgis()
def say(line):
    wkt, x, y = json.loads(line)
    crs = QgsCoordinateReferenceSystem.fromWkt(wkt)
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    found = QgsCoordinateTransform(crs, degrees, QgsProject.instance()).transform(QgsPointXY(x, y))
    print(json.dumps([crs.isValid(), crs.authid(), crs.description(), found.y(), found.x()]))
for line in open(sys.argv[1]):
    say(line)
application.exitQgis()
"""


@needs_qgis
@pytest.mark.parametrize("vertical", ["ellipsoid", "msl"])
def test_qgis_knows_where_tiles_are(tmp_path: Path, vertical: Vertical) -> None:
    """By the text in the files, because Debian's QGIS 3.22 opens no LAS itself."""
    xyz = street(1).cloud.xyz
    codes, names = (32633, 32719, 32661, 32761), ("33N", "19S", "North", "South")
    questions = tmp_path / "questions"
    asked = [[compound_wkt1(epsg, vertical), *xyz[0, :2].tolist()] for epsg in codes]
    questions.write_text("\n".join(map(json.dumps, asked)))
    said = run_system_python("-c", QGIS_SAYS_WHERE, questions, home=tmp_path).splitlines()
    for epsg, name, line in zip(codes, names, said, strict=True):
        valid, code, description, lat_found, lon_found = json.loads(line)
        assert valid
        assert name in description
        # GDAL, which QGIS asks, knows three-dimensional systems by no code.
        assert code in (f"EPSG:{epsg}", *([""] if vertical == "ellipsoid" else []))
        lat_deg, lon_deg, _ = geodetic_from_projected(xyz, epsg)
        assert lat_found == pytest.approx(lat_deg[0], abs=9e-9)
        assert lon_found == pytest.approx(lon_deg[0], abs=9e-9 / np.cos(np.radians(lat_deg[0])))
