"""Tags that are wrong without a word: put right where something tells how, refused or flagged."""

import io
import math
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pillow_heif
import pytest
from PIL import Image

from tests.helpers.photo_makers import gps, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError, TableError
from worldmap.photo import Flag, Sidecars, discover, read_metadata, read_pixels, remarks
from worldmap.photo import raw as raw_files
from worldmap.photo.distance import distance_m
from worldmap.photo.reading import Spot
from worldmap.photo.table import read_table
from worldmap.records import HeightDatum, PhotoMetadata

SETTINGS = PhotoSettings()
BERLIN = (52.5163123, 13.3777456)
RIO = (-22.9519, -43.2105)
TAKEN = "2024:05:06 10:00:30"
IN_UTC = {piexif.ExifIFD.OffsetTimeOriginal: "+00:00"}


def read(path: Path, **told: object) -> PhotoMetadata:
    return read_metadata(path, SETTINGS, sidecars=Sidecars(**told))  # type: ignore[arg-type]


def place(metadata: PhotoMetadata) -> tuple[float, float] | None:
    where = metadata.position
    return None if where is None else (where.lat_deg, where.lon_deg)


# --- altitude 0 --------------------------------------------------------------------------------


def test_an_altitude_of_exactly_zero_is_none(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN, Altitude=(0, 1), AltitudeRef=0))
    found = read(path)
    assert found.position is not None
    assert found.position.height_m is None
    assert Flag.ZERO_ALTITUDE in found.flags


def test_it_stands_where_another_instrument_is_near_sea_level(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN, Altitude=(0, 1), AltitudeRef=0))
    (tmp_path / "p.csv").write_text(f"filename,lat,lon,alt\na.jpg,{BERLIN[0]},{BERLIN[1]},2.5\n")
    kept = [e for e in read(path).ledger if e.quantity == "height"]
    assert [e.value for e in kept] == ["0.00 m (msl)", "2.50 m (unknown)"]


@pytest.mark.parametrize("altitude", [(999, 1, 1), (9999, 1, 0), (65535, 1, 0), (1, 10_000, 0)])
def test_numbers_that_stand_for_no_altitude(tmp_path: Path, altitude: tuple[int, int, int]) -> None:
    over, under, below = altitude
    tags = gps(*BERLIN, Altitude=(over, under), AltitudeRef=below)
    found = read(write_jpeg(tmp_path / "a.jpg", gps=tags))
    assert found.position is not None
    assert found.position.height_m is None
    assert [e.value for e in found.ledger if e.quantity == "height"] == ["refused"]


def test_they_stand_for_none_in_tables_albums_sidecars_and_tracks(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", exif={piexif.ExifIFD.DateTimeOriginal: TAKEN, **IN_UTC})
    (tmp_path / "p.csv").write_text(f"filename,lat,lon,alt\na.jpg,{BERLIN[0]},{BERLIN[1]},-9999\n")
    (tmp_path / "a.jpg.json").write_text(
        f'{{"geoData": {{"latitude": {BERLIN[0]}, "longitude": {BERLIN[1]}, "altitude": -9999}}}}'
    )
    (tmp_path / "a.xmp").write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,30.9N" '
        'exif:GPSLongitude="13,22.6E" exif:GPSAltitude="-9999/1"/></rdf:RDF>'
    )
    heights = [e for e in read(path).ledger if e.quantity == "height"]
    assert {e.source.split(":")[0] for e in heights} == {"csv", "takeout", "xmp sidecar"}
    assert {e.value for e in heights} == {"refused"}


