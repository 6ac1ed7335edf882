"""Rasters: what a cell says, that files are what GIS programs take them for, and cuts."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio

from tests.helpers.ingest_makers import Ran, write_aimed_photos
from tests.helpers.map_makers import SmallMap
from tests.helpers.street_makers import SITE, Street
from worldmap.area import Box, Everywhere, parse_area
from worldmap.cli.exits import ExitCode
from worldmap.cloud import PointCloud
from worldmap.errors import AreaError, EmptyAreaError, FormatError, StorageError, UsageError
from worldmap.frames import PROJECTED
from worldmap.geodesy import (
    geodetic_from_projected,
    geoid_undulation_m,
    projected_epsg,
    projected_from_enu,
)
from worldmap.mapfolder import MapFolder, area_of
from worldmap.pipeline.raster import raster
from worldmap.raster import (
    CellPoints,
    CellSurface,
    Grid,
    cell_mean,
    gaps_closed,
    hillshade,
    settled,
    top_surface,
)
from worldmap.raster.contours import contour_lines
from worldmap.raster.geotiff import Bands, raster_file
from worldmap.records import TilePoints
from worldmap.stages import raster as stages_raster
from worldmap.stages.raster import RasterOptions


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos along a wall 8 m to the north, the ground at height 0: exact, and over two tiles."""
    folder = tmp_path_factory.mktemp("street")
    Street(folder).build([0.0, 3.0, 6.0, 9.0])
    return folder


def read(path: Path) -> np.ndarray:
    """The first band, NaN where there is nothing."""
    with rasterio.open(path) as file:
        return np.asarray(file.read(1, masked=True).astype(np.float64).filled(np.nan))


# --- cells --------------------------------------------------------------------------------------


def over(points: list[tuple[float, float, float, float, int]], grid: Grid) -> CellPoints:
    """Points x, y, z, sigma, support."""
    told = np.array(points)
    cloud = PointCloud(
        frame=PROJECTED,
        xyz=told[:, :3],
        rgb=np.full((len(told), 3), 100),
        sigma_m=told[:, 3],
        photo_id=np.ones(len(told), dtype=np.uint32),
        support=told[:, 4],
    )
    made = TilePoints(
        cloud=cloud,
        epsg=grid.epsg,
        gps_time_s=np.full(len(told), np.nan),
        classification=np.ones(len(told), dtype=np.uint8),
    )
    return CellPoints.of(made, grid, grid.whole)


GRID = Grid.over(32633, (400000.0, 5800000.0, 400002.0, 5800001.0), 1.0)


def test_the_topmost_surface_that_photos_agree_on() -> None:
    ground = [(400000.5, 5800000.5, z, 0.01, 3) for z in (10.0, 10.02, 10.01)]
    roof = [(400000.5, 5800000.5, z, 0.01, 1) for z in (14.0, 14.02)]
    stray = [(400000.5, 5800000.5, 20.0, 0.01, 1)]
    found = top_surface(over(ground + roof + stray, GRID), 1.0)
    assert found.height_m[0, 0] == pytest.approx(14.01)
    assert found.support[0, 0] == 1
    assert np.isnan(found.height_m[0, 1])
    alone = top_surface(over(stray, GRID), 1.0)
    assert alone.height_m[0, 0] == 20.0


def test_of_a_wall_the_upper_edge_counts() -> None:
    wall = [(400000.5, 5800000.5, z, 0.02, 2) for z in np.arange(0, 8, 0.05)]
    found = top_surface(over(wall, replace(GRID, gsd_m=1.0)), 0.1)
    assert 7.8 < found.height_m[0, 0] <= 7.95


def _wall_beside_ground(shed: int, *, roofed: bool = False) -> CellSurface:
    """A wall 6 m high along the third of six columns of 0.1 m, ground on one side, of the wall's
    points so many in each cell of the fourth column; roofed: at its top it goes on over these."""
    ground = [(0.1 * c + 0.05, 0.1 * r + 0.05, 0.0, 0.01, 3) for c in range(6) for r in range(5)]
    wall = [(0.25, 0.1 * r + 0.05, z, 0.01, 3) for r in range(5) for z in np.arange(0, 6, 0.05)]
    stray = [
        (0.35, 0.1 * r + 0.05, 0.5 + (k + r / 5) * 5 / shed, 0.01, 2)
        for r in range(5)
        for k in range(shed)
    ]
    roof = [
        (0.1 * c + 0.05, 0.1 * r + 0.05, 6.0, 0.01, 2) for c in (3, 4, 5) for r in range(5)
    ] * roofed
    at = [(400000 + x, 5800000 + y, z, s, n) for x, y, z, s, n in ground + wall + stray + roof]
    grid = Grid.over(32633, (400000.0, 5800000.0, 400000.6, 5800000.5), 0.1)
    return top_surface(over(at, grid), 0.1)


