"""A solved group held to surveyed points on the ground.

What bundle adjustment leaves of the photos is a mean and a covariance of all their poses and lenses
together; surveyed points, each seen at pixels of some photos, are further observations of them.
They are fused one after the other (a Bayesian update, as if all had been one adjustment): first the
group is laid onto the points as a whole, by those of them that agree, then photos, lenses and
points move within their sigmas, by Gauss and Newton with Student's weights for marks and for
surveyed coordinates. What pictures show about the marks takes part (`marks`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from worldmap.camera import Camera, Lens
from worldmap.frames import Similarity
from worldmap.geodesy import Site, ecef_from_local
from worldmap.records import ControlResult, ControlRole, PlacedPose, SolvedPose
from worldmap.registration.bundle import JOINT
from worldmap.registration.bundle.linearised import student
from worldmap.registration.graph import GraphPose
from worldmap.registration.marks import Marks, with_places
from worldmap.registration.pair import exp_rotation
from worldmap.registration.pnp import stand_of
from worldmap.registration.shown import AT_HAND, PlacedPicture
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

_ROUNDS = 12
_STILL_M = 1e-6
# That a place which is right is taken for wrong.
_CHANCE = 1e-3
# Points that agree after the group is laid onto two of them: bundles bend by centimetres and are
# level to some tenths of a degree (decimetres over a street); blunders are metres.
_AGREE_M, _AGREE_REL = 0.3, 0.02
# Nothing of the group's own place is believed beside two surveyed points: as good as open.
_OPEN_M, _OPEN_RAD, _OPEN_SIZE = 1e3, np.pi, 1.0
# A point with less of its weight left is not what the others say.
_UNUSED = 0.05
# Three rays make a place, a fourth says which of four.
_FEWEST_FOR_RESECTION = 4
_RESECTION_PX = 8.0
_POSE = 7
# Of a correlation matrix's numbers, whose sum is their count: less is rounding.
_NO_FREEDOM = 1e-12
# Steps of a lens by which its slopes are taken: log focal length, pixels, and radial terms.
_LENS_STEPS = np.diag((1e-6, 1e-3, 1e-3, 1e-6, 1e-6))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurveyedPoint:
    """xyz_ecef (3,) metres and its sigmas, or covariance_m2 (3, 3) of its own east, north and up;
    whether it holds the map or checks it."""

    name: str
    xyz_ecef: Array
    lat_deg: float
    lon_deg: float
    horizontal_sigma_m: float
    vertical_sigma_m: float
    role: ControlRole
    covariance_m2: Array | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Control:
    """Surveyed points, and by photo id which of them (index), at which pixel, with which sigma."""

    points: Sequence[SurveyedPoint]
    marks: Mapping[int, Sequence[tuple[int, float, float, float]]]

    def holding(self) -> Control:
        """Without the points that are held out."""
        held = {j for j, p in enumerate(self.points) if p.role == ControlRole.CONTROL}
        marks = {i: [m for m in own if m[0] in held] for i, own in self.marks.items()}
        return replace(self, marks={i: own for i, own in marks.items() if own})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Held:
    """The group's poses and lenses, moved; and remarks."""

    poses: dict[int, GraphPose]
    lenses: dict[int, Lens]
    remarks: tuple[str, ...]


# --- before the solution ------------------------------------------------------------------------


def located(views: Mapping[int, PhotoView], control: Control) -> dict[int, PhotoView]:
    """The views, those without a position that show four surveyed points or more with the one that
    resection gives (PnP, its sigma from the residuals' and the geometry), and its heading."""
    found = dict(views)
    for i, marks in control.holding().marks.items():
        view = views.get(i)
        if view is None or view.position_ecef is not None:
            continue
        if len(marks) >= _FEWEST_FOR_RESECTION:
            placed = _resected(view, marks, control.points)
            if placed is not None:
                found[i] = placed
    return found


