"""Which accepted pairs to believe: against the tags, and against each other.

Look-alike façades give pairs with many inliers that are plainly wrong. One pair alone cannot show
that; its photos' GPS and compass, and the other pairs around it, can.
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
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_AGREEING_DEG = 25.0
_TRIANGLE_SIGMAS = 4.0
_TRIANGLE_FLOOR_DEG = 1.5
_TRIANGLE_FLOOR_REL = 0.08


def judge_pairs(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> list[PairRegistration]:
    """The same pairs in the same order with the area's verdict given anew: by their own, those
    that fit are judged, whatever an earlier verdict of the area was.

    A photo whose heading contradicts all its neighbours in the same way is taken to have a wrong
    compass, not wrong pairs: its heading is then left out of the check.
    """
    pairs = [replace(pair, area_reason="") if pair.area_reason else pair for pair in pairs]
    trusted_heading = set(views) - _wrong_headings(views, pairs, settings)
    checked = [
        _against_tags(views, pair, trusted_heading, settings) if pair.accepted else pair
        for pair in pairs
    ]
    checked = _against_triangles(checked, settings)
    believed = [row for row, pair in enumerate(checked) if pair.accepted]
    refused = disagreeing(views, [checked[row] for row in believed], settings)
    for number, reason in refused.items():
        checked[believed[number]] = contradicted(checked[believed[number]], reason)
    return checked


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


def _against_tags(
    views: Mapping[int, PhotoView],
    pair: PairRegistration,
    trusted_heading: set[int],
    settings: PairSettings,
) -> PairRegistration:
    assert pair.a_from_b is not None
    a, b = views[pair.photo_a], views[pair.photo_b]
    misfit = _heading_misfit_deg(a, b, pair)
    if misfit is not None and {pair.photo_a, pair.photo_b} <= trusted_heading:
        sigma = float(np.hypot(a.heading_sigma_deg, b.heading_sigma_deg))
        if abs(misfit) > settings.gate_sigmas * sigma:
            return contradicted(pair, f"contradicts the headings by {abs(misfit):.0f}°")
    between = a.towards(b)
    if between is None:
        return pair
    tagged = between[:2]
    sigma_m = float(np.hypot(a.horizontal_sigma_m, b.horizontal_sigma_m))
    headed = [v for v in (a, b) if v.heading_deg is not None and v.photo_id in trusted_heading]
    moved = (enu_from_cam_rotation(0.0, a.pitch_deg, a.roll_deg) @ pair.a_from_b.translation_m)[:2]
    length = float(np.linalg.norm(moved))
    sigma_m = float(np.hypot(sigma_m, a.scale_sigma_rel * length))
    # Without a heading only the distance can be compared.
    off_m = abs(float(np.linalg.norm(tagged)) - length)
    if headed:
        best = min(headed, key=lambda v: v.heading_sigma_deg)
        assert best.heading_deg is not None
        turn_deg = best.heading_deg
        if best is b:
            turn_deg -= _relative_heading_deg(a, b, pair)
        turn = np.deg2rad(turn_deg)
        east = np.cos(turn) * moved[0] + np.sin(turn) * moved[1]
        north = -np.sin(turn) * moved[0] + np.cos(turn) * moved[1]
        off_m = float(np.hypot(tagged[0] - east, tagged[1] - north))
        sigma_m = float(np.hypot(sigma_m, np.deg2rad(best.heading_sigma_deg) * length))
    if off_m > settings.gate_sigmas * sigma_m:
        return contradicted(pair, f"contradicts the positions by {off_m:.0f} m")
    return pair


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
            (edge for edge in bad if bad[edge] > good[edge]),
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
