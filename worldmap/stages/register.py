"""Candidate pairs to verdicts, over worker processes; verdicts of earlier runs are used again."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np

from worldmap.camera import Lens
from worldmap.config import PairSettings, RegistrationSettings
from worldmap.engine import Outcome, run_each
from worldmap.geodesy import Site, ecef_from_geodetic
from worldmap.listener import Listener
from worldmap.mapfolder import Layout
from worldmap.records import (
    NORTH_OF_FRAME,
    Features,
    IngestedPhoto,
    PairRegistration,
    PhotoMetadata,
    PhotoReview,
    PosePrior,
    PositionSource,
)
from worldmap.registration.blas import on_one_blas_thread
from worldmap.registration.calibrated import calibrated, lenses_so_far
from worldmap.registration.candidates import alike_pairs, candidate_pairs
from worldmap.registration.features import load_features
from worldmap.registration.icp import WITHOUT_ICP, icp_problem, refine_by_icp
from worldmap.registration.matching import Matcher, Matches, matcher_for, matchers_hash
from worldmap.registration.pair import register_pair
from worldmap.registration.picture import PictureSource
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.rig import BY_RIG, rig_pair
from worldmap.registration.start import components
from worldmap.registration.stored import FeatureStore
from worldmap.registration.trials import Trials, promise
from worldmap.registration.view import (
    ANYHOW_SIGMA_REL,
    UNTOLD_FOCAL_SIGMA_REL,
    PhotoView,
    RigView,
)
from worldmap.rights import rig_of
from worldmap.stages.alike import KeptVectors
from worldmap.stages.pictures import PictureStore
from worldmap.stages.review import copies_of, left_out
from worldmap.stages.work import Work

# EXIF orientations from this one on swap width and height.
_FIRST_SWAPPED = 5
# Part of every pair's key: raise it when the same settings give other verdicts than before.
_VERSION = 5
# Settings that decide which pairs are judged, and what `matchers_hash` tells in another way.
_NOT_OF_A_VERDICT = {"max_range_m", "max_neighbours", "matcher", "options"}
_BATCH = 50
# Two photos are judged without their positions.
_ANYWHERE = Site(0.0, 0.0, 0.0)
# Fewer pairs are judged in the time that processes take to start.
_WORTH_PROCESSES = 12


def photo_view(
    photo: IngestedPhoto, features: Features, site: Site, picture: PictureSource | None = None
) -> PhotoView:
    """What registration knows of a photo, about the site; its tilt from its own pixels if told."""
    prior = photo.prior.levelled(features.tilt)
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
        scale_sigma_rel=prior.scale_sigma_rel if photo.depth else ANYHOW_SIGMA_REL,
        focal_sigma_rel=focal.sigma_rel if focal else UNTOLD_FOCAL_SIGMA_REL,
        camera_key=_camera_key(photo, device),
        depth_key=features.depth_model,
        orientation=metadata.orientation,
        shared_key=f"{device}|{day}" if device and day else "",
        device=device,
        captured_s=metadata.captured_at.timestamp() if metadata.captured_at else math.nan,
        rig=_rig_view(metadata),
        by_track=metadata.position is not None and metadata.position.source == PositionSource.GPX,
        flight_height_m=metadata.flight_height_m,
        waits_for="" if photo.depth else photo.waits_for,
        is_north=prior.heading_source == NORTH_OF_FRAME,
        picture=picture,
        up_by_lens=features.tilt.up_by_lens if features.tilt and prior is not photo.prior else (),
    )


def _rig_view(metadata: PhotoMetadata) -> RigView | None:
    cut = rig_of(metadata)
    return None if cut is None else RigView(key=cut[0], yaw_deg=cut[1], pitch_deg=cut[2])


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
    """What registration knows of each photo but copies and those left out, about its site and
    with the first guess that was reviewed; its features stay in their files but for those that were
    asked for last. StorageError where features cannot be read."""
    apart = copies_of(reviews).keys() | left_out(photos, work.settings.choose).keys()
    unique = [photo for photo in photos if photo.photo_id not in apart]
    views, store = {}, FeatureStore()
    pictures = PictureStore(work.settings.photo, work.settings.registration.features.work_width_px)
    with work.listener.stage("read", len(unique)) as stage:
        for photo in unique:
            said = reviews.get(photo.photo_id)
            views[photo.photo_id] = photo_view(
                replace(photo, prior=said.prior) if said else photo,
                store.features(work.folder.layout.features(photo)),
                sites[photo.photo_id],
                pictures.picture(photo),
            )
            stage.advance()
    return views


@on_one_blas_thread()
def register_all(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    *,
    previous: PreviousSolution | None = None,
) -> list[PairRegistration]:
    """Candidate pairs of the photos in `views`, the most promising first and until each photo is
    held (`Trials`), judged by its two photos, sorted by photo ids; new ones are stored as they
    come, and known ones have the area's verdict that they were stored with. New ones are judged
    with the lenses that earlier solutions found of their cameras. Photos that fit none of their
    candidates get those that look most like them, too.

    previous: what was found out about these photos before. Within a group of photos that are as
    they were then nothing new is tried; and as a photo has so many candidates and no more, new
    photos do not push out pairs that the map rests on.
    """
    settings = work.settings.registration
    # Without depth nothing that a photo shows can be lifted.
    ids = [p.photo_id for p in photos if p.photo_id in views and p.depth is not None]
    retrieval, seen = KeptVectors(work, photos), [views[i] for i in ids]
    chosen = {(ids[i], ids[j]) for i, j in candidate_pairs(seen, settings.pairs, retrieval)}
    kinds = {i: views[i].features.kind for i in ids}
    rigs = {i: rig.key for i in ids if (rig := views[i].rig) is not None}
    together = {(a, b) for a, b in combinations(sorted(rigs), 2) if rigs[a] == rigs[b]}
    settled, waiting = _news(previous, views, chosen)
    # Views of one panorama show each other nothing but their margins.
    waiting -= together
    settled = {(a, b) for a, b in settled - together if kinds[a] == kinds[b]}
    key = pairs_key(settings, views.values())
    _tell_of_kinds(views, work.listener)
    by_id = {photo.photo_id: photo for photo in photos}
    catalog = work.folder.catalog
    lenses = lenses_so_far(views, catalog.poses, catalog.calibrations(), settings.pairs)
    known = catalog.find_pairs(key, {i for pair in settled | waiting | together for i in pair})
    found = _judged(work, by_id, sorted(settled), known, key, lenses)
    trials = Trials(_promises(work, views, waiting), found.values(), settings.pairs)
    while batch := trials.next():
        judged = _judged(work, by_id, batch, known, key, lenses)
        trials.take(judged.values())
        found |= judged
    # What holds the views of a panorama together says nothing of where it stands.
    found |= _judged(work, by_id, sorted(together), known, key, lenses)
    # Whoever fits none of those near it may be elsewhere than its tags say.
    partners = {
        i for pair in found.values() if pair.fits and pair.method != BY_RIG for i in pair.key
    }
    lonely = [row for row, i in enumerate(ids) if i not in partners]
    if lonely:
        alike = alike_pairs(seen, lonely, settings.pairs, retrieval)
        further = sorted({(ids[i], ids[j]) for i, j in alike} - found.keys())
        known = catalog.find_pairs(key, {i for pair in further for i in pair})
        found |= _judged(work, by_id, further, known, key, lenses)
    return [found[pair] for pair in sorted(found)]


def _news(
    previous: PreviousSolution | None,
    views: Mapping[int, PhotoView],
    candidates: Collection[tuple[int, int]],
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs that need no trial, those that the previous solution rests on and all that it knows
    between photos that are as they were; and candidates that wait for one: of photos that are new
    or have other tags, and between groups that nothing ties. What is around an area waits for a
    merge of its own."""
    if previous is None:
        return set(), set(candidates)
    fresh = previous.new_or_changed(views)
    # Of photos that were judged by other settings nothing is known any more.
    fresh |= views.keys() - {i for key in previous.pairs for i in key}
    believed = previous.believed(views)
    stays = views.keys() - fresh
    settled = believed | {key for key in previous.pairs if stays.issuperset(key)}
    ties = [previous.pairs[key] for key in believed]
    group = {i: n for n, each in enumerate(components(list(views), ties)) for i in each}
    # What goes on beyond the border may be tied there.
    tied_there = {group[i] for i in previous.beyond}
    group |= {i: -1 for i, n in group.items() if n in tied_there}
    waiting = {
        (a, b)
        for a, b in candidates
        if (a, b) not in settled
        and (a in fresh or b in fresh or group[a] != group[b])
        and not previous.around.issuperset((a, b))
    }
    return settled, waiting