@pytest.mark.parametrize("second", ["<ele>0</ele>", "<ele>-9999</ele>"])
def test_no_height_between_a_known_and_an_unknown_one(tmp_path: Path, second: str) -> None:
    points = "".join(
        f'<trkpt lat="52.5163" lon="13.3777">{ele}<time>2024-05-06T10:0{minute}:00Z</time></trkpt>'
        for minute, ele in enumerate(("<ele>520</ele>", second))
    )
    track = tmp_path / "t.gpx"
    track.write_text(f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    path = write_jpeg(tmp_path / "a.jpg", exif={piexif.ExifIFD.DateTimeOriginal: TAKEN, **IN_UTC})
    found = read(path, gpx=[track])
    assert found.position is not None
    assert found.position.height_m is None


def test_points_of_a_track_without_a_fix_are_none(tmp_path: Path) -> None:
    points = "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><time>2024-05-06T10:0{minute}:00Z</time></trkpt>'
        for minute, (lat, lon) in enumerate(((52.5163, 13.3777), (0, 0), (52.5164, 13.3777)))
    )
    track = tmp_path / "t.gpx"
    track.write_text(f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    path = write_jpeg(tmp_path / "a.jpg", exif={piexif.ExifIFD.DateTimeOriginal: TAKEN, **IN_UTC})
    assert place(read(path, gpx=[track])) == pytest.approx((52.5163, 13.3777), abs=1e-4)


# --- tables ------------------------------------------------------------------------------------


def test_degrees_under_a_projected_header_are_refused(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN))
    (tmp_path / "geo.txt").write_text(f"EPSG:32633\na.jpg {BERLIN[0]} {BERLIN[1]} 80 185 85 2\n")
    found = read(path)
    assert place(found) == pytest.approx(BERLIN)
    assert found.heading is None  # none of such a row is believed
    assert Flag.TABLE_UNUSABLE in found.flags
    (line,) = Sidecars().unserved([found])
    assert "degrees, it seems, under EPSG:32633" in line


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("EPSG:4326\na.jpg 390000 5819900 45\n", "metres, it seems, where degrees belong"),
        ("filename,lat,lon\na.jpg,52° N,3° O\n", "'3° O' is no longitude"),
        ("filename,lat,lon\na.jpg,52° E,13° E\n", "'52° E' cannot be a latitude"),
    ],
)
def test_a_table_that_cannot_be_read_says_the_likely_cause(
    tmp_path: Path, text: str, cause: str
) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "t.csv"
    table.write_text(text)
    sidecars = Sidecars(tables=[table])
    found = read_metadata(path, SETTINGS, sidecars=sidecars)
    assert found.position is None
    assert Flag.TABLE_UNUSABLE in found.flags
    assert cause in sidecars.unserved([found])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Decimal commas: not the equator.
        ("EPSG:32633\na.jpg 390000,12 5819900,67 45,1\n", (52.518103, 13.378846, 45.1)),
        ("EPSG:4326\na.jpg 13,378846 52,518103 45,1\n", (52.518103, 13.378846, 45.1)),
        ("a.jpg;52,518103;13,378846;45,1\n", (52.518103, 13.378846, 45.1)),
        # Degrees over another datum are no metres.
        ("EPSG:4284\na.jpg 37.6 55.75 40\n", (55.750042, 37.598126, 40.0)),
        # exiftool -csv
        (
            "SourceFile,GPSLatitude,GPSLongitude,GPSAltitude\n"
            './a.jpg,"22 deg 57\' 6.80"" S","43 deg 12\' 37.80"" W",10 m Below Sea Level\n',
            (-22.951889, -43.2105, -10.0),
        ),
        (
            "File Name,GPS Latitude (deg),GPS Longitude (deg),GPS Altitude (ft)\n"
            'a.jpg,39.73921,-104.99031,"5,280"\n',
            (39.73921, -104.99031, 1609.344),
        ),
        (
            "filename,lat,lon\na.jpg,43° 12' 37.8\" W,22° 57' 6.8\" S\n",
            (-22.951889, -43.2105, None),
        ),
    ],
)
def test_tables_of_many_hands(
    tmp_path: Path, text: str, expected: tuple[float, float, float | None]
) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "t.csv"
    table.write_text(text)
    found = read(path, tables=[table])
    assert place(found) == pytest.approx(expected[:2], abs=2e-6)
    assert found.position is not None
    assert found.position.height_m == pytest.approx(expected[2])
    assert Flag.TABLE_UNUSABLE not in found.flags


def test_a_height_under_a_projection_in_feet_is_told_not_taken(tmp_path: Path) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "geo.txt"
    table.write_text("EPSG:2232\na.jpg 3140000 1690000 5280\n")
    found = read(path, tables=[table])
    assert found.position is not None
    assert found.position.height_m is None
    assert any("in feet" in entry.note for entry in found.ledger)


def test_coordinates_of_their_own_are_nowhere(tmp_path: Path) -> None:
    table = tmp_path / "p.csv"
    table.write_text(
        '# CoordinateSystem: LOCAL_CS["Local Coordinates (m)",UNIT["metre",1]]\n'
        "#Label,X/Longitude,Y/Latitude,Z/Altitude\na,12.5,8.2,40\n"
    )
    with pytest.raises(TableError, match="nowhere on the Earth"):
        read_table(table)


def test_metres_outside_the_zone_of_their_header_are_refused(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN))
    # Eastings of zone 33 under the header of zone 53, half the Earth away, pass; a northing first
    # lies in no zone at all.
    (tmp_path / "geo.txt").write_text("EPSG:32633\na.jpg 5819703.2 389920.9 80\n")
    found = read(path)
    assert place(found) == pytest.approx(BERLIN)
    assert "outside the area of EPSG:32633" in Sidecars().unserved([found])[0]


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ((RIO[1], RIO[0]), "exchanged"),
        ((RIO[0], -RIO[1]), "lacks its sign (W)"),
        ((-RIO[0], RIO[1]), "lacks its sign (S)"),
        ((-RIO[0], -RIO[1]), "lack their signs"),
    ],
)
def test_a_table_is_read_as_the_photos_own_tags_show(
    tmp_path: Path, told: tuple[float, float], cause: str
) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(RIO[0] + 1e-4, RIO[1]))
    (tmp_path / "p.csv").write_text(f"filename,lat,lon,sigma_xy\na.jpg,{told[0]},{told[1]},0.5\n")
    found = read(path)
    assert place(found) == RIO
    assert found.position is not None
    assert found.position.horizontal_sigma_m == 0.5
    assert Flag.TABLE_DISAGREES in found.flags
    assert any(cause in e.note for e in found.ledger if e.used)


def test_a_table_that_nothing_explains_is_used_and_flagged(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*RIO))
    (tmp_path / "p.csv").write_text(f"filename,lat,lon\na.jpg,{BERLIN[0]},{BERLIN[1]}\n")
    found = read(path)
    assert place(found) == BERLIN
    assert Flag.TABLE_DISAGREES in found.flags


