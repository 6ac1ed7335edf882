"""Which pairs agree on one shape, where look-alikes agree with each other too."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    Shot,
    pair,
    photograph,
    room_points,
    untagged,
    view,
    walk,
)
from tests.helpers.registration_makers import descriptors as unique
from worldmap.config import PairSettings
from worldmap.records import PairRegistration
from worldmap.registration.consensus import disagreeing
from worldmap.registration.evidence import evidence
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
SHOTS = walk(8, seed=5, step_m=5.0)
SHIFT_M = (10.0, 0.0, 0.0)


def tagged(seed: int = 0, *, exact: bool = False) -> dict[int, PhotoView]:
    few, told = room_points(10), unique(10)
    errors = EXACT if exact else NOISY
    return {s.photo_id: view(s, photograph(s, few, told), errors, seed=seed) for s in SHOTS}


def sure(a: Shot, b: Shot) -> PairRegistration:
    """Matches nearly everywhere the two clouds overlap."""
    return replace(pair(a, b, inliers=600), matches=800, overlap=0.4)


def lookalike(a: Shot, b: Shot, inliers: int = 250) -> PairRegistration:
    """Shifted by one repeat of the façade: much overlap, matches here and there."""
    return replace(
        pair(a, b, inliers=inliers, off_m=SHIFT_M), matches=2 * inliers, overlap=0.6, in_front=0.05
    )


def street() -> list[PairRegistration]:
    """True pairs of neighbours; false ones between the first and the second half, and as many that
    agree with each other as there are true ones across the middle, thrice over."""
    true = [sure(a, b) for a, b in pairwise(SHOTS)]
    true += [sure(a, b) for a, b in zip(SHOTS, SHOTS[2:], strict=False)]
    false = [lookalike(a, b) for a in SHOTS[1:4] for b in SHOTS[5:8]]
    return [*true, *false]


@pytest.mark.parametrize("told", [True, False])
def test_look_alikes_that_outnumber_the_truth(told: bool) -> None:
    views = tagged()
    if not told:
        views = {i: untagged(v) for i, v in views.items()}
    pairs = street()
    refused = disagreeing(views, pairs, SETTINGS)
    assert set(refused) == set(range(13, len(pairs)))


def test_the_order_of_pairs_does_not_matter() -> None:
    pairs = street()
    shuffled = [pairs[i] for i in np.random.default_rng(1).permutation(len(pairs))]
    said, other = (
        {(p[k].photo_a, p[k].photo_b) for k in disagreeing(tagged(), p, SETTINGS)}
        for p in (pairs, shuffled)
    )
    assert said == other


def test_of_two_equally_good_pairs_the_tags_choose() -> None:
    """Two halves, one true and one false pair between them with the same evidence."""
    true = [sure(a, b) for a, b in pairwise(SHOTS)]
    weak_true = replace(lookalike(SHOTS[3], SHOTS[4]), a_from_b=true[3].a_from_b)
    false = lookalike(SHOTS[2], SHOTS[5])
    pairs = [*true[:3], *true[4:], weak_true, false]
    assert evidence(weak_true, SETTINGS) == evidence(false, SETTINGS)
    assert set(disagreeing(tagged(exact=True), pairs, SETTINGS)) == {len(pairs) - 1}


def test_a_weak_pair_is_heard_where_it_is_the_only_one() -> None:
    weak = pair(SHOTS[0], SHOTS[1], inliers=12)
    strong = [sure(a, b) for a, b in pairwise(SHOTS)]
    views = {i: untagged(v) for i, v in tagged().items()}
    assert disagreeing(views, [weak], SETTINGS) == {}
    skipping = replace(pair(SHOTS[0], SHOTS[2], inliers=12), matches=200)
    refused = disagreeing(views, [*strong, skipping], SETTINGS)
    assert refused == {len(strong): "says too little beside more certain pairs"}


def test_a_pair_against_the_tags_of_many() -> None:
    """One photo off by 30 m might have a stray fix; two halves of a street have not."""
    halves = [sure(a, b) for a, b in pairwise(SHOTS) if a.photo_id != 4]
    false = replace(lookalike(SHOTS[3], SHOTS[4], inliers=40), overlap=0.4)
    views = tagged(exact=True)
    refused = disagreeing(views, [*halves, false], SETTINGS)
    assert refused == {len(halves): "the tags of the photos around it say otherwise"}
    assert disagreeing({i: untagged(v) for i, v in views.items()}, [*halves, false], SETTINGS) == {}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"inliers": 200, "matches": 300}, {"inliers": 100, "matches": 150}),
        ({"matches": 150}, {"matches": 500}),
        ({"overlap": 0.2}, {"overlap": 0.6}),
        ({"in_front": 0.0}, {"in_front": 0.1}),
    ],
)
def test_what_speaks_for_a_pair(better: dict[str, float], worse: dict[str, float]) -> None:
    base = pair(SHOTS[0], SHOTS[1], inliers=100)
    assert evidence(replace(base, **better), SETTINGS) > evidence(replace(base, **worse), SETTINGS)  # type: ignore[arg-type]


def test_unknown_overlap_is_not_held_against_a_pair_that_stands_in_front_of_nothing() -> None:
    unknown = replace(pair(SHOTS[0], SHOTS[1]), overlap=float("nan"), in_front=float("nan"))
    assert evidence(unknown, SETTINGS) > 0
