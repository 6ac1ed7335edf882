"""Cameras of other programs: each format, which photo is whose, and pictures that were turned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import piexif
import pytest

from tests.helpers.photo_makers import scene, write_jpeg
from worldmap.camera import Camera
from worldmap.config import DepthSettings, PhotoSettings
from worldmap.depth import choose_focal, photo_camera
from worldmap.errors import MissingPathError, UsageError
from worldmap.exchange.opensfm import _camera
from worldmap.known_camera import KnownFisheye
from worldmap.photo import Sidecars, read_metadata
from worldmap.photo.camera_file import read_cameras
from worldmap.records import FocalSource

SETTINGS = PhotoSettings()
# Of a picture of 640 × 480 as it is stored.
TRUTH = Camera(
    width_px=640,
    height_px=480,
    fx_px=512.5,
    fy_px=512.5,
    cx_px=331.0,
    cy_px=236.0,
    distortion=(-0.11, 0.04, 0.0012, -0.0007, 0.003),
)
K1, K2, P1, P2, K3 = TRUTH.distortion
METASHAPE = f"""<?xml version="1.0" encoding="UTF-8"?>
<calibration><projection>frame</projection><width>640</width><height>480</height>
<f>512.5</f><cx>11.0</cx><cy>-4.0</cy><k1>{K1}</k1><k2>{K2}</k2><k3>{K3}</k3>
<p1>{P2}</p1><p2>{P1}</p2><date>2024-05-06T07:08:09Z</date></calibration>
"""
MM = 13.2 / 640
PIX4D = f"""Pix4D camera calibration file 0

#Focal Length mm assuming a sensor width of 13.2x9.9mm
F {512.5 * MM}

#Principal Point mm
Px {331.0 * MM}
Py {236.0 * MM}

#Symmetrical Lens Distortion Coeffs
K1 {K1}
K2 {K2}
K3 {K3}

