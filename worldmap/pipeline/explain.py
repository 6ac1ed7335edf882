"""Why a photo is where it is, or why it is nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from worldmap.camera import Lens
from worldmap.errors import StorageError
from worldmap.frames import heading_pitch_roll_deg
from worldmap.mapfolder import MapFolder
from worldmap.records import (
    DepthMapInfo,
    Failure,
    IngestedPhoto,
    LedgerEntry,
    PairRegistration,
    PairStatus,
    PhotoStatus,
    PosePrior,
    SolvedPose,
    Tilt,
)
from worldmap.registration.features import load_features


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the last merge put a photo. position_sigma_m and gps_residual_m (solved minus tagged)
    are along east, north, up; rotation_sigma_deg about camera x, y, z: pitch, heading and roll of a
    camera held about level. NaN where there is no tag to compare with."""

    lat_deg: float
    lon_deg: float
    height_m: float
    position_sigma_m: tuple[float, float, float]
    heading_deg: float
    pitch_deg: float
    roll_deg: float
    rotation_sigma_deg: tuple[float, float, float]
    depth_scale: float
    scale_sigma_rel: float
    lens: Lens
    gps_residual_m: tuple[float, float, float]
    heading_residual_deg: float
    component: int
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairVerdict:
    """What came of a photo beside another one. apart_m: between the two cameras, in the depth scale
    of one of them; NaN where no geometry was found."""

    other: Path
    status: PairStatus
    reason: str
    method: str
    matches: int
    inliers: int
    rmse_px: float
    overlap: float
    in_front: float
    apart_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that decided where a photo is.

    ledger: all values that tags gave, then what is suspicious about them. first_guess is by the
    photo's own tags, solved_with the one that the last merge took after looking at other photos'
    tags; level is what pixels and depth say about up, taken where its sigma is the smaller one.
    place is None where the photo is unplaced, or not merged yet.
    """

    photo_id: int
    path: Path
    content_hash: str
    width_px: int
    height_px: int
    captured_at: datetime | None
    make: str | None
    model: str | None
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    duplicate_of: Path | None
    copies: tuple[Path, ...]
    ledger: tuple[LedgerEntry, ...]
    depth: DepthMapInfo
    first_guess: PosePrior
    solved_with: PosePrior
    level: Tilt | None
    place: Place | None
    pairs: tuple[PairVerdict, ...]


def explain(map_dir: Path, photo: str) -> Explanation | Failure:
    """What the map knows about a photo, named by its path, the end of its path, or another file
    with the same content; its failure where it could not be ingested.

    Raises UsageError where several photos have that name, InputError where none has, CatalogError
    or StorageError where the map cannot be read.
    """
    with MapFolder.open(map_dir) as folder:
        found = folder.photo(photo)
        return found if isinstance(found, Failure) else _explained(folder, found)


def _explained(folder: MapFolder, photo: IngestedPhoto) -> Explanation:
    catalog = folder.catalog
    metadata, reviews = photo.metadata, catalog.reviews()
    said = reviews.get(photo.photo_id)
    copies = [i for i, review in reviews.items() if review.duplicate_of == photo.photo_id]
    pose = next(iter(catalog.poses([photo.photo_id])), None)
    pairs = catalog.pairs_of(photo.photo_id)
    beside = {i for pair in pairs for i in (pair.photo_a, pair.photo_b)} | set(copies)
    if said is not None and said.duplicate_of is not None:
        beside.add(said.duplicate_of)
    paths = catalog.paths(beside)
    depth = catalog.depth_map(photo.photo_id)
    assert depth is not None
    level = None
    with suppress(StorageError):  # all else can still be told
        level = load_features(folder.layout.features(photo)).tilt
    return Explanation(
        photo_id=photo.photo_id,
        path=metadata.path,
        content_hash=metadata.content_hash,
        width_px=metadata.width_px,
        height_px=metadata.height_px,
        captured_at=metadata.captured_at,
        make=metadata.make,
        model=metadata.model,
        status=pose.status if pose else PhotoStatus.INGESTED,
        reason=pose.reason if pose else "not merged yet",
        flags=(*metadata.flags, *(said.flags if said else ())),
        duplicate_of=paths.get(said.duplicate_of)
        if said and said.duplicate_of is not None
        else None,
        copies=tuple(paths[i] for i in copies),
        ledger=(*metadata.ledger, *(said.ledger if said else ())),
        depth=depth,
        first_guess=photo.prior,
        solved_with=said.prior if said else photo.prior,
        level=level,
        place=None if pose is None or pose.enu_from_cam is None else _place(pose.about_itself()),
        pairs=_verdicts(photo.photo_id, pairs, paths),
    )


def _place(pose: SolvedPose) -> Place:
    """Of a pose about itself."""
    assert pose.enu_from_cam is not None
    heading_deg, pitch_deg, roll_deg = heading_pitch_roll_deg(pose.enu_from_cam.rotation)
    return Place(
        lat_deg=pose.site.lat_deg,
        lon_deg=pose.site.lon_deg,
        height_m=pose.site.height_m,
        position_sigma_m=pose.position_sigma_m,
        heading_deg=heading_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        rotation_sigma_deg=pose.rotation_sigma_deg,
        depth_scale=pose.depth_scale,
        scale_sigma_rel=pose.scale_sigma_rel,
        lens=pose.lens,
        gps_residual_m=pose.gps_residual_m,
        heading_residual_deg=pose.heading_residual_deg,
        component=pose.component,
        pairs=pose.pairs,
    )


def _verdicts(
    photo_id: int, pairs: Sequence[PairRegistration], paths: dict[int, Path]
) -> tuple[PairVerdict, ...]:
    """Accepted pairs first, those with most evidence before others."""
    order = list(PairStatus)
    ranked = sorted(pairs, key=lambda p: (order.index(p.status), -p.inliers, -p.matches))
    return tuple(
        PairVerdict(
            other=paths[pair.photo_b if pair.photo_a == photo_id else pair.photo_a],
            status=pair.status,
            reason=pair.reason,
            method=pair.method,
            matches=pair.matches,
            inliers=pair.inliers,
            rmse_px=pair.rmse_px,
            overlap=pair.overlap,
            in_front=pair.in_front,
            apart_m=float(np.linalg.norm(pair.a_from_b.translation_m)) if pair.a_from_b else np.nan,
        )
        for pair in ranked
    )
