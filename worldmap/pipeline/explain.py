"""Why a photo is where it is, or why it is nowhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worldmap.catalog import Catalog
from worldmap.errors import StorageError
from worldmap.mapfolder import MapFolder
from worldmap.place import Place
from worldmap.records import (
    CameraFindings,
    DepthMapInfo,
    Failure,
    IngestedPhoto,
    LedgerEntry,
    PairRegistration,
    PairStatus,
    PhotoStatus,
    PlacedPose,
    PosePrior,
    Tilt,
)
from worldmap.registration.features import load_features


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
    camera is what the photo and others told of it, None where nothing yet.
    place is None where the photo is unplaced, or not merged yet. gps_residual_m (east, north, up)
    and heading_residual_deg are solved minus tagged, NaN where there is nothing to compare; group:
    which photos it hangs together with, believed: how many pairs hold it.
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
    depth: DepthMapInfo | None
    first_guess: PosePrior
    solved_with: PosePrior
    level: Tilt | None
    camera: CameraFindings | None
    place: Place | None
    gps_residual_m: tuple[float, float, float]
    heading_residual_deg: float
    group: int
    believed: int
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
    metadata = photo.metadata
    said = catalog.reviews([photo.photo_id]).get(photo.photo_id)
    copies = catalog.copies_of(photo.photo_id)
    pose = next(iter(catalog.poses([photo.photo_id])), None)
    pairs = catalog.pairs_of(photo.photo_id)
    beside = {i for pair in pairs for i in (pair.photo_a, pair.photo_b)} | set(copies)
    if said is not None and said.duplicate_of is not None:
        beside.add(said.duplicate_of)
    paths = catalog.paths(beside)
    depth = catalog.depth_map(photo.photo_id)
    level = None
    with suppress(StorageError):  # all else can still be told
        read = load_features(folder.layout.features(photo)).tilt
        level = read.told if read else None
    placed = pose if isinstance(pose, PlacedPose) else None
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
        reason=pose.reason if pose else photo.waits_for,
        flags=(
            *metadata.flags,
            *(said.flags if said else ()),
            *(depth.flags if depth else ()),
        ),
        duplicate_of=paths.get(said.duplicate_of)
        if said and said.duplicate_of is not None
        else None,
        copies=tuple(paths[i] for i in copies),
        ledger=(*metadata.ledger, *(said.ledger if said else ())),
        depth=depth,
        first_guess=photo.prior,
        solved_with=said.prior if said else photo.prior,
        level=level,
        camera=_camera(catalog, photo.photo_id),
        place=Place.of(placed, photo.camera) if placed else None,
        gps_residual_m=placed.about_itself().gps_residual_m if placed else (math.nan,) * 3,
        heading_residual_deg=placed.heading_residual_deg if placed else math.nan,
        group=pose.component if pose else 0,
        believed=pose.pairs if pose else 0,
        pairs=_verdicts(photo.photo_id, pairs, paths),
    )


def _camera(catalog: Catalog, photo_id: int) -> CameraFindings | None:
    told = [found for found in catalog.calibrations() if photo_id in found.photo_ids]
    return CameraFindings.of(told[-1]) if told else None


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
            apart_m=pair.apart_m,
        )
        for pair in ranked
    )
