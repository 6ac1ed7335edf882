"""Which pairs are believed: against tags, against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    Errors,
    Shot,
    all_pairs,
    moved_tag,
    pair,
    photograph,
    room_points,
    shot,
    true_pair,
    untagged,
    view,
    walk,
)
from tests.helpers.registration_makers import descriptors as unique
from worldmap.config import PairSettings
from worldmap.records import PairRegistration, PairStatus
from worldmap.registration.judge import contradicted, judge_pairs
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
SHOTS = walk(5, seed=3)
Pair = tuple[int, int]


def tagged(
    errors: Errors = EXACT, *, shots: list[Shot] = SHOTS, seed: int = 0
) -> dict[int, PhotoView]:
    """Photos with tags and next to no features: nothing here looks at them."""
    few, told = room_points(10), unique(10)
    return {s.photo_id: view(s, photograph(s, few, told), errors, seed=seed) for s in shots}


def reasons(found: list[PairRegistration]) -> dict[Pair, str]:
    return {(p.photo_a, p.photo_b): p.reason for p in found if p.reason}


def swap(pairs: list[PairRegistration], wrong: PairRegistration) -> list[PairRegistration]:
    """The same pairs with one replaced."""
    key = (wrong.photo_a, wrong.photo_b)
    return [wrong if (p.photo_a, p.photo_b) == key else p for p in pairs]


def by_id(photo_id: int) -> Shot:
    return next(s for s in SHOTS if s.photo_id == photo_id)


# --- nothing wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_right_pairs_pass_with_ordinary_tags(seed: int) -> None:
    pairs = all_pairs(SHOTS)
    found = judge_pairs(tagged(NOISY, seed=seed), pairs, SETTINGS)
    assert reasons(found) == {}
    assert all(before is after for before, after in zip(pairs, found, strict=True))


def test_right_pairs_pass_without_any_tags() -> None:
    views = {i: untagged(v) for i, v in tagged().items()}
    assert reasons(judge_pairs(views, all_pairs(SHOTS), SETTINGS)) == {}


def test_refused_pairs_stay_as_they_are_and_where_they_are() -> None:
    """They have no word on others either."""
    pairs = all_pairs(SHOTS)
    refused = replace(pair(by_id(1), by_id(2), off_deg=70.0), own_reason="12 needed")
    found = judge_pairs(tagged(), swap(pairs, refused), SETTINGS)
    assert reasons(found) == {(1, 2): "12 needed"}
    assert found[0] is refused
    assert [(p.photo_a, p.photo_b) for p in found] == [(p.photo_a, p.photo_b) for p in pairs]


def test_nothing_to_verify() -> None:
    assert judge_pairs({}, [], SETTINGS) == []
    assert judge_pairs(tagged(), [], SETTINGS) == []


# --- tags -------------------------------------------------------------------------------------


def test_a_pair_that_contradicts_the_headings() -> None:
    """Alone, so that no triangle can tell: a façade that looks alike on the other side."""
    found = judge_pairs(tagged(), [pair(by_id(1), by_id(2), off_deg=60.0)], SETTINGS)
    assert reasons(found) == {(1, 2): "contradicts the headings by 60°"}
    assert found[0].status == PairStatus.CONTRADICTED
    assert found[0].a_from_b is not None


def test_headings_are_compared_around_north() -> None:
    views = tagged()
    offset = -by_id(1).heading_pitch_roll_deg[0]
    for at in (0.0, 179.0, 181.0, 359.0):
        turned = {
            i: replace(v, heading_deg=((v.heading_deg or 0.0) + offset + at) % 360)
            for i, v in views.items()
        }
        turned = {i: untagged(v, heading=False) for i, v in turned.items()}
        assert reasons(judge_pairs(turned, all_pairs(SHOTS), SETTINGS)) == {}


def test_a_pair_that_contradicts_the_positions() -> None:
    false = pair(by_id(1), by_id(2), off_m=(40.0, 0.0, 0.0))
    (reason,) = reasons(judge_pairs(tagged(), [false], SETTINGS)).values()
    assert reason in [f"contradicts the positions by {m} m" for m in range(35, 45)]


def test_without_headings_only_the_distance_counts() -> None:
    views = {i: untagged(v, position=False) for i, v in tagged().items()}
    turned = pair(by_id(1), by_id(5), off_deg=80.0)
    assert reasons(judge_pairs(views, [turned], SETTINGS)) == {}
    far = pair(by_id(1), by_id(5), off_m=(40.0, 0.0, 0.0))
    (reason,) = reasons(judge_pairs(views, [far], SETTINGS)).values()
    assert reason.startswith("contradicts the positions by ")


@pytest.mark.parametrize("told", [1, 5])
def test_one_heading_is_enough_for_the_direction(told: int) -> None:
    """The other photo's heading, 70° apart, follows from the pair; then b lies on the wrong side
    of a."""
    a, b = shot(1, -8.1, heading_deg=50), shot(5, 8.1, heading_deg=-20)
    views = {
        i: v if i == told else untagged(v, position=False)
        for i, v in tagged(replace(EXACT, gps_m=1.0), shots=[a, b]).items()
    }
    assert reasons(judge_pairs(views, [pair(a, b)], SETTINGS)) == {}
    false = pair(a, b, off_m=tuple(-2 * true_pair(a, b).translation_m))
    (reason,) = reasons(judge_pairs(views, [false], SETTINGS)).values()
    assert reason.startswith("contradicts the positions by ")


def test_wide_sigmas_forgive() -> None:
    views = tagged(replace(EXACT, heading_deg=30.0, gps_m=20.0))
    false = pair(by_id(1), by_id(2), off_deg=60.0, off_m=(25.0, 0.0, 0.0))
    assert reasons(judge_pairs(views, [false], SETTINGS)) == {}


# --- a wrong compass --------------------------------------------------------------------------


@pytest.mark.parametrize("off_deg", [90.0, -130.0, 180.0])
def test_a_wrong_heading_is_left_out_instead_of_its_pairs(off_deg: float) -> None:
    views = tagged()
    lying = views[3]
    views[3] = replace(lying, heading_deg=((lying.heading_deg or 0.0) + off_deg) % 360)
    assert reasons(judge_pairs(views, all_pairs(SHOTS), SETTINGS)) == {}


def test_a_wrong_heading_shields_no_false_pair() -> None:
    """The photo's other pairs show its compass wrong; a false pair besides is still refused."""
    views = tagged()
    views[3] = replace(views[3], heading_deg=((views[3].heading_deg or 0.0) + 120.0) % 360)
    false = pair(by_id(1), by_id(2), off_deg=75.0)
    assert set(reasons(judge_pairs(views, swap(all_pairs(SHOTS), false), SETTINGS))) == {(1, 2)}


