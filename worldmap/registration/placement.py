"""Where a connected group lies on Earth, by all its tags at once, and how sure that is.

Pairs say how photos lie to each other, not which way is north, where they are, or how high. That
the tags tell, and N tags of one device are not N measurements: its compass is off as a whole, its
heights may be above the wrong surface, its fixes stray together for minutes, a value that is
repeated is one value, and some are plainly elsewhere. So the posterior of the group's turn, size,
place and height is worked out with the errors that tags share, each of them with a heavy tail; what
comes out may have two peaks, and then its sigma is wide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity
from worldmap.registration.clock import ALONE, Lateness, clock_evidence, credible, lateness
from worldmap.registration.compass import TURNS, by_headings, doubted_headings
from worldmap.registration.flight import by_flights
from worldmap.registration.session import SessionEvidence, sessions, trusted
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_SIZES = np.linspace(-0.4, 0.4, 33)
# Equal to the last bit of any tag: a value that was copied.
_SAME_M = 1e-3
# Student's t of fixes about their session: four degrees of freedom.
_FREEDOM = 4.0
# What share of a receiver's variance its fixes of one session have in common, before they are
# looked at: multipath and ionosphere last for seconds to minutes, so that from next to nothing, of
# fixes minutes apart, to all of it, of a filtered track, anything is met.
_SHARES = np.array((0.01, 0.1, 0.3, 0.6, 0.9))
_SHARE_PRIOR = np.array((0.30, 0.25, 0.20, 0.15, 0.10))
# A bunch of values with a share f of its session is wrong with log odds 7 (1/2 - f): half is as
# likely wrong as right, one of ten 16 times as likely, all of a session one time in 34 (a Beta
# prior (1, 9) of the share of bad tags gives 7 about the half).
_ODDS_BY_SHARE = 7.0
# How far a bunch that is wrong is off: the median half width of a Cauchy distribution. Geoid
# undulations are 30 m (root mean square over the globe), street blocks tens of metres.
_WRONG_M = 30.0
_MOST_BUNCHES = 4
# Halves of one bunch lie 1.6 of its sigmas apart, and hardly ever more than four.
_PLAINLY_APART = 4.0
_ENUMERATED = 8
# Heights of one session are above one surface, by one barometer: most of what each may be off by
# they have in common.
_HEIGHT_SHARE = 0.8
# A set of bunches with so much of the whole is right.
_CREDIBLE = 0.90
# Nats that a second bunch costs: where it lies, in both directions.
_BUNCH_COST = 4.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placement:
    """How a group is to be moved: by `turn_rad` about the vertical through `middle` (3,), by
    `size` about it, and then by `shift_m` (3,); and how sure that is.

    turn_sigma_rad, size_sigma (of the log), and covariance_m (3, 3) of the place of the middle.
    weight: by photo what share of the middle it makes. doubted_heading, doubted_position and
    doubted_height: photos whose tags the rest contradicts; plan_apart_m and height_apart_m: how far
    apart two bunches of one session's tags lie, of which nobody can tell which is right, else 0;
    offset_deg: by device how far its compass is off as a whole, and late_s how much later than its
    photos their positions are, where that is plain.
    """

    middle: Array
    weight: Mapping[int, float]
    turn_rad: float
    size: float
    shift_m: Array
    turn_sigma_rad: float
    size_sigma: float
    covariance_m: Array
    doubted_heading: frozenset[int]
    doubted_position: frozenset[int]
    doubted_height: frozenset[int]
    plan_apart_m: float
    height_apart_m: float
    offset_deg: Mapping[str, float]
    late_s: Mapping[str, float]

    @property
    def turn(self) -> Array:
        """(3, 3) about the vertical, clockwise from above as headings go."""
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        return np.array(((cos, sin, 0.0), (-sin, cos, 0.0), (0.0, 0.0, 1.0)))

    def moved(self, pose: Similarity) -> Similarity:
        """The pose, moved along."""
        turn = self.turn
        return Similarity(
            to=pose.to,
            source=pose.source,
            rotation=turn @ pose.rotation,
            translation_m=self.middle
            + self.size * turn @ (pose.translation_m - self.middle)
            + self.shift_m,
            scale=self.size * pose.scale,
        )

    def common(self, pose: Similarity) -> Array:
        """Covariance (7, 7) of a photo's turn about its axes, place and log scale for what the
        group shares, the pose being where it was moved to."""
        by = _by_common(pose, self.middle + self.shift_m)
        inner = np.zeros((5, 5))
        inner[0, 0], inner[4, 4] = self.turn_sigma_rad**2, self.size_sigma**2
        inner[1:4, 1:4] = self.covariance_m
        return np.asarray(by @ inner @ by.T)

    def apart(self, joint: Array, poses: Mapping[int, Similarity]) -> dict[int, Array]:
        """By photo its covariance (7, 7) within the group, moved along: of their joint one
        (7 N, 7 N) in the order of `poses`, as they were, without turn, place and size of all.

        An S-transformation (Baarda 1973) to the mean turn, the mean log scale and the place of the
        middle.
        """
        count = len(poses)
        by = np.concatenate([_by_common(pose, self.middle) for pose in poses.values()])
        what = np.zeros((5, 7 * count))
        for index, (i, pose) in enumerate(poses.items()):
            at = 7 * index
            what[0, at : at + 3] = -pose.rotation[2] / count
            what[1:4, at + 3 : at + 6] = self.weight.get(i, 0.0) * np.eye(3)
            what[4, at + 6] = 1.0 / count
        # joint - G F joint - joint F' G' + G F joint F' G', as only its blocks are needed.
        through = joint @ what.T
        inner = what @ through
        moved = np.eye(7)
        moved[3:6, 3:6] = self.size * self.turn
        found = {}
        for index, i in enumerate(poses):
            rows = slice(7 * index, 7 * index + 7)
            crossed = through[rows] @ by[rows].T
            block = joint[rows, rows] - crossed - crossed.T + by[rows] @ inner @ by[rows].T
            found[i] = np.asarray(moved @ block @ moved.T)
        return found


def _by_common(pose: Similarity, middle: Array) -> Array:
    """(7, 5) how a photo's numbers follow the group's turn, shift (3) and log size."""
    away = pose.translation_m - middle
    by = np.zeros((7, 5))
    by[:3, 0] = -pose.rotation[2]
    by[3:5, 0] = away[1], -away[0]
    by[3:6, 1:4] = np.eye(3)
    by[3:6, 4], by[6, 4] = away, 1.0
    return by


def placed_by_tags(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    elsewhere: Mapping[int, Sequence[SessionEvidence]] | None = None,
) -> Placement | None:
    """By the tags of the photos, whose `poses` relative to each other are right; None where no
    photo has a position. A group that lies where the posterior has it, within one sigma, stays.
    elsewhere: by photo what other groups say of its session."""
    located = [i for i, v in views.items() if v.position_enu is not None]
    if not located:
        return None
    session = sessions(views)
    others = {session[i]: told for i, told in (elsewhere or {}).items()}
    clocks = {n: [e.clock for e in told if e.clock is not None] for n, told in others.items()}
    unheard = _unheard(views, session, others)
    heard = {i: replace(v, heading_deg=None) if i in unheard else v for i, v in views.items()}
    late = lateness(views, poses, session, clocks)
    fixes = _fixes(views, poses, located, session, late, upright=False)
    weight, middle = _middle(fixes)
    likely = _by_fixes(views, poses, fixes, middle)
    likely += by_headings(heard, poses, session)[:, None]
    likely += by_flights(views, poses, session, _SIZES)
    turn, size = _turn_and_size(likely)
    cos, sin = np.cos(turn.value), np.sin(turn.value)
    about_up = np.array(((cos, sin), (-sin, cos)))
    plan = _place(
        [replace(f, off=f.told[:2] - middle[:2] - np.exp(size.value)
                 * about_up @ (f.at - middle)[:2]) for f in fixes],
        0.0,
        {name: about_up @ own.covariance_m2 @ about_up.T for name, own in late.items()},
    )  # fmt: skip
    heights = [
        replace(f, off=(f.told - middle - np.exp(size.value) * (f.at - middle))[2:])
        for f in _fixes(views, poses, located, session, late, upright=True)
    ]
    height = _place(heights, _HEIGHT_SHARE, {})
    covariance = np.zeros((3, 3))
    covariance[:2, :2], covariance[2, 2] = plan.covariance, height.covariance[0, 0]
    doubted, offsets = doubted_headings(heard, poses, session, turn.value)
    return Placement(
        middle=middle,
        weight={
            i: float(w) / len(f.photos)
            for f, w in zip(fixes, weight, strict=True)
            for i in f.photos
        },
        turn_rad=turn.value,
        size=float(np.exp(size.value)),
        shift_m=np.append(plan.value, height.value),
        turn_sigma_rad=turn.sigma,
        size_sigma=size.sigma,
        covariance_m=covariance,
        doubted_heading=doubted | unheard,
        doubted_position=plan.doubted,
        doubted_height=height.doubted,
        plan_apart_m=plan.apart_m,
        height_apart_m=height.apart_m,
        offset_deg=offsets,
        late_s={
            name.rpartition("|")[0]: own.late_s
            for name, own in late.items()
            if own.plain and abs(own.late_s) > 4.0 * own.sigma_s
        },
    )


def session_evidence(
    views: Mapping[int, PhotoView], poses: Mapping[int, Similarity], session: Mapping[int, str]
) -> dict[str, SessionEvidence]:
    """By session what these photos, whose `poses` relative to each other are right, say of it."""
    clocks = clock_evidence(views, poses, session)
    headed = Counter(session[i] for i, view in views.items() if view.heading_deg is not None)
    placement = placed_by_tags(views, poses) if headed else None
    amiss = Counter(session[i] for i in placement.doubted_heading) if placement else Counter[str]()
    return {
        name: SessionEvidence(
            clock=clocks.get(name), headings=headed[name], wrong_headings=amiss[name]
        )
        for name in clocks.keys() | headed.keys()
    }


def _unheard(
    views: Mapping[int, PhotoView],
    session: Mapping[int, str],
    others: Mapping[str, Sequence[SessionEvidence]],
) -> frozenset[int]:
    """Photos whose compasses are not listened to: other groups found too many of their session
    wrong."""
    doubted = {
        name
        for name, told in others.items()
        if not trusted(sum(e.headings for e in told), sum(e.wrong_headings for e in told))
    }
    return frozenset(
        i for i, v in views.items() if session[i] in doubted and v.heading_deg is not None
    )


# --- fixes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fix:
    """One value that a device told, of the photos that have it: their middle (3,), where they were
    when it was told (3,), what it says (3,), its sigma (for plan or height), its session; off (D,)
    of a placement."""

    photos: tuple[int, ...]
    centre: Array
    at: Array
    told: Array
    sigma_m: float
    session: str
    off: Array


def _fixes(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    located: Sequence[int],
    of: Mapping[int, str],
    late: Mapping[str, Lateness],
    *,
    upright: bool,
) -> list[_Fix]:
    """One for each value: photos that repeat another's tell nothing more. of: by photo its session;
    upright: by heights."""
    same: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i in located:
        position = views[i].position_enu
        assert position is not None
        value = position[2:] if upright else position[:2]
        # Only within one session is an equal height no chance.
        key = (hash(of[i]) if upright else 0, *np.round(value / _SAME_M).astype(int).tolist())
        same[key].append(i)
    found = []
    for photos in same.values():
        centres = np.array([poses[i].translation_m for i in photos])
        told = np.array([views[i].position_enu for i in photos])
        own = [
            views[i].vertical_sigma_m if upright else views[i].horizontal_sigma_m for i in photos
        ]
        clock = late.get(of[photos[0]])
        at, stray_m = centres, 0.0
        if clock is not None:
            at = np.array([clock.at.get(i, poses[i].translation_m) for i in photos])
            stray_m = (
                0.0 if upright else float(np.mean([clock.stray_m.get(i, 0.0) for i in photos]))
            )
        spread = at[:, 2:] if upright else at[:, :2]
        found.append(
            _Fix(
                photos=tuple(photos),
                centre=centres.mean(axis=0),
                at=at.mean(axis=0),
                told=told.mean(axis=0),
                sigma_m=float(
                    np.linalg.norm((min(own), np.sqrt(spread.var(axis=0).mean()), stray_m))
                ),
                session=of[photos[0]],
                off=np.zeros(0),
            )
        )
    return found


def _middle(fixes: Sequence[_Fix]) -> tuple[Array, Array]:
    """The weight of each, (N,), and the middle (3,) that they have."""
    weight = np.array([1.0 / f.sigma_m**2 for f in fixes])
    weight /= weight.sum()
    return weight, np.asarray(weight @ np.array([f.centre for f in fixes]))


# --- turn and size ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    value: float
    sigma: float


def _by_fixes(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    fixes: Sequence[_Fix],
    middle: Array,
) -> Array:
    """(T, S) log likelihood of the group's turn and log size by its fixes and its depth."""
    angle = np.arange(TURNS) * (2 * np.pi / TURNS)
    scale_sigma = np.array([v.own_scale_sigma_rel for v in views.values()])
    log_scale = np.log([poses[i].scale for i in views])
    by_size = -0.5 * (((log_scale + _SIZES[:, None]) / scale_sigma) ** 2).sum(axis=1)
    centre = np.array([f.at for f in fixes]) - middle
    told = np.array([f.told for f in fixes]) - middle
    sigma = np.array([f.sigma_m for f in fixes])
    session = [f.session for f in fixes]
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.stack(
        (np.outer(cos, centre[:, 0]) + np.outer(sin, centre[:, 1]),
         np.outer(cos, centre[:, 1]) - np.outer(sin, centre[:, 0])), axis=-1,
    )  # fmt: skip
    by_place = np.stack(
        [_by_places(told[:, :2] - np.exp(k) * turned, sigma, session) for k in _SIZES], axis=1
    )
    return np.asarray(by_size + by_place)


