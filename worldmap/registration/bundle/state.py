"""What bundle adjustment looks for, and what it looks for it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PairSettings
from worldmap.registration.bundle.sensors import Sensors
from worldmap.registration.pair import exp_rotation, sigma_xy
from worldmap.registration.tracks import LaidPlaces, Tracks
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

POSE = 12
"""Per photo: turn (3), centre (3), log scale, how far its far depths are off in common, how it
swayed (3), and by how much its log focal length differs from its sensor's."""
LOG_SCALE = 6
"""Of these, the log scale."""
SWAY = slice(8, 11)
"""How it swayed."""
DEVIATION = 11
"""And the focal length's."""

IMAGE_KINDS = 2
"""Of errors of features: as found, and laid by pictures."""

_INDEPENDENT_REL = 0.03
# Neighbouring points share their depth error: each counts as less than one observation, at first
# as a quarter; how alike they are is learnt (`error_factors`).
DEPTH_DOUBT = 2.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observations:
    """M features of tracks, sorted by photo: photo (M,), track (M,); uv (M, 2) in focal lengths of
    the tag's camera from its principal point; log_depth (M,); axes (M, 2, 2), whose rows are the
    directions in the picture along which its errors are independent, and sigma (M, 3) along them
    and of log depth; far (M,) what a photo's common error of far depths does to the log depth;
    laid (M,) whether uv is by pictures (`Tracks.laid`), with an error of another kind."""

    photo: Ints
    track: Ints
    uv: Array
    log_depth: Array
    axes: Array
    sigma: Array
    far: Array
    laid: NDArray[np.bool_]

    @property
    def image_kind(self) -> Ints:
        """(M,) which of the IMAGE_KINDS each one's image error is of."""
        return self.laid.astype(np.intp)

    def __len__(self) -> int:
        return len(self.photo)

    def rows(self, keep: NDArray[np.bool_]) -> Observations:
        """Those to keep."""
        return Observations(
            photo=self.photo[keep],
            track=self.track[keep],
            uv=self.uv[keep],
            log_depth=self.log_depth[keep],
            axes=self.axes[keep],
            sigma=self.sigma[keep],
            far=self.far[keep],
            laid=self.laid[keep],
        )

    def chi2(self, residual: Array) -> tuple[Array, Array]:
        """(M,) squares of residuals (M, 3) in sigmas, in the image and in depth."""
        whitened = (residual / self.sigma) ** 2
        return whitened[:, 0] + whitened[:, 1], whitened[:, 2]

    def weighed(self, image: Array, depth: Array) -> Observations:
        """With the sigmas of each photo's image observations times `image` (N, 2), by their kind,
        and of its depths times `depth` (N,)."""
        by = image[self.photo, self.image_kind]
        return replace(self, sigma=self.sigma * np.column_stack((by, by, depth[self.photo])))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class State:
    """rotation (N, 3, 3) enu_from_cam; centre (N, 3); log_scale (N,); far_bias (N,), by how many
    sigmas a photo's far depths are off together; sway (N, 3), radians by which it turned about its
    axes while its sensor was read, from the middle to a row as far from it as its corner; deviation
    (N,) of its log focal length from its sensor's; lens (S, 5) of the sensors; offset (G, 3) of the
    groups that share one; point (K, 3)."""

    rotation: Array
    centre: Array
    log_scale: Array
    far_bias: Array
    sway: Array
    deviation: Array
    lens: Array
    offset: Array
    point: Array

    def moved(self, step: Array, point_step: Array) -> State:
        """The state after a step of photos, sensors and groups, and one (K, 3) of the points."""
        photos, sensors = len(self.centre), len(self.lens)
        first = POSE * photos
        pose = step[:first].reshape(photos, POSE)
        lens = step[first : first + self.lens.size].reshape(sensors, -1)
        turn = np.stack([exp_rotation(w) for w in pose[:, :3]])
        return State(
            rotation=self.rotation @ turn,
            centre=self.centre + pose[:, 3:6],
            log_scale=self.log_scale + pose[:, LOG_SCALE],
            far_bias=self.far_bias + pose[:, 7],
            sway=self.sway + pose[:, SWAY],
            deviation=self.deviation + pose[:, DEVIATION],
            lens=self.lens + lens,
            offset=self.offset + step[first + self.lens.size :].reshape(-1, 3),
            point=self.point + point_step,
        )

    def with_points(self, observed: Observations, sensors: Sensors) -> State:
        """Each point at the mean of where its photos put it, near photos counting more."""
        count = len(self.point)
        depth = np.exp(observed.log_depth + self.log_scale[observed.photo])
        own = sensors.lenses(self.lens, self.deviation)
        shift = np.einsum("nij,nj->ni", sensors.turn, own[:, 1:3])[observed.photo]
        xy = (observed.uv - shift) / np.exp(own[observed.photo, 0])[:, None]
        local = np.column_stack((xy, np.ones(len(depth)))) * depth[:, None]
        world = np.einsum("nij,nj->ni", self.rotation[observed.photo], local)
        world += self.centre[observed.photo]
        weight = 1.0 / (depth * observed.sigma[:, 2]) ** 2
        total = np.bincount(observed.track, weight, count)
        point = np.stack(
            [np.bincount(observed.track, weight * world[:, k], count) for k in range(3)], axis=1
        )
        return replace(self, point=point / np.maximum(total, 1e-12)[:, None])


def observe(views: Mapping[int, PhotoView], tracks: Tracks, settings: PairSettings) -> Observations:
    """The tracks as the photos see them."""
    order = np.lexsort((tracks.track, tracks.photo))
    photo, feature, track = tracks.photo[order], tracks.feature[order], tracks.track[order]
    by_picture = tracks.laid or LaidPlaces.nowhere(len(photo))
    laid_px, covariance_px2 = by_picture.uv_px[order], by_picture.covariance_px2[order]
    laid = np.isfinite(covariance_px2[:, 0, 0])
    uv, depth, depth_sigma = np.zeros((len(photo), 2)), np.ones(len(photo)), np.ones(len(photo))
    covariance = (
        np.eye(2)
        * np.array([sigma_xy(v, settings) ** 2 for v in views.values()])[photo, None, None]
    )
    for index, view in enumerate(views.values()):
        rows = photo == index
        found, camera = view.features, view.camera
        of = feature[rows]
        uv_px = np.where(laid[rows, None], laid_px[rows], found.uv_px[of])
        focal_px = np.array((camera.fx_px, camera.fy_px))
        uv[rows] = (uv_px - np.array((camera.cx_px, camera.cy_px))) / focal_px
        covariance[rows & laid] = covariance_px2[rows & laid] / (focal_px[:, None] * focal_px)
        depth[rows] = found.xyz_cam[of, 2]
        depth_sigma[rows] = found.depth_sigma_rel[of]
    variance, directions = np.linalg.eigh(covariance)
    return Observations(
        photo=photo,
        track=track,
        uv=uv,
        log_depth=np.log(depth),
        axes=directions.transpose(0, 2, 1),
        sigma=np.column_stack((np.sqrt(variance), DEPTH_DOUBT * depth_sigma)),
        far=np.maximum(depth_sigma - _INDEPENDENT_REL, 0.0),
        laid=laid,
    )