def _resected(
    view: PhotoView,
    marks: Sequence[tuple[int, float, float, float]],
    points: Sequence[SurveyedPoint],
) -> PhotoView | None:
    xyz = np.array([points[j].xyz_ecef for j, *_ in marks])
    middle = xyz.mean(axis=0)
    rays = view.camera.rays(np.array([(u, v) for _, u, v, _ in marks]))[:, :2]
    focal_px = view.camera.fx_px
    # The focal length is the tag's: what that is off counts at the edge of the picture.
    doubt_px = _RESECTION_PX + view.focal_sigma_rel * focal_px * float(np.abs(rays).max())
    stand = stand_of(
        xyz - middle, rays, doubt_px / focal_px,
        tries=200, confidence=0.99, method=cv2.SOLVEPNP_SQPNP,
    )  # fmt: skip
    if stand is None or len(stand[2]) < _FEWEST_FOR_RESECTION:
        return None
    cam_from_ecef, shift, _ = stand
    centre = middle - cam_from_ecef.T @ shift
    away_m = float(np.median(np.linalg.norm(xyz - centre, axis=1)))
    sigma_m = max(away_m * (view.focal_sigma_rel + doubt_px / focal_px), 0.05)
    lat_deg, lon_deg = points[marks[0][0]].lat_deg, points[marks[0][0]].lon_deg
    ahead = ecef_from_local(lat_deg, lon_deg).T @ cam_from_ecef[2]
    heading = {}
    if view.heading_deg is None:
        heading = {
            "heading_deg": float(np.rad2deg(np.arctan2(ahead[0], ahead[1]))) % 360.0,
            "heading_sigma_deg": float(np.rad2deg(np.arctan2(doubt_px, focal_px))) + 1.0,
        }
    return replace(
        view,
        position_ecef=centre,
        horizontal_sigma_m=sigma_m,
        vertical_sigma_m=sigma_m,
        **heading,  # type: ignore[arg-type]
    )


# --- a group ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Sight:
    """Marks of a group's photos, and these photos' cameras."""

    marks: Marks
    cameras: Sequence[Camera]


def held_to_control(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, GraphPose],
    joint: Mapping[tuple[int, ...], Array],
    lenses: Mapping[int, Lens],
    control: Control,
    laid_by: Array,
) -> Held | None:
    """The group with its solved `poses` moved onto the points that hold the map; None where no
    photo of it shows any.

    joint: see `BundleSolution`; the group is as stiff as that says, and without one of all its
    photos as a whole. laid_by (3, 3): turn times size that the poses have made since.
    """
    ids = list(poses)
    control = control.holding()
    seen = sorted({m[0] for i in ids for m in control.marks.get(i, ())})
    if not seen:
        return None
    site = views[ids[0]].site
    points = [control.points[j] for j in seen]
    start = [poses[i].enu_from_cam for i in ids]
    cameras = [views[i].camera.with_lens(lenses[i]) for i in ids]
    marks = _with_places([views[i] for i in ids], cameras, start, _clicked(ids, seen, control))
    sight = _Sight(marks=marks, cameras=cameras)
    target = np.array([site.enu_from_ecef.apply(p.xyz_ecef) for p in points])
    spread = np.array([_covariance(site, p) for p in points])
    placed = _triangulated(sight, start)
    laid = _laid_onto(placed, target, spread)
    if laid is None:
        names = ", ".join(p.name for p in points)
        return Held(
            poses=dict(poses),
            lenses=dict(lenses),
            remarks=(f"no two of the ground control points agree, so none is used: {names}",),
        )
    by, is_open = laid
    stiffness = _stiffness(ids, poses, joint, (by, laid_by), is_open)
    # From where the photos show them: of a point that is elsewhere its marks are right.
    begin = np.where(np.isfinite(placed), by.apply(placed), target)
    moved = [by.moved(pose) for pose in start]
    apart_m2 = by.size**2 * by.turn @ marks.apart_m2 @ by.turn.T
    sight = replace(sight, marks=replace(marks, apart_m2=apart_m2))
    adjusted = _adjusted(sight, moved, begin, stiffness, (target, spread))
    remarks = [
        f"ground control point {point.name} is {float(np.linalg.norm(off)):.2f} m off what the "
        f"others say ({off[0]:+.2f} east, {off[1]:+.2f} north, {off[2]:+.2f} up): not used"
        for point, off, weight in zip(points, adjusted.off_m, adjusted.weight, strict=True)
        if weight < _UNUSED
    ]
    return Held(
        poses={
            i: GraphPose(enu_from_cam=pose, covariance=block)
            for i, pose, block in zip(ids, adjusted.poses, adjusted.covariances, strict=True)
        },
        lenses={i: camera.lens for i, camera in zip(ids, adjusted.cameras, strict=True)},
        remarks=tuple(remarks),
    )


