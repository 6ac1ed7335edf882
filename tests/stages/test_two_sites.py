"""Tiles where groups meet that are placed about several sites: the same points, whatever each photo
is placed about, and tiles that only change where something did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.helpers.catalog_records import lost
from tests.helpers.street_makers import SITE, Street, pose_at
from worldmap.catalog import Catalog
from worldmap.frames import wrapped_deg
from worldmap.geodesy import Site, enu_from_projected
from worldmap.pipeline.explain import Explanation, explain
from worldmap.pipeline.locate import locate
from worldmap.pipeline.remove import remove
from worldmap.stages.places import Nearby, places_deg

PLACES = [-6.0, -3.0, 0.0, 3.0, 6.0, 9.0]
EAST = Site(55.706, 13.257, 20.0)
"""4 km east of the street's own site: nearer to none of its tiles."""


def about(street: Street, site: Site, places_m: list[float]) -> None:
    """The photos at these places are placed where they are, but about another site."""
    with Catalog.open(street.map_dir, create=False) as catalog:
        names = {photo.metadata.path.name: photo.photo_id for photo in catalog.photos()}
        wanted = {names[f"at{place:+.2f}.jpg"] for place in places_m}
        poses = [pose.about(site) for pose in catalog.poses(wanted)]
        catalog.replace_solution(catalog.start_run("merge", "{}", "0"), poses)


def points(street: Street) -> np.ndarray:
    tiles = street.tiles()
    return np.concatenate([enu_from_projected(t.cloud.xyz, SITE, t.epsg) for t in tiles])


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """All about one site."""
    return Street(tmp_path_factory.mktemp("one")).build(PLACES)


@pytest.fixture
def street(tmp_path: Path) -> Street:
    street = Street(tmp_path / "map")
    street.map_dir.mkdir()
    street.add(PLACES)
    street.place(PLACES)
    return street


def test_groups_of_two_sites_give_one_surface(one: Street, street: Street) -> None:
    """Photos ask those of the other site as they ask their own, and what they agree on is fused in
    one grid: that of the site nearest to the tile."""
    about(street, EAST, PLACES[::2])
    street.update()
    expected, found = points(one), points(street)
    assert len(found) == pytest.approx(len(expected), rel=1e-3)
    for here, there in ((found, expected), (expected, found)):
        away_m = cKDTree(here).query(there)[0]
        assert np.quantile(away_m, 0.999) < 0.002
    support = np.concatenate([tile.cloud.support for tile in street.tiles()])
    assert support.max() == np.concatenate([tile.cloud.support for tile in one.tiles()]).max() > 2


def test_nothing_is_written_again_where_nothing_changed(street: Street) -> None:
    about(street, EAST, PLACES[::2])
    assert street.update().written
    before = street.tile_bytes()
    again = street.update()
    assert (again.written, again.dropped) == ((), ())
    assert street.tile_bytes() == before
    # Another site moves nothing but the grid, and that is enough to write a tile anew.
    about(street, EAST, PLACES)
    assert street.update().written
    assert street.update().written == ()


def test_a_tile_of_one_site_is_what_it_was_before_there_were_more(
    one: Street, street: Street
) -> None:
    """A group far away, about its own site, changes no byte of the others' tiles."""
    far = [3000.0, 3003.0]
    street.add(far)
    street.place([*PLACES, *far])
    about(street, EAST, far)
    street.update()
    both = street.tile_bytes()
    assert one.tile_bytes().items() <= both.items()
    assert len(both) > len(one.tile_bytes())


def test_photos_of_any_site_are_near_what_they_are_near(street: Street) -> None:
    about(street, EAST, PLACES[::2])
    street.update(near_m=[0.0])
    before = street.tile_bytes()
    removed = remove(street.map_dir, ["at+0.00.jpg"])
    assert removed.tiles_written > 0
    assert street.tile_bytes() != before
    with Catalog.open(street.map_dir, create=False) as catalog:
        assert not any(tile.stale for tile in catalog.tiles())


def test_what_is_told_of_a_photo_does_not_depend_on_its_site(street: Street) -> None:
    def told() -> tuple[list[float], list[float]]:
        explained = explain(street.map_dir, "at+3.00.jpg")
        assert isinstance(explained, Explanation)
        place = explained.place
        assert place is not None
        seen = locate(street.map_dir, "at+3.00.jpg", 200.0, 150.0)
        return (
            [place.lat_deg, place.lon_deg, place.height_m, place.pitch_deg, place.roll_deg],
            [wrapped_deg(place.heading_deg), seen.lat_deg, seen.lon_deg, *seen.sigma_m],
        )

    here = told()
    about(street, EAST, PLACES)
    there = told()
    for one, other in zip(here, there, strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_nearness_does_not_know_zones_nor_the_antimeridian() -> None:
    near = Nearby(np.array([(-16.8, 179.9999), (55.7, 11.9999)]))
    asked = np.array([(-16.8, -179.9999), (55.7, 12.0001), (55.7, 12.1), (16.8, 0.0001)])
    away_m = near.away_m(asked)
    assert away_m[0] == pytest.approx(21.3, abs=0.1)
    assert away_m[1] == pytest.approx(12.6, abs=0.1)
    assert near.within(asked, 30.0).tolist() == [True, True, False, False]
    nothing = Nearby(np.empty((0, 2)))
    assert nothing.within(asked, 1e9).tolist() == [False] * 4


def test_places_are_those_of_each_photos_own_site() -> None:
    poses = [pose_at(1, 30.0), pose_at(2, 30.0).about(EAST)]
    unplaced = lost(poses[0], "nobody knows")
    here, there = places_deg([poses[0], unplaced, poses[1]])
    assert here == pytest.approx(there, abs=1e-10)
    assert places_deg([]).shape == (0, 2)
