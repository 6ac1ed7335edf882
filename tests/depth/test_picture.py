"""The picture of one photo's depth, and its cloud."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import laspy
import numpy as np
import pytest
from PIL import Image

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import clean
from worldmap.depth.picture import PICTURE_SUFFIXES, caption, draw_depth
from worldmap.errors import PhotoError, StorageError, UsageError
from worldmap.frames import CAM
from worldmap.pipeline.depth import depth_of_photo, write_cloud
from worldmap.records import (
    CleanedDepth,
    DepthMap,
    DepthModel,
    Focal,
    FocalSource,
    PhotoMetadata,
)

WIDTH, HEIGHT = 160, 120
RGB = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def photo(path: Path = Path("street.jpg")) -> PhotoMetadata:
    return PhotoMetadata(
        path=path, content_hash="0" * 64, width_px=WIDTH, height_px=HEIGHT, orientation=1
    )


def cleaned(predicted_px: float | None = 150.0, empty: bool = False) -> CleanedDepth:
    depth_m = np.geomspace(2, 70, 40 * 30, dtype=np.float32).reshape(30, 40)[::-1].copy()
    depth_m[:6] = 200.0
    if empty:
        depth_m[:] = np.nan
    focal = Focal(focal_px=110.0, sigma_rel=0.03, source=FocalSource.FILM_35MM)
    predicted = predicted_px and Focal(
        focal_px=predicted_px, sigma_rel=0.2, source=FocalSource.DEPTH_MODEL
    )
    depth_map = DepthMap(
        depth_m=depth_m,
        sigma_m=0.02 * depth_m,
        camera=Camera.centred(WIDTH, HEIGHT, 110.0).rescaled(40, 30),
        focal=focal,
        focal_predicted=predicted or None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="depth-pro", weights_hash="", licence=""),
        flags=("focal-disagrees",) if predicted else (),
    )
    return clean(depth_map, RGB, Settings().depth)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".svg"])
def test_picture_is_written_in_the_format_of_its_suffix(tmp_path: Path, suffix: str) -> None:
    assert suffix in PICTURE_SUFFIXES
    path = tmp_path / f"out{suffix}"
    draw_depth(path, photo(), RGB, cleaned())
    if suffix == ".svg":
        assert "street.jpg" in path.read_text()
    else:
        with Image.open(path) as image:
            assert image.width > 1000
            assert len(np.unique(np.asarray(image.convert("L").resize((64, 24))))) > 30


def test_equal_depth_gives_equal_pictures(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_depth(tmp_path / name, photo(), RGB, cleaned())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_photo_without_any_depth_is_drawn_too(tmp_path: Path) -> None:
    draw_depth(tmp_path / "a.png", photo(), RGB, cleaned(empty=True))
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_caption_tells_both_focal_lengths_and_that_they_disagree() -> None:
    text = caption(photo(), cleaned())
    for part in ("depth-pro", "110 px ± 3 %", "35mm", "72° wide", "predicted: 150 px", "disagree"):
        assert part in text
    alone = caption(photo(), cleaned(predicted_px=None))
    assert "no predicted focal" in alone
    assert "disagree" not in alone


def test_unknown_picture_format_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        draw_depth(tmp_path / "a.bmp", photo(), RGB, cleaned())


def test_picture_into_a_file_as_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(StorageError):
        draw_depth(tmp_path / "x" / "a.png", photo(), RGB, cleaned())


# --- one photo off the web ------------------------------------------------------------------------


@pytest.fixture
def bare_photo(tmp_path: Path) -> Path:
    """A JPEG without any tag, with measured depth beside it."""
    Image.fromarray(RGB).save(tmp_path / "a.jpg")
    depth_m = np.full((HEIGHT // 2, WIDTH // 2), 5.0, np.float32)
    depth_m[:, :20] = 12.0
    np.save(tmp_path / "a.depth.npy", depth_m)
    return tmp_path / "a.jpg"


def test_one_photo_without_tags_to_picture_and_cloud(bare_photo: Path, tmp_path: Path) -> None:
    found = depth_of_photo(bare_photo, Settings())
    draw_depth(tmp_path / "a.png", found.metadata, found.rgb, found.cleaned)
    cloud = found.cloud()
    assert cloud.frame == CAM
    assert len(cloud) == np.count_nonzero(found.cleaned.kept)
    assert set(np.unique(cloud.xyz[:, 2])) == {5.0, 12.0}

    write_cloud(tmp_path / "a.ply", cloud)
    head, body = (tmp_path / "a.ply").read_bytes().split(b"end_header\n")
    assert f"element vertex {len(cloud)}".encode() in head
    assert b"frame cam" in head
    vertex = np.dtype(
        [("xyz", "<f8", 3), ("rgb", "u1", 3), ("sigma", "<f4"), ("id", "<u4"), ("rest", "u1", 2)]
    )
    stored = np.frombuffer(body, vertex)
    np.testing.assert_array_equal(stored["xyz"], cloud.xyz)
    np.testing.assert_array_equal(stored["rgb"], cloud.rgb)

    for name in ("a.las", "a.laz"):
        write_cloud(tmp_path / name, cloud)
        las = laspy.read(tmp_path / name)
        xyz = np.column_stack((las.x, las.y, las.z))
        np.testing.assert_allclose(xyz, cloud.xyz, atol=0.00051)
        np.testing.assert_array_equal(np.asarray(las.red) // 257, cloud.rgb[:, 0])
        assert b"LOCAL_CS" in las.header.vlrs.get("WktCoordinateSystemVlr")[0].record_data_bytes()


def test_far_away_points_do_not_fit_a_las_file(tmp_path: Path) -> None:
    cloud = PointCloud.of_photo(
        frame=CAM,
        xyz=[[0, 0, 1], [0, 0, 3e6]],  # type: ignore[arg-type]
        rgb=[[0, 0, 0]] * 2,
        sigma_m=[1, 1],
    )
    with pytest.raises(UsageError, match="too far apart"):
        write_cloud(tmp_path / "a.las", cloud)
    write_cloud(tmp_path / "a.las", replace(cloud.select(np.array([True, False]))))


def test_cloud_format_is_checked(bare_photo: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.ply"):
        write_cloud(tmp_path / "a.xyz", depth_of_photo(bare_photo, Settings()).cloud())


def test_broken_photo_is_a_photo_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(io.BytesIO(b"\xff\xd8\xff").getvalue())
    with pytest.raises(PhotoError):
        depth_of_photo(tmp_path / "a.jpg", Settings(), depth="measured")