def _clicked(ids: Sequence[int], seen: Sequence[int], control: Control) -> Marks:
    """The marks of the points `seen` in photos, by their numbers in both."""
    row = {j: k for k, j in enumerate(seen)}
    marks = [
        (n, row[j], u, v, sigma)
        for n, i in enumerate(ids)
        for j, u, v, sigma in control.marks.get(i, ())
        if j in row
    ]
    table = np.array(marks, dtype=np.float64).reshape(-1, 5)
    photo, point = table[:, :2].astype(np.intp).T
    return Marks.clicked(photo, point, table[:, 2:4], table[:, 4], len(seen))


def _with_places(
    views: Sequence[PhotoView], cameras: Sequence[Camera], poses: Sequence[Similarity], marks: Marks
) -> Marks:
    """Marks of these photos, and the places beside points that their pictures show."""

    @lru_cache(maxsize=AT_HAND)
    def shown(n: int) -> PlacedPicture | None:
        return PlacedPicture.of(views[n].features, cameras[n], poses[n], views[n].picture)

    return _credible(_Sight(marks=with_places(marks, shown), cameras=cameras), poses)


def _credible(sight: _Sight, poses: Sequence[Similarity]) -> Marks:
    """The marks without places that clicks contradict: where a click is on an edge, pictures may
    agree on what lies before or behind it."""
    marks = sight.marks
    keep = np.ones(len(marks.beside), dtype=np.bool_)
    for k, j in enumerate(marks.beside.tolist()):
        told = [replace(sight, marks=marks.of(j, beside=with_it)) for with_it in (False, True)]
        (place,) = _triangulated(told[0], poses)
        if not np.isfinite(place).all():
            continue
        chi2 = [_met(each, poses, place, robust=False)[1] for each in told]
        # Two numbers for each photo that shows the place, and it may be anywhere along the surface.
        freedom = 2 * np.count_nonzero(marks.point == marks.surveyed + k) - 2
        keep[k] = chi2[1] - chi2[0] < chdtri(freedom, _CHANCE)
    return marks.keeping(keep)


def _covariance(site: Site, point: SurveyedPoint) -> Array:
    """(3, 3) of the surveyed place, in the site's axes."""
    axes = site.enu_from_ecef.rotation @ ecef_from_local(point.lat_deg, point.lon_deg)
    sigma_m = np.array((point.horizontal_sigma_m, point.horizontal_sigma_m, point.vertical_sigma_m))
    own = np.diag(sigma_m**2) if point.covariance_m2 is None else point.covariance_m2
    return np.asarray(axes @ own @ axes.T)


def _triangulated(sight: _Sight, poses: Sequence[Similarity]) -> Array:
    """(J, 3) where the rays of points' marks meet, least squares of their distances in sigmas; NaN
    with fewer than two photos, or where they are as good as parallel."""
    marks = sight.marks
    found = np.full((marks.surveyed, 3), np.nan)
    for j in range(marks.surveyed):
        rows = np.flatnonzero(marks.point == j)
        if len(set(marks.photo[rows].tolist())) < 2:
            continue
        centres = np.array([poses[n].translation_m for n in marks.photo[rows]])
        ways = np.array([
            poses[n].rotation @ sight.cameras[n].rays(uv)
            for n, uv in zip(marks.photo[rows], marks.uv_px[rows], strict=True)
        ])  # fmt: skip
        ways /= np.linalg.norm(ways, axis=1)[:, None]
        focal_px = np.array([sight.cameras[n].fx_px for n in marks.photo[rows]])
        sharp = focal_px**2 / np.sqrt(np.linalg.det(marks.covariance_px2[rows]))
        weight = sharp
        place = centres.mean(axis=0)
        for _ in range(4):
            across = (np.eye(3) - ways[:, :, None] * ways[:, None]) * weight[:, None, None]
            total = across.sum(axis=0)
            if np.linalg.cond(total) > 1e6:
                break
            place = np.linalg.solve(total, np.einsum("nij,nj->i", across, centres))
            weight = sharp / np.maximum(((place - centres) ** 2).sum(axis=1), 1e-6)
        else:
            if (((place - centres) * ways).sum(axis=1) > 0).all():
                found[j] = place
    return found


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Move:
    """A turn about the vertical, a size, and a shift: x becomes size * turn @ x + shift."""

    turn: Array
    size: float
    shift_m: Array

    def moved(self, pose: Similarity) -> Similarity:
        return Similarity(
            to=pose.to,
            source=pose.source,
            rotation=self.turn @ pose.rotation,
            translation_m=self.size * self.turn @ pose.translation_m + self.shift_m,
            scale=self.size * pose.scale,
        )

    def apply(self, xyz: Array) -> Array:
        return np.asarray(self.size * xyz @ self.turn.T + self.shift_m)


