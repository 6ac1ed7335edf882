"""What registration knows of one photo: its features and what its tags say, about the site."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import enu_from_cam_rotation
from worldmap.records import Features
from worldmap.registration.level import up_cam

Array = NDArray[np.float64]

_NO_TAGS = ("features", "position_enu")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoView:
    """One photo of the area. position_enu (3,) metres about the site, None where no tag tells it;
    its sigmas are horizontal and vertical. heading_deg is true, None where untold. pitch, roll and
    their sigma are always there. shared_key names the device and day: photos with the same one
    may share a GPS offset; camera_key the device and its zoom: they share a focal length, whose
    relative sigma is focal_sigma_rel. scale_sigma_rel is the sigma of the log of the depth scale.
    """

    photo_id: int
    name: str
    camera: Camera
    features: Features
    position_enu: Array | None
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
    shared_key: str = ""

    @property
    def tags_hash(self) -> str:
        """Of all that is known of the photo but its features."""
        position = None if self.position_enu is None else self.position_enu.tolist()
        told = [getattr(self, field.name) for field in fields(self) if field.name not in _NO_TAGS]
        return hashlib.sha256(repr((position, told)).encode()).hexdigest()[:16]

    @property
    def up_cam(self) -> Array:
        """The up direction (3,) in camera axes, as far as known."""
        return up_cam(self.pitch_deg, self.roll_deg)

    @property
    def level_from_cam(self) -> Array:
        """Rotation (3, 3) to axes with z up and the optical axis over y."""
        return enu_from_cam_rotation(0.0, self.pitch_deg, self.roll_deg)
