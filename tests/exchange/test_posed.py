"""Poses of other programs: what is exported comes back to the digit, by our text and by COLMAP's
own binary files; damaged models give one line."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.errors import MissingPathError, WorldmapError
from worldmap.exchange import (
    ExportedPhoto,
    colmap_files,
    nerfstudio_files,
    opensfm_files,
    reference_file,
)
from worldmap.exchange.read_model import read_model
from worldmap.frames import RigidTransform, cam
from worldmap.geodesy import Site, enu
from worldmap.known_camera import KnownCamera

SITE = Site(48.1371, 11.5754, 560.0)
LENSES = (
    Camera(width_px=640, height_px=480, fx_px=500.0, fy_px=500.0, cx_px=322.0, cy_px=238.5,
           distortion=(0.05, -0.02, 0.001, -0.0005, 0.003)),
    Camera.centred(480, 640, 410.0),
)  # fmt: skip
NO_POINTS = PointCloud.of_photo(frame=enu(SITE), xyz=[], rgb=[], sigma_m=[])


def shots() -> list[ExportedPhoto]:
    rng = np.random.default_rng(3)
    return [
        ExportedPhoto(
            name=f"photo_{k}.jpg",
            camera=LENSES[k % 2],
            enu_from_cam=RigidTransform(
                to=enu(SITE),
                source=cam(str(k)),
                rotation=Rotation.from_rotvec(rng.normal(0, 1, 3)).as_matrix(),
                translation_m=rng.normal(0, 50, 3),
            ),
            captured_s=None,
            position_sigma_m=1.0,
        )
        for k in range(4)
    ]


def written(folder: Path, kind: str) -> Path:
    if kind == "opensfm":
        files = opensfm_files(shots(), NO_POINTS, SITE)
    elif kind == "nerfstudio":
        files = nerfstudio_files(shots(), NO_POINTS, "images") | reference_file(SITE)
    else:
        model = colmap_files(shots(), NO_POINTS)
        files = {f"sparse/0/{name}": text for name, text in model.items()} | reference_file(SITE)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if kind == "colmap binary":
        pycolmap = pytest.importorskip("pycolmap")
        place = folder / "sparse" / "0"
        pycolmap.Reconstruction(str(place)).write_binary(str(place))
        for name in model:
            (place / name).unlink()
    return folder


def as_camera(found: KnownCamera) -> tuple[float, ...]:
    return (found.width, found.height, found.focal, found.cx, found.cy, *found.distortion)


@pytest.mark.parametrize("kind", ["colmap", "colmap binary", "opensfm", "nerfstudio"])
def test_what_is_exported_comes_back_to_the_digit(kind: str, tmp_path: Path) -> None:
    found = read_model(written(tmp_path, kind))
    assert found.kind == kind.split()[0]
    assert found.site == SITE
    by_name = {shot.name.removeprefix("images/"): shot for shot in found.shots}
    assert by_name.keys() == {shot.name for shot in shots()}
    for shot in shots():
        back = by_name[shot.name]
        assert back.model_from_cam.matrix == pytest.approx(shot.enu_from_cam.matrix, abs=1e-9)
        lens = shot.camera
        told = (lens.width_px, lens.height_px, lens.fx_px, lens.cx_px, lens.cy_px)
        assert as_camera(back.camera) == pytest.approx((*told, *lens.distortion), abs=1e-9)


def test_axes_of_their_own_are_told_by_no_reference(tmp_path: Path) -> None:
    written(tmp_path, "nerfstudio")
    (tmp_path / "reference_lla.json").unlink()
    assert read_model(tmp_path / "transforms.json").site is None


def test_what_nerfstudio_s_maker_applied_is_undone(tmp_path: Path) -> None:
    """It turns the axes of COLMAP's poses, and they are the ones that have a place on Earth."""
    folder = written(tmp_path, "nerfstudio")
    applied = np.array(((0.0, 1, 0, 3), (1, 0, 0, -2), (0, 0, -1, 5), (0, 0, 0, 1)))

    def apply(told: Any) -> None:
        told["applied_transform"], told["applied_scale"] = applied[:3].tolist(), 0.25
        for frame in told["frames"]:
            matrix = applied @ np.array(frame["transform_matrix"])
            matrix[:3, 3] *= 0.25
            frame["transform_matrix"] = matrix.tolist()

    changed("transforms.json", apply)(folder)
    found = {shot.name.removeprefix("images/"): shot for shot in read_model(folder).shots}
    for shot in shots():
        back = found[shot.name].model_from_cam.matrix
        assert back == pytest.approx(shot.enu_from_cam.matrix, abs=1e-9)


