"""What lies beside photos and what the user says: Takeout, Mapillary, tables, GPX, --set."""

import json
import math
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pytest

from tests.helpers.photo_makers import gps, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.errors import MissingPathError, TrackError, UsageError
from worldmap.frames import enu_from_cam_rotation
from worldmap.photo import Period, Sidecars, parse_overrides, parse_period, read_metadata
from worldmap.photo.takeout import takeout_sidecar
from worldmap.records import FocalSource, HeadingSource, HeightDatum, PhotoMetadata, PositionSource

SETTINGS = PhotoSettings()
EXIF = piexif.ExifIFD
BERLIN = (52.5163123, 13.3777456)
ELSEWHERE = (48.8583712, 2.2944812)


def photo(tmp_path: Path, name: str = "photo.jpg", **directories: object) -> Path:
    return write_jpeg(tmp_path / name, **directories)  # type: ignore[arg-type]


def place(metadata: PhotoMetadata) -> tuple[float, float]:
    assert metadata.position is not None
    return metadata.position.lat_deg, metadata.position.lon_deg


# --- Takeout -----------------------------------------------------------------------------------


def takeout(lat: float, lon: float, altitude: float = 0.0, **more: object) -> str:
    geo = {"latitude": lat, "longitude": lon, "altitude": altitude, "latitudeSpan": 0.0}
    return json.dumps({"title": "photo.jpg", "geoData": geo, **more})


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1.JPG", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json"),
        ("IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json"),
        ("IMG_1(2).jpg", "IMG_1(2).jpg.json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1-bearbeitet(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json"),
        (
            "Screenshot_2017-07-05-10-05-26.png",
            "Screenshot_2017-07-05-10-05-26.png.supplementa.json",
        ),
        (
            "D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg",
            "D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg.supp.json",
        ),
        (
            "Screenshot_20220207_102421_com.snapchat.android.jpg",
            "Screenshot_20220207_102421_com.snapchat.androi.json",
        ),
        (
            "Urlaub in Knaufspesch in der Schneifel (38).JPG",
            "Urlaub in Knaufspesch in der Schneifel (38).JP.json",
        ),
        (
            "123456789123456789123456789123456789_DSCN0091(1).JPG",
            "123456789123456789123456789123456789_DSCN0091.(1).json",
        ),
    ],
)  # fmt: skip
def test_takeout_names(name: str, sidecar: str) -> None:
    others = ["metadata.json", "IMG_12.jpg.json", "IMG_1.jpg(3).json", "user-generated.json"]
    names = {n.casefold(): n for n in [*others, sidecar]}
    assert takeout_sidecar(name, names) == sidecar


def test_takeout_does_not_take_the_sidecar_of_another_photo() -> None:
    others = {n.casefold(): n for n in ("IMG_12.jpg.json", "IMG_1.jpg(3).json", "metadata.json")}
    for name in ("IMG_1.jpg", "IMG_1(2).jpg", "IMG_123.jpg", "IMG_1.png"):
        assert takeout_sidecar(name, others) is None


def test_takeout_fills_in_what_android_redacted(tmp_path: Path) -> None:
    path = photo(tmp_path, gps=gps(0.0, 0.0))
    more = {"photoTakenTime": {"timestamp": "1714979289", "formatted": "..."}}
    (tmp_path / "photo.jpg.supplemental-metadata.json").write_text(takeout(*BERLIN, 82.0, **more))  # type: ignore[arg-type]
    metadata = read_metadata(path, SETTINGS)
    assert place(metadata) == BERLIN
    assert metadata.position is not None
    assert metadata.position.source == PositionSource.SIDECAR
    assert metadata.position.horizontal_sigma_m == SETTINGS.takeout_sigma_m
    assert (metadata.position.height_m, metadata.position.height_datum) == (
        82.0,
        HeightDatum.UNKNOWN,
    )
    assert metadata.captured_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert [e.used for e in metadata.ledger if e.source.startswith("exif: GPSLat")] == [False]


