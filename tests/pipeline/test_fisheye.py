"""Photos of fisheyes through commands: cut into views where their lens is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.fisheye_makers import cameras_txt, seen_by, write_fisheyes
from tests.helpers.ingest_makers import Ran
from tests.helpers.photo_makers import gps, write_jpeg
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.fisheye import FisheyeLens
from worldmap.mapfolder import MapFolder
from worldmap.photo import Sidecars
from worldmap.pipeline.demo import score
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose
from worldmap.rights import rig_of

K = (-0.02, 0.004)
WIDE = FisheyeLens.odd((480, 320), (183.0, 183.0), (242.0, 159.0), *K)
NARROW = FisheyeLens.odd((480, 360), (400.0, 400.0), (240.0, 180.0), *K)


def photographed(folder: Path, lens: FisheyeLens) -> Path:
    """fish.jpg and its distances, 4 m all around, and the lens in cameras.txt."""
    folder.mkdir()
    blocks = np.random.default_rng(4).integers(30, 255, (32, 64, 3), dtype=np.uint8)
    rgb = seen_by(lens, np.kron(blocks, np.ones((16, 16, 1), dtype=np.uint8)))
    photo = write_jpeg(folder / "fish.jpg", picture=Image.fromarray(rgb), gps=gps(48.1, 11.5))
    np.save(folder / "fish.depth.npy", np.full(rgb.shape[:2], 4.0, dtype=np.float32))
    (folder / "cameras.txt").write_text(cameras_txt(lens, *K))
    return photo


def ingested(tmp_path: Path, *told: object) -> Ran:
    photos, into = tmp_path / "in", tmp_path / "map"
    asked = ("--depth", "measured", "--map", into, "--jobs", "0", "--json")
    return Ran("ingest", photos, *told, *asked)


@pytest.mark.nightly
def test_the_views_are_taken_instead(tmp_path: Path) -> None:
    photo = photographed(tmp_path / "in", WIDE)
    told = ("--camera", tmp_path / "in" / "cameras.txt", "--set", "heading=80")
    ran = ingested(tmp_path, *told)
    assert ran.summary["accepted"] == 2
    assert "a fisheye's photo: its 2 views are taken" in ran.out
    with MapFolder.open(tmp_path / "map") as folder:
        photos = sorted(folder.catalog.photos(), key=lambda p: p.metadata.path.name)
        depths = [load_depth(folder.layout.depth(p)) for p in photos]
    assert [p.metadata.path.name for p in photos] == ["fish.left.jpg", "fish.right.jpg"]
    rigs = [rig_of(p.metadata) for p in photos]
    assert rigs[0] is not None
    assert rigs[1] is not None
    assert rigs[0][0] == rigs[1][0]
    assert rigs[0][1] < -30 < 30 < rigs[1][1]
    kept = []
    for one, rig, cleaned in zip(photos, rigs, depths, strict=True):
        assert one.metadata.heading is not None
        assert rig is not None
        assert one.metadata.heading.true_deg == pytest.approx((80 + rig[1]) % 360, abs=1e-3)
        assert one.metadata.position is not None
        assert "not-pinhole" not in one.metadata.flags
        camera = cleaned.depth_map.camera
        assert one.camera.is_pinhole
        rays = camera.rays(camera.pixel_centres())
        far_m = cleaned.depth_map.depth_m * np.linalg.norm(rays, axis=-1)
        assert np.median(np.abs(far_m[cleaned.kept] - 4.0)) < 0.01
        azimuth = np.rad2deg(np.arctan2(rays[..., 0], rays[..., 2])) + rig[1]
        kept.append(azimuth[cleaned.kept])
    # Each direction in one view: none beyond the middle, which both views show.
    assert kept[0].max() <= 0.0 <= kept[1].min()
    assert min(-kept[0].max(), kept[1].min()) < 2.0
    # The same again is nothing new.
    again = ingested(tmp_path, *told)
    assert (again.summary["accepted"], again.summary["failed"]) == (0, 0)
    assert photo.is_file()


def test_one_view_is_a_photo_like_others(tmp_path: Path) -> None:
    photographed(tmp_path / "in", NARROW)
    ran = ingested(tmp_path, "--camera", tmp_path / "in" / "cameras.txt")
    assert "a fisheye's photo: its view is taken" in ran.out
    with MapFolder.open(tmp_path / "map") as folder:
        (photo,) = folder.catalog.photos()
    assert rig_of(photo.metadata) is None
    assert photo.metadata.focal is not None
    assert photo.metadata.focal.sigma_rel == Settings().photo.camera_file_focal_sigma_rel
    sidecar = json.loads(
        photo.metadata.path.with_name(photo.metadata.path.name + ".source.json").read_text()
    )
    assert sidecar["cut_from"] == "fish.jpg"
    assert sidecar["projection"] == "perspective"


def test_distances_of_another_shape_are_told(tmp_path: Path) -> None:
    photographed(tmp_path / "in", WIDE)
    np.save(tmp_path / "in" / "fish.depth.npy", np.full((100, 100), 4.0, dtype=np.float32))
    ran = ingested(tmp_path, "--camera", tmp_path / "in" / "cameras.txt")
    assert "is no depth of its photo: it has another shape" in ran.err + ran.out


def test_a_black_picture_has_no_views(tmp_path: Path) -> None:
    photo = photographed(tmp_path / "in", WIDE)
    write_jpeg(photo, picture=Image.new("RGB", (480, 320)))
    ran = ingested(tmp_path, "--camera", tmp_path / "in" / "cameras.txt")
    assert "shows too little for a view" in ran.out


@pytest.mark.nightly  # what is cut is looked at above, rigs in tests/panorama/test_rig.py
def test_a_street_of_fisheyes_is_placed(tmp_path: Path) -> None:
    lens = FisheyeLens.odd((1200, 800), (458.0, 458.0), (604.0, 397.0), *K)
    truth = write_fisheyes(tmp_path, lens, photos=8, panorama_px=1600, texel_m=0.02, seed=7)
    cameras = tmp_path / "cameras.txt"
    cameras.write_text(cameras_txt(lens, *K))
    settings, into = Settings(), tmp_path / "map"
    sidecars = Sidecars(cameras=[cameras])
    ingest(into, [tmp_path / "photos"], settings, depth="measured", jobs=2, sidecars=sidecars)
    merged = merge(into, Everywhere(), settings, jobs=2)
    assert merged.placed == 16
    with MapFolder.open(into) as folder:
        state = folder.state()
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    found = score(list(state.poses.values()), names, truth)
    assert found.position_similarity_m_median < 0.03
    assert found.rotation_rigid_deg_median < 0.05
    by_rig: dict[str, list[np.ndarray]] = {}
    for photo_id, pose in state.poses.items():
        rig = rig_of(state.photos[photo_id].metadata)
        assert rig is not None
        assert isinstance(pose, PlacedPose)
        by_rig.setdefault(rig[0], []).append(pose.enu_from_cam.translation_m)
    assert all(np.ptp(np.array(each), axis=0).max() < 1e-6 for each in by_rig.values())
