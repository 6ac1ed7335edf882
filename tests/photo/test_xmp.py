"""XMP of drones, spheres, raw converters and rights, embedded and beside the photo."""

from dataclasses import replace
from pathlib import Path

import piexif
import pytest

from tests.helpers.photo_makers import gps, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.photo import Flag, Sidecars, read_metadata
from worldmap.photo.coordinates import parse_degrees
from worldmap.photo.xmp import parse_number, read_xmp
from worldmap.records import FocalSource, HeadingSource, HeightDatum, PhotoMetadata, PositionSource

SETTINGS = PhotoSettings()
NAMESPACES = {
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    "drone-parrot": "http://www.parrot.com/drone-parrot/1.0/",
    "drone-skydio": "https://www.skydio.com/drone-skydio/1.0/",
    "drone": "http://pix4d.com/autel/drone/1.0/",
    "Camera": "http://pix4d.com/camera/1.0/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://creativecommons.org/ns#",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
}


def packet(attributes: dict[str, str] | None = None, elements: str = "") -> bytes:
    """An XMP packet with properties as attributes, and elements as they are."""
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    inside = " ".join(f'{name}="{value}"' for name, value in (attributes or {}).items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {names} {inside}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def read(tmp_path: Path, xmp: bytes, **directories: object) -> PhotoMetadata:
    path = write_jpeg(tmp_path / "photo.jpg", xmp=xmp, **directories)  # type: ignore[arg-type]
    return read_metadata(path, SETTINGS)


DJI = {
    "drone-dji:GpsLatitude": "+43.36511377",
    "drone-dji:GpsLongtitude": "+141.81345593",
    "drone-dji:AbsoluteAltitude": "+116.56",
    "drone-dji:GimbalRollDegree": "+0.50",
    "drone-dji:GimbalYawDegree": "-79.00",
    "drone-dji:GimbalPitchDegree": "-29.90",
    "drone-dji:FlightYawDegree": "-78.60",
}


def test_a_drones_own_position_comes_before_exif(tmp_path: Path) -> None:
    metadata = read(tmp_path, packet(DJI), gps=gps(43.365, 141.813, Altitude=(116, 1)))
    position = metadata.position
    assert position is not None
    assert (position.lat_deg, position.lon_deg) == (43.36511377, 141.81345593)
    assert position.source == PositionSource.XMP
    assert (position.height_m, position.height_datum) == (116.56, HeightDatum.UNKNOWN)
    assert position.vertical_sigma_m == SETTINGS.drone_altitude_sigma_m
    assert metadata.heading is not None
    assert metadata.heading.true_deg == pytest.approx(281.0)
    assert metadata.heading.source == HeadingSource.GIMBAL
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (-29.9, 0.5)
    assert metadata.tilt.sigma_deg == SETTINGS.gimbal_tilt_sigma_deg
    assert metadata.is_flown
    assert metadata.flight_height_m is None


def test_a_drones_height_over_its_take_off_is_no_height(tmp_path: Path) -> None:
    told = {"drone-dji:RelativeAltitude": "+41.70", "drone-dji:GpsLatitude": "+43.36511377"}
    metadata = read(tmp_path, packet({**told, "drone-dji:GpsLongitude": "+141.81345593"}))
    assert metadata.flight_height_m == 41.7
    assert metadata.position is not None
    assert metadata.position.height_m is None
    gone = read(tmp_path, packet({"drone-dji:RelativeAltitude": "1e9"}))
    assert gone.flight_height_m is None
    assert not replace(metadata, ledger=()).is_flown
    for other in ("", "high", "nan m over its take-off", "1e300 m"):  # in somebody else's map
        ledger = tuple(replace(entry, value=other) for entry in metadata.ledger)
        assert replace(metadata, ledger=ledger).flight_height_m is None


@pytest.mark.parametrize(
    ("flag", "horizontal_m", "vertical_m"),
    [("50", 0.02, 0.031), ("34", 0.5, 0.5), ("16", 3.0, 3.0)],
)
def test_rtk_flags_and_standard_deviations(
    tmp_path: Path, flag: str, horizontal_m: float, vertical_m: float
) -> None:
    rtk = {
        "drone-dji:RtkFlag": flag,
        "drone-dji:RtkStdLon": "0.0112",
        "drone-dji:RtkStdLat": "0.0131",
        "drone-dji:RtkStdHgt": "0.031",
        "drone-dji:AltitudeType": "RtkAlt",
    }
    position = read(tmp_path, packet(DJI | rtk)).position
    assert position is not None
    assert position.horizontal_sigma_m == pytest.approx(horizontal_m)
    assert position.vertical_sigma_m == pytest.approx(vertical_m)
    assert position.height_datum == HeightDatum.ELLIPSOID


def test_a_failed_rtk_fix_is_worth_an_ordinary_one(tmp_path: Path) -> None:
    position = read(tmp_path, packet(DJI | {"drone-dji:RtkFlag": "0"})).position
    assert position is not None
    assert position.horizontal_sigma_m == SETTINGS.drone_sigma_m
    assert position.vertical_sigma_m == SETTINGS.drone_altitude_sigma_m


def test_a_picture_turned_later_contradicts_its_gimbal(tmp_path: Path) -> None:
    metadata = read(tmp_path, packet(DJI), picture=scene(48, 64))  # portrait, gimbal level
    assert metadata.heading is not None
    assert metadata.heading.true_deg == pytest.approx(281.0)
    assert metadata.heading.sigma_deg == SETTINGS.contradicted_sigma_deg
    assert metadata.tilt is not None
    assert metadata.tilt.sigma_deg == SETTINGS.contradicted_sigma_deg


def test_a_gimbal_rolled_on_its_side_takes_portraits(tmp_path: Path) -> None:
    rolled = DJI | {"drone-dji:GimbalRollDegree": "-88.0"}
    metadata = read(tmp_path, packet(rolled), picture=scene(48, 64))
    assert metadata.tilt is not None
    assert metadata.tilt.roll_deg == pytest.approx(2.0)
    assert metadata.tilt.sigma_deg == SETTINGS.gimbal_tilt_sigma_deg


def test_gimbals_that_tell_nothing_leave_the_aircrafts_yaw(tmp_path: Path) -> None:
    zeros = dict.fromkeys((f"drone-dji:Gimbal{a}Degree" for a in ("Yaw", "Pitch", "Roll")), "+0.00")
    metadata = read(tmp_path, packet(DJI | zeros))
    assert metadata.heading is not None
    assert metadata.heading.true_deg == pytest.approx(281.4)
    assert metadata.heading.sigma_deg == SETTINGS.flight_yaw_sigma_deg
    assert metadata.tilt is None


@pytest.mark.parametrize(
    "attributes",
    [
        {"drone-parrot:CameraYawDegree": "10.5", "drone-parrot:CameraPitchDegree": "-15"},
        {"drone:GimbalYawDegree": "10.5", "drone:GimbalPitchDegree": "-15"},  # Autel
        {"Camera:Yaw": "10.5", "Camera:Pitch": "75", "Camera:Roll": "0"},  # 0 down, 90 ahead
        {"GPano:PoseHeadingDegrees": "10.5", "GPano:PosePitchDegrees": "-15"},
    ],
)
def test_attitudes_of_other_makers(tmp_path: Path, attributes: dict[str, str]) -> None:
    metadata = read(tmp_path, packet(attributes))
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 10.5
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (-15.0, 0.0)


@pytest.mark.parametrize("nested", [False, True])
def test_skydios_attitude_is_a_structure(tmp_path: Path, nested: bool) -> None:
    inside = '<rdf:Description {0}Yaw="10.5" {0}Pitch="-15" {0}Roll="1"/>'
    if nested:
        inside = "<{0}Yaw>10.5</{0}Yaw><{0}Pitch>-15</{0}Pitch><{0}Roll>1</{0}Roll>"
    structure = f"<drone-skydio:CameraOrientationNED>{inside}</drone-skydio:CameraOrientationNED>"
    xmp = packet(elements=structure.format("drone-skydio:"))
    metadata = read(tmp_path, xmp)
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 10.5
    assert metadata.tilt is not None
    assert (metadata.tilt.pitch_deg, metadata.tilt.roll_deg) == (-15.0, 1.0)


DEWARP = (
    "2018-09-04;3678.87,3671.84,10.1,27.29,-0.268652,0.114663,0.0000152688,-0.0000460707,-0.0350261"
)


@pytest.mark.parametrize(("flag", "distorted"), [("0", True), ("1", False)])
def test_dewarp_data(tmp_path: Path, flag: str, distorted: bool) -> None:
    xmp = packet({"drone-dji:DewarpData": DEWARP, "drone-dji:DewarpFlag": flag})
    taken = {piexif.ExifIFD.PixelXDimension: 5472, piexif.ExifIFD.PixelYDimension: 3648}
    picture = scene(1368, 912)  # a quarter of what the camera took
    metadata = read(tmp_path, xmp, exif=taken, picture=picture)
    assert metadata.focal is not None
    assert metadata.focal.source == FocalSource.CALIBRATED
    assert metadata.focal.focal_px == pytest.approx(3678.87 / 4)
    expected = (-0.268652, 0.114663, 0.0000152688, -0.0000460707, -0.0350261)
    assert metadata.distortion == (expected if distorted else None)


@pytest.mark.parametrize("broken", ["", "1;2;3", DEWARP.replace("3678.87", "nan"), "0" * 9])
def test_dewarp_data_that_is_none(tmp_path: Path, broken: str) -> None:
    metadata = read(tmp_path, packet({"drone-dji:DewarpData": broken}))
    assert metadata.focal is None
    assert metadata.distortion is None


def test_designed_focal_length(tmp_path: Path) -> None:
    metadata = read(tmp_path, packet({"drone-dji:CalibratedFocalLength": "60.5"}))
    assert metadata.focal is not None
    assert metadata.focal.focal_px == 60.5


def test_perspective_model_of_pix4d(tmp_path: Path) -> None:
    exif = {
        piexif.ExifIFD.FocalPlaneXResolution: (100, 1),
        piexif.ExifIFD.FocalPlaneResolutionUnit: 4,
    }
    metadata = read(
        tmp_path,
        packet(
            {
                "Camera:PerspectiveFocalLength": "0.75",
                "Camera:PerspectiveDistortion": "0.2,-0.3,0.25,0.004,0.0003",
            }
        ),
        exif=exif,
    )
    assert metadata.focal is not None
    assert metadata.focal.focal_px == pytest.approx(75.0)
    assert metadata.distortion == (0.2, -0.3, 0.004, 0.0003, 0.25)


def test_accuracy_of_the_exif_position(tmp_path: Path) -> None:
    xmp = packet({"Camera:GPSXYAccuracy": "0.9", "Camera:GPSZAccuracy": "3/2"})
    position = read(tmp_path, xmp, gps=gps(43.36511, 141.81346, Altitude=(116, 1))).position
    assert position is not None
    assert (position.horizontal_sigma_m, position.vertical_sigma_m) == (0.9, 1.5)


def test_standard_tags_step_in_where_exif_has_none(tmp_path: Path) -> None:
    metadata = read(
        tmp_path,
        packet(
            {
                "exif:GPSLatitude": "47,12.424000S",
                "exif:GPSLongitude": "8,33,30.6E",
                "exif:GPSAltitude": "4123/10",
                "exif:GPSAltitudeRef": "0",
                "exif:GPSImgDirection": "451/2",
                "exif:GPSImgDirectionRef": "T",
                "exif:DateTimeOriginal": "2024-05-06T07:08:09.5+02:00",
                "tiff:Make": "Maker",
                "tiff:Model": "Model",
            }
        ),
    )
    assert metadata.position is not None
    assert metadata.position.lat_deg == pytest.approx(-(47 + 12.424 / 60))
    assert metadata.position.lon_deg == pytest.approx(8 + 33 / 60 + 30.6 / 3600)
    assert metadata.position.height_m == pytest.approx(412.3)
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 225.5
    assert metadata.captured_at is not None
    assert metadata.captured_at.isoformat() == "2024-05-06T07:08:09.500000+02:00"
    assert (metadata.make, metadata.model) == ("Maker", "Model")


RIGHTS = (
    "<dc:creator><rdf:Seq><rdf:li>Zoë &amp; Co</rdf:li></rdf:Seq></dc:creator>"
    '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Zoë</rdf:li></rdf:Alt></dc:rights>'
    '<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>'
    "<xmpRights:WebStatement>https://example.org/terms</xmpRights:WebStatement>"
)


def test_rights_and_licence(tmp_path: Path) -> None:
    metadata = read(tmp_path, packet(elements=RIGHTS), image={piexif.ImageIFD.Artist: b"Old"})
    assert metadata.artist == "Zoë & Co"
    assert metadata.copyright == "© Zoë"
    assert metadata.licence == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize("name", ["photo.xmp", "photo.jpg.xmp", "PHOTO.XMP"])
def test_an_xmp_file_beside_the_photo_corrects_exif(tmp_path: Path, name: str) -> None:
    corrected = {"exif:GPSLatitude": "47,12.4N", "exif:GPSLongitude": "8,33.51E"}
    (tmp_path / name).write_bytes(packet(corrected, RIGHTS))
    path = write_jpeg(tmp_path / "photo.jpg", gps=gps(47.1234567, 8.7654321))
    metadata = read_metadata(path, SETTINGS)
    assert metadata.position is not None
    assert metadata.position.lat_deg == pytest.approx(47 + 12.4 / 60)
    assert metadata.position.source == PositionSource.SIDECAR
    assert metadata.copyright == "© Zoë"


def test_spheres_are_flagged(tmp_path: Path) -> None:
    metadata = read(tmp_path, packet({"GPano:ProjectionType": "equirectangular"}))
    assert Flag.NOT_PINHOLE in metadata.flags


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "heic"])
def test_xmp_in_other_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    xmp = packet(DJI)
    if suffix == "png":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        scene().save(path, pnginfo=text)
    elif suffix == "tif":
        scene().save(path, tiffinfo={700: xmp})
    else:
        scene().save(path, "HEIF" if suffix == "heic" else None, xmp=xmp)
    metadata = read_metadata(path, SETTINGS)
    assert metadata.position is not None
    assert metadata.position.lat_deg == 43.36511377


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><x>&i;</x>"
)


