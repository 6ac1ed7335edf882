"""Pictures of points: what is drawn where, how gaps and depth look, and the files that come out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worldmap.camera import Camera, PlacedCamera
from worldmap.cloud import PointCloud
from worldmap.errors import FrameError, UsageError
from worldmap.frames import CAM, RigidTransform, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.render import (
    Film,
    Look,
    Splats,
    Viewpoint,
    check_suffix,
    colours,
    disc_normals,
    draw_frame,
    flight,
    photo_sway,
    sizes_m,
    turntable,
    viridis,
)
from worldmap.render.shade import background, eye_dome, fill_gaps
from worldmap.render.splat import Drawing, draw

ENU = enu(Site(52.52, 13.405, 40.0))

CAMERA = Camera.centred(120, 80, 100.0)
# Looks north from the origin: x east, y down, z north.
NORTH = RigidTransform(
    to=ENU,
    source=CAM,
    rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
    translation_m=np.zeros(3),
)


def splats(xyz: object, rgb: object, size_m: float = 0.05) -> Splats:
    points = np.array(xyz, dtype=np.float32).reshape(-1, 3)
    colour = np.broadcast_to(np.array(rgb, dtype=np.uint8), points.shape)
    return Splats(
        frame=ENU, xyz_enu=points, rgb=colour, size_m=np.full(len(points), size_m, dtype=np.float32)
    )


def wall(distance_m: float, half_m: float, step_m: float) -> np.ndarray:
    """Points of an upright wall across the view."""
    across = np.arange(-half_m, half_m + step_m / 2, step_m)
    x, z = np.meshgrid(across, across)
    return np.column_stack((x.ravel(), np.full(x.size, distance_m), z.ravel()))


def test_a_point_is_drawn_where_the_camera_projects_it() -> None:
    drawing = draw(splats((1.0, 10.0, 0.5), (200, 10, 40)), CAMERA, NORTH)
    u, v = CAMERA.project(np.array((1.0, -0.5, 10.0)))
    rows, columns = np.nonzero(drawing.covered)
    assert (abs(columns + 0.5 - u) < 1.5).all()
    assert (abs(rows + 0.5 - v) < 1.5).all()
    assert drawing.depth_m[drawing.covered] == pytest.approx(10.0)
    np.testing.assert_allclose(drawing.rgb[drawing.covered], [(200, 10, 40)] * len(rows), rtol=1e-5)


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearer_point_hides_the_farther_one_whatever_their_order(order: int) -> None:
    points = np.array(((0.0, 5.0, 0.0), (0.0, 9.0, 0.0)), dtype=np.float32)[::order]
    rgb = np.array(((255, 0, 0), (0, 0, 255)), dtype=np.uint8)[::order]
    both = Splats(frame=ENU, xyz_enu=points, rgb=rgb, size_m=np.full(2, 0.3, dtype=np.float32))
    drawing = draw(both, CAMERA, NORTH)
    assert drawing.rgb[40, 60] == pytest.approx(np.array((255, 0, 0)))
    assert drawing.depth_m[40, 60] == pytest.approx(5.0)


def test_points_of_one_surface_blend() -> None:
    points = np.array(((0.0, 5.0, 0.0), (0.0, 5.02, 0.0)), dtype=np.float32)
    rgb = np.array(((200, 0, 0), (0, 0, 200)), dtype=np.uint8)
    both = Splats(frame=ENU, xyz_enu=points, rgb=rgb, size_m=np.full(2, 0.3, dtype=np.float32))
    red, _, blue = draw(both, CAMERA, NORTH).rgb[40, 60]
    assert red == pytest.approx(100, abs=3)
    assert blue == pytest.approx(100, abs=3)


def test_nothing_behind_beside_or_too_near_is_drawn() -> None:
    away = [(0, -5, 0), (50, 5, 0), (0, 0.1, 0), (0, 5, -40)]
    assert not draw(splats(away, (9, 9, 9)), CAMERA, NORTH).covered.any()
    assert not draw(splats([], (9, 9, 9)), CAMERA, NORTH).covered.any()


def test_discs_that_hang_over_every_border_are_cut_off_there() -> None:
    rng = np.random.default_rng(1)
    far = rng.uniform(0.5, 4.0, 4000)
    spread = rng.uniform(-1.3, 1.3, (4000, 2)) * far[:, None] * (0.6, 0.4)
    points = np.column_stack((spread[:, 0], far, spread[:, 1]))
    drawing = draw(splats(points, (50, 60, 70), 1.0), CAMERA, NORTH)
    assert drawing.covered.mean() > 0.9
    assert drawing.covered[0].any()
    assert drawing.covered[:, -1].any()
    assert np.abs(drawing.rgb[drawing.covered] - (50, 60, 70)).max() < 1e-3


def test_many_discs_on_one_pixel_keep_their_mean_colour() -> None:
    """The sums of colours have room: none spills over into another."""
    drawing = draw(splats(np.tile((0.0, 8.0, 0.0), (200_000, 1)), (255, 254, 3)), CAMERA, NORTH)
    assert np.abs(drawing.rgb[drawing.covered] - (255, 254, 3)).max() < 0.01


def test_sizes_close_a_surface_and_leave_strays_small() -> None:
    surface = wall(10.0, 1.5, 0.1)
    stray = np.array(((0.0, 7.0, 0.0), (0.5, 6.0, 0.7)))
    found = sizes_m(np.concatenate((surface, stray)))
    assert 0.1 < np.median(found) < 0.25
    assert (found[-2:] < 0.4).all()
    one = Splats(
        frame=ENU,
        xyz_enu=surface.astype(np.float32),
        rgb=np.zeros((len(surface), 3), dtype=np.uint8),
        size_m=found[:-2],
    )
    inner = draw(one, Camera.centred(640, 480, 800.0), NORTH).covered[180:300, 260:380]
    assert inner.all()
    assert sizes_m(surface[:3]) == pytest.approx(0.1)


def test_what_flies_before_a_dense_wall_stays_small_and_a_sparse_wall_closes() -> None:
    """Points half a metre apart: a patch of them before a wall of points 5 cm apart, and a wall by
    itself, 100 m behind."""
    side = np.arange(40) * 0.5
    dense, flying, sparse = (
        np.stack(np.meshgrid(along, [north], along), axis=-1).reshape(-1, 3)
        for along, north in ((np.arange(60) * 0.05, 10.0), (1 + side[:4], 9.2), (side, 110.0))
    )
    found = sizes_m(np.concatenate((dense, flying, sparse)))
    usual = np.median(found[: len(dense)])
    assert (found[len(dense) : -len(sparse)] < 3 * usual).all()
    assert np.median(found[-len(sparse) :]) > 0.5


def test_a_disc_lies_on_its_surface() -> None:
    """Seen from the side it is an ellipse, as an exact projection of its rim has it."""
    for normal in ((0.0, -1.0, 0.0), (0.8, -0.6, 0.0), (-0.5, -0.7, 0.51), (0.0, 0.6, 0.8)):
        unit = np.array(normal) / np.linalg.norm(normal)
        middle, radius_m = np.array((0.9, 4.0, -0.5)), 0.05
        one = Splats(
            frame=ENU,
            xyz_enu=middle[None].astype(np.float32),
            rgb=np.full((1, 3), 200, dtype=np.uint8),
            size_m=np.array((2 * radius_m,), dtype=np.float32),
            normal_enu=unit[None].astype(np.float32),
        )
        camera = Camera.centred(1600, 1200, 1200.0)
        covered = draw(one, camera, NORTH).covered
        rows, columns = np.nonzero(covered)
        # The rays of these pixels meet the disc's plane within its radius.
        rays = camera.rays(camera.pixel_centres())[rows, columns]
        rays = rays @ NORTH.rotation.T
        along = (middle @ unit) / (rays @ unit)
        off_m = np.linalg.norm(rays * along[:, None] - middle, axis=1)
        assert off_m.max() < radius_m + 4.0 / 1200 * 1.5
        # And it is no smaller than its rim's area, by a pixel about it.
        facing = abs(middle @ unit) / np.linalg.norm(middle)
        area_px = np.pi * (1200 * radius_m) ** 2 * facing * np.linalg.norm(middle) / 4.0**3
        assert covered.sum() == pytest.approx(area_px, rel=0.12)


def test_normals_of_near_and_far_surfaces() -> None:
    rng = np.random.default_rng(0)
    ground = np.column_stack((*rng.uniform(-3, 3, (2, 4000)), np.zeros(4000)))
    far = np.column_stack((rng.uniform(20, 40, 500), np.full(500, 60.0), rng.uniform(0, 9, 500)))
    stray = np.array(((0.0, 0.0, 300.0),))
    xyz = np.concatenate((ground, far, stray))
    cloud = PointCloud.of_photo(
        frame=ENU, xyz=xyz, rgb=np.zeros((len(xyz), 3)), sigma_m=np.full(len(xyz), 0.01)
    )
    found = disc_normals(cloud, sizes_m(xyz))
    assert np.median(np.abs(found[:4000, 2])) > 0.999
    assert np.median(np.abs(found[4000:-1, 1])) > 0.999
    assert np.isnan(found[-1]).all()
    assert len(disc_normals(cloud.select(np.zeros(len(xyz), dtype=np.bool_)), found[:0, 0])) == 0


def test_gaps_between_points_are_filled_and_the_outline_does_not_grow() -> None:
    depth = np.full((40, 60), np.inf, dtype=np.float32)
    depth[5:30, 10:50] = 6.0
    depth[12, 10:50] = np.inf
    depth[20:23, 30:33] = np.inf
    rgb = np.zeros((40, 60, 3), dtype=np.float32)
    rgb[np.isfinite(depth)] = (10, 200, 30)
    filled = fill_gaps(Drawing(rgb=rgb, depth_m=depth), 4)
    whole = np.zeros((40, 60), dtype=bool)
    whole[5:30, 10:50] = True
    # The ends of the slit are open to one side.
    assert filled.covered[:, 14:46].tolist() == whole[:, 14:46].tolist()
    assert not filled.covered[~whole].any()
    assert np.abs(filled.rgb[filled.covered] - (10, 200, 30)).max() < 1e-3


def test_what_shines_through_a_gap_is_covered_and_a_window_is_not() -> None:
    depth = np.full((40, 60), 6.0, dtype=np.float32)
    depth[10, 20] = 30.0
    depth[20:32, 20:32] = 30.0
    filled = fill_gaps(Drawing(rgb=np.zeros((40, 60, 3), np.float32), depth_m=depth), 4)
    assert filled.depth_m[10, 20] == pytest.approx(6.0)
    assert filled.depth_m[23:29, 23:29] == pytest.approx(30.0)


def test_shade_darkens_what_lies_behind_an_edge_and_nothing_else() -> None:
    depth = np.full((30, 40), 10.0, dtype=np.float32)
    depth[:, 20:] = 12.0
    shade = eye_dome(Drawing(rgb=np.zeros((30, 40, 3), np.float32), depth_m=depth))
    assert shade[:, :20] == pytest.approx(1.0)
    assert (shade[:, 20] < 0.9).all()
    assert shade[:, 24:] == pytest.approx(1.0)
    alone = np.full((30, 40), np.inf, dtype=np.float32)
    alone[10:20, 10:20] = 5.0
    shade = eye_dome(Drawing(rgb=np.zeros((30, 40, 3), np.float32), depth_m=alone))
    assert shade[10:20, 10:20] == pytest.approx(1.0)


def test_backgrounds() -> None:
    assert background("#102030", CAMERA, NORTH)[5, 5] == pytest.approx(np.array((16, 32, 48)))
    sky = background("sky", CAMERA, NORTH)
    assert sky[0, 60, 2] - sky[0, 60, 0] > 30  # blue above
    assert sky[60, 60] == pytest.approx(sky[79, 60])  # one colour below the horizon
    for wrong in ("blue", "#12", "#12345g", "102030"):
        with pytest.raises(UsageError, match="background"):
            background(wrong, CAMERA, NORTH)


@pytest.mark.parametrize("fineness", [1, 2])
def test_a_frame_has_the_size_of_its_camera_and_a_plain_background(fineness: int) -> None:
    look = Look(background="#0a141e", fineness=fineness)
    shot = PlacedCamera(camera=CAMERA, enu_from_cam=NORTH)
    frame = draw_frame(splats(wall(10.0, 1.0, 0.05), (250, 120, 0), 0.1), shot, look)
    assert frame.shape == (80, 120, 3)
    assert frame.dtype == np.uint8
    assert frame[2, 2].tolist() == [10, 20, 30]
    assert frame[40, 60].tolist() == [250, 120, 0]


# --- ways -----------------------------------------------------------------------------------------


def viewpoint(
    east: float, north: float, heading_deg: float, taken_s: float | None = None
) -> Viewpoint:
    return Viewpoint(
        camera=Camera.centred(400, 300, 350.0),
        enu_from_cam=RigidTransform(
            to=ENU,
            source=CAM,
            rotation=enu_from_cam_rotation(heading_deg, 0.0, 0.0),
            translation_m=np.array((east, north, 1.6)),
        ),
        taken_s=taken_s,
    )


def seen_share(shot: PlacedCamera, xyz: np.ndarray) -> float:
    xyz_cam = shot.enu_from_cam.inverse().apply(xyz)
    uv = shot.camera.project(xyz_cam)
    inside = (uv >= 0) & (uv < (shot.camera.width_px, shot.camera.height_px))
    return float(inside.all(axis=1).mean())


def test_turntable_goes_round_and_keeps_the_cloud_in_the_picture() -> None:
    rng = np.random.default_rng(0)
    street = np.array((100.0, 200.0, 5.0)) + rng.uniform((-5, -40, 0), (5, 40, 8), (3000, 3))
    sizes_m = np.full(len(street), 0.05, dtype=np.float32)
    discs = Splats(frame=ENU, xyz_enu=street, rgb=np.zeros(street.shape), size_m=sizes_m)  # type: ignore[arg-type]
    shots = turntable(discs, [viewpoint(100, 180, 10.0)], (320, 180), 24)
    eyes = np.array([shot.enu_from_cam.translation_m for shot in shots])
    about = eyes[:, :2] - (100, 200)
    angles = np.unwrap(np.arctan2(about[:, 0], about[:, 1]))
    assert abs(angles[-1] - angles[0]) == pytest.approx(2 * np.pi * 23 / 24, abs=0.2)
    assert (eyes[:, 2] > 13).all()
    for shot in shots:
        assert seen_share(shot, street) > 0.97
    first = shots[0].enu_from_cam.rotation[:, 2]
    assert first[1] > 0.3  # looks north, as the photo does
    # As large as it can be: it fills the picture, in the middle of it, one way or the other.
    for shot in shots:
        uv = shot.camera.project(shot.enu_from_cam.inverse().apply(street)) / (320, 180)
        low, high = np.percentile(uv, (1, 99), axis=0)
        assert (high - low).max() > 0.65
        assert (low + high) / 2 == pytest.approx(0.5, abs=0.06)


def test_a_front_is_seen_as_its_photos_see_it() -> None:
    rng = np.random.default_rng(0)
    front = rng.uniform((-12, 20, 0), (12, 20.5, 9), (3000, 3))
    sizes_m = np.full(len(front), 0.05, dtype=np.float32)
    discs = Splats(frame=ENU, xyz_enu=front, rgb=np.zeros(front.shape), size_m=sizes_m)  # type: ignore[arg-type]
    views = [viewpoint(east, 0.0, -east) for east in (-6.0, 0.0, 6.0)]
    (first,) = turntable(discs, views, (320, 180), 1)
    ahead = first.enu_from_cam.rotation[:, 2]
    assert ahead[1] > 0.85
    assert -0.35 < ahead[2] < 0.0
    assert seen_share(first, front) > 0.98


def test_a_flight_goes_by_time_from_the_first_photo_to_the_last() -> None:
    stops = [viewpoint(0.0, 4.0 * i, 0.0, taken_s=100.0 - i) for i in range(6)]
    shots = flight(stops, (160, 90), 30)
    north = np.array([shot.enu_from_cam.translation_m[1] for shot in shots])
    assert len(shots) == 30
    assert (np.diff(north) < 0).all()  # the last photo was taken first
    assert np.ptp(north) > 14
    assert np.array([s.enu_from_cam.rotation[2, 0] for s in shots]) == pytest.approx(0, abs=1e-9)


def test_a_flight_without_times_takes_a_short_way() -> None:
    stops = [viewpoint(0.0, north, 0.0) for north in (8.0, 0.0, 12.0, 4.0)]
    north = np.array([s.enu_from_cam.translation_m[1] for s in flight(stops, (160, 90), 20)])
    assert (np.diff(north) > 0).all() or (np.diff(north) < 0).all()
    assert len(flight(stops[:1], (160, 90), 3)) == 3
    with pytest.raises(ValueError, match="photo"):
        flight([], (160, 90), 3)


def test_a_photos_own_viewpoint_shows_what_the_photo_shows() -> None:
    photo = viewpoint(3.0, 4.0, 77.0)
    (shot,) = photo_sway(photo, 9.0, (800, 300), 1)
    assert shot.enu_from_cam.matrix == pytest.approx(photo.enu_from_cam.matrix)
    corner = photo.camera.unproject(np.array((0.0, 0.0)), np.array(9.0))
    u, v = shot.camera.project(corner)
    assert v == pytest.approx(0.0, abs=1e-6)
    assert u == pytest.approx((800 - 400) / 2, abs=1e-6)


def test_a_sway_looks_at_the_same_thing_all_the_time() -> None:
    photo = viewpoint(3.0, 4.0, 77.0)
    shots = photo_sway(photo, 9.0, (400, 300), 12)
    target = photo.enu_from_cam.apply(np.array((0.0, 0.0, 9.0)))
    for shot in shots:
        uv = shot.camera.project(shot.enu_from_cam.inverse().apply(target))
        assert uv == pytest.approx(np.array((200.0, 150.0)), abs=2.0)
    moved = [np.linalg.norm(s.enu_from_cam.translation_m - shots[0].enu_from_cam.translation_m)
             for s in shots]  # fmt: skip
    assert max(moved) > 0.5


# --- colours and files ----------------------------------------------------------------------------


def test_colours_run_from_low_to_high() -> None:
    cloud = PointCloud(
        frame=ENU,
        xyz=np.column_stack((np.zeros(100), np.zeros(100), np.arange(100.0))),
        rgb=np.full((100, 3), 77, dtype=np.uint8),
        sigma_m=np.geomspace(0.01, 1, 100).astype(np.float32),
        photo_id=np.ones(100, dtype=np.uint32),
        support=np.arange(100, dtype=np.uint8),
    )
    assert (colours(cloud, "photo") == 77).all()
    for by in ("height", "support", "sigma"):
        found = colours(cloud, by).astype(float)
        assert found[0] == pytest.approx(np.array((68, 1, 84)), abs=2)
        assert found[-1] == pytest.approx(np.array((253, 231, 37)), abs=2)
        luminance = found @ (0.2126, 0.7152, 0.0722)
        assert (np.diff(luminance) >= -1.5).all()
    with pytest.raises(UsageError, match="colour"):
        colours(cloud, "mood")
    assert viridis(np.array((np.nan, -3.0))).tolist() == [[68, 1, 84]] * 2


FRAMES = [np.full((36, 64, 3), 20 * i, dtype=np.uint8) for i in range(6)]


def test_a_gif_has_all_frames_their_time_and_no_end(tmp_path: Path) -> None:
    film = Film(tmp_path / "a.gif", fps=10)
    for frame in FRAMES:
        film.add(frame)
    assert film.save() == (tmp_path / "a.gif").stat().st_size
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 6  # type: ignore[attr-defined]
        assert gif.info["loop"] == 0
        assert gif.info["duration"] == 100
        gif.seek(5)
        assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - 100).max() <= 8


def test_an_mp4_is_h264_that_plays_as_long_as_told(tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="the extra `film` is not installed")
    film = Film(tmp_path / "a.mp4", fps=10)
    for frame in FRAMES:
        film.add(frame)
    film.save()
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert float(stream.average_rate) == pytest.approx(10)
    assert len(decoded) == 6
    assert np.abs(decoded[3].astype(int) - 60).max() <= 8


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_picture_is_one_frame(tmp_path: Path, suffix: str) -> None:
    film = Film(tmp_path / f"a{suffix}", fps=1)
    film.add(FRAMES[2])
    film.save()
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert np.abs(np.asarray(image).astype(int) - 40).max() <= 1
    film.add(FRAMES[2])
    with pytest.raises(ValueError, match="unpack"):
        film.save()


def test_files_that_cannot_be_written_are_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        check_suffix(tmp_path / "a.bmp")
    with pytest.raises(UsageError, match=r"\.png"):
        Film(tmp_path / "a.webm", fps=2)
    with pytest.raises(ValueError, match="frames"):
        Film(tmp_path / "a.gif", fps=2).save()


def test_without_pyav_an_mp4_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r"worldmap\[film\].*\.gif"):
        check_suffix(tmp_path / "a.mp4")
    check_suffix(tmp_path / "a.gif")


def test_what_stands_in_another_frame_is_not_drawn() -> None:
    elsewhere = enu(Site(69.97, 23.27, 10.0))
    astray = replace(NORTH, to=elsewhere)
    discs = splats((1.0, 10.0, 0.5), (200, 10, 40))
    stray = Viewpoint(camera=CAMERA, enu_from_cam=astray)
    with pytest.raises(FrameError, match=r"69\.97"):
        draw(discs, CAMERA, astray)
    with pytest.raises(FrameError, match=r"69\.97"):
        turntable(discs, [stray], (64, 48), 2)
    with pytest.raises(FrameError, match=r"69\.97"):
        flight([viewpoint(0.0, 0.0, 0.0), stray], (64, 48), 2)
