"""What the tags of photos say of their poses: the residuals that graph and bundle both minimise.

Each is in sigmas, comes with its derivative, and is weighed by Cauchy's kernel, but the scale,
which no tag gets wrong. A turn is about the camera's own axes: R becomes R·exp([ω]×).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import angles_by_turn, wrapped_deg
from worldmap.registration.lens import LENS
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# In sigmas: a tag that is further off pulls less the further it is.
POSITION_KERNEL = 2.0
HEADING_KERNEL = 1.5
LEVEL_KERNEL = 2.0
# What a told level sigma is worth before the photos' levels are looked at, in numbers: old houses
# lean by all of it (a street in Lund), a church of dressed stone by a fifth (Herz-Jesu).
_LEVEL_WORTH = 1.0
# One that is further off than three sigmas says no more of the others.
_FAR_CHI2 = 9.0
LEVEL_SHARED_RAD = float(np.deg2rad(0.4))
"""How far the levels of one camera's photos are off together, in pitch: phones leave a per cent of
distortion at the corners, by which verticals from the horizon to the upper edge lean by so much."""
# Where the lens is asked for, what is not told of it: elements off its axis (Brown's p1, some
# 5e-4) make verticals lean by twice that.
_LEVEL_LEFT_RAD = 1e-3
# Fewer photos of a device and day do not show what their positions have in common.
_MIN_SHARING = 4
# No compass is surer, and one photo's heading must not rule the area's.
_HEADING_FLOOR_DEG = 0.1
_FOLLOWS_NONE = np.zeros((3, LENS))
# Columns of derivatives: turn about camera axes (rad), centre (m), log scale, shared offset (m).
TURN, CENTRE, LOG_SCALE, OFFSET = slice(0, 3), slice(3, 6), slice(6, 7), slice(7, 10)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Told:
    """One kind of tag of N photos: residual (N, K) in sigmas, NaN where untold; by_pose (N, K, 10)
    its derivative by turn, centre, log scale and shared offset; kernel in sigmas, inf for none;
    by_lens (N, K, 5) its derivative by the lens (see `PixelTilt`), None of what follows none."""

    residual: Array
    by_pose: Array
    kernel: float
    by_lens: Array | None = None

    def cost(self) -> float:
        """Robust chi-squared of all photos."""
        return float(self._robust()[0].sum())

    def weight(self) -> Array:
        """(N,) what the kernel leaves of each photo's say; 0 where untold."""
        return self._robust()[1]

    def _robust(self) -> tuple[Array, Array]:
        chi2 = (self.residual**2).sum(axis=1)
        cost, weight = (
            robust(chi2, self.kernel) if np.isfinite(self.kernel) else (chi2, np.ones(len(chi2)))
        )
        return np.nan_to_num(cost), np.where(np.isfinite(chi2), weight, 0.0)


