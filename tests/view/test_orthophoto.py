"""The map's own orthophoto on its page, tile by tile: what `worldmap raster` makes, where it is."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.map_makers import SmallMap
from tests.helpers.street_makers import Street
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.geodesy import projected_from_geodetic
from worldmap.pipeline.raster import raster
from worldmap.records import TileKey
from worldmap.stages.orthophoto import TileOrthophotos
from worldmap.stages.raster import RasterOptions
from worldmap.view import Products, PublishedMap
from worldmap.view.above import laid_down


def maker(map_dir: Path) -> TileOrthophotos:
    return TileOrthophotos(map_dir, warn=lambda _: None)


@pytest.mark.nightly  # two orthophotos of a street
def test_a_tile_of_the_page_is_the_orthophoto_that_is_exported(
    small_map: SmallMap, tmp_path: Path
) -> None:
    rasterio = pytest.importorskip("rasterio")
    raster(
        small_map.map_dir,
        Everywhere(),
        tmp_path / "ortho.tif",
        RasterOptions(kind="ortho", gsd_m=0.1),
    )
    published = PublishedMap(
        small_map.map_dir, products=Products(orthophoto=maker(small_map.map_dir))
    )
    (told,) = json.loads(published.document())["tiles"]
    assert told["orthophoto"] in published.names()
    found = published.open(told["orthophoto"])
    assert found.media_type == "image/webp"
    with Image.open(io.BytesIO(found.content)) as image:
        page = np.array(image.convert("RGBA"))
    (south, west), (north, east) = told["bounds"]
    rows, columns = np.nonzero(page[..., 3] > 128)
    assert len(rows) > 1000
    lat = north - (rows + 0.5) / page.shape[0] * (north - south)
    lon = west + (columns + 0.5) / page.shape[1] * (east - west)
    with rasterio.open(tmp_path / "ortho.tif") as file:
        exported, shown = np.moveaxis(file.read(), 0, -1), file.dataset_mask() > 0
        xyz = projected_from_geodetic(lat, lon, np.zeros_like(lat), file.crs.to_epsg())
        column, row = ~file.transform @ (xyz[:, 0], xyz[:, 1])
        at = [np.floor(each).astype(int) for each in (row, column)]
    inside = (at[0] >= 0) & (at[1] >= 0) & (at[0] < shown.shape[0]) & (at[1] < shown.shape[1])
    assert inside.mean() > 0.99
    here = tuple(each[inside] for each in at)
    assert shown[here].mean() > 0.99
    # WebP loses a little; a pixel beside would be off by the texture of a street.
    off = np.abs(exported[here].astype(int) - page[rows, columns, :3][inside])[shown[here]]
    assert np.median(off) <= 6
    # And nothing is missing: as many square metres as the exported one has.
    assert len(rows) == pytest.approx(shown.sum(), rel=0.03)


def test_a_tile_s_square_is_laid_down_where_it_is() -> None:
    """A corner's colour is at its corner, turned by the meridians' convergence and no more."""
    key = TileKey(epsg=32633, east_m=700_000, north_m=6_600_000)
    square = np.zeros((200, 200, 4), dtype=np.uint8)
    square[..., 3] = 255
    square[:100, :100, 0] = 200  # north west
    laid = laid_down(key, square, 0.5)
    shown = laid[..., 3] > 0
    assert shown.sum() * 0.25 == pytest.approx(100 * 100, rel=0.01)
    assert 0.9 < shown.mean() < 1
    row, column = np.nonzero(laid[..., 0])
    assert len(row) == pytest.approx(shown.sum() / 4, rel=0.01)
    # East of its middle meridian north is to the left of the grid's.
    assert column.mean() < laid.shape[1] * 0.3
    assert row.mean() < laid.shape[0] * 0.3


def test_who_has_no_pictures_has_no_orthophoto(tmp_path: Path) -> None:
    """The photos of this street have no files: points from above are what is left."""
    street = Street(tmp_path).build([0.0, 1.0])
    with Catalog.open(street.map_dir, create=False) as catalog:
        keys = [tile.key for tile in catalog.tiles()]
    warned: list[str] = []
    make = TileOrthophotos(street.map_dir, warn=warned.append)
    assert [make(key, 0.2, bytes) for key in keys] == [b""] * len(keys)
    assert len(warned) == 2  # once for each photo, not for each tile
    assert make(replace(keys[0], north_m=keys[0].north_m + 5000), 0.2, bytes) == b""
    # They may be at hand the next time.
    assert not (street.map_dir / "cache").exists()
    published = PublishedMap(street.map_dir, products=Products(orthophoto=make))
    told = json.loads(published.document())["tiles"]
    assert published.open(told[0]["orthophoto"]).content == b""


def test_a_page_that_is_written_has_it_for_so_many_tiles(tmp_path: Path) -> None:
    street = Street(tmp_path).build([0.0, 200.0])
    make = maker(street.map_dir)
    count = len(json.loads(PublishedMap(street.map_dir).document())["tiles"])
    assert count > 1
    for most, given in ((count, True), (count - 1, False)):
        products = Products(orthophoto=make, most_tiles=most)
        published = PublishedMap(street.map_dir, products=products)
        told = json.loads(published.document())["tiles"]
        assert [tile["orthophoto"] is not None for tile in told] == [given] * count
        assert bool(published.not_shown) != given
    assert f"{count} tiles" in published.not_shown[0]
    plain = json.loads(PublishedMap(street.map_dir).document())["tiles"]
    assert {tile["orthophoto"] for tile in plain} == {None}
