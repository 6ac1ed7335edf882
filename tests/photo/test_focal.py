"""Focal lengths: from the 35 mm figure, the focal plane, the sensor table; crops and zoom."""

import math
from pathlib import Path
from typing import Any

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.photo_makers import rational, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.photo import read_metadata
from worldmap.photo.focal import crop_of
from worldmap.photo.sensors import SENSORS, find_sensor
from worldmap.records import Focal, FocalSource, LedgerEntry

SETTINGS = PhotoSettings()
EXIF, IMAGE = piexif.ExifIFD, piexif.ImageIFD


def focal(
    tmp_path: Path,
    size: tuple[int, int],
    exif: dict[str, Any],
    *,
    make: str = "Maker",
    model: str = "Model",
    orientation: int = 1,
) -> tuple[Focal | None, list[LedgerEntry]]:
    image = {IMAGE.Make: make, IMAGE.Model: model, IMAGE.Orientation: orientation}
    path = write_jpeg(tmp_path / "photo.jpg", exif=exif, image=image, picture=scene(*size))  # type: ignore[arg-type]
    metadata = read_metadata(path, SETTINGS)
    return metadata.focal, [e for e in metadata.ledger if e.quantity == "focal"]


def taken(width: int, height: int) -> dict[str, Any]:
    return {EXIF.PixelXDimension: width, EXIF.PixelYDimension: height}


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (400, 300)), (6, (400, 300)), (1, (300, 400))]
)
def test_35_mm_by_the_diagonal(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    found, _ = focal(tmp_path, size, {EXIF.FocalLengthIn35mmFilm: 28}, orientation=orientation)
    assert found is not None
    # 43.27 mm is the diagonal of 36 × 24 mm; 500 px that of the picture.
    assert found.focal_px == pytest.approx(28 / 43.2666 * 500, rel=1e-5)
    assert found.source == FocalSource.FILM_35MM
    # The width instead of the diagonal must lie within one sigma, or nearly so.
    by_width = 28 / 36 * 400
    assert abs(found.focal_px / by_width - 1) < 1.1 * found.sigma_rel


def test_focal_plane_resolution(tmp_path: Path) -> None:
    exif = {
        EXIF.FocalLength: (50, 1),
        EXIF.FocalPlaneXResolution: rational(2540.0),
        EXIF.FocalPlaneYResolution: rational(2540.0),
        EXIF.FocalPlaneResolutionUnit: 2,
    }
    found, _ = focal(tmp_path, (400, 300), exif | taken(4000, 3000))
    assert found is not None
    assert found.focal_px == pytest.approx(50 * 100 / 10)  # 100 px/mm, a tenth of the size
    assert found.source == FocalSource.SENSOR
    assert found.sigma_rel == SETTINGS.plane_focal_sigma_rel


def test_a_focal_plane_that_contradicts_the_35_mm_figure_is_refused(tmp_path: Path) -> None:
    exif = {
        EXIF.FocalLength: (50, 1),
        EXIF.FocalPlaneXResolution: (72, 1),
        EXIF.FocalPlaneResolutionUnit: 4,
        EXIF.FocalLengthIn35mmFilm: 75,
    }
    found, ledger = focal(tmp_path, (1200, 800), exif)
    assert found is not None
    assert found.source == FocalSource.FILM_35MM
    assert any("% off FocalLengthIn35mmFilm" in e.note and not e.used for e in ledger)


def test_the_sensor_table_comes_before_the_35_mm_figure(tmp_path: Path) -> None:
    exif = {EXIF.FocalLength: (428, 100), EXIF.FocalLengthIn35mmFilm: 35}
    found, ledger = focal(tmp_path, (1024, 768), exif, make="Apple", model="iPhone 4S")
    assert found is not None
    # 3264 pixels of 1.4 µm; structure from motion of such photos found 968 px.
    assert found.focal_px == pytest.approx(4.28 / (3264 * 0.0014) * 1024)
    assert found.focal_px == pytest.approx(968, rel=0.015)
    assert [e.used for e in ledger] == [True, False]


def test_another_lens_of_the_same_phone_is_not_the_table_s(tmp_path: Path) -> None:
    exif = {EXIF.FocalLength: (6, 1), EXIF.FocalLengthIn35mmFilm: 52}
    found, _ = focal(tmp_path, (400, 300), exif, make="Apple", model="iPhone 11 Pro")
    assert found is not None
    assert found.source == FocalSource.FILM_35MM


@pytest.mark.parametrize(
    ("model", "focal_mm", "film_mm", "aspect"),
    [
        ("iPhone 4", 3.85, 30, 4 / 3),
        ("iPhone 6s", 4.15, 29, 4 / 3),
        ("iPhone 8", 3.99, 28, 4 / 3),
        ("iPhone 11 Pro", 4.25, 26, 4 / 3),
        ("iPhone 12 Pro Max", 5.1, 26, 4 / 3),
        ("iPhone 13 Pro", 5.7, 26, 4 / 3),
        ("iPhone 14 Pro", 6.86, 24, 4 / 3),
        ("iPhone 15", 5.96, 26, 4 / 3),
        ("Pixel 3", 4.44, 28, 4 / 3),
        ("Pixel 6", 6.81, 25, 4 / 3),
        ("SM-G975F", 4.32, 26, 4 / 3),
        ("FC6310", 8.8, 24, 3 / 2),
        ("L1D-20c", 10.26, 28, 3 / 2),
        ("L2D-20c", 12.29, 24, 4 / 3),
        ("FC220", 4.73, 26, 4 / 3),
        ("FC330", 3.61, 20, 4 / 3),
        ("COOLPIX P6000", 24.0, 112, 4 / 3),
        ("NIKON D5000", 18.0, 27, 3 / 2),
        ("NIKON D750", 50.0, 50, 3 / 2),
    ],
)
def test_the_sensor_table_agrees_with_published_equivalents(
    model: str, focal_mm: float, film_mm: float, aspect: float
) -> None:
    sensor = find_sensor(model, focal_mm)
    assert sensor is not None
    by_sensor = focal_mm / sensor.width_mm
    by_film = film_mm / 43.2666 * math.hypot(1, 1 / aspect)
    assert by_sensor == pytest.approx(by_film, rel=0.07)  # whole millimetres, rounded by makers


def test_every_sensor_says_where_its_size_is_from() -> None:
    for sensor in SENSORS:
        assert sensor.source
        assert 1.2 < sensor.width_mm / sensor.height_mm < 1.55


def test_unknown_cameras_are_not_guessed() -> None:
    assert find_sensor("iPhone 99", 4.2) is None
    assert find_sensor("", 4.2) is None
    assert find_sensor("my iPhone 8 case", 3.99) is None


@pytest.mark.parametrize("longer", [64, 4000])
def test_a_plain_resize_scales_the_focal_length(longer: int) -> None:
    crop = crop_of((4000.0, 3000.0), longer, longer * 3 / 4)
    assert crop.scale == pytest.approx(longer / 4000)
    assert crop.sigma_rel == 0.0


@given(
    scale=st.floats(0.05, 1.0),
    keep_long=st.floats(0.3, 1.0),
    keep_short=st.floats(0.3, 1.0),
)
def test_a_crop_covers_the_scales_it_may_have(
    scale: float, keep_long: float, keep_short: float
) -> None:
    longer, shorter = 4000 * keep_long * scale, 3000 * keep_short * scale
    crop = crop_of((4000.0, 3000.0), longer, shorter)
    if crop.note:  # another aspect: between the largest crop and the unscaled one
        low, high = (math.log(crop.scale) + s * crop.sigma_rel for s in (-1, 1))
        assert low - 1e-6 <= math.log(scale) <= high + 1e-6


def test_a_crop_is_told_and_widens(tmp_path: Path) -> None:
    exif = {EXIF.FocalLengthIn35mmFilm: 28} | taken(400, 300)
    found, ledger = focal(tmp_path, (300, 300), exif)
    assert found is not None
    assert found.sigma_rel >= SETTINGS.film_focal_sigma_rel
    assert "cropped: 300×300 of 400×300" in ledger[0].note


def test_a_16_9_picture_of_a_4_3_sensor_is_ambiguous(tmp_path: Path) -> None:
    found, ledger = focal(tmp_path, (640, 360), {EXIF.FocalLengthIn35mmFilm: 26})
    assert found is not None
    assert "aspect" in ledger[0].note
    of_picture = 26 / 43.2666 * math.hypot(640, 360)
    of_sensor = 26 / 43.2666 * math.hypot(640, 480)
    for reading in (of_picture, of_sensor):
        assert abs(math.log(found.focal_px / reading)) < found.sigma_rel


def test_a_crop_in_the_camera_keeps_the_sensors_scale(tmp_path: Path) -> None:
    exif = {EXIF.FocalLength: (399, 100)}
    wide, _ = focal(tmp_path, (640, 360), exif, model="iPhone 8")
    square, _ = focal(tmp_path, (480, 480), exif, model="iPhone 8")
    full, _ = focal(tmp_path, (640, 480), exif, model="iPhone 8")
    assert wide is not None
    assert square is not None
    assert full is not None
    assert wide.focal_px == pytest.approx(full.focal_px)
    assert square.focal_px == pytest.approx(full.focal_px)


def test_digital_zoom(tmp_path: Path) -> None:
    zoomed = {EXIF.FocalLength: (399, 100), EXIF.DigitalZoomRatio: (2, 1)}
    found, _ = focal(tmp_path, (640, 480), zoomed, model="iPhone 8")
    plain, _ = focal(tmp_path, (640, 480), {EXIF.FocalLength: (399, 100)}, model="iPhone 8")
    assert found is not None
    assert plain is not None
    assert found.focal_px == pytest.approx(2 * plain.focal_px)


@pytest.mark.parametrize(
    "exif",
    [
        {},
        {EXIF.FocalLengthIn35mmFilm: 0},
        {EXIF.FocalLength: (0, 0), EXIF.FocalPlaneXResolution: (0, 0)},
        {EXIF.FocalLength: (5, 1)},  # millimetres alone tell nothing
        {EXIF.FocalLengthIn35mmFilm: 60_000},
        {EXIF.FocalLengthIn35mmFilm: 1},
        {EXIF.DigitalZoomRatio: (0, 0)},
    ],
)
def test_no_focal_length(tmp_path: Path, exif: dict[str, Any]) -> None:
    found, ledger = focal(tmp_path, (400, 300), exif)
    assert found is None
    assert not any(e.used for e in ledger)
