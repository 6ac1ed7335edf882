"""Bundle adjustment with depth: every photo's pose and depth scale and its camera's lens at once.

Each track is a point; each photo that sees it gives three residuals: where it lies in the image and
the log of how far away the photo's depth map says it is, up to that photo's scale. The tags of all
photos take part as in the graph. How large the errors are, and how far the photos of one sensor
differ in focal length, is learnt on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Lens
from worldmap.config import PairSettings, SolverSettings
from worldmap.frames import Similarity, cam, nearest_rotation
from worldmap.records import CameraCalibration
from worldmap.registration.bundle.apart import rejoined, with_own_lenses
from worldmap.registration.bundle.linearised import Linearised, Pooled
from worldmap.registration.bundle.minimise import CONVERGED, minimise
from worldmap.registration.bundle.pictures import scales_of_pictures
from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.reliability import checked
from worldmap.registration.bundle.residuals import Slopes, jacobians, residuals
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.sensors import Sensors, lens_numbers, lens_of, sensors_of
from worldmap.registration.bundle.spread import LEAST, centre_sigma, focal_spread, sway_spread
from worldmap.registration.bundle.state import (
    DEPTH_DOUBT,
    DEVIATION,
    IMAGE_KINDS,
    LOG_SCALE,
    POSE,
    SWAY,
    Observations,
    State,
    observe,
)
from worldmap.registration.bundle.weights import error_factors
from worldmap.registration.graph import GraphPose
from worldmap.registration.lens import LENS
from worldmap.registration.pair import sigma_xy
from worldmap.registration.priors import Priors
from worldmap.registration.tracks import Tracks
from worldmap.registration.view import PhotoView, common_enu, one_tag_each

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

JOINT = 12
"""Numbers of each photo in `BundleSolution.joint`."""

_OUTLIER_CHI2 = 25.0
_ROUNDS = (12, 12, 25)
# As far as poses and lenses are good to a few pixels, and lenses that do not bend are straight.
_ROUGH_ROUNDS = (12, 12, 12)
# How large errors are is learnt from some thousands of residuals, to a per cent: it does not matter
# between rounds that they would still fall by a tenth of that at a step.
_NEARLY = 3e-3
_FIRST_SPREAD = 0.003
# 99.9 % of a chi-squared variable with two degrees of freedom: a lens is straight until it shows
# otherwise.
_BENT_CHI2 = 13.8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BundleSolution:
    """Poses and lenses by photo id; the cameras that moved, by key; rmse_px of the inlier
    observations in pixels of each photo's own image; observations used. apart: photos that show a
    lens of their own, or are cropped. joint (12 N, 12 N): the covariance of all photos together, in
    their order: turn about camera axes, place, log scale, log focal length, principal point (px,
    2), and the radial terms k1 and k2."""

    poses: Mapping[int, GraphPose]
    joint: Array
    lenses: Mapping[int, Lens]
    cameras: Mapping[str, CameraCalibration]
    apart: frozenset[int]
    rmse_px: float
    observations: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoughSolution:
    """By photo id: poses (enu_from_cam with the depth scale inside), lenses, how far off features
    are in pixels, and how many times further off a single depth is than its photo says."""

    poses: Mapping[int, Similarity]
    lenses: Mapping[int, Lens]
    sigma_px: Mapping[int, float]
    depth_factor: Mapping[int, float]


def bundle_adjust(
    views: Mapping[int, PhotoView],
    tracks: Tracks,
    start: Mapping[int, Similarity],
    pair_settings: PairSettings,
    settings: SolverSettings,
    *,
    fixed: Mapping[int, Lens] | None = None,
    cameras: Mapping[str, CameraCalibration] | None = None,
    lenses: Mapping[int, Lens] | None = None,
) -> BundleSolution:
    """Levenberg-Marquardt from `start` (enu_from_cam with the depth scale inside), in rounds;
    observations that one round leaves far off are left out of the next.

    fixed: photos that stay where they start, and their lenses, which hold for all photos of
    their cameras. The covariances are then those beside the fixed ones, whose own are zero.
    cameras: what other photos told of the cameras, by key. lenses: of all photos, to start from
    (default: what is known of their cameras).
    """
    problem, state, still = _begun(
        views, tracks, start, pair_settings, settings, fixed or {}, cameras or {}
    )
    if lenses:
        state = _through(lenses, problem.sensors, state, views)
    fitted = _fitted(problem, state, views, settings, _ROUNDS, sways=settings.calibrate)
    problem, state, sensors = fitted.problem, fitted.state, fitted.problem.sensors
    # That a principal point is taken to be in the middle, or a lens to be straight, does not make
    # it sure.
    sensors = replace(sensors, sigma=sensors.widest)
    linear = problem.linearised(state)
    bending = replace(problem, sensors=sensors, free=_bending(problem))
    posterior = bending.posterior(state, linear.pooled(problem.ties))
    covariance = _excess(problem, state, still) * posterior.covariance
    covariance += _of_level(state, problem, still, len(covariance))
    pictures = scales_of_pictures(problem, linear, list(views.values()))
    scales = POSE * np.arange(len(views)) + LOG_SCALE
    covariance[scales, scales] += pictures.variance
    fitted = replace(fitted, state=replace(state, log_scale=state.log_scale + pictures.shift))
    solved = {}
    for index, (photo_id, pose) in enumerate(fitted.poses(views).items()):
        block = slice(POSE * index, POSE * index + 7)
        solved[photo_id] = GraphPose(enu_from_cam=pose, covariance=covariance[block, block])
    observed = problem.observed
    fx_px = np.array([v.camera.fx_px for v in views.values()])
    off_px = fx_px[observed.photo, None] * residuals(state, observed, sensors)[:, :2]
    sigma_px, shared = fitted.sigma_px(views, pair_settings), fitted.shared
    by_photo = _by_photo(problem, sensors, list(views.values()))
    return BundleSolution(
        poses=solved,
        joint=by_photo @ covariance @ by_photo.T,
        lenses=fitted.lenses(views),
        cameras=_calibrations(problem, state, covariance, views, sigma_px, shared),
        apart=frozenset(i for i, s in zip(views, sensors.of, strict=True) if s >= shared),
        rmse_px=float(np.sqrt((off_px**2).sum(axis=1).mean())) if len(off_px) else float("nan"),
        observations=len(observed),
    )


def bundle_roughly(
    views: Mapping[int, PhotoView],
    tracks: Tracks,
    start: Mapping[int, Similarity],
    pair_settings: PairSettings,
    settings: SolverSettings,
    *,
    fixed: Mapping[int, Lens] | None = None,
    cameras: Mapping[str, CameraCalibration] | None = None,
) -> RoughSolution:
    """`bundle_adjust` without its last steps and what it says of its own errors, for what only
    needs to know about where things are."""
    problem, state, _ = _begun(
        views, tracks, start, pair_settings, settings, fixed or {}, cameras or {}
    )
    fitted = _fitted(problem, state, views, settings, _ROUGH_ROUNDS, sways=False, converged=_NEARLY)
    sigma_px = fitted.sigma_px(views, pair_settings).tolist()
    return RoughSolution(
        poses=fitted.poses(views),
        lenses=fitted.lenses(views),
        sigma_px=dict(zip(views, sigma_px, strict=True)),
        depth_factor=dict(zip(views, fitted.depth_factor.tolist(), strict=True)),
    )


def _begun(
    views: Mapping[int, PhotoView],
    tracks: Tracks,
    start: Mapping[int, Similarity],
    pair_settings: PairSettings,
    settings: SolverSettings,
    fixed: Mapping[int, Lens],
    cameras: Mapping[str, CameraCalibration],
) -> tuple[Problem, State, Bools]:
    """What there is to solve, where it starts, and which photos (N,) stay there."""
    sensors, lens = _held(sensors_of(views, cameras), views, fixed)
    rigs = Rigs.of(list(views.values()))
    priors = Priors.of(one_tag_each(views.values()), settings.shared_offset_share)
    # Views of one rig stay or move together.
    still = np.array([i in fixed for i in views])[rigs.leader]
    poses = [start[i] for i in views]
    rotation, centre = rigs.held(
        np.array([p.rotation for p in poses]), np.array([p.translation_m for p in poses])
    )
    state = State(
        rotation=rotation,
        centre=centre,
        log_scale=np.log([p.scale for p in poses]),
        far_bias=np.zeros(len(poses)),
        sway=np.zeros((len(poses), 3)),
        deviation=np.zeros(len(poses)),
        lens=lens,
        offset=np.zeros((priors.offsets, 3)),
        point=np.zeros((tracks.count, 3)),
    )
    problem = Problem(
        observed=observe(views, tracks, pair_settings),
        sensors=sensors,
        priors=priors,
        spread=np.full(sensors.count, _FIRST_SPREAD if settings.calibrate else LEAST),
        sway=np.full(sensors.count, LEAST),
        free=_free(still, rigs.follows, sensors, priors.offsets, calibrate=settings.calibrate),
        rigs=rigs,
    )
    return problem, state, still


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fitted:
    """The problem with errors and cameras as learnt, and its solution. By photo and kind of image
    error, image_alike (N, 2): how much of what features are further off than taken at first,
    squared, is because neighbours are off together; by photo (N,), depth_factor see
    `RoughSolution`. shared: how many sensors there were before photos were found to have their own.
    """

    problem: Problem
    state: State
    image_alike: Array
    depth_factor: Array
    shared: int

    def sigma_px(self, views: Mapping[int, PhotoView], settings: PairSettings) -> Array:
        """(N,) how far off half of a photo's features are, or are more; as told at first of photos
        without any."""
        observed = self.problem.observed
        alike = self.image_alike[observed.photo, observed.image_kind]
        # As of an error that is as large in all directions.
        sigma = np.sqrt(observed.sigma[:, 0] * observed.sigma[:, 1] / alike)
        found = []
        for index, view in enumerate(views.values()):
            own = sigma[observed.photo == index]
            typical = np.median(own) if len(own) else sigma_xy(view, settings)
            found.append(view.camera.fx_px * typical)
        return np.array(found)

    def poses(self, views: Mapping[int, PhotoView]) -> dict[int, Similarity]:
        """enu_from_cam with the depth scale inside, by photo id."""
        frame, state = common_enu(views.values()), self.state
        return {
            photo_id: Similarity(
                to=frame,
                source=cam(str(photo_id)),
                rotation=nearest_rotation(state.rotation[index]),
                translation_m=state.centre[index],
                scale=float(np.exp(state.log_scale[index])),
            )
            for index, photo_id in enumerate(views)
        }

    def lenses(self, views: Mapping[int, PhotoView]) -> dict[int, Lens]:
        """Of each photo, by id."""
        sensors = self.problem.sensors
        own = sensors.lenses(self.state.lens, self.state.deviation)
        return {
            i: lens_of(view.camera, own[k], sensors.turn[k], float(sensors.corner[k]))
            for k, (i, view) in enumerate(views.items())
        }


def _fitted(
    problem: Problem,
    state: State,
    views: Mapping[int, PhotoView],
    settings: SolverSettings,
    rounds: Sequence[int],
    *,
    sways: bool,
    converged: float = CONVERGED,
) -> _Fitted:
    """Solved in rounds of so many steps, the last one until it has `converged`, learning between
    them; sways: whether also how cameras sway, once lenses are known, for which there is a round
    more."""
    state = state.with_points(problem.observed, problem.sensors)
    estimators = sorted({v.depth_key for v in views.values()})
    estimator = np.array([estimators.index(v.depth_key) for v in views.values()], dtype=np.intp)
    shared = problem.sensors.count
    alike = np.ones((len(views), IMAGE_KINDS))
    depth = depth_alike = np.ones(len(views))
    todo = list(rounds)
    for number, iterations in enumerate(todo):
        last = number == len(todo) - 1
        state = minimise(problem, state, iterations, converged if last else _NEARLY)
        observed, slopes = _pruned(problem, state)
        if last:
            problem = replace(problem, observed=observed)
            break
        factors = error_factors(observed, problem.sensors, slopes, len(state.point), estimator)
        problem = replace(
            problem,
            observed=observed.weighed(factors.image, factors.depth),
            priors=problem.levelled(state),
        )
        alike = factors.image_alike
        depth, depth_alike = depth * factors.depth, factors.depth_alike
        if not settings.calibrate:
            continue
        problem, state, pooled = _calibrated(problem, state, slopes, bends=number > 0)
        if sways and number > 0:
            sways = False
            problem = _swaying(problem, state, pooled)
            if (problem.sway > LEAST).any():
                # It was taken for errors of the features, and for lenses of single photos.
                problem, state = rejoined(problem, state, shared)
                todo.insert(number + 1, iterations)
    return _Fitted(
        problem=problem,
        state=state,
        image_alike=alike,
        depth_factor=DEPTH_DOUBT * depth / np.sqrt(depth_alike),
        shared=shared,
    )


def _calibrated(
    problem: Problem, state: State, slopes: Slopes, *, bends: bool
) -> tuple[Problem, State, Pooled]:
    """With what photos tell of how far cameras differ from their tags and from each other, and,
    where lenses have had a round to bend, without radial terms that do not show; and what pictures
    say there. slopes: of the residuals at the state."""
    pooled = problem.pooled_by_pictures(state, slopes)
    posterior = problem.posterior(state, pooled)
    problem = replace(
        problem,
        spread=focal_spread(problem, state, posterior),
        sensors=replace(problem.sensors, sigma=centre_sigma(problem, state, posterior)),
    )
    if bends:
        straight = _straightened(problem, state, posterior.covariance)
        if straight is not None:
            problem, state = straight
            pooled = problem.pooled_by_pictures(state)
    return *with_own_lenses(problem, state, pooled), pooled


def _swaying(problem: Problem, state: State, pooled: Pooled) -> Problem:
    """With what photos tell of how much cameras turn while they read their rows: to be asked when
    lenses are known, as what a lens does looks like that to who has not seen it."""
    return replace(problem, sway=sway_spread(problem, state, problem.posterior(state, pooled)))


def _bending(problem: Problem) -> Bools:
    """Which numbers move where lenses whose principal points do may bend, too."""
    free = problem.free.copy()
    lenses = free[problem.first_lens : problem.first_offset].reshape(-1, LENS)
    lenses[:, 3:] |= lenses[:, 1:2]
    return free


def _of_level(state: State, problem: Problem, still: Bools, size: int) -> Array:
    """(P, P) covariance of what the levels of each sensor's photos share: all of them pitched alike
    tilt the group, the more, the more of them look the same way. None beside photos that stay."""
    found = np.zeros((size, size))
    if still.any():
        return found
    away = state.centre - state.centre.mean(axis=0)
    photos = POSE * np.arange(len(away))[:, None]
    of, shared_rad = problem.sensors.of, problem.priors.level_shared_rad
    for sensor in np.unique(of):
        rows = of == sensor
        pitched = shared_rad[rows] @ state.rotation[rows, :, 0] / len(away)
        tilt = np.zeros(size)
        tilt[photos + np.arange(3)] = pitched @ state.rotation
        tilt[photos + np.arange(3, 6)] = np.cross(pitched, away)
        found += np.outer(tilt, tilt)
    return found


def _by_photo(problem: Problem, sensors: Sensors, views: Sequence[PhotoView]) -> Array:
    """(12 N, D): how each photo's pose and lens follow the problem's numbers (D,)."""
    found = np.zeros((JOINT * len(views), len(problem.free)))
    by_numbers = sensors.lens_by_numbers
    for index, view in enumerate(views):
        photo, numbers = JOINT * index, POSE * index
        lens = problem.first_lens + LENS * sensors.of[index]
        in_px = np.array((1.0, view.camera.fx_px, view.camera.fy_px, 1.0, 1.0))
        found[photo : photo + 7, numbers : numbers + 7] = np.eye(7)
        found[photo + 7 : photo + JOINT, lens : lens + LENS] = in_px[:, None] * by_numbers[index]
        found[photo + 7, numbers + DEVIATION] = 1.0
    return found


def _held(
    sensors: Sensors, views: Mapping[int, PhotoView], fixed: Mapping[int, Lens]
) -> tuple[Sensors, Array]:
    """The sensors with what sets each fixed photo apart from its sensor, and their lenses (S, 5) to
    start from: those of the fixed photos, or what was known before."""
    lens, apart = sensors.mean.copy(), sensors.apart.copy()
    told = {
        index: lens_numbers(
            view.camera, fixed[i], sensors.turn[index], float(sensors.corner[index])
        )
        for index, (i, view) in enumerate(views.items())
        if i in fixed
    }
    for sensor in range(sensors.count):
        rows = [index for index in told if sensors.of[index] == sensor]
        if rows:
            lens[sensor] = np.median([told[index] for index in rows], axis=0)
        for index in rows:
            apart[index] = told[index] - lens[sensor]
    return replace(sensors, apart=apart), lens


def _through(
    lenses: Mapping[int, Lens], sensors: Sensors, state: State, views: Mapping[int, PhotoView]
) -> State:
    """The state with lenses of sensors and deviations of photos that come near those of all
    photos; lenses that are computed, not learnt, stay."""
    told = np.array(
        [
            lens_numbers(v.camera, lenses[i], sensors.turn[index], float(sensors.corner[index]))
            for index, (i, v) in enumerate(views.items())
        ]
    )
    told -= sensors.apart
    lens = state.lens.copy()
    for sensor in np.flatnonzero(~sensors.exact):
        lens[sensor] = np.median(told[sensors.of == sensor], axis=0)
    deviation = told[:, 0] - lens[sensors.of, 0]
    return replace(state, lens=lens, deviation=np.where(sensors.exact[sensors.of], 0.0, deviation))


def _free(
    still: Bools, follows: Bools, sensors: Sensors, offsets: int, *, calibrate: bool
) -> Bools:
    """Which numbers move: not pose, scale and lens of the photos that stay, nor the lenses of their
    sensors, nor what is cut to measure; not the poses of those that follow others; without
    calibration only each sensor's focal length."""
    pose = np.repeat(~still[:, None], POSE, axis=1)
    pose[follows, :6] = False
    pose[:, 7] = True
    sways = np.arange(POSE)[SWAY]
    pose[:, sways] = calibrate
    pose[:, DEVIATION] &= calibrate
    sensor = ~np.isin(np.arange(sensors.count), sensors.of[still])
    lens = np.repeat(sensor[:, None], LENS, axis=1)
    lens[:, 1:] &= calibrate
    lens[sensors.exact] = False
    pose[np.ix_(sensors.exact[sensors.of], sways)] = False
    pose[sensors.exact[sensors.of], DEVIATION] = False
    return np.concatenate((pose.ravel(), lens.ravel(), np.ones(3 * offsets, dtype=np.bool_)))


