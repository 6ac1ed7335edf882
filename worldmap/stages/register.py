"""Candidate pairs to verdicts, over worker processes; verdicts of earlier runs are used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from worldmap.config import RegistrationSettings
from worldmap.engine import Outcome, run_each
from worldmap.geodesy import Site, ecef_from_geodetic
from worldmap.mapfolder import Layout
from worldmap.records import Features, IngestedPhoto, PairRegistration, PhotoReview, PosePrior
from worldmap.registration.candidates import candidate_pairs
from worldmap.registration.features import load_features
from worldmap.registration.icp import refine_by_icp
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.pair import register_pair
from worldmap.registration.view import PhotoView
from worldmap.stages.review import copies_of
from worldmap.stages.work import Work

# EXIF orientations from this one on swap width and height.
_FIRST_SWAPPED = 5
# Part of every pair's key: raise it when the same settings give other verdicts than before.
_VERSION = 2
_BATCH = 50
# Two photos are judged without their positions.
_ANYWHERE = Site(0.0, 0.0, 0.0)
# Fewer pairs are judged in the time that processes take to start.
_WORTH_PROCESSES = 12


def photo_view(photo: IngestedPhoto, features: Features, site: Site) -> PhotoView:
    """What registration knows of a photo, about the site; its tilt from its own pixels if told."""
    prior = photo.prior
    if features.tilt is not None and features.tilt.sigma_deg < prior.tilt_sigma_deg:
        prior = replace(
            prior,
            pitch_deg=features.tilt.pitch_deg,
            roll_deg=features.tilt.roll_deg,
            tilt_sigma_deg=features.tilt.sigma_deg,
        )
    metadata = photo.metadata
    device = f"{metadata.make or ''} {metadata.model or ''}".strip()
    day = metadata.captured_at.date().isoformat() if metadata.captured_at else ""
    focal = metadata.focal
    return PhotoView(
        photo_id=photo.photo_id,
        name=metadata.path.name,
        camera=photo.camera,
        features=features,
        site=site,
        position_ecef=_position_ecef(prior),
        horizontal_sigma_m=prior.horizontal_sigma_m,
        vertical_sigma_m=prior.vertical_sigma_m,
        heading_deg=prior.heading_deg,
        heading_sigma_deg=prior.heading_sigma_deg,
        pitch_deg=prior.pitch_deg,
        roll_deg=prior.roll_deg,
        tilt_sigma_deg=prior.tilt_sigma_deg,
        scale_sigma_rel=prior.scale_sigma_rel,
        focal_sigma_rel=focal.sigma_rel if focal else 0.2,
        camera_key=_camera_key(photo, device),
        orientation=metadata.orientation,
        shared_key=f"{device}|{day}" if device and day else "",
    )


def _camera_key(photo: IngestedPhoto, device: str) -> str:
    """The same for all photos of one sensor through one lens at one zoom, whatever became of their
    size; a crop about the middle leaves it too. Without a device named a photo shares it with none.
    """
    if not device:
        return f"photo {photo.photo_id}"
    camera = photo.camera
    longer, shorter = sorted((camera.width_px, camera.height_px), reverse=True)
    # Squarer than 4:3 is cut at the long ends, wider at top and bottom.
    field = camera.fx_px / max(longer, 4 / 3 * shorter)
    upright = camera.height_px > camera.width_px
    swapped = photo.metadata.orientation >= _FIRST_SWAPPED
    # Turned by a program that says nothing of it: which way its sensor lay, nobody knows.
    turned = "|turned" if upright != swapped and longer > shorter else ""
    return f"{device}|{field:.3f}{turned}"


def _position_ecef(prior: PosePrior) -> np.ndarray | None:
    if prior.lat_deg is None or prior.lon_deg is None or prior.height_m is None:
        return None
    return ecef_from_geodetic(prior.lat_deg, prior.lon_deg, prior.height_m)


def read_views(
    work: Work,
    sites: Mapping[int, Site],
    photos: Sequence[IngestedPhoto],
    reviews: Mapping[int, PhotoReview],
) -> dict[int, PhotoView]:
    """What registration knows of each photo but copies, about its site and with the first guess
    that was reviewed. StorageError where features cannot be read."""
    copies = copies_of(reviews)
    unique = [photo for photo in photos if photo.photo_id not in copies]
    views = {}
    with work.listener.stage("read", len(unique)) as stage:
        for photo in unique:
            said = reviews.get(photo.photo_id)
            views[photo.photo_id] = photo_view(
                replace(photo, prior=said.prior) if said else photo,
                load_features(work.folder.layout.features(photo)),
                sites[photo.photo_id],
            )
            stage.advance()
    return views


def register_all(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    *,
    also: Collection[tuple[int, int]] = (),
) -> list[PairRegistration]:
    """Each candidate pair of the photos in `views`, judged by its two photos, sorted by photo ids;
    new ones are stored as they come, and known ones have the area's verdict that they were stored
    with.

    also: pairs of these photos that are judged too. A photo has so many candidates and no more, so
    that new photos would push out pairs that the map rests on.
    """
    folder, settings = work.folder, work.settings.registration
    ids = [photo.photo_id for photo in photos if photo.photo_id in views]
    chosen = candidate_pairs([views[i] for i in ids], settings.pairs)
    candidates = sorted({*((ids[i], ids[j]) for i, j in chosen), *also})
    key = pairs_key(settings)
    known = folder.catalog.find_pairs(key, set(ids))
    by_id = {photo.photo_id: photo for photo in photos}
    missing = [pair for pair in candidates if pair not in known]
    found = {pair: known[pair] for pair in candidates if pair in known}
    pending: list[PairRegistration] = []

    def store() -> None:
        if pending:
            folder.catalog.record_pairs(pending, key)
            pending.clear()

    if missing:
        with work.listener.stage("register", len(missing), unit="pairs") as stage:

            def keep(
                outcome: Outcome[tuple[IngestedPhoto, IngestedPhoto], PairRegistration],
            ) -> None:
                stage.advance()
                if outcome.value is None:
                    raise outcome.error or RuntimeError("a pair gave neither result nor error")
                found[outcome.value.photo_a, outcome.value.photo_b] = outcome.value
                pending.append(outcome.value)
                if len(pending) >= _BATCH:
                    store()

            try:
                run_each(
                    _PairWorker(layout=folder.layout, settings=settings),
                    [(by_id[a], by_id[b]) for a, b in missing],
                    jobs=work.jobs if len(missing) >= _WORTH_PROCESSES else 1,
                    on_result=keep,
                )
            finally:
                store()
    return [found[pair] for pair in sorted(found)]


def pairs_key(settings: RegistrationSettings) -> str:
    """Key of everything that a pair's own verdict depends on, but the two photos."""
    parts = (_VERSION, settings.features.stage_hash(), settings.pairs.stage_hash())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PairWorker:
    layout: Layout
    settings: RegistrationSettings

    def __call__(self, pair: tuple[IngestedPhoto, IngestedPhoto]) -> PairRegistration:
        a, b = (
            photo_view(photo, _features_once(self.layout.features(photo)), _ANYWHERE)
            for photo in pair
        )
        settings = self.settings.pairs
        registered = register_pair(a, b, RatioMatcher(ratio=settings.ratio), settings)
        return refine_by_icp(a, b, registered, settings) if settings.icp else registered


@lru_cache(maxsize=64)
def _features_once(path: Path) -> Features:
    return load_features(path)
