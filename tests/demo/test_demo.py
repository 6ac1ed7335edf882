"""The demo: what it writes is what its truth says."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import cv2
import exifread
import numpy as np
import pytest
from pygeomag import GeoMag, calculate_decimal_year

from tests.helpers.once import once_a_run
from worldmap.camera import Camera
from worldmap.demo import (
    HARD,
    NONE,
    STANDARD,
    DemoTruth,
    ExactScene,
    StreetPlan,
    read_truth,
    write_demo,
)
from worldmap.demo.exact import true_pairs
from worldmap.demo.layout import standpoints
from worldmap.demo.render import Rays, Renderer, exact_depth_m
from worldmap.demo.scene import build_scene
from worldmap.errors import InputError, StorageError
from worldmap.frames import CAM, RigidTransform, enu_from_cam_rotation
from worldmap.geodesy import Site, enu, geoid_undulation_m

ENU = enu(Site(52.52, 13.405, 40.0))

SMALL = StreetPlan(width_px=512, height_px=384, texel_m=0.03)
MIDDLE = StreetPlan(width_px=768, height_px=576, texel_m=0.015)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> DemoTruth:
    """Exact tags and depths."""

    def made(folder: Path) -> DemoTruth:
        return write_demo(folder, layout=SMALL, noise=NONE, seed=5, photos=4)

    return once_a_run(tmp_path_factory, "plain", made)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> DemoTruth:
    """A short street as a phone and a network see it, with a crowd."""
    return once_a_run(tmp_path_factory, "usual", lambda folder: crowded(folder, SMALL))


def crowded(folder: Path, layout: StreetPlan) -> DemoTruth:
    noise = dataclasses.replace(STANDARD, passers_by_per_photo=1.0)
    return write_demo(folder, layout=layout, noise=noise, seed=3, photos=4)


def stored_depth_m(truth: DemoTruth, name: str) -> np.ndarray:
    path = truth.photo_dir / f"{Path(name).stem}.depth.png"
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint16
    return image / 1000.0  # type: ignore[operator, return-value]


def grey(truth: DemoTruth, name: str) -> np.ndarray:
    return cv2.imread(str(truth.photo_dir / name), cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]


def ratios(values: object) -> list[float]:
    return [float(v) for v in values.values]  # type: ignore[attr-defined]


# --- files ------------------------------------------------------------------------------------


def test_writes_photos_depths_and_a_truth_that_reads_back(plain: DemoTruth) -> None:
    names = sorted(path.name for path in plain.photo_dir.iterdir())
    stems = [f"demo_{k:02d}" for k in range(4)]
    assert names == sorted([f"{s}.jpg" for s in stems] + [f"{s}.depth.png" for s in stems])
    for stem in stems:
        assert grey(plain, f"{stem}.jpg").shape == (384, 512)
        assert stored_depth_m(plain, f"{stem}.jpg").shape == (192, 256)
    for where in (plain.folder, plain.folder / "truth.json"):
        again = read_truth(where)
        assert again.to_json() == plain.to_json()
        assert again.photo_dir == plain.photo_dir


@pytest.mark.nightly
def test_equal_arguments_write_equal_files(plain: DemoTruth, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    again = write_demo(
        tmp_path,
        layout=SMALL,
        noise=NONE,
        seed=5,
        photos=4,
        on_progress=lambda k, n: done.append((k, n)),
    )
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for path in plain.photo_dir.iterdir():
        assert path.read_bytes() == (again.photo_dir / path.name).read_bytes(), path.name
    assert (plain.folder / "truth.json").read_bytes() == (tmp_path / "truth.json").read_bytes()


@pytest.mark.nightly
def test_a_new_demo_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    tiny = StreetPlan(width_px=64, height_px=48, texel_m=0.2)
    write_demo(tmp_path, layout=tiny, noise=NONE, seed=0, photos=4)
    (tmp_path / "photos" / "mine.jpg").write_bytes(b"mine")
    write_demo(tmp_path, layout=tiny, noise=NONE, seed=1, photos=2)
    left = sorted(path.name for path in (tmp_path / "photos").iterdir())
    demo = [f"demo_{k:02d}{end}" for k in (0, 1) for end in (".depth.png", ".jpg")]
    assert left == [*demo, "mine.jpg"]


def test_seeds_give_different_streets() -> None:
    a, b = (build_scene(SMALL, seed, 4) for seed in (0, 1))
    assert a.xyz_enu.shape != b.xyz_enu.shape or not np.allclose(a.xyz_enu, b.xyz_enu)


# --- tags -------------------------------------------------------------------------------------


def test_tags_say_the_truth_where_there_is_no_noise(plain: DemoTruth) -> None:
    references = set()
    for photo in plain.photos:
        with (plain.photo_dir / photo.name).open("rb") as file:
            tags = exifread.process_file(file, details=False)
        d, m, s = ratios(tags["GPS GPSLatitude"])
        lat = d + m / 60 + s / 3600
        d, m, s = ratios(tags["GPS GPSLongitude"])
        lon = d + m / 60 + s / 3600
        assert (str(tags["GPS GPSLatitudeRef"]), str(tags["GPS GPSLongitudeRef"])) == ("N", "E")
        msl = ratios(tags["GPS GPSAltitude"])[0]
        height = msl + float(geoid_undulation_m(lat, lon))
        where = plain.site.enu_from_geodetic(lat, lon, height)
        np.testing.assert_allclose(where, photo.enu_from_cam.translation_m, atol=1e-3)

        forward = photo.enu_from_cam.rotation[:, 2]
        true_heading = np.rad2deg(np.arctan2(forward[0], forward[1])) % 360
        told = ratios(tags["GPS GPSImgDirection"])[0]
        reference = str(tags["GPS GPSImgDirectionRef"])
        references.add(reference)
        if reference == "M":
            when = datetime(2026, 5, 12, 8, 0, tzinfo=UTC).replace(tzinfo=None)
            field = GeoMag(base_year=2026).calculate(
                glat=lat, glon=lon, alt=0.0, time=calculate_decimal_year(when)
            )
            assert 5 < field.d < 9  # Stockholm
            told += field.d
        assert abs((told - true_heading + 180) % 360 - 180) < 0.01

        assert str(tags["EXIF DateTimeOriginal"]).startswith("2026:05:12 10:00:")
        assert str(tags["EXIF OffsetTimeOriginal"]) == "+02:00"
        assert str(tags["GPS GPSDate"]) == "2026:05:12"
        assert ratios(tags["GPS GPSTimeStamp"])[0] == 8
        assert (str(tags["Image Make"]), str(tags["Image Model"])) == ("worldmap", "demo")
        film_mm = float(tags["EXIF FocalLengthIn35mmFilm"].values[0])
        focal_px = film_mm * np.hypot(512, 384) / np.hypot(36, 24)
        assert focal_px == pytest.approx(photo.camera.fx_px, rel=1e-9)
    assert references == {"T", "M"}


def test_one_photo_lacks_heading_and_one_lacks_position(usual: DemoTruth) -> None:
    without_gps, without_heading = [], []
    for photo in usual.photos:
        with (usual.photo_dir / photo.name).open("rb") as file:
            tags = exifread.process_file(file, details=False)
        assert ("GPS GPSLatitude" in tags) == (photo.gps_enu_m is not None)
        assert ("GPS GPSImgDirection" in tags) == (photo.heading_tag_deg is not None)
        if photo.gps_enu_m is None:
            without_gps.append(photo.name)
        else:
            error = ratios(tags["GPS Tag 0x001F"])[0]
            assert error == pytest.approx(photo.gps_sigma_m, abs=0.006)
        if photo.heading_tag_deg is None:
            without_heading.append(photo.name)
    assert len(without_gps) == 1
    assert len(without_heading) == 1


# --- geometry ---------------------------------------------------------------------------------


def test_depth_files_are_exact_where_there_is_no_noise(plain: DemoTruth) -> None:
    exact = ExactScene(plain)
    for photo in plain.photos:
        depth, stored = exact.depth_m(photo.name), stored_depth_m(plain, photo.name)
        assert 0.01 < exact.sky_mask(photo.name).mean() < 0.4
        assert (stored[exact.sky_mask(photo.name)] == 0).all()
        shown = ~exact.sky_mask(photo.name) & (depth < 65.5)
        np.testing.assert_allclose(stored[shown], depth[shown], atol=6e-4)
        assert not exact.flying_mask(photo.name).any()
        assert not exact.passer_by_mask(photo.name).any()


def test_exact_depth_unprojects_onto_the_surface(plain: DemoTruth) -> None:
    exact, photo = ExactScene(plain), plain.photos[1]
    depth = exact.depth_m(photo.name, (96, 128)).astype(np.float64)
    camera = photo.camera.rescaled(128, 96)
    seen = np.isfinite(depth)
    xyz_cam = camera.unproject(camera.pixel_centres(), depth)[seen]
    on_it = exact.distance_to_surface_m(photo.enu_from_cam.apply(xyz_cam))
    assert on_it.max() < 1e-3
    before = exact.distance_to_surface_m(photo.enu_from_cam.apply(xyz_cam * 0.9))
    assert np.median(before) > 0.1
    assert (before <= 0.1 * np.linalg.norm(xyz_cam, axis=1) + 1e-3).all()


def test_photos_agree_with_depth_and_pose(plain: DemoTruth) -> None:
    """Photo b, carried into photo a by the true depth and poses, shows the same picture."""
    exact = ExactScene(plain)
    for a, b in pairwise(plain.photos):
        depth = exact.depth_m(a.name, (384, 512), people=False).astype(np.float64)
        xyz = a.enu_from_cam.apply(a.camera.unproject(a.camera.pixel_centres(), depth))
        xyz_b = b.enu_from_cam.inverse().apply(xyz)
        uv = b.camera.project(xyz_b)
        inside = (uv > 1).all(axis=-1) & (uv[..., 0] < 511) & (uv[..., 1] < 383)
        column = np.where(inside, uv[..., 0], 0).astype(int)
        row = np.where(inside, uv[..., 1], 0).astype(int)
        first = exact.depth_m(b.name, (384, 512), people=False)[row, column]
        both = inside & (np.abs(first / xyz_b[..., 2] - 1) < 0.02)
        assert both.mean() > 0.15
        at = np.where(both[..., None], uv - 0.5, 0).astype(np.float32)
        carried = cv2.remap(grey(plain, b.name), at, None, cv2.INTER_LINEAR)
        there = np.corrcoef(carried[both], grey(plain, a.name)[both])[0, 1]
        assert there > 0.8
        # A pose that is half a degree off must show: the test can fail.
        wrong = cv2.remap(grey(plain, b.name), at + np.float32(4.0), None, cv2.INTER_LINEAR)
        assert np.corrcoef(wrong[both], grey(plain, a.name)[both])[0, 1] < there - 0.1


@pytest.mark.nightly
def test_neighbours_share_many_sift_matches(tmp_path: Path) -> None:
    usual = crowded(tmp_path, MIDDLE)
    exact = ExactScene(usual)
    sift = cv2.SIFT_create(3000)  # type: ignore[attr-defined]
    found = {p.name: sift.detectAndCompute(grey(usual, p.name), None) for p in usual.photos}
    for a, b in pairwise(usual.photos):
        (keys_a, words_a), (keys_b, words_b) = found[a.name], found[b.name]
        pairs = cv2.BFMatcher().knnMatch(words_a, words_b, k=2)
        good = [m for m, n in pairs if m.distance < 0.8 * n.distance]
        uv_a = np.array([keys_a[m.queryIdx].pt for m in good]) + 0.5
        uv_b = np.array([keys_b[m.trainIdx].pt for m in good]) + 0.5
        depth = exact.depth_m(a.name, (576, 768))
        z = depth[uv_a[:, 1].astype(int), uv_a[:, 0].astype(int)].astype(np.float64)
        xyz = a.enu_from_cam.apply(a.camera.unproject(uv_a, z))
        off = b.camera.project(b.enu_from_cam.inverse().apply(xyz)) - uv_b
        correct = int((np.linalg.norm(off, axis=1) < 3).sum())
        assert correct >= 100, (a.name, b.name, correct, len(good))


def test_people_stand_in_one_photo_only(usual: DemoTruth) -> None:
    exact = ExactScene(usual)
    in_crowd = [photo for photo in usual.photos if photo.people]
    assert sum(len(photo.people) for photo in usual.photos) >= 3
    for photo in usual.photos:
        mask = exact.passer_by_mask(photo.name)
        assert mask.any() == bool(photo.people)
        with_people = exact.depth_m(photo.name)
        without = exact.depth_m(photo.name, people=False)
        np.testing.assert_array_equal(np.isnan(with_people[~mask]), np.isnan(without[~mask]))
        assert not mask[exact.sky_mask(photo.name)].any()
    photo = in_crowd[0]
    camera = photo.camera.rescaled(256, 192)
    depth = exact.depth_m(photo.name).astype(np.float64)
    mask = exact.passer_by_mask(photo.name)
    xyz = photo.enu_from_cam.apply(camera.unproject(camera.pixel_centres(), depth)[mask])
    feet = np.array([(east, north) for east, north, _, _ in photo.people])
    away = np.linalg.norm(xyz[:, None, :2] - feet[None], axis=-1).min(axis=1)
    assert away.max() < 0.7
    assert xyz[:, 2].max() < 2.1


def test_given_depth_has_the_stated_errors(usual: DemoTruth) -> None:
    exact = ExactScene(usual)
    for photo in usual.photos:
        depth, stored = exact.depth_m(photo.name), stored_depth_m(usual, photo.name)
        sky, flying = exact.sky_mask(photo.name), exact.flying_mask(photo.name)
        clean = (stored > 0) & ~sky & ~flying
        relative = stored[clean] * photo.depth_scale / depth[clean] - 1
        normalised = relative / (0.01 * depth[clean] / 10)
        assert np.median(relative) == pytest.approx(0, abs=0.004)
        # Bleeding that stays below the mask's tolerance adds a little to the noise.
        spread = 1.4826 * np.median(np.abs(normalised))
        assert spread == pytest.approx(1.0, abs=0.1)
        far = stored[sky & ~flying & (stored > 0)] * photo.depth_scale
        assert np.median(far) == pytest.approx(48, rel=0.15)
        assert 0.002 < flying.mean() < 0.12


def test_flying_pixels_are_off_the_surface(usual: DemoTruth) -> None:
    exact, photo = ExactScene(usual), usual.photos[0]
    camera = photo.camera.rescaled(256, 192)
    depth = stored_depth_m(usual, photo.name) * photo.depth_scale
    xyz = photo.enu_from_cam.apply(camera.unproject(camera.pixel_centres(), depth))
    flying = exact.flying_mask(photo.name) & (depth > 0) & ~exact.passer_by_mask(photo.name)
    calm = ~exact.flying_mask(photo.name) & (depth > 0) & ~exact.sky_mask(photo.name)
    calm &= ~exact.passer_by_mask(photo.name)
    off, near = (exact.distance_to_surface_m(xyz[mask]) for mask in (flying, calm))
    assert np.median(off) > 5 * np.median(near)


# --- overlap ----------------------------------------------------------------------------------


def test_overlap_is_of_photos_that_see_the_same(plain: DemoTruth) -> None:
    rays = Rays(build_scene(SMALL, 5, 4))
    twice = (plain.photos[0], dataclasses.replace(plain.photos[0], name="again.jpg"))
    (same,) = true_pairs(rays, SMALL, twice)
    assert same.overlap > 0.97
    away = plain.photos[0].enu_from_cam
    turned = dataclasses.replace(
        away, rotation=away.rotation @ np.diag((-1.0, 1.0, -1.0)), translation_m=away.translation_m
    )
    behind = dataclasses.replace(plain.photos[0], name="behind.jpg", enu_from_cam=turned)
    (apart,) = true_pairs(rays, SMALL, (plain.photos[0], behind))
    assert apart.overlap == 0
    assert len(plain.pairs) == 6
    forth, back = plain.pair("demo_00.jpg", "demo_01.jpg"), plain.pair("demo_01.jpg", "demo_00.jpg")
    assert forth.a_seen_by_b == back.b_seen_by_a
    assert forth.overlap == back.overlap > 0.2
    with pytest.raises(KeyError):
        plain.pair("demo_00.jpg", "other.jpg")


@pytest.mark.parametrize("kind", ["street", "orbit"])
@pytest.mark.parametrize("photos", [14, 40])
def test_every_walk_is_connected_and_clear(kind: str, photos: int) -> None:
    layout = StreetPlan(kind=kind)  # type: ignore[arg-type]
    rays = Rays(build_scene(layout, 7, photos))
    points = standpoints(layout, 7, photos)
    assert len(points) == photos
    eyes = np.array([(p.east_m, p.north_m, p.up_m) for p in points], dtype=np.float32)
    assert rays.distance_m(eyes).min() > 0.9
    down = np.array(((0.0, 0.0, -1.0),), dtype=np.float32)
    heights = [float(rays.cast(eye, down)[0][0]) for eye in eyes.astype(np.float64)]
    assert min(heights) > 1.49
    assert max(heights) < 1.72


def test_truth_knows_which_photos_are_connected(usual: DemoTruth) -> None:
    assert [len(group) for group in usual.connected()] == [4]
    assert [len(group) for group in usual.connected(1.1)] == [1, 1, 1, 1]


# --- scene ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["street", "orbit"])
@pytest.mark.parametrize("repeated", [False, True])
def test_every_triangle_lies_within_its_texture(kind: str, repeated: bool, seed: int) -> None:
    layout = StreetPlan(kind=kind, repeated_facades=repeated)  # type: ignore[arg-type]
    mesh = build_scene(layout, seed, 14)
    size = np.array([(t.width_m, t.height_m) for t in mesh.textures])[mesh.texture][:, None]
    assert (mesh.st_m >= -1e-6).all()
    assert (mesh.st_m <= size + 1e-6).all()
    assert np.isfinite(mesh.xyz_enu).all()


@pytest.mark.parametrize("pitch_deg", [89.0, -60.0])
def test_a_photo_may_show_sky_only_or_no_sky(pitch_deg: float) -> None:
    renderer = Renderer(build_scene(SMALL, 0, 2), 0)
    eye = RigidTransform(
        to=ENU,
        source=CAM,
        rotation=enu_from_cam_rotation(0.0, pitch_deg, 0.0),
        translation_m=(0.0, 0.0, 1.6 if pitch_deg < 0 else 40.0),  # type: ignore[arg-type]
    )
    camera = Camera.centred(64, 48, 60.0)
    picture = renderer.photo(camera, eye)
    depth = exact_depth_m(Rays(renderer.mesh), camera, eye)
    assert np.isnan(depth).all() == (pitch_deg > 0)
    assert np.isfinite(depth).all() == (pitch_deg < 0)
    red, _, blue = picture.mean(axis=(0, 1))
    assert (blue > red + 20) == (pitch_deg > 0)


def test_repeated_facades_look_alike_and_others_do_not() -> None:
    def fronts(repeated: bool) -> list[np.ndarray]:
        layout = StreetPlan(repeated_facades=repeated, texel_m=0.04)
        mesh = build_scene(layout, 4, 6)
        walls = [t for t in mesh.textures if 7 < t.width_m < 13 and 9.0 < t.height_m < 15.5]
        painted = [t.paint(t.shape) for t in walls if t.texel_m == 0.04][:6]
        return [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in painted]

    alike, various = fronts(True), fronts(False)
    same = [p for p in alike if p.shape == alike[0].shape]
    assert len(same) >= 4
    correlation = np.corrcoef([p.ravel() for p in same])
    assert correlation.min() > 0.6
    assert correlation[np.triu_indices(len(same), 1)].max() < 0.999
    assert len({p.shape for p in various}) > 3


# --- noise ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_hard_noise_takes_away_headings_and_changes_exposure(tmp_path: Path) -> None:
    layout = StreetPlan(kind="orbit", width_px=96, height_px=72, texel_m=0.1)
    truth = write_demo(tmp_path, layout=layout, noise=HARD, seed=2, photos=20)
    headings = [p.heading_tag_deg for p in truth.photos]
    assert headings.count(None) == 5  # 20 % and the one that every demo has
    off = []
    for photo, told in zip(truth.photos, headings, strict=True):
        if told is not None:
            forward = photo.enu_from_cam.rotation[:, 2]
            true = np.rad2deg(np.arctan2(forward[0], forward[1]))
            off.append(abs((told - true + 180) % 360 - 180))
    assert sum(error > 38 for error in off) >= 1
    assert np.median(off) < 20
    assert truth.photos[0].camera.fx_px == pytest.approx(layout.focal_px, rel=0.0101)
    assert truth.photos[0].camera.fx_px != pytest.approx(layout.focal_px, rel=0.009)
    assert sum(len(photo.people) for photo in truth.photos) > 10


# --- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("photos", [0, 1, 201])
def test_refuses_a_senseless_count_of_photos(tmp_path: Path, photos: int) -> None:
    with pytest.raises(InputError, match="2 to 200 photos"):
        write_demo(tmp_path, layout=SMALL, noise=NONE, seed=0, photos=photos)


def test_refuses_a_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed"):
        write_demo(tmp_path, layout=SMALL, noise=NONE, seed=-1)


def test_refuses_an_unknown_layout() -> None:
    with pytest.raises(InputError, match="no demo layout 'maze'"):
        StreetPlan(kind="maze")  # type: ignore[arg-type]


def test_says_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file, not a folder")
    with pytest.raises(StorageError, match="cannot be written"):
        write_demo(tmp_path / "demo", layout=SMALL, noise=NONE, seed=0, photos=2)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1}', '{"version": 99}'])
def test_damaged_truth_is_one_clear_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_truth(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_truth_without_a_noise_setting_is_damaged(plain: DemoTruth, tmp_path: Path) -> None:
    values = plain.to_json()
    del values["noise"]["depth_bleed_px"]
    (tmp_path / "truth.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match="noise settings"):
        read_truth(tmp_path)


def test_missing_truth(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth\.json"):
        read_truth(tmp_path)
