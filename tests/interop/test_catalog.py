"""A merged map's catalog in GDAL and QGIS: what they see, what it looks like, and that the map
lives on after they edited it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from tests.helpers.other_programs import (
    INTEROP,
    needs_gdal,
    needs_qgis,
    needs_validator,
    run_system_python,
    system_python_has,
    validator_says,
)
from worldmap.catalog import Catalog, geometry
from worldmap.cli.exits import ExitCode
from worldmap.records import PhotoStatus, PlacedPose

LAYERS = ("photos", "footprints", "tiles")
needs_ogrinfo = pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="ogrinfo is not here (Debian: gdal-bin)"
)


def ogrinfo(*arguments: str | Path) -> str:
    """What GDAL's ogrinfo prints; warnings are errors."""
    done = subprocess.run(
        ["ogrinfo", *arguments], capture_output=True, text=True, check=False, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def boxes(map_dir: Path) -> dict[str, tuple[float, ...]]:
    """West, south, east, north of each layer, from its geometries alone."""
    found = {}
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as connection:
        for layer in LAYERS:
            blobs = connection.execute(f"SELECT geom FROM {layer} WHERE geom NOT NULL")
            bounds = [geometry.bounds(geometry.from_geopackage(blob)) for (blob,) in blobs]
            west, south, east, north = np.array(bounds).T
            found[layer] = (west.min(), south.min(), east.max(), north.max())
    return found  # type: ignore[return-value]


def counts(map_dir: Path) -> dict[str, int]:
    with Catalog.open(map_dir, create=False) as catalog:
        placed = [pose for pose in catalog.poses() if isinstance(pose, PlacedPose)]
        return {
            "photos": len(catalog.photos()),
            "footprints": len(placed),
            "tiles": len(catalog.tiles(empty=True)),
        }


@needs_gdal
@needs_validator
def test_the_validator_finds_nothing_in_a_merged_map(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    assert validator_says(again.map_dir / "catalog.gpkg") == ""
    with closing(sqlite3.connect(again.map_dir / "catalog.gpkg")) as connection:
        connection.execute("UPDATE gpkg_contents SET data_type = 'point cloud'")
        connection.commit()
    with pytest.raises(AssertionError, match="Unexpected data types"):
        assert validator_says(again.map_dir / "catalog.gpkg") == ""


@needs_ogrinfo
def test_ogrinfo_sees_the_layers(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    box, count = boxes(again.map_dir), counts(again.map_dir)
    for layer, kind in zip(LAYERS, ("Point", "Multi Polygon", "Multi Polygon"), strict=True):
        said = ogrinfo("-so", "-ro", "-nocount", again.map_dir / "catalog.gpkg", layer)
        said += ogrinfo("-so", "-ro", again.map_dir / "catalog.gpkg", layer)
        assert f"Geometry: {kind}\n" in said
        assert f"Feature Count: {count[layer]}\n" in said
        assert 'ID["EPSG",4326]' in said
        (extent,) = set(re.findall(r"^Extent: (.*)$", said, re.MULTILINE))
        # It prints six digits.
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", extent)]
        assert numbers == pytest.approx(box[layer], abs=6e-7)
    west, south, east, north = box["photos"]
    around = ["-spat", *map(str, (west - 1e-5, south - 1e-5, east + 1e-5, north + 1e-5))]
    near = ogrinfo("-so", "-ro", *around, again.map_dir / "catalog.gpkg", "photos")
    assert f"Feature Count: {count['photos']}\n" in near
    far = ogrinfo(
        "-so", "-ro", "-spat", "0", "0", "1", "1", again.map_dir / "catalog.gpkg", "photos"
    )
    assert "Feature Count: 0\n" in far


@needs_ogrinfo
def test_the_map_lives_on_after_edits_by_gdal(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    gpkg = again.map_dir / "catalog.gpkg"
    assert Ran("verify", "--map", again.map_dir).code == 0
    names = again.names
    renamed, gone = sorted(names)[:2]
    ogrinfo("-q", gpkg, "-sql", f"UPDATE photos SET artist = 'Åsa' WHERE id = {renamed}")
    assert Ran("verify", "--map", again.map_dir).code == 0
    ogrinfo("-q", gpkg, "-sql", f"DELETE FROM photos WHERE id = {gone}")
    assert counts(again.map_dir)["photos"] == len(names) - 1
    status = Ran("status", "--map", again.map_dir, "--json")
    assert status.code == 0, status.err
    assert status.summary["photos"] == len(names) - 1
    verified = Ran("verify", "--map", again.map_dir)
    assert verified.code == ExitCode.OFF
    assert "worldmap merge" in verified.out
    # What verify says heals it.
    again.merge_again()
    assert Ran("gc", "--map", again.map_dir).code == 0
    assert Ran("verify", "--map", again.map_dir).code == 0
    assert {photo.metadata.artist for photo in again.photos} == {"Åsa", None}
    if system_python_has("osgeo_utils"):
        assert validator_says(gpkg) == ""


@needs_ogrinfo
def test_ogr2ogr_takes_layers_elsewhere(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    out = tmp_path / "photos.geojson"
    subprocess.run(
        ["ogr2ogr", out, again.map_dir / "catalog.gpkg", "photos"], check=True, capture_output=True
    )
    features = json.loads(out.read_text())["features"]
    with Catalog.open(again.map_dir, create=False) as catalog:
        site = catalog.site()
        poses = {pose.photo_id: pose for pose in catalog.poses()}
    assert site is not None
    assert len(features) == len(again.photos)
    for feature in features:
        (found,) = (
            p for p in again.photos if str(p.metadata.path) == feature["properties"]["path"]
        )
        pose = poses[found.photo_id]
        assert feature["properties"]["status"] == "placed"
        assert isinstance(pose, PlacedPose)
        lat_deg, lon_deg, _ = site.geodetic_from_enu(pose.enu_from_cam.translation_m)
        assert feature["geometry"]["coordinates"] == pytest.approx(
            [float(lon_deg), float(lat_deg)], abs=1e-7
        )


# --- QGIS ---------------------------------------------------------------------------------------

QGIS_EDIT = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
def edit(path, photo_id):
    photos = QgsVectorLayer(path + "|layername=photos", "photos", "ogr")
    assert photos.startEditing()
    photo = next(photos.getFeatures(f'"id" = {photo_id}'))
    assert photos.changeAttributeValue(photo.id(), photos.fields().indexOf("artist"), "Åsa")
    assert photos.commitChanges(), photos.commitErrors()
edit(*sys.argv[1:])
application.exitQgis()
"""
GREEN, RED, GREY = "#1b7837", "#d73027", "#787878"


def pixels(png: Path) -> NDArray[np.int16]:
    with Image.open(png) as image:
        return np.asarray(image.convert("RGB")).astype(np.int16)


def painted(picture: NDArray[np.int16], colour: str) -> int:
    """Number of pixels that have a colour."""
    rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((picture == rgb).all(axis=2).sum())


def drawn(map_dir: Path, png: Path, layer: str) -> dict[str, Any]:
    with Catalog.open(map_dir, create=False) as catalog:
        epsg = catalog.tiles()[0].key.epsg
    script, gpkg = INTEROP / "render_qgis.py", map_dir / "catalog.gpkg"
    said = run_system_python(script, gpkg, png, str(epsg), layer, home=png.parent)
    found: dict[str, Any] = json.loads(said)
    assert found["drawn"]
    assert found["errors"] == []
    return found


@needs_qgis
def test_qgis_draws_a_merged_map(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    box, count = boxes(again.map_dir), counts(again.map_dir)
    found = drawn(again.map_dir, tmp_path / "tiles.png", "tiles")
    for layer in LAYERS:
        seen = found["layers"][layer]
        assert (seen["valid"], seen["crs"], seen["features"]) == (True, "EPSG:4326", count[layer])
        # A hundredth of a millimetre.
        assert seen["extent"] == pytest.approx(box[layer], abs=1e-10)
        assert seen["renderer"] == "categorizedSymbol"
        assert seen["map_tip"]
    assert found["layers"]["photos"]["labels"]
    assert found["layers"]["tiles"]["labels"]
    picture = pixels(tmp_path / "tiles.png")
    assert picture.shape == (900, 1200, 3)
    # The tiles' outlines and writing, photos as dots, what they see as a bluish haze; no rest.
    # A line may lie between two pixels, so that neither has all of its colour.
    dark = picture.max(axis=2) < 170
    assert 1000 < dark.sum() < 50_000
    assert 100 < painted(picture, GREEN) < 5000
    assert painted(picture, RED) == 0
    haze = (picture[..., 2] - picture[..., 0] > 8) & (picture.min(axis=2) > 120)
    assert 0.01 < haze.mean() < 0.5
    assert (picture.min(axis=2) > 250).mean() > 0.5
    # A tile is 100 m: its western and eastern edges are this far apart.
    with Catalog.open(again.map_dir, create=False) as catalog:
        columns = [tile.key.east_m for tile in catalog.tiles()]
    edges = np.flatnonzero(dark.mean(axis=0) > 0.5)
    assert np.ptp(edges) * found["metres_per_pixel"] == pytest.approx(
        max(columns) - min(columns) + 100, abs=3 * found["metres_per_pixel"]
    )


@needs_qgis
def test_qgis_tells_apart_what_is_what(small_map: SmallMap, tmp_path: Path) -> None:
    """Photos in green, red and grey, with a pointer where the heading is known; stale tiles."""
    again = small_map.copied(tmp_path)
    first, second = sorted(again.names)[:2]
    with closing(sqlite3.connect(again.map_dir / "catalog.gpkg")) as connection:
        geometry.register_functions(connection)
        for status, photo_id in ((PhotoStatus.UNPLACED, first), (PhotoStatus.INGESTED, second)):
            connection.execute("UPDATE photos SET status = ? WHERE id = ?", (status, photo_id))
        connection.commit()
    drawn(again.map_dir, tmp_path / "before.png", "photos")
    before = pixels(tmp_path / "before.png")
    placed = len(again.names) - 2
    assert painted(before, GREEN) == pytest.approx(placed * painted(before, RED), rel=0.2)
    assert painted(before, GREY) > 20
    with closing(sqlite3.connect(again.map_dir / "catalog.gpkg")) as connection:
        geometry.register_functions(connection)
        connection.execute("UPDATE tiles SET stale = 1")
        connection.execute("UPDATE photos SET heading_deg = NULL")
        connection.commit()
    drawn(again.map_dir, tmp_path / "pointless.png", "photos")
    pointless = pixels(tmp_path / "pointless.png")
    assert 0.5 < painted(pointless, GREEN) / painted(before, GREEN) < 0.9
    drawn(again.map_dir, tmp_path / "stale.png", "tiles")
    stale = pixels(tmp_path / "stale.png")
    assert (stale[..., 0] - stale[..., 2] > 20).mean() > 0.3


@needs_qgis
def test_the_map_lives_on_after_an_edit_by_qgis(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    edited = min(again.names)
    gpkg = again.map_dir / "catalog.gpkg"
    run_system_python("-c", QGIS_EDIT, gpkg, str(edited), home=tmp_path)
    artists = {photo.photo_id: photo.metadata.artist for photo in again.photos}
    assert {photo_id for photo_id, artist in artists.items() if artist == "Åsa"} == {edited}
    assert Ran("verify", "--map", again.map_dir).code == 0
    assert Ran("status", "--map", again.map_dir).code == 0
    if system_python_has("osgeo_utils"):
        assert validator_says(gpkg) == ""