@pytest.mark.parametrize("mark", ["#", ""])
def test_metashapes_reference(tmp_path: Path, mark: str) -> None:
    text = f"{mark}Label,X/Longitude,Y/Latitude,Z/Altitude,Yaw,Pitch,Roll\n"
    text += f"a.jpg,{BERLIN[1]},{BERLIN[0]},81.5,12.0,80.0,1.5\nb,10,20,30,,,\n"
    (tmp_path / "reference.csv").write_text('# CoordinateSystem: GEOGCS["WGS 84"]\n' + text)
    found = read(write_jpeg(tmp_path / "a.jpg"))
    assert place(found) == BERLIN
    assert found.heading is not None
    assert found.tilt is not None
    assert (found.heading.true_deg, found.tilt.pitch_deg) == (12.0, -10.0)  # 0 looks down there
    # A label without the file's suffix.
    assert place(read(write_jpeg(tmp_path / "b.jpg", picture=scene(seed=1)))) == (20.0, 10.0)


def test_metashapes_reference_in_a_projection(tmp_path: Path) -> None:
    from worldmap.geodesy import _crs

    system = _crs(32633).to_wkt("WKT1_GDAL")
    rows = "#Label,X/Easting,Y/Northing,Z/Altitude\na.jpg,389920.96,5819703.22,81.5\n"
    (tmp_path / "r.csv").write_text(f"# CoordinateSystem: {system}\n{rows}")
    assert place(read(write_jpeg(tmp_path / "a.jpg"))) == pytest.approx(BERLIN, abs=2e-6)
    (tmp_path / "r.csv").write_text(rows)
    with pytest.raises(TableError, match="which projection"):
        read_table(tmp_path / "r.csv")


def test_x_and_y_beside_photos_are_pixels_as_soon(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg")
    (tmp_path / "labels.csv").write_text("filename,x,y,class\na.jpg,0.4,0.6,tree\n")
    assert read(path).position is None
    named = tmp_path / "there" / "t.csv"
    named.parent.mkdir()
    named.write_text(f"filename,x,y\na.jpg,{BERLIN[1]},{BERLIN[0]}\n")
    assert place(read(path, tables=[named])) == BERLIN


def test_the_same_name_in_two_folders(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("filename,lat,lon\n100/a.jpg,1,2\nC:\\x\\101\\A.JPG,3,4\n")
    for folder, expected in (("100", (1.0, 2.0)), ("101", (3.0, 4.0)), ("102", None)):
        (tmp_path / folder).mkdir()
        path = write_jpeg(tmp_path / folder / "a.jpg", picture=scene(seed=len(folder)))
        assert place(read(path, tables=[table])) == expected
    table.write_text("filename,lat,lon\na.jpg,1,2\na.jpg,3,4\n")
    found = read(tmp_path / "100" / "a.jpg", tables=[table])
    assert found.position is None
    assert any("named 2 times" in e.note for e in found.ledger)


def test_one_folder_of_another_machine_is_no_hindrance(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("filename,lat,lon\n/home/me/flight/a.jpg,1,2\n/home/me/flight/b.jpg,3,4\n")
    assert place(read(write_jpeg(tmp_path / "a.jpg"), tables=[table])) == (1.0, 2.0)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "p.csv").write_text("filename,lat,lon\nStraße_ü.jpg,1,2\n", encoding=encoding)
    assert place(read(write_jpeg(tmp_path / "Straße_ü.jpg"))) == (1.0, 2.0)


def test_names_in_parts_and_decimal_commas_and_hemispheres(tmp_path: Path) -> None:
    decomposed = "Gru\u0308n.jpg"
    (tmp_path / "p.csv").write_text(f"filename;lat;lon\n{decomposed};-22,5;43,25\n", "utf-8")
    assert place(read(write_jpeg(tmp_path / "Grün.jpg"))) == (-22.5, 43.25)
    text = "SourceFile,FileName,GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSAltitude\n"
    text += "./x.jpg,x.jpg,22.5,South,43 deg 15' 0.00\" W,12.5 m Above Sea Level\n"
    (tmp_path / "exiftool.csv").write_text(text)
    found = read(write_jpeg(tmp_path / "x.jpg"))
    assert place(found) == (-22.5, -43.25)
    assert found.position is not None
    assert found.position.height_m == 12.5


def test_what_serves_no_photo_is_told_with_the_reason(tmp_path: Path) -> None:
    table, track = tmp_path / "t" / "p.csv", tmp_path / "t" / "w.gpx"
    table.parent.mkdir()
    table.write_text("filename,lat,lon\nb.tif,1,2\n")
    point = '<trkpt lat="1" lon="2"><time>2024-05-01T08:00:00Z</time></trkpt>'
    track.write_text(f'<gpx version="1.1"><trk><trkseg>{point}</trkseg></trk></gpx>')
    taken = {
        piexif.ExifIFD.DateTimeOriginal: "2024:05:06 09:00:00",
        piexif.ExifIFD.OffsetTimeOriginal: "+00:00",
    }
    sidecars = Sidecars(tables=[table], gpx=[track])
    photos = [
        read_metadata(write_jpeg(tmp_path / "b.jpg", exif=taken), SETTINGS, sidecars=sidecars)
    ]
    by_name, by_time = sidecars.unserved(photos)
    assert by_name == "p.csv gave no photo a position: it names 'b.tif', the photo is 'b.jpg'"
    assert "2024-05-01 08:00 to 2024-05-01 08:00 UTC, the photos of 2024-05-06 09:00" in by_time
    table.write_text("filename;lat;lon\nb.jpg;x;y\n")
    assert "no latitude" in Sidecars(tables=[table]).unserved(photos)[0]


# --- references, datums, focal lengths -----------------------------------------------------------


def test_hemispheres_beside_the_degrees_of_a_sidecar(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg")
    (tmp_path / "a.jpg.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="22.9519" '
        'exif:GPSLatitudeRef="S" exif:GPSLongitude="43.2105" exif:GPSLongitudeRef="West"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    assert place(read(path)) == RIO


def test_positions_over_an_older_datum(tmp_path: Path) -> None:
    # EPSG 1305's worked example: Tokyo is some 460 m south-east of WGS 84 in Japan.
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(35.6, 139.7, MapDatum="TOKYO"))
    found = place(read(path))
    assert found is not None
    north_m = (found[0] - 35.6) * 111_000
    east_m = (found[1] - 139.7) * 111_000 * math.cos(math.radians(35.6))
    assert north_m == pytest.approx(360, abs=15)
    assert east_m == pytest.approx(-290, abs=15)
    odd = read(write_jpeg(tmp_path / "b.jpg", gps=gps(*BERLIN, MapDatum="Mars 2000")))
    assert Flag.UNKNOWN_DATUM in odd.flags
    assert odd.position is not None
    assert odd.position.horizontal_sigma_m == 300.0
    same = read(write_jpeg(tmp_path / "c.jpg", gps=gps(*BERLIN, MapDatum="WGS-84")))
    assert Flag.UNKNOWN_DATUM not in same.flags


def test_a_datum_of_elsewhere_moves_nothing(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN, MapDatum="TOKYO"))
    found = read(path)
    assert place(found) == pytest.approx(BERLIN, abs=1e-6)
    assert found.position is not None
    assert found.position.horizontal_sigma_m == 300.0
    assert Flag.UNKNOWN_DATUM in found.flags
    assert "not of there" in remarks([found])[0]


@pytest.mark.parametrize("datum", ["NAD27", "NAD27 CONUS", "Pulkovo-1942"])
def test_names_that_go_on_behind_the_datums(tmp_path: Path, datum: str) -> None:
    at = (55.75, 37.6) if datum.startswith("P") else (39.7392, -104.9903)
    found = read(write_jpeg(tmp_path / "a.jpg", gps=gps(*at, MapDatum=datum)))
    assert found.position is not None
    assert 30 < distance_m(found.position, Spot(*at)) < 150
    assert Flag.UNKNOWN_DATUM not in found.flags
    # Three shifts for a whole country.
    assert found.position.horizontal_sigma_m == pytest.approx(math.hypot(8, 10))


@pytest.mark.parametrize("datum", ["D_WGS_1984", "WGS84 (EGM96)", "EPSG:4326", "none"])
def test_what_is_no_other_datum(tmp_path: Path, datum: str) -> None:
    found = read(write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN, MapDatum=datum)))
    assert Flag.UNKNOWN_DATUM not in found.flags
    assert found.position is not None
    assert found.position.horizontal_sigma_m == 8.0


