"""References that a map is laid onto, as their files hold them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from worldmap.errors import CrsError, InputError
from worldmap.raster import Grid
from worldmap.raster.geotiff import Bands, raster_file
from worldmap.records import SurveyKind
from worldmap.survey.geotiff import read_heights
from worldmap.survey.outlines import read_outlines
from worldmap.vector_file import write_lines

EVERYWHERE = (-1e9, -1e9, 1e9, 1e9)
RING = [(13.0, 55.0), (13.001, 55.0), (13.001, 55.001), (13.0, 55.0)]


def everywhere(_: int) -> tuple[float, float, float, float]:
    return EVERYWHERE


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("crs", [None, "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_outlines_of_geojson(tmp_path: Path, crs: str | None) -> None:
    hole = [(x + 1e-4, y + 1e-5) for x, y in RING]
    polygon = {"type": "Polygon", "coordinates": [RING, hole]}
    line = {"type": "LineString", "coordinates": RING[:2]}
    both = {"type": "GeometryCollection", "geometries": [polygon, line]}
    features = [
        {"type": "Feature", "properties": {}, "geometry": both},
        {"type": "Feature", "properties": {}, "geometry": None},
    ]
    content: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    found = read_outlines(written(tmp_path / "a.geojson", content), everywhere, epsg=None)
    assert (found.kind, found.epsg, found.vertical) == (SurveyKind.OUTLINES, 4326, None)
    assert len(found.xyz) == 2 * (3 + 3 + 1)
    np.testing.assert_allclose(found.xyz[:2, :2], RING[:2])
    near = read_outlines(tmp_path / "a.geojson", lambda _: (12.9, 55.0005, 13.2, 55.1), epsg=None)
    assert 0 < len(near.xyz) < len(found.xyz)


def test_outlines_of_a_geopackage(tmp_path: Path) -> None:
    line = np.array([(391_400.0, 5_819_900.0), (391_410.0, 5_819_900.0), (391_410.0, 5_819_905.0)])
    path = tmp_path / "a.gpkg"
    write_lines(path, [line, line + 5.0], {"z": np.zeros(2)}, epsg=32633, layer="walls")
    found = read_outlines(path, everywhere, epsg=None)
    assert found.epsg == 32633
    np.testing.assert_allclose(found.xyz[:4, :2], line[[0, 1, 1, 2]])
    assert len(found.xyz) == 8


@pytest.mark.parametrize("content", [[1], {"type": "Feature"}, {"features": 3}, 7])
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match="no outlines that can be read"):
        read_outlines(written(tmp_path / "a.json", content), everywhere, epsg=None)


def test_points_are_no_outlines_and_an_unknown_crs_is_told(tmp_path: Path) -> None:
    point: dict[str, object] = {"type": "Point", "coordinates": [13.0, 55.0]}
    with pytest.raises(InputError, match="neither polygons nor lines"):
        read_outlines(written(tmp_path / "a.json", point), everywhere, epsg=None)
    line: dict[str, object] = {"type": "LineString", "coordinates": RING}
    line["crs"] = {"type": "name", "properties": {"name": "of the town"}}
    with pytest.raises(CrsError, match="in which one CRS"):
        read_outlines(written(tmp_path / "b.json", line), everywhere, epsg=None)
    with pytest.raises(InputError, match="does not exist"):
        read_outlines(tmp_path / "c.json", everywhere, epsg=None)


def raster(path: Path, height: np.ndarray, *, epsg: int | None) -> Path:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550] = (0.5, 0.5, 0.0)
    tags[33922] = (0.0, 0.0, 0.0, 391_400.0, 5_819_900.0, 0.0)
    keys = [1, 1, 0, 2, 1025, 0, 1, 1, 3072, 0, 1, epsg or 32767]
    tags[34735] = tuple(keys)
    for tag, kind in ((33550, 12), (33922, 12), (34735, 3)):
        tags.tagtype[tag] = kind
    Image.fromarray(height.astype(np.float32)).save(path, "TIFF", tiffinfo=tags)
    return path


def test_heights_of_a_geotiff(tmp_path: Path) -> None:
    row, column = np.mgrid[0:20, 0:30]
    height = 40.0 + 0.1 * column + 0.2 * row
    found = read_heights(raster(tmp_path / "a.tif", height, epsg=32633), everywhere, epsg=None)
    assert (found.kind, found.epsg, found.cell_m) == (SurveyKind.HEIGHTS, 32633, 0.5)
    x, y, z = found.xyz.T
    # Cells are half a metre, and their heights are those of their middles.
    plane = 40.0 + 0.1 * (x - 391_400.25) / 0.5 + 0.2 * (5_819_899.75 - y) / 0.5
    np.testing.assert_allclose(z, plane, atol=1e-4)
    assert x.min() > 391_400
    assert x.max() < 391_415


def test_a_step_is_a_wall(tmp_path: Path) -> None:
    height = np.full((10, 10), 5.0)
    height[:, 5:] = 15.0
    found = read_heights(raster(tmp_path / "a.tif", height, epsg=32633), everywhere, epsg=None)
    wall = found.xyz[(found.xyz[:, 2] > 5.5) & (found.xyz[:, 2] < 14.5)]
    np.testing.assert_allclose(wall[:, 0], 391_402.5)


def test_a_raster_without_crs_or_that_is_none_is_told(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif", np.zeros((4, 4)), epsg=None)
    with pytest.raises(CrsError, match="in which CRS"):
        read_heights(path, everywhere, epsg=None)
    assert len(read_heights(path, everywhere, epsg=32633).xyz)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match="no raster of heights"):
        read_heights(path, everywhere, epsg=32633)


def test_heights_are_read_whole_where_the_box_has_no_end(tmp_path: Path) -> None:
    height = np.full((20, 20), 7.0)
    path = raster(tmp_path / "a.tif", height, epsg=32633)
    endless = (-np.inf, -np.inf, np.inf, np.inf)
    found = read_heights(path, lambda epsg: endless, epsg=None)
    assert len(found.xyz)


def test_heights_above_the_own_ellipsoid_of_a_crs_are_read(tmp_path: Path) -> None:
    """As `raster` writes them: the code of the geographic CRS of three dimensions."""
    grid = Grid(epsg=3035, gsd_m=0.5, west_index=9000000, north_index=6400000, rows=9, columns=9)
    bands = Bands(dtype="float32", count=1, unit="m", description="", vertical="ellipsoid")
    with raster_file(tmp_path / "a.tif", grid, bands) as file:
        file.write(grid.whole, np.full((9, 9), 7.0, dtype=np.float32))
    found = read_heights(tmp_path / "a.tif", everywhere, epsg=None)
    assert (found.epsg, found.vertical) == (3035, "ellipsoid")