def test_takeouts_geo_data_then_its_copy_of_exif(tmp_path: Path) -> None:
    copy = {"latitude": BERLIN[0], "longitude": BERLIN[1], "altitude": 0.0}
    (tmp_path / "photo.jpg.json").write_text(takeout(0.0, 0.0, geoDataExif=copy))
    metadata = read_metadata(photo(tmp_path), SETTINGS)
    assert place(metadata) == BERLIN
    assert metadata.position is not None
    assert metadata.position.height_m is None  # 0 is missing
    assert metadata.position.horizontal_sigma_m == SETTINGS.gps_sigma_m


def test_exif_comes_before_takeout(tmp_path: Path) -> None:
    path = photo(tmp_path, gps=gps(*BERLIN))
    (tmp_path / "photo.jpg.json").write_text(takeout(*ELSEWHERE))
    assert place(read_metadata(path, SETTINGS)) == pytest.approx(BERLIN)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"geoData": 5}',
        '{"geoData": {"latitude": "north", "longitude": null}}',
        '{"geoData": {"latitude": 1e999, "longitude": 95}, "photoTakenTime": {"timestamp": "x"}}',
    ],
)
def test_broken_takeout_files_cost_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "photo.jpg.json").write_text(content)
    metadata = read_metadata(photo(tmp_path), SETTINGS)
    assert metadata.position is None
    assert metadata.captured_at is None


def test_a_number_beyond_all_in_a_fetched_photos_sidecar_costs_nothing(tmp_path: Path) -> None:
    content = '{"worldmap_source": 1, "lat_deg": 1%s, "lon_deg": 13.4}' % (400 * "0")
    (tmp_path / "photo.jpg.source.json").write_text(content)
    assert read_metadata(photo(tmp_path), SETTINGS).position is None


# --- Mapillary ---------------------------------------------------------------------------------

DESCRIBED = {
    "MAPLatitude": BERLIN[0],
    "MAPLongitude": BERLIN[1],
    "MAPAltitude": 34.5,
    "MAPCaptureTime": "2024_05_06_07_08_09_250",
    "MAPCompassHeading": {"TrueHeading": 61.9, "MagneticHeading": 61.9},
    "MAPGPSAccuracyMeters": 4.0,
    "MAPDeviceMake": "Apple",
    "MAPDeviceModel": "iPhone 8",
}
API: dict[str, Any] = {
    "id": "1234567890",
    "computed_geometry": {"type": "Point", "coordinates": [BERLIN[1], BERLIN[0]]},
    "geometry": {"type": "Point", "coordinates": [BERLIN[1] + 0.001, BERLIN[0]]},
    "computed_compass_angle": 123.0,
    "compass_angle": 150.0,
    "computed_altitude": 41.0,
    "altitude": 80.0,
    "captured_at": 1714979289250,
    "camera_parameters": [0.85, -0.01, 0.002],
    "camera_type": "perspective",
    "make": "GoPro",
    "model": "HERO8",
}


@pytest.mark.parametrize("where", ["exif", "file"])
def test_mapillarys_description(tmp_path: Path, where: str) -> None:
    if where == "exif":
        text = json.dumps(DESCRIBED).encode()
        path = photo(tmp_path, image={piexif.ImageIFD.ImageDescription: text})
    else:
        path = photo(tmp_path)
        entry = DESCRIBED | {"filename": "photo.jpg", "filetype": "image"}
        (tmp_path / "mapillary_image_description.json").write_text(json.dumps([entry]))
    metadata = read_metadata(path, SETTINGS)
    assert place(metadata) == BERLIN
    assert metadata.position is not None
    assert metadata.position.horizontal_sigma_m == 4.0
    assert metadata.heading is not None
    assert (metadata.heading.true_deg, metadata.heading.source) == (61.9, HeadingSource.SIDECAR)
    assert metadata.heading.sigma_deg == SETTINGS.compass_sigma_deg
    assert metadata.captured_at == datetime(2024, 5, 6, 7, 8, 9, 250_000, tzinfo=UTC)
    assert (metadata.make, metadata.model) == ("Apple", "iPhone 8")