@pytest.mark.parametrize("beside", [True, False])
def test_a_datum_in_xmp(tmp_path: Path, beside: bool) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="35,36.0N" '
        'exif:GPSLongitude="139,42.0E" exif:GPSMapDatum="TOKYO"/></rdf:RDF></x:xmpmeta>'
    )
    if beside:
        (tmp_path / "a.xmp").write_text(xmp)
    path = write_jpeg(tmp_path / "a.jpg", xmp=None if beside else xmp.encode())
    found = read(path)
    assert found.position is not None
    assert distance_m(found.position, Spot(35.6, 139.7)) == pytest.approx(460, abs=25)


def test_a_film_length_that_contradicts_the_sensor(tmp_path: Path) -> None:
    image = {piexif.ImageIFD.Make: "NIKON", piexif.ImageIFD.Model: "NIKON D90"}
    told = {piexif.ExifIFD.FocalLength: (50, 1)}
    lying = told | {piexif.ExifIFD.FocalLengthIn35mmFilm: 195}
    right = told | {piexif.ExifIFD.FocalLengthIn35mmFilm: 75}
    odd = read(write_jpeg(tmp_path / "a.jpg", image=image, exif=lying))
    assert Flag.FOCAL_DISAGREES in odd.flags
    assert odd.focal is not None
    assert odd.focal.sigma_rel > 0.4
    fine = read(write_jpeg(tmp_path / "b.jpg", image=image, exif=right))
    assert Flag.FOCAL_DISAGREES not in fine.flags
    assert fine.focal is not None
    assert fine.focal.sigma_rel < 0.05


def test_fisheyes_by_their_lens(tmp_path: Path) -> None:
    lens = {piexif.ExifIFD.LensModel: "Canon EF 8-15mm f/4L Fisheye USM"}
    assert Flag.NOT_PINHOLE in read(write_jpeg(tmp_path / "a.jpg", exif=lens)).flags


# --- HEIC --------------------------------------------------------------------------------------


def heic(path: Path, *, orientation: int, turned: bool) -> Path:
    """A HEIC with that orientation in its EXIF, with or without a turn of its own."""
    block = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    image = pillow_heif.from_pillow(scene(96, 64))
    image.info["exif"] = block
    image.save(path, quality=80)
    data = path.read_bytes()
    assert b"irot" in data  # the encoder turns by itself
    if not turned:
        # Some phones leave the property out; an unknown one is passed over.
        data = data.replace(b"irot", b"free")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "lens", ["FISH EYE 10mm", "Fish\u2011eye 8mm", "Fischauge 8mm", "OLYMPUS M.8mm F1.8"]
)
def test_fisheyes_by_other_spellings(tmp_path: Path, lens: str) -> None:
    path = write_jpeg(tmp_path / "a.jpg", exif={piexif.ExifIFD.LensModel: lens.encode()})
    assert Flag.NOT_PINHOLE in read(path).flags