def robust(chi2: Array, kernel: float) -> tuple[Array, Array]:
    """Cauchy's cost and weight of a squared residual in sigmas."""
    scaled = chi2 / kernel**2
    return kernel**2 * np.log1p(scaled), 1.0 / (1.0 + scaled)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Priors:
    """The tags of N photos: position (N, 3) in ENU and heading (N,), NaN where untold, up_cam
    (N, 3), with their sigmas; scale_sigma of the log of the depth scale. Heading and up are where
    each photo stands: local_from_enu (N, 3, 3) turns to the axes there. up_by_lens (N, 3, 5): how
    up_cam follows the lens. offset_group (N,) numbers the photos that share a GPS offset, −1 for
    none; offset_sigma_m (G,) of these."""

    position: Array
    position_sigma_m: Array
    local_from_enu: Array
    heading_deg: Array
    heading_sigma_deg: Array
    up_cam: Array
    level_sigma_rad: Array
    up_by_lens: Array
    scale_sigma: Array
    offset_group: Ints
    offset_sigma_m: Array

    @classmethod
    def of(cls, views: Sequence[PhotoView], offset_share: float) -> Priors:
        """offset_share: what a device's positions of one day have in common, as a share of their
        sigma."""
        keys = np.array([v.shared_key if v.position_enu is not None else "" for v in views])
        large = [k for k in sorted(set(keys) - {""}) if np.count_nonzero(keys == k) >= _MIN_SHARING]
        sigma_m = np.array([v.horizontal_sigma_m for v in views])
        untold = np.full(3, np.nan)
        told = [untold if v.position_enu is None else v.position_enu for v in views]
        return cls(
            position=np.array(told),
            position_sigma_m=np.array(
                [(v.horizontal_sigma_m, v.horizontal_sigma_m, v.vertical_sigma_m) for v in views]
            ),
            local_from_enu=np.array([v.local_from_enu for v in views]).reshape(-1, 3, 3),
            heading_deg=np.array(
                [np.nan if v.heading_deg is None else v.heading_deg for v in views]
            ),
            heading_sigma_deg=np.array(
                [max(v.heading_sigma_deg, _HEADING_FLOOR_DEG) for v in views]
            ),
            up_cam=np.array([v.up_cam for v in views]),
            level_sigma_rad=np.deg2rad([v.tilt_sigma_deg for v in views]),
            up_by_lens=np.array([v.up_by_lens or _FOLLOWS_NONE for v in views]),
            scale_sigma=np.array([v.own_scale_sigma_rel for v in views]),
            offset_group=np.array(
                [large.index(k) if k in large else -1 for k in keys], dtype=np.intp
            ),
            offset_sigma_m=np.array(
                [offset_share * np.median(sigma_m[keys == key]) for key in large]
            ),
        )

    @property
    def offsets(self) -> int:
        """How many groups share a GPS offset."""
        return len(self.offset_sigma_m)

    def each(self, views: Mapping[int, PhotoView]) -> dict[int, Priors]:
        """Those of one photo each, by photo id; `views` as they were given to `of`."""
        own = [field.name for field in fields(self) if field.name != "offset_sigma_m"]
        return {
            photo_id: replace(self, **{name: getattr(self, name)[row : row + 1] for name in own})
            for row, photo_id in enumerate(views)
        }

    def levelled(self, rotation: Array, off_lens: Array | None = None) -> Priors:
        """With levels as sure as they agree that photos at rotation (N, 3, 3) are level, whose tilt
        beside each other the pictures know (variance component with a conjugate prior). off_lens
        see `on_level`."""
        told = self.on_level(rotation, off_lens)
        chi2 = np.minimum((told.residual**2).sum(axis=1), _FAR_CHI2)
        # What pixels told and what is only assumed are told apart by their sigmas.
        kind = np.unique(np.round(np.log2(self.level_sigma_rad)), return_inverse=True)[1]
        # The tilt of all takes two numbers, of those that know it best.
        known = np.bincount(kind, self.level_sigma_rad**-2.0)
        numbers = 2.0 * np.bincount(kind) - 2.0 * known / known.sum()
        factor2 = (_LEVEL_WORTH + np.bincount(kind, chi2)) / (_LEVEL_WORTH + numbers)
        factor2[numbers < 1e-9] = 1.0
        return replace(self, level_sigma_rad=np.sqrt(factor2)[kind] * self.level_sigma_rad)

    @property
    def level_shared_rad(self) -> Array:
        """(N,) how far levels are off as those of all photos of a camera are, in pitch."""
        follows = self.up_by_lens.any(axis=(1, 2))
        return np.where(follows, _LEVEL_LEFT_RAD, LEVEL_SHARED_RAD)

    @property
    def across_up(self) -> Array:
        """(N, 2, 3) two axes across up_cam."""
        return np.asarray(np.linalg.svd(self.up_cam[:, None, :])[2][:, 1:])

    def on_position(self, centre: Array, offset: Array) -> Told:
        """centre (N, 3); offset (G, 3), what the positions of each group are off together."""
        shared = np.vstack((offset, np.zeros((1, 3))))[self.offset_group]
        inverse = np.einsum("nk,kj->nkj", 1.0 / self.position_sigma_m, np.eye(3))
        by_pose = _nothing(len(centre), 3)
        by_pose[:, :, CENTRE] = inverse
        by_pose[:, :, OFFSET] = inverse * (self.offset_group >= 0)[:, None, None]
        residual = (centre + shared - self.position) / self.position_sigma_m
        return Told(residual=residual, by_pose=by_pose, kernel=POSITION_KERNEL)

    def on_heading(self, rotation: Array) -> Told:
        """rotation (N, 3, 3), enu_from_cam."""
        rotation = self.local_from_enu @ rotation
        forward = rotation[:, :, 2]
        solved_deg = np.rad2deg(np.arctan2(forward[:, 0], forward[:, 1]))
        off_deg = wrapped_deg(solved_deg - self.heading_deg)
        by_pose = _nothing(len(rotation), 1)
        by_pose[:, 0, TURN] = angles_by_turn(rotation)[:, 0]
        sigma_rad = np.deg2rad(self.heading_sigma_deg)
        return Told(
            residual=(off_deg / self.heading_sigma_deg)[:, None],
            by_pose=by_pose / sigma_rad[:, None, None],
            kernel=HEADING_KERNEL,
        )

    def on_level(self, rotation: Array, off_lens: Array | None = None) -> Told:
        """How far the vertical is from up_cam, along two axes across that. rotation (N, 3, 3),
        enu_from_cam; off_lens (N, 5): what lenses differ by from those that levels were read with.

        In camera axes, where a turn about the vertical changes nothing: beside the horizon's axes
        each photo's tilt would seem to tell its heading.
        """
        up = (self.local_from_enu @ rotation)[:, 2]
        x, y, z = up.T
        nil = np.zeros_like(x)
        cross = np.stack((nil, -z, y, z, nil, -x, -y, x, nil), axis=1).reshape(-1, 3, 3)
        by_pose = _nothing(len(rotation), 2)
        by_pose[:, :, TURN] = self.across_up @ cross
        sigma = self.level_sigma_rad[:, None]
        if off_lens is not None:
            up = up - (self.up_by_lens @ off_lens[:, :, None])[:, :, 0]
        return Told(
            residual=np.einsum("nkj,nj->nk", self.across_up, up) / sigma,
            by_pose=by_pose / sigma[:, :, None],
            kernel=LEVEL_KERNEL,
            by_lens=-(self.across_up @ self.up_by_lens) / sigma[:, :, None],
        )

    def on_scale(self, log_scale: Array) -> Told:
        """log_scale (N,) of the depth scale."""
        by_pose = _nothing(len(log_scale), 1)
        by_pose[:, :, LOG_SCALE] = (1.0 / self.scale_sigma)[:, None, None]
        residual = (log_scale / self.scale_sigma)[:, None]
        return Told(residual=residual, by_pose=by_pose, kernel=np.inf)

    def told(
        self,
        rotation: Array,
        centre: Array,
        log_scale: Array,
        offset: Array,
        off_lens: Array | None = None,
    ) -> list[Told]:
        """All of them."""
        return [
            self.on_position(centre, offset),
            self.on_heading(rotation),
            self.on_level(rotation, off_lens),
            self.on_scale(log_scale),
        ]


def _nothing(photos: int, rows: int) -> Array:
    return np.zeros((photos, rows, OFFSET.stop))
