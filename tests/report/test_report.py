"""The report of a merge: rasters, suggestions, the held-out check, the data and the page."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import typing
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.json_documents import check_schema
from worldmap.camera import Lens
from worldmap.place import Place
from worldmap.records import (
    CameraFindings,
    ControlAccuracy,
    ControlRole,
    PairStatus,
    PhotoStatus,
    circular_error_90_m,
)
from worldmap.registration.heldout import _to_first_order
from worldmap.registration.priors import POSITION_KERNEL, robust
from worldmap.report import (
    SCHEMA,
    Accuracy,
    AreaRaster,
    ControlEntries,
    ControlEntry,
    Coverage,
    DepthSource,
    HeldOut,
    PairEntry,
    PhotoEntry,
    Pictures,
    Report,
    Rights,
    StageCost,
    Station,
    Suggestion,
    TaggedPlace,
    TileEntry,
    as_json,
    draw_coverage,
    draw_density,
    draw_height,
    page,
    suggestions,
)
from worldmap.report.charts import held_out_chart, pair_graph, pair_matrix, residual_charts
from worldmap.report.words import in_words

ROOT = Path(__file__).resolve().parents[2]
NAN = math.nan
ODD = "a \"b\" <i>&amp;'c' ü 山.jpg"


# --- rasters --------------------------------------------------------------------------------------


def raster_of(xyz: object, support: object, side_m: float = 20.0) -> AreaRaster:
    raster = AreaRaster(np.array((0.0, 0.0)), np.array((side_m, side_m)))
    points = np.array(xyz, dtype=np.float64).reshape(-1, 3)
    raster.add(points, np.broadcast_to(np.array(support, dtype=np.uint8), len(points)))
    return raster


def test_a_raster_counts_what_lies_in_each_cell() -> None:
    raster = raster_of(
        [(0.1, 0.1, 5.0), (0.2, 0.2, 7.0), (3.3, 8.1, -2.0), (999, 0, 0)], (1, 3, 2, 9)
    )
    assert raster.cell_m == 0.25
    assert raster.count[0, 0] == 2
    assert raster.top_m[0, 0] == 7.0
    assert raster.support[0, 0] == 2.0
    assert raster.single[0, 0] == 1
    assert raster.density[0, 0] == pytest.approx(2 / 0.25**2)
    assert raster.count[32, 13] == 1
    assert raster.top_m[32, 13] == -2.0
    assert np.isnan(raster.top_m).sum() == raster.count.size - 2
    assert raster.area_m2 == pytest.approx(2 * 0.25**2)
    assert raster.by_support == {1: 1, 2: 1, 3: 1}  # the far one is not in it


def test_a_raster_adds_up_part_by_part_and_grows_coarse_with_the_area() -> None:
    rng = np.random.default_rng(0)
    xyz, support = rng.uniform(0, 20, (5000, 3)), rng.integers(1, 5, 5000).astype(np.uint8)
    whole, parts = raster_of(xyz, support), raster_of([], 1)
    for part in np.array_split(np.arange(5000), 7):
        parts.add(xyz[part], support[part])
    for name in ("count", "single", "top_m", "support", "density"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    big = AreaRaster(np.zeros(2), np.array((3000.0, 90_000.0)))
    assert big.width * big.height < 1_000_000


def test_pictures_of_rasters_are_pngs_even_of_little(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    xyz = np.column_stack((rng.uniform(0, 20, 3000), rng.uniform(5, 9, 3000), np.zeros(3000)))
    photos = np.array(((3.0, 4.0), (8.0, 4.0)))
    for raster in (raster_of(xyz, 3), raster_of([(1, 1, 1)], 1), raster_of([], 1)):
        for content in (
            draw_coverage(raster, photos, [np.array((5.0, 6.0))]),
            draw_height(raster, photos),
            draw_density(raster, photos),
        ):
            (tmp_path / "a.png").write_bytes(content)
            with Image.open(tmp_path / "a.png") as image:
                assert min(image.size) > 150
    assert draw_height(raster_of(xyz, 3), photos) == draw_height(raster_of(xyz, 3), photos)


# --- where to shoot next --------------------------------------------------------------------------


def ground(west: float, east: float, south: float, north: float, step: float = 0.2) -> np.ndarray:
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    return np.column_stack((x.ravel(), y.ravel(), np.zeros(x.size)))


def standing(*at: tuple[float, float, int]) -> dict[int, Station]:
    return {
        i: Station(name=f"p{i}", at_m=np.array(place[:2], dtype=np.float64), group=place[2])
        for i, place in enumerate(at, start=1)
    }


def test_a_surface_that_one_photo_saw_is_named_with_a_place_and_a_way_to_look() -> None:
    raster = raster_of([], 1, 60.0)
    good, weak = ground(0, 40, 0, 20), ground(40, 52, 0, 20)
    raster.add(good, np.full(len(good), 4, dtype=np.uint8))
    raster.add(weak, np.ones(len(weak), dtype=np.uint8))
    ideas = suggestions(raster, standing((10, 10, 0), (34, 10, 0)), [(1, 2)])
    (idea,) = [idea for idea in ideas if idea.kind == "one-photo"]
    assert "p2" in idea.reason
    assert idea.area_m2 == pytest.approx(12 * 20, rel=0.2)
    middle = np.array((46.0, 10.0))
    assert 4 < np.linalg.norm(idea.at_m - middle) < 13
    assert idea.heading_deg is not None
    way = middle - idea.at_m
    assert idea.heading_deg == pytest.approx(np.rad2deg(np.arctan2(*way)) % 360, abs=8)


def test_gaps_and_groups_apart_are_named_and_a_good_area_is_left_alone() -> None:
    raster = raster_of(ground(0, 50, 0, 50), 3, 60.0)
    row = standing((0, 0, 0), (5, 0, 0), (10, 0, 0), (50, 0, 0), (55, 0, 0))
    pairs = [(1, 2), (2, 3), (4, 5)]
    (gap,) = suggestions(raster, row, pairs)
    assert gap.kind == "gap"
    assert gap.at_m.tolist() == [30.0, 0.0]
    assert "40 m" in gap.reason
    assert suggestions(raster, row, [*pairs, (3, 4)]) == []
    apart = standing((0, 0, 0), (5, 0, 0), (12, 0, 1))
    (idea,) = suggestions(raster, apart, [(1, 2)])
    assert idea.kind == "apart"
    assert "p2" in idea.reason
    assert "p3" in idea.reason
    assert suggestions(raster, {}, []) == []


# --- the held-out check ---------------------------------------------------------------------------


@dataclasses.dataclass
class _Pose:
    photo_id: int
    enu_from_cam: object
    position_sigma_m: tuple[float, float, float]


@dataclasses.dataclass
class _At:
    translation_m: np.ndarray


@dataclasses.dataclass
class _View:
    position_enu: np.ndarray
    horizontal_sigma_m: float
    vertical_sigma_m: float = 10.0


def test_the_formula_is_what_solving_without_the_tag_gives() -> None:
    """A chain of places along a line, tied to each other and to their tags, these by the weights
    that the solution came to: linear, so exact."""
    rng = np.random.default_rng(4)
    count, tag_sigma, tie_sigma = 8, 3.0, 0.4
    tags, ties = rng.normal(0, tag_sigma, count), rng.normal(0, tie_sigma, count - 1)

    def solved(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = [weights[i] * np.eye(count)[i] / tag_sigma for i in range(count)]
        right = [weights[i] * tags[i] / tag_sigma for i in range(count)]
        for i in range(count - 1):
            rows.append((np.eye(count)[i + 1] - np.eye(count)[i]) / tie_sigma)
            right.append(ties[i] / tie_sigma)
        matrix = np.array(rows)
        covariance = np.linalg.inv(matrix.T @ matrix)
        return covariance @ matrix.T @ np.array(right), np.sqrt(np.diag(covariance))

    by_kernel = np.ones(count)
    for _ in range(200):
        place, sigma = solved(by_kernel)
        by_kernel = np.sqrt(robust(((place - tags) / tag_sigma) ** 2, POSITION_KERNEL)[1])
    for i in range(count):
        weights = by_kernel.copy()
        weights[i] = 0.0
        without, sigma_without = solved(weights)
        found = _to_first_order(
            _Pose(i, _At(np.array((place[i], 0.0, 0.0))), (sigma[i], sigma[i], 1.0)),  # type: ignore[arg-type]
            _View(np.array((tags[i], 0.0, 0.0)), tag_sigma),  # type: ignore[arg-type]
        )
        assert found is not None
        assert found.off_m[0] == pytest.approx(without[i] - tags[i], rel=1e-9)
        both = float(np.hypot(sigma_without[i], tag_sigma))
        assert found.radius90_m == pytest.approx(circular_error_90_m(both, both))
        assert found.inside == (found.distance_m <= found.radius90_m)


def test_a_photo_that_only_its_own_tag_holds_is_no_evidence() -> None:
    pose = _Pose(1, _At(np.zeros(3)), (2.99, 2.99, 4.0))
    assert _to_first_order(pose, _View(np.zeros(3), 3.0)) is None  # type: ignore[arg-type]


def test_nine_of_ten_lie_within_the_radius_of_right_sigmas() -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(2000):
        place, tag = rng.normal(0, 1.0, 2), rng.normal(0, 4.0, 2)
        # What the tag itself brings is in the place already.
        leverage = 1.0**2 / (1.0**2 + 4.0**2)
        both = place + leverage * (tag - place)
        sigma = math.sqrt(1.0**2 * (1 - leverage))
        found = _to_first_order(
            _Pose(1, _At(np.array((*both, 0.0))), (sigma, sigma, 1.0)),  # type: ignore[arg-type]
            _View(np.array((*tag, 0.0)), 4.0),  # type: ignore[arg-type]
        )
        assert found is not None
        inside.append(found.inside)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)


# --- the data -------------------------------------------------------------------------------------


TAGGED = TaggedPlace(
    lat_deg=55.7,
    lon_deg=13.2,
    height_m=30.0,
    position_sigma_m=(2.0, 2.0, 5.0),
    heading_deg=None,
    heading_sigma_deg=NAN,
    source="exif",
)
SOLVED = Place(
    lat_deg=55.7,
    lon_deg=13.2,
    height_m=30.0,
    enu_m=(0.0, 0.0, 0.0),
    position_sigma_m=(2.0, 2.0, 5.0),
    radius90_m=circular_error_90_m(2.0, 2.0),
    heading_deg=12.0,
    heading_sigma_deg=3.0,
    pitch_deg=1.0,
    pitch_sigma_deg=0.2,
    roll_deg=-1.0,
    roll_sigma_deg=0.1,
    rotation_sigma_deg=(0.2, 3.0, 0.1),
    depth_scale=1.02,
    scale_sigma_rel=0.01,
    lens=Lens(focal_px=800.0, cx_px=500.0, cy_px=375.0, k1=0.0, k2=0.0),
    hfov_deg=65.0,
)


def photo(photo_id: int, *, placed: bool = True, name: str = "") -> PhotoEntry:
    return PhotoEntry(
        photo_id=photo_id,
        name=name or f"p{photo_id}.jpg",
        path=Path("/photos") / (name or f"p{photo_id}.jpg"),
        status=PhotoStatus.PLACED if placed else PhotoStatus.UNPLACED,
        reason="" if placed else "no position tag, and no photo near it",
        flags=() if placed else ("no-camera",),
        captured_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
        device="Phone 3",
        tagged=TAGGED if placed else None,
        solved=SOLVED if placed else None,
        group=0,
        pairs=2 if placed else 0,
        matches=120 * photo_id,
        depth_scale=1.0 + 0.02 * photo_id,
        scale_sigma_rel=0.01,
        ground_sample_m=0.0123 if placed else NAN,
        prior_scale_sigma_rel=0.1,
        gps_residual_m=(1.5, -2.0, 0.3) if placed else (NAN, NAN, NAN),
        heading_residual_deg=-4.0 if placed and photo_id != 2 else NAN,
    )


def pair(a: int, b: int, status: PairStatus = PairStatus.ACCEPTED) -> PairEntry:
    return PairEntry(
        photo_a=a,
        photo_b=b,
        status=status,
        reason="" if status == PairStatus.ACCEPTED else "too few <inliers>",
        method="matches",
        matches=200,
        inliers=90,
        rmse_px=1.1,
        overlap=0.5,
    )


def held(photo_id: int, *, inside: bool, again: bool = False) -> HeldOut:
    return HeldOut(
        photo_id=photo_id,
        off_m=(3.0, -4.0),
        distance_m=5.0,
        radius90_m=6.0 if inside else 4.0,
        inside=inside,
        solved_again=again,
    )


REPORT = Report(
    schema=SCHEMA,
    title="street & <b>square</b>",
    made_at=datetime(2026, 5, 2, tzinfo=UTC),
    site=(55.7, 13.2, 30.0),
    placed=3,
    unplaced=1,
    photos=(photo(1), photo(2), photo(3, name=ODD), photo(4, placed=False)),
    pairs=(pair(1, 2), pair(2, 3), pair(1, 3, PairStatus.CONTRADICTED),
           pair(1, 4, PairStatus.REJECTED)),
    accuracy=Accuracy(
        candidates=4,
        entries=(held(1, inside=True, again=True), held(2, inside=True), held(3, inside=False)),
        share_inside=2 / 3,
        median_distance_m=5.0,
        median_radius90_m=6.0,
        solved_again=1,
        median_difference_m=0.25,
    ),
    cameras=(
        CameraFindings(
            camera="Canon <EOS>",
            photos=3,
            width_px=1536,
            height_px=1024,
            focal_px=1381.2,
            focal_sigma_px=2.04,
            tag_focal_px=1365.3,
            focal_spread_rel=0.004,
            centre_px=(-7.1, 8.4),
            centre_sigma_px=(0.4, 0.5),
            corner_px=-3.3,
            image_sigma_px=0.3,
        ),
    ),
    surveyed=ControlEntries(
        points=(
            ControlEntry(
                name="P<1>",
                role=ControlRole.CHECK,
                lat_deg=55.7,
                lon_deg=13.2,
                height_m=30.0,
                photos=3,
                off_m=(0.012, -0.034, 0.056),
                rms_px=0.7,
                used=True,
                remark="",
            ),
        ),
        control=ControlAccuracy.of(()),
        check=ControlAccuracy(points=1, horizontal_m=0.036, vertical_m=0.056, total_m=0.067),
    ),
    coverage=Coverage(
        cell_m=0.25,
        area_m2=1234.5,
        single_m2=200.0,
        by_support={1: 100, 2: 300},
        suggestions=(
            Suggestion(
                kind="one-photo",
                lat_deg=55.7,
                lon_deg=13.2,
                east_m=3.0,
                north_m=4.0,
                heading_deg=90.0,
                area_m2=40.0,
                reason="40 m² near p1.jpg that a single photo saw: stand here and look E",
            ),
        ),
    ),
    tiles=(TileEntry(key="32633_0_0", files=(Path("tiles/a.laz"),), points=400),),
    points=400,
    depth_sources=(DepthSource(name="measured", licence="", weights_hash="", photos=4),),
    rights=(Rights(artist="A. Nother", copyright="", licence="CC BY 4.0", photos=4),),
    stages=(StageCost(name="solve", seconds=1.5, peak_memory_mb=200.0),),
    settings={"report": {"write": True}},
    versions={"worldmap": "0.1.0"},
)  # fmt: skip
AT_M = {i: np.array((4.0 * i, float(i % 2))) for i in (1, 2, 3)}


def test_the_data_is_json_without_nan_and_the_same_twice() -> None:
    found = json.loads(as_json(REPORT))
    assert found["schema"] == "worldmap-report/2"
    check_schema("report", found)
    assert found["photos"][1]["heading_residual_deg"] is None
    assert found["photos"][3]["solved"] is None
    assert found["photos"][2]["name"] == ODD
    assert found["photos"][0]["captured_at"] == "2026-05-01T12:00:00+00:00"
    assert found["pairs"][2]["status"] == "contradicted"
    assert found["coverage"]["by_support"] == {"1": 100, "2": 300}
    assert found["tiles"][0]["files"] == ["tiles/a.laz"]
    assert as_json(REPORT) == as_json(replace(REPORT))


def field_names(kind: typing.Any) -> set[str]:
    """All field names of a tree of dataclasses."""
    names: set[str] = set()
    for name, hint in typing.get_type_hints(kind).items():
        names.add(name)
        for part in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(part):
                names |= field_names(part)
    return names


def test_every_field_of_the_data_is_documented() -> None:
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:\w+(?:\[\])?\.)*(\w+)`", text))
    assert field_names(Report) <= told, field_names(Report) - told
    assert SCHEMA in text


# --- the page -------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Checks that tags are closed in order, and notes what a reader would meet."""

    VOID: typing.ClassVar = {"meta", "img", "br", "rect", "circle", "line", "path"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        if tag == "img":
            self.images.append(found)
        if tag == "a":
            self.links.append(found["href"] or "")
        if found.get("id"):
            self.ids.append(found["id"] or "")
        for name in ("src", "href"):
            value = found.get(name) or ""
            assert not re.match(r"(https?:)?//", value), value

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


PICTURES = Pictures(
    positions=b"<svg/>", cloud=b"jpeg", coverage=b"png", height=b"png", density=b"png",
    thumbnails={1: b"jpeg", 3: b"jpeg"}, at_m=AT_M,
)  # fmt: skip


def test_the_page_is_whole_asks_nothing_of_the_network_and_says_what_it_shows() -> None:
    found = Page(page(REPORT, PICTURES))
    assert all((image.get("alt") or "").strip() for image in found.images)
    assert all((image["src"] or "").startswith("data:image/") for image in found.images)
    assert len(found.images) == 5 + 2
    inside = [link[1:] for link in found.links if link.startswith("#")]
    assert set(inside) <= set(found.ids)
    assert [link for link in found.links if not link.startswith("#")] == ["report.json"]
    assert len(found.ids) == len(set(found.ids))
    for words in (
        "3 of 4", "street & <b>square</b>", ODD, "no position tag", "no-camera",
        "too few <inliers>", "CC BY 4.0", "stand here and look E", "67 %",
        "solved anew: 1 places", "P<1>", "1 check point: 0.036 m in plan",
        "1.2 cm", "4.0, outside", "1.020 ± 0.010",
    ):  # fmt: skip
        assert words in found.text, words
    assert page(REPORT, PICTURES) == page(REPORT, PICTURES)


def test_the_page_of_a_merge_that_placed_nothing() -> None:
    empty = replace(
        REPORT,
        placed=0,
        photos=(photo(4, placed=False),),
        pairs=(),
        accuracy=replace(REPORT.accuracy, entries=(), share_inside=NAN, candidates=0),
        coverage=replace(REPORT.coverage, area_m2=0.0, by_support={}, suggestions=()),
        tiles=(),
        points=0,
    )
    found = Page(page(empty, Pictures()))
    assert "0 of 1" in found.text
    assert "could be left out" in found.text
    assert "nan" not in found.text.lower().replace("nano", "")


def test_the_report_is_five_sentences() -> None:
    said = in_words(REPORT)
    assert len(said) == 5
    assert all(sentence.endswith(".") for sentence in said)
    assert said[0] == (
        "Of 4 photos 3 have a place, and together they show 1\u202f234 m² of ground in 400 points."
    )
    assert "1 photo is left out" in said[1]
    assert "no position tag, and no photo near it" in said[1]
    assert "2 lie within the circle that should hold nine of ten, as it should be" in said[3]
    assert "stand here and look E" in said[4]
    whole = replace(REPORT, photos=REPORT.photos[:3])
    assert in_words(whole)[1] == "No photo is left out."
    # By chance at most 6 of 10 lie inside in 1.3 % of all cases, at most 5 in 0.2 %.
    near, far = (tuple(held(i, inside=i < k) for i in range(10)) for k in (6, 5))
    believed = replace(REPORT, accuracy=replace(REPORT.accuracy, entries=near))
    assert "as it should be" in in_words(believed)[3]
    doubted = replace(REPORT, accuracy=replace(REPORT.accuracy, entries=far))
    assert "fewer than should be" in in_words(doubted)[3]
    nothing = replace(
        REPORT,
        placed=0,
        photos=REPORT.photos[3:],
        points=0,
        accuracy=replace(REPORT.accuracy, entries=()),
        coverage=replace(REPORT.coverage, suggestions=()),
    )
    assert "no points yet" in in_words(nothing)[0]
    assert "not known" in in_words(nothing)[2]
    assert "Nothing could check this" in in_words(nothing)[3]


def test_charts_are_well_formed_and_show_every_photo() -> None:
    for svg in (
        pair_graph(REPORT.photos, REPORT.pairs, AT_M),
        pair_matrix(REPORT.photos, REPORT.pairs),
        residual_charts(REPORT.photos),
        held_out_chart(REPORT.accuracy, {p.photo_id: p.name for p in REPORT.photos}),
    ):
        tree = ElementTree.fromstring(svg)
        assert tree.get("role") == "img"
        assert tree.get("aria-label")
        assert "nan" not in svg
    graph = ElementTree.fromstring(pair_graph(REPORT.photos, REPORT.pairs, AT_M))
    assert len(graph.findall("circle")) == 3
    kinds = [path.get("class") for path in graph.findall("path")]
    assert sorted(kinds) == ["edge", "edge", "refuted"]  # type: ignore[type-var]
    words = [text.text for text in ElementTree.fromstring(
        pair_matrix(REPORT.photos, REPORT.pairs)).findall("text")]  # fmt: skip
    assert words.count("90") == 4
    assert words.count("×") == 2
    text = residual_charts(REPORT.photos)
    assert "−4.0" in text
    assert "2.5" in text
    assert text.count("no tag") == 1
    assert pair_graph(REPORT.photos, REPORT.pairs, {}) == ""


def test_thousands_of_pairs_and_photos_make_no_endless_page() -> None:
    many = tuple(photo(i) for i in range(1, 301))
    pairs = tuple(pair(a, b) for a in range(1, 301) for b in range(a + 1, min(a + 12, 301)))
    at_m = {i: np.array((2.0 * i, float(i % 7))) for i in range(1, 301)}
    text = page(replace(REPORT, photos=many, pairs=pairs), replace(PICTURES, at_m=at_m))
    assert len(text) < 2_000_000
    assert pair_graph(many, pairs, at_m).count("<path") < 2000


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_and_charts_stand_out_in_light_and_dark() -> None:
    style = (ROOT / "worldmap" / "report" / "page.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    ]
    assert len(themes) == 2
    for theme in themes:
        for ink in ("text", "dim", "accent", "far", "good", "bad"):
            for paper in ("page", "card", "band"):
                assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper, theme)


def test_names_in_any_bytes_are_shown_spelt_out() -> None:
    """A latin-1 byte, a terminal escape and a mark that turns the reading direction around."""
    name = os.fsdecode(b"Stra\xdfe \x1b[31m\xe2\x80\xae<b>.jpg")
    report = replace(
        REPORT,
        photos=tuple(replace(each, name=name, path=Path(name)) for each in REPORT.photos),
        title=name,
    )
    for text in (page(report, PICTURES), as_json(report)):
        text.encode()
        assert not {"\x1b", "\u202e"} & set(text)
    assert "<b>" not in page(report, PICTURES)
    assert json.loads(as_json(report))["title"] == r"Stra\xdfe \x1b[31m\u202e<b>.jpg"


def test_the_page_says_what_photos_told_of_their_camera() -> None:
    line = REPORT.cameras[0].line()
    assert line == (
        "focal length 1,381.2 ± 2.0 px, tag 1,365.3; principal point 7.1 ± 0.4 px left, "
        "8.4 ± 0.5 px down; corners bent 3.3 px inwards; focal lengths differ by 0.4 %"
    )
    text = page(REPORT, PICTURES)
    assert line in text
    assert "Canon &lt;EOS&gt;" in text