def _turn_and_size(likely: Array) -> tuple[_Number, _Number]:
    """The group's turn about the vertical (clockwise, rad) and log size, from where it is, by log
    likelihoods (T, S)."""
    angle = np.asarray(np.arange(TURNS) * (2 * np.pi / TURNS), dtype=np.float64)
    chance = np.exp(likely - likely.max())
    chance /= chance.sum()
    turn = _on_circle(angle, chance.sum(axis=1))
    size = _on_line(_SIZES, chance.sum(axis=0))
    return turn, size


def _by_places(off: Array, sigma: Array, session: Sequence[str]) -> Array:
    """(T,) log likelihood of fixes that are off (T, N, 2): each session about a place of its own,
    and those about one, all with tails."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(session):
        rows_of[name].append(row)
    total, middle, spread = np.zeros(len(off)), [], []
    for _, rows in sorted(rows_of.items()):
        place = off[:, rows[0]]
        if len(rows) > 1:
            place, cost = _about_one(off[:, rows], sigma[rows])
            total -= cost
        middle.append(place)
        spread.append(np.median(sigma[rows]))
    if len(middle) > 1:
        total -= _about_one(np.stack(middle, axis=1), np.array(spread))[1]
    return total


def _about_one(off: Array, sigma: Array) -> tuple[Array, Array]:
    """The place (T, 2) that values (T, N, 2) lie about by Student's t, and minus its log
    likelihood, (T,)."""
    # Numpy is slow to add up an axis of one or two.
    variance = sigma**2

    def chi2_about(place: Array) -> Array:
        away = off - place[:, None]
        away *= away
        return np.asarray(sum(away[..., axis] for axis in range(away.shape[-1])) / variance)

    place = np.median(off, axis=1)
    for _ in range(8):
        weight = 1.0 / ((1.0 + chi2_about(place) / _FREEDOM) * variance)
        place = np.einsum("tn,tnc->tc", weight, off) / weight.sum(axis=1)[:, None]
    return place, 0.5 * (_FREEDOM + 2.0) * np.log1p(chi2_about(place) / _FREEDOM).sum(axis=1)


def _on_circle(angle: Array, chance: Array) -> _Number:
    """The peak, or zero where that lies within a sigma of it."""
    inside = credible(chance)
    best = float(angle[int(np.argmax(chance))])
    away = np.angle(np.exp(1j * (angle - best)))
    near = np.abs(away) < np.pi / 4
    if chance[near].sum() >= ALONE:
        best += float((chance[near] @ away[near]) / chance[near].sum())
    best = float(np.angle(np.exp(1j * best)))
    return _settled(best, lambda at: np.angle(np.exp(1j * (angle - at))), chance * inside)


def _on_line(value: Array, chance: Array) -> _Number:
    return _settled(float(chance @ value), lambda at: value - at, chance)


def _settled(best: float, away: Callable[[float], Array], chance: Array) -> _Number:
    """The best value, or zero where that lies within a sigma of it: who is where the tags have him
    stays."""
    share = chance / chance.sum()
    sigma = float(np.sqrt(share @ away(best) ** 2))
    if abs(best) < sigma:
        best, sigma = 0.0, float(np.sqrt(share @ away(0.0) ** 2))
    return _Number(value=best, sigma=sigma)


# --- place --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Where:
    """A shift (D,), its covariance (D, D), and photos whose fixes are elsewhere; apart_m: how far
    two bunches of one session lie apart where none of them is known to be elsewhere, else 0."""

    value: Array
    covariance: Array
    doubted: frozenset[int]
    apart_m: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Bunch:
    """Fixes of one session that agree: photos, mean (D,), its covariance (D, D), and the share of
    its session."""

    photos: tuple[int, ...]
    mean: Array
    covariance: Array
    share: float

    @property
    def variance(self) -> float:
        """Of each of its numbers, on average."""
        return float(np.trace(self.covariance)) / len(self.mean)


def _place(fixes: Sequence[_Fix], least_shared: float, further: Mapping[str, Array]) -> _Where:
    """Where fixes that are `off` by so much put the group: every bunch of them may be the wrong
    one. least_shared: what share of their variance those of one session have in common at least;
    further: by session the covariance (D, D) of what else they share."""
    by_session: dict[str, list[_Fix]] = defaultdict(list)
    for fix in fixes:
        by_session[fix.session].append(fix)
    dimension = len(fixes[0].off)
    nothing = np.zeros((dimension, dimension))
    parted = [
        _bunches(own, least_shared, further.get(name, nothing)) for name, own in by_session.items()
    ]
    bunches = [bunch for own in parted for bunch in own]
    weight, means, covariances = _hypotheses(bunches, dimension)
    best = int(np.argmax(weight))
    value = means[best] if weight[best] >= ALONE else weight @ means
    inside = credible(weight)
    share = weight[inside] / weight[inside].sum()
    kept_means, kept_covariances = means[inside], covariances[inside]

    def about(at: Array) -> Array:
        away = kept_means - at
        return np.asarray(
            np.einsum("s,si,sj->ij", share, away, away)
            + np.einsum("s,sij->ij", share, kept_covariances)
        )

    covariance = about(value)
    if value @ np.linalg.solve(covariance, value) < 1.0:
        value, covariance = np.zeros(dimension), about(np.zeros(dimension))
    doubted = set[int]()
    for bunch in bunches:
        far2 = 16.0 * (bunch.variance + float(np.trace(covariances[best])) / dimension)
        if weight[best] >= _CREDIBLE and ((bunch.mean - means[best]) ** 2).sum() > far2:
            doubted.update(bunch.photos)
    own_m = np.sqrt(1.0 - least_shared) * float(np.median([fix.sigma_m for fix in fixes]))
    apart_m = [
        away_m
        for own in parted
        for one, other in combinations(own, 2)
        if doubted.isdisjoint(one.photos + other.photos)
        and (away_m := float(np.linalg.norm(one.mean - other.mean))) > _PLAINLY_APART * own_m
    ]
    return _Where(
        value=value,
        covariance=covariance,
        doubted=frozenset(doubted),
        apart_m=max(apart_m, default=0.0),
    )


def _hypotheses(bunches: Sequence[_Bunch], dimension: int) -> tuple[Array, Array, Array]:
    """Which bunches are right: chance (S,) of each set of them, and the place (S, D) and covariance
    (S, D, D) that it has then."""
    mean = np.array([b.mean for b in bunches])
    variance = np.array([b.variance for b in bunches])
    precision = np.linalg.inv(np.array([b.covariance for b in bunches]))
    volume = -np.linalg.slogdet(precision)[1]
    odds = np.array([_ODDS_BY_SHARE * (0.5 - b.share) for b in bunches])
    wrong, right = -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)
    everyone = range(len(bunches))
    if len(bunches) > _ENUMERATED:
        # So many that no single one matters: those that most agree on.
        kept = _agreeing(mean, variance)
        sets: list[tuple[int, ...]] = [kept]
    else:
        sets = [s for size in range(1, len(bunches) + 1) for s in combinations(everyone, size)]
    chance, means, covariances = [], [], []
    for chosen in sets:
        rows = list(chosen)
        rest = [k for k in everyone if k not in chosen]
        total = np.linalg.inv(precision[rows].sum(axis=0))
        place = total @ np.einsum("bij,bj->i", precision[rows], mean[rows])
        away = mean[rows] - place
        misfit = np.einsum("bi,bij,bj->", away, precision[rows], away)
        # Sessions that disagree are off by more than they say (Birge 1932).
        off_by = max(1.0, float(misfit) / (dimension * (len(rows) - 1))) if len(rows) > 1 else 1.0
        size = volume[rows].sum() - np.linalg.slogdet(total)[1]
        size += dimension * (len(rows) - 1) * np.log(2 * np.pi)
        log = right[rows].sum() + wrong[rest].sum() - 0.5 * (misfit + size)
        for k in rest:
            away2 = float(((mean[k] - place) ** 2).sum())
            width2 = _WRONG_M**2 + variance[k] + float(np.trace(total)) / dimension
            log += _log_cauchy(away2, width2, dimension)
        chance.append(log)
        means.append(place)
        covariances.append(off_by * total)
    weight = np.exp(np.array(chance) - max(chance))
    return weight / weight.sum(), np.array(means), np.array(covariances)


def _log_cauchy(away2: float, width2: float, dimension: int) -> float:
    """Log density of Cauchy's distribution in one or two dimensions."""
    if dimension == 1:
        return float(0.5 * np.log(width2) - np.log(np.pi) - np.log(width2 + away2))
    return float(0.5 * np.log(width2) - np.log(2 * np.pi) - 1.5 * np.log(width2 + away2))