def test_what_a_wall_sheds_is_no_surface_of_the_cells_beside_it() -> None:
    found = _wall_beside_ground(shed=3).height_m
    assert found[:, 2].min() > 5.8
    assert np.abs(found[:, 3:]).max() < 0.05
    # So many are no scatter: the wall leans, or stands there, too.
    assert _wall_beside_ground(shed=60).height_m[:, 3].min() > 5.0


def test_what_a_wall_carries_is_a_surface() -> None:
    found = _wall_beside_ground(shed=3, roofed=True).height_m
    assert found[:, 2:].min() > 5.8


def test_a_cell_that_has_only_what_a_wall_shed_has_no_height() -> None:
    wall = [
        (400000.25, 5800000.05 + 0.1 * r, z, 0.01, 3)
        for r in range(5)
        for z in np.arange(0, 6, 0.05)
    ]
    stray = [(400000.35, 5800000.25, 3.0, 0.01, 5)]
    grid = Grid.over(32633, (400000.0, 5800000.0, 400000.6, 5800000.5), 0.1)
    found = top_surface(over(wall + stray, grid), 0.1)
    assert np.isfinite(found.height_m[:, 2]).all()
    assert np.isnan(found.height_m[:, 3]).all()


def test_what_may_stand_beside_its_cell_has_a_height_on_level_ground_only() -> None:
    shape = (40, 60)
    height = np.fromfunction(lambda y, x: 0.02 * x, shape).astype(np.float32)
    height[:, 50:] += np.random.default_rng(2).uniform(0, 7, (40, 10)).astype(np.float32)
    for sigma_m, gone in ((0.02, 0), (0.2, 50 - 2), (0.4, 50 - 4)):
        surface = CellSurface(
            height_m=height,
            sigma_m=np.full(shape, sigma_m, dtype=np.float32),
            support=np.full(shape, 3, dtype=np.uint8),
            rgb=np.full((*shape, 3), 100, dtype=np.uint8),
        )
        found = settled(surface, 0.1)
        left = np.isfinite(found.height_m)
        expected = np.ones(shape, dtype=np.bool_)
        expected[:, gone or 60 :] = False
        assert np.array_equal(left, expected)
        assert np.array_equal(found.support > 0, left)


def test_means_are_by_certainty() -> None:
    found = cell_mean(over([(400001.5, 5800000.5, 1.0, 0.1, 1), (400001.5, 5800000.5, 2.0, 0.2, 1)],
                           GRID))  # fmt: skip
    assert found.height_m[0, 1] == pytest.approx((4 * 1 + 1 * 2) / 5)


def test_cells_of_neighbouring_areas_meet() -> None:
    a = Grid.over(32633, (400000.02, 5800000.0, 400050.0, 5800030.0), 0.1)
    b = Grid.over(32633, (400050.0, 5800000.0, 400090.0, 5800030.07), 0.1)
    assert a.west_index + a.columns == b.west_index
    assert b.rows == a.rows + 1
    assert (a.west_m, a.north_m) == pytest.approx((400000.0, 5800030.0))


def test_gaps_are_closed_up_to_their_width_and_nothing_grows() -> None:
    plane = np.fromfunction(lambda y, x: 100 + 0.1 * x + 0.2 * y, (60, 60)).astype(np.float32)
    holed = plane.copy()
    holed[20:23, 20:40] = np.nan  # 3 wide
    holed[40:52, 40:52] = np.nan  # 12 wide
    holed[:, 57:] = np.nan
    found, gaps = gaps_closed(holed, 5)
    assert gaps[20:23, 20:40].all()
    assert gaps.sum() < 60 + 12  # the corners of the square at most
    assert np.isnan(found[:, 57:]).all()
    assert np.isnan(found[43:49, 43:49]).all()
    assert np.abs(found - plane)[20:23, 20:40].max() < 0.001
    same, none = gaps_closed(holed, 0)
    assert not none.any()
    assert np.array_equal(same, holed, equal_nan=True)


