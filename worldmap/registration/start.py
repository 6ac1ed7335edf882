"""Where the solver starts: a spanning tree of the best pairs, laid onto the tags."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.frames import Frame, Similarity, cam, wrapped_deg
from worldmap.records import PairRegistration
from worldmap.registration.compass import compass_cost
from worldmap.registration.evidence import evidence
from worldmap.registration.priors import HEADING_KERNEL, POSITION_KERNEL
from worldmap.registration.session import sessions
from worldmap.registration.view import PhotoView, common_enu

Array = NDArray[np.float64]

_TREE = Frame("tree")
_TURNS = 180


def components(photo_ids: Sequence[int], pairs: Sequence[PairRegistration]) -> list[list[int]]:
    """Groups of photos that accepted pairs connect, each sorted, largest first."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        neighbours[pair.photo_a].add(pair.photo_b)
        neighbours[pair.photo_b].add(pair.photo_a)
    groups, seen = [], set()
    for first in sorted(photo_ids):
        if first in seen:
            continue
        group, queue = [], deque([first])
        seen.add(first)
        while queue:
            here = queue.popleft()
            group.append(here)
            for other in sorted(neighbours[here] - seen):
                seen.add(other)
                queue.append(other)
        groups.append(sorted(group))
    return sorted(groups, key=lambda g: (-len(g), g))