def test_a_compass_that_contradicts_itself_is_kept_with_a_wide_sigma(tmp_path: Path) -> None:
    wrong = DESCRIBED | {"MAPCompassHeading": {"TrueHeading": 182.0, "MagneticHeading": 88.8}}
    path = photo(tmp_path, image={piexif.ImageIFD.ImageDescription: json.dumps(wrong).encode()})
    heading = read_metadata(path, SETTINGS).heading
    assert heading is not None
    assert heading.true_deg == 182.0
    assert heading.sigma_deg == SETTINGS.contradicted_sigma_deg


@pytest.mark.parametrize("name", ["1234567890.jpg", "photo.jpg"])
def test_mapillarys_computed_values_come_first(tmp_path: Path, name: str) -> None:
    rotation = enu_from_cam_rotation(123.0, -4.0, 2.0).T  # OpenSfM's is cam_from_enu
    angle = math.acos((np.trace(rotation) - 1) / 2)
    skew = (rotation - rotation.T) / (2 * math.sin(angle))
    vector = (angle * np.array((skew[2, 1], skew[0, 2], skew[1, 0]))).tolist()
    entry = API | {"computed_rotation": vector}
    if name == "photo.jpg":
        entry["filename"] = "photo.jpg"
    (tmp_path / "mapillary_image_description.json").write_text(json.dumps({"data": [entry]}))
    metadata = read_metadata(photo(tmp_path, name, gps=gps(*ELSEWHERE)), SETTINGS)
    assert place(metadata) == BERLIN
    assert metadata.position is not None
    assert metadata.position.height_m == 41.0
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 123.0
    assert metadata.tilt is not None
    assert metadata.tilt.pitch_deg == pytest.approx(-4.0)
    assert metadata.tilt.roll_deg == pytest.approx(2.0)
    assert metadata.focal is not None
    assert metadata.focal.focal_px == pytest.approx(0.85 * 64)
    assert metadata.distortion == (-0.01, 0.002, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "content",
    ["{", "5", '[{"filename": "photo.jpg", "computed_geometry": [], "MAPCompassHeading": "x"}]'],
)
def test_broken_descriptions_cost_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "mapillary_image_description.json").write_text(content)
    metadata = read_metadata(photo(tmp_path, gps=gps(*BERLIN)), SETTINGS)
    assert place(metadata) == pytest.approx(BERLIN)


# --- tables ------------------------------------------------------------------------------------

CSV = """filename,lat,lon,alt,datum,heading,pitch,roll,sigma_xy,sigma_z,sigma_heading,time
photo.jpg,52.5163123,13.3777456,73.5,ellipsoid,270,-5,1.5,0.3,0.6,2,2024-05-06T07:08:09Z
other.jpg,1.5,2.5,,,,,,,,,
"""