def test_relief_is_lit_as_gdal_lights_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rough = rng.normal(0, 0.03, (40, 50)).cumsum(axis=0).cumsum(axis=1)
    height = np.asarray(rough, dtype=np.float32)
    path = tmp_path / "height.tif"
    transform = rasterio.Affine(0.5, 0, 400000, 0, -0.5, 5800000)
    with rasterio.open(path, "w", driver="GTiff", width=50, height=40, count=1, dtype="float32",
                       crs="EPSG:32633", transform=transform) as file:  # fmt: skip
        file.write(height, 1)
    try:
        subprocess.run(["gdaldem", "hillshade", "-q", path, tmp_path / "shade.tif"], check=True)
    except FileNotFoundError:
        pytest.skip("gdaldem is not here")
    theirs = read(tmp_path / "shade.tif")[1:-1, 1:-1]
    ours = hillshade(height, 0.5)[1:-1, 1:-1]
    assert np.abs(ours - theirs).max() <= 1


def test_contours_lie_at_their_height() -> None:
    east = np.arange(20, dtype=np.float64) + 0.5
    north = 29.5 - np.arange(30, dtype=np.float64)
    height = (0.3 * east[None] + 0 * north[:, None]).astype(np.float32)
    height[:, 15:] = np.nan
    lines = contour_lines(height, east, north, 1.0)
    assert [level for level, _ in lines] == [1.0, 2.0, 3.0, 4.0]
    for level, xy in lines:
        assert np.allclose(xy[:, 0], level / 0.3)
        assert (xy[:, 1].min(), xy[:, 1].max()) == (0.5, 29.5)
    assert contour_lines(np.full((3, 3), np.nan, np.float32), east[:3], north[:3], 1.0) == []


# --- files --------------------------------------------------------------------------------------


def test_a_surface_is_where_it_is(street: Path, tmp_path: Path) -> None:
    out = tmp_path / "dsm.tif"
    made = raster(street, Everywhere(), out, RasterOptions(kind="dsm", gsd_m=0.2))
    with rasterio.open(out) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (file.nodata, file.dtypes) == (-9999.0, ("float32",))
        assert file.crs.to_wkt().count("ellipsoidal height") == 1
        assert file.crs.to_epsg(confidence_threshold=20) in (None, made.epsg)
        height = read(out)
        row, column = np.nonzero(np.isfinite(height))
        x, y = rasterio.transform.xy(file.transform, row, column)
    assert len(row) == made.cells > 500
    assert not list(tmp_path.glob("*.aux.xml")), "the CRS is in the file, not beside it"
    site = SITE
    wall = projected_from_enu(np.array([[4.0, 8.0, 0.0]]), site, made.epsg)[0]
    ground = height[row, column] < site.height_m + 0.3
    assert ground.sum() > 200
    # The ground lies at the site's height, but for the Earth's curve.
    assert np.abs(height[row, column][ground] - site.height_m).max() < 0.1
    high = ~ground
    assert np.abs(np.array(y)[high] - wall[1]).max() < 0.5
    assert np.abs(np.array(x)[high] - wall[0]).max() < 20


def test_heights_above_the_sea_differ_by_the_geoid(street: Path, tmp_path: Path) -> None:
    found = {}
    for vertical in ("ellipsoid", "msl"):
        out = tmp_path / f"{vertical}.tif"
        raster(street, Everywhere(), out, RasterOptions(kind="dsm", vertical=vertical))
        found[vertical] = read(out)
    off = found["ellipsoid"] - found["msl"]
    assert np.nanmax(np.abs(off - geoid_undulation_m(SITE.lat_deg, SITE.lon_deg))) < 2e-3
    with rasterio.open(tmp_path / "msl.tif") as file:
        assert "EGM96" in file.crs.to_wkt()
        assert file.units == ("m",)