@pytest.mark.parametrize(
    "bomb",
    [
        LAUGHS.encode(),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        b"<x>" * 40_000 + b"</x>" * 40_000,
        b"<x " + b" ".join(b'a%d="1"' % i for i in range(9_000)) + b"/>",
        b"<x>not closed",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="utf-32"?><x/>',
        b'<?xml version="1.0" encoding="nonsense"?><x/>',
    ],
)
def test_bombs_and_broken_packets_cost_only_the_tags(tmp_path: Path, bomb: bytes) -> None:
    assert not read_xmp(bomb).text("exif:GPSLatitude")
    (tmp_path / "photo.xmp").write_bytes(bomb)
    path = write_jpeg(tmp_path / "photo.jpg", xmp=bomb[:60_000], gps=gps(47.1234567, 8.7654321))
    metadata = read_metadata(path, SETTINGS)
    assert metadata.position is not None
    assert metadata.position.source == PositionSource.EXIF


def test_entity_bombs_are_refused_by_name() -> None:
    for bomb in (LAUGHS.encode(), b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x/>'):
        xmp = read_xmp(bomb)
        assert not xmp.values
        assert "document type" in xmp.problem


RTK = DJI | {"drone-dji:RtkFlag": "50", "drone-dji:RtkStdLon": "0.013"}
SOUND = packet(RTK)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (packet(RTK | {"drone-dji:DroneModel": "M3E & RTK"}), "a bare &"),
        (packet(RTK | {"drone-dji:Comment": "a\x0bb&#x1;"}), "characters"),
        (SOUND.replace(b'xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"', b""), "namespace"),
        (SOUND + b"</rdf:RDF> trailing" + SOUND, "behind"),
        (b"junk" + SOUND, "before"),
        (packet(RTK, "<dc:rights>&copy; A</dc:rights>"), "a bare &"),
        (packet(RTK | {"dc:creator": "\xfc"}).replace("\xfc".encode(), b"\xfc"), "read as far"),
        (packet(RTK, "<dc:a><dc:b>never closed")[:-60], "read as far"),
    ],
)
def test_malformed_packets_are_read_as_far_as_they_are_sound(
    tmp_path: Path, broken: bytes, why: str
) -> None:
    metadata = read(tmp_path, broken, gps=gps(43.365, 141.813))
    assert metadata.position is not None
    assert metadata.position.source == PositionSource.XMP
    assert metadata.position.horizontal_sigma_m == pytest.approx(0.02)
    assert metadata.heading is not None
    assert metadata.heading.source == HeadingSource.GIMBAL
    (said,) = [entry for entry in metadata.ledger if "malformed" in entry.note]
    assert why in said.note