def _promises(
    work: Work, views: Mapping[int, PhotoView], pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], float]:
    """What each pair promises."""
    found = {}
    with work.listener.stage("look", len(pairs), unit="pairs") as stage:
        for key in sorted(pairs):
            a, b = (views[i] for i in key)
            found[key] = promise(a, b, work.settings.registration.pairs)
            stage.advance()
    return found


def _judged(
    work: Work,
    by_id: Mapping[int, IngestedPhoto],
    pairs: Sequence[tuple[int, int]],
    known: Mapping[tuple[int, int], PairRegistration],
    key: str,
    lenses: Mapping[int, Lens],
) -> dict[tuple[int, int], PairRegistration]:
    """The pairs by photo ids: known ones as they are stored, others judged and stored; lenses by
    photo id where they are known better than the tags."""
    catalog = work.folder.catalog
    missing = [pair for pair in pairs if pair not in known]
    found = {pair: known[pair] for pair in pairs if pair in known}
    pending: list[PairRegistration] = []

    def store() -> None:
        if pending:
            catalog.record_pairs(pending, key)
            pending.clear()

    def keep(pair: PairRegistration) -> None:
        found[pair.key] = pair
        pending.append(pair)
        if len(pending) >= _BATCH:
            store()

    if missing:
        try:
            _run_pairs(work, by_id, missing, keep, lenses)
        finally:
            store()
        _tell_of_icp((found[pair] for pair in missing), work.listener)
    return found


