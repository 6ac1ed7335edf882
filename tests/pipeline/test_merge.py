"""Merge: photos placed, points on the surface, tiles that are rewritten only where they change."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import worldmap
from tests.helpers.map_makers import PAIRS, PHOTOS, SmallMap
from worldmap.area import Box, Circle, Everywhere, bounds_about_deg
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode, exit_code_of
from worldmap.config import (
    FeatureSettings,
    FuseSettings,
    PairSettings,
    RefineSettings,
    RegistrationSettings,
    Settings,
    SolverSettings,
)
from worldmap.demo import ExactScene
from worldmap.errors import CatalogError, InputError, StorageError
from worldmap.geodesy import projected_epsg
from worldmap.mapfolder import Subfolder
from worldmap.photo import Sidecars
from worldmap.pipeline import merge as merge_module
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import PhotoStatus
from worldmap.registration.overlap import Overlap
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.registration.solve import solve
from worldmap.stages import cells as cells_module
from worldmap.stages import register as register_module
from worldmap.stages import solution as solution_module
from worldmap.stages.solution import previous_solution

QUICK = Settings(
    registration=RegistrationSettings(
        features=FeatureSettings(max_features=1000, planes=False),
        pairs=PairSettings(icp=False),
        solver=SolverSettings(guided=False),
    )
)


OTHER_POINTS = Settings(fuse=FuseSettings(see_through_photos=3))
"""Every photo is asked anew."""


def around(map_: SmallMap, name: str, radius_m: float = 0.5) -> Circle:
    """A circle about where a photo's tags put it."""
    prior = next(p.prior for p in map_.photos if p.metadata.path.name == name)
    assert prior.lat_deg is not None
    assert prior.lon_deg is not None
    return Circle(lat_deg=prior.lat_deg, lon_deg=prior.lon_deg, radius_m=radius_m)


# --- the whole map ----------------------------------------------------------------------------


def test_every_photo_is_placed_where_it_was_taken(small_map: SmallMap) -> None:
    """One lacks its position, one its heading; each depth map is off by some 10 %."""
    merged = small_map.merged
    assert (merged.placed, merged.unplaced) == (PHOTOS, 0)
    assert {p.status for p in merged.photos} == {PhotoStatus.PLACED}
    found = small_map.accuracy
    assert found.placed == PHOTOS
    assert found.position_similarity_m_max < 0.1
    assert found.rotation_deg_max < 0.3
    assert found.scale_relative_pct_median < 1.0
    assert found.tilt_absolute_deg_median < 0.5
    # No better than its GPS as a whole, but hardly worse than that could be.
    assert found.position_absolute_over_gps_fit < 3.0
    assert found.scale_pct_max < 20.0


def test_the_summary_says_what_happened(small_map: SmallMap) -> None:
    merged = small_map.merged
    assert [p.path.name for p in merged.photos] == [f"demo_{k:02d}.jpg" for k in range(PHOTOS)]
    assert merged.pairs_tried == PAIRS
    assert merged.pairs_accepted >= PAIRS - 3
    assert merged.points == sum(len(t) for t in small_map.tiles()) > 10_000
    assert list(merged.stage_seconds) == ["read", "register", "solve", "refine", "tiles"]
    assert merged.seconds >= sum(merged.stage_seconds.values()) - 1e-6
    stages = dict(small_map.notebook.stages)
    assert stages["register"] == PAIRS
    assert stages["solve"] == 1
    assert stages["fuse"] == PHOTOS
    # Some tiles are only looked into from next door.
    assert stages["tiles"] >= len(merged.tiles) == merged.tiles_written > 0
    assert merged.tiles_dropped == 0
    by_name = {p.path.name: p for p in merged.photos}
    for photo in small_map.truth.photos:
        placed = by_name[photo.name]
        assert placed.pairs >= 3
        assert np.isfinite(placed.gps_residual_m) == (photo.gps_enu_m is not None)
        assert np.isfinite(placed.heading_residual_deg) == (photo.heading_tag_deg is not None)
        assert 0.3 < placed.position_sigma_m[0] < 8.0


