"""What a merge did, as its command, the API and scripts are told."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from worldmap.records import (
    ControlPoint,
    GroupWhole,
    IngestedPhoto,
    PhotoReview,
    PhotoStatus,
    PlacedBy,
    PlacedPose,
    SolvedPose,
    wholes,
)
from worldmap.stages.local import LocalMap
from worldmap.stages.scales import doubted_scales
from worldmap.stages.solution import SolvedPart
from worldmap.stages.tiles import TileUpdate
from worldmap.stages.work import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPlacement:
    """What merge made of one photo; one without depth stays `ingested`. NaN where unplaced or
    untagged. heading_tag_sigma_deg: of the tag that heading_residual_deg is against; by_tags: not
    held by what others see; flags: what looks suspicious about its tags, alone or beside the
    others."""

    path: Path
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    pairs: int
    depth_scale: float
    position_sigma_m: tuple[float, float, float]
    gps_residual_m: float
    gps_plan_off_m: float
    gps_height_off_m: float
    heading_residual_deg: float
    heading_tag_sigma_deg: float
    by_tags: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """What merge did: photos by path, pairs tried and believed, the area's tiles and how many of
    them were written or dropped (the others were right already), the page about it where one was
    asked for, and the time each stage took. placed: by_matches and by_tags; doubtful ones are not
    in the tiles. groups: how many photos hang together in each, largest first; wholes: how sure
    the place, turn and size of those are that pictures hold; remarks: what is wrong with tags that
    photos share; control: surveyed points of the area, and how it agrees
    with them. overlap_contradicted: believed pairs, by file name, of
    which one photo's surface stands in front of the other's where the solution puts them. local:
    maps of groups without any position, which are not on the globe yet."""

    photos: tuple[PhotoPlacement, ...]
    placed: int
    by_matches: int
    by_tags: int
    doubtful: int
    unplaced: int
    groups: tuple[int, ...]
    wholes: tuple[GroupWhole, ...]
    remarks: tuple[str, ...]
    control: tuple[ControlPoint, ...]
    pairs_tried: int
    pairs_accepted: int
    icp_kept: int
    overlap_contradicted: tuple[tuple[str, str], ...]
    points: int
    tiles: tuple[Path, ...]
    tiles_written: int
    tiles_dropped: int
    local: tuple[LocalMap, ...]
    report: Path | None
    stage_seconds: dict[str, float]
    seconds: float

    @property
    def outcome(self) -> str:
        """In a few words."""
        doubtful = f", {self.doubtful} doubtful" if self.doubtful else ""
        return f"{self.placed} placed{doubtful}, {self.unplaced} unplaced"


def summed_up(
    solved: SolvedPart,
    update: TileUpdate,
    local: tuple[LocalMap, ...],
    report: Path | None,
    clock: Clock,
) -> MergeSummary:
    """What a merge did with the photos of its area, and what that took so far."""
    solution, asked = solved.solution, {photo.photo_id for photo in solved.asked}
    poses = {pose.photo_id: pose for pose in solution.poses if pose.photo_id in asked}
    placements = tuple(
        _placement(photo, poses.get(photo.photo_id), solved.reviews.get(photo.photo_id))
        for photo in sorted(solved.asked, key=lambda photo: photo.metadata.path)
    )
    status = Counter(placement.status for placement in placements)
    by = Counter(pose.by for pose in poses.values() if isinstance(pose, PlacedPose))
    groups = Counter(pose.component for pose in poses.values() if pose.component >= 0)
    believed = [pair for pair in solution.pairs if pair.accepted]
    return MergeSummary(
        photos=placements,
        placed=status[PhotoStatus.PLACED],
        by_matches=by[PlacedBy.MATCHES],
        by_tags=by[PlacedBy.TAGS],
        doubtful=by[PlacedBy.DOUBT],
        unplaced=status[PhotoStatus.UNPLACED],
        groups=tuple(sorted(groups.values(), reverse=True)),
        wholes=wholes(poses.values()),
        remarks=(
            *solved.remarks,
            *doubted_scales(solved.photos, solution.poses),
            *solution.remarks,
        ),
        control=tuple(solution.control),
        pairs_tried=len(solution.pairs),
        pairs_accepted=len(believed),
        icp_kept=sum(pair.method == "matches+icp" for pair in believed),
        overlap_contradicted=solution.contradicted,
        points=sum(tile.points for tile in update.tiles),
        tiles=tuple(tile.path for tile in update.tiles),
        tiles_written=len(update.written),
        tiles_dropped=len(update.dropped),
        local=local,
        report=report,
        stage_seconds=dict(clock.laps),
        seconds=clock.total_s,
    )


def _placement(
    photo: IngestedPhoto, pose: SolvedPose | None, said: PhotoReview | None
) -> PhotoPlacement:
    placed = pose if isinstance(pose, PlacedPose) else None
    prior = said.prior if said else photo.prior
    tagged = placed is not None and prior.heading_deg is not None
    return PhotoPlacement(
        path=photo.metadata.path,
        status=pose.status if pose else PhotoStatus.INGESTED,
        reason=pose.reason if pose else photo.waits_for,
        flags=(*photo.metadata.flags, *(said.flags if said else ())),
        pairs=pose.pairs if pose else 0,
        depth_scale=placed.depth_scale if placed else math.nan,
        position_sigma_m=placed.position_sigma_m if placed else (math.nan,) * 3,
        gps_residual_m=math.hypot(*placed.gps_residual_m) if placed else math.nan,
        gps_plan_off_m=math.hypot(*placed.gps_residual_m[:2]) if placed else math.nan,
        gps_height_off_m=abs(placed.gps_residual_m[2]) if placed else math.nan,
        heading_residual_deg=placed.heading_residual_deg if placed else math.nan,
        heading_tag_sigma_deg=prior.heading_sigma_deg if tagged else math.nan,
        by_tags=placed is not None and placed.by is PlacedBy.TAGS,
    )