#Tangential Lens Distortion Coeffs
T1 {P1}
T2 {P2}
"""
FILES = {
    "cameras.json": json.dumps({"v2 maker m1 640 480 brown 0.8": _camera(TRUTH)}),
    "reconstruction.json": json.dumps([{"cameras": {"c": _camera(TRUTH)}, "shots": {}}]),
    "cameras.txt": "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n1 FULL_OPENCV 640 480 "
    f"512.5 512.5 331 236 {K1} {K2} {P1} {P2} {K3} 0 0 0\n",
    "camera.xml": METASHAPE,
    "calibrated.cam": PIX4D,
}


def written(folder: Path, name: str, text: str = "") -> Path:
    path = folder / name
    path.write_text(text or FILES[name])
    return path


def camera_of(photo: Path, *files: Path) -> Camera:
    metadata = read_metadata(photo, SETTINGS, sidecars=Sidecars(cameras=files))
    return photo_camera(metadata, choose_focal(metadata, DepthSettings()))


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("scale", [1, 2])
def test_every_format_is_the_same_camera(tmp_path: Path, name: str, scale: int) -> None:
    photo = write_jpeg(tmp_path / "a.jpg", picture=scene(640 * scale, 480 * scale))
    found = camera_of(photo, written(tmp_path, name))
    expected = TRUTH.rescaled(640 * scale, 480 * scale)
    assert found.matrix == pytest.approx(expected.matrix)
    assert found.distortion == pytest.approx(TRUTH.distortion)
    metadata = read_metadata(photo, SETTINGS, sidecars=Sidecars(cameras=[tmp_path / name]))
    assert metadata.focal is not None
    assert (metadata.focal.source, metadata.focal.sigma_rel) == (FocalSource.CALIBRATED, 0.005)
    used = {e.quantity: e.source for e in metadata.ledger if e.used}
    assert used["principal point"] == used["distortion"] == f"camera file: {name}"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_turns_with_the_picture(tmp_path: Path, orientation: int) -> None:
    """Points of space that the stored picture shows are shown, turned, by the upright one."""
    photo = write_jpeg(
        tmp_path / "a.jpg",
        picture=scene(640, 480),
        image={piexif.ImageIFD.Orientation: orientation},
    )
    found = camera_of(photo, written(tmp_path, "cameras.txt"))
    xyz = np.array(((0.3, -0.2, 2.0), (-0.4, 0.25, 1.5)))
    u, v = TRUTH.project(xyz).T
    x, y, z = xyz.T
    turned = {
        1: ((u, v), (x, y)),
        3: ((640 - u, 480 - v), (-x, -y)),
        6: ((480 - v, u), (-y, x)),
        8: ((v, 640 - u), (y, -x)),
    }
    uv, xy = turned[orientation]
    assert found.project(np.stack((*xy, z), axis=1)) == pytest.approx(np.stack(uv, axis=1))


def test_a_file_of_upright_pictures_is_not_turned_again(tmp_path: Path) -> None:
    upright = _camera(Camera.centred(480, 640, 500.0))
    path = written(tmp_path, "c.json", json.dumps({"c": upright | {"c_x": 0.01}}))
    photo = write_jpeg(
        tmp_path / "a.jpg", picture=scene(640, 480), image={piexif.ImageIFD.Orientation: 6}
    )
    found = camera_of(photo, path)
    assert (found.cx_px, found.cy_px) == pytest.approx((240 + 6.4, 320))


def test_which_camera_is_whose(tmp_path: Path) -> None:
    lines = "1 SIMPLE_PINHOLE 640 480 400 320 240\n2 SIMPLE_PINHOLE 640 480 600 320 240\n"
    path = written(tmp_path, "cameras.txt", lines)
    a = write_jpeg(tmp_path / "a.jpg", picture=scene(640, 480))
    assert camera_of(a, path).fx_px not in (400.0, 600.0)  # of two that fit none
    (tmp_path / "images.txt").write_text("1 1 0 0 0 0 0 0 2 x/A.jpg\n\n2 1 0 0 0 0 0 0 1 b.jpg\n\n")
    assert camera_of(a, path).fx_px == 600.0
    two = {"v2 maker m1 640 480": _camera(TRUTH), "v2 maker m2 640 480": _camera(TRUTH)}
    two["v2 maker m2 640 480"] |= {"focal_x": 1.0, "focal_y": 1.0}
    named = written(tmp_path, "cameras.json", json.dumps(two))
    of_m2 = write_jpeg(
        tmp_path / "m2.jpg", picture=scene(640, 480), image={piexif.ImageIFD.Model: "M2"}
    )
    assert camera_of(of_m2, named).fx_px == 640.0
    other = write_jpeg(tmp_path / "wide.jpg", picture=scene(640, 360))
    assert camera_of(other, written(tmp_path, "camera.xml")).cx_px == 320.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no camera"),
        ("{", "no file of cameras"),
        ("<a/>", "holds no camera"),
        (
            '{"c": {"projection_type": "dual", "focal": 1, "width": 4, "height": 3}}',
            "another model.*dual",
        ),
        ('{"c": {"projection_type": "brown", "width": 4, "height": 3}}', "not square|without size"),
        ("1 THIN_PRISM_FISHEYE 640 480 1 1 1 1 0 0 0 0 0 0 0 0\n", "another model.*THIN_PRISM"),
        ("1 OPENCV_FISHEYE 640 480 1 1 1 1 0 0 0\n", "with 7 numbers, where OPENCV_FISHEYE has 8"),
        ("1 OPENCV_FISHEYE 640 480 0 0 1 1 0 0 0 0\n", "without size|no file of cameras"),
        ("1 RADIAL_FISHEYE 640 480 nan 1 1 0 0\n", "without size or focal"),
        ('{"c": {"projection_type": "fisheye", "width": 4, "height": 3}}', "without size or focal"),
        (
            '{"c": {"projection_type": "fisheye", "width": 0, "height": 3, "focal": 1}}',
            "without size",
        ),
        ("1 PINHOLE 640 480 500 300 320 240\n", "not square"),
        ("1 PINHOLE 640 480 500\n", "with 1 numbers, where PINHOLE has 4"),
        ("<calibration><projection>fisheye</projection><f>1</f></calibration>", "without size"),
        ("<calibration><projection>spherical</projection><f>1</f></calibration>", "another model"),
        ("#Focal Length mm\nF 5\n", "how large the sensor is"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "c"
    path.write_text(text)
    with pytest.raises(UsageError, match=complaint):
        read_cameras(path)
    with pytest.raises(MissingPathError):
        read_cameras(tmp_path / "gone")


def photos_in(folder: Path, *names: str, model: str = "") -> list[Path]:
    tags = {piexif.ImageIFD.Model: model} if model else {}
    found = []
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        found.append(write_jpeg(folder / name, picture=scene(640, 480), image=tags))
    return found


def focal_px(photo: Path, *files: Path) -> float | None:
    metadata = read_metadata(photo, SETTINGS, sidecars=Sidecars(cameras=files))
    return None if metadata.focal is None else metadata.focal.focal_px


def told(photos: list[Path], *files: Path) -> list[str]:
    sidecars = Sidecars(cameras=files)
    return sidecars.unserved([read_metadata(p, SETTINGS, sidecars=sidecars) for p in photos])


def sensor(number: int, label: str, focal: float, extra: str = "") -> str:
    return (
        f'<sensor id="{number}" label="{label}" type="frame">'
        '<resolution width="640" height="480"/><calibration type="frame" class="initial">'
        '<resolution width="640" height="480"/><f>1</f></calibration>'
        '<calibration type="frame" class="adjusted"><resolution width="640" height="480"/>'
        f"<f>{focal}</f>{extra}</calibration></sensor>"
    )


def project(*sensors: str, cameras: str = "") -> str:
    return (
        f'<document version="1.5.0"><chunk><sensors>{"".join(sensors)}</sensors>'
        f"<cameras>{cameras}</cameras></chunk></document>"
    )


def test_a_project_of_metashapes_says_which_sensor_is_whose(tmp_path: Path) -> None:
    a, b = photos_in(tmp_path, "a.jpg", "b.jpg")
    terms = f"<cx>11.0</cx><cy>-4.0</cy><k1>{K1}</k1><k2>{K2}</k2><k3>{K3}</k3>"
    terms += f"<p1>{P2}</p1><p2>{P1}</p2>"
    xml = project(
        sensor(0, "M1, 4.2mm", 512.5, terms),
        sensor(1, "M1, 8mm", 900.0),
        # Labels have the names' ends or not.
        cameras='<camera sensor_id="0" label="a"/><camera sensor_id="1" label="b.jpg"/>',
    )
    file = written(tmp_path, "cameras.xml", xml)
    found = camera_of(a, file)
    assert found.matrix == pytest.approx(TRUTH.matrix)
    assert found.distortion == pytest.approx(TRUTH.distortion)
    assert focal_px(b, file) == pytest.approx(900)


def test_photoscans_older_calibration(tmp_path: Path) -> None:
    (photo,) = photos_in(tmp_path, "a.jpg")
    xml = (
        "<calibration><projection>frame</projection><width>640</width><height>480</height>"
        "<fx>512.5</fx><fy>512.5</fy><cx>331</cx><cy>236</cy><skew>0</skew></calibration>"
    )
    assert camera_of(photo, written(tmp_path, "c.xml", xml)).matrix == pytest.approx(TRUTH.matrix)


def test_a_fisheye_of_metashapes(tmp_path: Path) -> None:
    xml = (
        "<calibration><projection>equidistant_fisheye</projection><width>640</width>"
        "<height>480</height><f>200</f><cx>11</cx><cy>-4</cy><k1>-0.02</k1></calibration>"
    )
    (found,) = read_cameras(written(tmp_path, "c.xml", xml))
    assert isinstance(found, KnownFisheye)
    # x = f θ (1 + k1 θ²), by Metashape's manual.
    direction = np.array([[np.sin(0.8), 0.0, np.cos(0.8)]])
    expected = 331 + 200 * 0.8 * (1 - 0.02 * 0.8**2)
    assert found.lens.project(direction)[0, 0] == pytest.approx(expected)


def test_pix4ds_cameras_by_photo(tmp_path: Path) -> None:
    (photo,) = photos_in(tmp_path, "a.jpg")
    heads = "fileName imageWidth imageHeight\ncamera matrix K [3x3]\nradial distortion [3x1]\n"
    heads += "tangential distortion [2x1]\ncamera position t [3x1]\ncamera rotation R [3x3]\n"
    heads += "camera model m = K [R|-Rt] X\n\n"
    rest = "1 2 3\n1 0 0\n0 1 0\n0 0 1\n"
    lens = f"{K1} {K2} {K3}\n{P1} {P2}\n"
    text = heads + f"a.jpg 640 480\n512.5 0 331\n0 512.5 236\n0 0 1\n{lens}{rest}"
    text += f"b.jpg 640 480\n600 0 331\n0 600 236\n0 0 1\n{lens}{rest}"
    found = camera_of(photo, written(tmp_path, "x_calibrated_camera_parameters.txt", text))
    assert found.matrix == pytest.approx(TRUTH.matrix)
    assert found.distortion == pytest.approx(TRUTH.distortion)


def test_several_cameras_in_one_file_of_pix4ds_are_several(tmp_path: Path) -> None:
    (photo,) = photos_in(tmp_path, "a.jpg")
    file = written(tmp_path, "c.cam", PIX4D + PIX4D.replace(f"F {512.5 * MM}", "F 18.0"))
    assert focal_px(photo, file) is None
    assert "2 of them may be it, and nothing says which" in told([photo], file)[0]


def test_a_rig_has_the_same_name_in_several_folders(tmp_path: Path) -> None:
    left, right = photos_in(tmp_path, "left/a.jpg", "right/a.jpg")
    file = written(
        tmp_path,
        "cameras.txt",
        "1 PINHOLE 640 480 500 500 320 240\n2 PINHOLE 640 480 600 600 320 240\n",
    )
    images = "".join(
        f"{n} 1 0 0 0 0 0 0 {n} {folder}/a.jpg\n\n" for n, folder in enumerate(("left", "right"), 1)
    )
    written(tmp_path, "images.txt", images)
    assert [focal_px(photo, file) for photo in (left, right)] == [500, 600]
    # One whose camera cannot be used does not get another's, nor does one of a further folder.
    odd = "1 PINHOLE 640 480 500 500 320 240\n2 FOV 640 480 600 600 320 240 0.9\n"
    written(tmp_path, "cameras.txt", odd)
    (back,) = photos_in(tmp_path, "back/a.jpg")
    assert focal_px(left, file) == 500
    (later,) = photos_in(tmp_path, "left/b.jpg")  # of that camera, though it is not named
    assert focal_px(later, file) == 500
    for other in (right, back):
        assert "not among the photos that they are of" in told([other], file)[-1]


def test_a_reconstruction_says_which_camera_is_whose(tmp_path: Path) -> None:
    photos = photos_in(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    parts = [
        {
            "cameras": {"c1": _camera(TRUTH), "c2": {**_camera(TRUTH), "focal_x": 1, "focal_y": 1}},
            "shots": {"a.jpg": {"camera": "c1"}, "b.jpg": {"camera": "c2"}},
        },
        {
            "cameras": {"c1": {**_camera(TRUTH), "focal_x": 2, "focal_y": 2}},
            "shots": {"c.jpg": {"camera": "c1"}},
        },
    ]
    file = written(tmp_path, "reconstruction.json", json.dumps(parts))
    assert [focal_px(photo, file) for photo in photos] == pytest.approx([512.5, 640, 1280])


def test_a_camera_is_not_that_of_a_model_that_begins_alike(tmp_path: Path) -> None:
    cameras = {
        "v2 apple iphone 12 640 480 brown 0.8": _camera(TRUTH),
        "v2 apple iphone 12 pro 640 480 brown 0.9": {**_camera(TRUTH), "focal_x": 1, "focal_y": 1},
    }
    file = written(tmp_path, "cameras.json", json.dumps(cameras))
    (plain,) = photos_in(tmp_path / "1", "a.jpg", model="iPhone 12")
    (pro,) = photos_in(tmp_path / "2", "a.jpg", model="iPhone 12 Pro")
    (other,) = photos_in(tmp_path / "3", "a.jpg", model="SM-G973F")
    assert focal_px(plain, file) == pytest.approx(512.5)
    assert focal_px(pro, file) == pytest.approx(640)
    assert focal_px(other, file) is None
    assert "it is of 'SM-G973F', they are of apple iphone 12" in told([other], file)[0]


def test_a_file_whose_camera_is_nobodys_is_told(tmp_path: Path) -> None:
    photo = write_jpeg(tmp_path / "a.jpg", picture=scene(640, 360))
    assert told([photo], written(tmp_path, "cameras.json")) == [
        "cameras.json: 1 of 1 photos have no camera there, first a.jpg: it is 640 × 360, they are "
        "for 640 × 480"
    ]


def test_one_camera_that_cannot_be_used_does_not_cost_the_others(tmp_path: Path) -> None:
    (photo,) = photos_in(tmp_path, "a.jpg")
    cameras = {
        "v2 maker m1 640 480 brown 0.8": _camera(TRUTH),
        "v2 maker m2 2000 1000 spherical 0": {
            "projection_type": "spherical",
            "width": 2000,
            "height": 1000,
        },
    }
    file = written(tmp_path, "cameras.json", json.dumps(cameras))
    assert focal_px(photo, file) == pytest.approx(512.5)
    (line,) = told([photo], file)
    assert "spherical: it is not used" in line


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("cameras.txt", "1 OPENCV 640 480 500 500 320\n", "with 3 numbers, where OPENCV has 8"),
        (
            "cameras.json",
            '{"all": {"projection_type": "perspective", "width": 640, "height": 480}}',
            "without size or focal length",
        ),
        ("c.xml", METASHAPE.replace("<k3>", "<k4>0.1</k4><k3>"), "with k4; adjust it without"),
    ],
)
def test_the_line_says_what_is_wrong(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_cameras(written(tmp_path, name, text))


def test_one_camera_that_was_calibrated_photo_by_photo_is_one(tmp_path: Path) -> None:
    """As `export` writes it."""
    (photo,) = photos_in(tmp_path, "other.jpg")
    focals = (512.4, 512.5, 513.0)
    cameras = {
        f"worldmap {i}": {**_camera(TRUTH), "focal_x": f / 640, "focal_y": f / 640}
        for i, f in enumerate(focals)
    }
    file = written(tmp_path, "cameras.json", json.dumps(cameras))
    assert focal_px(photo, file) == pytest.approx(512.5)
    cameras["worldmap 0"] |= {"focal_x": 0.9, "focal_y": 0.9}
    assert focal_px(photo, written(tmp_path, "cameras.json", json.dumps(cameras))) is None