def _agreeing(mean: Array, variance: Array) -> tuple[int, ...]:
    middle, _ = _about_one(mean[None], np.sqrt(variance))
    near = ((mean - middle) ** 2).sum(axis=1) < 16.0 * variance
    return tuple(np.flatnonzero(near).tolist()) or tuple(range(len(mean)))


def _bunches(fixes: Sequence[_Fix], least_shared: float, further: Array) -> list[_Bunch]:
    """The fixes of one session, parted where two places or more explain them plainly better;
    further (D, D): covariance of what all of them share."""
    parts = [list(fixes)]
    settled: list[list[_Fix]] = []
    while parts:
        part = parts.pop()
        halves = (
            _halves(part, least_shared) if len(parts) + len(settled) + 1 < _MOST_BUNCHES else None
        )
        if halves is None:
            settled.append(part)
        else:
            parts += halves
    photos = sum(len(f.photos) for f in fixes)
    found = []
    for part in settled:
        off = np.array([f.off for f in part])
        sigma = np.array([f.sigma_m for f in part])
        place, _ = _about_one(off[None], sigma)
        mean = place[0]
        chi2 = float((((off - mean) / sigma[:, None]) ** 2).sum())
        freedom = off.shape[1] * (len(part) - 1)
        inside = max(chi2 / freedom, 1.0) if freedom else 1.0
        # Typical of those that count: a tag that says hardly anything shares no more than they.
        typical2 = len(sigma) / float((sigma**-2.0).sum())
        shared = max(_shared(chi2, freedom), least_shared if freedom else 0.0)
        own = inside * (1.0 - min(shared, 1.0 - 1e-9)) / float((sigma**-2.0).sum())
        members = tuple(i for f in part for i in f.photos)
        found.append(
            _Bunch(
                photos=members,
                mean=mean,
                covariance=(own + shared * typical2) * np.eye(len(mean)) + further,
                share=len(members) / photos,
            )
        )
    return found


