"""Which accepted pairs to believe: against the tags, and against each other.

Look-alike façades give pairs with many inliers that are plainly wrong. One pair alone cannot show
that; its photos' GPS and compass, the other pairs around it, and what is missing between two sets
of photos (`lookalikes`), can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.frames import (
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    rotation_angle_rad,
    wrapped_deg,
)
from worldmap.records import PairRegistration
from worldmap.registration.consensus import disagreeing
from worldmap.registration.evidence import evidence
from worldmap.registration.lookalikes import of_other_places
from worldmap.registration.rig import BY_RIG
from worldmap.registration.session import sessions
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_AGREEING_DEG = 25.0
# Two photos that say so much for themselves (`evidence`) outweigh a tag: what looks alike by chance
# does not match all over what it shares. So many of them show that it is the tags that are wrong.
_CERTAIN = 150.0
_SEVERAL = 2
# Evidence that outweighs one nat of the tags' likelihood: what is certain outweighs a heading, of
# which one in twenty (three nats) says nothing.
_PER_NAT = 40.0
# Compasses of one device are not believed where so large a share of what is certain contradicts
# them.
_TURNED_SHARE = 1 / 3
# So much likelier are positions with the compasses turned: one session in a hundred is (4.6 nats),
# and by any angle.
_TURNED_NATS = 7.0
_FREEDOM = 4.0
# One position in fifty is off by any distance.
_LEAST_POSITION_NATS = -4.0
_TRIANGLE_SIGMAS = 4.0
_TRIANGLE_FLOOR_DEG = 1.5
_TRIANGLE_FLOOR_REL = 0.08


def judge_pairs(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> list[PairRegistration]:
    """The same pairs in the same order with the area's verdict given anew: by their own, those
    that fit are judged, whatever an earlier verdict of the area was.

    A photo whose heading contradicts all its neighbours in the same way is taken to have a wrong
    compass, not wrong pairs: its heading is then left out of the check. So are the compasses of a
    session whose certain pairs they contradict, and positions that the certain pairs of their
    photos contradict.
    """
    pairs = [replace(pair, area_reason="") if pair.area_reason else pair for pair in pairs]
    trusted_heading = set(views) - _wrong_headings(views, pairs, settings)
    trusted_heading -= _turned_compasses(views, pairs, trusted_heading, settings)
    trusted_position = set(views) - _wrong_positions(views, pairs, trusted_heading, settings)
    moved = _moved_sessions(views, pairs, trusted_heading, settings)
    checked = [
        _against_tags(
            views,
            pair,
            trusted_heading,
            trusted_position - ({*pair.key} if pair.key in moved else set()),
            settings,
        )
        if pair.accepted
        else pair
        for pair in pairs
    ]

    # Pairs that lie are not to say whose tags do; compasses that do say nothing of places.
    believed_headings = (set(views), set[int]())

    def tags_say(pair: PairRegistration) -> float:
        return max(_position_nats(views, pair, each, settings) for each in believed_headings)

    judged = _against_each_other(views, checked, settings)
    while alike := of_other_places(views, judged, tags_say):
        # What they spoke against is judged again without them, and must be certain by itself.
        for row, reason in alike.items():
            checked[row] = contradicted(checked[row], reason)
        again = _against_each_other(views, checked, settings)
        judged = [
            before
            if now.accepted and not before.accepted and evidence(now, settings) < _CERTAIN
            else now
            for before, now in zip(judged, again, strict=True)
        ]
    return judged


def _against_each_other(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> list[PairRegistration]:
    """The pairs, those refused that others contradict."""
    judged = _against_triangles(pairs, settings)
    believed = [row for row, pair in enumerate(judged) if pair.accepted]
    refused = disagreeing(views, [judged[row] for row in believed], settings)
    for number, reason in refused.items():
        judged[believed[number]] = contradicted(judged[believed[number]], reason)
    return judged


def contradicted(pair: PairRegistration, reason: str) -> PairRegistration:
    """The same pair, refused for what its surroundings say."""
    return replace(pair, area_reason=reason)


def _relative_heading_deg(a: PhotoView, b: PhotoView, pair: PairRegistration) -> float:
    """Heading of b minus that of a by the pair, in (−180, 180]."""
    assert pair.a_from_b is not None
    enu_from_a = enu_from_cam_rotation(0.0, a.pitch_deg, a.roll_deg)
    return wrapped_deg(heading_pitch_roll_deg(enu_from_a @ pair.a_from_b.rotation)[0])


def _heading_misfit_deg(a: PhotoView, b: PhotoView, pair: PairRegistration) -> float | None:
    """How far b's heading tag lies from what a's tag and the pair predict."""
    if a.heading_deg is None or b.heading_deg is None:
        return None
    return wrapped_deg(b.heading_deg - a.heading_deg - _relative_heading_deg(a, b, pair))


def _wrong_headings(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> set[int]:
    misfits: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for pair in pairs:
        if not pair.accepted:
            continue
        a, b = views[pair.photo_a], views[pair.photo_b]
        misfit = _heading_misfit_deg(a, b, pair)
        if misfit is not None:
            sigma = float(np.hypot(a.heading_sigma_deg, b.heading_sigma_deg))
            misfits[pair.photo_a].append((-misfit, sigma))
            misfits[pair.photo_b].append((misfit, sigma))
    wrong = set()
    for photo_id, found in misfits.items():
        offset = np.array([f[0] for f in found])
        limit = settings.gate_sigmas * np.array([f[1] for f in found])
        apart = np.abs(wrapped_deg(offset[:, None] - offset)) < _AGREEING_DEG
        agreeing = apart[np.argmax(apart.sum(axis=1))]
        far = np.abs(offset) > limit
        if len(found) >= 2 and agreeing.mean() > 0.5 and far[agreeing].mean() > 0.5:
            wrong.add(photo_id)
    return wrong


def _turned_compasses(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    trusted: set[int],
    settings: PairSettings,
) -> set[int]:
    """Photos of sessions whose compasses are turned: the way from photo to photo by pairs and
    headings fits the positions plainly better with all headings turned by some angle, or their
    certain pairs contradict the headings."""
    of = sessions(views)
    ways: dict[str, list[tuple[Array, Array, float]]] = defaultdict(list)
    contradicting: dict[str, list[bool]] = defaultdict(list)
    for pair in pairs:
        if not pair.accepted:
            continue
        own = {of[i] for i in pair.key if i in trusted and views[i].heading_deg is not None}
        if evidence(pair, settings) >= _CERTAIN:
            for session in own:
                off = _off_headings(views, pair, trusted, settings)[0]
                contradicting[session].append(off > 1.0)
        way = _way(views, pair, trusted) if len({of[i] for i in pair.key}) == 1 else None
        if way is not None:
            ways[of[pair.photo_a]].append(way)
    wrong = {
        session
        for session, found in contradicting.items()
        if sum(found) >= _SEVERAL and np.mean(found) > _TURNED_SHARE
    }
    for session, found in ways.items():
        tagged, moved, sigma_m = (np.array(part) for part in zip(*found, strict=True))
        turn = np.arange(0.0, 2 * np.pi, np.pi / 18)
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        east = cos * moved[:, 0] + sin * moved[:, 1] - tagged[:, 0]
        north = cos * moved[:, 1] - sin * moved[:, 0] - tagged[:, 1]
        cost = _plane_nats((east**2 + north**2) / sigma_m**2).sum(axis=1)
        # N photos have N positions, however many pairs.
        photos = sum(of[i] == session for i in views)
        cost *= min(1.0, photos / len(found))
        if cost[0] - cost.min() > _TURNED_NATS:
            wrong.add(session)
    return {i for i in views if of[i] in wrong}


def _way(
    views: Mapping[int, PhotoView], pair: PairRegistration, trusted: set[int]
) -> tuple[Array, Array, float] | None:
    """From one photo of a pair to the other, east and north: by the position tags (2,), by the pair
    and the surer of the two headings (2,), and the sigma of their difference but for the heading;
    None where a tag is missing."""
    assert pair.a_from_b is not None
    a, b = views[pair.photo_a], views[pair.photo_b]
    between = a.towards(b)
    headed = [v for v in (a, b) if v.heading_deg is not None and v.photo_id in trusted]
    if between is None or not headed:
        return None
    moved = (enu_from_cam_rotation(0.0, a.pitch_deg, a.roll_deg) @ pair.a_from_b.translation_m)[:2]
    best = min(headed, key=lambda v: v.heading_sigma_deg)
    assert best.heading_deg is not None
    turn_deg = best.heading_deg
    if best is b:
        turn_deg -= _relative_heading_deg(a, b, pair)
    turn = np.deg2rad(turn_deg)
    east = np.cos(turn) * moved[0] + np.sin(turn) * moved[1]
    north = -np.sin(turn) * moved[0] + np.cos(turn) * moved[1]
    length = float(np.linalg.norm(moved))
    sigma_m = np.hypot(a.horizontal_sigma_m, b.horizontal_sigma_m)
    sigma_m = float(np.hypot(sigma_m, a.scale_sigma_rel * length))
    return between[:2], np.array((east, north)), sigma_m


def _wrong_positions(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    trusted_heading: set[int],
    settings: PairSettings,
) -> set[int]:
    """Photos whose pairs mostly contradict their positions and agree on where they are instead, as
    far as the positions of the others cannot be to blame: the photo with most against it first."""
    told: dict[int, list[tuple[int, bool, Array | None, float]]] = defaultdict(list)
    for pair in pairs:
        if not pair.accepted or evidence(pair, settings) < _PER_NAT:
            continue
        a, b = (views[i] for i in pair.key)
        if a.position_ecef is None or b.position_ecef is None:
            continue
        contradicts = _off_places(views, pair, trusted_heading, settings)[0] > 1.0
        way = _way(views, pair, trusted_heading)
        off, sigma_m = (way[0] - way[1], way[2]) if way else (None, np.inf)
        told[pair.photo_b].append((pair.photo_a, contradicts, off, sigma_m))
        told[pair.photo_a].append(
            (pair.photo_b, contradicts, None if off is None else -off, sigma_m)
        )
    wrong = set[int]()
    while True:
        against = {}
        for i in told.keys() - wrong:
            said = [each for each in told[i] if each[0] not in wrong]
            count = sum(contradicts for _, contradicts, _, _ in said)
            if count >= _SEVERAL and 2 * count > len(said) and _agree(said, settings):
                against[i] = (count / len(said), count, -i)
        if not against:
            return wrong
        wrong.add(max(against, key=lambda i: against[i]))


def _agree(said: Sequence[tuple[int, bool, Array | None, float]], settings: PairSettings) -> bool:
    """Whether pairs that contradict a photo's position say alike where it is; without headings
    nobody can tell."""
    found = [(off, sigma_m) for _, contradicts, off, sigma_m in said if contradicts]
    off = np.array([o for o, _ in found if o is not None]).reshape(-1, 2)
    sigma_m = np.array([s for o, s in found if o is not None])
    if len(off) < _SEVERAL:
        return len(off) == 0
    apart = np.linalg.norm(off - np.median(off, axis=0), axis=1)
    return bool((apart < settings.gate_sigmas * sigma_m).mean() > 0.5)


def _moved_sessions(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    trusted_heading: set[int],
    settings: PairSettings,
) -> set[tuple[int, int]]:
    """Pairs between two sessions that say alike how far the positions of one are off from those of
    the other: look-alikes do not agree on that."""
    of = sessions(views)
    found: dict[tuple[str, str], list[tuple[tuple[int, int], Array, float]]] = defaultdict(list)
    for pair in pairs:
        way = _way(views, pair, trusted_heading) if pair.accepted else None
        a, b = (of[i] for i in pair.key)
        if way is None or a == b or evidence(pair, settings) < _PER_NAT:
            continue
        tagged, moved, sigma_m = way
        off = tagged - moved if a < b else moved - tagged
        found[min(a, b), max(a, b)].append((pair.key, off, sigma_m))
    agreed = set[tuple[int, int]]()
    for said in found.values():
        off = np.array([o for _, o, _ in said])
        # Independent but for what the sessions share, each by half its sigma and more.
        near = np.linalg.norm(
            off - np.median(off, axis=0), axis=1
        ) < settings.gate_sigmas * np.array([s for _, _, s in said])
        if near.sum() > _SEVERAL and near.mean() > 0.5:
            agreed.update(key for (key, _, _), inside in zip(said, near, strict=True) if inside)
    return agreed


def _against_tags(
    views: Mapping[int, PhotoView],
    pair: PairRegistration,
    trusted_heading: set[int],
    trusted_position: set[int],
    settings: PairSettings,
) -> PairRegistration:
    if evidence(pair, settings) >= _CERTAIN:
        return pair
    off, misfit_deg = _off_headings(views, pair, trusted_heading, settings)
    if off > 1.0:
        return contradicted(pair, f"contradicts the headings by {misfit_deg:.0f}°")
    if not {pair.photo_a, pair.photo_b} <= trusted_position:
        return pair
    off, misfit_m = _off_places(views, pair, trusted_heading, settings)
    if off > 1.0:
        return contradicted(pair, f"contradicts the positions by {misfit_m:.0f} m")
    return pair


def _off_headings(
    views: Mapping[int, PhotoView],
    pair: PairRegistration,
    trusted: set[int],
    settings: PairSettings,
) -> tuple[float, float]:
    """How far the pair is from its photos' headings, over the gate, and in degrees; 0 where one is
    not trusted."""
    a, b = views[pair.photo_a], views[pair.photo_b]
    misfit = _heading_misfit_deg(a, b, pair)
    if misfit is None or not {pair.photo_a, pair.photo_b} <= trusted:
        return 0.0, 0.0
    sigma = float(np.hypot(a.heading_sigma_deg, b.heading_sigma_deg))
    return abs(misfit) / (settings.gate_sigmas * sigma), abs(misfit)


def _off_places(
    views: Mapping[int, PhotoView],
    pair: PairRegistration,
    trusted_heading: set[int],
    settings: PairSettings,
) -> tuple[float, float]:
    """How far the pair is from its photos' positions, over the gate, and in metres; 0 where one is
    untold."""
    assert pair.a_from_b is not None
    a, b = views[pair.photo_a], views[pair.photo_b]
    way = _way(views, pair, trusted_heading)
    if way is not None:
        tagged, moved, sigma_m = way
        headed = [v for v in (a, b) if v.heading_deg is not None and v.photo_id in trusted_heading]
        heading_sigma_deg = min(v.heading_sigma_deg for v in headed)
        sigma_m = float(np.hypot(sigma_m, np.deg2rad(heading_sigma_deg) * np.linalg.norm(moved)))
        off_m = float(np.linalg.norm(tagged - moved))
        return off_m / (settings.gate_sigmas * sigma_m), off_m
    between = a.towards(b)
    if between is None:
        return 0.0, 0.0
    # Without a heading only the distance can be compared.
    level = enu_from_cam_rotation(0.0, a.pitch_deg, a.roll_deg)
    length = float(np.linalg.norm((level @ pair.a_from_b.translation_m)[:2]))
    sigma_m = np.hypot(a.horizontal_sigma_m, b.horizontal_sigma_m)
    sigma_m = float(np.hypot(sigma_m, a.scale_sigma_rel * length))
    off_m = abs(float(np.linalg.norm(between[:2])) - length)
    return off_m / (settings.gate_sigmas * sigma_m), off_m


def _position_nats(
    views: Mapping[int, PhotoView],
    pair: PairRegistration,
    trusted_heading: set[int],
    settings: PairSettings,
) -> float:
    """How much likelier the photos' positions are where they see one place than where they see two
    that lie anywhere within view, in nats; 0 where one has none."""
    a, b = views[pair.photo_a], views[pair.photo_b]
    if a.position_ecef is None or b.position_ecef is None:
        return 0.0
    variance_m2 = a.horizontal_sigma_m**2 + b.horizontal_sigma_m**2
    anywhere = float(np.log1p(settings.max_range_m**2 / (2.0 * variance_m2)))
    sigmas = settings.gate_sigmas * _off_places(views, pair, trusted_heading, settings)[0]
    return max(anywhere - float(_plane_nats(np.array(sigmas**2))), _LEAST_POSITION_NATS)


def _plane_nats(sigmas_sq: Array) -> Array:
    """Minus the log of Student's density in the plane, of squares of sigmas, but for its height:
    positions are off by many of their sigmas now and then."""
    return np.asarray((_FREEDOM / 2 + 1) * np.log1p(sigmas_sq / _FREEDOM), dtype=np.float64)


def _against_triangles(
    pairs: Sequence[PairRegistration], settings: PairSettings
) -> list[PairRegistration]:
    """Refuse pairs that triangles contradict more than they confirm.

    A triangle speaks about each of its pairs with the evidence of the weaker of the other two. One
    that does not close has at least one wrong pair but does not say which: the pair with the worst
    balance goes first, then the rest is judged again without it.
    """
    live = {pair.key: row for row, pair in enumerate(pairs) if pair.accepted}
    neighbours: dict[int, set[int]] = defaultdict(set)
    for i, j in live:
        neighbours[i].add(j)
        neighbours[j].add(i)
    closing: dict[tuple[int, int, int], bool] = {}
    for i, j in live:
        for k in neighbours[i] & neighbours[j]:
            corner = tuple(sorted((i, j, k)))
            triple = (corner[0], corner[1], corner[2])
            if triple not in closing:
                closing[triple] = _closes(
                    pairs[live[triple[0], triple[1]]],
                    pairs[live[triple[1], triple[2]]],
                    pairs[live[triple[0], triple[2]]],
                )
    weight = {edge: evidence(pairs[row], settings) for edge, row in live.items()}
    result = list(pairs)
    while True:
        good: dict[tuple[int, int], float] = defaultdict(float)
        bad: dict[tuple[int, int], float] = defaultdict(float)
        for (i, j, k), closes in closing.items():
            for edge, one, other in (
                ((i, j), (j, k), (i, k)),
                ((j, k), (i, j), (i, k)),
                ((i, k), (i, j), (j, k)),
            ):
                (good if closes else bad)[edge] += min(weight[one], weight[other])
        worst = max(
            (edge for edge in bad if bad[edge] > good[edge] and pairs[live[edge]].method != BY_RIG),
            key=lambda e: (bad[e] - good[e], -weight[e], e),
            default=None,
        )
        if worst is None:
            return result
        against = sum(set(worst) <= set(t) and not c for t, c in closing.items())
        confirm = sum(set(worst) <= set(t) and c for t, c in closing.items())
        row = live[worst]
        result[row] = contradicted(
            result[row], f"{against} triangles contradict it, {confirm} confirm it"
        )
        closing = {t: c for t, c in closing.items() if not set(worst) <= set(t)}


def _closes(ij: PairRegistration, jk: PairRegistration, ik: PairRegistration) -> bool:
    """Whether i_from_j · j_from_k equals i_from_k within what the three may be wrong by."""
    assert ij.a_from_b is not None
    assert jk.a_from_b is not None
    assert ik.a_from_b is not None
    loop = ij.a_from_b @ jk.a_from_b @ ik.a_from_b.inverse()
    turn_deg = np.rad2deg(rotation_angle_rad(loop.rotation))
    sigmas = [np.sqrt(np.diag(p.covariance)) for p in (ij, jk, ik) if p.covariance is not None]
    turn_sigma = np.rad2deg(np.sqrt(sum(float((s[:3] ** 2).sum()) for s in sigmas)))
    if turn_deg > _TRIANGLE_FLOOR_DEG + _TRIANGLE_SIGMAS * turn_sigma:
        return False
    shift = float(np.linalg.norm(loop.apply(ik.a_from_b.translation_m) - ik.a_from_b.translation_m))
    reach = sum(float(np.linalg.norm(p.a_from_b.translation_m)) for p in (ij, jk, ik) if p.a_from_b)
    shift_sigma = float(np.sqrt(sum(float((s[3:6] ** 2).sum()) for s in sigmas)))
    return shift < 0.1 + _TRIANGLE_FLOOR_REL * reach + _TRIANGLE_SIGMAS * shift_sigma