def test_no_seam_between_tiles_and_windows(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = RasterOptions(kind="dsm", gsd_m=0.2, fill_m=1.0)
    raster(street, Everywhere(), tmp_path / "whole.tif", options)
    monkeypatch.setattr("worldmap.stages.raster._WINDOW", 32)
    raster(street, Everywhere(), tmp_path / "parts.tif", options)
    whole, parts = read(tmp_path / "whole.tif"), read(tmp_path / "parts.tif")
    assert np.array_equal(np.isfinite(whole), np.isfinite(parts))
    assert np.nanmax(np.abs(whole - parts)) < 2e-3
    marks = read(tmp_path / "whole.filled.tif")
    raster(street, Everywhere(), tmp_path / "bare.tif", replace(options, fill_m=0.0))
    bare = read(tmp_path / "bare.tif")
    assert np.array_equal(marks == 1, np.isfinite(whole) & np.isnan(bare))


def test_an_area_cuts_where_it_ends(street: Path, tmp_path: Path) -> None:
    epsg = projected_epsg(SITE.lat_deg, SITE.lon_deg)
    corner = projected_from_enu(np.array([[2.0, 2.0, 0.0], [5.0, 5.0, 0.0]]), SITE, epsg)
    lat, lon, _ = geodetic_from_projected(corner, epsg)
    box = Box(west_deg=lon[0], south_deg=lat[0], east_deg=lon[1], north_deg=lat[1])
    out = tmp_path / "cut.tif"
    made = raster(street, box, out, RasterOptions(kind="dsm", gsd_m=0.1))
    assert made.columns <= 33
    assert made.rows <= 33
    with rasterio.open(out) as file:
        row, column = np.nonzero(np.isfinite(read(out)))
        x, y = rasterio.transform.xy(file.transform, row, column)
    here = np.column_stack((x, y, np.zeros(len(row))))
    lat, lon, _ = geodetic_from_projected(here, epsg)
    assert box.contains(lat, lon).all()
    assert len(row) > 20


def test_the_orthophoto_is_of_the_photos(small_map: SmallMap, tmp_path: Path) -> None:
    """Its colours are those of points that lie there, and finer."""
    out = tmp_path / "ortho.tif"
    made = raster(small_map.map_dir, Everywhere(), out, RasterOptions(kind="ortho", gsd_m=0.1))
    assert made.photos >= 3
    with rasterio.open(out) as file:
        rgb, mask = np.moveaxis(file.read(), 0, -1), file.dataset_mask() > 0
        assert [each.name for each in file.colorinterp] == ["red", "green", "blue"]
        assert file.overviews(1)
        assert (rgb[~mask] == 0).all()
        points = np.concatenate([t.cloud.xyz for t in small_map.tiles()])
        colours = np.concatenate([t.cloud.rgb for t in small_map.tiles()])
        support = np.concatenate([t.cloud.support for t in small_map.tiles()])
        low = points[:, 2] < np.median(points[:, 2])
        row, column = rasterio.transform.rowcol(file.transform, points[:, 0], points[:, 1])
    # Who lies on the lower or the right edge is of the last cell.
    row, column = (
        np.minimum(at, size - 1) for at, size in zip((row, column), mask.shape, strict=True)
    )
    good = low & (support >= 2) & mask[row, column]
    off = rgb[row[good], column[good]].astype(float) - colours[good]
    assert good.sum() > 500
    assert np.median(np.abs(off)) < 12
    assert np.abs(np.median(off, axis=0)).max() < 5


def test_ground_relief_and_lines(small_map: SmallMap, tmp_path: Path) -> None:
    import geopandas

    found = {}
    for kind in ("dsm", "dtm", "height-above-ground", "support", "sigma"):
        out = tmp_path / f"{kind}.tif"
        raster(small_map.map_dir, Everywhere(), out, RasterOptions(kind=kind, gsd_m=0.2))
        found[kind] = read(out)
    above = found["height-above-ground"]
    both = np.isfinite(found["dtm"]) & np.isfinite(found["dsm"])
    assert np.nanmedian(np.abs(above[both] - (found["dsm"] - found["dtm"])[both])) < 0.05
    assert np.nanmax(above) > 1  # parked cars; fronts are as wide as they are unsure
    assert np.nanmin(found["support"]) >= 1
    assert np.nanmin(found["sigma"]) > 0
    for kind, unit in (
        ("dsm", "m"),
        ("height-above-ground", "m"),
        ("sigma", "m"),
        ("support", None),
    ):
        with rasterio.open(tmp_path / f"{kind}.tif") as file:
            assert file.units == (unit,)
    out = tmp_path / "lines.gpkg"
    made = raster(small_map.map_dir, Everywhere(), out,
                  RasterOptions(kind="contours", interval_m=0.1, fill_m=2.0))  # fmt: skip
    lines = geopandas.read_file(out)
    assert len(lines) == made.lines > 2
    assert lines.crs.to_epsg() == made.epsg
    assert np.allclose(lines.height_m / 0.1, np.round(lines.height_m / 0.1))


# --- what goes wrong ----------------------------------------------------------------------------


def test_mistakes_are_one_line(small_map: SmallMap, tmp_path: Path) -> None:
    for words in (
        ["--kind", "ortho", "a.png"],
        ["--kind", "contours", "a.tif"],
        ["--kind", "nothing", "a.tif"],
        ["--gsd", "0", "a.tif"],
        ["--support", "0", "a.tif"],
        ["--fill", "-1", "a.tif"],
        ["--crs", "EPSG:4326", "a.tif"],
        ["--crs", "EPSG:102100", "a.tif"],  # ESRI's number
        ["--crs", "EPSG:2263", "a.tif"],  # in feet
        ["--kind", "contours", "--interval", "1e-9", "a.gpkg"],  # as many lines as take hours
        ["--kind", "contours", "--interval", "inf", "a.gpkg"],
    ):
        ran = Ran("raster", "--map", str(small_map.map_dir), *words)
        assert ran.code == ExitCode.USAGE, words
        assert len(ran.err.strip().splitlines()) == 1
    far = Ran("raster", "--map", str(small_map.map_dir), "--area", "10,10,50", "a.tif")
    assert far.code == ExitCode.INPUT
    with pytest.raises(UsageError):
        RasterOptions(kind="contours", interval_m=0)
    with pytest.raises(FormatError):
        raster(small_map.map_dir, Everywhere(), tmp_path / "a.jpg", RasterOptions(kind="dsm"))


def test_a_cell_wider_than_the_area_is_told(small_map: SmallMap, tmp_path: Path) -> None:
    area = parse_area(f"{small_map.truth.site.lat_deg},{small_map.truth.site.lon_deg},15")
    options = RasterOptions(kind="dsm", gsd_m=1000.0)
    with pytest.raises(EmptyAreaError, match="the middle of no cell of 1000 m") as told:
        raster(small_map.map_dir, area, tmp_path / "a.tif", options)
    assert "choose a smaller --gsd" in told.value.hint


def test_contours_that_cross_nothing_say_how_high_the_ground_is(
    small_map: SmallMap, tmp_path: Path
) -> None:
    options = RasterOptions(kind="contours", interval_m=1000)
    with pytest.raises(EmptyAreaError, match="every 1000 m") as told:
        raster(small_map.map_dir, Everywhere(), tmp_path / "a.gpkg", options)
    assert "choose a smaller --interval" in told.value.hint


def test_contours_are_not_without_number(small_map: SmallMap, tmp_path: Path) -> None:
    options = RasterOptions(kind="contours", interval_m=0.001)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages_raster, "_MOST_LEVELS", 3)
        with pytest.raises(UsageError, match="too many contours"):
            raster(small_map.map_dir, Everywhere(), tmp_path / "a.gpkg", options)


