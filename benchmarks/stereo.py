"""Depth from the photos. With true poses: how much of a surface gets depth, how right that is, what
it costs. And whole maps of photos alone, by the commands: where the cameras stand, how far the
surface is from the true one, beside COLMAP by itself; on streets of two generators that stereo was
not made on, and, where they are, on photos with surveyed cameras and of a real street."""

from __future__ import annotations

import json
import math
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.spatial import cKDTree

from benchmarks import Metric, metric
from benchmarks._joint import (
    TruePhoto,
    _onto,
    _true_points,
    demo_truth,
    herz_truth,
    surface_of,
    town_truth,
)
from benchmarks.line import SHARED, _run
from benchmarks.registration.peers import colmap_poses
from worldmap.camera import Camera, PlacedCamera
from worldmap.config import PhotoSettings
from worldmap.demo import STANDARD, ExactScene, StreetPlan, write_demo
from worldmap.depth.raster import read_depth_file, resized_rgb
from worldmap.depth.sky import sky_mask
from worldmap.engine import peak_memory_mb
from worldmap.frames import RigidTransform, cam
from worldmap.geodesy import Site, enu
from worldmap.mapfolder import MapFolder
from worldmap.photo import read_pixels
from worldmap.records import PlacedBy, PlacedPose
from worldmap.stereo import WIDEST_PX, SeenSurface, agreed_depth, grey_picture
from worldmap.stereo.surface import find_surface

SEED, PHOTOS = 3, 14
# Of streets that were not looked at while stereo was made.
_MAP_SEED = 31
# Of a street of so many photos so many are judged, by those beside them.
_JUDGED = (3, 4, 5, 6)
_NEIGHBOURS = 4
_SAMPLES = 400
_SAME_REL = 0.03
_BEST_DEG, _NARROWER_DEG, _WIDER_DEG = 5.0, 1.0, 10.0
_SITE = Site(50.0, 8.0, 0.0)

Array = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Photo(PlacedCamera):
    """A photo on the grid that stereo looks at: rgb (H, W, 3), and its true depth, NaN for none."""

    rgb: NDArray[np.uint8]
    depth_m: Floats