def test_a_fisheye_by_the_lens_that_lightroom_names(tmp_path: Path) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" aux:Lens="EF15mm f/2.8 Fisheye"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    assert Flag.NOT_PINHOLE in read(write_jpeg(tmp_path / "a.jpg", xmp=xmp.encode())).flags


@pytest.mark.parametrize(
    ("maker", "model"),
    [
        ("Samsung", "SM-C200"),
        ("NIKON", "KeyMission 360"),
        ("Insta360", "ONE X2"),
        ("DJI", "Osmo 360"),
    ],
)
def test_cameras_that_look_all_around(tmp_path: Path, maker: str, model: str) -> None:
    tags = {piexif.ImageIFD.Make: maker, piexif.ImageIFD.Model: model}
    double = write_jpeg(tmp_path / "a.jpg", picture=scene(256, 128), image=tags)
    assert Flag.NOT_PINHOLE in read(double).flags
    # The same makers' ordinary photos are taken.
    plain = write_jpeg(tmp_path / "b.jpg", picture=scene(256, 192), image=tags)
    assert Flag.NOT_PINHOLE not in read(plain).flags


def test_panoramas_of_a_sweep(tmp_path: Path) -> None:
    apple = {piexif.ImageIFD.Make: "Apple", piexif.ImageIFD.Model: "iPhone 12"}
    swept = {piexif.ExifIFD.CustomRendered: 6}
    path = write_jpeg(tmp_path / "a.jpg", picture=scene(250, 120), image=apple, exif=swept)
    assert Flag.NOT_PINHOLE in read(path).flags
    path = write_jpeg(tmp_path / "PANO_2024.jpg", picture=scene(250, 120))
    assert Flag.NOT_PINHOLE in read(path).flags
    assert "which merge leaves out" in remarks([read(path)])[0]
    path = write_jpeg(tmp_path / "Panorama Tower.jpg", picture=scene(160, 120))
    assert Flag.NOT_PINHOLE not in read(path).flags


def test_a_preview_behind_many_tiles_of_the_sensors_data(tmp_path: Path) -> None:
    tile = b"\xff\xd8\xff\xc3\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x02\xff\xd9"
    buffer = io.BytesIO()
    scene(1280, 960).save(buffer, "JPEG")
    path = tmp_path / "a.dng"
    block = piexif.dump({"0th": {piexif.ImageIFD.Model: "m"}})[6:]
    path.write_bytes(block + 300 * tile + buffer.getvalue())
    assert (read(path).width_px, read(path).model) == (1280, "m")


def test_a_heic_is_turned_once(tmp_path: Path) -> None:
    turned = heic(tmp_path / "a.heic", orientation=6, turned=True)
    plain = heic(tmp_path / "b.heic", orientation=6, turned=False)
    found = [read(path) for path in (turned, plain)]
    assert [(m.width_px, m.height_px) for m in found] == [(64, 96)] * 2
    assert [Flag.TURNED_BY_EXIF in m.flags for m in found] == [False, True]
    a, b = (read_pixels(path, SETTINGS).astype(int) for path in (turned, plain))
    assert np.abs(a - b).mean() < 1.0


# --- RAW ---------------------------------------------------------------------------------------


def dng(path: Path, preview: tuple[int, int] | None, *, orientation: int = 1) -> Path:
    """A TIFF with GPS tags, behind it a lossless JPEG frame (the sensor's data) that must not be
    taken for a picture, a thumbnail, and a preview where asked for."""
    block = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: "DJI", piexif.ImageIFD.Orientation: orientation},
            "GPS": gps(*BERLIN),
        }
    ).removeprefix(b"Exif\0\0")
    frame = struct.pack(">2sHBHHB", b"\xff\xc3", 8, 14, 3000, 4000, 1)
    parts = [block, b"\xff\xd8", frame]
    for size in ((160, 120), preview):
        if size is not None:
            buffer = io.BytesIO()
            scene(*size).save(buffer, "JPEG", quality=70)
            parts.append(buffer.getvalue())
    path.write_bytes(b"".join(parts))
    return path


def test_a_raw_file_is_its_largest_picture_with_its_own_tags(tmp_path: Path) -> None:
    path = dng(tmp_path / "a.DNG", (1200, 900), orientation=6)
    found = read(path)
    assert (found.width_px, found.height_px, found.make) == (900, 1200, "DJI")
    assert place(found) == pytest.approx(BERLIN)
    assert read_pixels(path, SETTINGS).shape == (1200, 900, 3)


def test_a_thumbnail_is_no_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rawpy", None)
    with pytest.raises(PhotoError, match=r"preview of 160 pixels only.*worldmap\[raw\]"):
        read(dng(tmp_path / "a.dng", None))
    (tmp_path / "b.nef").write_bytes(b"II*\0" + bytes(100))
    with pytest.raises(PhotoError, match="no preview"):
        read(tmp_path / "b.nef")


def test_what_rawpy_develops_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Opened:
        def __enter__(self) -> "Opened":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def postprocess(self, **told: object) -> np.ndarray:
            assert told == {"use_camera_wb": True, "user_flip": 0}
            return np.full((40, 60, 3), 99, dtype=np.uint8)

    fake = type("rawpy", (), {"imread": staticmethod(lambda _: Opened())})
    monkeypatch.setitem(__import__("sys").modules, "rawpy", fake)
    path = dng(tmp_path / "a.dng", None, orientation=6)
    assert read_pixels(path, SETTINGS).shape == (60, 40, 3)
    assert place(read(path)) == pytest.approx(BERLIN)


