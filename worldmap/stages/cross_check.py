"""Where photos are asked about each other's points: which are asked, what they say, and the hash of
all that decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.fuse import (
    FARTHEST_M,
    CameraStation,
    agreed_clouds,
    depth_samples,
    neighbours_by_samples,
    reach_m,
)
from worldmap.geodesy import Site
from worldmap.mapfolder import Layout
from worldmap.records import (
    CleanedDepth,
    ColourRatio,
    IngestedPhoto,
    PhotoCloud,
    PlacedBy,
    PlacedPose,
    RefinedArtifact,
    View,
)
from worldmap.refine import load_refined
from worldmap.stages.places import Nearby, places_deg
from worldmap.stages.standing import hashed, standing_refined
from worldmap.tiling import TILE_SIZE_M

# Part of every hash: raise it when the same photos, poses and settings give other points.
_VERSION: Final = 5
# What decides how points of several photos become one, but not which points each photo has.
_OF_TILES_ALONE: Final = {
    "voxel_m", "voxel_per_sigma", "max_voxel_m", "even_exposure", "ground",
}  # fmt: skip
_SLACK_M: Final = 1e-3


class CrossCheck:
    """Where photos are asked about each other's points."""

    def __init__(
        self,
        layout: Layout,
        photos: Mapping[int, IngestedPhoto],
        poses: Mapping[int, PlacedPose],
        known: Mapping[int, PhotoCloud],
        refined: Mapping[int, RefinedArtifact],
        far_m: Mapping[int, float],
        settings: Settings,
        jobs: int,
    ) -> None:
        self._layout, self._photos, self._poses = layout, photos, poses
        self._settings, self._jobs = settings, jobs
        self._refined = standing_refined(refined, photos, poses)
        self._about = {
            site: {
                i: _Standing.of(
                    photos[i], pose.about(site), self._refined.get(i), far_m.get(i, np.nan)
                )
                for i, pose in _around(site, poses).items()
            }
            for site in {pose.site for pose in poses.values()}
        }
        self._samples = {
            i: cloud.samples
            for i, cloud in known.items()
            if i in poses and cloud.depth_hash == photos[i].depth_hash
        }
        self._beside: dict[int, Sequence[int]] = {}
        self._near = {site: _Near(standing) for site, standing in self._about.items()}
        self._common = (
            margin_m(settings),
            settings.fuse.model_dump(mode="json", exclude=_OF_TILES_ALONE),
        )

    def clouds(
        self, photo_ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[PointCloud, tuple[ColourRatio, ...]]]]:
        """By photo, site by site: its points in ENU after the others were asked, and its colours
        beside theirs."""
        for site, ids in self.by_site(photo_ids).items():
            found = agreed_clouds(
                [self._about[site][i].station for i in ids],
                partial(self._view, site),
                self._settings.fuse,
                jobs=self._jobs,
                beside=self.beside,
            )
            for photo_id, agreed in zip(ids, found, strict=True):
                yield photo_id, (agreed.cloud, agreed.colour_ratios)

    def by_site(self, photo_ids: Sequence[int]) -> dict[Site, list[int]]:
        """Photos by the site that they are placed about, which are worked out together."""
        found: dict[Site, list[int]] = defaultdict(list)
        for photo_id in photo_ids:
            found[self._poses[photo_id].site].append(photo_id)
        return found

    def inputs_hash(self, photo_id: int) -> str:
        """Of everything that decides a photo's points; KeyError before its samples are known."""
        site = self._poses[photo_id].site
        standing = self._about[site]
        asked = [standing[i].state for i in self.beside(photo_id)]
        return tiles_hash("cloud", asdict(site), *self._common, standing[photo_id].state, asked)

    def samples(self, photo_id: int) -> NDArray[np.float32]:
        """See `PhotoCloud`; KeyError before its depth was read."""
        return self._samples[photo_id]

    def knows_samples(self, photo_id: int) -> bool:
        """Whether the photo's depth was read, now or before."""
        return photo_id in self._samples

    def put_samples(self, photo_id: int, samples: NDArray[np.float32]) -> None:
        """What somebody else read of a photo's depth."""
        self._samples[photo_id] = samples

    def refined(self, photo_id: int) -> RefinedArtifact | None:
        """A photo's refined depth, where that is of its pose."""
        return self._refined.get(photo_id)

    def put_beside(self, beside: Mapping[int, Sequence[int]]) -> None:
        """Whom to ask about photos' points, where somebody else found out."""
        self._beside.update(beside)

    def beside(self, photo_id: int) -> Sequence[int]:
        """Whom to ask about a photo's points; KeyError before its samples are known."""
        if photo_id not in self._beside:
            samples = self._samples[photo_id].astype(np.float64)
            site = self._poses[photo_id].site
            self._beside[photo_id] = neighbours_by_samples(
                self._about[site][photo_id].station,
                samples[:, :2],
                samples[:, 2] * self._poses[photo_id].depth_scale,
                self._near[site].stations(photo_id),
                self._settings.fuse.neighbours,
            )
        return self._beside[photo_id]

    def _view(self, site: Site, photo_id: int) -> View:
        photo = self._photos[photo_id]
        stored = load_depth(self._layout.depth(photo))
        if photo_id not in self._samples:
            self._samples[photo_id] = coarse_samples(stored, photo.camera)
        found = self._refined.get(photo_id)
        return View.of_placed(
            stored,
            photo.camera,
            self._poses[photo_id].about(site),
            load_refined(self._layout.refined(found)) if found else None,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Standing:
    """Where a photo stands beside those of one site, and the hash of all that their points may
    depend on of it: what it saw, from where."""

    station: CameraStation
    state: str

    @classmethod
    def of(
        cls,
        photo: IngestedPhoto,
        pose: PlacedPose,
        refined: RefinedArtifact | None,
        far_depth_m: float,
    ) -> _Standing:
        """Of a photo with its pose about the site, and how deep most of its pixels are."""
        station = CameraStation(
            photo_id=photo.photo_id,
            camera=pose.solved_camera(photo.camera),
            enu_from_cam=pose.enu_from_cam,
            reach_m=reach_m(far_depth_m * pose.depth_scale),
        )
        alone = pose.by != PlacedBy.MATCHES
        sigmas = [*pose.rotation_sigma_deg, *pose.position_sigma_m] if alone else []
        state = tiles_hash(
            photo.photo_id,
            photo.depth_hash,
            asdict(photo.camera),
            pose.enu_from_cam.rotation.tolist(),
            pose.enu_from_cam.translation_m.tolist(),
            (pose.depth_scale, pose.scale_sigma_rel),
            asdict(pose.lens),
            sigmas,
            refined.content_hash if refined else "",
        )
        return cls(station=station, state=state)


class _Near:
    """Who stands so near whom that one may be asked about the other's points, so that nobody looks
    through a town for each photo."""

    def __init__(self, standing: Mapping[int, _Standing]) -> None:
        self._standing = standing
        self._ids = sorted(standing)
        centres = [standing[i].station.enu_from_cam.translation_m for i in self._ids]
        self._tree = cKDTree(np.array(centres).reshape(-1, 3))

    def stations(self, photo_id: int) -> list[CameraStation]:
        """Those that may be asked about a photo's, by id."""
        centre = self._standing[photo_id].station.enu_from_cam.translation_m
        rows = self._tree.query_ball_point(centre, FARTHEST_M + _SLACK_M)
        return [self._standing[self._ids[row]].station for row in sorted(rows)]


def _around(site: Site, poses: Mapping[int, PlacedPose]) -> dict[int, PlacedPose]:
    """By photo id those about the site, and all that stand so near one of them that they may be
    asked about its points."""
    ids = sorted(poses)
    own = [i for i in ids if poses[i].site == site]
    others = [i for i in ids if poses[i].site != site]
    if others:
        near = Nearby(places_deg(poses[i] for i in own))
        inside = near.within(places_deg(poses[i] for i in others), FARTHEST_M)
        others = [i for i, is_inside in zip(others, inside, strict=True) if is_inside]
    return {i: poses[i] for i in sorted((*own, *others))}


def coarse_samples(stored: CleanedDepth, photo_camera: Camera) -> NDArray[np.float32]:
    """A depth map's coarse grid: u, v in the full-size photo, depth in the photo's own scale."""
    uv_px, depth_m = depth_samples(stored.depth_map.depth_m)
    grid = stored.depth_map.camera
    to_full = np.array(
        (photo_camera.width_px / grid.width_px, photo_camera.height_px / grid.height_px)
    )
    return np.column_stack((uv_px * to_full, depth_m)).astype(np.float32)


def tiles_hash(*parts: Any) -> str:
    """Of what points and tiles are made of."""
    return hashed(_VERSION, *parts)


def margin_m(settings: Settings) -> float:
    """How far around a tile points are looked at, so that tiles fit where they meet."""
    widest = max(settings.fuse.voxel_m, settings.fuse.max_voxel_m)
    return min(max(settings.tiles.margin_m, 2 * widest), TILE_SIZE_M / 2)