def starting_poses(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> dict[int, Similarity]:
    """enu_from_cam of each photo of one connected component, depth scale inside.

    The tree gives the shape; the turn about the vertical, the place and the size that suit all GPS,
    heading and scale priors best (robustly, by trying every 2°) put it on the map.
    """
    tree = _spanning_tree(views, pairs, settings)
    frame = common_enu(views.values())
    tags = [(view.position_enu, view.heading_enu_deg) for view in views.values()]
    laid = _lay(list(views.values()), tags, [tree[i] for i in views], _TURNS)
    return {
        i: Similarity(
            to=frame,
            source=pose.source,
            rotation=laid.turn @ pose.rotation,
            translation_m=laid.size * (laid.turn @ pose.translation_m) + laid.shift,
            scale=laid.size * pose.scale,
        )
        for i, pose in ((i, tree[i]) for i in views)
    }


def laying_cost(views: Sequence[PhotoView], poses: Sequence[Similarity]) -> float:
    """What the tags of photos say against their `poses` relative to each other, wherever those are
    put on the map: half a robust chi-squared, by trying every 4°."""
    about = next((view for view in views if view.position_ecef is not None), views[0])
    # So near each other all photos have one north.
    tags = [(about.towards(view), view.heading_deg) for view in views]
    return _lay(views, tags, poses, _TURNS // 2).cost


def grown(
    placed: Mapping[int, Similarity], pairs: Sequence[PairRegistration], settings: PairSettings
) -> dict[int, Similarity]:
    """enu_from_cam of the photos of `placed` and of all that pairs tie to them, one after the
    other by the pair with most evidence."""
    poses = dict(placed)
    ordered = sorted(pairs, key=lambda p: (-evidence(p, settings), p.photo_a, p.photo_b))
    while True:
        step = next((p for p in ordered if (p.photo_a in poses) != (p.photo_b in poses)), None)
        if step is None:
            return poses
        assert step.a_from_b is not None
        if step.photo_a in poses:
            poses[step.photo_b] = poses[step.photo_a] @ step.a_from_b
        else:
            poses[step.photo_a] = poses[step.photo_b] @ step.a_from_b.inverse()


def _spanning_tree(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], settings: PairSettings
) -> dict[int, Similarity]:
    """tree_from_cam of each photo along the maximum spanning tree by evidence (Prim)."""
    edges: dict[int, list[tuple[float, int, Similarity]]] = defaultdict(list)
    for pair in pairs:
        assert pair.a_from_b is not None
        weight = evidence(pair, settings)
        edges[pair.photo_a].append((weight, pair.photo_b, pair.a_from_b))
        edges[pair.photo_b].append((weight, pair.photo_a, pair.a_from_b.inverse()))
    root = max(views, key=lambda i: (sum(e[0] for e in edges[i]), -i))
    tree = {
        root: Similarity(
            to=_TREE, source=cam(str(root)), rotation=np.eye(3), translation_m=np.zeros(3)
        )
    }
    reachable = [(-weight, root, there, t) for weight, there, t in edges[root]]
    queue = [(*entry[:3], number) for number, entry in enumerate(reachable)]
    heapq.heapify(queue)
    while queue:
        _, here, there, number = heapq.heappop(queue)
        if there in tree:
            continue
        tree[there] = tree[here] @ reachable[number][3]
        for weight, onward, there_from_onward in edges[there]:
            if onward not in tree:
                heapq.heappush(queue, (-weight, there, onward, len(reachable)))
                reachable.append((-weight, there, onward, there_from_onward))
    return tree


def _rotation_to_vertical(up: Array) -> Array:
    """The smallest rotation (3, 3) that turns the unit vector `up` to (0, 0, 1)."""
    axis = np.cross(up, (0.0, 0.0, 1.0))
    sine, cosine = float(np.linalg.norm(axis)), float(up[2])
    if sine < 1e-12:
        return np.eye(3) if cosine > 0 else np.diag((1.0, -1.0, -1.0))
    x, y, z = axis / sine
    cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
    return np.asarray(np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Laid:
    """Where poses lie best on the map: x_enu = size · turn · x + shift, and what that costs."""

    turn: Array
    size: float
    shift: Array
    cost: float


def _lay(
    views: Sequence[PhotoView],
    tags: Sequence[tuple[Array | None, float | None]],
    poses: Sequence[Similarity],
    turns: int,
) -> _Laid:
    """tags: each view's position and heading in the axes that the poses are laid in."""
    rotation = np.array([p.rotation for p in poses])
    tilt_sigma = np.array([v.tilt_sigma_deg for v in views])
    up = np.einsum("nij,nj,n->i", rotation, np.array([v.up_cam for v in views]), 1 / tilt_sigma)
    level = _rotation_to_vertical(up / max(float(np.linalg.norm(up)), 1e-12))
    size = float(np.exp(-np.median([np.log(p.scale) for p in poses])))
    centre = size * np.array([p.translation_m for p in poses]) @ level.T
    angle = np.arange(turns) * (2 * np.pi / turns)
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(turns), np.ones(turns)
    about_up = np.stack((cos, sin, zero, -sin, cos, zero, zero, zero, one), axis=1)
    about_up = about_up.reshape(turns, 3, 3)
    cost = np.zeros(turns)
    shift = np.zeros((turns, 3))
    told = [n for n, (position, _) in enumerate(tags) if position is not None]
    if told:
        tagged = np.array([tags[n][0] for n in told], dtype=np.float64)
        sigma = np.array([views[n].horizontal_sigma_m for n in told])
        offset = tagged - np.einsum("tij,nj->tni", about_up, centre[told])
        shift = np.median(offset, axis=1)
        of = sessions({views[n].photo_id: views[n] for n in told})
        session = np.array([of[views[n].photo_id] for n in told])
        for name in sorted(set(session)):
            own = session == name
            off = np.linalg.norm((offset[:, own] - shift[:, None])[..., :2], axis=2) / sigma[own]
            said = _cauchy(off, POSITION_KERNEL).sum(axis=1)
            # Or about a place of its own, at what it costs to be off together.
            place = np.median(offset[:, own], axis=1)
            off = np.linalg.norm((offset[:, own] - place[:, None])[..., :2], axis=2) / sigma[own]
            away = np.linalg.norm((place - shift)[..., :2], axis=1) / np.median(sigma[own])
            apart = _cauchy(off, POSITION_KERNEL).sum(axis=1) + _cauchy(away, POSITION_KERNEL)
            cost += np.minimum(said, apart)
    headed = [n for n, (_, heading_deg) in enumerate(tags) if heading_deg is not None]
    if headed:
        forward = rotation[headed, :, 2] @ level.T
        bearing_deg = np.rad2deg(np.arctan2(forward[:, 0], forward[:, 1]))
        tag_deg = np.array([tags[n][1] for n in headed], dtype=np.float64)
        heading_sigma = np.array([views[n].heading_sigma_deg for n in headed])
        off_deg = np.rad2deg(angle)[:, None] + bearing_deg - tag_deg
        said = _cauchy(wrapped_deg(off_deg) / heading_sigma, HEADING_KERNEL)
        of = sessions({views[n].photo_id: views[n] for n in headed})
        session = np.array([of[views[n].photo_id] for n in headed])
        for name in sorted(set(session)):
            own = session == name
            # Turned with all their compasses off by so much, at what that costs.
            off = compass_cost(np.rad2deg(angle), float(np.median(heading_sigma[own])))
            shifted = np.add.outer(np.arange(turns), np.arange(turns)) % turns
            cost += (said[:, own].sum(axis=1)[shifted] + off).min(axis=1)
    best = int(np.argmin(cost))
    return _Laid(turn=about_up[best] @ level, size=size, shift=shift[best], cost=float(cost[best]))


def _cauchy(sigmas: Array, kernel: float) -> Array:
    return np.asarray(0.5 * kernel**2 * np.log1p((sigmas / kernel) ** 2))
