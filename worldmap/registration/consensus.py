"""Which pairs agree on one shape: photos are joined into groups, the most certain pair first.

Look-alike façades give false pairs that agree with each other, often more of them than of true
ones and with more inliers. What they lack is certainty: two photos that show the same wall match
nearly everywhere their clouds overlap, two walls that look alike only here and there. So the pairs
that are certain make the groups, and when a pair is about to join two groups, all pairs between the
two have a vote, and so have the tags of all their photos.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.frames import Frame, Similarity, cam, rotation_angle_rad
from worldmap.records import PairRegistration
from worldmap.registration.evidence import SAYS_LITTLE, evidence
from worldmap.registration.start import laying_cost
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

# Even a right pair is off by this much that its covariance does not know of: turn, share of the
# distance between its photos, metres, and log scale.
_FLOOR_RAD = np.deg2rad(0.4)
_FLOOR_REL = 0.03
_FLOOR_M = 0.1
_FLOOR_LOG = 0.01
_SIGMAS = 4.0
# Of the pairs between two groups at most so many are considered, the most certain ones.
_VOTERS = 40
# The second and further votes share photos with the first, and with them what deceives it.
_FURTHER_VOTE = 0.5
# Evidence worth one unit of the tags' log-likelihood.
_UNIT_EVIDENCE = 25.0
# So much evidence that nothing contradicts needs no tags.
_CERTAIN = 150.0
# What the tags of two groups that belong together cost by chance.
_CHANCE = 2.0
# The tags of so many photos on either side of a pair are asked.
_AROUND = 20


def disagreeing(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> dict[int, str]:
    """Rows of the accepted `pairs` that disagree with what the others agree on, and why."""
    weight = [evidence(p, settings) for p in pairs]
    order = sorted(
        range(len(pairs)), key=lambda k: (-weight[k], pairs[k].photo_a, pairs[k].photo_b)
    )
    rank = {row: place for place, row in enumerate(order)}
    of_photo: dict[int, list[int]] = defaultdict(list)
    for row, pair in enumerate(pairs):
        of_photo[pair.photo_a].append(row)
        of_photo[pair.photo_b].append(row)
    groups = _Groups(views)
    refused: dict[int, str] = {}
    for row in order:
        while row not in refused and not groups.connect(pairs[row]):
            between = [
                k
                for k in groups.between(pairs[row], of_photo, pairs)
                if k not in refused and weight[k] > 0
            ] or [row]
            considered = sorted(between, key=rank.__getitem__)[:_VOTERS]
            refused.update(_join(groups, views, pairs, weight, considered))
        if row in refused or groups.hang_by(pairs[row]):
            continue
        if not groups.agrees(pairs[row]):
            refused[row] = "contradicts what more certain pairs agree on"
        elif weight[row] < SAYS_LITTLE:
            refused[row] = "says too little beside more certain pairs"
    return refused


def _join(
    groups: _Groups,
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    weight: Sequence[float],
    considered: Sequence[int],
) -> dict[int, str]:
    """Join the two groups that the pairs of the rows `considered` lie between by what most of them
    and the tags say, or refuse what the tags speak against; the refused rows."""
    agreeing = {
        k: [n for n in considered if groups.agrees(pairs[n], through=pairs[k])] for k in considered
    }
    unanimous = len(agreeing[considered[0]]) == len(considered)
    if unanimous and weight[considered[0]] > _CERTAIN:
        groups.join(pairs[considered[0]])
        return {}
    score, seen = {}, set[int]()
    for k in considered:
        if k in seen:
            continue
        # Those that say the same need not be asked one by one.
        seen.update(agreeing[k])
        votes = sorted(weight[n] / _UNIT_EVIDENCE for n in agreeing[k])
        said = votes[-1] + _FURTHER_VOTE * sum(votes[:-1])
        joining = groups.tag_cost(pairs[k], views, joined=True) - groups.tag_cost(pairs[k], views)
        score[k] = said - joining
    best = max(score, key=lambda k: score[k])
    if score[best] > -_CHANCE:
        groups.join(pairs[best])
        return {
            k: "other pairs and the tags around it say otherwise"
            for k in considered
            if k not in agreeing[best]
        }
    return dict.fromkeys(agreeing[best], "the tags of the photos around it say otherwise")


@dataclass(frozen=True, slots=True, eq=False)
class _Slack:
    """Variances of what may be wrong along a chain of pairs: turn (rad²), shift (m² of the group's
    scale), log scale."""

    turn: float
    shift: float
    scale: float

    def __add__(self, other: _Slack) -> _Slack:
        return _Slack(self.turn + other.turn, self.shift + other.shift, self.scale + other.scale)

    def in_units(self, scale: float) -> _Slack:
        return _Slack(self.turn, self.shift * scale**2, self.scale)


_NONE = _Slack(0.0, 0.0, 0.0)
_ZERO = np.zeros(3)
_GROUP = Frame("group")


def _slack(pair: PairRegistration) -> _Slack:
    """Of one pair, in the scale of its photo a."""
    assert pair.a_from_b is not None
    assert pair.covariance is not None
    variance = np.diag(pair.covariance)
    distance = float(np.linalg.norm(pair.a_from_b.translation_m))
    return _Slack(
        float(variance[:3].sum()) + _FLOOR_RAD**2,
        float(variance[3:6].sum()) + (_FLOOR_REL * distance) ** 2 + _FLOOR_M**2,
        float(variance[6]) + _FLOOR_LOG**2,
    )


class _Groups:
    """Photos in groups; each has a place in its group and hangs on a parent by one pair."""

    def __init__(self, views: Mapping[int, PhotoView]) -> None:
        self._of = {i: i for i in views}
        self._members = {i: [i] for i in views}
        self._pose = {
            i: Similarity(to=_GROUP, source=cam(str(i)), rotation=np.eye(3), translation_m=_ZERO)
            for i in views
        }
        self._parent: dict[int, int | None] = dict.fromkeys(views)
        self._edge = dict.fromkeys(views, _NONE)
        self._depth = dict.fromkeys(views, 0)

    def connect(self, pair: PairRegistration) -> bool:
        """Whether both photos of the pair are in one group."""
        return self._of[pair.photo_a] == self._of[pair.photo_b]

    def hang_by(self, pair: PairRegistration) -> bool:
        """Whether the pair is one by which a photo hangs in its group."""
        a, b = pair.photo_a, pair.photo_b
        return self._parent[a] == b or self._parent[b] == a

    def between(
        self,
        pair: PairRegistration,
        of_photo: Mapping[int, Sequence[int]],
        pairs: Sequence[PairRegistration],
    ) -> list[int]:
        """Rows of all pairs between the groups of the pair's photos."""
        both = {self._of[pair.photo_a], self._of[pair.photo_b]}
        smaller = min(both, key=lambda g: (len(self._members[g]), g))
        rows = {k for photo in self._members[smaller] for k in of_photo[photo]}
        return [k for k in rows if {self._of[pairs[k].photo_a], self._of[pairs[k].photo_b]} == both]

    def agrees(self, pair: PairRegistration, *, through: PairRegistration | None = None) -> bool:
        """Whether the pair is what its group says; of a pair between two groups, whether it is what
        they would say if the pair `through` joined them."""
        assert pair.a_from_b is not None
        i, j = pair.photo_a, pair.photo_b
        if through is None:
            predicted = self._pose[i].inverse() @ self._pose[j]
            chain = self._chain(i, j).in_units(1.0 / self._pose[i].scale)
        else:
            near, far, near_from_far = self._ends(through, self._of[i])
            i_from_near = self._pose[i].inverse() @ self._pose[near]
            far_from_j = self._pose[far].inverse() @ self._pose[j]
            predicted = i_from_near @ near_from_far @ far_from_j
            chain = self._chain(i, near).in_units(1.0 / self._pose[i].scale)
            if through is not pair:
                unit = 1.0 if near == through.photo_a else near_from_far.scale
                chain += _slack(through).in_units(i_from_near.scale * unit)
            chain += self._chain(far, j).in_units(predicted.scale / self._pose[j].scale)
        return _close(predicted, pair.a_from_b, chain + _slack(pair))

    def join(self, pair: PairRegistration) -> None:
        """Hang the smaller of the pair's two groups on the larger one."""
        a, b = self._of[pair.photo_a], self._of[pair.photo_b]
        keep = max(a, b, key=lambda g: (len(self._members[g]), -g))
        near, far, near_from_far = self._ends(pair, keep)
        keep_from_moved = self._moving(near, far, near_from_far)
        unit = self._pose[near].scale * (1.0 if near == pair.photo_a else near_from_far.scale)
        moved = self._members.pop(self._of[far])
        for photo in moved:
            self._of[photo] = keep
            self._pose[photo] = keep_from_moved @ self._pose[photo]
            self._edge[photo] = self._edge[photo].in_units(keep_from_moved.scale)
        self._hang(far, near, _slack(pair).in_units(unit))
        self._members[keep].extend(moved)
        self._number(moved)

    def tag_cost(
        self, pair: PairRegistration, views: Mapping[int, PhotoView], *, joined: bool = False
    ) -> float:
        """What the tags of the photos around the pair cost, each of its two groups laid on its own,
        or both joined by it."""
        near, far, near_from_far = self._ends(pair, self._of[pair.photo_a])
        first, second = self._around(near), self._around(far)
        if not joined:
            return sum(
                laying_cost([views[i] for i in part], [self._pose[i] for i in part])
                for part in (first, second)
            )
        move = self._moving(near, far, near_from_far)
        poses = [self._pose[i] for i in first] + [move @ self._pose[i] for i in second]
        return laying_cost([views[i] for i in (*first, *second)], poses)

    def _around(self, photo: int) -> list[int]:
        """The photos of a photo's group that are nearest to it: groups that are a long chain drift,
        and tags far away would blame that on the pair."""
        members = self._members[self._of[photo]]
        if len(members) <= _AROUND:
            return members
        centre = np.array([self._pose[i].translation_m for i in members])
        away = np.linalg.norm(centre - self._pose[photo].translation_m, axis=1)
        return [members[k] for k in np.lexsort((members, away))[:_AROUND]]

    def _ends(self, pair: PairRegistration, group: int) -> tuple[int, int, Similarity]:
        """The pair's photo in `group`, the other one, and the transform between them."""
        assert pair.a_from_b is not None
        if self._of[pair.photo_a] == group:
            return pair.photo_a, pair.photo_b, pair.a_from_b
        return pair.photo_b, pair.photo_a, pair.a_from_b.inverse()

    def _moving(self, near: int, far: int, near_from_far: Similarity) -> Similarity:
        return self._pose[near] @ near_from_far @ self._pose[far].inverse()

    def _chain(self, i: int, j: int) -> _Slack:
        """What may be wrong between two photos of a group, along its tree."""
        total = _NONE
        while i != j:
            if self._depth[i] < self._depth[j]:
                i, j = j, i
            total += self._edge[i]
            parent = self._parent[i]
            assert parent is not None
            i = parent
        return total

    def _hang(self, photo: int, parent: int, edge: _Slack) -> None:
        """Make `photo` the top of its group's tree and hang it on `parent`."""
        above, its_edge = self._parent[photo], self._edge[photo]
        self._parent[photo], self._edge[photo] = parent, edge
        while above is not None:
            further, further_edge = self._parent[above], self._edge[above]
            self._parent[above], self._edge[above] = photo, its_edge
            photo, above, its_edge = above, further, further_edge

    def _number(self, photos: Sequence[int]) -> None:
        """How deep in the tree photos are that were just hung into it."""
        stale = set(photos)
        for photo in photos:
            path = []
            here: int | None = photo
            while here is not None and here in stale:
                path.append(here)
                here = self._parent[here]
            depth = -1 if here is None else self._depth[here]
            for below in reversed(path):
                depth += 1
                self._depth[below] = depth
                stale.discard(below)


def _close(predicted: Similarity, measured: Similarity, slack: _Slack) -> bool:
    turn_rad = rotation_angle_rad(predicted.rotation.T @ measured.rotation)
    if turn_rad > _SIGMAS * np.sqrt(slack.turn):
        return False
    if abs(np.log(measured.scale / predicted.scale)) > _SIGMAS * np.sqrt(slack.scale):
        return False
    shift_m = float(np.linalg.norm(predicted.translation_m - measured.translation_m))
    distance_m = float(np.linalg.norm(measured.translation_m))
    allowed = slack.shift + (slack.turn + slack.scale) * distance_m**2
    return bool(shift_m < _SIGMAS * np.sqrt(allowed))