def changed(name: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        told = json.loads((folder / name).read_text())
        change(told)
        (folder / name).write_text(json.dumps(told))

    return apply


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return apply


def binary(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / "sparse/0" / name
        path.write_bytes(change(path.read_bytes()))

    return apply


IMAGES, CAMERAS = "sparse/0/images.txt", "sparse/0/cameras.txt"
HOSTILE: list[tuple[str, Callable[[Path], object], str]] = [
    ("colmap", replaced(CAMERAS, "FULL_OPENCV", "OPENCV_FISHEYE"), "another model"),
    ("colmap", replaced(CAMERAS, "480", "nan"), "without size"),
    ("colmap", replaced(CAMERAS, "640", "wide"), "no file of COLMAP's cameras"),
    ("colmap", replaced(IMAGES, "photo_1.jpg", ""), "no file of COLMAP's images"),
    ("colmap", replaced(IMAGES, " 1 photo", " 7 photo"), "camera 7, which is not there"),
    ("colmap", lambda folder: (folder / CAMERAS).unlink(), "does not exist"),
    ("colmap", lambda folder: (folder / IMAGES).write_text("# nothing\n"), "holds no image"),
    ("colmap binary", binary("images.bin", lambda data: data[:90]), "ends too early"),
    ("colmap binary", binary("images.bin", lambda data: b"\xff" * 8 + data[8:]), "ends too early"),
    ("colmap binary", binary("images.bin", lambda data: data[:72] + b"a" * 9000), "has no end"),
    ("colmap binary", binary("cameras.bin", lambda data: data[:12] + struct.pack("<i", 5)
                             + data[16:]), "another model"),
    ("colmap binary", binary("cameras.bin", lambda data: data[:20]), "ends too early"),
    ("opensfm", changed("reconstruction.json", lambda told: told[0].pop("cameras")), "cameras"),
    ("opensfm", changed("reconstruction.json", lambda told: told[0]["shots"].clear()), "no photo"),
    ("opensfm", changed("reconstruction.json", lambda told: told[0]["shots"]["photo_0.jpg"]
                        .update(rotation=[1, 2])), "no reconstruction"),
    ("opensfm", changed("reconstruction.json", lambda told: told[0]["reference_lla"]
                        .update(latitude=91)), "no place"),
    ("nerfstudio", changed("transforms.json", lambda told: told["frames"].clear()), "no photo"),
    ("nerfstudio", changed("transforms.json", lambda told: told["frames"][0]
                           .update(transform_matrix=[[1, 0], [0, 1]])), "is not 4 by 4"),
    ("nerfstudio", changed("transforms.json", lambda told: told.pop("frames")), "list of frames"),
    ("nerfstudio", changed("transforms.json", lambda told: told
                           .update(applied_transform=[[1, 0], [0, 1]])), "not 3 by 4"),
    ("nerfstudio", changed("transforms.json", lambda told: told
                           .update(applied_transform=np.diag((1, 1, -1, 1))[:3].tolist())),
     "no turn and shift"),
    ("nerfstudio", changed("transforms.json", lambda told: told.update(applied_scale=-2)),
     "applied_scale of -2"),
    ("nerfstudio", changed("transforms.json", lambda told: told["frames"][0].pop("w")),
     "how large"),
    ("nerfstudio", changed("transforms.json", lambda told: told
                           .update(camera_model="OPENCV_FISHEYE")), "another model"),
    ("nerfstudio", lambda folder: (folder / "transforms.json").write_text("{"), "not valid JSON"),
    ("nerfstudio", lambda folder: (folder / "transforms.json").unlink(), "no model"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "harm", "told"), HOSTILE)
def test_damaged_models_give_one_line(
    kind: str, harm: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    folder = written(tmp_path, kind)
    harm(folder)
    with pytest.raises(WorldmapError) as caught:
        read_model(folder)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError):
        read_model(tmp_path / "nothing")
