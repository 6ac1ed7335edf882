"""One pair of photos: the similarity between their depth clouds that their matches agree on.

A match is two noisy observations of one point. Seen from photo a, b's observation predicts three
numbers of a's: where in the image (two) and how far (the log of the depth). Their difference, with
the covariance of both observations carried through, is the residual everywhere below, so a far
point with poor depth is free to slide along its ray and a near one is not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.frames import Similarity, cam, nearest_rotation
from worldmap.records import PairRegistration
from worldmap.registration.fixed import of_the_scene
from worldmap.registration.matching import Matcher
from worldmap.registration.overlap import Overlap, overlap
from worldmap.registration.pnp import stand_of
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

_HYPOTHESES = 2000
_SCREEN_MATCHES = 250
_REFINED = 12
# So many hypotheses at a time stay in a processor's cache.
_AT_ONCE = 64
# And so many matches of all hypotheses that are refined.
_ROWS_AT_ONCE = 2000
# What rounding leaves of a variance.
_LEAST_PIVOT = 1e-12
# 99 % of a chi-squared variable with three degrees of freedom.
_CHI2_INLIER = 11.34
# Of a depth sigma what is beyond the noise of single pixels, and how much of that is shared.
_INDEPENDENT_REL = 0.03
_SHARED_SHARE = 1.0
_SURE_DEPTH_REL = 0.08
# A pair that leaves the distance between its photos more open than this says too little.
_VAGUE_REL = 0.2
_VAGUE_FLOOR_M = 1.0
# Of the near matches in what both photos see, those of 49 in 50 right pairs fit by more than this
# share (a real street and two generators); things that repeat fit by a quarter and less.
_FITTING_SHARE = 0.4
_PNP_TILT_SIGMA_DEG = 1.0
# So many matches, and so large a share of all, fit one geometry only where it is true, whichever
# way up the pictures are.
_TURNED_INLIERS, _TURNED_SHARE = 30, 0.3
# Draws of four matches; so many that four of such a share are among them but once in a hundred.
_TRIES, _TURNED_TRIES = 2000, 570
# Of a photo on its side nothing tells the level but that people hold cameras level.
_TURNED_SIGMA_DEG = 6.0
# Up of a picture that was turned clockwise by 0 to 3 quarters, by up of the picture as it was.
QUARTERS = np.array(
    [np.linalg.matrix_power(np.array(((0, -1, 0), (1, 0, 0), (0, 0, 1))), k) for k in range(4)],
    dtype=np.float64,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Matched:
    """The matched observations: normalised image points (M, 2), depths (M,) and their sigmas."""

    xy_a: Array
    xy_b: Array
    z_a: Array
    z_b: Array
    sigma_xy_a: float
    sigma_xy_b: float
    sigma_z_a: Array
    sigma_z_b: Array

    @property
    def xyz_a(self) -> Array:
        return _lift(self.xy_a, self.z_a)

    @property
    def xyz_b(self) -> Array:
        return _lift(self.xy_b, self.z_b)

    def rows(self, index: NDArray[np.intp]) -> _Matched:
        return _Matched(
            xy_a=self.xy_a[index],
            xy_b=self.xy_b[index],
            z_a=self.z_a[index],
            z_b=self.z_b[index],
            sigma_xy_a=self.sigma_xy_a,
            sigma_xy_b=self.sigma_xy_b,
            sigma_z_a=self.sigma_z_a[index],
            sigma_z_b=self.sigma_z_b[index],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fit:
    rotation: Array
    translation_m: Array
    scale: float
    inlier: Bools
    score: float
    covariance: Array


def register_pair(
    a: PhotoView, b: PhotoView, matcher: Matcher, settings: PairSettings
) -> PairRegistration:
    """Match, solve, and check one candidate pair; always an answer, with its reason if refused.

    The checks here need only the two photos: enough inliers, spread over the image, scale and
    level within the gate, and neither cloud standing in front of what the other photo saw.
    """
    started = time.perf_counter()
    a, b, matches = of_the_scene(a, b, matcher.match(a.features, b.features))
    nothing = np.zeros((0, 2), dtype=np.int32)

    def verdict(
        reason: str,
        *,
        fit: _Fit | None = None,
        rmse_px: float = float("nan"),
        seen: Overlap | None = None,
    ) -> PairRegistration:
        return PairRegistration(
            photo_a=a.photo_id,
            photo_b=b.photo_id,
            own_reason=reason,
            method="matches",
            matches=len(matches),
            inliers=int(np.count_nonzero(fit.inlier)) if fit else 0,
            rmse_px=rmse_px,
            overlap=seen.agreeing if seen else float("nan"),
            in_front=seen.in_front if seen else float("nan"),
            a_from_b=_similarity(a, b, fit) if fit else None,
            covariance=fit.covariance if fit else None,
            inlier_index=matches.index[fit.inlier] if fit else nothing,
            seconds=time.perf_counter() - started,
        )

    if len(matches) < settings.min_inliers:
        return verdict(f"{len(matches)} matches, {settings.min_inliers} needed")
    data = _observations(a, b, matches.index, settings)
    fit, b = _fit_upright(a, b, data, matches.quality, settings)
    inliers = int(np.count_nonzero(fit.inlier)) if fit else 0
    if fit is None or inliers < settings.min_inliers:
        return verdict(f"{inliers} matches fit one geometry, {settings.min_inliers} needed")
    rmse_px = _rmse_px(a, data, fit)
    places = len(np.unique(np.round(data.xy_a[fit.inlier] * 50.0), axis=0))
    if places < settings.min_inliers // 2:
        return verdict("its matches sit in one spot", fit=fit, rmse_px=rmse_px)
    open_m = float(np.sqrt(np.trace(fit.covariance[3:6, 3:6])))
    if open_m > max(_VAGUE_FLOOR_M, _VAGUE_REL * float(np.linalg.norm(fit.translation_m))):
        reason = f"what it shares is so far away that their distance stays open (±{open_m:.0f} m)"
        return verdict(reason, fit=fit, rmse_px=rmse_px)
    sure = np.minimum(data.sigma_z_a, data.sigma_z_b)[fit.inlier] < _SURE_DEPTH_REL
    if np.count_nonzero(sure) < settings.min_inliers // 2:
        reason = "what it shares is too far away for its depth to tell the distance"
        return verdict(reason, fit=fit, rmse_px=rmse_px)
    near, fitting = _near_matches(a, b, data, fit)
    # Two sigmas of a share of so many.
    scatter = 2.0 * np.sqrt(near * _FITTING_SHARE * (1.0 - _FITTING_SHARE))
    if fitting + scatter < _FITTING_SHARE * near:
        reason = f"{fitting} of {near} near matches in what both would see fit it: things repeat"
        return verdict(reason, fit=fit, rmse_px=rmse_px)
    scale_sigma = float(np.hypot(a.scale_sigma_rel, b.scale_sigma_rel))
    if abs(np.log(fit.scale)) > settings.gate_sigmas * scale_sigma:
        return verdict(f"depth scales differ by {fit.scale:.2f}", fit=fit, rmse_px=rmse_px)
    off_level = _off_level_deg(a, b, fit)
    level_sigma = float(np.hypot(a.tilt_sigma_deg, b.tilt_sigma_deg)) + 0.3
    if off_level > settings.gate_sigmas * level_sigma:
        return verdict(f"up directions differ by {off_level:.1f}°", fit=fit, rmse_px=rmse_px)
    seen = overlap(a.features, b.features, _similarity(a, b, fit))
    if seen.in_front > settings.max_in_front:
        share = f"{100 * seen.in_front:.0f} %"
        return verdict(
            f"{share} of one cloud stands in front of what the other saw",
            fit=fit,
            rmse_px=rmse_px,
            seen=seen,
        )
    return verdict("", fit=fit, rmse_px=rmse_px, seen=seen)


def _fit_upright(
    a: PhotoView, b: PhotoView, data: _Matched, quality: Array, settings: PairSettings
) -> tuple[_Fit | None, PhotoView]:
    """The fit, and the second photo turned as it lies beside the first: by quarters, where most
    matches fit one geometry but only if its picture lies on its side or on its head, as they do
    whose orientation was lost."""
    fit = _solve(a, b, data, quality, settings)
    inliers = int(np.count_nonzero(fit.inlier)) if fit else 0
    needed = max(_TURNED_INLIERS, _TURNED_SHARE * len(data.z_a))
    if len(data.z_a) < needed or (fit and inliers >= needed and _is_level(a, b, fit, settings)):
        return fit, b
    rotation = fit.rotation if fit and inliers >= needed else _unlevelled(data, needed)
    if rotation is None:
        return fit, b
    turned = turned_view(b, quarter_turns(a.up_cam, b.up_cam, rotation))
    if turned is b:
        return fit, b
    again = _solve(a, turned, data, quality, settings)
    if again is None or np.count_nonzero(again.inlier) <= inliers / 2:
        return fit, b
    return (again, turned) if _is_level(a, turned, again, settings) else (fit, b)


def _unlevelled(data: _Matched, needed: float) -> Array | None:
    """a_from_b's rotation (3, 3) by so many of the matches, whatever is level; None where they do
    not agree on one."""
    for rotation, translation, scale in _pnp_hypotheses(data, tries=_TURNED_TRIES):
        off = _residuals_of(data, rotation, translation, scale)[:, :2]
        near = 6.0 * np.hypot(data.sigma_xy_a, data.sigma_xy_b)
        if np.count_nonzero(np.hypot(off[:, 0], off[:, 1]) < near) >= needed:
            return rotation
    return None


def _is_level(a: PhotoView, b: PhotoView, fit: _Fit, settings: PairSettings) -> bool:
    level_sigma = float(np.hypot(a.tilt_sigma_deg, b.tilt_sigma_deg)) + 0.3
    return _off_level_deg(a, b, fit) <= settings.gate_sigmas * level_sigma


def quarter_turns(up_a: Array, up_b: Array, a_from_b: Array) -> int:
    """By how many quarters b's picture is turned clockwise besides what its level says: what of the
    four brings its up (3,) in its camera nearest to a's in a's. a_from_b (3, 3)."""
    return int(np.argmax([up_a @ a_from_b @ quarter @ up_b for quarter in QUARTERS]))


def turned_view(view: PhotoView, quarters: int) -> PhotoView:
    """The photo as one whose picture was turned clockwise by so many quarters too many. What its
    pixels said of level was of something else."""
    if not quarters % 4:
        return view
    return replace(
        view,
        pitch_deg=0.0,
        roll_deg=(0.0, -90.0, 180.0, 90.0)[quarters % 4],
        tilt_sigma_deg=_TURNED_SIGMA_DEG,
        up_by_lens=(),
    )


def _observations(
    a: PhotoView, b: PhotoView, index: NDArray[np.int32], settings: PairSettings
) -> _Matched:
    xyz_a = a.features.xyz_cam[index[:, 0]].astype(np.float64)
    xyz_b = b.features.xyz_cam[index[:, 1]].astype(np.float64)
    sigma_a = a.features.depth_sigma_rel[index[:, 0]].astype(np.float64)
    sigma_b = b.features.depth_sigma_rel[index[:, 1]].astype(np.float64)
    return _Matched(
        xy_a=xyz_a[:, :2] / xyz_a[:, 2:],
        xy_b=xyz_b[:, :2] / xyz_b[:, 2:],
        z_a=xyz_a[:, 2],
        z_b=xyz_b[:, 2],
        sigma_xy_a=sigma_xy(a, settings),
        sigma_xy_b=sigma_xy(b, settings),
        sigma_z_a=sigma_a,
        sigma_z_b=sigma_b,
    )


def sigma_xy(view: PhotoView, settings: PairSettings) -> float:
    """Sigma of a matched feature in normalised image coordinates."""
    side = max(view.camera.width_px, view.camera.height_px)
    return settings.pixel_sigma * side / 1000.0 / view.camera.fx_px


def _lift(xy: Array, z: Array) -> Array:
    return np.column_stack((xy * z[:, None], z))


def _similarity(a: PhotoView, b: PhotoView, fit: _Fit) -> Similarity:
    return Similarity(
        to=cam(str(a.photo_id)),
        source=cam(str(b.photo_id)),
        rotation=fit.rotation,
        translation_m=fit.translation_m,
        scale=fit.scale,
    )


def _solve(
    a: PhotoView, b: PhotoView, data: _Matched, quality: Array, settings: PairSettings
) -> _Fit | None:
    """RANSAC with local optimisation (Chum et al. 2003) over hypotheses of several makes."""
    seed = (min(a.photo_id, b.photo_id) * 1_000_003 + max(a.photo_id, b.photo_id)) % 2**32
    generator = np.random.default_rng(seed)
    rotations, translations, scales = _levelled_hypotheses(a, b, data, quality, generator, settings)
    tilt_sigma = max(a.tilt_sigma_deg, b.tilt_sigma_deg)
    if tilt_sigma > _PNP_TILT_SIGMA_DEG:
        for hypothesis in _pnp_hypotheses(data):
            rotations = np.concatenate((rotations, hypothesis[0][None]))
            translations = np.concatenate((translations, hypothesis[1][None]))
            scales = np.append(scales, hypothesis[2])
    if not len(scales):
        return None
    screen = data
    if len(data.z_a) > _SCREEN_MATCHES:
        weight = quality / quality.sum()
        chosen = generator.choice(len(quality), _SCREEN_MATCHES, replace=False, p=weight)
        screen = data.rows(np.sort(chosen))
    # A tilt error moves every pixel; the first scoring has to forgive that much.
    slack = np.deg2rad(np.hypot(a.tilt_sigma_deg, b.tilt_sigma_deg)) + 4.0 * data.sigma_xy_a
    score = _screen(screen, rotations, translations, scales, slack)
    best: _Fit | None = None
    ranked = np.argsort(-score, kind="stable")[:_REFINED]
    together = max(1, _ROWS_AT_ONCE // len(data.z_a))
    for start in range(0, len(ranked), together):
        rows = ranked[start : start + together]
        for fit in _refined(data, rotations[rows], translations[rows], scales[rows], slack, a, b):
            if best is None or fit.score > best.score:
                best = fit
    return best


def _levelled_hypotheses(
    a: PhotoView,
    b: PhotoView,
    data: _Matched,
    quality: Array,
    generator: np.random.Generator,
    settings: PairSettings,
) -> tuple[Array, Array, Array]:
    """Similarities from two matches each: with both photos levelled only a turn about the vertical,
    a translation and a scale are left."""
    level_a, level_b = a.level_from_cam, b.level_from_cam
    p_a, p_b = data.xyz_a @ level_a.T, data.xyz_b @ level_b.T
    draw = generator.choice(len(quality), size=(_HYPOTHESES, 2), p=quality / quality.sum())
    d_a, d_b = p_a[draw[:, 0]] - p_a[draw[:, 1]], p_b[draw[:, 0]] - p_b[draw[:, 1]]
    length_a, length_b = np.linalg.norm(d_a, axis=1), np.linalg.norm(d_b, axis=1)
    flat_a, flat_b = np.hypot(d_a[:, 0], d_a[:, 1]), np.hypot(d_b[:, 0], d_b[:, 1])
    sound = (flat_a > 0.3 * length_a) & (flat_b > 0.3 * length_b) & (length_a > 0.05)
    sound &= length_b > 0.05
    scale = length_a / np.where(sound, length_b, 1.0)
    limit = settings.gate_sigmas * np.hypot(a.scale_sigma_rel, b.scale_sigma_rel)
    # Depth noise makes the scale of two points poor: twice the gate is let through here.
    sound &= np.abs(np.log(np.where(sound, scale, 1.0))) < 2 * limit
    turn = np.arctan2(d_a[:, 1], d_a[:, 0]) - np.arctan2(d_b[:, 1], d_b[:, 0])
    draw, scale, turn = draw[sound], scale[sound], turn[sound]
    cos, sin, zero, one = np.cos(turn), np.sin(turn), np.zeros(len(turn)), np.ones(len(turn))
    about_up = np.stack((cos, -sin, zero, sin, cos, zero, zero, zero, one), axis=1)
    rotation = level_a.T @ about_up.reshape(-1, 3, 3) @ level_b
    mid_a = data.xyz_a[draw].mean(axis=1)
    mid_b = data.xyz_b[draw].mean(axis=1)
    translation = mid_a - scale[:, None] * np.einsum("hij,hj->hi", rotation, mid_b)
    return rotation, translation, scale


def _pnp_hypotheses(data: _Matched, *, tries: int = _TRIES) -> list[tuple[Array, Array, float]]:
    """Perspective-n-point both ways, for photos whose tilt is not known well enough."""
    found = []
    for forward in (True, False):
        points, image = (data.xyz_b, data.xy_a) if forward else (data.xyz_a, data.xy_b)
        depth = data.z_a if forward else data.z_b
        stand = stand_of(points, image, 4.0 * data.sigma_xy_a, tries=tries)
        if stand is None or len(stand[2]) < 6:
            continue
        rotation, offset, rows = stand
        ahead = (points[rows] @ rotation.T + offset)[:, 2]
        ratio = float(np.median(depth[rows] / np.maximum(ahead, 1e-6)))
        if not ratio > 0:
            continue
        # PnP answers in the depth units of its 3-D points; the depth ratio brings in the others.
        if forward:
            found.append((rotation, ratio * offset, ratio))
        else:
            # ratio · (R X_a + t) = X_b, so X_a = Rᵀ (X_b / ratio − t).
            found.append((rotation.T, -rotation.T @ offset, 1.0 / ratio))
    return found


def _screen(
    data: _Matched, rotations: Array, translations: Array, scales: Array, slack: float
) -> Array:
    """Score (H,) of many hypotheses: truncated squared image distance both ways, with slack."""
    xyz_a, xyz_b = data.xyz_a.T, data.xyz_b.T
    score = np.zeros(len(scales))
    for start in range(0, len(scales), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        rotation, translation, scale = rotations[part], translations[part], scales[part, None, None]
        turned, back = scale * rotation, rotation.transpose(0, 2, 1) / scale
        total = np.zeros((len(rotation), len(data.z_a)))
        for turn, shift, xyz, xy in (
            (turned, translation[:, :, None], xyz_b, data.xy_a),
            (back, -back @ translation[:, :, None], xyz_a, data.xy_b),
        ):
            found = (turn.reshape(-1, 3) @ xyz).reshape(len(turn), 3, -1) + shift
            inverse = 1.0 / np.maximum(found[:, 2], 1e-3)
            off = (found[:, 0] * inverse - xy[:, 0]) ** 2
            off += (found[:, 1] * inverse - xy[:, 1]) ** 2
            total += np.where(found[:, 2] > 0.1, off, np.inf)
        score[part] = np.clip(1.0 - total / (2 * slack**2), 0.0, None).sum(axis=1)
    return score


def pair_residuals(
    data: _Matched, rotation: Array, translation: Array, scale: Array
) -> tuple[Array, Array, Array]:
    """Of similarities (H, 3, 3), (H, 3), (H,) the residuals (H, M, 3) of image point and log depth
    in a, their Jacobians (H, M, 3, 7) by (rotation_rad, translation_m, log scale), and their
    covariances (H, M, 3, 3)."""
    turned = scale[:, None, None] * (data.xyz_b @ rotation.transpose(0, 2, 1))
    point = turned + translation[:, None]
    inverse = 1.0 / np.maximum(point[..., 2], 1e-3)
    x, y = point[..., 0] * inverse, point[..., 1] * inverse
    log_range = np.log(np.maximum(point[..., 2], 1e-3) / data.z_a)
    residual = np.stack((x - data.xy_a[:, 0], y - data.xy_a[:, 1], log_range), axis=-1)
    # How the point moves: turned about each axis, shifted along each, and with the scale.
    move = np.zeros((*turned.shape, 7))
    for axis, (first, second) in enumerate(((1, 2), (2, 0), (0, 1))):
        move[..., second, axis] = turned[..., first]
        move[..., first, axis] = -turned[..., second]
        move[..., axis, 3 + axis] = 1.0
    move[..., 6] = turned
    # b's own observation: an image error moves its point sideways, a depth error along its ray.
    slip = np.empty((*turned.shape, 3))
    wide = scale[:, None] * data.z_b * data.sigma_xy_b
    slip[..., :2] = wide[:, :, None, None] * rotation[:, None, :, :2]
    slip[..., 2] = turned * data.sigma_z_b[:, None]
    jacobian, spread = (_seen(each, x, y, inverse) for each in (move, slip))
    covariance = spread @ spread.swapaxes(-1, -2)
    covariance[..., (0, 1), (0, 1)] += data.sigma_xy_a**2
    covariance[..., 2, 2] += data.sigma_z_a**2
    return residual, jacobian, covariance


def _seen(move: Array, x: Array, y: Array, inverse: Array) -> Array:
    """How image points (..., x and y) and log depth (..., 3, K) follow moves (..., 3, K) of points,
    the inverse of whose depth is told."""
    seen = move * inverse[..., None, None]
    seen[..., 0, :] -= x[..., None] * seen[..., 2, :]
    seen[..., 1, :] -= y[..., None] * seen[..., 2, :]
    return seen


def _refined(
    data: _Matched,
    rotation: Array,
    translation: Array,
    scale: Array,
    slack: float,
    a: PhotoView,
    b: PhotoView,
) -> list[_Fit]:
    """Gauss-Newton with Cauchy weights from each of (H, 3, 3), (H, 3), (H,), the forgiveness
    shrinking from `slack` to nothing; those that are left, in order.

    The two up directions and the two scale priors take part with their sigmas.
    """
    level_sigma = np.deg2rad(np.hypot(np.hypot(a.tilt_sigma_deg, b.tilt_sigma_deg), 0.2))
    scale_sigma = float(np.hypot(a.scale_sigma_rel, b.scale_sigma_rel))
    up_a, up_b = a.up_cam, b.up_cam
    step: _Step | None = None
    for forgive in (slack, slack, slack / 2, slack / 4, slack / 8, 0.0, 0.0, 0.0, 0.0):
        residual, jacobian, covariance = pair_residuals(data, rotation, translation, scale)
        covariance[..., (0, 1), (0, 1)] += forgive**2
        white = _whitening(covariance)
        off = _lower(white, residual[..., None])[..., 0]
        chi2 = (off**2).sum(axis=-1)
        inlier = chi2 < _CHI2_INLIER
        left = np.count_nonzero(inlier, axis=1) >= 5
        if not left.all():
            rotation, translation, scale = rotation[left], translation[left], scale[left]
            jacobian, white, off = jacobian[left], white[left], off[left]
            chi2, inlier = chi2[left], inlier[left]
        if not len(scale):
            return []
        robust = np.where(chi2 < 4 * _CHI2_INLIER, 1.0 / (1.0 + chi2 / 6.0), 0.0)
        root = np.sqrt(robust)[..., None]
        white *= root[..., None]
        by = _lower(white, jacobian).reshape(len(scale), -1, 7)
        information = by.swapaxes(1, 2) @ by
        pull = -(by.swapaxes(1, 2) @ (root * off).reshape(len(scale), -1, 1))[..., 0]
        turned_up = rotation @ up_b
        by_turn = -_cross_matrices(turned_up)
        information[:, :3, :3] += by_turn.swapaxes(1, 2) @ by_turn / level_sigma**2
        pull[:, :3] -= (by_turn.swapaxes(1, 2) @ (turned_up - up_a)[..., None])[
            ..., 0
        ] / level_sigma**2
        information[:, 6, 6] += 1.0 / scale_sigma**2
        pull[:, 6] -= np.log(scale) / scale_sigma**2
        information += 1e-9 * np.eye(7)
        move = np.linalg.solve(information, pull[..., None])[..., 0]
        rotation = np.stack(
            [
                nearest_rotation(exp_rotation(turn) @ before)
                for turn, before in zip(move[:, :3], rotation, strict=True)
            ]
        )
        translation = translation + move[:, 3:6]
        scale = scale * np.exp(np.clip(move[:, 6], -0.3, 0.3))
        step = _Step(chi2=chi2, inlier=inlier, by=by, white=white, information=information)
    assert step is not None
    return [
        _Fit(
            rotation=rotation[k],
            translation_m=translation[k],
            scale=float(scale[k]),
            inlier=step.inlier[k],
            score=float(np.clip(1.0 - step.chi2[k] / _CHI2_INLIER, 0.0, None).sum()),
            covariance=_covariance(data, step, k),
        )
        for k in range(len(scale))
    ]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Step:
    """Of the last step of each similarity: chi2 (H, M) and inlier (H, M) of the matches, by
    (H, 3 M, 7) their whitened and weighted Jacobian, white (H, M, 3, 3) what whitened and weighed
    it, and information (H, 7, 7)."""

    chi2: Array
    inlier: Bools
    by: Array
    white: Array
    information: Array


def _covariance(data: _Matched, step: _Step, k: int) -> Array:
    """(7, 7) of a similarity."""
    excess = max(1.0, float(step.chi2[k][step.inlier[k]].mean()) / 3.0)
    inverse = np.linalg.inv(step.information[k])
    spread = excess * inverse
    # A network's depth errors are shared by neighbouring pixels and grow with range: what is far is
    # shifted as a whole, and no number of matches averages that out. One common error of each
    # photo's far depths is carried through the normal equations.
    white, by = step.white[k], step.by[k]
    by_log_scale = by[:, 6]  # a relative error of b's depths acts as a scale of b
    by_depth_a = -white[:, :, 2].ravel()
    for by_depth, sigma in ((by_depth_a, data.sigma_z_a), (by_log_scale, data.sigma_z_b)):
        shared = _SHARED_SHARE * np.maximum(sigma - _INDEPENDENT_REL, 0.0)
        shift = inverse @ (by.T @ (by_depth * np.repeat(shared, 3)))
        spread = spread + np.outer(shift, shift)
    return np.asarray(spread, dtype=np.float64)


def _lower(triangles: Array, columns: Array) -> Array:
    """Lower triangles (..., 3, 3) times columns (..., 3, K)."""
    found = np.empty_like(columns)
    for row in range(3):
        found[..., row, :] = triangles[..., row, row, None] * columns[..., row, :]
        for before in range(row):
            found[..., row, :] += triangles[..., row, before, None] * columns[..., before, :]
    return found


def _whitening(covariance: Array) -> Array:
    """Lower triangles (..., 3, 3) that make residuals of these covariances (..., 3, 3) independent
    and of unit variance: by the square-root-free Cholesky factors, written out for many small
    matrices at once."""
    a, b, c = covariance[..., 0, 0], covariance[..., 0, 1], covariance[..., 0, 2]
    second = b / a
    third = c / a
    d = np.maximum(covariance[..., 1, 1] - second * b, _LEAST_PIVOT * covariance[..., 1, 1])
    across = (covariance[..., 1, 2] - second * c) / d
    e = covariance[..., 2, 2] - third * c - across**2 * d
    e = np.maximum(e, _LEAST_PIVOT * covariance[..., 2, 2])
    found = np.zeros_like(covariance)
    found[..., 0, 0] = 1.0
    found[..., 1, 0], found[..., 1, 1] = -second, 1.0
    found[..., 2, 0], found[..., 2, 1], found[..., 2, 2] = second * across - third, -across, 1.0
    return np.asarray(found / np.sqrt(np.stack((a, d, e), axis=-1))[..., None])


def _near_matches(a: PhotoView, b: PhotoView, data: _Matched, fit: _Fit) -> tuple[int, int]:
    """How many of the matches are so near that they tell the distance and lie in what both photos
    would see as the fit has it, and how many of those fit.

    Far things are right wherever the photos stand, and give any geometry inliers; a few near ones
    that only look alike then say where. A right pair has most of its near matches.
    """
    a_from_b = _similarity(a, b, fit)
    seen = np.minimum(data.sigma_z_a, data.sigma_z_b) < _SURE_DEPTH_REL
    for view, xyz in ((a, a_from_b.apply(data.xyz_b)), (b, a_from_b.inverse().apply(data.xyz_a))):
        seen &= (xyz[:, 2] > 0) & view.camera.in_picture(view.camera.project(xyz))
    return int(np.count_nonzero(seen)), int(np.count_nonzero(seen & fit.inlier))


def _rmse_px(a: PhotoView, data: _Matched, fit: _Fit) -> float:
    residual = _residuals_of(data, fit.rotation, fit.translation_m, fit.scale)[fit.inlier]
    return float(a.camera.fx_px * np.sqrt((residual[:, :2] ** 2).sum(axis=1).mean()))


def _residuals_of(data: _Matched, rotation: Array, translation: Array, scale: float) -> Array:
    """(M, 3) of one similarity."""
    pose = rotation[None], translation[None], np.array([scale])
    return np.asarray(pair_residuals(data, *pose)[0][0])


def _off_level_deg(a: PhotoView, b: PhotoView, fit: _Fit) -> float:
    cosine = float(np.clip(a.up_cam @ (fit.rotation @ b.up_cam), -1.0, 1.0))
    return float(np.rad2deg(np.arccos(cosine)))


def _cross_matrices(vectors: Array) -> Array:
    """(N, 3, 3) matrices with [v]× w = v × w."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=1).reshape(-1, 3, 3)


def exp_rotation(rotation_rad: Array) -> Array:
    """Rotation (3, 3) about the vector rotation_rad (3,) by its length (Rodrigues)."""
    return np.asarray(cv2.Rodrigues(np.asarray(rotation_rad, dtype=np.float64))[0])
