"""How far solved poses are from the truth of a demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.demo.truth import DemoTruth
from worldmap.frames import Frame, RigidTransform, Similarity, nearest_rotation, require_frame
from worldmap.geodesy import enu

Floats = NDArray[np.float64]

_ROUNDS = 30
_TRIPLES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoAccuracy:
    """One placed photo; see `pose_accuracy` for the formulas. Metres, degrees, percent."""

    name: str
    position_m: float
    position_rigid_m: float
    position_similarity_m: float
    rotation_deg: float
    rotation_rigid_deg: float
    heading_deg: float
    tilt_deg: float
    tilt_absolute_deg: float
    scale_pct: float
    scale_relative_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseAccuracy:
    """Errors over all placed photos; see `pose_accuracy` for the formulas. NaN where undefined."""

    photos: int
    placed: int
    position_absolute_m_median: float
    position_gps_fit_m_median: float
    position_rigid_m_median: float
    position_rigid_m_p90: float
    position_rigid_m_max: float
    position_similarity_m_median: float
    position_similarity_m_p90: float
    position_similarity_m_max: float
    rotation_deg_median: float
    rotation_deg_max: float
    rotation_rigid_deg_median: float
    rotation_rigid_deg_max: float
    heading_deg_median: float
    tilt_deg_median: float
    tilt_absolute_deg_median: float
    scale_pct_median: float
    scale_pct_max: float
    scale_relative_pct_median: float
    area_scale_pct: float
    size_pct: float
    per_photo: tuple[PhotoAccuracy, ...]

    @property
    def position_absolute_over_gps_fit(self) -> float:
        """Absolute position error over that of the true trajectory fitted to the same GPS."""
        return self.position_absolute_m_median / self.position_gps_fit_m_median


def pose_accuracy(
    solved: Mapping[str, tuple[RigidTransform, float]], truth: DemoTruth, *, robust: bool = False
) -> PoseAccuracy:
    """Errors of solved poses `{file name: (enu_from_cam, depth_scale)}` in the ENU of `truth.site`.

    With c_i, R_i, s_i solved centre, rotation (enu_from_cam) and depth scale of photo i, and
    c*_i, R*_i, s*_i the true ones:

    position_absolute: |c_i − c*_i|.
    position_rigid, position_similarity: |σ Q c_i + t − c*_i| after the Q, t (and σ; 1 for rigid)
        that minimise Σ |σ Q c_i + t − c*_i|² over all placed photos (Umeyama, IEEE PAMI 13, 1991).
        robust: see `align`.
    rotation: angle of R*_iᵀ M R_i, where M is the rotation nearest to Σ R*_i R_iᵀ (chordal mean):
        all photos' common turn taken out, however badly their centres determine it. heading and
        tilt are its parts: the turn about the vertical between the optical axes, and the angle
        between the verticals in the camera.
    rotation_rigid: angle of R*_iᵀ Q R_i with Q of the rigid alignment of the centres.
    tilt_absolute: angle between R_iᵀ z and R*_iᵀ z, z up, nothing aligned.
    scale: |s_i / s*_i − 1|; scale_relative: the same after dividing all ratios by their median,
        which is 1 + area_scale. size: |σ − 1| of position_similarity's.
    position_gps_fit: the error of the true trajectory turned about the vertical and moved so that
        it fits the placed photos' GPS best, weighted by its sigmas: what a perfect survey of the
        photos relative to each other could reach with this GPS.

    KeyError for a name that is not in the demo, FrameError for a pose about another site.
    """
    require_frame(enu(truth.site), (pose.to for pose, _ in solved.values()))
    names = sorted(solved)
    true = [truth.photo(name) for name in names]
    centres = np.array([solved[name][0].translation_m for name in names]).reshape(-1, 3)
    true_centres = np.array([photo.enu_from_cam.translation_m for photo in true]).reshape(-1, 3)
    rotations = np.array([solved[name][0].rotation for name in names]).reshape(-1, 3, 3)
    true_rotations = np.array([photo.enu_from_cam.rotation for photo in true]).reshape(-1, 3, 3)
    ratios = np.array([solved[p.name][1] / p.depth_scale for p in true], dtype=np.float64)

    absolute = np.linalg.norm(centres - true_centres, axis=1)
    rigid = align(centres, true_centres, with_scale=False, robust=robust)
    similar = align(centres, true_centres, with_scale=True, robust=robust)
    position_rigid = _residuals(rigid, centres, true_centres)
    position_similar = _residuals(similar, centres, true_centres)

    mean = nearest_rotation(np.einsum("nij,nkj->ik", true_rotations, rotations))
    turned = mean @ rotations
    rotation = angles_deg(turned, true_rotations)
    rigid_turn = np.full(len(names), np.nan)
    if rigid is not None:
        rigid_turn = angles_deg(rigid.rotation @ rotations, true_rotations)
    heading = _between_headings_deg(turned, true_rotations)
    tilt = _between_verticals_deg(turned, true_rotations)
    tilt_absolute = _between_verticals_deg(rotations, true_rotations)
    area = float(np.median(ratios)) if len(ratios) else float("nan")
    scale = 100 * np.abs(ratios - 1)
    relative = 100 * np.abs(ratios / area - 1)

    return PoseAccuracy(
        photos=len(truth.photos),
        placed=len(names),
        position_absolute_m_median=_median(absolute),
        position_gps_fit_m_median=_median(gps_fit_error_m(truth, names)),
        position_rigid_m_median=_median(position_rigid),
        position_rigid_m_p90=_p90(position_rigid),
        position_rigid_m_max=_maximum(position_rigid),
        position_similarity_m_median=_median(position_similar),
        position_similarity_m_p90=_p90(position_similar),
        position_similarity_m_max=_maximum(position_similar),
        rotation_deg_median=_median(rotation),
        rotation_deg_max=_maximum(rotation),
        rotation_rigid_deg_median=_median(rigid_turn),
        rotation_rigid_deg_max=_maximum(rigid_turn),
        heading_deg_median=_median(heading),
        tilt_deg_median=_median(tilt),
        tilt_absolute_deg_median=_median(tilt_absolute),
        scale_pct_median=_median(scale),
        scale_pct_max=_maximum(scale),
        scale_relative_pct_median=_median(relative),
        area_scale_pct=100 * (area - 1),
        size_pct=float("nan") if similar is None else 100 * abs(similar.scale - 1),
        per_photo=tuple(
            PhotoAccuracy(
                name=name,
                position_m=float(absolute[i]),
                position_rigid_m=float(position_rigid[i]),
                position_similarity_m=float(position_similar[i]),
                rotation_deg=float(rotation[i]),
                rotation_rigid_deg=float(rigid_turn[i]),
                heading_deg=float(heading[i]),
                tilt_deg=float(tilt[i]),
                tilt_absolute_deg=float(tilt_absolute[i]),
                scale_pct=float(scale[i]),
                scale_relative_pct=float(relative[i]),
            )
            for i, name in enumerate(names)
        ),
    )


def align(
    source: Floats, target: Floats, *, with_scale: bool, robust: bool = False
) -> Similarity | None:
    """The rotation, translation (and scale) that bring points (N, 3) onto (N, 3); None for N < 3.

    Least squares after Umeyama (1991). robust: iteratively reweighted with Geman-McClure weights
    1 / (1 + (r / 3k)²)², k = 1.4826 · median r, started from whichever of all points and 300 random
    triples leaves the smallest median residual, so that a minority of gross errors does not count.
    """
    if len(source) < 3:
        return None
    best = umeyama(source, target, np.ones(len(source)), with_scale=with_scale)
    if not robust:
        return best
    rng = np.random.default_rng(0)
    lowest = float(np.median(_residuals(best, source, target)))
    for _ in range(_TRIPLES):
        chosen = np.zeros(len(source))
        chosen[rng.permutation(len(source))[:3]] = 1.0
        candidate = umeyama(source, target, chosen, with_scale=with_scale)
        middle = float(np.median(_residuals(candidate, source, target)))
        if middle < lowest:
            best, lowest = candidate, middle
    for _ in range(_ROUNDS):
        residual = _residuals(best, source, target)
        width = 3 * 1.4826 * max(float(np.median(residual)), 1e-9)
        weights = 1.0 / (1.0 + (residual / width) ** 2) ** 2
        best = umeyama(source, target, weights, with_scale=with_scale)
    return best


def umeyama(source: Floats, target: Floats, weights: Floats, *, with_scale: bool) -> Similarity:
    """Weighted least-squares similarity of points (N, 3) onto (N, 3) (Umeyama, IEEE PAMI 1991)."""
    share = weights / weights.sum()
    source_mean, target_mean = share @ source, share @ target
    a, b = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(np.einsum("n,ni,nj->ij", share, b, a))
    sign = np.array((1.0, 1.0, np.sign(np.linalg.det(u @ vt))))
    rotation = (u * sign) @ vt
    spread = float(share @ (a**2).sum(axis=1))
    scale = float((singular * sign).sum() / spread) if with_scale and spread > 1e-12 else 1.0
    scale = scale if scale > 1e-9 else 1.0
    return Similarity(
        to=Frame("target"),
        source=Frame("source"),
        rotation=nearest_rotation(rotation),
        translation_m=target_mean - scale * rotation @ source_mean,
        scale=scale,
    )


def gps_fit_error_m(truth: DemoTruth, names: list[str]) -> Floats:
    """Errors (N,) of the named photos when their true trajectory is turned about the vertical and
    moved to fit their GPS best (weights 1/sigma²); empty for fewer than two photos with GPS."""
    photos = [truth.photo(name) for name in names]
    told = [(p.enu_from_cam.translation_m, p.gps_enu_m, p.gps_sigma_m) for p in photos]
    known = [(c, g, s) for c, g, s in told if g is not None]
    if len(known) < 2:
        return np.zeros(0)
    true = np.array([c for c, _, _ in known])
    gps = np.array([g for _, g, _ in known])
    share = 1.0 / np.maximum([s for _, _, s in known], 1e-3) ** 2
    share = share / share.sum()
    middle, gps_middle = share @ true, share @ gps
    a, b = (true - middle)[:, :2], (gps - gps_middle)[:, :2]
    turn = np.arctan2(share @ (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]), share @ (a * b).sum(axis=1))
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
    centres = np.array([centre for centre, _, _ in told])
    fitted = (centres - middle) @ rotation.T + gps_middle
    return np.asarray(np.linalg.norm(fitted - centres, axis=1))


def relative_error(
    truth: DemoTruth, a: str, b: str, a_from_b: Similarity
) -> tuple[float, float, float]:
    """Error of a pair registration: rotation in degrees, position of b in a in true metres, and
    scale ratio in percent."""
    true = truth.a_from_b(a, b)
    turn = angles_deg(a_from_b.rotation[None], true.rotation[None])[0]
    moved = truth.photo(a).depth_scale * (a_from_b.translation_m - true.translation_m)
    scale = 100 * abs(a_from_b.scale / true.scale - 1)
    return float(turn), float(np.linalg.norm(moved)), float(scale)


def angles_deg(a: Floats, b: Floats) -> Floats:
    """Angle (N,) of a_iᵀ b_i for rotations (N, 3, 3), exact for small angles too."""
    between = np.einsum("nji,njk->nik", a, b)
    axis = np.stack(
        (
            between[:, 2, 1] - between[:, 1, 2],
            between[:, 0, 2] - between[:, 2, 0],
            between[:, 1, 0] - between[:, 0, 1],
        ),
        axis=-1,
    )
    trace = np.trace(between, axis1=1, axis2=2)
    return np.asarray(np.rad2deg(np.arctan2(np.linalg.norm(axis, axis=-1), trace - 1)))


def _between_headings_deg(a: Floats, b: Floats) -> Floats:
    headings = [np.arctan2(r[:, 0, 2], r[:, 1, 2]) for r in (a, b)]
    return np.asarray(np.abs(np.rad2deg(np.angle(np.exp(1j * (headings[0] - headings[1]))))))


def _between_verticals_deg(a: Floats, b: Floats) -> Floats:
    up_a, up_b = a[:, 2, :], b[:, 2, :]
    sine = np.linalg.norm(np.cross(up_a, up_b), axis=-1)
    return np.asarray(np.rad2deg(np.arctan2(sine, (up_a * up_b).sum(axis=-1))))


def _residuals(alignment: Similarity | None, source: Floats, target: Floats) -> Floats:
    if alignment is None:
        return np.full(len(source), np.nan)
    return np.asarray(np.linalg.norm(alignment.apply(source) - target, axis=1))


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _p90(values: Floats) -> float:
    return float(np.quantile(values, 0.9)) if len(values) else float("nan")


def _maximum(values: Floats) -> float:
    return float(values.max()) if len(values) else float("nan")