def test_one_false_pair_is_no_wrong_compass() -> None:
    false = pair(by_id(2), by_id(3), off_deg=90.0)
    (found,) = reasons(judge_pairs(tagged(), swap(all_pairs(SHOTS), false), SETTINGS)).items()
    assert found[0] == (2, 3)
    # Headings turn about the vertical, the false pair about the camera's own: 1° apart.
    assert found[1] in [f"contradicts the headings by {deg}°" for deg in (89, 90, 91)]


# --- triangles --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [{"off_deg": 20.0}, {"off_m": (0.0, 0.0, 6.0)}, {"off_m": (5.0, 1.0, 0.0)}]
)
def test_a_pair_that_triangles_contradict(wrong: dict[str, object]) -> None:
    """Inside the gate of the tags, or without tags at all; five photos make three triangles."""
    false = pair(by_id(2), by_id(4), inliers=400, **wrong)  # type: ignore[arg-type]
    for views in (tagged(), {i: untagged(v) for i, v in tagged().items()}):
        found = judge_pairs(views, swap(all_pairs(SHOTS), false), SETTINGS)
        assert reasons(found) == {(2, 4): "3 triangles contradict it, 0 confirm it"}
        assert {p.status for p in found} == {PairStatus.ACCEPTED, PairStatus.CONTRADICTED}


def test_two_false_pairs_of_one_photo() -> None:
    views = {i: untagged(v) for i, v in tagged().items()}
    pairs = swap(all_pairs(SHOTS), pair(by_id(2), by_id(4), off_deg=25.0))
    pairs = swap(pairs, pair(by_id(4), by_id(5), off_m=(0.0, 0.0, 7.0)))
    assert set(reasons(judge_pairs(views, pairs, SETTINGS))) == {(2, 4), (4, 5)}


def test_a_triangle_alone_does_not_say_which() -> None:
    """Of three pairs that do not close, the weakest goes, and the rest still hangs together."""
    shots = SHOTS[:3]
    views = {i: untagged(v) for i, v in tagged(shots=shots).items()}
    pairs = [
        pair(shots[0], shots[1], inliers=200),
        pair(shots[1], shots[2], inliers=150),
        pair(shots[0], shots[2], inliers=20, off_deg=30.0),
    ]
    assert set(reasons(judge_pairs(views, pairs, SETTINGS))) == {(1, 3)}


def test_uncertain_pairs_are_not_contradicted() -> None:
    """Off by 4°, and told to be uncertain by 3°."""
    vague = pair(by_id(2), by_id(4), off_deg=4.0, sigma_rad=0.05, sigma_m=0.3)
    sure = pair(by_id(2), by_id(4), off_deg=4.0)
    views = {i: untagged(v) for i, v in tagged().items()}
    assert reasons(judge_pairs(views, swap(all_pairs(SHOTS), vague), SETTINGS)) == {}
    assert set(reasons(judge_pairs(views, swap(all_pairs(SHOTS), sure), SETTINGS))) == {(2, 4)}


