"""Bundle adjustment with depth: every photo's pose, depth scale and focal length at once.

Each track is a point; each photo that sees it gives three residuals: where it lies in the image and
the log of how far away the photo's depth map says it is, up to that photo's scale. The tags of all
photos take part as in the graph. Points are eliminated by the Schur complement (Triggs et al. 2000,
section 6.1); scipy's sparse matrices do the numerics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from worldmap.config import PairSettings, SolverSettings
from worldmap.frames import Similarity, cam, nearest_rotation
from worldmap.registration.graph import GraphPose
from worldmap.registration.pair import exp_rotation, sigma_xy
from worldmap.registration.priors import Priors, Told, robust
from worldmap.registration.tracks import Tracks
from worldmap.registration.view import PhotoView, common_enu

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Turn (3), centre (3), log scale, and how far its far depths are off in common.
_PER_PHOTO = 8
_INDEPENDENT_REL = 0.03
# Neighbouring points share their depth error: each counts as less than one observation.
_DEPTH_DOUBT = 2.0
_KERNEL = 2.0
_OUTLIER_CHI2 = 25.0
_ROUNDS = (12, 25)
_CONVERGED = 1e-5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BundleSolution:
    """Poses by photo id; focal_factor multiplies a photo's focal length; rmse_px of the inlier
    observations in pixels of each photo's own image; observations used."""

    poses: Mapping[int, GraphPose]
    focal_factor: Mapping[int, float]
    rmse_px: float
    observations: int


