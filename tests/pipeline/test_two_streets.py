"""Two demo streets 300 km apart, in two zones, in one map: every command is as right about either
as if it were alone. One is the small map that other tests use."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import piexif
import pytest

from tests.helpers.map_makers import LAYOUT, PHOTOS, SmallMap
from tests.helpers.once import once_a_run
from worldmap.area import Circle, Everywhere
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.demo import STANDARD, DemoTruth, write_demo
from worldmap.frames import heading_pitch_roll_deg
from worldmap.geodesy import Site, projected_epsg
from worldmap.pipeline.explain import Explanation, explain
from worldmap.pipeline.export import export
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.locate import locate
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose, SolvedPose

# tests/registration/test_sites.py and tests/stages/test_two_sites.py hold the same in seconds.
pytestmark = pytest.mark.nightly

STREETS = {"stockholm": (LAYOUT.lat_deg, LAYOUT.lon_deg), "varmland": (59.40, 12.80)}


@dataclass
class Streets:
    """A map of both, and one of each alone; poses by the photo's content."""

    together: Path
    alone: dict[str, Path]
    truth: dict[str, DemoTruth]


def poses_of(map_dir: Path) -> dict[str, SolvedPose]:
    with Catalog.open(map_dir, create=False) as catalog:
        names = {photo.photo_id: photo.metadata.content_hash for photo in catalog.photos()}
        return {names[pose.photo_id]: pose for pose in catalog.poses()}


def write_varmland(folder: Path) -> DemoTruth:
    lat_deg, lon_deg = STREETS["varmland"]
    layout = replace(LAYOUT, lat_deg=lat_deg, lon_deg=lon_deg)
    # No phone is in two places at once, and merge knows.
    with patch("worldmap.demo.write._TAKEN", datetime(2026, 5, 13, 10, 0, 0, tzinfo=UTC)):
        # As many as in the other, or the middle of all photos would lie among those.
        truth = write_demo(folder, layout=layout, noise=STANDARD, seed=6, photos=PHOTOS)
    for path in truth.photo_dir.glob("*.jpg"):
        # Nor is it the same one: what photos tell of a camera is told to its others.
        tags = piexif.load(str(path))
        tags["0th"][piexif.ImageIFD.Model] = b"demo of varmland"
        piexif.insert(piexif.dump(tags), str(path))
    return truth


def make_streets(folder: Path, stockholm: SmallMap) -> Streets:
    varmland = write_varmland(folder / "varmland")
    alone, together = folder / "varmland-map", folder / "map"
    shutil.copytree(stockholm.ingested_dir, together)
    for map_dir in (alone, together):
        ingest(map_dir, [varmland.photo_dir], Settings(), depth="measured", jobs=0)
        merge(map_dir, Everywhere(), Settings(), jobs=1)
    return Streets(
        together=together,
        alone={"stockholm": stockholm.map_dir, "varmland": alone},
        truth={"stockholm": stockholm.truth, "varmland": varmland},
    )


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory, small_map: SmallMap) -> Streets:
    return once_a_run(tmp_path_factory, "streets", partial(make_streets, stockholm=small_map))


def level(pose: SolvedPose) -> np.ndarray:
    """Heading, pitch and roll where the photo stands."""
    here = pose.about_itself().enu_from_cam
    assert here is not None
    return np.array(heading_pitch_roll_deg(here.rotation))


def test_the_streets_are_in_two_zones_and_300_km_apart(streets: Streets) -> None:
    assert {projected_epsg(*place) for place in STREETS.values()} == {32633, 32634}
    one, other = (Site(*place, 0.0) for place in STREETS.values())
    assert 290e3 < np.linalg.norm(one.enu_from(other).translation_m) < 310e3