def run(*, full: bool = False) -> list[Metric]:
    """The middle of the demo street, and the map of another one; with `full` all photos of it, of
    the second generator, and of the real places."""
    judged = range(PHOTOS) if full else _JUDGED
    found = _rows("demo street", _demo(), judged, sky=True)
    found.append(metric("peak memory", "MB", peak_memory_mb(), 1500))
    if full and (SHARED / "herz").is_dir():
        herz = _herz()
        found += _rows("herz", herz, range(len(herz)), sky=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos, truth = demo_truth(folder / "demo", _MAP_SEED)
        found += _map_rows("demo street", folder, photos, truth, of=PHOTOS, least=PHOTOS)
        if full:
            photos, truth = town_truth(folder / "town", _MAP_SEED)
            found += _map_rows("second street", folder, photos, truth, of=PHOTOS, least=PHOTOS)
        if full and (SHARED / "herz").is_dir():
            found += _map_rows("herz", folder, SHARED / "herz", herz_truth(), of=25, least=25)
        if full and (SHARED / "lund").is_dir():
            found += _map_rows("lund", folder, SHARED / "lund", {}, of=29, least=27)
    return found


def _map_rows(
    name: str, folder: Path, photos: Path, truth: dict[str, TruePhoto], *, of: int, least: int
) -> list[Metric]:
    """A map of photos alone. truth: none where no survey tells centimetres."""
    alone, map_dir = folder / f"{name} photos", str(folder / f"{name} map")
    alone.mkdir()
    for path in sorted(photos.glob("*.jpg")):
        (alone / path.name).symlink_to(path)
    _run("ingest", str(alone), "--depth", "stereo", "--map", map_dir)
    before_s = _children_s()
    # With one worker the largest process is the whole, and stages' shares of the time are those of
    # the processor.
    out, _, peak_mib = _run(
        "merge", "--area", "all", "--no-report", "--jobs", "1", "--json", "--map", map_dir
    )
    took_s = _children_s() - before_s
    merged = json.loads(out.splitlines()[-1])
    depth_s = took_s * merged["stage_seconds"]["stereo"] / merged["seconds"]
    label = f"{name}, map of photos alone"
    rows = [
        metric(f"{label}: placed, of {of}", "photos", merged["placed"], least, "min"),
        metric(f"{label}: of these by pictures", "photos", merged["by_matches"]),
        metric(f"{label}: points", "points", merged["points"]),
        metric(f"{label}: depth of a photo, processor", "s", depth_s / of, 12),
        metric(f"{label}: largest process", "MiB", peak_mib, 1500),
    ]
    if not truth:
        return rows
    with MapFolder.open(Path(map_dir)) as opened:
        state = opened.state()
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    site = next(pose.site for pose in state.poses.values() if isinstance(pose, PlacedPose))
    # Those that stand where tags say are as far off as these.
    held = {
        i: pose
        for i, pose in state.poses.items()
        if isinstance(pose, PlacedPose) and pose.by == PlacedBy.MATCHES
    }
    found = {names[i]: pose.about(site).enu_from_cam.translation_m for i, pose in held.items()}
    told = [pose.scale_sigma_rel for pose in held.values()]
    surface = surface_of(Path(map_dir), truth, cKDTree(_true_points(list(truth.values()))))
    return [
        *rows,
        metric(f"{label}: cameras off after similarity, median", "m", _off_m(found, truth), 0.05),
        metric(f"{label}: the same by COLMAP alone", "m", _off_m(_colmap(alone), truth)),
        metric(
            f"{label}: scale off, of its sigma",
            "sigmas",
            _log_size_off(found, truth) / float(np.median(told)),
            2.0,
        ),
        metric(f"{label}: agreed points off, median", "m", surface.median_m),
        metric(f"{label}: agreed points off, nine of ten", "m", surface.ninth_m),
    ]


def _children_s() -> float:
    """Processor seconds of the commands that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _off_m(found: Mapping[str, Array], truth: Mapping[str, TruePhoto]) -> float:
    """Median distance of centres (3,) by name from the true ones after one similarity of all; NaN
    for fewer than three."""
    if len(found) < 3:
        return math.nan
    centres = np.array(list(found.values()))
    true = np.array([truth[name].enu_from_cam[:3, 3] for name in found])
    return float(np.median(np.linalg.norm(_onto(centres, true, centres) - true, axis=1)))


def _log_size_off(found: Mapping[str, Array], truth: Mapping[str, TruePhoto]) -> float:
    """By how much (log) the centres lie too far from or near to each other."""
    spread = [
        np.linalg.norm(each - each.mean(axis=0))
        for each in (
            np.array(list(found.values())),
            np.array([truth[name].enu_from_cam[:3, 3] for name in found]),
        )
    ]
    return float(abs(np.log(spread[0] / spread[1])))


def _colmap(photos: Path) -> dict[str, Array]:
    """Centres by name of COLMAP's largest model; none where no model came out."""
    try:
        found = colmap_poses(photos, sorted(path.name for path in photos.iterdir()))
    except RuntimeError:
        return {}
    return {name: centre for name, (_, centre) in found.items()}


def _demo() -> list[_Photo]:
    found = []
    with tempfile.TemporaryDirectory() as name:
        made = write_demo(Path(name), layout=StreetPlan(), noise=STANDARD, seed=SEED, photos=PHOTOS)
        scene = ExactScene(made)
        for photo in made.photos:
            grid = _grid(photo.camera)
            shape = (grid.height_px, grid.width_px)
            found.append(
                _Photo(
                    camera=grid,
                    enu_from_cam=photo.enu_from_cam,
                    rgb=_read(made.photo_dir / photo.name, grid),
                    depth_m=scene.depth_m(photo.name, shape),
                )
            )
    return found


def _herz() -> list[_Photo]:
    found = []
    told = json.loads((SHARED / "herz" / "truth.json").read_text())
    for name, photo in sorted(told.items()):
        # K has integers at pixel centres.
        k, pose = np.array(photo["K"]), np.array(photo["enu_from_cam"])
        grid = _grid(
            Camera(
                width_px=photo["width"],
                height_px=photo["height"],
                fx_px=k[0, 0],
                fy_px=k[1, 1],
                cx_px=k[0, 2] + 0.5,
                cy_px=k[1, 2] + 0.5,
            )
        )
        depth_m = read_depth_file(SHARED / "herz" / name.replace(".jpg", ".depth.png"))
        size = (grid.width_px, grid.height_px)
        found.append(
            _Photo(
                camera=grid,
                enu_from_cam=RigidTransform(
                    to=enu(_SITE),
                    source=cam(name),
                    rotation=pose[:3, :3],
                    translation_m=pose[:3, 3],
                ),
                rgb=_read(SHARED / "herz" / name, grid),
                depth_m=cv2.resize(depth_m, size, interpolation=cv2.INTER_NEAREST),
            )
        )
    return found


def _grid(camera: Camera) -> Camera:
    factor = WIDEST_PX / max(camera.width_px, camera.height_px)
    return camera.rescaled(round(camera.width_px * factor), round(camera.height_px * factor))


def _read(path: Path, grid: Camera) -> NDArray[np.uint8]:
    return resized_rgb(read_pixels(path, PhotoSettings()), grid.width_px, grid.height_px)


def _rows(name: str, photos: Sequence[_Photo], judged: Sequence[int], *, sky: bool) -> list[Metric]:
    neighbours = {i: _neighbours(photos, i) for i in range(len(photos))}
    asked = sorted({k for i in judged for k in (i, *neighbours[i])})
    surfaces, costs_s = {}, []
    for i in asked:
        started_s = time.process_time()
        surfaces[i] = _surface(photos, i, neighbours[i])
        costs_s.append(time.process_time() - started_s)
    filled, off, far, sky_filled, sky_px = [], [], [], 0, 0
    for i in judged:
        photo = photos[i]
        beside = {*neighbours[i], *(k for k in asked if i in neighbours[k])} & set(asked)
        depth_m, _ = agreed_depth(surfaces[i], [surfaces[k] for k in sorted(beside)])
        of_sky = binary_dilation(
            sky_mask(photo.rgb, depth_m, photo.camera), np.ones((3, 3), dtype=np.bool_), 3
        )
        depth_m = np.where(of_sky, np.float32(np.nan), depth_m)
        there, true = np.isfinite(depth_m), np.isfinite(photo.depth_m)
        seen = true & (_seen_by(photos, i) >= 3)
        error = np.abs(depth_m / photo.depth_m - 1)[there & true]
        filled.append((there & seen).sum() / max(seen.sum(), 1))
        off.append(np.median(error))
        far.append((error > 0.05).mean())
        sky_filled += int((there & ~true).sum())
        sky_px += int((~true).sum())
    label = f"{name}, depth"
    rows = [
        metric(f"{label} where three photos see a surface", "share", float(np.median(filled)), 0.5,
               "min"),
        metric(f"{label}, median error", "%", 100 * float(np.median(off)), 0.5),
        metric(f"{label}, off by more than 5 %", "%", 100 * float(np.median(far)), 3.0),
        metric(f"{name}, a photo's surface", "s", float(np.median(costs_s)), 12.0),
    ]  # fmt: skip
    # What has no true depth in surveyed photos need not be sky.
    if sky:
        rows.append(metric(f"{name}, sky filled", "%", 100 * sky_filled / max(sky_px, 1), 0.5))
    return rows


def _surface(photos: Sequence[_Photo], i: int, neighbours: Sequence[int]) -> SeenSurface:
    photo = photos[i]
    pictures = [
        grey_picture(each.rgb, each.camera, each.enu_from_cam)
        for each in (photo, *(photos[k] for k in neighbours))
    ]
    found = find_surface(
        pictures[0],
        pictures[1:],
        nearest_m=0.5 * float(np.nanpercentile(photo.depth_m, 2)),
        up_cam=photo.enu_from_cam.rotation.T @ (0.0, 0.0, 1.0),
    )
    return SeenSurface(camera=photo.camera, enu_from_cam=photo.enu_from_cam, surface=found)


def _neighbours(photos: Sequence[_Photo], i: int) -> list[int]:
    """Who sees most of a photo's surface from another side, as `merge` chooses them by points."""
    xyz_enu = _points(photos[i])
    score = {}
    for k, other in enumerate(photos):
        if k == i:
            continue
        toward, away = (each.enu_from_cam.translation_m - xyz_enu for each in (photos[i], other))
        cosine = np.einsum("ni,ni->n", toward, away)
        cosine /= np.linalg.norm(toward, axis=1) * np.linalg.norm(away, axis=1)
        angle_deg = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
        spread = np.where(angle_deg <= _BEST_DEG, _NARROWER_DEG, _WIDER_DEG)
        told = np.exp(-((angle_deg - _BEST_DEG) ** 2) / (2 * spread**2))
        score[k] = float((told * _sees(other, xyz_enu)).sum())
    ranked = sorted(score, key=lambda k: (-score[k], k))
    return [k for k in ranked if score[k] > 0][:_NEIGHBOURS]


def _points(photo: _Photo) -> Array:
    """Some of its true surface (N, 3)."""
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(np.isfinite(photo.depth_m))
    chosen = rng.choice(len(rows), min(_SAMPLES, len(rows)), replace=False)
    uv: Array = np.column_stack((columns, rows)).astype(np.float64)[chosen] + 0.5
    depth_m: Array = photo.depth_m[rows[chosen], columns[chosen]].astype(np.float64)
    return photo.enu_from_cam.apply(photo.camera.unproject(uv, depth_m))


def _sees(photo: _Photo, xyz_enu: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (..., 3) are the surface that a photo truly sees there."""
    xyz_cam = photo.enu_from_cam.inverse().apply(xyz_enu)
    uv = photo.camera.project(xyz_cam)
    inside = np.isfinite(uv).all(axis=-1) & (uv > 0).all(axis=-1)
    inside &= (uv[..., 0] < photo.camera.width_px) & (uv[..., 1] < photo.camera.height_px)
    at = np.where(inside[..., None], uv, 0).astype(np.intp)
    true_m = photo.depth_m[at[..., 1], at[..., 0]]
    return np.asarray(inside & (np.abs(true_m / xyz_cam[..., 2] - 1) < _SAME_REL))


def _seen_by(photos: Sequence[_Photo], i: int) -> NDArray[np.intp]:
    """(H, W) how many photos see what a photo sees, itself among them."""
    photo = photos[i]
    true_m: Array = photo.depth_m.astype(np.float64)
    centres = photo.camera.pixel_centres()
    xyz_enu = photo.enu_from_cam.apply(photo.camera.unproject(centres, true_m))
    count: NDArray[np.intp] = np.zeros(true_m.shape, dtype=np.intp)
    for each in photos:
        count += _sees(each, xyz_enu)
    return count
