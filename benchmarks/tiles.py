"""Fusion and tiles: what others look through is gone, the surface stays and is no worse than the
best photo's, and an area of 100 M points fits into 8 GB."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, living, metric
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.demo import DemoTruth, ExactScene, read_truth
from worldmap.demo.accuracy import align
from worldmap.depth import load_depth
from worldmap.frames import PROJECTED, Similarity
from worldmap.fuse import (
    GROUND,
    AgreedCloud,
    CameraStation,
    Spool,
    agreed_clouds,
    classify_ground,
    exposure_gains,
    fuse,
    spread,
)
from worldmap.geodesy import Site, enu
from worldmap.las import read_extent, write_tile
from worldmap.mapfolder import Layout
from worldmap.pipeline.demo import run_demo
from worldmap.records import PlacedPose, TilePoints, View
from worldmap.tiling import split_enu, touched

JOBS = 2
BIG_POINTS = 100_000_000
BIG_BAR_GIB = 8.0
TILE_POINTS = 50_000_000
SPEED_BAR = 1.5


def run(*, full: bool = False) -> list[Metric]:
    """The demo street through the whole line, then synthetic clouds in a process of their own; with
    `full` a map of 200 photos that grows (`python -m benchmarks living` is that alone)."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = _street(Path(folder))
        metrics += _writers(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tiles", folder, str(BIG_POINTS)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    big = json.loads(done.stdout.splitlines()[-1])
    metrics += _one_big_tile()
    if full:
        metrics += living.run()
    metrics += [
        metric("big area: points in", "M points", big["points_in"] / 1e6, BIG_POINTS / 1e6, "min"),
        metric("big area: peak memory", "GiB", big["peak_gib"], BIG_BAR_GIB),
        metric("big area: spool and fuse", "M points/s", big["rate"] / 1e6),
    ]
    return metrics


# --- the demo street ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Street:
    """The solved demo beside its truth; true_from_enu takes out what GPS leaves undetermined."""

    truth: DemoTruth
    scene: ExactScene
    views: list[View]
    names: dict[int, str]
    true_from_enu: Similarity

    def distance_m(self, xyz_enu: NDArray[np.float64]) -> NDArray[np.float32]:
        return self.scene.distance_to_surface_m(self.true_from_enu.apply(xyz_enu))


def _street(folder: Path) -> list[Metric]:
    settings = FuseSettings()
    street = _solved(folder)
    views = {view.photo_id: view for view in street.views}
    stations = [
        CameraStation(photo_id=v.photo_id, camera=v.camera, enu_from_cam=v.enu_from_cam)
        for v in street.views
    ]
    # The wall of a busy machine says little: the best of five, and the processor's time beside it.
    seconds, busy = [], []
    for _ in range(5):
        start_s, busy_s = time.perf_counter(), time.process_time()
        agreed = list(agreed_clouds(stations, views.__getitem__, settings, jobs=JOBS))
        ratios = [ratio for one in agreed for ratio in one.colour_ratios]
        gains = exposure_gains(list(views), ratios)
        fused = fuse([a.cloud for a in agreed], settings, gains, jobs=JOBS)
        seconds.append(time.perf_counter() - start_s)
        busy.append(time.process_time() - busy_s)
    singles = [_own_cloud(view) for view in street.views]
    points = sum(len(cloud) for cloud in singles)
    single_m = [np.median(street.distance_m(cloud.xyz)) for cloud in singles]
    surface_m = [np.median(street.distance_m(fuse([c], settings).xyz)) for c in singles]
    removed, of_objects, lost, of_surface = _removal(street, agreed)
    fused_m = street.distance_m(fused.xyz)
    ground = classify_ground(fused.xyz, settings.ground) == GROUND
    is_low = street.true_from_enu.apply(fused.xyz)[:, 2] < 0.25
    return [
        metric("street: one-photo objects that were removed", "%", removed, 90.0, "min"),
        metric("street: points on such objects", "points", of_objects),
        metric("street: true surface that was lost", "%", lost, 2.0),
        metric("street: points on true surface", "points", of_surface),
        metric(
            "street: distance to the surface, fused over best single", "ratio",
            float(np.median(fused_m) / min(surface_m)), 1.0,
        ),
        metric("street: distance to the surface, fused", "mm", 1e3 * float(np.median(fused_m))),
        metric("street: the same, best single, fused alone", "mm", 1e3 * float(min(surface_m))),
        metric("street: the same, best single, pixel by pixel", "mm", 1e3 * float(min(single_m))),
        metric("street: points after fusion", "points", len(fused)),
        metric("street: points beyond 0.5 m, before", "%", _far(street, singles)),
        metric("street: points beyond 0.5 m, after", "%", 100 * float((fused_m > 0.5).mean())),
        metric("street: ground found", "%", 100 * float(ground[is_low].mean())),
        metric("street: ground that is ground", "%", 100 * float(is_low[ground].mean())),
        metric("street: agree, even out, fuse", "M points/s", points / min(seconds) / 1e6,
                SPEED_BAR, "min"),
        metric("street: the same, per core", "M points/s", points / min(busy) / 1e6),
    ]  # fmt: skip


def _solved(folder: Path) -> _Street:
    summary = run_demo(folder, seed=0)
    truth = read_truth(folder / "truth.json")
    with Catalog.open(summary.map_dir, create=False) as catalog:
        photos = {photo.photo_id: photo for photo in catalog.photos()}
        poses = [pose.about(truth.site) for pose in catalog.poses()]
    names = {photo_id: photo.metadata.path.name for photo_id, photo in photos.items()}
    views = [
        View.of_placed(
            load_depth(Layout(summary.map_dir).depth(photos[pose.photo_id])),
            photos[pose.photo_id].camera,
            pose,
        )
        for pose in poses
        if isinstance(pose, PlacedPose)
    ]
    centres = np.array([view.enu_from_cam.translation_m for view in views])
    true = [truth.photo(names[view.photo_id]).enu_from_cam.translation_m for view in views]
    aligned = align(centres, np.array(true), with_scale=True)
    assert aligned is not None
    return _Street(truth, ExactScene(truth), views, names, aligned)


def _own_cloud(view: View) -> PointCloud:
    present = np.isfinite(view.depth_m)
    xyz_cam = view.camera.unproject(view.camera.pixel_centres(), view.depth_m.astype(np.float64))
    return PointCloud.of_photo(
        frame=view.enu_from_cam.to,
        xyz=view.enu_from_cam.apply(xyz_cam[present]),
        rgb=view.rgb[present],
        sigma_m=view.sigma_m[present],
        photo_id=view.photo_id,
    )


def _far(street: _Street, clouds: list[PointCloud]) -> float:
    away = np.concatenate([street.distance_m(cloud.xyz) for cloud in clouds])
    return 100 * float((away > 0.5).mean())


def _removal(street: _Street, agreed: list[AgreedCloud]) -> tuple[float, int, float, int]:
    """Share (%) and count of the points on passers-by through whom at least two other photos look
    that are gone, and of points near true surface that are."""
    depth_m = {v.photo_id: street.scene.depth_m(street.names[v.photo_id], _shape(v))
               for v in street.views}  # fmt: skip
    objects = objects_gone = surface = surface_gone = 0
    for view, one in zip(street.views, agreed, strict=True):
        name = street.names[view.photo_id]
        present = np.isfinite(view.depth_m)
        kept = np.zeros(present.size, dtype=np.bool_)
        kept[one.pixel] = True
        gone = ~kept.reshape(present.shape)
        person = street.scene.passer_by_mask(name, _shape(view))
        through = _lookers_through(street, view, depth_m) >= 2
        is_object = present & person & through
        objects += int(is_object.sum())
        objects_gone += int((is_object & gone).sum())
        near = np.zeros(present.shape, dtype=np.bool_)
        near[present] = street.distance_m(_own_cloud(view).xyz) < (
            0.1 + 0.03 * view.depth_m[present]
        )
        near &= ~person
        surface += int(near.sum())
        surface_gone += int((near & gone).sum())
    return 100 * objects_gone / max(objects, 1), objects, 100 * surface_gone / surface, surface


def _shape(view: View) -> tuple[int, int]:
    return view.depth_m.shape[0], view.depth_m.shape[1]


def _lookers_through(
    street: _Street, view: View, depth_m: dict[int, NDArray[np.float32]]
) -> NDArray[np.intp]:
    """(H, W) how many other photos truly look past the true place of each pixel: they see 5 % and
    0.3 m further, or the sky."""
    photo = street.truth.photo(street.names[view.photo_id])
    own = depth_m[view.photo_id].astype(np.float64)
    camera = photo.camera.rescaled(own.shape[1], own.shape[0])
    xyz = photo.enu_from_cam.apply(camera.unproject(camera.pixel_centres(), own))
    count = np.zeros(own.shape, dtype=np.intp)
    for other_id, seen in depth_m.items():
        if other_id == view.photo_id:
            continue
        other = street.truth.photo(street.names[other_id])
        other_camera = other.camera.rescaled(seen.shape[1], seen.shape[0])
        xyz_cam = other.enu_from_cam.inverse().apply(np.nan_to_num(xyz, nan=-1e6))
        uv = np.nan_to_num(other_camera.project(xyz_cam), nan=-1.0)
        inside = np.asarray(((uv >= 0) & (uv < seen.shape[::-1])).all(axis=-1))
        column, row = np.where(inside[..., None], uv, 0).astype(np.intp).transpose(2, 0, 1)
        range_m = np.nan_to_num(seen[row, column], nan=np.inf)
        count += inside & (range_m > 1.05 * xyz_cam[..., 2] + 0.3)
    return count


def _one_big_tile() -> list[Metric]:
    """50 M points into one COPC file, in a process of its own for its memory."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tiles", folder, str(TILE_POINTS), "copc"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        metric("big tile: points read back", "M points", found["points"] / 1e6,
                TILE_POINTS / 1e6, "min"),
        metric("big tile: COPC, peak memory", "GiB", found["peak_gib"], BIG_BAR_GIB + 4),
        metric("big tile: COPC", "M points/s", found["rate"] / 1e6),
    ]  # fmt: skip


# --- writers and the big area -------------------------------------------------------------------


def _tile_points(count: int) -> TilePoints:
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (count, 2))
    height = np.where(rng.random(count) < 0.3, rng.uniform(0, 12, count), np.sin(xy[:, 0] / 7))
    return TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=np.column_stack((xy, height)) + np.array((391400.0, 5819900.0, 40.0)),
            rgb=(xy[:, [0, 1, 0]] * 2.5).astype(np.uint8),
            sigma_m=np.full(count, 0.05, dtype=np.float32),
            photo_id=rng.integers(1, 200, count, dtype=np.uint32),
            support=rng.integers(1, 9, count, dtype=np.uint8),
        ),
        epsg=32633,
        gps_time_s=np.full(count, 4e8),
        classification=np.ones(count, dtype=np.uint8),
    )


def _write_one(folder: Path, count: int) -> dict[str, Any]:
    import resource

    points = _tile_points(count)
    path = folder / "big.copc.laz"
    start_s = time.perf_counter()
    write_tile(path, points)
    seconds = time.perf_counter() - start_s
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, _ = read_extent(path)
    return {"points": found, "rate": count / seconds, "peak_gib": peak_kib / 2**20}


def _writers(folder: Path) -> list[Metric]:
    count = 3_000_000
    points = _tile_points(count)
    metrics = []
    for suffix in (".las", ".laz", ".copc.laz"):
        path = folder / f"tile{suffix}"
        start_s = time.perf_counter()
        write_tile(path, points)
        rate = count / (time.perf_counter() - start_s) / 1e6
        metrics.append(metric(f"write {suffix}", "M points/s", rate))
        metrics.append(metric(f"size of {suffix}", "bytes/point", path.stat().st_size / count))
    return metrics


def _clouds(points: int, site: Site, each: int = 1_000_000) -> Iterator[PointCloud]:
    """Photos along a street 2 km long: each sees 60 m of ground and two walls, with noise."""
    photos = points // each
    for number in range(photos):
        rng = np.random.default_rng(number)
        along = rng.uniform(0, 60, each) + 2000.0 * number / photos
        across = rng.uniform(-8, 8, each)
        up = rng.normal(0, 0.03, each)
        wall = rng.random(each) < 0.5
        up[wall] = rng.uniform(0, 15, int(wall.sum()))
        across[wall] = 8 * np.sign(across[wall]) + rng.normal(0, 0.03, int(wall.sum()))
        yield PointCloud.of_photo(
            frame=enu(site),
            xyz=np.column_stack((along, across, up)),
            rgb=rng.integers(0, 256, (each, 3), dtype=np.uint8),
            sigma_m=rng.uniform(0.02, 0.3, each).astype(np.float32),
            photo_id=number + 1,
        )


def _big_area(folder: Path, points: int) -> dict[str, Any]:
    import resource

    site, settings = Site(52.52, 13.405, 40.0), FuseSettings()
    margin_m = 2 * settings.max_voxel_m
    clouds = _clouds(points, site)
    taken = made = 0
    seconds = 0.0
    with Spool[Any](folder) as spool:
        for cloud in clouds:
            start_s = time.perf_counter()
            spread([cloud], lambda xyz: touched(xyz, site, margin_m), spool)
            seconds += time.perf_counter() - start_s
            taken += len(cloud)
        start_s = time.perf_counter()
        for key in sorted(spool.keys()):
            fused = fuse([spool.take(key)], settings, jobs=JOBS)
            part = split_enu(fused.xyz, site).get(key)
            made += len(part.index) if part is not None else 0
        seconds += time.perf_counter() - start_s
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "points_in": taken,
        "points_out": made,
        "rate": taken / seconds,
        "peak_gib": peak_kib / 2**20,
    }


if __name__ == "__main__":
    measured = _write_one if sys.argv[3:] == ["copc"] else _big_area
    print(json.dumps(measured(Path(sys.argv[1]), int(sys.argv[2]))))