def _laid_onto(placed: Array, target: Array, spread: Array) -> tuple[_Move, bool] | None:
    """The move that most points agree on, and whether it comes with a turn and a size (of two
    points or more); None where there are two or more and no two agree."""
    rows = np.flatnonzero(np.isfinite(placed[:, 0]))
    if not len(rows):
        return _Move(turn=np.eye(3), size=1.0, shift_m=np.zeros(3)), False
    if len(rows) == 1:
        shift = target[rows[0]] - placed[rows[0]]
        return _Move(turn=np.eye(3), size=1.0, shift_m=shift), False
    best: tuple[int, float, NDArray[np.bool_]] | None = None
    for i, j in combinations(rows, 2):
        move = _between(placed[[i, j]], target[[i, j]])
        if move is None:
            continue
        away = np.linalg.norm(move.apply(placed[rows]) - target[rows], axis=1)
        reach = np.linalg.norm(target[rows] - target[rows].mean(axis=0), axis=1)
        sigma = np.sqrt(np.trace(spread[rows], axis1=1, axis2=2))
        inside = away < _AGREE_M + _AGREE_REL * reach + 3.0 * sigma
        score = (int(inside.sum()), -float(away[inside].sum()))
        if inside.sum() >= 2 and (best is None or score > best[:2]):
            best = (*score, inside)
    # Of two points any move fits plan and size, but not how their heights differ.
    if best is None:
        return None
    agreeing = rows[best[2]]
    move = _between(placed[agreeing], target[agreeing])
    return None if move is None else (move, True)


def _between(a: Array, b: Array) -> _Move | None:
    """The move of points a (K, 3) onto b, least squares of turn and size in plan and height
    together; None where they stand on one another."""
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    off_a, off_b = a - middle_a, b - middle_b
    plan = float((off_a[:, :2] ** 2).sum())
    if plan < 1.0 or float((off_b[:, :2] ** 2).sum()) < 1.0:
        return None
    dot = float((off_a[:, :2] * off_b[:, :2]).sum())
    cross = float((off_a[:, 0] * off_b[:, 1] - off_a[:, 1] * off_b[:, 0]).sum())
    angle = np.arctan2(cross, dot)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))
    size = (np.hypot(dot, cross) + float((off_a[:, 2] * off_b[:, 2]).sum())) / float(
        (off_a**2).sum()
    )
    if not 0.2 < size < 5.0:
        return None
    return _Move(turn=turn, size=float(size), shift_m=middle_b - size * turn @ middle_a)


