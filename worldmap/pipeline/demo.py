"""The demo: a synthetic street made, ingested, merged, and compared with its exact truth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.demo import STANDARD, PoseAccuracy, StreetPlan, pose_accuracy, write_demo
from worldmap.demo.panorama import write_panoramas
from worldmap.demo.truth import DemoTruth
from worldmap.engine import default_jobs
from worldmap.frames import RigidTransform, cam
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import STEREO, PlacedPose, SolvedPose
from worldmap.stages.merged import MergeSummary

_PHOTOS, _PANORAMAS = 14, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """How the demo went: errors against the truth after one rigid (rotation and position) or no
    (scale) alignment of the whole street; where the photos and the map are. Without measured depth
    (`measured`) positions are those after one similarity, and scale is the street's whole size:
    only GPS tells that."""

    photos: int
    placed: int
    position_aligned_m_median: float
    rotation_aligned_deg_median: float
    scale_error_pct_median: float
    points: int
    tiles: int
    seconds: float
    photo_dir: Path
    map_dir: Path
    measured: bool
    accuracy: PoseAccuracy
    merged: MergeSummary


def run_demo(
    out_dir: Path,
    seed: int,
    listener: Listener | None = None,
    *,
    measured: bool = True,
    panoramas: bool = False,
    report: bool = False,
) -> DemoSummary:
    """Write a street of `seed` to `out_dir`/photos and its map to `out_dir`/map, from scratch.

    measured: with depth beside the photos; else merge finds it in the photos themselves.
    panoramas: a few 360° photos, whose views are counted as photos. report: write the page about
    the merge too. Raises StorageError where the folder cannot be written, InputError for a negative
    seed.
    """
    listener = listener or Silence()
    started_s = time.monotonic()
    settings = Settings()
    write, photos = (write_panoramas, _PANORAMAS) if panoramas else (write_demo, _PHOTOS)
    with listener.stage("render", photos) as stage:
        truth = write(
            out_dir,
            layout=StreetPlan(),
            noise=STANDARD,
            seed=seed,
            photos=photos,
            on_progress=lambda done, total: stage.advance(),
        )
    if not measured:
        for path in truth.photo_dir.glob("*.depth.png"):
            path.unlink()
    map_dir = out_dir / "map"
    ingested = ingest(
        map_dir,
        [truth.photo_dir],
        settings,
        depth="measured" if measured else STEREO,
        jobs=default_jobs(),
        listener=listener,
    )
    merged = merge(map_dir, Everywhere(), settings, listener, report=report)
    with MapFolder.open(map_dir) as folder:
        state = folder.state()
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    accuracy = score(list(state.poses.values()), names, truth)
    return DemoSummary(
        photos=ingested.in_map,
        placed=merged.placed,
        position_aligned_m_median=accuracy.position_rigid_m_median
        if measured
        else accuracy.position_similarity_m_median,
        rotation_aligned_deg_median=accuracy.rotation_deg_median,
        scale_error_pct_median=accuracy.scale_pct_median if measured else accuracy.size_pct,
        points=merged.points,
        tiles=len(merged.tiles),
        seconds=time.monotonic() - started_s,
        photo_dir=truth.photo_dir,
        map_dir=map_dir,
        measured=measured,
        accuracy=accuracy,
        merged=merged,
    )


def score(poses: list[SolvedPose], names: dict[int, str], truth: DemoTruth) -> PoseAccuracy:
    """Compare solved poses with the truth, about its site."""
    solved = {}
    for pose in poses:
        if not isinstance(pose, PlacedPose):
            continue
        moved = pose.about(truth.site).enu_from_cam
        name = names[pose.photo_id]
        solved[name] = (
            RigidTransform(
                to=moved.to,
                source=cam(name),
                rotation=moved.rotation,
                translation_m=moved.translation_m,
            ),
            pose.depth_scale,
        )
    return pose_accuracy(solved, truth)