@dataclass(frozen=True, slots=True, eq=False)
class _Observations:
    photo: Ints
    track: Ints
    xy: Array
    log_depth: Array
    sigma: Array
    far: Array

    def rows(self, keep: NDArray[np.bool_]) -> _Observations:
        return _Observations(
            self.photo[keep],
            self.track[keep],
            self.xy[keep],
            self.log_depth[keep],
            self.sigma[keep],
            self.far[keep],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """rotation (N, 3, 3) enu_from_cam; centre (N, 3); log_scale (N,); far_bias (N,), by how many
    sigmas a photo's far depths are off together; log_focal (F,) and offset (G, 3) of the groups;
    point (K, 3)."""

    rotation: Array
    centre: Array
    log_scale: Array
    far_bias: Array
    log_focal: Array
    offset: Array
    point: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Tags:
    """The priors of N photos. focal_group (N,) numbers the photos that share a focal length, whose
    relative sigma is focal_sigma (F,)."""

    priors: Priors
    focal_group: Ints
    focal_sigma: Array


def _tags(views: Mapping[int, PhotoView], share: float) -> _Tags:
    listed = list(views.values())
    cameras = sorted({v.camera_key for v in listed})
    focal_group = np.array([cameras.index(v.camera_key) for v in listed], dtype=np.intp)
    focal_sigma = np.array([v.focal_sigma_rel for v in listed])
    return _Tags(
        priors=Priors.of(listed, share),
        focal_group=focal_group,
        focal_sigma=np.array([focal_sigma[focal_group == g].min() for g in range(len(cameras))]),
    )


def bundle_adjust(
    views: Mapping[int, PhotoView],
    tracks: Tracks,
    start: Mapping[int, Similarity],
    pair_settings: PairSettings,
    settings: SolverSettings,
    *,
    fixed: Mapping[int, float] | None = None,
) -> BundleSolution:
    """Levenberg-Marquardt from `start` (enu_from_cam with the depth scale inside), in two rounds;
    observations that the first round leaves more than five sigmas off are left out of the second.

    fixed: photos that stay where they start, and their focal factors, which hold for all photos of
    their cameras. The covariances are then those beside the fixed ones, whose own are zero.
    """
    fixed = fixed or {}
    observed = _observe(views, tracks, pair_settings)
    tags = _tags(views, settings.shared_offset_share)
    poses = [start[i] for i in views]
    rotation = np.array([p.rotation for p in poses])
    centre = np.array([p.translation_m for p in poses])
    log_scale = np.log([p.scale for p in poses])
    still = np.array([i in fixed for i in views])
    log_focal = np.zeros(len(tags.focal_sigma))
    for group in np.unique(tags.focal_group[still]):
        told = [
            fixed[i]
            for i, g in zip(views, tags.focal_group, strict=True)
            if g == group and i in fixed
        ]
        log_focal[group] = np.log(np.median(told))
    free = _free(still, tags)
    state = _State(
        rotation,
        centre,
        log_scale,
        np.zeros(len(poses)),
        log_focal,
        np.zeros((tags.priors.offsets, 3)),
        np.zeros((tracks.count, 3)),
    )
    state = _with_points(state, observed, tracks.count)
    for iterations in _ROUNDS:
        state = _minimise(state, observed, tags, iterations, free)
        residual = _residuals(state, observed, tags)[0]
        observed = _pruned(observed, (residual / observed.sigma) ** 2, tracks.count)
    residual = _residuals(state, observed, tags)[0]
    normal = _of(free, _normal_equations(state, observed, tags))
    chi2 = ((residual / observed.sigma) ** 2).sum()
    freedom = (
        3 * len(residual) - 3 * len(np.unique(observed.track)) - _PER_PHOTO * int((~still).sum())
    )
    excess = max(1.0, float(chi2) / max(freedom, 1))
    covariance = np.zeros((len(free), len(free)))
    covariance[np.ix_(free, free)] = excess * np.linalg.inv(_reduced(normal, 0.0)[0])
    focal = np.exp(state.log_focal[tags.focal_group])
    fx_px = np.array([v.camera.fx_px for v in views.values()])
    off_px = fx_px[observed.photo, None] * residual[:, :2]
    frame, solved = common_enu(views.values()), {}
    for index, photo_id in enumerate(views):
        block = slice(_PER_PHOTO * index, _PER_PHOTO * index + 7)
        pose = Similarity(
            to=frame,
            source=cam(str(photo_id)),
            rotation=nearest_rotation(state.rotation[index]),
            translation_m=state.centre[index],
            scale=float(np.exp(state.log_scale[index])),
        )
        solved[photo_id] = GraphPose(enu_from_cam=pose, covariance=covariance[block, block])
    return BundleSolution(
        poses=solved,
        focal_factor={i: float(f) for i, f in zip(views, focal, strict=True)},
        rmse_px=float(np.sqrt((off_px**2).sum(axis=1).mean())) if len(off_px) else float("nan"),
        observations=len(residual),
    )


def _observe(
    views: Mapping[int, PhotoView], tracks: Tracks, settings: PairSettings
) -> _Observations:
    features = [v.features for v in views.values()]
    xyz = np.zeros((len(tracks.photo), 3))
    depth_sigma = np.zeros(len(tracks.photo))
    for index, found in enumerate(features):
        rows = tracks.photo == index
        xyz[rows] = found.xyz_cam[tracks.feature[rows]]
        depth_sigma[rows] = found.depth_sigma_rel[tracks.feature[rows]]
    image_sigma = np.array([sigma_xy(v, settings) for v in views.values()])[tracks.photo]
    return _Observations(
        tracks.photo,
        tracks.track,
        xyz[:, :2] / xyz[:, 2:],
        np.log(xyz[:, 2]),
        np.column_stack((image_sigma, image_sigma, _DEPTH_DOUBT * depth_sigma)),
        np.maximum(depth_sigma - _INDEPENDENT_REL, 0.0),
    )


def _with_points(state: _State, observed: _Observations, count: int) -> _State:
    """Each point at the mean of where its photos put it, near photos counting more."""
    depth = np.exp(observed.log_depth + state.log_scale[observed.photo])
    local = np.column_stack((observed.xy, np.ones(len(depth)))) * depth[:, None]
    world = np.einsum("nij,nj->ni", state.rotation[observed.photo], local)
    world += state.centre[observed.photo]
    weight = 1.0 / (depth * observed.sigma[:, 2]) ** 2
    total = np.bincount(observed.track, weight, count)
    point = np.stack(
        [np.bincount(observed.track, weight * world[:, k], count) for k in range(3)], axis=1
    )
    return replace(state, point=point / np.maximum(total, 1e-12)[:, None])


def _pruned(observed: _Observations, chi2: Array, count: int) -> _Observations:
    """Without observations far off, nor those of tracks that only one photo still sees."""
    keep = (chi2[:, :2].sum(axis=1) < _OUTLIER_CHI2) & (chi2[:, 2] < _OUTLIER_CHI2)
    seen = np.bincount(observed.track[keep], minlength=count)
    return observed.rows(np.asarray(keep & (seen[observed.track] >= 2)))


def _residuals(state: _State, observed: _Observations, tags: _Tags) -> tuple[Array, Array, Array]:
    """Residuals (M, 3): image x, y (normalised) and log depth; the point in the camera (M, 3) and
    the factor (M,) of its photo's focal length."""
    photo = observed.photo
    away = state.point[observed.track] - state.centre[photo]
    local = np.einsum("nji,nj->ni", state.rotation[photo], away)
    z = np.maximum(local[:, 2], 1e-2)
    focal = np.exp(state.log_focal[tags.focal_group[photo]])
    residual = np.column_stack(
        (
            focal * local[:, 0] / z - observed.xy[:, 0],
            focal * local[:, 1] / z - observed.xy[:, 1],
            np.log(z)
            - state.log_scale[photo]
            - observed.log_depth
            - observed.far * state.far_bias[photo],
        )
    )
    return residual, local, focal


def _cost(state: _State, observed: _Observations, tags: _Tags) -> float:
    whitened = (_residuals(state, observed, tags)[0] / observed.sigma) ** 2
    cost = robust(whitened[:, :2].sum(axis=1), _KERNEL)[0].sum()
    cost += robust(whitened[:, 2], _KERNEL)[0].sum()
    cost += sum(told.cost() for told in _told(state, tags))
    return float(
        cost
        + (state.far_bias**2).sum()
        + ((state.log_focal / tags.focal_sigma) ** 2).sum()
        + ((state.offset / tags.priors.offset_sigma_m[:, None]) ** 2).sum()
    )


def _told(state: _State, tags: _Tags) -> list[Told]:
    return tags.priors.told(state.rotation, state.centre, state.log_scale, state.offset)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Normal:
    """The normal equations, cameras and groups apart from points: camera (C, C), coupling sparse
    (C, 3K), point (K, 3, 3), gradients (C,) and (K, 3)."""

    camera: Array
    coupling: sparse.csr_array
    point: Array
    camera_gradient: Array
    point_gradient: Array


def _normal_equations(state: _State, observed: _Observations, tags: _Tags) -> _Normal:
    photos, points = len(state.centre), len(state.point)
    first_focal = _PER_PHOTO * photos
    size = first_focal + len(state.log_focal) + 3 * tags.priors.offsets
    residual, local, focal = _residuals(state, observed, tags)
    whitened = (residual / observed.sigma) ** 2
    image_weight = robust(whitened[:, :2].sum(axis=1), _KERNEL)[1]
    depth_weight = robust(whitened[:, 2], _KERNEL)[1]
    weight = np.column_stack((image_weight, image_weight, depth_weight)) / observed.sigma**2
    by_camera, by_point = _jacobians(state, observed, local, focal)
    weighted = weight[:, :, None] * by_camera
    parameter = np.concatenate(
        (
            _PER_PHOTO * observed.photo[:, None] + np.arange(_PER_PHOTO),
            first_focal + tags.focal_group[observed.photo][:, None],
        ),
        axis=1,
    )
    camera = np.zeros((size, size))
    blocks = np.einsum("nri,nrj->nij", weighted, by_camera)
    for index in range(photos):
        rows = observed.photo == index
        if rows.any():
            at = parameter[np.argmax(rows)]
            camera[np.ix_(at, at)] += blocks[rows].sum(axis=0)
    camera_gradient = np.zeros(size)
    np.add.at(camera_gradient, parameter, np.einsum("nri,nr->ni", weighted, residual))
    point_block = np.einsum("nri,nr,nrj->nij", by_point, weight, by_point)
    flat = [np.bincount(observed.track, point_block[:, i, j], points) for i, j in np.ndindex(3, 3)]
    point = np.stack(flat, axis=1).astype(np.float64).reshape(points, 3, 3)
    pull = np.einsum("nri,nr,nr->ni", by_point, weight, residual)
    point_gradient = np.stack(
        [np.bincount(observed.track, pull[:, k], points) for k in range(3)], axis=1
    ).astype(np.float64)
    across = np.einsum("nri,nrj->nij", weighted, by_point)
    rows = np.repeat(parameter[:, :, None], 3, axis=2)
    columns = np.broadcast_to(
        (3 * observed.track[:, None] + np.arange(3))[:, None, :], across.shape
    )
    coupling = sparse.coo_array(
        (across.ravel(), (rows.ravel(), columns.ravel())), shape=(size, 3 * points)
    ).tocsr()
    _add_tags(state, tags, camera, camera_gradient)
    return _Normal(
        camera=camera,
        coupling=coupling,
        point=point,
        camera_gradient=camera_gradient,
        point_gradient=point_gradient,
    )


def _jacobians(
    state: _State, observed: _Observations, local: Array, focal: Array
) -> tuple[Array, Array]:
    """Of the residuals by (turn about camera axes, centre, log scale, far bias, log focal)
    (M, 3, 9) and by the point (M, 3, 3). p = Rᵀ(X − C): ∂p/∂ω = [p]×, ∂p/∂C = −Rᵀ, ∂p/∂X = Rᵀ."""
    z = np.maximum(local[:, 2], 1e-2)
    x, y = local[:, 0] / z, local[:, 1] / z
    zero, one = np.zeros_like(z), np.ones_like(z)
    by_local = np.stack(
        (focal / z, zero, -focal * x / z, zero, focal / z, -focal * y / z, zero, zero, 1 / z),
        axis=1,
    ).reshape(-1, 3, 3)
    px, py, pz = local.T
    turned = np.stack((zero, -pz, py, pz, zero, -px, -py, px, zero), axis=1).reshape(-1, 3, 3)
    into_camera = state.rotation[observed.photo].transpose(0, 2, 1)
    by_point = by_local @ into_camera
    by_scale = np.stack((zero, zero, -one), axis=1)[:, :, None]
    by_far = np.stack((zero, zero, -observed.far), axis=1)[:, :, None]
    by_focal = np.stack((focal * x, focal * y, zero), axis=1)[:, :, None]
    by_camera = np.concatenate((by_local @ turned, -by_point, by_scale, by_far, by_focal), axis=2)
    return by_camera, by_point


def _add_tags(state: _State, tags: _Tags, camera: Array, gradient: Array) -> None:
    """Add the priors' part to the normal equations, in place."""
    photos = len(state.centre)
    first_focal = _PER_PHOTO * photos
    first_offset = first_focal + len(state.log_focal)
    far = _PER_PHOTO * np.arange(photos) + 7
    camera[far, far] += 1.0
    gradient[far] += state.far_bias
    focal = first_focal + np.arange(len(state.log_focal))
    camera[focal, focal] += 1.0 / tags.focal_sigma**2
    gradient[focal] += state.log_focal / tags.focal_sigma**2
    offset = first_offset + np.arange(3 * tags.priors.offsets)
    offset_sigma = np.repeat(tags.priors.offset_sigma_m, 3)
    camera[offset, offset] += 1.0 / offset_sigma**2
    gradient[offset] += state.offset.ravel() / offset_sigma**2
    # Where no tag tells the heading it comes out open, by half a turn, instead of singular.
    up = state.rotation[0, 2]
    camera[:3, :3] += np.outer(up, up) / np.pi**2
    for told in _told(state, tags):
        weight, residual = told.weight(), np.nan_to_num(told.residual)
        for index in np.flatnonzero(weight):
            # Turn, centre and log scale, and the offset that the photo shares.
            at = _PER_PHOTO * int(index) + np.arange(7)
            jacobian = told.by_pose[index]
            group = int(tags.priors.offset_group[index])
            if group >= 0:
                at = np.concatenate((at, first_offset + 3 * group + np.arange(3)))
            else:
                jacobian = jacobian[:, :7]
            camera[np.ix_(at, at)] += weight[index] * jacobian.T @ jacobian
            gradient[at] += weight[index] * jacobian.T @ residual[index]


def _reduced(normal: _Normal, damping: float) -> tuple[Array, Array, Array]:
    """The equations of the cameras with the points eliminated: matrix, right side, and the damped
    points' inverses."""
    diagonal = np.einsum("kii->ki", normal.point)
    point = normal.point + np.einsum(
        "ki,ij->kij", damping * diagonal + 1e-9 * (1 + diagonal), np.eye(3)
    )
    inverse = np.linalg.inv(point)
    count = len(inverse)
    blocks = sparse.bsr_array(
        (inverse, np.arange(count), np.arange(count + 1)), shape=(3 * count, 3 * count)
    )
    through = normal.coupling @ blocks
    matrix = normal.camera - (through @ normal.coupling.T).toarray()
    index = np.arange(len(matrix))
    matrix[index, index] += damping * normal.camera[index, index]
    right = -normal.camera_gradient + through @ normal.point_gradient.ravel()
    return matrix, right, inverse


def _free(still: NDArray[np.bool_], tags: _Tags) -> NDArray[np.bool_]:
    """Which camera parameters move: not pose and scale of the photos that stay, nor the focal
    lengths of their cameras."""
    pose = np.repeat(~still[:, None], _PER_PHOTO, axis=1)
    pose[:, 7] = True
    focal = ~np.isin(np.arange(len(tags.focal_sigma)), tags.focal_group[still])
    return np.concatenate((pose.ravel(), focal, np.ones(3 * tags.priors.offsets, dtype=np.bool_)))


def _of(free: NDArray[np.bool_], normal: _Normal) -> _Normal:
    """The same equations where only the free parameters move."""
    if free.all():
        return normal
    return replace(
        normal,
        camera=normal.camera[np.ix_(free, free)],
        coupling=normal.coupling[np.flatnonzero(free)],
        camera_gradient=normal.camera_gradient[free],
    )


def _minimise(
    state: _State,
    observed: _Observations,
    tags: _Tags,
    iterations: int,
    free: NDArray[np.bool_],
) -> _State:
    damping, cost = 1e-4, _cost(state, observed, tags)
    for _ in range(iterations):
        normal = _of(free, _normal_equations(state, observed, tags))
        improved = False
        while damping < 1e6:
            matrix, right, inverse = _reduced(normal, damping)
            try:
                step = cho_solve(cho_factor(matrix), right)
            except np.linalg.LinAlgError:
                damping *= 10
                continue
            back = normal.point_gradient + (normal.coupling.T @ step).reshape(-1, 3)
            whole = np.zeros(len(free))
            whole[free] = step
            moved = _moved(state, whole, -np.einsum("kij,kj->ki", inverse, back))
            new_cost = _cost(moved, observed, tags)
            if new_cost < cost:
                improved = cost - new_cost > _CONVERGED * cost
                state, cost = moved, new_cost
                damping = max(damping / 5, 1e-9)
                break
            damping *= 5
        if not improved:
            break
    return state


def _moved(state: _State, step: Array, point_step: Array) -> _State:
    photos, focals = len(state.centre), len(state.log_focal)
    pose = step[: _PER_PHOTO * photos].reshape(photos, _PER_PHOTO)
    rest = step[_PER_PHOTO * photos :]
    return _State(
        np.stack([r @ exp_rotation(w) for r, w in zip(state.rotation, pose[:, :3], strict=True)]),
        state.centre + pose[:, 3:6],
        state.log_scale + pose[:, 6],
        state.far_bias + pose[:, 7],
        state.log_focal + rest[:focals],
        state.offset + rest[focals:].reshape(-1, 3),
        state.point + point_step,
    )
