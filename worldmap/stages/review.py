"""What the photos of an area say about each other's tags, and which of them are copies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from worldmap.config import ChooseSettings
from worldmap.geodesy import Site
from worldmap.licence import parse_filter
from worldmap.photo import Flag, parse_period, review
from worldmap.prior import pose_prior
from worldmap.records import ControlRole, IngestedPhoto, PhotoMetadata, PhotoReview, UnplacedPose
from worldmap.registration.copies import is_copy
from worldmap.registration.features import load_features
from worldmap.rights import rig_of
from worldmap.stages.control import stored
from worldmap.stages.heights import (
    GroundPoint,
    heights_by_neighbours,
    heights_that_disagree,
)
from worldmap.stages.work import Work

_NO_PINHOLE = (
    "a panorama or a fisheye's picture, which cannot be read as a pinhole's "
    "(a fisheye's lens is told by ingest --camera FILE)"
)
_ANOTHER_TIME = "not taken in the time that is shown (choose.since, choose.until)"
_ANOTHER_LICENCE = "not under a licence that is shown (choose.licences)"
_OVER_GROUND_SIGMA_M = 10.0
_NAN3 = (float("nan"),) * 3


def review_area(work: Work, photos: Sequence[IngestedPhoto]) -> dict[int, PhotoReview]:
    """By photo id what is said about the photos that anything is said about.

    Every merge starts from the photos as they were ingested, so that no sigma is widened twice.
    Raises StorageError where features that have to be looked at cannot be read.
    """

    settings, layout = work.settings, work.folder.layout

    def look_closer(i: int, j: int) -> bool:
        a, b = photos[i], photos[j]
        features_a, features_b = (load_features(layout.features(p)) for p in (a, b))
        return is_copy(features_a, a.camera, features_b, b.camera)

    # Views of one panorama have one place, one time and one compass: that is no suspicion.
    first: dict[str, int] = {}
    leads = [
        index if (cut := rig_of(p.metadata)) is None else first.setdefault(cut[0], index)
        for index, p in enumerate(photos)
    ]
    own = [index for index, leader in enumerate(leads) if index == leader]
    row = {index: number for number, index in enumerate(own)}
    found = review(
        [photos[i].metadata for i in own],
        settings.photo,
        is_copy=lambda i, j: look_closer(own[i], own[j]),
    )
    reviewed = [
        found.photos[row[leader]]
        if index == leader
        else _as_its_leader(p.metadata, photos[leader].metadata, found.photos[row[leader]])
        for index, (p, leader) in enumerate(zip(photos, leads, strict=True))
    ]
    copies = [found.duplicate_of[row[leader]] for leader in leads]
    priors = []
    for photo, metadata in zip(photos, reviewed, strict=True):
        known, prior = photo.metadata, photo.prior
        if (metadata.position, metadata.heading) != (known.position, known.heading):
            prior = pose_prior(metadata, settings.prior, scale_sigma_rel=prior.scale_sigma_rel)
        priors.append(prior)
    has_height = [m.position is not None and m.position.height_m is not None for m in reviewed]
    ground = _surveyed(work)
    odd = heights_that_disagree(priors, has_height, ground)
    agreeing = [has and i not in odd for i, has in enumerate(has_height)]
    borrowed = {**heights_by_neighbours(priors, agreeing, ground), **odd}
    said: dict[int, PhotoReview] = {}
    for index, (photo, metadata, kept) in enumerate(zip(photos, reviewed, copies, strict=True)):
        known, prior, ledger = photo.metadata, priors[index], metadata.ledger
        if index in borrowed:
            prior, ledger = borrowed[index].prior, (*ledger, borrowed[index].entry)
        elif metadata == known:
            continue
        if index in odd:
            metadata = replace(metadata, flags=(*metadata.flags, Flag.HEIGHT_DISAGREES))
        said[photo.photo_id] = PhotoReview(
            photo_id=photo.photo_id,
            flags=tuple(flag for flag in metadata.flags if flag not in known.flags),
            ledger=ledger[len(known.ledger) :],
            duplicate_of=None if kept is None else photos[own[kept]].photo_id,
            prior=prior,
        )
    return said


def _surveyed(work: Work) -> list[GroundPoint]:
    """What surveyed points, those of a reference of `align` too, tell of the ground's height."""
    return [
        GroundPoint(
            lat_deg=point.lat_deg,
            lon_deg=point.lon_deg,
            height_m=point.height_m,
            # On the street, a wall or a roof: photos are taken within some metres of them.
            vertical_sigma_m=math.hypot(point.vertical_sigma_m, _OVER_GROUND_SIGMA_M),
        )
        for point in stored(work.folder.catalog)
        if point.role == ControlRole.CONTROL and not point.problem and math.isfinite(point.height_m)
    ]


def _as_its_leader(
    metadata: PhotoMetadata, leader: PhotoMetadata, reviewed: PhotoMetadata
) -> PhotoMetadata:
    """A view with what was said of the place of another view of its panorama."""
    if reviewed.position == leader.position:
        return metadata
    said = tuple(entry for entry in reviewed.ledger if entry not in leader.ledger)
    flags = tuple(dict.fromkeys((*metadata.flags, *reviewed.flags)))
    return replace(
        metadata, position=reviewed.position, flags=flags, ledger=(*metadata.ledger, *said)
    )


def left_out(photos: Iterable[IngestedPhoto], choose: ChooseSettings) -> dict[int, str]:
    """By photo id why a photo takes no part: panoramas and pictures of a fisheye, whose points
    would be anywhere if they were read as a pinhole's, and what is not chosen. UsageError where
    the choice means nothing."""
    period = parse_period(choose.since or None, choose.until or None)
    licences = parse_filter(choose.licences or None)
    found = {}
    for photo in photos:
        metadata = photo.metadata
        if Flag.NOT_PINHOLE in metadata.flags:
            found[photo.photo_id] = _NO_PINHOLE
        elif not period.contains(metadata.captured_at):
            found[photo.photo_id] = _ANOTHER_TIME
        elif not licences.allows(metadata.licence):
            found[photo.photo_id] = _ANOTHER_LICENCE
    return found


def shown(photos: Sequence[IngestedPhoto], choose: ChooseSettings) -> list[IngestedPhoto]:
    """The photos that are chosen, panoramas with them. UsageError as in `left_out`."""
    apart = left_out(photos, choose)
    return [p for p in photos if apart.get(p.photo_id) in (None, _NO_PINHOLE)]


def pose_left_out(photo: IngestedPhoto, reason: str, elsewhere: Site) -> UnplacedPose:
    """Such a photo gives no points, and nothing is matched with it."""
    prior, site = photo.prior, elsewhere
    if prior.lat_deg is not None and prior.lon_deg is not None and prior.height_m is not None:
        site = Site(prior.lat_deg, prior.lon_deg, prior.height_m)
    return UnplacedPose(
        photo_id=photo.photo_id,
        reason=reason,
        site=site,
        component=-1,
        pairs=0,
        tags_hash="",
    )


def copies_of(reviews: Mapping[int, PhotoReview]) -> dict[int, int]:
    """The photos that are copies, with the photo that each is a copy of."""
    return {i: said.duplicate_of for i, said in reviews.items() if said.duplicate_of is not None}


def pose_of_copy(photo: IngestedPhoto, kept: IngestedPhoto, site: Site) -> UnplacedPose:
    """A copy has no place of its own: its picture is in the map already, or is unplaced."""
    return UnplacedPose(
        photo_id=photo.photo_id,
        reason=f"duplicate of {kept.metadata.path.name}",
        site=site,
        component=-1,
        pairs=0,
        tags_hash="",
    )
