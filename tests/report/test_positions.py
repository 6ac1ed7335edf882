"""The picture of a map's photos: what is in it, what stands below it, which way wedges point."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worldmap.errors import UsageError
from worldmap.report import Placing, PlottedPhoto, draw_positions
from worldmap.report.positions import _remarks, _window


def placing(east_m: float, north_m: float, heading_deg: float | None = None) -> Placing:
    return Placing(
        east_m=east_m,
        north_m=north_m,
        east_sigma_m=3.0,
        north_sigma_m=2.0,
        heading_deg=heading_deg,
        heading_sigma_deg=10.0,
    )


def photo(name: str, tagged: Placing | None, solved: Placing | None = None) -> PlottedPhoto:
    return PlottedPhoto(
        name=name,
        tagged=tagged,
        solved=solved,
        by_matches=solved is not None,
        suspicious=False,
        half_view_deg=30.0,
    )


def walk(count: int = 9) -> list[PlottedPhoto]:
    return [photo(str(i), placing(5.0 * i, 0.0), placing(5.0 * i, 1.0, 0.0)) for i in range(count)]


def test_a_position_far_off_the_others_does_not_shrink_them() -> None:
    photos = [*walk(), photo("lost", placing(-9000.0, 9000.0), placing(12.0, 1.0))]
    low, high = _window(photos)
    assert (low > -20).all()
    assert (high < 60).all()
    assert _remarks(photos, low, high) == ["tags beyond the picture: lost (13 km NW)"]
    # One that the solution put far away belongs to the picture.
    photos.append(photo("far", None, placing(0.0, 400.0)))
    assert _window(photos)[1][1] > 400


def test_photos_that_are_nowhere_stand_below() -> None:
    photos = [*walk(3), *(photo(f"x{i}", None) for i in range(11))]
    (line,) = _remarks(photos, *_window(photos))
    assert line == "nowhere: x0, x1, x2, x3, x4, x5, x6, x7 and 3 more"


@pytest.mark.parametrize(("heading_deg", "side"), [(0, "up"), (90, "right"), (180, "down")])
def test_wedges_point_where_photos_look(tmp_path: Path, heading_deg: int, side: str) -> None:
    # Without a heading there is no wedge: the difference is the wedge alone.
    shown = []
    for heading in (None, float(heading_deg)):
        path = tmp_path / f"{heading}.png"
        draw_positions(path, [photo("a", placing(0.0, 0.0, heading))], "title", "origin")
        with Image.open(path) as image:
            shown.append(np.asarray(image.convert("RGB"), dtype=int))
    rows, columns = np.nonzero(np.abs(shown[1] - shown[0]).sum(axis=2))
    blue = np.argwhere((shown[0] == (0x56, 0xB4, 0xE9)).all(axis=2))
    marker = blue[blue[:, 0] < 0.85 * len(shown[0])].mean(axis=0)  # not the one of the legend
    down, right = rows.mean() - marker[0], columns.mean() - marker[1]
    expected = {"up": (-1, 0), "right": (0, 1), "down": (1, 0)}[side]
    assert np.array((down, right)) / np.hypot(down, right) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_map_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    contents = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}{suffix}"
        draw_positions(path, walk(), "title", "origin")
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "photos",
    [
        [],
        [photo("a", None)],
        [photo("a", placing(0, 0)), photo("b", placing(0, 0))],
        [replace(photo("$a_{b$", placing(0, 0, 5.0)), suspicious=True)],
        pytest.param(walk(300), marks=pytest.mark.nightly),
        [photo("a", replace(placing(0, 0), east_sigma_m=np.inf, north_sigma_m=np.inf))],
    ],
    ids=["none", "nowhere", "same place", "name like a formula", "many", "no idea"],
)
def test_odd_maps_are_drawn(tmp_path: Path, photos: list[PlottedPhoto]) -> None:
    path = tmp_path / "map.png"
    draw_positions(path, photos, "100 % of $it$", "origin")
    with Image.open(path) as image:
        assert max(image.size) < 2500


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf"):
        draw_positions(tmp_path / "map.docx", walk(), "title", "origin")


def test_names_in_any_bytes_are_drawn(tmp_path: Path) -> None:
    """matplotlib refuses halves of surrogate pairs and takes `$` for the beginning of a formula."""
    names = (os.fsdecode(b"Stra\xdfe.jpg"), "\x1b[31m.jpg", "a$b$.jpg", "\ud800.jpg")
    photos = [photo(name, placing(i, 0), placing(i, 1)) for i, name in enumerate(names)]
    draw_positions(tmp_path / "a.svg", photos, names[0], "origin")
    assert "\x1b" not in (tmp_path / "a.svg").read_text()
