"""A large map's page has the part around one place, and the way to the others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.map_makers import SmallMap
from worldmap.area import Box
from worldmap.view import MapWindows, PublishedMap

MOST = 3


@pytest.fixture(scope="module")
def windows(small_map: SmallMap) -> MapWindows:
    return MapWindows(PublishedMap(small_map.map_dir), most_photos=MOST)


def place(small_map: SmallMap, row: int) -> str:
    told = json.loads(PublishedMap(small_map.map_dir).document())["photos"][row]
    return f"{told['lat']},{told['lon']}"


def told_by(windows: MapWindows, near: str | None = None) -> dict[str, Any]:
    return json.loads(windows.document(near))  # type: ignore[no-any-return]


def test_a_small_map_is_told_whole(small_map: SmallMap) -> None:
    told = told_by(MapWindows(PublishedMap(small_map.map_dir)))
    assert told["window"] is None
    assert len(told["photos"]) == len(small_map.photos)


@pytest.mark.parametrize("row", [0, 4])
def test_a_large_map_is_told_around_a_place(
    small_map: SmallMap, windows: MapWindows, row: int
) -> None:
    told = told_by(windows, place(small_map, row))
    assert told["window"]["photos"] == len(small_map.photos)
    west, south, east, north = told["window"]["bounds"]
    box = Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)
    ids = [photo["id"] for photo in told["photos"]]
    assert len(ids) == MOST
    assert all(box.contains(photo["lat"], photo["lon"]) for photo in told["photos"])
    assert small_map.photos[row].photo_id in ids
    assert {i for pair in told["pairs"] for i in pair[:2]} <= {*ids}
    assert windows.open(f"photos/{ids[0]}/thumb.jpg") is not None
    assert windows.open(told["tiles"][0]["url"]) is not None


def test_photos_of_no_window_are_not_opened(small_map: SmallMap) -> None:
    windows = MapWindows(PublishedMap(small_map.map_dir), most_photos=MOST)
    shown = {photo["id"] for photo in told_by(windows, place(small_map, 0))["photos"]}
    for photo in small_map.photos:
        found = windows.open(f"photos/{photo.photo_id}/thumb.jpg")
        assert (found is not None) == (photo.photo_id in shown)


@pytest.mark.parametrize("near", ["", "here", "95,10", "nan,nan", "1,2,3"])
def test_what_is_no_place_is_the_middle_of_the_map(windows: MapWindows, near: str) -> None:
    assert windows.document(near) == windows.document()


def test_where_nothing_is_the_nearest_photos_are_told(windows: MapWindows) -> None:
    """Tens of kilometres away."""
    photos = told_by(windows)["photos"]
    assert len(photos) == MOST
    away = told_by(windows, f"{photos[0]['lat'] + 0.3},{photos[0]['lon']}")
    assert away["photos"]
    assert away["window"]["photos"] == 5


def test_an_area_that_was_asked_for_is_told_whole(small_map: SmallMap) -> None:
    box = Box(west_deg=-180, south_deg=-90, east_deg=180, north_deg=90)
    told = told_by(MapWindows(PublishedMap(small_map.map_dir, area=box), most_photos=MOST))
    assert told["window"] is None
    assert len(told["photos"]) == 5
