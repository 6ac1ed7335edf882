"""The same photos through other people's engines, side by side in one run: Open3D's multiway
registration of the clouds from where the tags put them, and COLMAP's incremental mapping of the
pictures, laid onto the GPS. What does not run here is left out, and said so on stderr."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from benchmarks import Metric, metric
from benchmarks.registration.areas import SolvedArea, solve_area, street
from worldmap.backproject import backproject
from worldmap.catalog import Catalog
from worldmap.demo import DemoTruth, pose_accuracy
from worldmap.demo.accuracy import align
from worldmap.depth import load_depth
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation, nearest_rotation
from worldmap.geodesy import enu
from worldmap.mapfolder import Layout

_VOXELS_M = (0.8, 0.3)
Array = NDArray[np.float64]
Poses = dict[str, RigidTransform]


def peer_metrics(scenes: Path, seed: int) -> list[Metric]:
    """One standard street by three engines: what they place, how well, and in what time."""
    folder = scenes / f"standard{seed}"
    truth = street(folder, "standard", seed)
    area = solve_area(folder / "map")
    features_s = 0.0
    ours = {name: pose for name, (pose, _) in area.solved_in(truth).items()}
    paired_s = sum(p.seconds for p in area.pairs) / 2
    metrics = _rows("worldmap", ours, truth, features_s + paired_s + area.solve_s)
    engines: tuple[tuple[str, Callable[[], Poses]], ...] = (
        ("Open3D multiway", lambda: _multiway(folder, area, truth)),
        ("COLMAP incremental", lambda: _colmap(folder, truth)),
    )
    for name, engine in engines:
        started = time.perf_counter()
        try:
            poses = engine()
        except (ImportError, RuntimeError) as error:
            print(f"{name} left out: {error}", file=sys.stderr)
            continue
        metrics += _rows(name, poses, truth, time.perf_counter() - started)
    return metrics


def _rows(name: str, poses: Poses, truth: DemoTruth, seconds: float) -> list[Metric]:
    scale = {n: (pose, truth.photo(n).depth_scale) for n, pose in poses.items()}
    accuracy = pose_accuracy(scale, truth)
    return [
        metric(f"peers, {name}: placed", "photos", accuracy.placed),
        metric(f"peers, {name}: position, similarity", "m", accuracy.position_similarity_m_median),
        metric(f"peers, {name}: position, rigid", "m", accuracy.position_rigid_m_median),
        metric(f"peers, {name}: position, absolute", "m", accuracy.position_absolute_m_median),
        metric(f"peers, {name}: rotation", "deg", accuracy.rotation_deg_median),
        metric(f"peers, {name}: time after features", "s", seconds),
    ]


def _multiway(folder: Path, area: SolvedArea, truth: DemoTruth) -> Poses:
    """Open3D's own recipe: point-to-plane ICP, coarse to fine, between all candidate pairs from the
    tags' poses; a pose graph with uncertain edges; global optimisation with pruning."""
    there = truth.site.enu_from(area.site)
    names, starts, clouds = [], [], []
    ids = []
    with Catalog.open(folder / "map", create=False) as catalog:
        for photo in catalog.photos():
            view = area.views[photo.photo_id]
            if view.position_enu is None or view.heading_deg is None:
                continue
            cleaned = load_depth(Layout(folder / "map").depth(photo))
            points = backproject(cleaned.depth_map, cleaned.rgb)
            cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points.xyz.copy()))
            levels = []
            for voxel_m in _VOXELS_M:
                thin = cloud.voxel_down_sample(voxel_m)
                thin.estimate_normals(
                    o3d.geometry.KDTreeSearchParamHybrid(radius=3 * voxel_m, max_nn=30)
                )
                levels.append(thin)
            clouds.append(levels)
            start = np.eye(4)
            start[:3, :3] = enu_from_cam_rotation(view.heading_deg, view.pitch_deg, view.roll_deg)
            start[:3, 3] = view.position_enu
            starts.append(start)
            names.append(view.name)
            ids.append(photo.photo_id)
    registration = o3d.pipelines.registration
    graph = registration.PoseGraph()
    for start in starts:
        graph.nodes.append(registration.PoseGraphNode(start))
    candidates = {(p.photo_a, p.photo_b) for p in area.pairs}
    for i in range(len(ids)):
        for j in range(i + 1, len(ids)):
            if (ids[i], ids[j]) not in candidates and (ids[j], ids[i]) not in candidates:
                continue
            step = np.linalg.inv(starts[j]) @ starts[i]
            for level, voxel_m in enumerate(_VOXELS_M):
                step = registration.registration_icp(
                    clouds[i][level],
                    clouds[j][level],
                    (8.0 if level == 0 else 3.0) * voxel_m,
                    step,
                    registration.TransformationEstimationPointToPlane(),
                ).transformation
            information = registration.get_information_matrix_from_point_clouds(
                clouds[i][-1], clouds[j][-1], 1.5 * _VOXELS_M[-1], step
            )
            graph.edges.append(
                registration.PoseGraphEdge(i, j, step, information, uncertain=j != i + 1)
            )
    registration.global_optimization(
        graph,
        registration.GlobalOptimizationLevenbergMarquardt(),
        registration.GlobalOptimizationConvergenceCriteria(),
        registration.GlobalOptimizationOption(
            max_correspondence_distance=1.5 * _VOXELS_M[-1],
            edge_prune_threshold=0.25,
            reference_node=0,
        ),
    )
    return {
        name: _named(
            there
            @ RigidTransform(
                to=enu(area.site),
                source=cam(name),
                rotation=nearest_rotation(node.pose[:3, :3]),
                translation_m=node.pose[:3, 3],
            ),
            name,
        )
        for name, node in zip(names, graph.nodes, strict=True)
    }