def test_csv(tmp_path: Path) -> None:
    (tmp_path / "positions.csv").write_text(CSV)
    path = photo(tmp_path, gps=gps(*ELSEWHERE, ImgDirection=(10, 1), ImgDirectionRef="T"))
    metadata = read_metadata(path, SETTINGS)
    assert place(metadata) == BERLIN
    position = metadata.position
    assert position is not None
    assert (position.height_m, position.height_datum) == (73.5, HeightDatum.ELLIPSOID)
    assert (position.horizontal_sigma_m, position.vertical_sigma_m) == (0.3, 0.6)
    assert metadata.heading is not None
    assert (metadata.heading.true_deg, metadata.heading.sigma_deg) == (270.0, 2.0)
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (-5.0, 1.5)
    assert metadata.captured_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Image;Latitude;Longitude\nphoto.jpg;52.5163123;13.3777456\n",
        "IMAGE NAME\tlat\tlng\nsub/folder/PHOTO.JPG\t52.5163123\t13.3777456\n",
        '\ufeff"filename","lat","lon"\n"photo.jpg","52.5163123","13.3777456"\n',
        "lon,lat,file\n13.3777456,52.5163123,photo.jpg\nbroken line\n,,\n",
    ],
)
def test_csv_dialects(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    assert place(read_metadata(photo(tmp_path), SETTINGS)) == BERLIN


def test_other_csv_files_are_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "expenses.csv").write_text("date,amount\n2024-05-06,12\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    metadata = read_metadata(photo(tmp_path), SETTINGS)
    assert metadata.position is None
    assert metadata.ledger == ()


@pytest.mark.parametrize(
    "text",
    [
        "EPSG:4326\nphoto.jpg 13.3777456 52.5163123 198.6\n",
        "EPSG:4326\nphoto.jpg 13.3777456 52.5163123 198.6 0 0 0\n",
        "EPSG:32633\nphoto.jpg 389920.96 5819703.22 198.6\n",
        "WGS84 UTM 33N\nphoto.jpg\t389920.96\t5819703.22\t198.6\n",
        "+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs\nphoto.jpg 389920.96 5819703.22 198.6\n",
        "photo.jpg, 52.5163123, 13.3777456, 198.6\n",  # Pix4D: latitude first, no header
        "photo.jpg;52.5163123;13.3777456;198.6;1.0;2.0;3.0\n",
    ],
)
def test_geo_txt(tmp_path: Path, text: str) -> None:
    (tmp_path / "geo.txt").write_text(text)
    metadata = read_metadata(photo(tmp_path, gps=gps(*ELSEWHERE)), SETTINGS)
    assert place(metadata) == pytest.approx(BERLIN, abs=2e-6)
    assert metadata.position is not None
    assert metadata.position.height_m == 198.6
    assert metadata.position.horizontal_sigma_m == SETTINGS.table_sigma_m
    assert metadata.heading is None
    assert metadata.tilt is None


def test_geo_txt_with_angles_accuracy_and_blanks_in_names(tmp_path: Path) -> None:
    (tmp_path / "geo.txt").write_text(
        "EPSG:4979\nmy photo 1.jpg 13.3777456 52.5163123 73.5 185 85 2 0.02 0.05 a label\n"
    )
    metadata = read_metadata(photo(tmp_path, "my photo 1.jpg"), SETTINGS)
    position = metadata.position
    assert position is not None
    assert (position.horizontal_sigma_m, position.vertical_sigma_m) == (0.02, 0.05)
    assert position.height_datum == HeightDatum.ELLIPSOID
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 185.0
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (-5.0, 2.0)  # 0 down, 90 ahead


def test_a_broken_geo_txt_is_said_in_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "geo.txt").write_text("+proj=tmerc +lat_0=0\nphoto.jpg 1 2 3\n")
    metadata = read_metadata(photo(tmp_path, gps=gps(*BERLIN)), SETTINGS)
    assert place(metadata) == pytest.approx(BERLIN)
    assert any("projection not supported" in entry.note for entry in metadata.ledger)