def register_again(
    work: Work,
    photos: Sequence[IngestedPhoto],
    pairs: Sequence[PairRegistration],
    *variants: Mapping[int, Lens],
) -> list[dict[tuple[int, int], PairRegistration]]:
    """The pairs judged anew by their two photos, for each variant of the lenses by photo id that
    may be theirs instead of what tags say; nothing is stored."""
    by_id = {photo.photo_id: photo for photo in photos}
    found: list[dict[tuple[int, int], PairRegistration]] = [{} for _ in variants]

    def keep(judged: Sequence[PairRegistration]) -> None:
        for each, pair in zip(found, judged, strict=True):
            each[pair.key] = pair

    _run_variants(work, by_id, [pair.key for pair in pairs], keep, variants)
    return found


def _run_pairs(
    work: Work,
    by_id: Mapping[int, IngestedPhoto],
    pairs: Sequence[tuple[int, int]],
    on_pair: Callable[[PairRegistration], None],
    lenses: Mapping[int, Lens],
) -> None:
    """Each pair of photo ids, judged by its two photos, as it comes; lenses by photo id where they
    are known better than the tags."""
    _run_variants(work, by_id, pairs, lambda judged: on_pair(judged[0]), (lenses,))


def _run_variants(
    work: Work,
    by_id: Mapping[int, IngestedPhoto],
    pairs: Sequence[tuple[int, int]],
    on_pair: Callable[[Sequence[PairRegistration]], None],
    variants: Sequence[Mapping[int, Lens]],
) -> None:
    with work.listener.stage("register", len(pairs), unit="pairs") as stage:

        def keep(
            outcome: Outcome[tuple[IngestedPhoto, IngestedPhoto], list[PairRegistration]],
        ) -> None:
            stage.advance()
            on_pair(outcome.result())

        run_each(
            _PairWorker(
                layout=work.folder.layout,
                settings=work.settings.registration,
                variants=tuple(variants),
            ),
            [(by_id[a], by_id[b]) for a, b in pairs],
            jobs=work.jobs,
            least=_WORTH_PROCESSES,
            on_result=keep,
        )


def pairs_key(settings: RegistrationSettings, views: Iterable[PhotoView] = ()) -> str:
    """Key of everything that verdicts on pairs of these photos depend on but what the photos are.

    Their features are no part of it: a photo whose features change is read again, and its verdicts
    go. What matters of the features is which matchers their kinds ask for. UsageError or ModelError
    where one of these is not here.
    """
    common = settings.pairs.stage_hash(only=PairSettings.model_fields.keys() - _NOT_OF_A_VERDICT)
    matchers = matchers_hash({view.features.kind for view in views}, settings.pairs)
    parts = (_VERSION, common, *matchers)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _tell_of_kinds(views: Mapping[int, PhotoView], listener: Listener) -> None:
    """Photos with features of two kinds cannot be matched; who merges them should know."""
    kinds = Counter(view.features.kind for view in views.values())
    if len(kinds) > 1:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        listener.warn(
            f"photos with features of {len(kinds)} kinds ({told}) are not matched with each other; "
            "ingest them all again by the same registration.features.kind"
        )


def _tell_of_icp(pairs: Iterable[PairRegistration], listener: Listener) -> None:
    """Where ICP was wanted and could not be loaded, once."""
    missed = sum(pair.method == WITHOUT_ICP for pair in pairs)
    if missed:
        listener.warn(
            f"{missed} pairs with few matches were not refined by ICP, which seldom matters: "
            f"{icp_problem()}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _PairWorker:
    """A pair's verdict for each variant of the lenses. What matches does not depend on these."""

    layout: Layout
    settings: RegistrationSettings
    variants: tuple[Mapping[int, Lens], ...]

    def __call__(self, pair: tuple[IngestedPhoto, IngestedPhoto]) -> list[PairRegistration]:
        tagged = [
            photo_view(photo, _features_once(self.layout.features(photo)), _ANYWHERE)
            for photo in pair
        ]
        one, other = (view.rig for view in tagged)
        if one is not None and other is not None and one.key == other.key:
            return [rig_pair(*tagged)] * len(self.variants)
        settings = self.settings.pairs
        matcher = _Once(matcher_for(tagged[0].features.kind, settings))
        found = []
        for lenses in self.variants:
            a, b = (
                calibrated(view, lens) if (lens := lenses.get(view.photo_id)) else view
                for view in tagged
            )
            registered = register_pair(a, b, matcher, settings)
            found.append(refine_by_icp(a, b, registered, settings) if settings.icp else registered)
        return found


class _Once:
    """A matcher of one pair of photos, asked once, whatever lens their features are lifted by."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._found: Matches | None = None

    def settings_hash(self) -> str:
        """See `Matcher`."""
        return self._matcher.settings_hash()

    def match(self, a: Features, b: Features) -> Matches:
        """See `Matcher`."""
        if self._found is None:
            self._found = self._matcher.match(a, b)
        return self._found


@lru_cache(maxsize=64)
def _features_once(path: Path) -> Features:
    return load_features(path)
