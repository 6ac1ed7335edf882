"""What registration knows of one photo: its features and what its tags say, about the site."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import (
    Frame,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    require_frame,
    rig_from_cam_rotation,
)
from worldmap.geodesy import Site, ecef_from_local, enu, geodetic_from_ecef
from worldmap.records import STEREO, Features, tagged_pose_covariance
from worldmap.registration.level import up_cam
from worldmap.registration.picture import PictureSource

Array = NDArray[np.float64]

ANYHOW_SIGMA_REL = 1.0
"""Of a scale that nothing tells: things are somewhere about so far away, within a factor of e."""

UNTOLD_FOCAL_SIGMA_REL = 0.2
"""Of a focal length that no tag tells."""

_NO_TAGS = ("features", "site", "position_ecef", "waits_for", "picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class RigView:
    """A view that was cut out of a panorama: which panorama, and where in it the view looks,
    degrees to the right of and above its middle."""

    key: str
    yaw_deg: float
    pitch_deg: float

    @property
    def rig_from_cam(self) -> Array:
        """(3, 3) camera axes of the panorama's middle from those of the view."""
        return rig_from_cam_rotation(self.yaw_deg, self.pitch_deg)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoView:
    """One photo of the area, solved about `site`. position_ecef (3,) metres, None where no tag
    tells it; its sigmas are horizontal and vertical. heading_deg is from true north at the photo,
    None where untold; is_north: it is no compass's but says where north is. pitch, roll and their
    sigma are always there. shared_key names the device and day: photos with the same one may share
    a GPS offset; device and captured_s (seconds since 1970, NaN where untold) say which tags come
    of one instrument within minutes; camera_key the device and its zoom: they share a sensor and a
    lens; depth_key what gave the depth. focal_sigma_rel is the relative sigma of the tagged focal
    length; orientation EXIF's, by which upright pixels were made from the sensor's. rig: where it
    was cut out of a panorama. by_track: its position is that of a track at the time that its
    camera's clock told. flight_height_m: over where the drone took off, None where untold.
    waits_for: why it has no depth, '' where it has some. scale_sigma_rel is the sigma of the log of
    the depth scale. picture: what it looks like, None where nobody is to ask. up_by_lens: how
    up_cam follows the lens where that is not `camera`'s (see `PixelTilt`), empty where it does not.
    """

    photo_id: int
    name: str
    camera: Camera
    features: Features
    site: Site
    position_ecef: Array | None
    horizontal_sigma_m: float
    vertical_sigma_m: float
    heading_deg: float | None
    heading_sigma_deg: float
    pitch_deg: float
    roll_deg: float
    tilt_sigma_deg: float
    scale_sigma_rel: float
    focal_sigma_rel: float = 0.05
    camera_key: str = ""
    orientation: int = 1
    depth_key: str = ""
    shared_key: str = ""
    device: str = ""
    captured_s: float = math.nan
    rig: RigView | None = None
    by_track: bool = False
    flight_height_m: float | None = None
    waits_for: str = ""
    is_north: bool = False
    picture: PictureSource | None = None
    up_by_lens: tuple[tuple[float, ...], ...] = ()

    @property
    def position_enu(self) -> Array | None:
        """(3,) metres in ENU about the site; None where no tag tells it."""
        if self.position_ecef is None:
            return None
        return self.site.enu_from_ecef.apply(self.position_ecef)

    def about(self, site: Site) -> PhotoView:
        """The same photo solved about another site."""
        return self if site == self.site else replace(self, site=site)

    @property
    def local_from_enu(self) -> Array:
        """Rotation (3, 3) from the site's axes to east, north and up where the photo's tags have
        it; none where no tag tells its position."""
        if self.position_ecef is None:
            return np.eye(3)
        x_m, y_m, z_m = self.position_ecef.tolist()
        return _local_from_ecef(x_m, y_m, z_m) @ self.site.ecef_from_enu.rotation

    @property
    def heading_enu_deg(self) -> float | None:
        """The heading from the site's north; None where untold."""
        if self.heading_deg is None:
            return None
        local_from_cam = enu_from_cam_rotation(self.heading_deg, self.pitch_deg, self.roll_deg)
        return heading_pitch_roll_deg(self.local_from_enu.T @ local_from_cam)[0]

    def towards(self, other: PhotoView) -> Array | None:
        """From this photo's position tag to another's (3,), east, north and up at this one,
        whatever either is solved about; None where one is untold."""
        if self.position_ecef is None or other.position_ecef is None:
            return None
        x_m, y_m, z_m = self.position_ecef.tolist()
        return _local_from_ecef(x_m, y_m, z_m) @ (other.position_ecef - self.position_ecef)

    @property
    def tags_hash(self) -> str:
        """Of all that is known of the photo but its features, its position being about the site."""
        position = None if (xyz_enu := self.position_enu) is None else xyz_enu.tolist()
        names = [field.name for field in fields(self)]
        # Rigs came first of what older maps know nothing of: unset, it leaves their hashes.
        unsaid = [name for name in names[names.index("rig") :] if not getattr(self, name)]
        without = (*_NO_TAGS, *unsaid)
        told = [getattr(self, name) for name in names if name not in without]
        return hashlib.sha256(repr((position, told)).encode()).hexdigest()[:16]

    @property
    def up_cam(self) -> Array:
        """The up direction (3,) in camera axes, as far as known."""
        return up_cam(self.pitch_deg, self.roll_deg)

    @property
    def tagged_covariance(self) -> Array:
        """Covariance (7, 7) of a `PlacedPose` that nothing but the tags holds."""
        side_m = self.horizontal_sigma_m
        return tagged_pose_covariance(
            self.up_cam,
            heading_sigma_deg=self.heading_sigma_deg,
            tilt_sigma_deg=self.tilt_sigma_deg,
            position_sigma_m=(side_m, side_m, self.vertical_sigma_m),
            scale_sigma_rel=self.scale_sigma_rel,
        )

    @property
    def is_focal_told(self) -> bool:
        """Whether a tag says how long its lens is."""
        return self.focal_sigma_rel < UNTOLD_FOCAL_SIGMA_REL

    @property
    def own_scale_sigma_rel(self) -> float:
        """What its depth says of its scale by itself. What photos gave each other is as large as
        tags and other photos' depth have it: where these take part, that is no second word."""
        return ANYHOW_SIGMA_REL if self.depth_key == STEREO else self.scale_sigma_rel

    @property
    def level_from_cam(self) -> Array:
        """Rotation (3, 3) to axes with z up and the optical axis over y."""
        return enu_from_cam_rotation(0.0, self.pitch_deg, self.roll_deg)


@lru_cache(maxsize=1 << 16)
def _local_from_ecef(x_m: float, y_m: float, z_m: float) -> Array:
    lat_deg, lon_deg, _ = geodetic_from_ecef(np.array((x_m, y_m, z_m)))
    rotation = ecef_from_local(lat_deg, lon_deg).T
    rotation.setflags(write=False)
    return rotation


def one_tag_each(views: Iterable[PhotoView]) -> list[PhotoView]:
    """The views, of each rig only the first with a position and a heading: a panorama has one GPS
    and one compass, however many views it is cut into."""
    seen: set[str] = set()
    found = []
    for view in views:
        if view.rig is not None and view.rig.key in seen:
            view = replace(view, position_ecef=None, heading_deg=None)
        elif view.rig is not None:
            seen.add(view.rig.key)
        found.append(view)
    return found


def common_enu(views: Iterable[PhotoView]) -> Frame:
    """The ENU that all of these are solved in. FrameError where they are about several sites,
    ValueError where there is none."""
    sites = {view.site for view in views}
    if not sites:
        raise ValueError("no photo says what it is solved about")
    frame = enu(next(iter(sites)))
    require_frame(frame, (enu(site) for site in sites))
    return frame
