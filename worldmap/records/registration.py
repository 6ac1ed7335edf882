"""What photos have in common: features, pairs, poses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, Lens
from worldmap.errors import FrameError
from worldmap.frames import CAM, RigidTransform, Similarity
from worldmap.frozen import freeze
from worldmap.geodesy import Site, enu
from worldmap.records.depth import REMOVED_CODE, SIFT, STEREO, VLAD, CleanedDepth, Removed
from worldmap.records.mask import PictureMask
from worldmap.records.photo import PixelTilt
from worldmap.records.refined import DepthVerdict, RefinedDepth
from worldmap.records.status import PhotoStatus

# Less than this is as good as none.
_SEEN_SPREAD: Final = 0.0005


class PairStatus(StrEnum):
    """The verdict on a candidate pair: rejected for what the two photos themselves show,
    contradicted by tags, other pairs or the solution, which every merge judges anew."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CONTRADICTED = "contradicted"

    @classmethod
    def of(cls, own_reason: str, area_reason: str) -> PairStatus:
        """By the two reasons of a `PairRegistration`."""
        if own_reason:
            return cls.REJECTED
        return cls.CONTRADICTED if area_reason else cls.ACCEPTED


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Features:
    """Local features of one photo, lifted by its depth.

    kind: what found them, which decides the dtype and D of descriptor (N, D); SIFT's are uint8 and
    128. uv_px (N, 2) float32 in the full-size upright photo; xyz_cam (N, 3) float32 in metres of
    the photo's own depth scale, NaN where there is no depth; depth_sigma_rel (N,) float32, relative
    depth sigma; scale_px (N,) float32 keypoint size, 0 where untold; on_plane (N,) bool, found on a
    plane of the depth map seen face on instead of in the photo.
    grid_depth_m (H, W) float32 with its grid_camera is the depth map, thinned, for checks that
    need surfaces rather than points. tilt is what pixels and depth say about up, or None.
    appearance (E,) float32 is what the photo looks like as a whole, by `retrieval`, or None where
    that goes by the features. found_by: the key of the settings that they were found by, and
    depth_model what gave the depth, '' where that was not kept. camera is the full-size one by
    whose rays they were lifted, None of features stored before it was kept. Without depth there are
    none on planes, xyz_cam and the grid, of one cell, are NaN, and tilt is by pixels alone. mask:
    what of the picture has none, as it was not to be looked at.
    """

    uv_px: NDArray[np.float32]
    descriptor: NDArray[Any]
    xyz_cam: NDArray[np.float32]
    depth_sigma_rel: NDArray[np.float32]
    scale_px: NDArray[np.float32]
    on_plane: NDArray[np.bool_]
    grid_depth_m: NDArray[np.float32]
    grid_sigma_m: NDArray[np.float32]
    grid_camera: Camera
    tilt: PixelTilt | None
    kind: str = SIFT
    retrieval: str = VLAD
    appearance: NDArray[np.float32] | None = None
    found_by: str = ""
    depth_model: str = ""
    camera: Camera | None = None
    mask: PictureMask | None = None

    def __len__(self) -> int:
        return len(self.uv_px)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PairRegistration:
    """What was found out about a pair of photos, accepted or not, with its evidence.

    a_from_b maps b's camera frame (in b's depth scale) into a's (in a's depth scale); its scale is
    s_b / s_a, where s multiplies a photo's depth to make it true. covariance (7, 7) is of
    (rotation_rad(3), translation_m(3), log_scale) as a left perturbation in a's frame.
    overlap is the share of either cloud that agrees with the other photo's depth, in_front the
    share that contradicts it. inlier_index (K, 2) are rows of the two photos' Features.

    Two verdicts, each the reason why not, or '': own_reason is what the two photos themselves show,
    which stays; area_reason what tags, other pairs and the solution around them say, which every
    merge judges anew, and only of pairs that fit. ValueError where both are told.
    """

    photo_a: int
    photo_b: int
    own_reason: str
    area_reason: str = ""
    method: str
    matches: int
    inliers: int
    rmse_px: float
    overlap: float
    in_front: float
    a_from_b: Similarity | None
    covariance: NDArray[np.float64] | None
    inlier_index: NDArray[np.int32]
    seconds: float

    def __post_init__(self) -> None:
        if self.own_reason and self.area_reason:
            raise ValueError(f"pair {self.key} does not fit: the area has no say in it")

    @property
    def key(self) -> tuple[int, int]:
        """The two photos."""
        return self.photo_a, self.photo_b

    @property
    def apart_m(self) -> float:
        """Between the two cameras, in a's depth scale; NaN where no geometry was found."""
        if self.a_from_b is None:
            return math.nan
        return float(np.linalg.norm(self.a_from_b.translation_m))

    @property
    def fits(self) -> bool:
        """Whether the two photos themselves show how they stand to each other."""
        return not self.own_reason

    @property
    def accepted(self) -> bool:
        """Whether it is believed: it fits, and nothing around it says otherwise."""
        return not self.own_reason and not self.area_reason

    @property
    def status(self) -> PairStatus:
        """Both verdicts in one word."""
        return PairStatus.of(self.own_reason, self.area_reason)

    @property
    def reason(self) -> str:
        """Why it is not believed; '' where it is."""
        return self.own_reason or self.area_reason


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CameraCalibration:
    """What photos found out about the camera that took them, through one lens at one zoom.

    lens (5,): log of the focal length over the tagged one; how far right and down of the middle the
    principal point lies, on the sensor, in tagged focal lengths; and by how much the two radial
    terms move the corner, as shares of its distance from the middle. covariance (5, 5) of these.
    focal_spread_rel: by how much its photos' focal lengths differ. image_sigma_px: of a feature.
    width_px, height_px and tag_focal_px are those of its largest photo. photo_ids: those that told.
    solved_at is None until it is stored.
    """

    camera_key: str
    lens: NDArray[np.float64]
    covariance: NDArray[np.float64]
    focal_spread_rel: float
    image_sigma_px: float
    width_px: int
    height_px: int
    tag_focal_px: float
    photo_ids: tuple[int, ...]
    solved_at: datetime | None = None

    @property
    def sigma(self) -> NDArray[np.float64]:
        """(5,) of the lens."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def focal_px(self) -> float:
        """Solved focal length in pixels of the largest photo."""
        return self.tag_focal_px * math.exp(float(self.lens[0]))

    @property
    def focal_sigma_px(self) -> float:
        """Its standard deviation."""
        return self.focal_px * float(self.sigma[0])

    @property
    def centre_px(self) -> tuple[float, float]:
        """How far right and down of the middle the principal point lies, in pixels of the largest
        photo as the sensor has it."""
        return self.tag_focal_px * float(self.lens[1]), self.tag_focal_px * float(self.lens[2])

    @property
    def centre_sigma_px(self) -> tuple[float, float]:
        """Its standard deviations."""
        return self.tag_focal_px * float(self.sigma[1]), self.tag_focal_px * float(self.sigma[2])

    @property
    def corner_px(self) -> float:
        """By how far its lens moves the corner outwards, beyond what its file says."""
        return float(self.lens[3] + self.lens[4]) * math.hypot(self.width_px, self.height_px) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFindings:
    """A `CameraCalibration` in pixels of its largest photo, for people: the focal length beside the
    tagged one, by how much single photos' differ from it (a share), how far right and down of the
    middle the principal point lies on the sensor, by how far the lens moves the corners outwards,
    and the error of a feature. ± are standard deviations."""

    camera: str
    photos: int
    width_px: int
    height_px: int
    focal_px: float
    focal_sigma_px: float
    tag_focal_px: float
    focal_spread_rel: float
    centre_px: tuple[float, float]
    centre_sigma_px: tuple[float, float]
    corner_px: float
    image_sigma_px: float

    @classmethod
    def of(cls, found: CameraCalibration) -> CameraFindings:
        """Those of a calibration."""
        return cls(
            camera=found.camera_key.partition("|")[0],
            photos=len(found.photo_ids),
            width_px=found.width_px,
            height_px=found.height_px,
            focal_px=found.focal_px,
            focal_sigma_px=found.focal_sigma_px,
            tag_focal_px=found.tag_focal_px,
            focal_spread_rel=found.focal_spread_rel,
            centre_px=found.centre_px,
            centre_sigma_px=found.centre_sigma_px,
            corner_px=found.corner_px,
            image_sigma_px=found.image_sigma_px,
        )

    def line(self) -> str:
        """All of it in one line."""
        right, down = self.centre_px
        right_sigma, down_sigma = self.centre_sigma_px
        told = [
            f"focal length {self.focal_px:,.1f} ± {self.focal_sigma_px:.1f} px, "
            f"tag {self.tag_focal_px:,.1f}",
            f"principal point {abs(right):.1f} ± {right_sigma:.1f} px "
            f"{'right' if right >= 0 else 'left'}, {abs(down):.1f} ± {down_sigma:.1f} px "
            f"{'down' if down >= 0 else 'up'}",
        ]
        if self.corner_px:
            way = "outwards" if self.corner_px > 0 else "inwards"
            told.append(f"corners bent {abs(self.corner_px):.1f} px {way}")
        if self.focal_spread_rel >= _SEEN_SPREAD:
            told.append(f"focal lengths differ by {100 * self.focal_spread_rel:.2g} %")
        return "; ".join(told)


def principal_sigmas(covariance: NDArray[np.float64]) -> tuple[float, float]:
    """Of two values with a covariance (2, 2): the sigmas along the axes of its ellipse, the smaller
    first; NaN where it is not finite."""
    (a, common), (_, b) = covariance.tolist()
    middle, apart = (a + b) / 2.0, math.hypot((a - b) / 2.0, common)
    return math.sqrt(max(middle - apart, 0.0)), math.sqrt(max(middle + apart, 0.0))


def pose_covariance(
    *,
    rotation_sigma_deg: tuple[float, float, float],
    position_sigma_m: tuple[float, float, float],
    scale_sigma_rel: float,
) -> NDArray[np.float64]:
    """Covariance (7, 7) of a pose whose errors have nothing in common: its turn about camera x, y,
    z (rad), its place along east, north, up (m) and the log of its depth scale."""
    sigma = (*np.deg2rad(rotation_sigma_deg), *position_sigma_m, scale_sigma_rel)
    return np.diag(np.square(sigma))


def tagged_pose_covariance(
    up_cam: NDArray[np.float64],
    *,
    heading_sigma_deg: float,
    tilt_sigma_deg: float,
    position_sigma_m: tuple[float, float, float],
    scale_sigma_rel: float,
) -> NDArray[np.float64]:
    """As `pose_covariance`, of a camera of which heading and tilt are known apart: its turn about
    `up_cam` (3,), the vertical in its axes, and across it."""
    covariance = pose_covariance(
        rotation_sigma_deg=(0.0, 0.0, 0.0),
        position_sigma_m=position_sigma_m,
        scale_sigma_rel=scale_sigma_rel,
    )
    vertical = np.outer(up_cam, up_cam)
    heading, tilt = np.square(np.deg2rad((heading_sigma_deg, tilt_sigma_deg)))
    covariance[:3, :3] = heading * vertical + tilt * (np.eye(3) - vertical)
    return covariance


def circular_error_90_m(east_sigma_m: float, north_sigma_m: float) -> float:
    """The radius that nine of ten errors lie within, of independent normal errors along two axes.

    Of the sum of two squares, after Wilson & Hilferty (PNAS 17, 1931) with the degrees of freedom
    of Satterthwaite (Biometrics 2, 1946): within 1.3 % of the integral, 0.7 % while one sigma is at
    most seven times the other. NaN where a sigma is.
    """
    east, north = east_sigma_m**2, north_sigma_m**2
    total = east + north
    if not total > 0:
        return total
    share = 2.0 * (east**2 + north**2) / (9.0 * total**2)
    return math.sqrt(total * (1.0 - share + 1.2816 * math.sqrt(share)) ** 3)


class PlacedBy(StrEnum):
    """What holds a placed photo where it is: matches with others, or nothing but its own tags, or
    these although others that look at the same place by their tags share nothing with it."""

    MATCHES = "matches"
    TAGS = "tags"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacedPose:
    """Where a photo ended up and how wrong that may be.

    All is about `site`: enu_from_cam ends in its ENU, position_sigma_m and gps_residual_m (solved
    minus tagged position) are along its east, north, up. covariance (7, 7) is of its turn about
    camera x, y, z (rad), its place and the log of its depth scale; the sigmas are those of it.
    heading_residual_deg is the solved minus the tagged heading, both from true north at the
    photo. NaN where there is no tag. depth_scale multiplies the photo's depth.
    lens is that of the full-size photo. reason: why it is placed by its tags alone, if it is.
    solved_among: how many photos with a position tag its group had when all of it was solved last,
    by which the area as a whole is placed; 0 where not known. tags_hash: of what its tags told
    then. FrameError where enu_from_cam is no transform from a camera to the site's ENU.
    """

    photo_id: int
    by: PlacedBy
    reason: str
    site: Site
    enu_from_cam: RigidTransform
    depth_scale: float
    lens: Lens
    covariance: NDArray[np.float64]
    component: int
    pairs: int
    gps_residual_m: tuple[float, float, float]
    heading_residual_deg: float
    solved_among: int
    tags_hash: str

    def __post_init__(self) -> None:
        placed = self.enu_from_cam
        if (placed.to, placed.source.kind) != (enu(self.site), CAM.kind):
            raise FrameError(
                f"photo {self.photo_id} is placed by {placed.to} from {placed.source}, "
                f"not by {enu(self.site)} from cam"
            )

    @property
    def status(self) -> PhotoStatus:
        """Placed, or doubtful: then it is no part of the tiles, unless they are asked for it."""
        return PhotoStatus.DOUBTFUL if self.by == PlacedBy.DOUBT else PhotoStatus.PLACED

    def about(self, site: Site) -> PlacedPose:
        """The same place, as sure, in the ENU of another site."""
        if site == self.site:
            return self
        new_from_old = site.enu_from(self.site)
        east_m, north_m, up_m = new_from_old.rotate(np.array(self.gps_residual_m)).tolist()
        by = np.eye(7)
        by[3:6, 3:6] = new_from_old.rotation
        return replace(
            self,
            site=site,
            enu_from_cam=new_from_old @ self.enu_from_cam,
            covariance=by @ self.covariance @ by.T,
            gps_residual_m=(east_m, north_m, up_m),
        )

    def about_itself(self) -> PlacedPose:
        """The same place about itself: rotation and sigmas by the horizon and true north where the
        photo stands."""
        at = self.site.geodetic_from_enu(self.enu_from_cam.translation_m)
        lat_deg, lon_deg, height_m = map(float, at)
        return self.about(Site(lat_deg, lon_deg, height_m))

    @property
    def position_sigma_m(self) -> tuple[float, float, float]:
        """Along the site's east, north, up."""
        east_m, north_m, up_m = self._sigma[3:6].tolist()
        return east_m, north_m, up_m

    @property
    def rotation_sigma_deg(self) -> tuple[float, float, float]:
        """About the camera's x, y, z."""
        x_deg, y_deg, z_deg = np.rad2deg(self._sigma[:3]).tolist()
        return x_deg, y_deg, z_deg

    @property
    def scale_sigma_rel(self) -> float:
        """Of the log of the depth scale."""
        return float(self._sigma[6])

    @property
    def _sigma(self) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    @property
    def ce90_m(self) -> float:
        """The photo stands within so many metres, horizontally, nine times out of ten."""
        return circular_error_90_m(*principal_sigmas(self.covariance[3:5, 3:5]))

    @property
    def focal_px(self) -> float:
        """Its solved focal length."""
        return self.lens.focal_px

    def sigma_within_area_m(
        self, depth_m: NDArray[np.float32], depth_sigma_m: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """One standard deviation of points that the photo sees at true depths (...), within the
        area: against what its neighbours have there. depth_sigma_m (...): noise of the depth map.

        It includes the error of the photo's own depth scale; that of its place only where nothing
        but its tags holds it, as what photos share moves them together and parts no surface.
        """
        own = np.hypot(depth_sigma_m, np.float32(self.scale_sigma_rel) * depth_m)
        if self.by != PlacedBy.MATCHES:
            turn_m = np.float32(np.deg2rad(max(self.rotation_sigma_deg))) * depth_m
            own = np.hypot(np.hypot(own, turn_m), np.float32(max(self.position_sigma_m)))
        return np.asarray(own, dtype=np.float32)

    def solved_camera(self, camera: Camera) -> Camera:
        """The photo's camera as ingested, with the lens that was solved."""
        return camera.with_lens(self.lens)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedPose:
    """That a merge could not say where a photo is, and why. site: about which it was looked for;
    component: the group that it hangs together with, by so many pairs; tags_hash: of what its tags
    told then."""

    photo_id: int
    reason: str
    site: Site
    component: int
    pairs: int
    tags_hash: str

    @property
    def status(self) -> PhotoStatus:
        """Unplaced."""
        return PhotoStatus.UNPLACED

    def about(self, site: Site) -> UnplacedPose:
        """The same about another site."""
        return replace(self, site=site)


SolvedPose = PlacedPose | UnplacedPose
"""What a merge made of a photo."""


def main_site(poses: Iterable[SolvedPose]) -> Site | None:
    """What most of the placed ones are about, of equals the southernmost; None where none is."""
    counts = Counter(pose.site for pose in poses if isinstance(pose, PlacedPose))
    return min(
        counts,
        key=lambda site: (-counts[site], site.lat_deg, site.lon_deg, site.height_m),
        default=None,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """What a placed photo saw, in true metres: its points, and its word on points of others.

    camera is that of the depth grid (H, W). depth_m: range along the optical axis of the pixels
    that give points, NaN = none. seen_m: how far the photo sees at every pixel, trusted as a point
    or not; +inf = the sky, NaN = unknown. sigma_m: one standard deviation of the depth. rgb
    (H, W, 3) uint8, sRGB. is_refined: whether sigma_m has all that is left of scale and warp;
    is_stereo: whether the depth came from placed photos, whose sigma_m has it too.
    """

    photo_id: int
    camera: Camera
    enu_from_cam: RigidTransform
    depth_m: NDArray[np.float32]
    seen_m: NDArray[np.float32]
    sigma_m: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    is_refined: bool = False
    is_stereo: bool = False

    def __post_init__(self) -> None:
        shape = (self.camera.height_px, self.camera.width_px)
        freeze(
            self,
            depth_m=(np.float32, shape),
            seen_m=(np.float32, shape),
            sigma_m=(np.float32, shape),
            rgb=(np.uint8, (*shape, 3)),
        )

    @classmethod
    def of_placed(
        cls,
        cleaned: CleanedDepth,
        photo_camera: Camera,
        pose: PlacedPose,
        refined: RefinedDepth | None = None,
    ) -> View:
        """From a photo's cleaned depth, its full-size camera as ingested, where it ended up, and
        its refined depth, where it has one: what is wrong by that is unknown.

        sigma_m is that within the area.
        """
        depth_map = cleaned.depth_map
        scale = np.float32(pose.depth_scale)
        range_m = cleaned.uncleaned_m * scale
        is_stereo = depth_map.model.name == STEREO
        sigma_m = depth_map.sigma_m * scale
        # Photos that gave each other depth share its size, whose error parts no surface.
        if not is_stereo or pose.by != PlacedBy.MATCHES:
            sigma_m = pose.sigma_within_area_m(range_m, sigma_m)
        seen_m = range_m.copy()
        if refined is not None:
            sigma_m = refined.sigma_rel * refined.range_m
            seen_m = np.where(
                refined.verdict == DepthVerdict.WRONG, np.float32(np.nan), refined.range_m
            )
        depth_m = np.where(cleaned.kept, seen_m, np.float32(np.nan))
        seen_m[cleaned.removed == REMOVED_CODE[Removed.SKY]] = np.inf
        # What is no part of the place says nothing of it, and colours nothing.
        for reason in (Removed.NO_DEPTH, Removed.MOVING, Removed.MASKED):
            seen_m[cleaned.removed == REMOVED_CODE[reason]] = np.nan
        return cls(
            photo_id=pose.photo_id,
            camera=pose.solved_camera(photo_camera).rescaled(
                depth_map.camera.width_px, depth_map.camera.height_px
            ),
            enu_from_cam=pose.enu_from_cam,
            depth_m=depth_m,
            seen_m=seen_m,
            sigma_m=sigma_m,
            rgb=cleaned.rgb,
            is_refined=refined is not None,
            is_stereo=is_stereo,
        )
