"""Poses of other programs become a map: they stay to the digit where they are to, merges begin from
them otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.errors import InputError, StorageError
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.given import read_given
from worldmap.pipeline.export import export
from worldmap.pipeline.import_poses import ImportOptions, import_poses
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose, PosePrior


def by_name(map_: SmallMap) -> dict[str, PlacedPose]:
    return {map_.names[p.photo_id]: p for p in map_.poses if isinstance(p, PlacedPose)}


def priors(map_dir: Path) -> dict[str, PosePrior]:
    with MapFolder.open(map_dir) as folder:
        return {photo.metadata.path.name: photo.prior for photo in folder.catalog.photos()}


def test_poses_as_they_are_stay_to_the_digit_and_depth_takes_their_size(
    small_map: SmallMap, tmp_path: Path
) -> None:
    model, map_dir = tmp_path / "model", tmp_path / "map"
    export(small_map.map_dir, Everywhere(), model, kind="nerfstudio")
    keeping = ImportOptions(as_they_are=True)
    done = import_poses(
        map_dir, model, small_map.two_photos, Settings(), keeping, depth="measured", jobs=0
    )
    assert (done.kind, done.photos, done.posed, done.located) == ("nerfstudio", 5, 2, 0)
    assert {Path(name).name for name in done.missing} == {f"demo_{k:02d}.jpg" for k in (0, 3, 4)}
    merged = merge(map_dir, Everywhere(), Settings(), jobs=1)
    assert merged.placed == 2
    before, after = by_name(small_map), by_name(replace(small_map, map_dir=map_dir))
    for path in small_map.two_photos:
        was, now = before[path.name], after[path.name]
        assert now.about(was.site).enu_from_cam.matrix == pytest.approx(
            was.enu_from_cam.matrix, abs=1e-6
        )
        assert now.lens.focal_px == pytest.approx(was.lens.focal_px, abs=1e-6)
        # 5 photos told the one, 2 the other.
        assert abs(np.log(now.depth_scale / was.depth_scale)) < 0.02
    again = import_poses(map_dir, model, (), Settings(), ImportOptions(), jobs=0)
    assert not again.as_they_are
    assert read_given(map_dir) == {}
    for name, prior in priors(map_dir).items():
        was = before[name]
        place = np.array(was.site.geodetic_from_enu(was.enu_from_cam.translation_m))
        told = np.array((prior.lat_deg, prior.lon_deg, prior.height_m))
        assert np.abs(told - place) @ (111e3, 111e3, 1.0) < 1e-3  # metres
        assert prior.heading_sigma_deg < 1


def test_a_model_of_other_photos_is_told(small_map: SmallMap, tmp_path: Path) -> None:
    model = tmp_path / "model"
    export(small_map.map_dir, Everywhere(), model, kind="opensfm")
    path = model / "reconstruction.json"
    path.write_text(path.read_text().replace("demo_", "other_"))
    with pytest.raises(InputError, match="names none of the photos"):
        import_poses(tmp_path, model, [small_map.truth.photo_dir], Settings(), ImportOptions())


def test_damaged_poses_are_told(tmp_path: Path) -> None:
    path = tmp_path / "imported" / "poses.json"
    path.parent.mkdir()
    for text in ("{", "{}", '{"poses": [{"site": [91, 0, 0]}]}', '{"poses": 3}'):
        path.write_text(text)
        with pytest.raises(StorageError, match="is damaged"):
            read_given(tmp_path)
