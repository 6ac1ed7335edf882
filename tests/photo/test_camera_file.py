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
        ("1 OPENCV_FISHEYE 640 480 1 1 1 1 0 0 0\n", "no file of cameras"),
        ("1 OPENCV_FISHEYE 640 480 0 0 1 1 0 0 0 0\n", "without size|no file of cameras"),
        ("1 RADIAL_FISHEYE 640 480 nan 1 1 0 0\n", "not square"),
        ('{"c": {"projection_type": "fisheye", "width": 4, "height": 3}}', "not square"),
        (
            '{"c": {"projection_type": "fisheye", "width": 0, "height": 3, "focal": 1}}',
            "without size",
        ),
        ("1 PINHOLE 640 480 500 300 320 240\n", "not square"),
        ("1 PINHOLE 640 480 500\n", "no file of cameras"),
        ("<calibration><projection>fisheye</projection><f>1</f></calibration>", "another model"),
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
