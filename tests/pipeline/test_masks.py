"""What a mask covers gives no points, no features and no colours; masks are found and told."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import piexif
from PIL import Image

from tests.helpers.ingest_makers import HEIGHT, WIDTH, Ran, by_name, ingest, write_photo
from tests.helpers.photo_makers import write_jpeg
from worldmap.catalog import Catalog
from worldmap.depth import load_depth
from worldmap.panorama import VIEWS
from worldmap.records import REMOVED_CODE, Features, IngestedPhoto, Removed
from worldmap.registration.features import load_features

SHARE = 0.75
"""Of the picture's height; below it the masks cover all."""


def named(model: str) -> dict[int, bytes]:
    """Of a camera of that model."""
    return {piexif.ImageIFD.Make: b"Fuji", piexif.ImageIFD.Model: model.encode()}


def write_mask(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    white = np.full(size[::-1], 255, dtype=np.uint8)
    white[int(SHARE * size[1]) :] = 0
    Image.fromarray(white).save(path)
    return path


def stored(map_dir: Path) -> dict[str, tuple[IngestedPhoto, Features, np.ndarray]]:
    with Catalog.open(map_dir, create=False) as catalog:
        photos = catalog.photos()
    return {
        photo.metadata.path.name: (
            photo,
            load_features(map_dir / photo.features.path),
            load_depth(map_dir / photo.depth.path).removed,
        )
        for photo in photos
        if photo.depth is not None
    }


def test_a_mask_of_a_camera_is_honoured_and_can_be_taken_back(tmp_path: Path) -> None:
    photos, map_dir = tmp_path / "in", tmp_path / "map"
    write_photo(photos / "a.jpg", 3, image=named("X100"))
    write_photo(photos / "b.jpg", 4, image=named("X20"))
    ingest(map_dir, photos)
    before = stored(map_dir)
    assert (before["a.jpg"][1].uv_px[:, 1] > SHARE * HEIGHT).any()
    mask = write_mask(tmp_path / "m.png", (2 * WIDTH, 2 * HEIGHT))
    ran = ingest(map_dir, photos, mask=f"X100={mask}")
    assert by_name(ran) == {"a.jpg": ("accepted", ""), "b.jpg": ("accepted", "")}
    after = stored(map_dir)
    _, features, removed = after["a.jpg"]
    assert len(features)
    assert not (features.uv_px[:, 1] > SHARE * HEIGHT).any()
    covered = removed == REMOVED_CODE[Removed.MASKED]
    assert covered[int(SHARE * len(covered)) :].all()
    assert not covered[: int(SHARE * len(covered))].any()
    assert np.array_equal(after["b.jpg"][1].uv_px, before["b.jpg"][1].uv_px)
    # The same again changes nothing; without it, all is as it was.
    assert by_name(ingest(map_dir, photos, mask=f"X100={mask}"))["a.jpg"][0] == "skipped"
    ingest(map_dir, photos)
    assert np.array_equal(stored(map_dir)["a.jpg"][1].uv_px, before["a.jpg"][1].uv_px)
    assert np.array_equal(stored(map_dir)["a.jpg"][2], before["a.jpg"][2])


def test_a_mask_beside_a_photo_is_its_own(tmp_path: Path) -> None:
    write_photo(tmp_path / "in" / "a.jpg", 3)
    write_photo(tmp_path / "in" / "b.jpg", 4)
    write_mask(tmp_path / "in" / "a_mask.png")
    write_mask(tmp_path / "in" / "b.mask.png", (WIDTH, WIDTH))
    told = by_name(ingest(tmp_path / "map", tmp_path / "in"))
    assert told["a.jpg"] == ("accepted", "")
    assert told["b.jpg"] == ("failed", "its mask b.mask.png is of another shape")
    _, features, _ = stored(tmp_path / "map")["a.jpg"]
    assert not (features.uv_px[:, 1] > SHARE * HEIGHT).any()
    assert features.mask is not None


def test_a_mask_of_a_panorama_is_cut_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rng = np.random.default_rng(0)
    rgb = cv2.resize(rng.integers(0, 255, (100, 200, 3), dtype=np.uint8), (800, 400))
    picture = Image.fromarray(rgb)
    write_jpeg(folder / "p.jpg", picture=picture, image=named("Theta"))
    told = {"worldmap_source": 1, "projection": "equirectangular"}
    (folder / "p.jpg.source.json").write_text(json.dumps(told))
    np.save(folder / "p.depth.npy", np.full((100, 200), 5, dtype=np.float32))
    # The rod below, to the right of the middle: between 45° and 135°, from 20° down.
    white = np.full((400, 800), 255, dtype=np.uint8)
    top, left, right = int(400 * 110 / 180), int(800 * 225 / 360), int(800 * 315 / 360)
    white[top:, left:right] = 0
    Image.fromarray(white).save(folder / "p_mask.png")
    ran = ingest(tmp_path / "map", folder)
    assert ran.summary["accepted"] == len(VIEWS)
    found = stored(tmp_path / "map")
    covered = {n: (r == REMOVED_CODE[Removed.MASKED]).mean() for n, (_, _, r) in found.items()}
    assert covered.pop("p.right.jpg") > 0.25
    assert max(covered.values()) < 0.05  # neighbours share a margin
    photo, features, _ = found["p.right.jpg"]
    across, below = (features.uv_px / photo.camera.width_px - 0.5).T
    # 35° and more down, of 50° that half a view spans, and within 30° of its middle.
    half = 0.5 / np.tan(np.deg2rad(50))
    low = below > half * np.tan(np.deg2rad(35))
    assert not (low & (np.abs(across) < half * np.tan(np.deg2rad(30)))).any()


def test_masks_are_found_and_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    for n in range(12):
        rgb = cv2.resize(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8), (256, 192))
        picture = Image.fromarray(cv2.putText(rgb, "(c) Ada", (8, 30), 0, 0.9, (255,) * 3, 2))
        write_jpeg(tmp_path / "in" / f"{n}.jpg", picture=picture, image=named("X100"))
    write_jpeg(tmp_path / "in" / "other.jpg", image=named("X20"))
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    ran = Ran("masks", tmp_path / "in", "--out", tmp_path / "masks", "--json")
    found, other = ran.summary["cameras"]
    assert (found["model"], found["photos"], found["width_px"]) == ("X100", 12, 256)
    assert 0.01 < found["covered_rel"] < 0.2
    assert other["path"] is None
    assert [Path(path).name for path in ran.summary["unreadable"]] == ["broken.jpg"]
    path = Path(found["path"])
    assert path.name == "Fuji_X100-256x192.png"
    black = np.asarray(Image.open(path).convert("L")) < 128
    assert black[10:32, 10:100].mean() > 0.5
    assert not black[60:].any()
    told = Ran("masks", tmp_path / "in", "--out", tmp_path / "masks").out
    assert f"--maskX100={path}" in "".join(told.split())