@pytest.mark.parametrize(
    ("epsg", "axes", "told"),
    [
        (32633, 3, ""),
        (3006, 3, ""),
        # EPSG has no CRS of these datums in three dimensions; PROJ offers ATRF2014, DB_REF.
        (26918, 2, ", above the ellipsoid of NAD83"),
        (28992, 2, ", above the ellipsoid of Amersfoort"),
    ],
)
def test_heights_are_above_the_ellipsoid_of_their_own_datum(
    tmp_path: Path, epsg: int, axes: int, told: str
) -> None:
    grid = Grid(epsg=epsg, gsd_m=1.0, west_index=0, north_index=5, rows=4, columns=4)
    bands = Bands(dtype="float32", count=1, unit="m", description="height", vertical="ellipsoid")
    path = tmp_path / "a.tif"
    with raster_file(path, grid, bands) as file:
        file.write(grid.whole, np.ones((4, 4), dtype=np.float32))
    with rasterio.open(path) as read_back:
        assert read_back.descriptions == (f"height{told}",)
        found = pyproj.CRS.from_wkt(read_back.crs.to_wkt())
    assert len(found.axis_info) == axes
    assert found.to_2d().to_epsg(min_confidence=20) == epsg
    assert not list(tmp_path.glob("*.aux.xml"))


