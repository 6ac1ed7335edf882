"""Photos that match each other and of which nothing says where they are: a map of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.demo.accuracy import align
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder, is_local, local_maps
from worldmap.pipeline.merge import merge
from worldmap.pipeline.remove import remove
from worldmap.records import PlacedPose, PosePrior, UnplacedPose
from worldmap.stages.local import update_local_maps
from worldmap.stages.merged import MergeSummary
from worldmap.stages.solution import AreaSolution
from worldmap.stages.work import Work


def with_positions(map_dir: Path, positions: dict[int, PosePrior], count: int) -> None:
    """The map's photos, of which only the first `count` have a position and a heading."""
    with Catalog.open(map_dir, create=False) as catalog:
        for number, photo in enumerate(catalog.photos()):
            prior = positions[photo.photo_id]
            if number >= count:
                prior = replace(prior, lat_deg=None, lon_deg=None, height_m=None, heading_deg=None)
            catalog.record_photo(
                photo.metadata,
                camera=photo.camera,
                depth=photo.depth,
                depth_map=catalog.depth_map(photo.photo_id),
                features=photo.features,
                prior=prior,
                settings_hash=photo.settings_hash,
            )


@pytest.fixture(scope="module")
def nowhere(
    small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SmallMap, MergeSummary, dict[int, PosePrior]]:
    """The small map without any position, merged."""
    copy = small_map.copied(tmp_path_factory.mktemp("nowhere"))
    positions = {photo.photo_id: photo.prior for photo in copy.photos}
    with_positions(copy.map_dir, positions, 0)
    return copy, merge(copy.map_dir, Everywhere(), Settings(), jobs=1), positions


def test_they_are_unplaced_on_the_globe_and_placed_beside_each_other(
    nowhere: tuple[SmallMap, MergeSummary, dict[int, PosePrior]],
) -> None:
    copy, merged, _ = nowhere
    assert (merged.placed, merged.tiles) == (0, ())
    assert all(isinstance(pose, UnplacedPose) for pose in copy.poses)
    (local,) = merged.local
    assert local.points > 10_000
    assert local_maps(copy.map_dir) == [local.folder]
    assert is_local(local.folder)
    assert not is_local(copy.map_dir)
    with Catalog.open(local.folder, create=False) as catalog:
        poses = [pose for pose in catalog.poses() if isinstance(pose, PlacedPose)]
    assert len(poses) == len(local.photos) >= 4
    found = np.array([pose.enu_from_cam.translation_m for pose in poses])
    truth = [copy.truth.photo(copy.names[pose.photo_id]).enu_from_cam for pose in poses]
    true = np.array([each.translation_m for each in truth])
    fit = align(found, true, with_scale=True)
    assert fit is not None
    assert np.linalg.norm(fit.apply(found) - true, axis=1).max() < 0.1
    # Metres by the photos' depth alone, each of which is off by some ten per cent.
    assert 0.8 < fit.scale < 1.25


@pytest.mark.nightly
def test_view_render_and_export_show_them_and_say_so(
    nowhere: tuple[SmallMap, MergeSummary, dict[int, PosePrior]], tmp_path: Path
) -> None:
    copy, merged, _ = nowhere
    (local,) = merged.local
    for command, out in (("render", "p.png"), ("export", "p.ply"), ("view --single", "p.html")):
        ran = Ran(*command.split(), tmp_path / out, "--map", copy.map_dir)
        assert ran.code == 0, ran.err
        assert "not on the globe yet, in metres of their own" in ran.err
        assert str(local.folder) in ran.err
        assert (tmp_path / out).stat().st_size > 10_000
    ran = Ran("export", tmp_path / "poses.json", "--map", local.folder)
    assert "not on the globe yet" in ran.err
    poses = json.loads((tmp_path / "poses.json").read_text())["photos"]
    assert sum(photo["status"] == "placed" for photo in poses) == len(local.photos)


@pytest.mark.nightly
def test_what_is_as_it_was_stays_and_a_position_puts_them_on_the_globe(
    nowhere: tuple[SmallMap, MergeSummary, dict[int, PosePrior]], tmp_path: Path
) -> None:
    copy, merged, positions = nowhere
    own = copy.copied(tmp_path)
    (local,) = local_maps(own.map_dir)
    before = (local / "catalog.gpkg").stat().st_mtime_ns
    again = merge(own.map_dir, Everywhere(), Settings(), jobs=1)
    assert [each.folder for each in again.local] == [local]
    assert (local / "catalog.gpkg").stat().st_mtime_ns == before
    # A photo that leaves the map leaves nothing of it there.
    remove(own.map_dir, [str(merged.local[0].photos[0])], Settings(), jobs=1)
    assert local_maps(own.map_dir) == []
    with_positions(own.map_dir, positions, 3)
    placed = merge(own.map_dir, Everywhere(), Settings(), jobs=1)
    assert placed.placed >= 3
    assert placed.local == ()
    assert not (own.map_dir / "local").exists()


@pytest.mark.nightly
def test_tags_that_leave_the_heading_open_make_a_map_too_which_other_areas_leave_alone(
    nowhere: tuple[SmallMap, MergeSummary, dict[int, PosePrior]], tmp_path: Path
) -> None:
    """All positions are one, as of photos from one spot, and nobody had a compass."""
    copy, merged, positions = nowhere
    own = copy.copied(tmp_path)
    one = next(p for p in positions.values() if p.has_position)
    spot = replace(one, heading_deg=None)
    with_positions(own.map_dir, dict.fromkeys(positions, spot), len(positions))
    found = merge(own.map_dir, Everywhere(), Settings(), jobs=1)
    assert found.placed == 0
    (local,) = found.local
    assert len(local.photos) == len(merged.local[0].photos)
    assert local.points > 10_000
    with Catalog.open(local.folder, create=False) as catalog:
        for pose in catalog.poses():
            assert isinstance(pose, PlacedPose)
            assert np.linalg.norm(pose.rotation_sigma_deg) < 3.0
    nothing = AreaSolution(poses=[], pairs=[], before=[], contradicted=(), remarks=())
    with MapFolder.open(own.map_dir) as folder:
        work = Work(folder=folder, settings=Settings(), listener=Silence(), jobs=1, run_id=0)
        assert update_local_maps(work, [], nothing) == ()
        assert local_maps(own.map_dir) == [local.folder]
        assert update_local_maps(work, copy.photos[:1], nothing) == ()
    assert local_maps(own.map_dir) == []
