"""The picture beside other viewers: what they are given is the map, seen from the right place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers import cloudcompare, potree
from tests.helpers.scripts_run import script
from tests.helpers.viewpoint import ViewedCloud, Viewpoint

NODE = np.dtype([("kind", "u1"), ("mask", "u1"), ("points", "<u4"), ("at", "<i8"), ("size", "<i8")])
POINT = np.dtype([("xyz", "<i4", 3), ("rgb", "<u2", 3)])
PHOTO = {
    "camera": {"width": 600, "height": 400, "fx": 500.0, "fy": 500.0, "cx": 310.0, "cy": 190.0},
    # Looks north from (1, 2, 3): x east, y down, z north.
    "enu_from_cam": (1, 0, 0, 1, 0, 0, 1, 2, 0, -1, 0, 3),
}


def cloud(count: int) -> ViewedCloud:
    rng = np.random.default_rng(5)
    xyz = rng.uniform((-20, 5, -4), (20, 60, 20), (count, 3))
    return ViewedCloud(xyz, rng.integers(0, 256, (count, 3), np.uint8))


def by_colour(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows x, y, z, red, green, blue in an order that no rounding to millimetres changes."""
    return rows[np.lexsort(rows[:, [0, 1, 2, 5, 4, 3]].T)]


def test_each_viewer_that_is_not_here_is_left_out_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    beside = script("beside_viewers")
    assert beside.Others.here().draw == {}
    potrees, cloudcompares = capsys.readouterr().err.splitlines()
    assert potrees.startswith("Potree is left out: ")
    assert cloudcompares.startswith("CloudCompare is left out: ")
    assert beside.main(["map", "IMG_1.jpg"]) == 2


def test_the_command_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        script("beside_viewers").main(["--help"])
    assert ended.value.code == 0
    assert "PHOTO" in capsys.readouterr().out.upper()


def test_an_octree_has_each_point_once_and_in_its_cube(tmp_path: Path) -> None:
    given = cloud(60_000)
    potree.write_octree(tmp_path, given)
    told = json.loads((tmp_path / "metadata.json").read_text())
    nodes = np.frombuffer((tmp_path / "hierarchy.bin").read_bytes(), NODE)
    content = (tmp_path / "octree.bin").read_bytes()
    assert told["hierarchy"]["firstChunkSize"] == nodes.nbytes
    low, high = (np.array(told["boundingBox"][end]) for end in ("min", "max"))
    cubes = [(low, high[0] - low[0])]
    found = []
    for node in nodes:
        corner, side = cubes.pop(0)
        part = np.frombuffer(content[node["at"] : node["at"] + node["size"]], POINT)
        assert len(part) == node["points"]
        xyz = part["xyz"] * np.array(told["scale"]) + told["offset"]
        assert (xyz >= corner - 1e-6).all()
        assert (xyz <= corner + side + 1e-6).all()
        found.append(np.hstack((xyz, part["rgb"] / 257)))
        # Potree counts the eight with x by fours, y by twos, z by ones.
        for number in range(8):
            if node["mask"] >> number & 1:
                up = np.array((number >> 2 & 1, number >> 1 & 1, number & 1))
                cubes.append((corner + side / 2 * up, side / 2))
    assert not cubes
    assert len(nodes) > 1
    every: NDArray[np.float64] = np.vstack(found).astype(np.float64)
    wanted: NDArray[np.float64] = np.hstack((given.xyz_enu, given.rgb)).astype(np.float64)
    assert len(every) == len(wanted)
    assert by_colour(every) == pytest.approx(by_colour(wanted), abs=0.00051)


def test_a_point_is_seen_where_the_photo_has_it() -> None:
    view = Viewpoint.of_photo(PHOTO)
    # 10 m before the photo, 2 m to the right, 1 m up: at pixel 310 + 100, 190 − 50.
    seen, inside = view.seen(ViewedCloud(np.array([[3.0, 12.0, 4.0]]), np.zeros((1, 3), np.uint8)))
    assert inside.all()
    assert seen[0] == pytest.approx((2 * 410 / 600 - 1, 1 - 2 * 140 / 400, 10.0))
    same = Viewpoint.looking(np.array((1.0, 2.0, 3.0)), np.array((1.0, 9.0, 3.0)), view.lens)
    assert same.enu_from_cam == pytest.approx(view.enu_from_cam)


def test_cloudcompare_is_given_what_lies_in_the_picture() -> None:
    """Seen from where its eye is, by its lens of 30° over 1554 pixels."""
    given, view = cloud(5_000), Viewpoint.of_photo(PHOTO)
    size_px = (900, 600)
    seen, inside = view.seen(given)
    xyz, rgb = cloudcompare._as_pictured(given, view, size_px)
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    away = np.linalg.norm(high - low) / 2 / np.tan(np.radians(15))
    eye = (low + high) / 2 + (0, 0, away)
    count = int(inside.sum())
    assert 500 < count < 5_000
    rays = xyz[:count] - eye
    places = rays[:, :2] / -rays[:, 2:] * 777 / np.tan(np.radians(15))
    assert np.abs(places - seen[inside, :2] * (450, 300)).max() < 1e-6
    nearer_first = np.argsort(seen[inside, 2])
    assert (np.diff(-rays[nearer_first, 2]) >= 0).all()
    assert (rgb[:count] == given.rgb[inside]).all()
