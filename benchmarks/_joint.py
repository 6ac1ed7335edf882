"""Photos that agree: the fused surface beside the true one, with the photos' depth as it came and
after merge's stage `refine`, and of the photos alone; on real photos whose cameras a laser surveyed
and on two generators.

A map's points are compared with the true ones after the similarity that brings its cameras onto the
true ones. A point is judged where the truth can say something of it: its own photo's truth has a
depth at its pixel, or it stands in front of what some photo's truth has there. Its error is the
distance to the nearest true point.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks import Metric, metric
from benchmarks._town import LensTruth, write_town
from benchmarks._town.render import Painter
from benchmarks._town.scene import build
from benchmarks.line import SHARED, _run
from worldmap.camera import Camera
from worldmap.demo import STANDARD, ExactScene, StreetPlan, write_demo
from worldmap.depth.raster import read_depth_file
from worldmap.frames import nearest_rotation
from worldmap.geodesy import ecef_from_geodetic, geodetic_from_projected
from worldmap.mapfolder import MapFolder
from worldmap.records import PlacedBy, PlacedPose

Array = NDArray[np.float64]

SEED, PHOTOS = 7, 14
# As a network's: 3 % of smooth warp over the image.
WARP_REL = 0.03
_VOXEL_M, _CELL_M = 0.01, 0.25
# Nearer than what the truth has there by so much, a point stands in front of it.
_IN_FRONT_REL = 0.02
_AGREEING = 3
# The edge of the cubes in which points are fused near a camera: no map is finer.
_RIGHT_M = 0.05
# Together a network and stereo leave at most so much of what the better of them leaves alone.
_LEFT_TOGETHER = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruePhoto:
    """One photo's truth: camera of its depth grid, enu_from_cam (4, 4), depth (H, W), NaN none."""

    camera: Camera
    enu_from_cam: Array
    depth_m: NDArray[np.float32]

    @property
    def xyz_enu(self) -> Array:
        """(H, W, 3) where the pixels' surfaces are, NaN for none."""
        rays = self.camera.rays(self.camera.pixel_centres())
        xyz = rays * self.depth_m[..., None]
        return np.asarray(xyz @ self.enu_from_cam[:3, :3].T + self.enu_from_cam[:3, 3])


def joint(*, full: bool) -> list[Metric]:
    """The demo's figures in some three minutes on two cores; with `full` all, in some fifteen."""
    metrics = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        metrics += _demo(folder, full=full)
        if full:
            metrics += _town(folder)
        if full and (SHARED / "herz").is_dir():
            metrics += _herz(folder)
    return metrics


def herz_truth() -> dict[str, TruePhoto]:
    """By name the photos of the church front, as the laser has them."""
    told = json.loads((SHARED / "herz" / "truth.json").read_text())
    truth = {}
    for name, photo in told.items():
        depth_m = read_depth_file(SHARED / "herz" / name.replace(".jpg", ".depth.png"))
        # K has integers at pixel centres.
        k = np.array(photo["K"])
        full = Camera(
            width_px=photo["width"],
            height_px=photo["height"],
            fx_px=k[0, 0],
            fy_px=k[1, 1],
            cx_px=k[0, 2] + 0.5,
            cy_px=k[1, 2] + 0.5,
        )
        truth[name] = TruePhoto(
            camera=full.rescaled(depth_m.shape[1], depth_m.shape[0]),
            enu_from_cam=np.array(photo["enu_from_cam"]),
            depth_m=depth_m,
        )
    return truth


def _herz(folder: Path) -> list[Metric]:
    truth = herz_truth()
    before, after = _before_and_after(folder / "herz", SHARED / "herz", ".net", truth)
    return [
        *_rows("herz", before, after, bar=1.0),
        metric("joint, herz: agreed points off, median", "m", after.median_m, 0.025),
        metric("joint, herz: agreed points off, nine of ten", "m", after.ninth_m, 0.10),
    ]


def demo_truth(folder: Path, seed: int = SEED) -> tuple[Path, dict[str, TruePhoto]]:
    """The demo street with depth as a network's, written into the folder: its photos' folder, and
    by name what is true about them."""
    noise = replace(STANDARD, depth_warp_sigma=WARP_REL)
    made = write_demo(folder, layout=StreetPlan(), noise=noise, seed=seed, photos=PHOTOS)
    scene = ExactScene(made)
    truth = {}
    for photo in made.photos:
        depth_m = scene.depth_m(photo.name, people=False)
        truth[photo.name] = TruePhoto(
            camera=photo.camera.rescaled(depth_m.shape[1], depth_m.shape[0]),
            enu_from_cam=photo.enu_from_cam.matrix,
            depth_m=depth_m,
        )
    return made.photo_dir, truth


