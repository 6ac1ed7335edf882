"""Pictures and reports of a real (small) map."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.ingest_makers import Ran
from worldmap.area import Everywhere, parse_area
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import Settings
from worldmap.errors import InputError, UsageError
from worldmap.pipeline.render import RenderOptions, parse_size, render

if TYPE_CHECKING:
    from tests.helpers.map_makers import SmallMap

WORLDMAP = Path(sys.executable).with_name("worldmap")


def run(*arguments: object) -> list[dict[str, Any]]:
    """The JSON lines of the installed command."""
    done = subprocess.run(
        [str(WORLDMAP), *map(str, arguments), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.OK, f"{done.stdout}\n{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- render ---------------------------------------------------------------------------------------


def test_a_photos_own_view_looks_like_the_photo(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "view.png"
    photo = small_map.photos[0].metadata.path
    lines = run(
        "render", "--area", "all", "--map", small_map.map_dir, out,
        "--path", photo.name, "--size", "512x384", "--no-shade", "--jobs", "1",
    )  # fmt: skip
    assert lines[-1]["frames"] == 1
    assert lines[-1]["points"] > 1000
    assert {line["name"] for line in lines if line["event"] == "stage"} == {"read", "draw"}
    with Image.open(out) as drawn, Image.open(photo) as taken:
        assert drawn.size == (512, 384)
        seen = np.asarray(drawn.resize((64, 48))).astype(float)
        true = np.asarray(taken.convert("RGB").resize((64, 48))).astype(float)
    # The lower part is street and houses: what the photo shows, and where it shows it.
    low = slice(20, 44)
    off = np.abs(seen[low] - true[low]).mean()
    shifted = np.abs(np.roll(seen, 12, axis=1)[low] - true[low]).mean()
    assert off < 40
    assert off < 0.8 * shifted


def test_films_and_pictures_of_an_area(small_map: SmallMap, tmp_path: Path) -> None:
    options = RenderOptions(path="flight", size_px=(160, 90), seconds=0.5, fps=10)
    summary = render(small_map.map_dir, Everywhere(), tmp_path / "a.gif", options)
    assert summary.frames == 5
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size) == (5, (160, 90))  # type: ignore[attr-defined]
        first = np.asarray(gif.convert("RGB")).astype(int)
        gif.seek(4)
        assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - first).mean() > 3  # it moves
    for number in (1, 2):
        options = RenderOptions(size_px=(160, 90), colour="height", background="#ffffff")
        render(small_map.map_dir, Everywhere(), tmp_path / f"{number}.png", options, jobs=number)
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    with Image.open(tmp_path / "1.png") as picture:
        pixels = np.asarray(picture).reshape(-1, 3)
    covered = (pixels != 255).any(axis=1)
    assert 0.1 < covered.mean() < 0.9
    few = RenderOptions(size_px=(160, 90), support=3)
    all_points = render(
        small_map.map_dir, Everywhere(), tmp_path / "3.png", replace_support(few, 1)
    )
    assert (
        render(small_map.map_dir, Everywhere(), tmp_path / "4.png", few).points < all_points.points
    )


def replace_support(options: RenderOptions, support: int) -> RenderOptions:
    return RenderOptions(size_px=options.size_px, support=support)


def test_what_cannot_be_drawn_is_told_in_one_line(small_map: SmallMap, tmp_path: Path) -> None:
    map_dir, out = small_map.map_dir, tmp_path / "a.png"
    far = parse_area("10,10,11,11")
    for options, path, words in (
        (RenderOptions(), tmp_path / "a.bmp", "use one of"),
        (RenderOptions(seconds=3), out, "one picture"),
        (RenderOptions(background="blue"), out, "background"),
        (RenderOptions(colour="mood"), out, "colour"),
        (RenderOptions(seconds=0.01), tmp_path / "a.gif", "no film"),
        (RenderOptions(fps=500), tmp_path / "a.gif", "no film"),
    ):
        with pytest.raises(UsageError, match=words):
            render(map_dir, Everywhere(), path, options)
    for options, words in (
        (RenderOptions(path="nobody.jpg"), "no photo nobody"),
        (RenderOptions(support=200), "200 photos agree"),
    ):
        with pytest.raises(InputError, match=words):
            render(map_dir, Everywhere(), out, options)
    with pytest.raises(InputError, match="no points"):
        render(map_dir, far, out, RenderOptions())
    for text in ("12", "0x5", "axb", "1280x", "99999x10"):
        with pytest.raises(UsageError, match="size"):
            parse_size(text)
    assert parse_size("640×360") == (640, 360)
    assert not out.exists()


def test_the_command_refuses_a_wrong_size(small_map: SmallMap, tmp_path: Path) -> None:
    ran = Ran(
        "render", "--area", "all", "--map", small_map.map_dir, tmp_path / "a.png", "--size", "huge",
    )  # fmt: skip
    assert ran.code == ExitCode.USAGE
    assert "1280x720" in ran.error


# --- the report -----------------------------------------------------------------------------------


def report_of(map_dir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((map_dir / "report" / "report.json").read_text("utf-8"))
    return found


@pytest.mark.nightly
def test_merge_writes_the_report_unless_told_not_to(small_map: SmallMap, tmp_path: Path) -> None:
    own = small_map.copied(tmp_path)
    page = own.map_dir / "report" / "index.html"
    merging = ("merge", "--area", "all", "--map", own.map_dir, "--jobs", "1")
    assert Ran(*merging, "--no-report", "--json").summary["report"] is None
    assert not page.exists()

    lines = run(*merging)
    assert lines[-1]["report"] == str(page)
    assert "report" in {line["name"] for line in lines if line["event"] == "stage"}
    first = report_of(own.map_dir)
    poses = {pose.photo_id: pose for pose in own.poses}
    with Catalog.open(own.map_dir, create=False) as catalog:
        tiles = catalog.tiles()
    assert first["placed"] + first["unplaced"] == len(first["photos"]) == len(poses)
    assert first["points"] == sum(tile.points for tile in tiles)
    assert sum(first["coverage"]["by_support"].values()) == first["points"]
    assert len(first["pairs"]) == lines[-1]["pairs_tried"]
    for entry in first["photos"]:
        pose = poses[entry["photo_id"]]
        assert entry["status"] == pose.status
        if entry["solved"] is not None:
            assert entry["solved"]["position_sigma_m"] == pytest.approx(pose.position_sigma_m)
    assert first["settings"] == Settings().model_dump(mode="json")
    assert {source["name"] for source in first["depth_sources"]} == {"measured"}
    assert [stage["name"] for stage in first["stages"]] == [
        "read",
        "register",
        "solve",
        "refine",
        "tiles",
    ]
    assert all(stage["peak_memory_mb"] > 50 for stage in first["stages"])
    accuracy = first["accuracy"]
    assert accuracy["solved_again"] >= 1
    assert len(accuracy["entries"]) <= accuracy["candidates"]
    # The demo's sigmas are true: hardly any tag is further off than stated.
    assert accuracy["share_inside"] >= 0.75
    # Both ways of leaving out agree better than either knows the place.
    assert accuracy["median_difference_m"] < accuracy["median_radius90_m"] / 2
    text = page.read_text(encoding="utf-8")
    assert all(Path(entry["path"]).name in text for entry in first["photos"])
    assert text.count("data:image/jpeg") == 1 + len(poses)  # the points and a thumbnail each

    assert Ran(*merging).code == ExitCode.OK
    second = report_of(own.map_dir)
    for timed in ("made_at", "stages"):
        del first[timed], second[timed]
    assert first == second
