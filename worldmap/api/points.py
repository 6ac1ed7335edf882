"""Points as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import ExtraError

if TYPE_CHECKING:
    from worldmap.records import TilePoints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Points:
    """N points of one projected CRS; arrays are read-only.

    xyz (N, 3) float64: easting, northing and height in metres in the CRS `epsg`, heights above its
    ellipsoid. rgb (N, 3) uint8, sRGB. sigma_m (N,) float32: one standard deviation along the worst
    direction, within the area. support (N,) uint8: how many photos agree on the point. photo_id
    (N,) uint32: the photo that gave it. classification (N,) uint8: 2 = ground, 1 = other.
    gps_time_s (N,) float64: adjusted standard GPS time of its photo, NaN = unknown.
    """

    epsg: int
    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8]
    sigma_m: NDArray[np.float32]
    support: NDArray[np.uint8]
    photo_id: NDArray[np.uint32]
    classification: NDArray[np.uint8]
    gps_time_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.xyz)

    @classmethod
    def of(cls, points: TilePoints) -> Points:
        """The points of tiles."""
        cloud = points.cloud
        return cls(
            epsg=points.epsg,
            xyz=cloud.xyz,
            rgb=cloud.rgb,
            sigma_m=cloud.sigma_m,
            support=cloud.support,
            photo_id=cloud.photo_id,
            classification=points.classification,
            gps_time_s=points.gps_time_s,
        )

    def to_open3d(self, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Any:
        """An `open3d.geometry.PointCloud` with colours, its coordinates less `origin`: viewers
        reckon in single precision, which is 0.5 m coarse at a northing.

        Raises ExtraError where open3d cannot be imported.
        """
        try:
            import open3d
        except (ImportError, OSError) as error:
            raise ExtraError(f"open3d cannot be imported here: {error}") from error
        cloud = open3d.geometry.PointCloud()
        cloud.points = open3d.utility.Vector3dVector(self.xyz - np.array(origin))
        cloud.colors = open3d.utility.Vector3dVector(self.rgb / 255.0)
        return cloud
