"""Poses of other programs become a map: they stay to the digit where they are to, merges begin from
them otherwise."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.map_makers import Notebook, SmallMap
from tests.mapfolder.test_mapfolder import opened
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.errors import InputError, StorageError
from worldmap.exchange.posed import MODEL, REFERENCE_NAME, Posed, PosedShot
from worldmap.known_camera import KnownCamera
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.given import read_given
from worldmap.pipeline.export import export
from worldmap.pipeline.import_poses import ImportOptions, import_poses
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose, PosePrior
from worldmap.stages.posed import stand
from worldmap.stages.work import Work


def by_name(map_: SmallMap) -> dict[str, PlacedPose]:
    return {map_.names[p.photo_id]: p for p in map_.poses if isinstance(p, PlacedPose)}


def priors(map_dir: Path) -> dict[str, PosePrior]:
    with MapFolder.open(map_dir) as folder:
        return {photo.metadata.path.name: photo.prior for photo in folder.catalog.photos()}


@pytest.mark.nightly
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
    # Of the map's photos those alone are read that the model names.
    told = json.loads((model / "transforms.json").read_text())
    name = small_map.two_photos[0].name
    told["frames"] = [f for f in told["frames"] if f["file_path"].endswith(name)]
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "transforms.json").write_text(json.dumps(told))
    shutil.copy(model / REFERENCE_NAME, alone)
    notebook = Notebook()
    import_poses(map_dir, alone, (), Settings(), keeping, jobs=0, listener=notebook)
    assert {count for stage, count in notebook.stages if stage in ("check", "ingest")} == {1}
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


def upright_from_stored(orientation: int) -> np.ndarray:
    """By what Pillow makes of a picture with that tag: its axes to the right and down, (2, 2)."""
    from PIL import Image, ImageOps

    stored = np.zeros((5, 7), dtype=np.uint8)
    stored[2, 3], stored[2, 4], stored[3, 3] = 50, 100, 200  # the middle, right of it, below it
    image = Image.fromarray(stored)
    image.getexif()[0x0112] = orientation
    upright = np.array(ImageOps.exif_transpose(image)).astype(int)
    middle, right, below = (np.argwhere(upright == value)[0] for value in (50, 100, 200))
    # Rows and columns become right and down.
    return np.column_stack(((right - middle)[::-1], (below - middle)[::-1])).astype(float)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("turned_before", [False, True])
def test_poses_of_photos_that_are_stored_on_their_side(
    small_map: SmallMap, tmp_path: Path, orientation: int, turned_before: bool
) -> None:
    """Of a model's photos as they are stored, or as a program turned them upright before: both are
    the map's upright photos."""
    copy = small_map.copied(tmp_path)
    with opened(copy.map_dir) as connection:
        connection.execute("UPDATE photos SET orientation = ?", (orientation,))
    photos, poses = {p.photo_id: p for p in copy.photos}, by_name(copy)
    site = next(iter(poses.values())).site
    turn = np.eye(3)
    if not turned_before:
        turn[:2, :2] = upright_from_stored(orientation)
    shots = []
    for photo in photos.values():
        pose = poses[photo.metadata.path.name].about(site)
        size = (photo.metadata.width_px, photo.metadata.height_px)
        width, height = size if abs(turn[0, 0]) == 1 else size[::-1]
        camera = KnownCamera(
            file="cameras.txt", name="1", width=width, height=height, focal=400.0,
            cx=width / 2, cy=height / 2, distortion=(0.0,) * 5,
        )  # fmt: skip
        own = replace(pose.enu_from_cam, to=MODEL, rotation=pose.enu_from_cam.rotation @ turn)
        name = photo.metadata.path.name
        shots.append(PosedShot(name=name, camera=camera, model_from_cam=own))
    model = Posed(kind="colmap", path=tmp_path, shots=tuple(shots), site=site)
    with MapFolder.open(copy.map_dir) as folder, folder.run("import", Settings()) as run:
        found = stand(Work.begun(folder, run, Settings(), Silence(), 1), model, None, None)
    assert found.missing == ()
    assert len(found.enu_from_cam) == len(photos)
    for i, stood in found.enu_from_cam.items():
        expected = poses[photos[i].metadata.path.name].about(site).enu_from_cam
        assert stood.matrix == pytest.approx(expected.matrix, abs=1e-9)


@pytest.mark.nightly  # registers photos anew
def test_photos_beside_held_poses_are_placed_and_move_none_of_them(
    small_map: SmallMap, tmp_path: Path
) -> None:
    """Three photos as a model has them, two more by their matches."""
    model, map_dir = tmp_path / "model", tmp_path / "map"
    export(small_map.map_dir, Everywhere(), model, kind="nerfstudio")
    told = json.loads((model / "transforms.json").read_text())
    told["frames"] = [f for f in told["frames"] if not f["file_path"].endswith(("3.jpg", "4.jpg"))]
    assert len(told["frames"]) == 3
    (model / "transforms.json").write_text(json.dumps(told))
    options = ImportOptions(as_they_are=True)
    done = import_poses(
        map_dir, model, [small_map.truth.photo_dir], Settings(), options, depth="measured", jobs=0
    )
    assert (done.posed, done.missing) == (3, ())
    assert len(done.ingested.photos) == 5
    merged = merge(map_dir, Everywhere(), Settings(), jobs=1)
    assert merged.placed == 5
    before, after = by_name(small_map), by_name(replace(small_map, map_dir=map_dir))
    for name, was in before.items():
        now = after[name].about(was.site)
        away_m = float(np.linalg.norm((now.enu_from_cam.matrix - was.enu_from_cam.matrix)[:3, 3]))
        held = name in ("demo_00.jpg", "demo_01.jpg", "demo_02.jpg")
        # The others as well as photos of a street agree, a centimetre or two at some 5 m.
        assert away_m < (1e-6 if held else 0.05)
