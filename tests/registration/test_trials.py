"""Which pairs are tried: enough to hold every photo and no more, and to the end between groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from tests.helpers.registration_makers import pair, walk
from worldmap.config import PairSettings
from worldmap.records import PairRegistration
from worldmap.registration.start import components
from worldmap.registration.trials import WELL_HELD, Key, Trials

COUNT = 40
SHOTS = walk(COUNT)
IDS = [each.photo_id for each in SHOTS]
AT = {each.photo_id: number for number, each in enumerate(SHOTS)}
BY_ID = {each.photo_id: each for each in SHOTS}


def verdict(key: Key, *, fits: bool, inliers: int = 200) -> PairRegistration:
    made = pair(BY_ID[key[0]], BY_ID[key[1]], inliers=inliers)
    return made if fits else replace(made, own_reason="nothing in common")


def apart(key: Key) -> int:
    return abs(AT[key[0]] - AT[key[1]])


def tried(
    promising: dict[Key, float], fits: Callable[[Key], bool]
) -> tuple[list[list[Key]], dict[Key, PairRegistration]]:
    trials = Trials(promising, (), PairSettings())
    rounds: list[list[Key]] = []
    found: dict[Key, PairRegistration] = {}
    while batch := trials.next():
        assert batch == sorted(batch)
        assert not found.keys() & set(batch)
        rounds.append(batch)
        judged = [verdict(key, fits=fits(key)) for key in batch]
        trials.take(judged)
        found |= {each.key: each for each in judged}
    return rounds, found


def promises(reach: int, scatter: float = 2.0) -> dict[Key, float]:
    """Less for those further apart, and not quite in order."""
    rng = np.random.default_rng(0)
    return {
        key: 20.0 - apart(key) + scatter * rng.standard_normal()
        for key in combinations(IDS, 2)
        if apart(key) <= reach
    }


def test_a_street_is_held_by_less_than_half_of_its_pairs() -> None:
    candidates = promises(15)
    rounds, found = tried(candidates, lambda key: apart(key) <= 4)
    fitting = [each for each in found.values() if each.fits]
    held = {i: sum(i in each.key for each in fitting) for i in IDS}
    assert components(IDS, fitting) == [IDS]
    assert min(held[i] for i in IDS[4:-4]) >= WELL_HELD - 2
    assert 2 * len(found) / COUNT < 10
    assert len(found) < 0.4 * len(candidates)
    assert len(rounds) < 12
    again = tried(candidates, lambda key: apart(key) <= 4)[0]
    assert again == rounds


def test_the_last_pair_that_keeps_two_parts_together_is_found() -> None:
    """However little it promises."""
    middle = IDS[COUNT // 2 - 1], IDS[COUNT // 2]
    candidates = promises(15) | {middle: -50.0}

    def fits(key: Key) -> bool:
        same_half = (AT[key[0]] < COUNT // 2) == (AT[key[1]] < COUNT // 2)
        return key == middle or (same_half and apart(key) <= 3)

    _, found = tried(candidates, fits)
    assert found[middle].fits
    assert components(IDS, [each for each in found.values() if each.fits]) == [IDS]


def test_a_weak_pair_ties_no_groups_and_pairs_known_before_count() -> None:
    first, second = (IDS[0], IDS[1]), (IDS[2], IDS[3])
    between = (IDS[1], IDS[2])
    known = [verdict(first, fits=True), verdict(second, fits=True)]
    weak = verdict(between, fits=True, inliers=8)
    for ties, left in ((weak, [(IDS[0], IDS[3])]), (verdict(between, fits=True), [])):
        trials = Trials({(IDS[0], IDS[3]): 1.0}, [*known, ties, *_well_held()], PairSettings())
        assert trials.next() == left


def _well_held() -> list[PairRegistration]:
    """Pairs with others that leave the first four nothing to ask for, each in its own group."""
    own = [(i, IDS[10 + 6 * number + k]) for number, i in enumerate(IDS[:2]) for k in range(6)]
    own += [(i, IDS[22 + 6 * number + k]) for number, i in enumerate(IDS[2:4]) for k in range(6)]
    return [verdict(key, fits=True) for key in own]


def test_whoever_fits_nobody_gives_up_but_for_what_is_between_groups() -> None:
    """Strangers are tried with all that tags put near them, and nothing is asked twice."""
    rounds, found = tried(promises(6), lambda _: False)
    assert found.keys() == promises(6).keys()
    assert sum(map(len, rounds)) == len(found)
