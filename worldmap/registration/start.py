"""Where the solver starts: a spanning tree of the best pairs, laid onto the tags."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import ENU, Frame, Similarity, cam, enu_from_cam_rotation
from worldmap.records import PairRegistration
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_TREE = Frame("tree")
_TURNS = 180
_KERNEL = 2.0


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
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
) -> dict[int, Similarity]:
    """enu_from_cam of each photo of one connected component, depth scale inside.

    The tree gives the shape; the turn about the vertical, the place and the size that suit all GPS,
    heading and scale priors best (robustly, by trying every 2°) put it on the map.
    """
    tree = _spanning_tree(views, pairs)
    up = np.sum([tree[i].rotation @ v.up_cam / v.tilt_sigma_deg for i, v in views.items()], axis=0)
    level = _rotation_to_vertical(up / np.linalg.norm(up))
    size = float(np.exp(-np.median([np.log(tree[i].scale) for i in views])))
    levelled = {
        i: Similarity(
            to=ENU,
            source=pose.source,
            rotation=level @ pose.rotation,
            translation_m=size * (level @ pose.translation_m),
            scale=size * pose.scale,
        )
        for i, pose in tree.items()
    }
    best_cost, best = np.inf, levelled
    for turn_deg in np.arange(_TURNS) * (360.0 / _TURNS):
        cost, placed = _laid(views, levelled, float(turn_deg))
        if cost < best_cost:
            best_cost, best = cost, placed
    return best


def _spanning_tree(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
) -> dict[int, Similarity]:
    """tree_from_cam of each photo along the maximum spanning tree by inliers (Prim)."""
    edges: dict[int, list[tuple[int, int, Similarity]]] = defaultdict(list)
    for pair in pairs:
        assert pair.a_from_b is not None
        edges[pair.photo_a].append((pair.inliers, pair.photo_b, pair.a_from_b))
        edges[pair.photo_b].append((pair.inliers, pair.photo_a, pair.a_from_b.inverse()))
    root = max(views, key=lambda i: (sum(e[0] for e in edges[i]), -i))
    tree = {
        root: Similarity(
            to=_TREE, source=cam(str(root)), rotation=np.eye(3), translation_m=np.zeros(3)
        )
    }
    reachable = [(-inliers, root, there, t) for inliers, there, t in edges[root]]
    queue = [(*entry[:3], number) for number, entry in enumerate(reachable)]
    heapq.heapify(queue)
    while queue:
        _, here, there, number = heapq.heappop(queue)
        if there in tree:
            continue
        tree[there] = tree[here] @ reachable[number][3]
        for inliers, onward, there_from_onward in edges[there]:
            if onward not in tree:
                heapq.heappush(queue, (-inliers, there, onward, len(reachable)))
                reachable.append((-inliers, there, onward, there_from_onward))
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


def _laid(
    views: Mapping[int, PhotoView], levelled: Mapping[int, Similarity], turn_deg: float
) -> tuple[float, dict[int, Similarity]]:
    """The cost of a turn about the vertical (degrees clockwise) and the poses it gives."""
    turn = np.deg2rad(turn_deg)
    about_up = np.array(
        ((np.cos(turn), np.sin(turn), 0.0), (-np.sin(turn), np.cos(turn), 0.0), (0.0, 0.0, 1.0))
    )
    centre = {i: about_up @ pose.translation_m for i, pose in levelled.items()}
    tagged = [
        (v.position_enu - centre[i], v.horizontal_sigma_m)
        for i, v in views.items()
        if v.position_enu is not None
    ]
    shift = np.zeros(3)
    cost = 0.0
    if tagged:
        offset = np.array([t[0] for t in tagged])
        sigma = np.array([t[1] for t in tagged])
        shift = np.median(offset, axis=0)
        off = np.linalg.norm((offset - shift)[:, :2], axis=1) / sigma
        cost += float(np.log1p((off / _KERNEL) ** 2).sum())
    for i, view in views.items():
        if view.heading_deg is None:
            continue
        forward = about_up @ levelled[i].rotation[:, 2]
        heading_deg = np.rad2deg(np.arctan2(forward[0], forward[1]))
        off_deg = (heading_deg - view.heading_deg + 180.0) % 360.0 - 180.0
        cost += float(np.log1p((off_deg / view.heading_sigma_deg / _KERNEL) ** 2))
    placed = {
        i: Similarity(
            to=ENU,
            source=pose.source,
            rotation=about_up @ pose.rotation,
            translation_m=centre[i] + shift,
            scale=pose.scale,
        )
        for i, pose in levelled.items()
    }
    return cost, placed


def tagged_pose(view: PhotoView) -> Similarity | None:
    """enu_from_cam by the tags alone; None where position or heading is missing."""
    if view.position_enu is None or view.heading_deg is None:
        return None
    return Similarity(
        to=ENU,
        source=cam(str(view.photo_id)),
        rotation=enu_from_cam_rotation(view.heading_deg, view.pitch_deg, view.roll_deg),
        translation_m=view.position_enu,
        scale=1.0,
    )