def test_the_tags_of_a_cr3(tmp_path: Path) -> None:
    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + name + content

    def tags(**directories: object) -> bytes:
        return piexif.dump(directories).removeprefix(b"Exif\0\0")  # type: ignore[no-any-return]

    def alone(directory: dict[int, Any], kind: str) -> bytes:
        # Canon's blocks have the tags of a sub-directory in the first one.
        exif = Image.Exif()
        inner = Image.Exif()
        inner.load(b"Exif\0\0" + tags(**{kind: directory}))
        for tag, value in inner.get_ifd(0x8825 if kind == "GPS" else 0x8769).items():
            exif[tag] = value
        return exif.tobytes().removeprefix(b"Exif\0\0")

    time = {piexif.ExifIFD.DateTimeOriginal: "2024:05:06 07:08:09"}
    data = box(b"ftyp", b"crx ") + box(b"CMT1", tags(**{"0th": {piexif.ImageIFD.Make: "Canon"}}))
    data += box(b"CMT2", alone(time, "Exif")) + box(b"CMT4", alone(gps(*BERLIN), "GPS"))
    buffer = io.BytesIO()
    scene(1200, 800).save(buffer, "JPEG")
    path = tmp_path / "a.cr3"
    path.write_bytes(data + buffer.getvalue())
    found = read(path)
    assert (found.width_px, found.make) == (1200, "Canon")
    assert place(found) == pytest.approx(BERLIN, abs=1e-6)
    assert found.captured_at is not None
    assert found.captured_at.astimezone(UTC).date() == datetime(2024, 5, 6, tzinfo=UTC).date()


def test_a_raw_file_beside_its_picture_is_told(tmp_path: Path) -> None:
    write_jpeg(tmp_path / "a.jpg")
    dng(tmp_path / "a.dng", (1200, 900))
    dng(tmp_path / "b.dng", (1200, 900))
    write_jpeg(tmp_path / "IMG_7.JPG", picture=scene(seed=7))
    dng(tmp_path / "img_7.dng", (1200, 900))  # some programs change the case
    told: list[tuple[str, str]] = []
    found = discover([tmp_path], on_raw_twin=lambda r, p: told.append((r.name, p.name)))
    assert [p.name for p in found] == ["IMG_7.JPG", "a.jpg", "b.dng"]
    assert sorted(told) == [("a.dng", "a.jpg"), ("img_7.dng", "IMG_7.JPG")]
    assert discover([tmp_path / "a.dng"]) == [tmp_path / "a.dng"]  # named outright: taken
    assert raw_files.is_raw(tmp_path / "b.DNG")


def test_a_height_datum_of_a_table_stays(tmp_path: Path) -> None:
    (tmp_path / "geo.txt").write_text(f"EPSG:4979\na.jpg {BERLIN[1]} {BERLIN[0]} 81.5\n")
    position = read(write_jpeg(tmp_path / "a.jpg")).position
    assert position is not None
    assert (position.height_m, position.height_datum) == (81.5, HeightDatum.ELLIPSOID)


# --- tables against each other -----------------------------------------------------------------


def along(place_deg: tuple[float, float], steps: int) -> list[tuple[float, float]]:
    return [(place_deg[0] + i * 1e-4, place_deg[1] + i * 1e-4) for i in range(steps)]


def read_all(photos: list[Path], *tables: Path) -> tuple[list[PhotoMetadata], list[str]]:
    """The photos as a run reads them, and what it says."""
    sidecars = Sidecars(tables=tables)
    sidecars.meet(photos, SETTINGS)
    found = [read_metadata(path, SETTINGS, sidecars=sidecars) for path in photos]
    return found, [*sidecars.unserved(found), *remarks(found)]


def test_tags_of_one_photo_tell_how_a_whole_table_is_meant(tmp_path: Path) -> None:
    truth = along(RIO, 4)
    photos = [
        write_jpeg(tmp_path / f"{i}.jpg", gps=gps(*at) if i == 1 else None, picture=scene(seed=i))
        for i, at in enumerate(truth)
    ]
    table = tmp_path / "t" / "p.csv"
    table.parent.mkdir()
    exchanged = [(lon, lat) for lat, lon in truth]
    unsigned = [(-lat, -lon) for lat, lon in truth]
    for wrong in (exchanged, unsigned):
        rows = "".join(f"{i}.jpg,{lat},{lon}\n" for i, (lat, lon) in enumerate(wrong))
        table.write_text(f"filename,lat,lon\n{rows}")
        found, said = read_all(photos, table)
        assert [place(photo) for photo in found] == [pytest.approx(at) for at in truth]
        assert all(Flag.TABLE_DISAGREES in photo.flags for photo in found)
        (line,) = said
        assert line.startswith("p.csv: 4 photos, first 0.jpg: latitude and longitude")
        assert line.endswith("by the tags of 1.jpg: read that way")


def test_a_row_that_the_others_contradict(tmp_path: Path) -> None:
    truth = along((51.5, -0.12), 5)
    photos = [write_jpeg(tmp_path / f"{i}.jpg", picture=scene(seed=i)) for i in range(len(truth))]
    rows = [f"{i}.jpg,{lat},{lon}" for i, (lat, lon) in enumerate(truth)]
    rows[3] = rows[3].replace("-", "")  # 16 km off
    (tmp_path / "p.csv").write_text("\n".join(("filename,lat,lon", *rows)))
    found, said = read_all(photos)
    assert [place(photo) for photo in found] == [pytest.approx(at) for at in truth]
    assert [Flag.TABLE_DISAGREES in photo.flags for photo in found] == [i == 3 for i in range(5)]
    assert said == [
        "p.csv: 3.jpg: the longitude lacks its sign (W), by the other rows: read that way"
    ]