def _straightened(
    problem: Problem, state: State, covariance: Array
) -> tuple[Problem, State] | None:
    """Without radial terms of sensors whose photos do not show that their lens bends; None where
    there are none."""
    lens, free = state.lens.copy(), problem.free.copy()
    for sensor in range(problem.sensors.count):
        at = problem.first_lens + LENS * sensor + np.array((3, 4))
        if not free[at].all():
            continue
        told = lens[sensor, 3:]
        if told @ np.linalg.solve(covariance[np.ix_(at, at)], told) < _BENT_CHI2:
            lens[sensor, 3:], free[at] = 0.0, False
    if (free == problem.free).all():
        return None
    return replace(problem, free=free), replace(state, lens=lens)


def _excess(problem: Problem, state: State, still: Bools) -> float:
    """By how much variances are larger than the observations' sigmas say: their tails, and all that
    the model does not know of."""
    observed = problem.observed
    chi2 = observed.chi2(residuals(state, observed, problem.sensors))
    total = float(sum(np.minimum(each, _OUTLIER_CHI2).sum() for each in chi2))
    moving = problem.free[: problem.first_lens].reshape(-1, POSE)[~still]
    taken = 3 * len(np.unique(observed.track)) + int(np.count_nonzero(moving))
    return max(1.0, total / max(3 * len(observed) - taken, 1))


