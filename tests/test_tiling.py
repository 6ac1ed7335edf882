"""The tile grid: every point in exactly one tile, its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from worldmap.geodesy import Site, projected_epsg, projected_from_enu
from worldmap.records import TileKey
from worldmap.tiling import TILE_SIZE_M, split, split_enu, touched

coordinates = st.floats(-1e7, 1e7)


@given(arrays(np.float64, st.tuples(st.integers(0, 60), st.just(3)), elements=coordinates))
def test_each_point_is_in_one_tile_and_inside_it(xyz: np.ndarray) -> None:
    parts = split(xyz, 32633)
    assert list(parts) == sorted(parts)
    rows = np.concatenate(list(parts.values())) if parts else np.empty(0, int)
    assert sorted(rows) == list(range(len(xyz)))
    for key, index in parts.items():
        assert key.epsg == 32633
        assert list(index) == sorted(index)
        east, north = xyz[index, 0], xyz[index, 1]
        assert ((key.east_m <= east) & (east < key.east_m + TILE_SIZE_M)).all()
        assert ((key.north_m <= north) & (north < key.north_m + TILE_SIZE_M)).all()


def test_edges_belong_to_the_tile_they_begin() -> None:
    below = np.nextafter(391500.0, 0.0)
    xyz = np.array([(391400.0, 5819900.0, 1.0), (below, 5819900.0, 1.0), (391500.0, 5820000.0, 1)])
    parts = split(xyz, 32633)
    assert [str(key) for key in parts] == ["32633_391400_5819900", "32633_391500_5820000"]
    assert [list(index) for index in parts.values()] == [[0, 1], [2]]


def test_no_points_no_tiles() -> None:
    assert split(np.empty((0, 3)), 32633) == {}
    assert split_enu(np.empty((0, 3)), Site(0.0, 0.0, 0.0)) == {}


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg"),
    [
        (52.5, 13.4),
        (52.5, 12.0),
        (0.0, 9.0),
        (0.0, -180.0),
        (84.0, 30.0),
        (60.0, 3.0),
        (89.999, 9.0),
    ],
)
def test_points_go_to_the_tile_of_their_own_zone(lat_deg: float, lon_deg: float) -> None:
    site = Site(lat_deg, lon_deg, 40.0)
    xyz_enu = np.random.default_rng(1).uniform(-300, 300, (400, 3))
    parts = split_enu(xyz_enu, site)
    rows = np.concatenate([part.index for part in parts.values()])
    assert sorted(rows) == list(range(len(xyz_enu)))
    for key, part in parts.items():
        expected = projected_from_enu(xyz_enu[part.index], site, key.epsg)
        assert part.xyz_projected == pytest.approx(expected, abs=1e-6)
        assert list(split(part.xyz_projected, key.epsg)) == [key]
        lat, lon, _ = site.geodetic_from_enu(xyz_enu[part.index])
        assert {projected_epsg(a, b) for a, b in zip(lat, lon, strict=True)} == {key.epsg}


def test_area_across_a_zone_edge_has_tiles_of_both_zones() -> None:
    xyz_enu = np.array([(-50.0, 0.0, 0.0), (50.0, 0.0, 0.0)])
    zones = {key.epsg for key in split_enu(xyz_enu, Site(52.5, 12.0, 40.0))}
    assert zones == {32632, 32633}


@given(st.integers(0, 2**32 - 1))
def test_tiles_do_not_depend_on_the_order_of_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(0, 300, (50, 3))
    shuffled = rng.permutation(50)
    there = split(xyz, 5041)
    again = split(xyz[shuffled], 5041)
    assert list(there) == list(again)
    for key in there:
        assert sorted(shuffled[again[key]]) == list(there[key])


def test_key_reads_as_its_name() -> None:
    assert str(TileKey(epsg=32633, east_m=391400, north_m=5819900)) == "32633_391400_5819900"


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg"), [(52.5, 13.4), (52.5, 12.0), (89.9, 45.0), (0.0, 9.0), (60.0, 3.0)]
)
@pytest.mark.parametrize("margin_m", [0.0, 10.0, 50.0])
def test_touched_are_the_tiles_within_a_margin(
    lat_deg: float, lon_deg: float, margin_m: float
) -> None:
    site = Site(lat_deg, lon_deg, 40.0)
    xyz_enu = np.random.default_rng(2).uniform(-150, 150, (500, 3))
    near = touched(xyz_enu, site, margin_m)
    own = split_enu(xyz_enu, site)
    for key, part in own.items():
        assert set(part.index) <= set(near[key])
    for key, rows in near.items():
        assert list(rows) == sorted(set(rows))
        xyz = projected_from_enu(xyz_enu, site, key.epsg)
        low = np.array((key.east_m, key.north_m)) - margin_m
        within = ((xyz[:, :2] >= low) & (xyz[:, :2] < low + TILE_SIZE_M + 2 * margin_m)).all(axis=1)
        on_edge = np.abs((xyz[:, :2] - low) % (TILE_SIZE_M + 2 * margin_m)).min(axis=1) < 2e-3
        within[rows[on_edge[rows]]] = True  # type: ignore[index]
        assert within[rows].all()  # type: ignore[index]
        zones = {key.epsg for key in own}
        if len(zones) == 1:
            assert set(rows) == set(np.flatnonzero(within))
        else:
            # Across a zone's edge: all points of the margin whose own tile is this zone's or near.
            same_zone = np.concatenate([p.index for k, p in own.items() if k.epsg == key.epsg])
            assert set(np.flatnonzero(within)) & set(same_zone) <= set(rows)
            across = 1 if lat_deg == 0.0 else 0  # the equator parts zones too
            close = np.flatnonzero(within & (np.abs(xyz_enu[:, across]) < 0.9 * margin_m))
            assert set(close) <= set(rows)


def test_margins_beyond_half_a_tile_are_refused() -> None:
    with pytest.raises(ValueError, match="margin"):
        touched(np.zeros((1, 3)), Site(0.0, 0.0, 0.0), 51.0)
