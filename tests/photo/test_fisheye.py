"""Whose lens is told: files of cameras, Pix4D's tags, Mapillary's sidecar; and turned pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import piexif
import pytest

from tests.helpers.photo_makers import scene, write_jpeg
from tests.photo.test_xmp import packet
from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.fisheye import FisheyeLens
from worldmap.photo import Flag, Sidecars, read_metadata, told_fisheye

SETTINGS = PhotoSettings()
# Of a picture of 640 × 480 as it is stored.
K = (-0.03, 0.006, -0.001, 0.0002)
TRUTH = FisheyeLens.odd((640, 480), (280.0, 280.0), (326.0, 233.0), *K)
RADIAL = FisheyeLens.odd((640, 480), (280.0, 280.0), (326.0, 233.0), *K[:2])
CENTRED = FisheyeLens.odd((640, 480), (280.0, 280.0), (320.0, 240.0), *K[:2])
PLAIN = {"width": 640, "height": 480, "k1": K[0], "k2": K[1]}
OFF = {"c_x": 6 / 640, "c_y": -7 / 640}
XYZ = np.array(((0.3, -0.2, 1.0), (-2.0, 0.5, 0.4), (0.0, 0.0, 2.0)))
FILES = {
    "opencv/cameras.txt": (
        f"1 OPENCV_FISHEYE 640 480 280 280 326 233 {' '.join(map(str, K))}\n",
        TRUTH,
    ),
    "radial/cameras.txt": (f"1 RADIAL_FISHEYE 640 480 280 326 233 {K[0]} {K[1]}\n", RADIAL),
    "simple/cameras.txt": (
        f"1 SIMPLE_RADIAL_FISHEYE 640 480 280 326 233 {K[0]}\n",
        FisheyeLens.odd((640, 480), (280.0, 280.0), (326.0, 233.0), K[0]),
    ),
    "plain/cameras.json": (
        json.dumps({"c": PLAIN | {"projection_type": "fisheye", "focal": 280 / 640}}),
        CENTRED,
    ),
    "opencv/cameras.json": (
        json.dumps(
            {
                "c": PLAIN
                | OFF
                | {"projection_type": "fisheye_opencv", "k3": K[2], "k4": K[3]}
                | {"focal_x": 280 / 640, "focal_y": 280 / 640}
            }
        ),
        TRUTH,
    ),
}


def lens_of(photo: Path, *files: Path) -> FisheyeLens | None:
    return told_fisheye(photo, SETTINGS, Sidecars(cameras=files))


def written(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(FILES[name][0])
    return path


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("scale", [1, 2])
def test_every_file_is_the_same_lens(tmp_path: Path, name: str, scale: int) -> None:
    photo = write_jpeg(tmp_path / "a.jpg", picture=scene(640 * scale, 480 * scale))
    found = lens_of(photo, written(tmp_path, name))
    assert found is not None
    assert (found.width_px, found.height_px) == (640 * scale, 480 * scale)
    assert found.project(XYZ) == pytest.approx(scale * FILES[name][1].project(XYZ))
    # A pinhole's numbers it gives none.
    metadata = read_metadata(photo, SETTINGS, sidecars=Sidecars(cameras=[tmp_path / name]))
    assert metadata.focal is None or "camera file" not in metadata.focal.source
    assert metadata.distortion is None or not any(metadata.distortion)
    assert lens_of(photo) is None


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_turns_with_the_picture(tmp_path: Path, orientation: int) -> None:
    """Directions that the stored picture shows are shown, turned, by the upright one."""
    photo = write_jpeg(
        tmp_path / "a.jpg",
        picture=scene(640, 480),
        image={piexif.ImageIFD.Orientation: orientation},
    )
    found = lens_of(photo, written(tmp_path, "opencv/cameras.txt"))
    assert found == TRUTH.upright(orientation)


def test_whose_it_is(tmp_path: Path) -> None:
    lines = FILES["opencv/cameras.txt"][0] + "2 SIMPLE_PINHOLE 640 480 400 320 240\n"
    (tmp_path / "cameras.txt").write_text(lines)
    images = "1 1 0 0 0 0 0 0 1 a.jpg\n\n2 1 0 0 0 0 0 0 2 b.jpg\n\n"
    (tmp_path / "images.txt").write_text(images)
    a, b = (write_jpeg(tmp_path / name, picture=scene(640, 480)) for name in ("a.jpg", "b.jpg"))
    assert lens_of(a, tmp_path / "cameras.txt") is not None
    assert lens_of(b, tmp_path / "cameras.txt") is None
    with pytest.raises(PhotoError):
        lens_of(tmp_path / "cameras.txt")


PIX4D = {
    "Camera:ModelType": "fisheye",
    # By θ 2/π: a lens of 280 pixels for each radian, and its even term.
    "Camera:FisheyeAffineMatrix": f"{280 * np.pi / 2},0,0,{280 * np.pi / 2}",
    "Camera:FisheyePolynomial": "0,1,-0.025,0.0125",
    "Camera:PrincipalPoint": "2.4,1.8",
}


@pytest.mark.parametrize("orientation", [1, 6])
def test_pix4ds_tags(tmp_path: Path, orientation: int) -> None:
    photo = write_jpeg(
        tmp_path / "a.jpg",
        picture=scene(640, 480),
        image={piexif.ImageIFD.Orientation: orientation},
        xmp=packet(PIX4D),
    )
    found = lens_of(photo)
    assert found is not None
    theta = np.arctan2(np.hypot(XYZ[:, 0], XYZ[:, 1]), XYZ[:, 2])
    at = theta * 2 / np.pi
    radius = 280 * np.pi / 2 * (at - 0.025 * at**2 + 0.0125 * at**3)
    middle = (320, 240) if orientation == 1 else (240, 320)
    assert np.linalg.norm(found.project(XYZ) - middle, axis=1) == pytest.approx(radius)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Camera:ModelType": "perspective"},
        {"Camera:FisheyeAffineMatrix": "400,3,3,400"},
        {"Camera:FisheyeAffineMatrix": "400,0,0"},
        {"Camera:FisheyeAffineMatrix": "-400,0,0,-400"},
        {"Camera:FisheyePolynomial": "0.2,1,0,0"},
        {"Camera:FisheyePolynomial": "0,x,0,0"},
        {"Camera:FisheyePolynomial": ""},
    ],
)
def test_what_tells_no_lens(tmp_path: Path, wrong: dict[str, str]) -> None:
    photo = write_jpeg(tmp_path / "a.jpg", picture=scene(640, 480), xmp=packet(PIX4D | wrong))
    assert lens_of(photo) is None
    flagged = Flag.NOT_PINHOLE in read_metadata(photo, SETTINGS).flags
    assert flagged == ("Camera:ModelType" not in wrong)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({}, True),
        ({"camera_type": "perspective"}, False),
        ({"camera_parameters": [0.4375, K[0]]}, False),
        ({"camera_parameters": [-1, 0, 0]}, False),
        ({"camera_parameters": ["x", 0, 0]}, False),
    ],
)
def test_mapillarys_sidecar(tmp_path: Path, told: dict[str, object], known: bool) -> None:
    photo = write_jpeg(tmp_path / "mapillary-7.jpg", picture=scene(640, 480))
    described = {"camera_type": "fisheye", "camera_parameters": [0.4375, K[0], K[1]]} | told
    content = {"worldmap_source": 1, "source": "mapillary", "projection": "fisheye"}
    (tmp_path / f"{photo.name}.source.json").write_text(
        json.dumps(content | {"described": described})
    )
    found = lens_of(photo)
    assert (found is not None) == known
    if found is not None:
        assert found.project(XYZ) == pytest.approx(CENTRED.project(XYZ))