def _calibrations(
    problem: Problem,
    state: State,
    covariance: Array,
    views: Mapping[int, PhotoView],
    sigma_px: Array,
    shared: int,
) -> dict[str, CameraCalibration]:
    """Of the first `shared` sensors, those that tags tell apart."""
    found = {}
    listed = list(views.values())
    for sensor, key in enumerate(problem.sensors.key[:shared]):
        at = problem.first_lens + LENS * sensor + np.arange(LENS)
        if not problem.free[at[0]]:
            continue
        rows = np.flatnonzero(problem.sensors.of == sensor)
        largest = max(rows, key=lambda k: (listed[k].camera.width_px, -k))
        camera = listed[largest].camera
        found[key] = CameraCalibration(
            camera_key=key,
            lens=state.lens[sensor],
            covariance=covariance[np.ix_(at, at)],
            focal_spread_rel=float(problem.spread[sensor]),
            image_sigma_px=float(sigma_px[largest]),
            width_px=camera.width_px,
            height_px=camera.height_px,
            tag_focal_px=camera.fx_px,
            photo_ids=tuple(listed[k].photo_id for k in rows),
        )
    return found


def _pruned(problem: Problem, state: State) -> tuple[Observations, Slopes]:
    """Without observations far off, and those that no others check, nor those of tracks that only
    one photo still sees; and the slopes of the residuals of those that are left."""
    slopes = jacobians(state, problem.observed, problem.sensors)
    image, depth = problem.observed.chi2(slopes[0])
    near = (image < _OUTLIER_CHI2) & (depth < _OUTLIER_CHI2)
    observed, slopes = _kept(problem.observed, slopes, near)
    linear = Linearised.of(slopes, observed, len(state.point))
    return _kept(observed, slopes, checked(linear, observed.photo, problem.rigs))


def _kept(observed: Observations, slopes: Slopes, keep: Bools) -> tuple[Observations, Slopes]:
    """Those to keep, as far as two photos see their track."""
    seen = np.bincount(observed.track[keep], minlength=int(observed.track.max(initial=-1)) + 1)
    keep = keep & (seen[observed.track] >= 2)
    residual, by_photo, by_point = slopes
    return observed.rows(keep), (residual[keep], by_photo[keep], by_point[keep])