def _shared(chi2: float, freedom: int) -> float:
    """The share of their variance that fixes have in common, by how little they scatter."""
    likely = -0.5 * (freedom * np.log1p(-_SHARES) + chi2 / (1.0 - _SHARES))
    chance = _SHARE_PRIOR * np.exp(likely - likely.max())
    return float(chance @ _SHARES / chance.sum())


def _halves(fixes: Sequence[_Fix], least_shared: float) -> list[list[_Fix]] | None:
    """Two bunches, where that pays for saying which fix is in which and where the second lies. What
    of their variance fixes share does not scatter them."""
    count = len(fixes)
    if count < 3:
        return None
    off = np.array([f.off for f in fixes])
    sigma2 = (1.0 - least_shared) * np.array([f.sigma_m for f in fixes]) ** 2

    def scatter(rows: NDArray[np.bool_]) -> float:
        mean = (off[rows] / sigma2[rows, None]).sum(axis=0) / (1.0 / sigma2[rows]).sum()
        return float((((off[rows] - mean) ** 2).sum(axis=1) / sigma2[rows]).sum())

    every = np.ones(count, dtype=np.bool_)
    apart = ((off[:, None] - off) ** 2).sum(axis=2)
    first, second = np.unravel_index(int(np.argmax(apart)), apart.shape)
    centres = off[[first, second]]
    inside = every
    for _ in range(10):
        away = ((off[:, None] - centres) ** 2).sum(axis=2)
        inside = away[:, 0] <= away[:, 1]
        if inside.all() or not inside.any():
            return None
        centres = np.array([off[inside].mean(axis=0), off[~inside].mean(axis=0)])
    # Scatter of less than half the sigmas parts nothing.
    values = off.size
    one = max(scatter(every), 0.25 * values)
    two = max(scatter(inside) + scatter(~inside), 0.25 * values)
    if 0.5 * values * np.log(one / two) < count * np.log(2.0) + _BUNCH_COST:
        return None
    return [[f for f, i in zip(fixes, inside, strict=True) if i == side] for side in (True, False)]