def test_a_named_table_must_be_one(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    for text in ("", "date,amount\n1,2\n", "WGS84 UTM 99N\n"):
        table.write_text(text)
        with pytest.raises(UsageError, match=r"t\.csv|zone"):
            Sidecars(tables=[table])
    with pytest.raises(MissingPathError):
        Sidecars(tables=[tmp_path / "gone.csv"])


def test_a_named_table_serves_photos_of_other_folders(tmp_path: Path) -> None:
    table = tmp_path / "tables" / "t.csv"
    table.parent.mkdir()
    table.write_text(CSV)
    metadata = read_metadata(photo(tmp_path), SETTINGS, sidecars=Sidecars(tables=[table]))
    assert place(metadata) == BERLIN


# --- GPX ---------------------------------------------------------------------------------------


def gpx_file(tmp_path: Path, points: str) -> Path:
    path = tmp_path / "track.gpx"
    path.write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="t" '
        f'xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    )
    return path


def point(lat: float, lon: float, time: str, ele: float | None = 50.0) -> str:
    height = "" if ele is None else f"<ele>{ele}</ele>"
    return f'<trkpt lat="{lat}" lon="{lon}">{height}<time>{time}</time></trkpt>'


WALK = (
    point(52.5000, 13.4000, "2024-05-06T07:00:00Z", 40.0)
    + point(52.5009, 13.4000, "2024-05-06T07:01:00Z", 46.0)  # 100 m north in a minute
    + point(52.5009, 13.4015, "2024-05-06T07:02:00Z", None)
)


def taken(time: str, offset: str | None = "+02:00") -> dict[int, str]:
    tags = {EXIF.DateTimeOriginal: time}
    return tags if offset is None else tags | {EXIF.OffsetTimeOriginal: offset}


def test_gpx_gives_position_height_and_a_weak_heading(tmp_path: Path) -> None:
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, WALK)])
    path = photo(tmp_path, exif=taken("2024:05:06 09:00:30"))
    metadata = read_metadata(path, SETTINGS, sidecars=sidecars)
    assert place(metadata) == pytest.approx((52.50045, 13.4))
    position = metadata.position
    assert position is not None
    assert position.source == PositionSource.GPX
    assert (position.height_m, position.height_datum) == (43.0, HeightDatum.UNKNOWN)
    speed = 100.08 / 60
    expected = math.hypot(
        SETTINGS.gpx_sigma_m,
        speed * SETTINGS.clock_sigma_s,
        SETTINGS.gpx_stray_mps * (30 - SETTINGS.clock_sigma_s),
    )
    assert position.horizontal_sigma_m == pytest.approx(expected, rel=1e-3)
    assert metadata.heading is not None
    assert metadata.heading.true_deg == pytest.approx(0.0, abs=1e-6)
    assert metadata.heading.source == HeadingSource.GPS_TRACK


def test_gpx_time_offset(tmp_path: Path) -> None:
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, WALK)], time_offset_s=90.0)
    path = photo(tmp_path, exif=taken("2024:05:06 09:00:00"))
    metadata = read_metadata(path, SETTINGS, sidecars=sidecars)
    assert place(metadata) == pytest.approx((52.5009, 13.40075))


@pytest.mark.parametrize("clock", ["2024:05:06 08:00:30", "2024:05:06 09:00:30"])
def test_gpx_finds_the_zone_of_a_clock_that_does_not_tell_it(tmp_path: Path, clock: str) -> None:
    # 13.4° E: UTC+1, and +2 in summer. Both fall into the track in turn, UTC does not.
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, WALK)])
    path = photo(tmp_path, exif=taken(clock, offset=None))
    metadata = read_metadata(path, SETTINGS, sidecars=sidecars)
    assert place(metadata) == pytest.approx((52.50045, 13.4))
    assert any("clock taken as UTC" in e.note for e in metadata.ledger if e.used)


@pytest.mark.parametrize("clock", ["2024:05:06 12:00:00", "2024:05:07 09:00:30"])
def test_gpx_says_nothing_about_other_times(tmp_path: Path, clock: str) -> None:
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, WALK)])
    path = photo(tmp_path, exif=taken(clock))
    assert read_metadata(path, SETTINGS, sidecars=sidecars).position is None


def test_gpx_in_a_long_gap_says_nothing(tmp_path: Path) -> None:
    gap = point(52.5, 13.4, "2024-05-06T07:00:00Z") + point(52.6, 13.4, "2024-05-06T09:00:00Z")
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, gap)])
    path = photo(tmp_path, exif=taken("2024:05:06 10:00:00"))
    assert read_metadata(path, SETTINGS, sidecars=sidecars).position is None


