"""Where a placed photo stands and looks: one record for people, pages and tables alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldmap.camera import Camera, Lens
from worldmap.frames import angles_by_turn, heading_pitch_roll_deg
from worldmap.geodesy import Site
from worldmap.records import PlacedPose


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where merge put a photo. WGS84, height above the ellipsoid.

    heading_deg is from true north where the photo stands, in [0, 360); pitch_deg above its horizon,
    roll_deg right side down. enu_m: east, north, up about a site.
    lens as solved; hfov_deg: the angle between the left and the right edge of the picture by it,
    without distortion.

    All sigmas are on the globe: against latitude, longitude, height and true north, what all photos
    of an area are off together included. position_sigma_m: east, north, up where the photo stands;
    radius90_m: it stands within so many metres, horizontally, nine times out of ten.
    rotation_sigma_deg: about camera x, y, z, of which those of heading, pitch and roll follow.
    depth_scale multiplies the photo's depth.
    """

    lat_deg: float
    lon_deg: float
    height_m: float
    enu_m: tuple[float, float, float]
    position_sigma_m: tuple[float, float, float]
    radius90_m: float
    heading_deg: float
    heading_sigma_deg: float
    pitch_deg: float
    pitch_sigma_deg: float
    roll_deg: float
    roll_sigma_deg: float
    rotation_sigma_deg: tuple[float, float, float]
    depth_scale: float
    scale_sigma_rel: float
    lens: Lens
    hfov_deg: float

    @classmethod
    def of(cls, pose: PlacedPose, camera: Camera, *, about: Site | None = None) -> Place:
        """Of a pose and the photo's full-size camera as ingested; enu_m is about a site, the pose's
        own by default."""
        here, drawn = pose.about_itself(), pose.about(about or pose.site)
        rotation = here.enu_from_cam.rotation
        heading_deg, pitch_deg, roll_deg = heading_pitch_roll_deg(rotation)
        by_turn = np.rad2deg(angles_by_turn(rotation))
        angle_variance = np.diag(by_turn @ here.covariance[:3, :3] @ by_turn.T)
        # Straight up or down the heading is open, which half a turn says.
        angle_sigma_deg = np.minimum(np.sqrt(angle_variance), 180.0).tolist()
        east_m, north_m, up_m = drawn.enu_from_cam.translation_m.tolist()
        return cls(
            lat_deg=here.site.lat_deg,
            lon_deg=here.site.lon_deg,
            height_m=here.site.height_m,
            enu_m=(east_m, north_m, up_m),
            position_sigma_m=here.position_sigma_m,
            radius90_m=here.ce90_m,
            heading_deg=heading_deg,
            heading_sigma_deg=angle_sigma_deg[0],
            pitch_deg=pitch_deg,
            pitch_sigma_deg=angle_sigma_deg[1],
            roll_deg=roll_deg,
            roll_sigma_deg=angle_sigma_deg[2],
            rotation_sigma_deg=pose.rotation_sigma_deg,
            depth_scale=pose.depth_scale,
            scale_sigma_rel=pose.scale_sigma_rel,
            lens=pose.lens,
            hfov_deg=pose.solved_camera(camera).hfov_deg,
        )