def test_rows_of_two_cities_stay_where_they_are(tmp_path: Path) -> None:
    places = [*along(BERLIN, 4), *along((48.1374, 11.5755), 3)]
    (tmp_path / "p.csv").write_text(
        "filename,lat,lon\n" + "".join(f"{i},{lat},{lon}\n" for i, (lat, lon) in enumerate(places))
    )
    rows = [read_table(tmp_path / "p.csv").rows[str(i)][0] for i in range(len(places))]
    assert [(row.lat_deg, row.lon_deg) for row in rows] == places
    assert not any(row.note for row in rows)


@pytest.mark.parametrize(("header", "epsg"), [("EPSG:32632", 32633), ("WGS84 UTM 33S", 32633)])
def test_another_zone_in_the_header(tmp_path: Path, header: str, epsg: int) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN))
    (tmp_path / "geo.txt").write_text(f"{header}\na.jpg 390000 5819900 45\n")
    (found,), (line,) = read_all([path])
    assert place(found) == pytest.approx((52.518097, 13.378845), abs=1e-5)
    assert f"its projection is EPSG:{epsg}, not EPSG:" in line


def test_two_tables_that_differ_are_told(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg")
    (tmp_path / "p.csv").write_text("filename,lat,lon\na.jpg,52.51631,13.37774\n")
    (tmp_path / "geo.txt").write_text("EPSG:4326\na.jpg 11.57553 48.13742\n")
    (found,), said = read_all([path])
    assert Flag.TABLE_DISAGREES in found.flags
    assert any("km from where p.csv has it, which is taken" in line for line in said)


def test_one_row_for_two_photos_of_its_name_is_neithers(tmp_path: Path) -> None:
    photos = []
    for seed, folder in enumerate("xy"):
        (tmp_path / folder).mkdir()
        photos.append(write_jpeg(tmp_path / folder / "DJI_1.JPG", picture=scene(seed=seed)))
    table = tmp_path / "p.csv"
    table.write_text("filename,lat,lon\nDJI_1.JPG,52.51631,13.37774\n")
    found, (line,) = read_all(photos, table)
    assert [place(photo) for photo in found] == [None, None]
    assert "named once, and 2 photos are called so, in several folders" in line
    # With its folder it is that one's, though the table knows no other folder.
    table.write_text("filename,lat,lon\nx/DJI_1.JPG,52.51631,13.37774\n")
    found, _ = read_all(photos, table)
    assert [place(photo) is None for photo in found] == [False, True]
    # The same file in another folder is the same photo.
    photos[1].write_bytes(photos[0].read_bytes())
    table.write_text("filename,lat,lon\nDJI_1.JPG,52.51631,13.37774\n")
    found, _ = read_all(photos, table)
    assert all(place(photo) is not None for photo in found)


def test_a_track_far_from_the_photos_own_tags_is_told(tmp_path: Path) -> None:
    tags = {piexif.ExifIFD.DateTimeOriginal: TAKEN, **IN_UTC}
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*RIO), exif=tags)
    track = tmp_path / "t.gpx"
    track.write_text(
        '<gpx><trk><trkseg><trkpt lat="52.5163" lon="13.3777">'
        "<time>2024-05-06T10:00:30Z</time></trkpt></trkseg></trk></gpx>"
    )
    found = read(path, gpx=[track])
    assert Flag.TABLE_DISAGREES in found.flags
    assert "km from where the photo's own tags have it" in remarks([found])[0]


def test_a_height_that_is_refused_makes_no_table_unusable(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg")
    (tmp_path / "p.csv").write_text("filename,lat,lon,alt\na.jpg,52.51631,13.37774,0\n")
    (found,), (line,) = read_all([path])
    assert found.flags.count(Flag.ZERO_ALTITUDE) == 1
    assert Flag.TABLE_UNUSABLE not in found.flags
    assert "an altitude of exactly 0 m, which mostly means unknown, is not used" in line


def test_a_table_without_rows_is_told(tmp_path: Path) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "p.csv"
    table.write_text("filename,lat,lon\n")
    assert read_all([path], table)[1] == [
        "p.csv gave no photo a position: it has no row with a photo's name"
    ]


def test_a_sidecar_that_lost_its_hemispheres_is_read_by_the_photos_own(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*RIO))
    (tmp_path / "a.xmp").write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="22.9519" '
        'exif:GPSLongitude="43.2105"/></rdf:RDF>'
    )
    found = read(path)
    assert place(found) == pytest.approx(RIO)
    assert Flag.TABLE_DISAGREES in found.flags
    assert "lack their signs (S, W), by the photo's own tags" in remarks([found])[0]


def test_a_table_by_its_name_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg")
    (tmp_path / "positions.csv").write_text("image,easting,northing\na.jpg,390000,5819900\n")
    (tmp_path / "annotations.csv").write_text("image,x,y\na.jpg,3,4\n")
    (line,) = read_all([path])[1]
    assert line.startswith("positions.csv cannot be used: is no table of positions")