@pytest.mark.parametrize("name", STREETS)
def test_a_street_is_as_level_and_as_right_as_alone(streets: Streets, name: str) -> None:
    alone, together = poses_of(streets.alone[name]), poses_of(streets.together)
    assert len(together) == sum(len(poses_of(map_dir)) for map_dir in streets.alone.values())
    placed = 0
    for content, pose in alone.items():
        beside = together[content]
        assert beside.status == pose.status
        if not isinstance(pose, PlacedPose):
            continue
        placed += 1
        assert beside.site == pose.site
        assert level(beside) == pytest.approx(level(pose), abs=1e-6)
        on_earth = [
            p.site.ecef_from_enu.apply(p.enu_from_cam.translation_m)
            for p in (pose, beside)
            if p.enu_from_cam is not None
        ]
        assert on_earth[0] == pytest.approx(on_earth[1], abs=1e-6)
        assert beside.position_sigma_m == pytest.approx(pose.position_sigma_m)
    assert placed >= len(alone) - 1


@pytest.mark.parametrize("name", STREETS)
def test_tiles_are_those_of_each_street_alone(streets: Streets, name: str) -> None:
    own = {p.name: p.read_bytes() for p in (streets.alone[name] / "tiles").iterdir()}
    both = {p.name: p.read_bytes() for p in (streets.together / "tiles").iterdir()}
    assert own.keys() <= both.keys()
    assert own.items() <= both.items()


@pytest.mark.parametrize("name", STREETS)
def test_what_is_told_of_a_photo_is_what_is_told_alone(streets: Streets, name: str) -> None:
    photo = str(streets.truth[name].photo_dir / "demo_01.jpg")
    both, one = (explain(map_dir, photo) for map_dir in (streets.together, streets.alone[name]))
    assert isinstance(both, Explanation)
    assert isinstance(one, Explanation)
    assert both.place is not None
    assert both.place == one.place
    assert both.gps_residual_m == one.gps_residual_m
    there = locate(streets.together, photo, 256.0, 300.0)
    here = locate(streets.alone[name], photo, 256.0, 300.0)
    assert (there.lat_deg, there.lon_deg) == pytest.approx((here.lat_deg, here.lon_deg), abs=1e-10)
    assert there.sigma_m == pytest.approx(here.sigma_m)


@pytest.mark.parametrize("name", STREETS)
def test_an_area_is_exported_about_its_own_site(
    streets: Streets, name: str, tmp_path: Path
) -> None:
    area = Circle(lat_deg=STREETS[name][0], lon_deg=STREETS[name][1], radius_m=2000.0)
    documents = []
    for number, map_dir in enumerate((streets.together, streets.alone[name])):
        export(map_dir, area, tmp_path / f"{number}.json")
        documents.append(json.loads((tmp_path / f"{number}.json").read_text()))
    both, one = documents
    assert both["origin"] == one["origin"]
    assert both["photos"] == one["photos"]


def test_a_map_of_an_older_version_gets_a_site_for_each_street(
    streets: Streets, tmp_path: Path
) -> None:
    """What a merge about one origin left leans; the next one puts it right, and leaves the other
    street's tiles alone."""
    map_dir = tmp_path / "map"
    shutil.copytree(streets.together, map_dir)
    right = poses_of(map_dir)
    stockholm = poses_of(streets.alone["stockholm"])
    (here,) = {pose.site for content, pose in right.items() if content in stockholm}
    with Catalog.open(map_dir, create=False) as catalog:
        run = catalog.runs()[-1]
        leaning = [
            replace(pose.about(here), tags_hash=pose.tags_hash if pose.site == here else "old")
            for pose in catalog.poses()
        ]
        catalog.replace_solution(run.run_id, leaning)
    before = {p.name: p.stat().st_mtime_ns for p in (map_dir / "tiles").iterdir()}
    merge(map_dir, Everywhere(), Settings(), jobs=1)
    for content, pose in poses_of(map_dir).items():
        assert pose.site == right[content].site
        if pose.enu_from_cam is not None:
            assert level(pose) == pytest.approx(level(right[content]), abs=1e-4)
    after = {p.name: p.stat().st_mtime_ns for p in (map_dir / "tiles").iterdir()}
    own = {p.name for p in (streets.alone["stockholm"] / "tiles").iterdir()}
    assert {name: after[name] for name in own} == {name: before[name] for name in own}
