"""Which pictures lie on their side or on their head: their orientation was lost on the way."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

import numpy as np

from worldmap.records import PairRegistration
from worldmap.registration.pair import QUARTERS, turned_view
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

# Most pictures are upright; the ground that a depth map shows says more than that.
_UPRIGHT, _GROUND = 1.0, 1.5
# The ground lies nearer below a camera than anything beside or above it by so much.
_NEARER = 1.3
_EDGE = 0.2
# Vaguer than how level people hold cameras: the picture itself says next to nothing of up and down.
_VAGUE_DEG = 4.0
_SEEN = 0.3


def turned_pictures(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
) -> dict[int, int]:
    """By photo id by how many quarters its picture is turned clockwise; upright ones are left out.

    Pairs that fit say how pictures lie beside each other; of the four ways that leaves for those
    that hang together the one counts that most of them are upright by, the ground's side included.
    """
    fitting = [p for p in pairs if p.fits and p.photo_a in views and p.photo_b in views]
    found: dict[int, int] = {}
    for group in components(list(views), fitting):
        if len(group) == 1:
            continue
        inside = set(group)
        own = [p for p in fitting if p.photo_a in inside]
        ways = [_hung_together(views, own, group[0], first) for first in range(4)]
        grounds = {i: _ground_side(views[i]) for i in group}
        best = max(
            ways,
            key=lambda way: (
                sum(
                    _UPRIGHT * (quarters == 0) + _GROUND * (grounds[i] == quarters)
                    for i, quarters in way.items()
                ),
                -ways.index(way),
            ),
        )
        found |= {i: quarters for i, quarters in best.items() if quarters}
    return found


def upright(views: Mapping[int, PhotoView], turned: Mapping[int, int]) -> dict[int, PhotoView]:
    """The photos, those whose pictures are turned as what they are."""
    return {i: turned_view(view, turned.get(i, 0)) for i, view in views.items()}


def lying(view: PhotoView) -> str:
    """How the picture of a photo that no other holds seems to lie, in words; "" where it may be
    upright: the ground is below, or something in the picture tells which way is up."""
    side = _ground_side(view)
    if not side or view.tilt_sigma_deg < _VAGUE_DEG:
        return ""
    where = ("", "on its left", "at its top", "on its right")[side]
    how = "upside down" if side == 2 else "on its side"
    return f"its picture seems to lie {how}: what is nearest, as ground is, is {where}"


def _hung_together(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration], root: int, first: int
) -> dict[int, int]:
    """By how many quarters each photo is turned if the root is by `first`, along the pairs with
    most inliers."""
    beside: dict[int, list[PairRegistration]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda p: (-p.inliers, p.key)):
        beside[pair.photo_a].append(pair)
        beside[pair.photo_b].append(pair)
    quarters, waiting = {root: first}, deque([root])
    while waiting:
        here = waiting.popleft()
        up = QUARTERS[quarters[here]] @ views[here].up_cam
        for pair in beside[here]:
            assert pair.a_from_b is not None
            there = pair.photo_a + pair.photo_b - here
            if there in quarters:
                continue
            turn = pair.a_from_b.rotation
            here_from_there = turn if here == pair.photo_a else turn.T
            likely = [up @ here_from_there @ q @ views[there].up_cam for q in QUARTERS]
            quarters[there] = int(np.argmax(likely))
            waiting.append(there)
    return quarters


def _ground_side(view: PhotoView) -> int | None:
    """By how many quarters the picture is turned clockwise if what is nearest to the optical axis
    at an edge is the ground, a man's height below it; None where nothing is plainly nearest."""
    depth, camera = view.features.grid_depth_m, view.features.grid_camera
    rays = camera.rays(camera.pixel_centres()).reshape(*depth.shape, 3)
    beside = np.abs(rays[..., :2] / rays[..., 2:] * depth[..., None])
    rows, columns = (max(1, round(_EDGE * n)) for n in depth.shape)
    # Below, left, above, right: where the ground goes with every turn.
    edges = (beside[-rows:, :, 1], beside[:, :columns, 0], beside[:rows, :, 1],
             beside[:, -columns:, 0])  # fmt: skip
    away_m = [
        float(np.nanmedian(edge)) if np.isfinite(edge).mean() > _SEEN else np.inf for edge in edges
    ]
    order = np.argsort(away_m)
    return int(order[0]) if _NEARER * away_m[order[0]] < away_m[order[1]] else None
