"""Masks: whose they are, what they cover, and what of a picture is fixed to its camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from worldmap.config import PhotoSettings
from worldmap.errors import UsageError
from worldmap.photo import discover, parse_mask
from worldmap.photo.fixed_part import fixed_part
from worldmap.photo.mask import has_shape
from worldmap.records import PictureMask, is_same_mask

WIDE, HIGH = 192, 144


def write_mask(path: Path, covered: tuple[slice, slice], mode: str = "L") -> Path:
    white = np.full((HIGH, WIDE), 255, dtype=np.uint8)
    white[covered] = 0
    Image.fromarray(white).convert(mode).save(path)
    return path


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_a_mask_is_black_where_it_covers(tmp_path: Path, mode: str) -> None:
    path = write_mask(tmp_path / "m.png", (slice(120, None), slice(None)), mode)
    found = parse_mask(f"X100={path}", PhotoSettings())
    assert found.camera == "X100"
    assert found.serves("Fuji", "x100")
    assert found.serves(None, "X100 ")
    assert not found.serves("Fuji", "X20")
    assert parse_mask(str(path), PhotoSettings()).serves(None, None)
    assert np.array_equal(found.mask.covers.any(axis=1), np.arange(HIGH) >= 120)
    assert has_shape(found.mask, 4000, 3000)
    assert not has_shape(found.mask, 4000, 2250)


def test_what_is_no_mask_is_one_line(tmp_path: Path) -> None:
    words = tmp_path / "m.png"
    words.write_text("no picture")
    for told, said in (
        (str(words), "is no mask"),
        (f"X100={tmp_path / 'none.png'}", "is no mask"),
        (str(write_mask(tmp_path / "all.png", (slice(None), slice(None)))), "black all over"),
    ):
        with pytest.raises(UsageError, match=said):
            parse_mask(told, PhotoSettings())


def test_masks_on_other_grids() -> None:
    covers = np.zeros((6, 9), dtype=bool)
    covers[5, 2] = True
    mask = PictureMask(covers)
    # What is covered in part is covered, on fewer cells; on more, where it was.
    assert np.argwhere(mask.reduced(3).covers).tolist() == [[1, 0]]
    on_more = mask.on_grid(12, 18)
    assert np.argwhere(on_more).tolist() == [[10, 4], [10, 5], [11, 4], [11, 5]]
    at = np.array([[250.0, 599.0], [250.0, 400.0], [900.0, 600.0]])
    assert mask.contains(at, 900, 600).tolist() == [True, False, False]
    assert is_same_mask(mask, PictureMask(covers.copy()))
    assert not is_same_mask(mask, None)
    assert not is_same_mask(mask, mask.reduced(3))


def test_masks_beside_photos_are_no_photos(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    for name in ("a_mask.png", "a.mask.png", "carnival_mask.png"):
        Image.new("L", (8, 8)).save(tmp_path / name)
    assert [path.name for path in discover([tmp_path])] == ["a.jpg", "carnival_mask.png"]


# --- what is fixed to the camera ----------------------------------------------------------------


def scenes(count: int, seed: int = 0) -> list[np.ndarray]:
    """Walls with edges upright and level, a bright sky above, no two alike."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        picture = np.full((HIGH, WIDE), 225.0)
        for _ in range(60):
            left, top = rng.integers(-20, WIDE), rng.integers(30, HIGH)
            wide, high = rng.integers(6, 50, 2)
            picture[top : top + high, max(left, 0) : left + wide] = rng.uniform(20, 230)
        picture += rng.normal(0, 4, picture.shape)
        found.append(np.clip(picture, 0, 255).astype(np.uint8))
    return found


def with_bonnet(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    made = picture.copy()
    made[bonnet()] = np.clip(90 + rng.normal(0, 8) + rng.normal(0, 3, int(bonnet().sum())), 0, 255)
    return made


def bonnet() -> np.ndarray:
    y, x = np.mgrid[:HIGH, :WIDE]
    return np.asarray(y > 118 + 12 * (2 * x / WIDE - 1) ** 2)


def test_a_bonnet_is_found_and_a_scene_is_not() -> None:
    plain = scenes(24)
    assert fixed_part(plain) is None
    rng = np.random.default_rng(1)
    mask = fixed_part([with_bonnet(each, rng) for each in plain])
    assert mask is not None
    assert mask.covers[bonnet()].mean() > 0.98
    assert (mask.covers & ~bonnet()).mean() < 0.05  # the outline's own width


def test_a_date_is_found() -> None:
    dated = [
        cv2.putText(each.copy(), "2019-05-07", (100, 136), 0, 0.45, 250, 2) for each in scenes(16)
    ]
    mask = fixed_part(dated)
    assert mask is not None
    there = cv2.putText(np.zeros((HIGH, WIDE), np.uint8), "2019-05-07", (100, 136), 0, 0.45, 1, 2)
    assert mask.covers[there > 0].mean() > 0.9
    assert not mask.covers[:110].any()


def test_photos_from_one_standpoint_have_no_fixed_part() -> None:
    (one,) = scenes(1)
    rng = np.random.default_rng(2)
    noisy = [
        np.clip(one * rng.uniform(0.8, 1.1) + rng.normal(0, 3, one.shape), 0, 255).astype(np.uint8)
        for _ in range(12)
    ]
    assert fixed_part(noisy) is None
    assert fixed_part(noisy[:3]) is None