def test_what_is_sound_is_not_called_malformed() -> None:
    assert read_xmp(SOUND).problem == ""
    assert read_xmp(b"\0\0" + SOUND + b" " * 2000 + b"\0").problem == ""
    assert read_xmp(SOUND).values == read_xmp(SOUND + b"junk").values


def test_a_malformed_sidecar_is_told(tmp_path: Path) -> None:
    (tmp_path / "photo.xmp").write_bytes(packet({"dc:creator": "A & B"}))
    path = write_jpeg(tmp_path / "photo.jpg", gps=gps(47.1, 8.7))
    metadata = read_metadata(path, SETTINGS, sidecars=Sidecars())
    assert metadata.artist == "A & B"
    assert any("malformed" in entry.note for entry in metadata.ledger)


def test_huge_packets_are_not_parsed() -> None:
    assert "MiB" in read_xmp(b"<x>" + b" " * (5 << 20) + b"</x>").problem


@pytest.mark.parametrize(
    ("text", "number"),
    [("+12.50", 12.5), ("-3/2", -1.5), ("7 m", 7.0), ("1e3", 1000.0)],
)
def test_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1/0", "--3", "nan", "inf"])
def test_numbers_that_are_none(text: str) -> None:
    assert parse_number(text) != parse_number(text)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [("22.500000° N", 22.5), ("8,30.6W", -8.51), ("-12.25", -12.25), ("8,30,36S", -8.51)],
)
def test_coordinates(text: str, degrees: float) -> None:
    assert parse_degrees(text) == pytest.approx(degrees)
