"""What looks wrong with photos, alone and beside each other."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.photo_makers import gps, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.photo import Flag, read_metadata, review
from worldmap.photo.distance import distance_m
from worldmap.photo.suspicion import rounding_m
from worldmap.records import (
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    PhotoMetadata,
    PositionSource,
)

SETTINGS = PhotoSettings()
NOON = datetime(2024, 5, 6, 12, 0, 0, tzinfo=UTC)
METRE_DEG = 1 / 111_195


def position(north_m: float = 0.0, east_m: float = 0.0, sigma_m: float = 5.0) -> GeoPosition:
    return GeoPosition(
        lat_deg=0.123456789 + north_m * METRE_DEG,
        lon_deg=10.123456789 + east_m * METRE_DEG,
        height_m=None,
        height_datum=HeightDatum.UNKNOWN,
        horizontal_sigma_m=sigma_m,
        vertical_sigma_m=10.0,
        source=PositionSource.EXIF,
    )


def photo(
    index: int, seconds: float | None, where: GeoPosition | None, **fields: Any
) -> PhotoMetadata:
    return PhotoMetadata(
        **{  # type: ignore[arg-type]
            "path": Path(f"{index:03}.jpg"),
            "content_hash": f"hash {index}",
            "width_px": 4000,
            "height_px": 3000,
            "orientation": 1,
            "position": where,
            "captured_at": None if seconds is None else NOON + timedelta(seconds=seconds),
            "make": "Maker",
            "model": "Model",
        }
        | fields
    )


def flags(photos: list[PhotoMetadata]) -> list[tuple[str, ...]]:
    return [p.flags for p in review(photos, SETTINGS).photos]


def sigmas(photos: list[PhotoMetadata]) -> list[float]:
    return [p.position.horizontal_sigma_m for p in review(photos, SETTINGS).photos if p.position]


def walk(count: int = 6) -> list[PhotoMetadata]:
    return [photo(i, 5.0 * i, position(north_m=6.0 * i)) for i in range(count)]


def test_nothing_is_wrong_with_a_walk() -> None:
    photos = walk()
    reviewed = review(photos, SETTINGS)
    assert list(reviewed.photos) == photos
    assert reviewed.duplicate_of == (None,) * len(photos)
    assert review([], SETTINGS).photos == ()


# --- positions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outlier", range(6))
def test_a_jump_blames_the_photo_that_fits_with_no_other(outlier: int) -> None:
    photos = walk()
    photos[outlier] = replace(photos[outlier], position=position(north_m=9000.0))
    assert [Flag.IMPOSSIBLE_SPEED in f for f in flags(photos)] == [i == outlier for i in range(6)]
    widened = sigmas(photos)
    assert widened[outlier] > 8500
    assert widened[:outlier] + widened[outlier + 1 :] == [5.0] * 5


def test_of_two_photos_apart_nobody_can_tell_which_is_wrong() -> None:
    photos = [photo(0, 0, position()), photo(1, 5, position(north_m=5000.0))]
    assert flags(photos) == [(Flag.IMPOSSIBLE_SPEED,)] * 2


def stroll(count: int = 10) -> list[PhotoMetadata]:
    """At .8 m/s, fixes some metres off as they are, each on its own."""
    rng = np.random.default_rng(4)
    east, north = 5.0 * rng.standard_normal((2, count))
    return [photo(i, 7.0 * i, position(5.6 * i + north[i], east[i])) for i in range(count)]


@pytest.mark.parametrize("wrong", [(0,), (4,), (9,), (4, 5), (1, 8)])
def test_who_strolls_is_not_eighty_metres_away_and_back_in_between(wrong: tuple[int, ...]) -> None:
    """Within a minute or two most of the others can be reached from there by running: the photos
    next to it tell."""
    photos = stroll()
    for i in wrong:
        photos[i] = replace(photos[i], position=position(5.6 * i, 80.0))
    assert [Flag.IMPOSSIBLE_SPEED in f for f in flags(photos)] == [i in wrong for i in range(10)]
    assert all(70.0 < sigmas(photos)[i] < 110.0 for i in wrong)
    assert flags(stroll()) == [()] * 10


def test_who_gets_into_a_car_is_believed() -> None:
    """But nobody comes to be 9 km away within a minute."""
    for away_m, odd in ((1500.0, 0), (9000.0, 4)):
        photos = stroll(12)
        for i in range(8, 12):
            north_m = away_m + 5.6 * i
            photos[i] = photo(i, 7.0 * i + 50.0, position(north_m=north_m))
        assert sum(Flag.IMPOSSIBLE_SPEED in f for f in flags(photos)) == odd


@pytest.mark.parametrize("away_m", [300.0, 2000.0])
def test_two_phones_of_one_model_may_be_in_two_places(away_m: float) -> None:
    """At the same minutes; one that is where neither can have come is wrong all the same."""
    there = [photo(20 + i, 7.0 * i + 2.0, position(north_m=away_m + 5.6 * i)) for i in range(10)]
    assert flags(stroll() + there) == [()] * 20
    photos = [*stroll(), *there, photo(40, 30.0, position(north_m=-60_000.0))]
    told = [Flag.IMPOSSIBLE_SPEED in f for f in flags(photos)]
    assert told == [False] * 20 + [True]


def test_trains_uncertain_positions_and_other_cameras_may_jump() -> None:
    train = [photo(i, 60.0 * i, position(north_m=50.0 * 60 * i)) for i in range(5)]
    unsure = [photo(i, i, position(north_m=400.0 * i, sigma_m=300.0)) for i in range(3)]
    others = [photo(i, i, position(north_m=9e5 * i), model=f"Model {i}") for i in range(3)]
    later = [photo(0, 0, position()), photo(1, 3600, position(north_m=9e5))]
    for photos in (train, unsure, others, later):
        assert flags(photos) == [()] * len(photos)


def test_a_repeated_position_widens_by_the_way_walked() -> None:
    photos = walk(3) + [photo(3 + k, 15.0 + 20 * k, position(north_m=12.0)) for k in range(3)]
    found = flags(photos)
    assert found[:3] == [()] * 3
    assert found[3:] == [(Flag.REPEATED_POSITION,)] * 3
    expected = [math.hypot(5.0, 1.4 * (5 + 20 * k)) for k in range(3)]
    assert sigmas(photos)[3:] == pytest.approx(expected)


def test_a_repeated_position_without_times() -> None:
    photos = [photo(i, None, position()) for i in range(3)]
    assert flags(photos) == [(), *[(Flag.REPEATED_POSITION,)] * 2]
    assert sigmas(photos)[1] == pytest.approx(math.hypot(5.0, SETTINGS.repeated_position_sigma_m))


def test_one_position_for_hours_or_for_several_cameras_is_nobodys() -> None:
    hours = [photo(i, 4000.0 * i, position()) for i in range(3)]
    cameras = [photo(i, float(i), position(), model=f"Model {i}") for i in range(3)]
    for photos in (hours, cameras):
        assert flags(photos) == [(Flag.SHARED_POSITION,)] * 3
        assert min(sigmas(photos)) > SETTINGS.shared_position_sigma_m


@pytest.mark.parametrize(
    ("lat", "lon", "step_m"),
    [
        (52.52, 13.40, 1112),
        (52.5, 13.4, 11_119),
        (52.0, 13.0, 111_195),
        (52.517, 13.389, 111.2),
        (52 + 31 / 60, 13 + 23 / 60, 1853),
        (-33.92, -70.65, 1112),
        (52.5163123, 13.3777456, 0),
        (52.52, 13.3777456, 0),
    ],
)
def test_rounded_coordinates(lat: float, lon: float, step_m: float) -> None:
    assert rounding_m(lat, lon) == pytest.approx(step_m, rel=1e-3)


def test_a_city_s_middle_is_widened(tmp_path: Path) -> None:
    metadata = read_metadata(write_jpeg(tmp_path / "a.jpg", gps=gps(52.52, 13.40)), SETTINGS)
    assert Flag.ROUNDED_POSITION in metadata.flags
    assert metadata.position is not None
    assert metadata.position.horizontal_sigma_m == pytest.approx(1112, rel=1e-3)
    assert any("rounded to 1112 m" in e.note for e in metadata.ledger)


@given(st.floats(-89, 89), st.floats(-179, 179), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_distance_against_the_plane(lat: float, lon: float, d_lat: float, d_lon: float) -> None:
    a = replace(position(), lat_deg=lat, lon_deg=lon)
    b = replace(position(), lat_deg=lat + d_lat, lon_deg=lon + d_lon)
    flat = math.hypot(d_lat, d_lon * math.cos(math.radians(lat + d_lat / 2))) / METRE_DEG
    assert distance_m(a, b) == pytest.approx(flat, rel=2e-3, abs=0.01)


# --- copies ------------------------------------------------------------------------------------


def saved(path: Path, picture: Image.Image, **options: object) -> PhotoMetadata:
    picture.save(path, **options)  # type: ignore[arg-type]
    return read_metadata(path, SETTINGS)


def test_copies_are_linked_to_the_best_one(tmp_path: Path) -> None:
    picture = scene(640, 480, seed=1)
    small = saved(tmp_path / "a small.jpg", picture.resize((320, 240)), quality=60)
    best = saved(tmp_path / "best.png", picture)
    again = saved(tmp_path / "best copy.png", picture)
    rough = saved(tmp_path / "rough.jpg", picture, quality=15)
    other = saved(tmp_path / "other.png", scene(640, 480, seed=2))
    reviewed = review([small, best, again, rough, other], SETTINGS)
    # Equal sizes: "best copy.png" comes first by name.
    assert reviewed.duplicate_of == (2, 2, None, 2, None)
    found = [p.flags for p in reviewed.photos]
    assert Flag.NEAR_DUPLICATE in found[0]
    assert Flag.DUPLICATE in found[1]
    assert Flag.NEAR_DUPLICATE in found[3]
    assert not {Flag.DUPLICATE, Flag.NEAR_DUPLICATE} & {*found[2], *found[4]}
    assert any("the same picture as best copy.png" in e.note for e in reviewed.photos[0].ledger)


def test_a_copy_without_its_position_gives_way_to_one_that_has_it(tmp_path: Path) -> None:
    picture = scene(640, 480, seed=1)
    bare = saved(tmp_path / "a.jpg", picture, quality=90)
    full = read_metadata(
        write_jpeg(tmp_path / "b.jpg", gps=gps(52.51634, 13.37776), picture=picture), SETTINGS
    )
    assert review([bare, full], SETTINGS).duplicate_of == (1, None)


def test_a_turned_copy_is_found(tmp_path: Path) -> None:
    picture = scene(640, 480, seed=1)
    turned = Image.Exif()
    turned[0x0112] = 6
    plain = saved(tmp_path / "a.jpg", picture, quality=90)
    rotated = saved(
        tmp_path / "b.jpg", picture.transpose(Image.Transpose.ROTATE_90), quality=90, exif=turned
    )
    assert review([plain, rotated], SETTINGS).duplicate_of == (None, 0)


def test_the_same_view_at_another_time_is_no_copy(tmp_path: Path) -> None:
    times = ("2024:05:06 07:08:09", "2024:05:06 07:09:19")
    photos = [
        read_metadata(
            write_jpeg(
                tmp_path / f"{i}.jpg",
                exif={piexif.ExifIFD.DateTimeOriginal: time, piexif.ExifIFD.OffsetTime: "+00:00"},
            ),
            SETTINGS,
        )
        for i, time in enumerate(times)
    ]
    assert photos[0].perceptual_hash == photos[1].perceptual_hash
    assert review(photos, SETTINGS).duplicate_of == (None, None)


def alike(index: int, seconds: float, **fields: object) -> PhotoMetadata:
    """Photos whose hashes cannot tell them apart."""
    return photo(index, seconds, position(north_m=0.1 * index), perceptual_hash="f0" * 64, **fields)


@pytest.mark.parametrize(
    ("seconds", "same"),
    [(0.0, True), (0.25, True), (0.31, False), (0.05, False), (1.0, True), (7.25, False)],
)
def test_fractions_of_a_second_tell_a_burst_apart(seconds: float, same: bool) -> None:
    # A copy keeps the fraction, or loses it.
    photos = [alike(0, 0.25), alike(1, seconds)]
    assert review(photos, SETTINGS).duplicate_of == ((None, 0) if same else (None, None))


def test_who_looks_closer_has_the_last_word() -> None:
    photos = [alike(0, 0), alike(1, 0), alike(2, 0), alike(3, 0)]
    asked: list[tuple[int, int]] = []

    def is_copy(i: int, j: int) -> bool:
        asked.append((i, j))
        return {i, j} == {1, 3}

    assert review(photos, SETTINGS, is_copy=is_copy).duplicate_of == (None, None, None, 1)
    assert set(asked) >= {(1, 0), (2, 0), (2, 1), (3, 1)}
    # The same bytes need no closer look, and what hashes or times tell apart gets none.
    asked.clear()
    photos = [alike(0, 0), alike(1, 0, content_hash="hash 0"), alike(2, 40)]
    assert review(photos, SETTINGS, is_copy=is_copy).duplicate_of == (None, 0, None)
    assert asked == []


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from([-1.0, -0.25, 0.0, 0.25, 899.0, 899.5, 900.0, 1800.75, 7200.0]),
            st.floats(-2000.0, 2000.0),
        ),
        max_size=20,
    ),
    st.integers(0, 3),
)
def test_by_time_no_copy_is_missed(seconds: list[float | None], odd: int) -> None:
    """Only those of the time are looked at, and found is what comparing with all finds."""
    photos = [
        photo(i, s, position(), perceptual_hash=("f0" * 63) + f"{i % 4:02x}")
        for i, s in enumerate(seconds)
    ]
    asked: list[tuple[int, int]] = []

    def is_copy(i: int, j: int) -> bool:
        asked.append((i, j))
        return (i * j) % 4 != odd

    found, looked = review(photos, SETTINGS, is_copy=is_copy).duplicate_of, list(asked)
    asked.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("worldmap.photo.suspicion._second", lambda _: None)
        assert review(photos, SETTINGS, is_copy=is_copy).duplicate_of == found
    assert asked == looked


def test_the_copy_that_is_kept_learns_from_the_others() -> None:
    heading = Heading(true_deg=80.0, sigma_deg=15.0, source=HeadingSource.TRUE)
    best = replace(alike(0, 0, width_px=8000, height_px=6000), position=None)
    photos = [best, alike(1, 0), alike(2, 0, heading=heading)]
    reviewed = review(photos, SETTINGS)
    assert reviewed.duplicate_of == (None, 0, 0)
    kept = reviewed.photos[0]
    assert (kept.position, kept.heading) == (photos[1].position, heading)
    told = [(e.quantity, e.source, e.used) for e in kept.ledger]
    assert told == [("position", "copy: 001.jpg", True), ("heading", "copy: 002.jpg", True)]
    assert photos[0].position is None


def test_a_second_review_starts_from_the_same_photos() -> None:
    photos = [photo(i, 20.0 * i, position()) for i in range(3)]
    first = review(photos, SETTINGS)
    assert review(photos, SETTINGS) == first


# --- no photos ---------------------------------------------------------------------------------


def test_pictures_without_a_camera(tmp_path: Path) -> None:
    assert saved(tmp_path / "a.png", scene()).flags == (Flag.NO_CAMERA,)
    screen = saved(tmp_path / "b.png", scene(1170, 2532))
    assert screen.flags == (Flag.NO_CAMERA, Flag.SCREENSHOT)
    named = saved(tmp_path / "Screenshot_2024-05-06.jpg", scene())
    assert named.flags == (Flag.NO_CAMERA, Flag.SCREENSHOT)


def test_a_camera_leaves_traces(tmp_path: Path) -> None:
    for directories in (
        {"image": {piexif.ImageIFD.Model: "Model"}},
        {"exif": {piexif.ExifIFD.ExposureTime: (1, 100)}},
    ):
        path = write_jpeg(tmp_path / "Screenshot.jpg", **directories)
        assert read_metadata(path, SETTINGS).flags == ()


def test_panoramas_are_no_pinhole_photos(tmp_path: Path) -> None:
    assert Flag.NOT_PINHOLE in saved(tmp_path / "a.png", scene(600, 200)).flags