def _stiffness(
    ids: Sequence[int],
    poses: Mapping[int, GraphPose],
    joint: Mapping[tuple[int, ...], Array],
    moved_by: tuple[_Move, Array],
    is_open: bool,
) -> tuple[Array, Array]:
    """(12 N, K) how poses and lenses follow independent numbers, and the variances (K,) of these:
    of each photo as their joint covariance says, and of all of them together; where there is no
    joint one, of all together only. moved_by: the move that they make, and what they had made
    before; is_open: nothing else says how the whole is turned and how large it is."""
    by, laid_by = moved_by
    centres = np.array([by.apply(poses[i].enu_from_cam.translation_m) for i in ids])
    rotations = np.array([by.turn @ poses[i].enu_from_cam.rotation for i in ids])
    away = centres - centres.mean(axis=0)
    common = np.zeros((JOINT * len(ids), _POSE))
    for n in range(len(ids)):
        at = JOINT * n
        # Turns of all about east, north and up: of a photo about its own axes, and of its place.
        common[at : at + 3, :3] = rotations[n].T
        x, y, z = away[n]
        common[at + 3 : at + 6, :3] = np.array(((0, z, -y), (-z, 0, x), (y, -x, 0)))
        common[at + 3 : at + 6, 3:6] = np.eye(3)
        common[at + 3 : at + 6, 6] = away[n]
        common[at + 6, 6] = 1.0
    free = np.array(
        (0.0, 0.0, _OPEN_RAD if is_open else 0.0, *(3 * (_OPEN_M,)), _OPEN_SIZE if is_open else 0.0)
    )
    whole = next((members for members in joint if set(members) == set(ids)), None)
    if whole is None:
        level = float(np.median([np.diag(poses[i].covariance)[:2].max() for i in ids]))
        return common, np.maximum(free**2, (level, level, level, 0.0, 0.0, 0.0, 1e-4))
    order = [whole.index(i) for i in ids]
    rows = (JOINT * np.array(order)[:, None] + np.arange(JOINT)).ravel()
    turned = np.eye(JOINT)
    turned[3:6, 3:6] = by.size * by.turn @ laid_by
    every = np.kron(np.eye(len(ids)), turned)
    own = every @ _root(joint[whole][np.ix_(rows, rows)])
    is_free = free > 0
    return (
        np.hstack((own, common[:, is_free])),
        np.concatenate((np.ones(own.shape[1]), free[is_free] ** 2)),
    )