def test_a_damaged_tile_is_told_by_its_own_name(street: Path, tmp_path: Path) -> None:
    hurt = shutil.copytree(street, tmp_path / "map")
    with MapFolder.open(hurt) as folder:
        tile = folder.layout.tile(folder.tiles()[0].files[0])
    content = tile.read_bytes()
    tile.write_bytes(content[: len(content) // 2])
    out = tmp_path / "dsm.tif"
    with pytest.raises(StorageError, match="damaged") as told:
        raster(hurt, Everywhere(), out, RasterOptions(kind="dsm", gsd_m=0.2))
    assert tile.name in str(told.value)
    assert out.name not in str(told.value)
    assert not list(tmp_path.glob("*.tif*"))


def test_without_rasterio_the_extra_is_named(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    with pytest.raises(UsageError, match=r"worldmap\[raster\]"):
        raster(small_map.map_dir, Everywhere(), tmp_path / "a.tif", RasterOptions(kind="dsm"))


def test_the_command_says_what_it_wrote(small_map: SmallMap, tmp_path: Path) -> None:
    place = small_map.photos[1].metadata.path.name
    out = tmp_path / "near.tif"
    ran = Ran(
        "raster", "--map", str(small_map.map_dir), "--area", f"{place},15", "--json", str(out)
    )
    assert ran.code == 0, ran.err
    summary = json.loads(ran.out.strip().splitlines()[-1])
    assert summary["kind"] == "dsm"
    assert summary["cells"] > 0
    with rasterio.open(out) as file:
        assert file.width <= 301


def test_points_too_unsure_for_a_cell_are_not_said_to_be_none(tmp_path: Path) -> None:
    """Photos that stand by their tags alone, to 8 m and 15 degrees."""
    write_aimed_photos(tmp_path / "photos", 3)
    named = ("--map", tmp_path / "map")
    photos = tmp_path / "photos"
    assert Ran("ingest", photos, "--depth", "measured", "--jobs", 0, *named).code == 0
    assert Ran("merge", "--area", "all", "--no-report", "--jobs", 1, *named).code == 0
    asked = ("raster", *named, tmp_path / "a.tif")
    ran = Ran(*asked)
    assert ran.code == ExitCode.INPUT
    assert "none tells the height of a cell of 0.1 m" in ran.err
    assert "choose a larger --gsd" in ran.err
    assert not (tmp_path / "a.tif").exists()
    assert Ran(*asked, "--gsd", 5).code == 0


def test_latitude_and_longitude_exchanged_are_told(small_map: SmallMap) -> None:
    site = small_map.truth.site
    text = f"{site.lon_deg},{site.lat_deg},100"
    assert parse_area(text)
    ran = Ran("export", "--map", str(small_map.map_dir), "--area", text, "a.las")
    assert ran.code == ExitCode.USAGE
    assert f"did you mean --area {site.lat_deg:.12g}" in ran.err


def test_exchanged_sides_and_lost_signs_are_told(small_map: SmallMap) -> None:
    lat, lon = small_map.truth.site.lat_deg, small_map.truth.site.lon_deg
    right = f"{lon - 0.01:.4f},{lat - 0.01:.4f},{lon + 0.01:.4f},{lat + 0.01:.4f}"
    west, south, east, north = right.split(",")
    with pytest.raises(AreaError) as told:
        area_of(small_map.map_dir, f"{east},{south},{west},{north}")
    assert told.value.hint == f"did you mean --area {right}?"
    with pytest.raises(AreaError) as told:
        area_of(small_map.map_dir, f"{-lat},{lon},100")
    assert told.value.hint == f"did you mean --area {lat:.12g},{lon:.12g},100?"


@pytest.mark.parametrize("kind", ["geojson", "wkt", "around"])
def test_positions_with_latitude_first_are_told(
    small_map: SmallMap, tmp_path: Path, kind: str
) -> None:
    site = small_map.truth.site
    ring = [
        (site.lat_deg + dy, site.lon_deg + dx)
        for dx, dy in ((-0.01, -0.01), (0.01, -0.01), (0.01, 0.01), (-0.01, -0.01))
    ]
    text = f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))"
    if kind == "geojson":
        path = tmp_path / "park.geojson"
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
        text = str(path)
    elif kind == "around":
        text = f"POINT({ring[0][0]} {ring[0][1]}),5000"
    with pytest.raises(AreaError, match="longitude comes first") as told:
        area_of(small_map.map_dir, text)
    assert "no photo lies in the area" in str(told.value)
    # Where neither order has any, nothing of the kind is guessed.
    area_of(small_map.map_dir, "POLYGON((1 2,1.1 2,1.1 2.1,1 2))")