def _demo(folder: Path, *, full: bool) -> list[Metric]:
    photos, truth = demo_truth(folder / "demo")
    before, after = _before_and_after(folder / "demo-map", photos, ".depth", truth)
    rows = _rows("demo street", before, after, bar=0.5)
    if full:
        rows += _beside_stereo("demo street", before, after, _by_stereo(folder, photos, truth))
    return rows


def town_truth(folder: Path, seed: int = SEED) -> tuple[Path, dict[str, TruePhoto]]:
    """The second generator's street, in the same way."""
    lens = LensTruth(focal_spread_rel=0.01, centre_off_rel=0.005, radial_rel=0.002)
    made = write_town(folder, seed=seed, lens=lens, photos=PHOTOS)
    painter = Painter(build(seed))
    truth = {}
    for photo in made:
        grid = photo.camera.rescaled(photo.camera.width_px // 2, photo.camera.height_px // 2)
        depth_m = painter.picture(grid, photo.enu_from_cam)[1]
        truth[photo.name] = TruePhoto(
            camera=grid,
            enu_from_cam=photo.enu_from_cam,
            depth_m=np.where(np.isfinite(depth_m), depth_m, np.float32(np.nan)),
        )
    return folder / "photos", truth


def _town(folder: Path) -> list[Metric]:
    photos, truth = town_truth(folder / "town")
    before, after = _before_and_after(folder / "town-map", photos, ".depth", truth)
    return [
        *_rows("second street", before, after, bar=1.0),
        *_beside_stereo("second street", before, after, _by_stereo(folder, photos, truth)),
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """How far a map's judged points lie from the true surface: median and 90th percentile of those
    on which three photos agree; of the others the median, and how many sigmas that is. cells: of
    each piece of the true surface, 25 cm wide, the median error of agreed points there: a map
    whose points lie closer where they are further off is no worse for that. not_right: of the
    pieces that three photos truly see the share that is not there within 5 cm. points: how many.
    """

    median_m: float
    ninth_m: float
    alone_m: float
    alone_sigmas: float
    not_right: float
    cells: dict[tuple[int, int, int], float]
    points: int


def _rows(name: str, before: Surface, after: Surface, bar: float) -> list[Metric]:
    common = sorted(before.cells.keys() & after.cells.keys())
    was, is_ = (np.array([each.cells[cell] for cell in common]) for each in (before, after))
    label = f"joint, {name}"
    return [
        metric(f"{label}: agreed points off, median, as it came", "m", before.median_m),
        metric(f"{label}: agreed points off, nine of ten, as it came", "m", before.ninth_m),
        metric(f"{label}: agreed points off, median, refined", "m", after.median_m),
        metric(f"{label}: agreed points off, nine of ten, refined", "m", after.ninth_m),
        metric(f"{label}: same surface off, median, as it came", "m", float(np.median(was))),
        metric(
            f"{label}: same surface off, median, refined, of what it was",
            "share",
            float(np.median(is_) / np.median(was)),
            bar,
        ),
        metric(
            f"{label}: same surface off, nine of ten, refined, of what it was",
            "share",
            float(np.percentile(is_, 90) / np.percentile(was, 90)),
            1.0,
        ),
        metric(f"{label}: surface, of what it was", "share", len(after.cells) / len(before.cells)),
        metric(f"{label}: points of one or two photos, as they came", "m", before.alone_m),
        metric(f"{label}: points of one or two photos, refined", "m", after.alone_m),
        metric(f"{label}: these off by, as they came", "sigmas", before.alone_sigmas),
        metric(f"{label}: these off by, refined", "sigmas", after.alone_sigmas),
        metric(f"{label}: points, of what it was", "share", after.points / before.points),
    ]


def _beside_stereo(name: str, network: Surface, both: Surface, stereo: Surface) -> list[Metric]:
    label = f"joint, {name}: surface of three photos that is not there within 5 cm"
    better = min(network.not_right, stereo.not_right)
    return [
        metric(f"{label}, network alone", "share", network.not_right),
        metric(f"{label}, stereo alone", "share", stereo.not_right),
        metric(f"{label}, both", "share", both.not_right),
        metric(f"{label}, both, of the better one", "share", both.not_right / better,
               _LEFT_TOGETHER),
    ]  # fmt: skip


def _before_and_after(
    map_dir: Path, photos: Path, suffix: str, truth: dict[str, TruePhoto]
) -> tuple[Surface, Surface]:
    _run(
        "ingest", str(photos), "--depth", "measured", "--depth-suffix", suffix,
        "--map", str(map_dir),
    )  # fmt: skip
    tree = _tree(truth)
    found = []
    for refined in ("false", "true"):
        config = map_dir.with_suffix(".yaml")
        config.write_text(f"refine:\n  enabled: {refined}\n  measured: true\n", encoding="utf-8")
        options = ("--no-report", "--map", str(map_dir), "--config", str(config))
        _run("merge", "--area", "all", *options)
        found.append(surface_of(map_dir, truth, tree))
    return found[0], found[1]


def _by_stereo(folder: Path, photos: Path, truth: dict[str, TruePhoto]) -> Surface:
    """The map of the photos alone, without their depth."""
    map_dir = folder / f"{photos.parent.name}-alone"
    _run("ingest", str(photos), "--depth", "stereo", "--map", str(map_dir))
    _run("merge", "--area", "all", "--no-report", "--map", str(map_dir))
    return surface_of(map_dir, truth, _tree(truth))


def _tree(truth: dict[str, TruePhoto]) -> cKDTree:
    return cKDTree(_true_points(list(truth.values())))


def _true_points(photos: Sequence[TruePhoto]) -> Array:
    points = np.concatenate([photo.xyz_enu[np.isfinite(photo.depth_m)] for photo in photos])
    return points[np.unique(np.floor(points / _VOXEL_M), axis=0, return_index=True)[1]]


def surface_of(map_dir: Path, truth: dict[str, TruePhoto], tree: cKDTree) -> Surface:
    """A map's points beside the truth."""
    with MapFolder.open(map_dir) as folder:
        state = folder.state()
        points = folder.points()
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    poses = [
        p for p in state.poses.values() if isinstance(p, PlacedPose) and p.by == PlacedBy.MATCHES
    ]
    site = poses[0].site
    centres = np.array([p.about(site).enu_from_cam.translation_m for p in poses])
    true = np.array([truth[names[p.photo_id]].enu_from_cam[:3, 3] for p in poses])
    xyz = site.enu_from_ecef.apply(
        ecef_from_geodetic(*geodetic_from_projected(points.cloud.xyz, points.epsg))
    )
    xyz = _onto(centres, true, xyz)
    judged = np.zeros(len(xyz), dtype=np.bool_)
    for pose in poses:
        photo = truth[names[pose.photo_id]]
        local = (xyz - photo.enu_from_cam[:3, 3]) @ photo.enu_from_cam[:3, :3]
        uv_px = np.nan_to_num(photo.camera.project(local), nan=-1.0)
        inside = (uv_px >= 0).all(axis=1)
        inside &= (uv_px < (photo.camera.width_px, photo.camera.height_px)).all(axis=1)
        rows = np.flatnonzero(inside)
        column, row = uv_px[rows].astype(np.intp).T
        there = photo.depth_m[row, column]
        own = points.cloud.photo_id[rows] == pose.photo_id
        judged[rows] |= np.where(
            own, np.isfinite(there), local[rows, 2] < (1 - _IN_FRONT_REL) * there
        )
    off, nearest = tree.query(xyz[judged])
    off_m = np.asarray(off)
    agreed = points.cloud.support[judged] >= _AGREEING
    alone = off_m[~agreed]
    cells = _by_cell(np.asarray(tree.data)[np.asarray(nearest)[agreed]], off_m[agreed])
    return Surface(
        median_m=float(np.median(off_m[agreed])),
        ninth_m=float(np.percentile(off_m[agreed], 90)),
        alone_m=float(np.median(alone)),
        alone_sigmas=float(np.median(alone / points.cloud.sigma_m[judged][~agreed])),
        not_right=_not_right(cells, list(truth.values())),
        cells=cells,
        points=len(xyz),
    )


def _not_right(cells: Mapping[tuple[int, int, int], float], photos: Sequence[TruePhoto]) -> float:
    seen = Counter[tuple[int, int, int]]()
    for photo in photos:
        at = np.unique(np.floor(_true_points([photo]) / _CELL_M).astype(int), axis=0)
        seen.update(map(tuple, at.tolist()))
    asked = [cell for cell, count in seen.items() if count >= _AGREEING]
    right = sum(cells.get(cell, np.inf) <= _RIGHT_M for cell in asked)
    return 1 - right / max(len(asked), 1)


def _by_cell(where: Array, off_m: Array) -> dict[tuple[int, int, int], float]:
    """The median error of the points at each cell of the true surface."""
    cell, number = np.unique(np.floor(where / _CELL_M).astype(int), axis=0, return_inverse=True)
    order = np.lexsort((off_m, number))
    start = np.flatnonzero(np.diff(number[order], prepend=-1))
    middle = (start + np.append(start[1:], len(order)) - 1) // 2
    return {
        (int(x), int(y), int(z)): float(off)
        for (x, y, z), off in zip(cell, off_m[order][middle], strict=True)
    }


def _onto(source: Array, target: Array, points: Array) -> Array:
    """Points moved by the similarity that brings source (N, 3) onto target (N, 3); Umeyama, PAMI
    1991."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    turn = nearest_rotation(b.T @ a)
    scale = np.einsum("ni,ij,nj->", b, turn, a) / (a**2).sum()
    return np.asarray(scale * (points - source.mean(axis=0)) @ turn.T + target.mean(axis=0))
