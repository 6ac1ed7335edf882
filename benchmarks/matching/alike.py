"""Places that look alike: scenes of four places of one shape, each with a part of what all four
show. Photos are told apart by what is their place's own, and by tags where there are some.

Features are drawn, not painted: twenty scenes of sixteen photos take a minute so, and the pictures
of shops of one chain would show no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmarks import Metric, metric
from tests.helpers.registration_makers import (
    NOISY,
    moved_tag,
    rooms_alike,
    untagged,
    view,
)
from worldmap.config import Settings
from worldmap.records import PairRegistration
from worldmap.registration.judge import judge_pairs
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.pair import register_pair
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

_SCENES, _PLACES, _PHOTOS = 20, 4, 4
_POINTS = 400
# What places of a scene have in common, least and most.
_ALIKE = (0.1, 0.6)
_APART_M = 60.0
_GPS_M = 10.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Scene:
    """views: photos by id, with their tags; place: of each; pairs: as its two photos judge them."""

    views: Mapping[int, PhotoView]
    place: Mapping[int, int]
    pairs: list[PairRegistration]


def alike_metrics() -> list[Metric]:
    """Wrong merges, and right pairs kept, with positions and without any tag."""
    made = [_scene(seed) for seed in range(_SCENES)]
    metrics = []
    for label, tagged in ((f"GPS ± {_GPS_M:.0f} m", True), ("no tags", False)):
        joined, wrong, right, kept = 0, 0, 0, 0
        for scene in made:
            views = {i: v if tagged else untagged(v) for i, v in scene.views.items()}
            judged = judge_pairs(views, scene.pairs, Settings().registration.pairs)
            believed = [p for p in judged if p.accepted]
            wrong += sum(scene.place[p.photo_a] != scene.place[p.photo_b] for p in believed)
            own = [p for p in scene.pairs if scene.place[p.photo_a] == scene.place[p.photo_b]]
            right += sum(p.fits for p in own)
            kept += sum(scene.place[p.photo_a] == scene.place[p.photo_b] for p in believed)
            groups = components(list(views), believed)
            joined += sum(len({scene.place[i] for i in group}) > 1 for group in groups)
        metrics += [
            metric(f"look-alikes, {label}: groups of several places", "groups", joined, 0),
            metric(f"look-alikes, {label}: pairs of two places believed", "pairs", wrong, 0),
            metric(f"look-alikes, {label}: right pairs kept", "share", kept / right, 0.9, "min"),
        ]
    return metrics


def _scene(seed: int) -> _Scene:
    rng = np.random.default_rng((seed, 55))
    share = rng.uniform(*_ALIKE)
    errors = replace(NOISY, gps_m=_GPS_M)
    views: dict[int, PhotoView] = {}
    place: dict[int, int] = {}
    shifts = [(_APART_M * n, _APART_M * rng.uniform(-1, 1), 0.0) for n in range(_PLACES)]
    for number, shot, seen in rooms_alike(_PLACES, _PHOTOS, _POINTS, share, errors, seed=seed):
        views[shot.photo_id] = moved_tag(view(shot, seen, errors, seed=seed), shifts[number])
        place[shot.photo_id] = number
    settings = Settings().registration.pairs
    matcher = RatioMatcher.of(settings)
    pairs = [
        register_pair(views[a], views[b], matcher, settings)
        for a, b in combinations(sorted(views), 2)
    ]
    return _Scene(views=views, place=place, pairs=pairs)