UTM_33 = (
    'PROJCS["WGS 84 / UTM zone 33N",GEOGCS["WGS 84",DATUM["World Geodetic System 1984",'
    'SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],TOWGS84[0,0,0,0,0,0,0],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0],UNIT["degree",0.01745329251994328],'
    'AUTHORITY["EPSG","4326"]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",15],'
    'PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],'
    'PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32633"]]'
)
PULKOVO = (
    'GEOGCS["Pulkovo 1942",DATUM["Pulkovo 1942",SPHEROID["Krassowsky 1940",6378245,298.3],'
    'TOWGS84[23.92,-141.27,-80.9,0,0.35,0.82,-0.12],AUTHORITY["EPSG","6284"]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.01745329251994328],AUTHORITY["EPSG","4284"]]'
)


@pytest.mark.parametrize(
    ("system", "heads", "row", "expected"),
    [
        (UTM_33, "X/Easting,Y/Northing", "390000,5819900", (52.518097, 13.378845)),
        (PULKOVO, "X/Longitude,Y/Latitude", "37.6,55.75", (55.750042, 37.598126)),
    ],
)
def test_metashapes_systems_with_a_shift_in_them(
    tmp_path: Path, system: str, heads: str, row: str, expected: tuple[float, float]
) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "t.csv"
    table.write_text(f"# CoordinateSystem: {system}\n#Label,{heads}\na,{row}\n")
    assert place(read(path, tables=[table])) == pytest.approx(expected, abs=2e-6)


def test_metashapes_reference_between_blanks(tmp_path: Path) -> None:
    path, table = write_jpeg(tmp_path / "a.jpg"), tmp_path / "t.txt"
    table.write_text("#Label X/Longitude Y/Latitude Z/Altitude\na.jpg 13.37774 52.51631 45\n")
    assert place(read(path, tables=[table])) == pytest.approx((52.51631, 13.37774))


def test_a_system_that_is_not_known_is_not_taken_for_wgs84(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    mars = 'GEOGCS["Mars 2000",DATUM["D_Mars_2000",SPHEROID["Mars",3396190,169.9]],PRIMEM["R",0]]'
    table.write_text(f"# CoordinateSystem: {mars}\n#Label,X/Longitude,Y/Latitude\na,13.4,52.5\n")
    with pytest.raises(TableError, match="coordinate system that is not known here: GEOGCS"):
        read_table(table)


def test_easting_and_northing_exchanged(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(51.5, -0.12))
    table = tmp_path / "geo.txt"
    table.write_text("EPSG:27700\na.jpg 180000 530000 20\n")  # in the area, but in Ireland
    (found,), (line,) = read_all([path])
    assert place(found) == pytest.approx((51.503991, -0.128354), abs=1e-5)
    assert "easting and northing are exchanged, by the tags of a.jpg" in line
    # Without tags the area tells.
    table.write_text("EPSG:32633\na.jpg 5819900 390000 20\n")
    bare = write_jpeg(tmp_path / "a.jpg")
    assert "easting and northing are exchanged, it seems" in read_all([bare])[1][0]


def test_the_height_of_who_has_the_photo_elsewhere_is_not_taken(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "a.jpg", gps=gps(*BERLIN))
    (tmp_path / "a.jpg.json").write_text(
        '{"geoData": {"latitude": 11.5, "longitude": 48.1, "altitude": 2300.0}}'
    )
    found = read(path)
    assert place(found) == pytest.approx(BERLIN)
    assert found.position is not None
    assert found.position.height_m is None
    assert any(entry.note == "beside a position that is not taken" for entry in found.ledger)


def test_one_row_that_is_nowhere_does_not_cost_the_others(tmp_path: Path) -> None:
    a, b = (write_jpeg(tmp_path / f"{n}.jpg", picture=scene(seed=i)) for i, n in enumerate("ab"))
    (tmp_path / "geo.txt").write_text("EPSG:32633\na.jpg 1e12 1e12 5\nb.jpg 390000 5819900 45\n")
    found, (line,) = read_all([a, b])
    assert place(found[0]) is None
    assert place(found[1]) == pytest.approx((52.518097, 13.378845), abs=1e-5)
    assert line == "geo.txt: a.jpg: no position of EPSG:32633"


def test_latitudes_beyond_the_poles_tell_that_a_table_is_exchanged(tmp_path: Path) -> None:
    truth = [(38.63, -90.0 + i * 0.01 - 0.035) for i in range(7)]
    photos = [write_jpeg(tmp_path / f"{i}.jpg", picture=scene(seed=i)) for i in range(len(truth))]
    table = tmp_path / "positions.csv"
    rows = [f"{i}.jpg,{lon:.5f},{lat:.5f}" for i, (lat, lon) in enumerate(truth)]
    table.write_text("\n".join(("filename,lat,lon", *rows)))
    found, (line,) = read_all(photos)
    assert [place(photo) for photo in found] == [pytest.approx(at, abs=1e-4) for at in truth]
    assert "as latitudes beyond 90° tell: read that way" in line
    # One row alone is that row's own mistake.
    good = [f"{i}.jpg,{lat:.5f},{lon:.5f}" for i, (lat, lon) in enumerate(truth)]
    table.write_text("\n".join(("filename,lat,lon", *good[:-1], rows[0].replace("0.jpg", "6.jpg"))))
    found, (line,) = read_all(photos)
    assert place(found[0]) == pytest.approx(truth[0], abs=1e-4)
    assert place(found[-1]) is None
    assert line == "positions.csv: 6.jpg: latitude and longitude are exchanged, it seems"
