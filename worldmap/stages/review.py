"""What the photos of an area say about each other's tags, and which of them are copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from worldmap.geodesy import Site
from worldmap.photo import Flag, review
from worldmap.prior import pose_prior
from worldmap.records import IngestedPhoto, PhotoReview, UnplacedPose
from worldmap.registration.copies import is_copy
from worldmap.registration.features import load_features
from worldmap.stages.heights import heights_by_neighbours
from worldmap.stages.work import Work

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

    reviewed = review([p.metadata for p in photos], settings.photo, is_copy=look_closer)
    priors = []
    for photo, metadata in zip(photos, reviewed.photos, strict=True):
        known, prior = photo.metadata, photo.prior
        if (metadata.position, metadata.heading) != (known.position, known.heading):
            prior = pose_prior(metadata, settings.prior, scale_sigma_rel=prior.scale_sigma_rel)
        priors.append(prior)
    has_height = [
        m.position is not None and m.position.height_m is not None for m in reviewed.photos
    ]
    borrowed = heights_by_neighbours(priors, has_height)
    said: dict[int, PhotoReview] = {}
    for index, (photo, metadata, kept) in enumerate(
        zip(photos, reviewed.photos, reviewed.duplicate_of, strict=True)
    ):
        known, prior, ledger = photo.metadata, priors[index], metadata.ledger
        if index in borrowed:
            prior, ledger = borrowed[index].prior, (*ledger, borrowed[index].entry)
        elif metadata == known:
            continue
        said[photo.photo_id] = PhotoReview(
            photo_id=photo.photo_id,
            flags=tuple(flag for flag in metadata.flags if flag not in known.flags),
            ledger=ledger[len(known.ledger) :],
            duplicate_of=None if kept is None else photos[kept].photo_id,
            prior=prior,
        )
    return said


def not_pinholes(photos: Iterable[IngestedPhoto]) -> set[int]:
    """The photos that are panoramas or through a fisheye: as pinholes their points would be
    anywhere."""
    return {p.photo_id for p in photos if Flag.NOT_PINHOLE in p.metadata.flags}


def pose_of_no_pinhole(photo: IngestedPhoto, elsewhere: Site) -> UnplacedPose:
    """Such a photo gives no points, and nothing is matched with it."""
    prior, site = photo.prior, elsewhere
    if prior.lat_deg is not None and prior.lon_deg is not None and prior.height_m is not None:
        site = Site(prior.lat_deg, prior.lon_deg, prior.height_m)
    return UnplacedPose(
        photo_id=photo.photo_id,
        reason="a panorama or a fisheye's picture, which cannot be read as a pinhole's",
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