def test_the_order_of_photos_in_pairs_does_not_matter() -> None:
    """Triangles look pairs up by their lower id first."""
    shots = [replace_id(s, 10 - s.photo_id) for s in SHOTS]
    ordered = sorted(shots, key=lambda s: s.photo_id)
    false = pair(ordered[1], ordered[3], off_deg=20.0)
    pairs = [false if (p.photo_a, p.photo_b) == (6, 8) else p for p in all_pairs(ordered)]
    found = judge_pairs(tagged(shots=ordered), pairs, SETTINGS)
    assert set(reasons(found)) == {(6, 8)}


def replace_id(of: Shot, photo_id: int) -> Shot:
    from worldmap.frames import cam

    pose = of.enu_from_cam
    return replace(of, photo_id=photo_id, enu_from_cam=replace(pose, source=cam(str(photo_id))))


def test_contradicted_keeps_the_evidence() -> None:
    before = pair(by_id(1), by_id(2))
    after = contradicted(before, "why")
    assert (after.status, after.reason) == (PairStatus.CONTRADICTED, "why")
    assert (after.fits, after.accepted, after.own_reason) == (True, False, "")
    assert after.a_from_b is before.a_from_b
    assert after.inliers == before.inliers


def test_an_earlier_word_of_the_area_is_forgotten() -> None:
    """Pairs come from the catalog with the verdict of the area as it was then."""
    pairs = all_pairs(SHOTS)
    stored = [contradicted(p, "by what is gone") for p in pairs]
    assert judge_pairs(tagged(NOISY, seed=1), stored, SETTINGS)[0].accepted
    assert reasons(judge_pairs(tagged(NOISY, seed=1), stored, SETTINGS)) == {}


def test_the_area_has_no_say_in_a_pair_that_does_not_fit() -> None:
    unfit = replace(pair(by_id(1), by_id(2)), own_reason="12 needed")
    assert (unfit.status, unfit.fits, unfit.accepted) == (PairStatus.REJECTED, False, False)
    with pytest.raises(ValueError, match="no say"):
        contradicted(unfit, "why")


def test_a_heading_that_is_wrong_by_half_a_turn() -> None:
    """Its misfits are spread about 180°, on both sides of it."""
    views = tagged(NOISY, seed=2)
    heading = views[3].heading_deg
    assert heading is not None
    views[3] = replace(views[3], heading_deg=(heading + 180.0) % 360)
    assert reasons(judge_pairs(views, all_pairs(SHOTS), SETTINGS)) == {}


# --- tags that are wrong, and pairs that are not ------------------------------------------------


def sure(shots: list[Shot]) -> list[PairRegistration]:
    """Right pairs that say much for themselves."""
    return all_pairs(shots, inliers=400)


LONG_WALK = walk(6, seed=3, step_m=8.0)


@pytest.mark.parametrize("turn_deg", [90.0, 180.0])
@pytest.mark.parametrize("every", [1, 2])
def test_compasses_that_are_turned_refuse_no_pair(turn_deg: float, every: int) -> None:
    """All of a device alike, or each second one."""
    views = {
        i: replace(
            v,
            device="phone",
            heading_deg=((v.heading_deg or 0.0) + turn_deg * (i % every == 0)) % 360,
        )
        for i, v in tagged(NOISY, shots=LONG_WALK, seed=1).items()
    }
    assert reasons(judge_pairs(views, sure(LONG_WALK), SETTINGS)) == {}


def test_two_wrong_compasses_that_agree_by_chance_refuse_no_certain_pair() -> None:
    """Neither has most of its pairs against it, and both are of those one in twenty."""
    views = tagged(NOISY, shots=LONG_WALK, seed=1)
    for i in (2, 5):
        views[i] = replace(views[i], heading_deg=((views[i].heading_deg or 0.0) + 146.0) % 360)
    found = [p for p in sure(LONG_WALK) if p.key in {(2, 5), (1, 2), (4, 5), (1, 4), (4, 6)}]
    assert reasons(judge_pairs(views, found, SETTINGS)) == {}


@pytest.mark.parametrize("off_m", [60.0, 250.0])
def test_a_position_far_off_refuses_no_certain_pair(off_m: float) -> None:
    views = tagged(NOISY, shots=LONG_WALK, seed=1)
    views[3] = moved_tag(views[3], (off_m, 0.0, 0.0))
    assert reasons(judge_pairs(views, sure(LONG_WALK), SETTINGS)) == {}


def test_a_pair_that_says_little_does_not_outweigh_positions() -> None:
    views = tagged(NOISY, shots=LONG_WALK, seed=1)
    views[3] = moved_tag(views[3], (60.0, 0.0, 0.0))
    found = reasons(judge_pairs(views, all_pairs(LONG_WALK, inliers=40), SETTINGS))
    assert {key for key in found if 3 in key} == set(found)
    assert all("contradicts the positions" in reason for reason in found.values())
