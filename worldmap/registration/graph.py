"""One robust graph over an area: pairs, and GPS, compass, level and scale priors. GTSAM's door.

Each photo is one similarity enu_from_cam whose scale is its depth scale. A pair is a between factor
of two similarities; it knows nothing of north or of metres. Every photo's tags pull on it softly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from worldmap.config import SolverSettings
from worldmap.errors import ExtraError
from worldmap.frames import (
    Frame,
    Similarity,
    cam,
    nearest_rotation,
)
from worldmap.records import PairRegistration
from worldmap.registration.priors import (
    CENTRE,
    HEADING_KERNEL,
    LEVEL_KERNEL,
    OFFSET,
    POSITION_KERNEL,
    Priors,
    Told,
)
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView, common_enu, one_tag_each

try:
    import gtsam
except ImportError as error:
    raise ExtraError(
        f"placing photos needs GTSAM, which cannot be loaded ({error})",
        hint="on Windows there is none: take the Linux of Windows (WSL), see docs/platforms.md",
    ) from error

Array = NDArray[np.float64]

_STEP = 1e-6
_ANCHOR_M = 10_000.0
_ANCHOR_RAD = np.pi
_CROSS = np.cross(np.eye(3)[:, None], np.eye(3)[None]).transpose(0, 2, 1)
"""[e]× of each axis."""
# How far a photo that stays may move: nothing, and yet not singular.
_FIXED = 1e-5
# Wide at first, so that many right pairs outvote a false one that the start was built on.
_PAIR_KERNELS = (1000.0, 100.0, 20.0, 5.0, 2.0)
# A photo's pixels are never better than this, nor are pairs: keeps one factor from ruling alone.
_PAIR_FLOOR = np.array((0.0005, 0.0005, 0.0005, 0.01, 0.01, 0.01, 0.001))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GraphPose:
    """One photo's place in the solution: the pose with the depth scale inside, and its covariance
    (7, 7) of (rotation about camera axes in rad, position east-north-up in m, log scale)."""

    enu_from_cam: Similarity
    covariance: Array


def solve_graph(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    start: Mapping[int, Similarity],
    settings: SolverSettings,
    *,
    fixed: Collection[int] = (),
) -> dict[int, GraphPose]:
    """Poses by photo id, by Levenberg-Marquardt from `start` with Cauchy kernels that narrow round
    by round (graduated non-convexity, after Blake & Zisserman 1987).

    views: the photos of one component; pairs: accepted ones between them; start: enu_from_cam of
    each photo with its depth scale. Pairs far off the last but one round's solution are left out of
    the last one. fixed: photos that stay where they start.
    """
    values = gtsam.Values()
    for photo_id, pose in start.items():
        values.insert(photo_id, _to_gtsam(pose))
    priors = Priors.of(one_tag_each(views.values()), settings.shared_offset_share)
    for number in range(priors.offsets):
        values.insert(_offset_key(number), np.zeros(3))
    used = list(pairs)
    for kernel in _PAIR_KERNELS:
        if kernel == _PAIR_KERNELS[-1]:
            used = [
                p
                for p, off in zip(pairs, _misfits(values, pairs), strict=True)
                if off < settings.pair_outlier_sigmas
            ]
        graph = _build(views, used, priors, kernel)
        for group in components(list(views), used):
            graph.add(_anchor(group[0], values))
        for photo_id in sorted(fixed):
            stays = gtsam.noiseModel.Isotropic.Sigma(7, _FIXED)
            graph.add(gtsam.PriorFactorSimilarity3(photo_id, _to_gtsam(start[photo_id]), stays))
        parameters = gtsam.LevenbergMarquardtParams()
        parameters.setMaxIterations(60)
        values = gtsam.LevenbergMarquardtOptimizer(graph, values, parameters).optimize()
    return _poses(graph, values, views)


def _to_gtsam(pose: Similarity) -> gtsam.Similarity3:
    # GTSAM's similarity is s·(R p + t), ours is s·R p + t.
    return gtsam.Similarity3(gtsam.Rot3(pose.rotation), pose.translation_m / pose.scale, pose.scale)


def _from_gtsam(pose: gtsam.Similarity3, frame: Frame, photo_id: int) -> Similarity:
    return Similarity(
        to=frame,
        source=cam(str(photo_id)),
        rotation=nearest_rotation(pose.rotation().matrix()),
        translation_m=pose.scale() * pose.translation(),
        scale=pose.scale(),
    )


def _offset_key(group: int) -> int:
    return int(gtsam.symbol("o", group))


def _build(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    priors: Priors,
    pair_kernel: float,
) -> gtsam.NonlinearFactorGraph:
    graph = gtsam.NonlinearFactorGraph()
    for pair in pairs:
        measured, noise = _pair_factor(pair)
        graph.add(
            gtsam.BetweenFactorSimilarity3(
                pair.photo_a, pair.photo_b, measured, _cauchy(noise, pair_kernel)
            )
        )
    for group, sigma_m in enumerate(priors.offset_sigma_m):
        wide = gtsam.noiseModel.Isotropic.Sigma(3, float(sigma_m))
        graph.add(gtsam.PriorFactorVector(_offset_key(group), np.zeros(3), wide))
    for photo_id, own in priors.each(views).items():
        _add_tags(graph, photo_id, own)
    return graph


_Say = Callable[[Array, Array, float, Array], Told]
"""By rotation (1, 3, 3), centre (1, 3), log scale and shared offsets (G, 3)."""


def _add_tags(graph: gtsam.NonlinearFactorGraph, photo_id: int, own: Priors) -> None:
    """One factor for each tag of one photo."""
    unit1, unit2, unit3 = (gtsam.noiseModel.Unit.Create(n) for n in (1, 2, 3))
    if np.isfinite(own.position).all():
        noise = _cauchy(unit3, POSITION_KERNEL)
        say: _Say = lambda _, centre, __, offset: own.on_position(centre, offset)  # noqa: E731
        graph.add(_tag(photo_id, say, noise, group=int(own.offset_group[0]), groups=own.offsets))
    if np.isfinite(own.heading_deg).all():
        noise = _cauchy(unit1, HEADING_KERNEL)
        graph.add(_tag(photo_id, lambda rotation, *_: own.on_heading(rotation), noise))
    noise = _cauchy(unit2, LEVEL_KERNEL)
    graph.add(_tag(photo_id, lambda rotation, *_: own.on_level(rotation), noise))
    graph.add(_tag(photo_id, lambda _, __, log, ___: own.on_scale(np.array([log])), unit1))


def _tag(
    photo_id: int, say: _Say, noise: gtsam.noiseModel.Base, *, group: int = -1, groups: int = 0
) -> gtsam.CustomFactor:
    """A factor on one photo, and on the offset of its group where it has one."""
    keys = [photo_id] if group < 0 else [photo_id, _offset_key(group)]

    def evaluate(
        _: gtsam.CustomFactor, values: gtsam.Values, jacobians: list[Array] | None
    ) -> Array:
        pose, offset = values.atSimilarity3(photo_id), np.zeros((groups, 3))
        if group >= 0:
            offset[group] = values.atVector(keys[1])
        rotation, centre = pose.rotation().matrix(), pose.scale() * pose.translation()
        told = say(rotation[None], centre[None], float(np.log(pose.scale())), offset)
        if jacobians is not None:
            by_pose = told.by_pose[0]
            jacobians[0] = np.asfortranarray(by_pose[:, : OFFSET.start] @ _ours_from_gtsam(pose))
            if group >= 0:
                jacobians[1] = np.asfortranarray(by_pose[:, OFFSET])
        return np.asarray(told.residual[0])

    return gtsam.CustomFactor(noise, keys, evaluate)


def _ours_from_gtsam(pose: gtsam.Similarity3) -> Array:
    """(7, 7): turn about camera axes, shift of the centre and growth of the log scale, by GTSAM's
    right perturbation of its similarity."""
    ours = np.eye(7)
    ours[CENTRE, CENTRE] = pose.scale() * pose.rotation().matrix()
    return ours


def _anchor(photo_id: int, values: gtsam.Values) -> gtsam.CustomFactor:
    """Holds one photo of a group where it is, by half a turn and by kilometres: nothing where a tag
    has a say, and where none has the solution is open instead of singular."""
    start = values.atSimilarity3(photo_id)
    before, centre_then = start.rotation().matrix(), start.scale() * start.translation()

    def off_start(rotation: Array, centre: Array, *_: object) -> Told:
        turn = rotation[0] @ before.T
        sine, cosine = turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]
        by_pose = np.zeros((1, 4, OFFSET.stop))
        by_pose[0, :3, CENTRE] = np.eye(3) / _ANCHOR_M
        for axis, cross in enumerate(_CROSS):
            moved = rotation[0] @ cross @ before.T
            by_sine, by_cosine = moved[1, 0] - moved[0, 1], moved[0, 0] + moved[1, 1]
            by_heading = (cosine * by_sine - sine * by_cosine) / (sine**2 + cosine**2)
            by_pose[0, 3, axis] = by_heading / _ANCHOR_RAD
        heading = np.arctan2(sine, cosine) / _ANCHOR_RAD
        residual = np.append((centre[0] - centre_then) / _ANCHOR_M, heading)
        return Told(residual=residual[None], by_pose=by_pose, kernel=np.inf)

    return _tag(photo_id, off_start, gtsam.noiseModel.Unit.Create(4))


def _cauchy(noise: gtsam.noiseModel.Base, kernel: float) -> gtsam.noiseModel.Base:
    estimator = gtsam.noiseModel.mEstimator.Cauchy.Create(kernel)
    return gtsam.noiseModel.Robust.Create(estimator, noise)


def _pair_factor(pair: PairRegistration) -> tuple[gtsam.Similarity3, gtsam.noiseModel.Base]:
    assert pair.a_from_b is not None
    assert pair.covariance is not None
    measured = _to_gtsam(pair.a_from_b)
    # The pair's covariance is of a left perturbation; GTSAM's noise lives on the right.
    columns = []
    for axis in np.eye(7) * _STEP:
        moved = Similarity(
            to=pair.a_from_b.to,
            source=pair.a_from_b.source,
            rotation=gtsam.Rot3.Expmap(axis[:3]).matrix() @ pair.a_from_b.rotation,
            translation_m=pair.a_from_b.translation_m + axis[3:6],
            scale=pair.a_from_b.scale * float(np.exp(axis[6])),
        )
        columns.append(measured.localCoordinates(_to_gtsam(moved)) / _STEP)
    right_from_left = np.stack(columns, axis=1)
    covariance = pair.covariance + np.diag(_PAIR_FLOOR**2)
    noise = gtsam.noiseModel.Gaussian.Covariance(right_from_left @ covariance @ right_from_left.T)
    return measured, noise


def misfit_sigmas(
    poses: Mapping[int, Similarity], pairs: Sequence[PairRegistration]
) -> dict[tuple[int, int], float]:
    """How many sigmas `poses`, enu_from_cam with the depth scale, are off each pair; by photo
    ids."""
    values = gtsam.Values()
    for photo_id in {i for p in pairs for i in p.key}:
        values.insert(photo_id, _to_gtsam(poses[photo_id]))
    found = zip(pairs, _misfits(values, pairs), strict=True)
    return {pair.key: off for pair, off in found}


def _misfits(values: gtsam.Values, pairs: Sequence[PairRegistration]) -> list[float]:
    """How many sigmas each pair is off, as the root of its chi-squared over its seven degrees."""
    misfits = []
    for pair in pairs:
        measured, noise = _pair_factor(pair)
        a, b = values.atSimilarity3(pair.photo_a), values.atSimilarity3(pair.photo_b)
        off = noise.whiten(measured.localCoordinates(a.between(b)))
        misfits.append(float(np.sqrt(off @ off / 7.0)))
    return misfits


def _poses(
    graph: gtsam.NonlinearFactorGraph, values: gtsam.Values, views: Mapping[int, PhotoView]
) -> dict[int, GraphPose]:
    covariance, frame = _covariances(graph, values, views), common_enu(views.values())
    poses = {}
    for photo_id in views:
        pose = values.atSimilarity3(photo_id)
        ours = _ours_from_gtsam(pose)
        poses[photo_id] = GraphPose(
            enu_from_cam=_from_gtsam(pose, frame, photo_id),
            covariance=np.asarray(ours @ covariance[photo_id] @ ours.T),
        )
    return poses


def _covariances(
    graph: gtsam.NonlinearFactorGraph, values: gtsam.Values, views: Mapping[int, PhotoView]
) -> dict[int, Array]:
    """Each photo's block (7, 7) of the inverse of the information matrix.

    GTSAM's own marginals take a graph for singular where one variable is a few thousand times as
    certain as another, which sharp pairs and a vague position are.
    """
    linear = graph.linearize(values)
    row, column, value = linear.sparseJacobian_()
    keys = sorted(values.keys())
    sizes = [7 if key in views else 3 for key in keys]
    first = dict(zip(keys, np.cumsum([0, *sizes[:-1]]), strict=True))
    width = sum(sizes)
    # Counted from one; the last column is the right side.
    inside = column <= width
    jacobian = sparse.csc_array(
        (value[inside], (row[inside].astype(np.intp) - 1, column[inside].astype(np.intp) - 1)),
        shape=(int(row.max()), width),
    )
    information = (jacobian.T @ jacobian).tocsc()
    unit = 1.0 / np.sqrt(information.diagonal())
    scaling = sparse.diags_array(unit)
    solver = splu((scaling @ information @ scaling).tocsc())
    blocks = {}
    for photo_id in views:
        own = first[photo_id] + np.arange(7)
        right = np.zeros((width, 7))
        right[own, np.arange(7)] = unit[own]
        block = unit[own, None] * solver.solve(right)[own]
        blocks[photo_id] = 0.5 * (block + block.T)
    return blocks