def test_gpx_across_the_antimeridian(tmp_path: Path) -> None:
    crossing = point(-17.0, 179.999, "2024-05-06T07:00:00Z") + point(
        -17.0, -179.999, "2024-05-06T07:01:00Z"
    )
    sidecars = Sidecars(gpx=[gpx_file(tmp_path, crossing)])
    path = photo(tmp_path, exif=taken("2024:05:06 07:00:45", "+00:00"))
    assert place(read_metadata(path, SETTINGS, sidecars=sidecars)) == pytest.approx(
        (-17.0, -179.9995)
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<gpx/>",
        "no xml",
        '<!DOCTYPE g [<!ENTITY a "ha">]><gpx>&a;</gpx>',
        '<gpx version="1.1"><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>',
    ],
)
def test_gpx_files_that_are_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "track.gpx"
    path.write_text(content)
    with pytest.raises(TrackError, match=r"track\.gpx"):
        Sidecars(gpx=[path])


def test_a_track_of_another_kind_is_told_by_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "track.kml"
    path.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><when>2024-05-06T08:00:00Z</when>'
        "</Placemark></kml>"
    )
    with pytest.raises(TrackError, match=r"not a GPX track but <kml>.*gpsbabel"):
        Sidecars(gpx=[path])


# --- the user ----------------------------------------------------------------------------------


def test_set_comes_before_everything(tmp_path: Path) -> None:
    (tmp_path / "positions.csv").write_text(CSV)
    path = photo(tmp_path, gps=gps(*ELSEWHERE))
    text = "lat=1.25, lon=-2.5, msl=10, heading=-90, pitch=3, focal=50, time=2020-01-01T00:00:00Z"
    sidecars = Sidecars(overrides=parse_overrides(text))
    metadata = read_metadata(path, SETTINGS, sidecars=sidecars)
    assert place(metadata) == (1.25, -2.5)
    position = metadata.position
    assert position is not None
    assert (position.height_m, position.height_datum) == (10.0, HeightDatum.MSL)
    assert position.source == PositionSource.USER
    assert position.horizontal_sigma_m == SETTINGS.user_sigma_m  # round numbers are meant
    assert metadata.heading is not None
    assert (metadata.heading.true_deg, metadata.heading.source) == (270.0, HeadingSource.USER)
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (3.0, 0.0)
    assert metadata.focal is not None
    assert (metadata.focal.focal_px, metadata.focal.source) == (50.0, FocalSource.USER)
    assert metadata.captured_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert sum(e.used for e in metadata.ledger if e.quantity == "position") == 1


def test_set_sigmas(tmp_path: Path) -> None:
    sidecars = Sidecars(
        overrides=parse_overrides("lat=1.25,lon=2.5,sigma_m=0.5,heading=7,heading_sigma=1")
    )
    metadata = read_metadata(photo(tmp_path), SETTINGS, sidecars=sidecars)
    assert metadata.position is not None
    assert metadata.position.horizontal_sigma_m == 0.5
    assert metadata.heading is not None
    assert metadata.heading.sigma_deg == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lat=1", "belong together"),
        ("lat=95,lon=1", "±90"),
        ("lat=0,lon=0", "missing"),
        ("speed=3", "KEY=VALUE"),
        ("heading", "KEY=VALUE"),
        ("heading=north", "not a number"),
        ("heading=nan", "not a number"),
        ("height=1,msl=2", "not both"),
        ("focal=-3", "positive"),
        ("pitch=100", "±90"),
        ("time=now", "not a time"),
    ],
)
def test_set_refuses_nonsense_in_one_line(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        parse_overrides(text)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("--set")


def test_no_gps_ignores_what_photos_bring_along_and_keeps_it_in_the_ledger(tmp_path: Path) -> None:
    path = photo(
        tmp_path, gps=gps(*BERLIN, Altitude=(30, 1), ImgDirection=(10, 1), ImgDirectionRef="T")
    )
    (tmp_path / "photo.jpg.json").write_text(takeout(*ELSEWHERE))
    metadata = read_metadata(path, SETTINGS, sidecars=Sidecars(use_gps=False))
    assert metadata.position is None
    assert metadata.heading is not None
    ignored = [e for e in metadata.ledger if "--no-gps" in e.note]
    assert [e.quantity for e in ignored] == ["position", "height", "position"]


def test_no_gps_keeps_what_was_given_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "positions.csv").write_text(CSV)
    path = photo(tmp_path, gps=gps(*ELSEWHERE))
    assert place(read_metadata(path, SETTINGS, sidecars=Sidecars(use_gps=False))) == BERLIN