def test_sigmas_cover_the_errors(small_map: SmallMap) -> None:
    """Absolute position and heading are within three of the sigmas that are told."""
    found = {p.name: p for p in small_map.accuracy.per_photo}
    for pose in small_map.poses:
        of = found[small_map.names[pose.photo_id]]
        assert of.position_m < 3 * np.linalg.norm(pose.position_sigma_m)
        assert of.tilt_absolute_deg < 3 * max(pose.rotation_sigma_deg)
        assert of.scale_pct < 300 * pose.scale_sigma_rel


def test_the_points_lie_on_the_street(small_map: SmallMap) -> None:
    scene = ExactScene(small_map.truth)
    off_m = scene.distance_to_surface_m(small_map.points_in_truth())
    assert np.median(off_m) < 0.05
    assert np.quantile(off_m, 0.9) < 0.4


def test_tiles_say_what_they_hold(small_map: SmallMap) -> None:
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        rows, site = catalog.tiles(), catalog.site()
    assert [row.path for row in rows] == sorted(small_map.merged.tiles)
    names = small_map.names
    assert site is not None
    for row, points in zip(rows, small_map.tiles(), strict=True):
        assert points.epsg == row.key.epsg == projected_epsg(site.lat_deg, site.lon_deg)
        xyz = points.cloud.xyz
        assert len(points) == row.points > 0
        low, high = np.array(row.bounds_m[:3]), np.array(row.bounds_m[3:])
        assert np.allclose(xyz.min(axis=0), low, atol=1e-3)
        assert np.allclose(xyz.max(axis=0), high, atol=1e-3)
        corner = np.array((row.key.east_m, row.key.north_m))
        assert ((xyz[:, :2] >= corner - 1e-3) & (xyz[:, :2] <= corner + 100.001)).all()
        assert set(np.unique(points.cloud.photo_id)) <= set(row.photo_ids) <= set(names)
        assert (points.cloud.sigma_m > 0).all()
        assert (points.cloud.support >= 1).all()
        assert np.isfinite(points.gps_time_s).all()
        assert [file.format for file in row.files] == ["laz", "copc"]
        assert [file.path.name for file in row.files] == [f"{row.key}.laz", f"{row.key}.copc.laz"]
        for file in row.files:
            content = (small_map.map_dir / file.path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file.content_hash
    everything = np.concatenate([t.classification for t in small_map.tiles()])
    assert {1, 2} <= set(everything)
    support = np.concatenate([t.cloud.support for t in small_map.tiles()])
    assert (support >= 2).mean() > 0.3


# --- again ------------------------------------------------------------------------------------


def test_a_second_merge_changes_nothing_and_registers_nothing(
    small_map: SmallMap, tmp_path: Path
) -> None:
    again = small_map.copied(tmp_path)
    pairs, poses = again.pairs(), again.poses
    merged = again.merge_again(jobs=2)
    assert again.tile_bytes() == small_map.tile_bytes()
    assert not {"register", "refine"} & dict(again.notebook.stages).keys()
    assert merged.pairs_tried == PAIRS
    for key, before in pairs.items():
        after = again.pairs()[key]
        assert (after.status, after.reason, after.inliers) == (
            before.status, before.reason, before.inliers,
        )  # fmt: skip
        assert after.seconds == before.seconds
    for before, after in zip(poses, again.poses, strict=True):  # type: ignore[assignment]
        assert np.array_equal(before.enu_from_cam.matrix, after.enu_from_cam.matrix)  # type: ignore[attr-defined]
        assert before.position_sigma_m == after.position_sigma_m  # type: ignore[attr-defined]
    with Catalog.open(again.map_dir, create=False) as catalog:
        runs = [run for run in catalog.runs() if run.command == "merge"]
    assert [run.outcome for run in runs] == [f"{PHOTOS} placed, 0 unplaced"] * 2
    told = json.loads(runs[-1].settings_json)
    assert Settings.model_validate(told) == Settings()
    assert told["registration"].keys() == {"pairs", "solver"}


@pytest.mark.nightly  # tests/refine by day
def test_refined_depth_that_is_gone_comes_again_as_it_was(
    small_map: SmallMap, tmp_path: Path
) -> None:
    again = small_map.copied(tmp_path)
    asked = Settings(refine=RefineSettings(measured=True))
    again.merge_again(settings=asked)
    assert dict(again.notebook.stages)["refine"] == PHOTOS
    tiles = again.tile_bytes()
    assert tiles != small_map.tile_bytes()
    before = {path.name: path.read_bytes() for path in (again.map_dir / "refined").iterdir()}
    assert len(before) == PHOTOS
    victims = sorted(before)[1:3]
    for name in victims:
        (again.map_dir / "refined" / name).unlink()
    again.merge_again(settings=asked)
    assert dict(again.notebook.stages)["refine"] == len(victims)
    after = {path.name: path.read_bytes() for path in (again.map_dir / "refined").iterdir()}
    assert after == before
    assert again.tile_bytes() == tiles
    # Without it the map is what it was.
    again.merge_again()
    assert again.tile_bytes() == small_map.tile_bytes()
    with Catalog.open(again.map_dir, create=False) as catalog:
        assert catalog.refined() == {}


def test_settings_of_ingest_change_nothing_in_a_merge(small_map: SmallMap, tmp_path: Path) -> None:
    """Features are what they are: no pair is judged again, no photo moves, no tile is lost."""
    again = small_map.copied(tmp_path)
    fewer = RegistrationSettings(features=FeatureSettings(max_features=300))
    merged = again.merge_again(settings=Settings(registration=fewer))
    assert "register" not in dict(again.notebook.stages)
    assert (merged.placed, merged.tiles_written) == (PHOTOS, 0)
    assert again.tile_bytes() == small_map.tile_bytes()
    # Nor do those that only say which pairs are tried.
    nearer = RegistrationSettings(pairs=PairSettings(max_neighbours=29))
    again.merge_again(settings=Settings(registration=nearer))
    assert "register" not in dict(again.notebook.stages)


@pytest.mark.nightly
def test_a_merge_without_open3d_says_so_once(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ICP asks for it; on a machine without libGL it cannot be imported."""
    again = small_map.copied(tmp_path)
    monkeypatch.setitem(sys.modules, "open3d", None)
    # All pairs are few enough to be refined.
    icp = RegistrationSettings(pairs=PairSettings(icp_below_inliers=10_000))
    merged = again.merge_again(settings=Settings(registration=icp))
    (warning,) = again.notebook.warnings
    assert "were not refined by ICP" in warning
    assert "open3d cannot be loaded" in warning
    assert merged.icp_kept == 0
    assert merged.placed == PHOTOS


def test_other_settings_of_fusion_rewrite_the_tiles_alone(
    small_map: SmallMap, tmp_path: Path
) -> None:
    again = small_map.copied(tmp_path)
    coarse = again.merge_again(settings=Settings(fuse=FuseSettings(voxel_m=0.2)))
    assert "register" not in dict(again.notebook.stages)
    assert coarse.points < 0.85 * small_map.merged.points
    assert again.tile_bytes().keys() == small_map.tile_bytes().keys()
    assert again.tile_bytes() != small_map.tile_bytes()
    again.merge_again()
    assert again.tile_bytes() == small_map.tile_bytes()


@pytest.mark.nightly
def test_photos_keep_their_poses_while_nothing_says_otherwise(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier merge found is used by the same settings, and not where it is not wanted."""
    again = small_map.copied(tmp_path)
    used: list[bool] = []

    def spied(views: Any, pairs: Any, settings: Any, earlier: Any, **rest: Any) -> Any:
        used.append(earlier is not None)
        assert earlier is None or len(earlier.poses) == PHOTOS
        return solve(views, pairs, settings, earlier, **rest)

    monkeypatch.setattr(solution_module, "solve", spied)
    less_bundle = SolverSettings(tracks_per_photo=100)
    other = Settings(registration=RegistrationSettings(solver=less_bundle))
    again.merge_again()
    merge(again.map_dir, Everywhere(), Settings(), anew=True)
    merge(again.map_dir, Everywhere(), other)
    merge(again.map_dir, Everywhere(), other)
    again.merge_again()
    assert used == [True, False, False, True, False]
    # A release of worldmap solves no map anew; another way to solve does, and once.
    monkeypatch.setattr(worldmap, "__version__", "9.9.9")
    again.merge_again()
    for module in (merge_module, solution_module):
        monkeypatch.setattr(module, "SOLVE_VERSION", SOLVE_VERSION + 1)
    again.merge_again()
    again.merge_again()
    assert used[5:] == [True, False, True]


def test_pairs_that_the_map_rests_on_stay_candidates(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New photos may push a pair out of a photo's nearest."""
    again = small_map.copied(tmp_path)
    before = again.tile_bytes()
    monkeypatch.setattr(register_module, "candidate_pairs", lambda *_: [])
    monkeypatch.setattr(register_module, "alike_pairs", lambda *_: [])
    merged = again.merge_again()
    assert merged.pairs_accepted == small_map.merged.pairs_accepted > 0
    assert again.tile_bytes() == before
    assert merge(again.map_dir, Everywhere(), Settings(), anew=True).pairs_accepted == 0


@pytest.mark.nightly
def test_a_stopped_merge_leaves_nothing_that_the_next_believes(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts on a new photo were stored as they came; it has no pose yet."""
    again = small_map.copied(tmp_path)
    photo = next(p for p in again.photos if p.prior.has_position)
    with Catalog.open(again.map_dir, create=False) as catalog:
        catalog.delete_photo(photo.photo_id)
    again.merge_again()
    ingest(again.map_dir, [photo.metadata.path], Settings(), depth="measured", jobs=0)

    def killed(*_: Any, **__: Any) -> None:
        raise StorageError("killed")

    monkeypatch.setattr(solution_module, "solve", killed)
    with pytest.raises(StorageError, match="killed"):
        again.merge_again()
    with Catalog.open(again.map_dir, create=False) as catalog:
        earlier = previous_solution(catalog, catalog.photos(), Settings().registration)
        assert len(catalog.verdicts()) == PAIRS
    assert earlier is not None
    assert photo.photo_id not in earlier.poses
    assert earlier.pairs
    assert all(photo.photo_id not in key for key in earlier.pairs)


def test_the_newest_verdicts_are_those_of_the_last_merge(
    small_map: SmallMap, tmp_path: Path
) -> None:
    """Whatever a stopped merge by other settings left behind."""
    again = small_map.copied(tmp_path)
    with Catalog.open(again.map_dir, create=False) as catalog:
        before = catalog.verdicts()
        pairs = catalog.find_pairs(register_module.pairs_key(Settings().registration)).values()
        catalog.record_pairs(
            [replace(p, own_reason="by others", area_reason="") for p in pairs], "other"
        )
        assert catalog.verdicts() != before
    again.merge_again()
    with Catalog.open(again.map_dir, create=False) as catalog:
        assert catalog.verdicts() == before


# --- areas ------------------------------------------------------------------------------------


def test_an_area_of_one_photo(small_map: SmallMap, tmp_path: Path) -> None:
    """It and the photo without a position are told about; those that they hang together with take
    part too, and nothing is new."""
    again = small_map.copied(tmp_path)
    lost = next(p.name for p in small_map.truth.photos if p.gps_enu_m is None)
    one = next(p.name for p in small_map.truth.photos if p.gps_enu_m is not None)
    before = {p.photo_id: p for p in again.poses}
    merged = again.merge_again(around(again, one))
    assert {p.path.name for p in merged.photos} == {one, lost}
    assert merged.pairs_tried == small_map.merged.pairs_tried
    assert "register" not in dict(again.notebook.stages)
    after = {p.photo_id: p for p in again.poses}
    assert set(after) == set(before)
    for photo_id in again.names:
        assert np.array_equal(
            before[photo_id].enu_from_cam.matrix, after[photo_id].enu_from_cam.matrix
        )
    assert again.tile_bytes() == small_map.tile_bytes()
    # And once more: the same photos, the same tiles.
    tiles = again.tile_bytes()
    assert {p.path.name for p in again.merge_again(around(again, one)).photos} == {one, lost}
    assert again.tile_bytes() == tiles
    # The whole again is what it was.
    again.merge_again()
    assert again.tile_bytes() == small_map.tile_bytes()


def test_contradictions_beyond_the_area_are_told_by_name(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of photos that the area's hang together with, too."""
    again = small_map.copied(tmp_path)
    one = next(p.name for p in small_map.truth.photos if p.gps_enu_m is not None)

    def contradicting(views: Any, solution: Any) -> dict[tuple[int, int], Overlap]:
        believed = [p for p in solution.pairs if not p.reason]
        return {(p.photo_a, p.photo_b): Overlap(agreeing=0.0, in_front=1.0) for p in believed}

    monkeypatch.setattr(solution_module, "solved_overlaps", contradicting)
    merged = again.merge_again(around(again, one))
    assert len(merged.overlap_contradicted) == merged.pairs_accepted
    assert {name for pair in merged.overlap_contradicted for name in pair} == {
        name for photo_id, name in again.names.items() if placed_with_pairs(again, photo_id)
    }


def placed_with_pairs(small: SmallMap, photo_id: int) -> bool:
    return next(p for p in small.poses if p.photo_id == photo_id).pairs > 0


def test_an_area_goes_by_tags_wherever_photos_ended_up(small_map: SmallMap, tmp_path: Path) -> None:
    """Half a metre about each tag, the photo was solved metres away."""
    again = small_map.copied(tmp_path)
    residuals = {p.path.name: p.gps_residual_m for p in small_map.merged.photos}
    name = max((n for n in residuals if np.isfinite(residuals[n])), key=lambda n: residuals[n])
    assert residuals[name] > 3.0
    merged = again.merge_again(around(again, name))
    assert name in {p.path.name for p in merged.photos}


def test_an_area_without_photos(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    # Wherever it is, the photo without a position might belong to it.
    nowhere = Circle(lat_deg=0.0, lon_deg=0.0, radius_m=1000.0)
    lost = again.photos
    with Catalog.open(again.map_dir, create=False) as catalog:
        for photo in lost:
            if not photo.prior.has_position:
                catalog.delete_photo(photo.photo_id)
        before = len(catalog.runs())
    with pytest.raises(InputError, match="has no photo in that area; ingest some first") as raised:
        again.merge_again(nowhere)
    assert "\n" not in str(raised.value)
    assert exit_code_of(raised.value) == ExitCode.INPUT
    with Catalog.open(again.map_dir, create=False) as catalog:
        assert len(catalog.runs()) == before


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        merge(tmp_path / "none", Everywhere(), Settings())
    assert not (tmp_path / "none").exists()


# --- trouble ----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["depth", "features"])
def test_a_missing_artifact_is_one_clear_line(
    small_map: SmallMap, tmp_path: Path, folder: str
) -> None:
    again = small_map.copied(tmp_path)
    for file in (again.map_dir / folder).iterdir():
        file.unlink()
    with pytest.raises(StorageError, match=r"is missing; ingest its photo again") as raised:
        again.merge_again(settings=OTHER_POINTS)
    assert "\n" not in str(raised.value)
    assert folder in str(raised.value)
    with Catalog.open(again.map_dir, create=False) as catalog:
        last = catalog.runs()[-1]
    assert last.outcome == str(raised.value)
    # What was there before is there still.
    assert again.tile_bytes() == small_map.tile_bytes()


def test_a_damaged_depth_map_is_one_clear_line(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    victim = sorted((again.map_dir / "depth").iterdir())[2]
    victim.write_bytes(victim.read_bytes()[:1000])
    with pytest.raises(StorageError, match=f"{victim.name} is damaged"):
        again.merge_again(settings=OTHER_POINTS)
    assert again.tile_bytes() == small_map.tile_bytes()


@pytest.mark.nightly
def test_photos_without_any_position_are_unplaced_with_a_reason(
    small_map: SmallMap, tmp_path: Path
) -> None:
    """They fit each other, but nobody knows where on Earth; then they are told. Pairs are what the
    photos show, by however many processes."""
    photos = [small_map.truth.photo_dir / f"demo_{k:02d}.jpg" for k in (1, 2, 3)]
    map_dir = tmp_path / "map"
    options = {"depth": "measured", "jobs": 0}
    ingest(map_dir, photos, QUICK, sidecars=Sidecars(use_gps=False), **options)  # type: ignore[arg-type]
    merged = merge(map_dir, Everywhere(), QUICK, jobs=1)
    assert (merged.placed, merged.unplaced, merged.tiles) == (0, 3, ())
    for photo in merged.photos:
        assert photo.status == PhotoStatus.UNPLACED
        assert photo.reason == "none of its group of 3 photos has a position"
        assert photo.pairs == 2
    lost = replace(small_map, map_dir=map_dir, merged=merged)
    before = lost.pairs(QUICK)
    ingest(map_dir, photos, QUICK, **options)  # type: ignore[arg-type]
    told = lost.merge_again(settings=QUICK, jobs=2)
    assert dict(lost.notebook.stages)["register"] == 3
    assert told.placed == 3
    assert len(told.tiles) > 0
    for key, after in lost.pairs(QUICK).items():
        assert np.array_equal(after.a_from_b.matrix, before[key].a_from_b.matrix)
        assert np.array_equal(after.inlier_index, before[key].inlier_index)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10.0, 0.0, 11.0, 1.0), (9.991, -0.009, 11.009, 1.009)),
        ((179.999, 0.0, -179.999, 1.0), (179.99, -0.009, -179.99, 1.009)),
        ((-179.999, 0.0, -179.0, 1.0), (179.992, -0.009, -178.991, 1.009)),
        ((10.0, 60.0, 11.0, 60.5), (9.9817, 59.991, 11.0183, 60.509)),
        ((10.0, 89.0, 11.0, 89.999), (-180.0, 88.991, 180.0, 90.0)),
        ((-180.0, -90.0, 180.0, 90.0), (-180.0, -90.0, 180.0, 90.0)),
        ((-179.995, 0.0, 179.995, 1.0), (-180.0, -0.009, 180.0, 1.009)),
    ],
)
def test_a_kilometre_around_a_box(
    box: tuple[float, float, float, float], expected: tuple[float, float, float, float]
) -> None:
    west, south, east, north = box
    area = Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)
    assert bounds_about_deg(area, 1000.0) == pytest.approx(expected, abs=2e-3)


# --- in cells -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_large_map_is_solved_in_cells(small_map: SmallMap, tmp_path: Path) -> None:
    """With borders, so that its photos are where one solution has them, and in one group."""
    again = replace(small_map, map_dir=shutil.copytree(small_map.ingested_dir, tmp_path / "map"))
    settings = Settings(registration=RegistrationSettings(solver=SolverSettings(cell_photos=3)))
    merged = again.merge_again(settings=settings)
    assert merged.placed == PHOTOS
    assert any(remark.startswith("solved in 2 cells") for remark in merged.remarks)
    assert {pose.component for pose in again.poses} == {0}
    assert list((again.map_dir / Subfolder.WORK).iterdir()) == []
    found = again.accuracy
    assert found.position_similarity_m_max < 0.1
    assert found.rotation_deg_max < 0.3
    # And beside itself nothing moves.
    before = {p.photo_id: p.enu_from_cam.matrix for p in again.poses if p.enu_from_cam}
    again.merge_again(settings=settings)
    after = {p.photo_id: p.enu_from_cam.matrix for p in again.poses if p.enu_from_cam}
    assert all(np.array_equal(before[i], after[i]) for i in before)


@pytest.mark.nightly
def test_cells_that_were_solved_before_a_stop_are_not_solved_again(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged then comes out of the catalog now, and is the same to the last bit."""
    again = replace(small_map, map_dir=shutil.copytree(small_map.ingested_dir, tmp_path / "map"))
    settings = Settings(registration=RegistrationSettings(solver=SolverSettings(cell_photos=3)))
    solved: list[int] = []

    def counted(views: dict[int, Any], *rest: Any, **more: Any) -> Any:
        solved.append(len(views))
        return solve(views, *rest, **more)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cells_module, "solve", counted)
    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "replace_solution", stopped)
        with pytest.raises(KeyboardInterrupt):
            again.merge_again(settings=settings)
    before = len(solved)
    assert before > 0
    assert again.merge_again(settings=settings).placed == PHOTOS
    assert len(solved) == before