def colmap_poses(photos: Path, names: Sequence[str]) -> dict[str, tuple[Array, Array]]:
    """COLMAP's largest model of photos of one camera, by its own settings and calibration: rotation
    (3, 3) and centre (3,) by name, in a frame of its own. RuntimeError where no model came out."""
    import pycolmap

    with tempfile.TemporaryDirectory() as work:
        database = Path(work) / "database.db"
        pycolmap.set_random_seed(0)
        pycolmap.extract_features(
            database,
            photos,
            image_names=list(names),
            camera_mode=pycolmap.CameraMode.SINGLE,
        )
        pycolmap.match_exhaustive(database)
        models = pycolmap.incremental_mapping(database, photos, Path(work))
        if not models:
            raise RuntimeError("no model came out")
        model = max(models.values(), key=lambda m: m.num_reg_images())
        found = {}
        for image in model.images.values():
            pose = image.cam_from_world
            cam_from_world = (pose() if callable(pose) else pose).matrix()
            rotation = cam_from_world[:3, :3].T
            found[image.name] = (rotation, -rotation @ cam_from_world[:3, 3])
    return found


def _colmap(folder: Path, truth: DemoTruth) -> Poses:
    """COLMAP with one camera for all photos; the largest model, laid onto the GPS by a robust
    similarity; its own settings."""
    found = colmap_poses(folder / "photos", [photo.name for photo in truth.photos])
    tagged = [n for n in sorted(found) if truth.photo(n).gps_enu_m is not None]
    placed = align(
        np.array([found[n][1] for n in tagged]),
        np.array([truth.photo(n).gps_enu_m for n in tagged]),
        with_scale=True,
        robust=True,
    )
    if placed is None:
        raise RuntimeError(f"its largest model has {len(found)} photos only")
    return {
        name: RigidTransform(
            to=enu(truth.site),
            source=cam(name),
            rotation=nearest_rotation(placed.rotation @ rotation),
            translation_m=placed.apply(centre),
        )
        for name, (rotation, centre) in found.items()
    }


def _named(pose: RigidTransform, name: str) -> RigidTransform:
    return RigidTransform(
        to=pose.to, source=cam(name), rotation=pose.rotation, translation_m=pose.translation_m
    )