# --- the run -----------------------------------------------------------------------------------


def test_sidecars_travel_to_other_processes(tmp_path: Path) -> None:
    (tmp_path / "positions.csv").write_text(CSV)
    sidecars = Sidecars(
        gpx=[gpx_file(tmp_path, WALK)], overrides=parse_overrides("heading=5"), use_gps=False
    )
    path = photo(tmp_path)
    here = read_metadata(path, SETTINGS, sidecars=sidecars)
    there = read_metadata(path, SETTINGS, sidecars=pickle.loads(pickle.dumps(sidecars)))
    assert here == there
    assert sidecars.stage_hash(path) == pickle.loads(pickle.dumps(sidecars)).stage_hash(path)


def test_the_stage_hash_changes_with_every_source(tmp_path: Path) -> None:
    path = photo(tmp_path)
    track = gpx_file(tmp_path, WALK)
    seen = {Sidecars().stage_hash(path)}
    assert Sidecars().stage_hash(path) in seen
    for options in (
        {"use_gps": False},
        {"time_offset_s": 1.0},
        {"gpx": [track]},
        {"overrides": parse_overrides("heading=5")},
        {"overrides": parse_overrides("heading=6")},
    ):
        seen.add(Sidecars(**options).stage_hash(path))
    for name, text in (
        ("photo.jpg.json", takeout(*BERLIN)),
        ("photo.xmp", "<x/>"),
        ("positions.csv", CSV),
        ("mapillary_image_description.json", json.dumps([DESCRIBED | {"filename": "photo.jpg"}])),
    ):
        (tmp_path / name).write_text(text)
        seen.add(Sidecars().stage_hash(path))
    assert len(seen) == 10
    (tmp_path / "positions.csv").write_text(CSV + "third.jpg,3.5,4.5\n")
    assert Sidecars().stage_hash(path) in seen  # another photo's row is not this one's business


def test_periods() -> None:
    may = parse_period("2024-05-01", "2024-05-31")
    assert may.contains(datetime(2024, 5, 31, 23, 59, tzinfo=UTC))
    assert not may.contains(datetime(2024, 6, 1, tzinfo=UTC))
    assert not may.contains(None)
    assert Period().contains(None)
    morning = parse_period("2024-05-06T07:00+02:00", None)
    assert morning.contains(datetime(2024, 5, 6, 5, 0, tzinfo=UTC))
    assert not morning.contains(datetime(2024, 5, 6, 4, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("since", "until"), [("yesterday", None), (None, "2024-13-01"), ("2024-05-02", "2024-05-01")]
)
def test_periods_that_are_none(since: str | None, until: str | None) -> None:
    with pytest.raises(UsageError, match=r"--(since|until)"):
        parse_period(since, until)


def test_a_folder_that_cannot_be_listed_costs_nothing(tmp_path: Path) -> None:
    assert Sidecars().evidence(tmp_path / "gone" / "photo.jpg", 4, 3, SETTINGS) == []