def _root(covariance: Array) -> Array:
    """(D, K) by (D, D): what independent numbers of variance one are to be multiplied by."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(safe, safe))
    keep = values > _NO_FREEDOM * len(values)
    return np.asarray(scale[:, None] * vectors[:, keep] * np.sqrt(values[keep]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Adjusted:
    poses: list[Similarity]
    cameras: list[Camera]
    covariances: list[Array]
    weight: Array
    off_m: Array


def _adjusted(
    sight: _Sight,
    start: Sequence[Similarity],
    begin: Array,
    stiffness: tuple[Array, Array],
    surveyed: tuple[Array, Array],
) -> _Adjusted:
    """Gauss and Newton over how the photos move (K,), the points (J, 3), which `begin`, and the
    places beside them; surveyed: where points were (J, 3), and the covariances (J, 3, 3) of that.
    """
    (basis, variance), (target, spread) = stiffness, surveyed
    moves, count = basis.shape[1], sight.marks.points
    information = 1.0 / variance
    known = np.linalg.inv(spread)
    poses, moved = list(start), np.zeros(moves)
    points = np.concatenate((begin, begin[sight.marks.beside]))
    weight = np.ones(len(target))
    size = moves + 3 * count
    normal = np.zeros((size, size))
    for _ in range(_ROUNDS):
        normal = np.zeros((size, size))
        right = np.zeros(size)
        normal[:moves, :moves] = np.diag(information)
        right[:moves] = -information * moved
        off = points[: len(target)] - target
        chi2 = np.einsum("ji,jik,jk->j", off, known, off)
        weight = student(chi2, 3)[1]
        for j in range(len(target)):
            at = slice(moves + 3 * j, moves + 3 * j + 3)
            normal[at, at] += weight[j] * known[j]
            right[at] -= weight[j] * known[j] @ off[j]
        _tie(sight.marks, points, normal[moves:, moves:], right[moves:])
        residual, by_photo, by_point = _predicted(sight, poses, points)
        mark_weight = student((residual**2).sum(axis=1), 2)[1]
        for m in range(len(residual)):
            n, j = sight.marks.photo[m], sight.marks.point[m]
            own = by_photo[m] @ basis[JOINT * n : JOINT * n + JOINT]
            at = slice(moves + 3 * j, moves + 3 * j + 3)
            w = mark_weight[m]
            normal[:moves, :moves] += w * own.T @ own
            normal[:moves, at] += w * own.T @ by_point[m]
            normal[at, :moves] += w * by_point[m].T @ own
            normal[at, at] += w * by_point[m].T @ by_point[m]
            right[:moves] += w * own.T @ residual[m]
            right[at] += w * by_point[m].T @ residual[m]
        step = np.linalg.solve(normal, right)
        moved = moved + step[:moves]
        points = points + step[moves:].reshape(count, 3)
        change = (basis @ step[:moves]).reshape(len(poses), JOINT)
        cameras = [_bent(c, d[_POSE:]) for c, d in zip(sight.cameras, change, strict=True)]
        sight = replace(sight, cameras=cameras)
        poses = [
            replace(
                pose,
                rotation=pose.rotation @ exp_rotation(d[:3]),
                translation_m=pose.translation_m + d[3:6],
                scale=float(pose.scale * np.exp(d[6])),
            )
            for pose, d in zip(poses, change, strict=True)
        ]
        if np.abs(change).max() < 1e-7:
            break
    posterior = np.linalg.inv(normal)[:moves, :moves]
    blocks = [
        rows @ posterior @ rows.T
        for rows in (basis[JOINT * n : JOINT * n + _POSE] for n in range(len(poses)))
    ]
    return _Adjusted(
        poses=poses,
        cameras=list(sight.cameras),
        covariances=blocks,
        weight=weight,
        off_m=target - points[: len(target)],
    )


def _tie(marks: Marks, points: Array, normal: Array, right: Array) -> float:
    """Adds to the normal equations of points (J + K, 3) where places lie beside their points;
    returns how far from that they are, squared sigmas in all."""
    chi2 = 0.0
    for k, (j, apart_m2) in enumerate(zip(marks.beside, marks.apart_m2, strict=True)):
        place = marks.surveyed + k
        known = np.linalg.inv(apart_m2)
        pull = known @ (points[place] - points[j])
        one, other = slice(3 * place, 3 * place + 3), slice(3 * j, 3 * j + 3)
        normal[one, one] += known
        normal[other, other] += known
        normal[one, other] -= known
        normal[other, one] -= known
        right[one] -= pull
        right[other] += pull
        chi2 += float(pull @ (points[place] - points[j]))
    return chi2


def _bent(camera: Camera, by: Array) -> Camera:
    """The camera with its lens changed by (5,): log focal length, principal point, k1, k2."""
    lens, (longer, right_px, down_px, k1, k2) = camera.lens, by.tolist()
    return camera.with_lens(
        Lens(
            focal_px=lens.focal_px * math.exp(longer),
            cx_px=lens.cx_px + right_px,
            cy_px=lens.cy_px + down_px,
            k1=lens.k1 + k1,
            k2=lens.k2 + k2,
        )
    )


def _predicted(
    sight: _Sight, poses: Sequence[Similarity], points: Array
) -> tuple[Array, Array, Array]:
    """Marks less where poses and points put them, in sigmas (M, 2), and how the latter follow the
    photo's numbers (M, 2, 12) and the point's (M, 2, 3)."""
    marks, whitener = sight.marks, sight.marks.whitener
    count = len(marks.photo)
    residual, by_photo, by_point = (
        np.zeros((count, 2)),
        np.zeros((count, 2, JOINT)),
        np.zeros((count, 2, 3)),
    )
    for m in range(count):
        pose, camera = poses[marks.photo[m]], sight.cameras[marks.photo[m]]
        local = pose.rotation.T @ (points[marks.point[m]] - pose.translation_m)
        if local[2] <= 0.05:
            continue  # behind the photo: no word of it counts
        step = 1e-6 * float(np.linalg.norm(local))
        around = local + step * np.concatenate((np.eye(3), -np.eye(3)))
        uv = camera.project(np.vstack((local, around)))
        slope = whitener[m] @ (uv[1:4] - uv[4:7]).T / (2 * step)
        x, y, z = local
        residual[m] = whitener[m] @ (marks.uv_px[m] - uv[0])
        by_photo[m, :, :3] = slope @ np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
        by_photo[m, :, 3:6] = -slope @ pose.rotation.T
        for k, by in enumerate(_LENS_STEPS):
            ahead, behind = (_bent(camera, side * by).project(local) for side in (1, -1))
            by_photo[m, :, _POSE + k] = whitener[m] @ (ahead - behind) / (2 * by[k])
        by_point[m] = slope @ pose.rotation.T
    return residual, by_photo, by_point


# --- after the solution -------------------------------------------------------------------------


def control_results(
    views: Mapping[int, PhotoView],
    poses: Sequence[SolvedPose],
    control: Control,
    remarks: Sequence[str] = (),
) -> dict[str, ControlResult]:
    """How the solution agrees with each surveyed point, by name: where the placed photos that show
    it put it, against where it was surveyed. Of photos of several groups the most count."""
    placed = {p.photo_id: p for p in poses if isinstance(p, PlacedPose) and p.photo_id in views}
    found = {}
    for j, point in enumerate(control.points):
        seeing = [
            (i, u, v, sigma)
            for i, marks in control.marks.items()
            for k, u, v, sigma in marks
            if k == j and i in placed
        ]
        groups = [placed[i].component for i, *_ in seeing]
        own = max(groups, key=lambda c: (groups.count(c), -c), default=-1)
        seeing = [mark for mark in seeing if placed[mark[0]].component == own]
        site = placed[seeing[0][0]].site if seeing else None
        remark = next((r for r in remarks if f"point {point.name} is " in r), "")
        if site is None:
            found[point.name] = _unseen(remark or "no placed photo shows it")
            continue
        about = [placed[i].about(site) for i, *_ in seeing]
        sigma_px = np.array([sigma for *_, sigma in seeing])
        marks = Marks.clicked(
            photo=np.arange(len(seeing), dtype=np.intp),
            point=np.zeros(len(seeing), dtype=np.intp),
            uv_px=np.array([(u, v) for _, u, v, _ in seeing]),
            sigma_px=sigma_px,
            points=1,
        )
        cameras = [p.solved_camera(views[p.photo_id].camera) for p in about]
        standing = [p.enu_from_cam.scaled(p.depth_scale) for p in about]
        sight = _Sight(marks=marks, cameras=cameras)
        (place,) = _triangulated(sight, standing)
        if not np.isfinite(place).all():
            found[point.name] = replace(
                _unseen(remark or "fewer than two placed photos show it"), photos=len(seeing)
            )
            continue
        around = _with_places([views[p.photo_id] for p in about], cameras, standing, marks)
        place, _ = _met(replace(sight, marks=around), standing, place, robust=True)
        residual, _, _ = _predicted(sight, standing, place[None])
        off_px = residual * sigma_px[:, None]
        local = ecef_from_local(point.lat_deg, point.lon_deg)
        off = local.T @ (site.ecef_from_enu.apply(place) - point.xyz_ecef)
        found[point.name] = ControlResult(
            photos=len(seeing),
            east_m=float(off[0]),
            north_m=float(off[1]),
            up_m=float(off[2]),
            rms_px=float(np.sqrt((off_px**2).sum(axis=1).mean())),
            used=point.role == ControlRole.CONTROL and not remark,
            remark=remark,
        )
    return found


def _met(
    sight: _Sight, poses: Sequence[Similarity], begin: Array, *, robust: bool
) -> tuple[Array, float]:
    """Where photos put the one point of their marks (3,), from where on it is looked for, and how
    far from that marks are, squared sigmas in all."""
    marks = sight.marks
    points, chi2 = np.repeat(begin[None], marks.points, axis=0), 0.0
    for _ in range(_ROUNDS):
        normal, right = np.zeros((points.size, points.size)), np.zeros(points.size)
        residual, _, by_point = _predicted(sight, poses, points)
        squares = (residual**2).sum(axis=1)
        weight = student(squares, 2)[1] if robust else np.ones(len(squares))
        for j, slope, left, w in zip(marks.point, by_point, residual, weight, strict=True):
            at = slice(3 * j, 3 * j + 3)
            normal[at, at] += w * slope.T @ slope
            right[at] += w * slope.T @ left
        chi2 = float(squares.sum()) + _tie(marks, points, normal, right)
        step = np.linalg.solve(normal, right).reshape(-1, 3)
        points = points + step
        if np.abs(step).max() < _STILL_M:
            break
    return np.asarray(points[0]), chi2


def _unseen(remark: str) -> ControlResult:
    nan = float("nan")
    return ControlResult(
        photos=0, east_m=nan, north_m=nan, up_m=nan, rms_px=nan, used=False, remark=remark
    )
