"""The point cloud that passes between stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmap.errors import FrameError
from worldmap.frames import Frame, RigidTransform, Similarity
from worldmap.frozen import freeze


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PointCloud:
    """N points of one frame with what is known about each.

    xyz (N, 3) float64 in metres of `frame`; rgb (N, 3) uint8, sRGB; sigma_m (N,) float32, one
    standard deviation of the point along its worst direction; photo_id (N,) uint32, catalog id of
    the photo that gave the point (the best one after fusion), 0 = none; support (N,) uint8, number
    of photos that agree on it. Arrays are read-only. ValueError where lengths or shapes differ.
    """

    frame: Frame
    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8]
    sigma_m: NDArray[np.float32]
    photo_id: NDArray[np.uint32]
    support: NDArray[np.uint8]

    def __post_init__(self) -> None:
        count = len(self.xyz)
        freeze(
            self,
            xyz=(np.float64, (count, 3)),
            rgb=(np.uint8, (count, 3)),
            sigma_m=(np.float32, (count,)),
            photo_id=(np.uint32, (count,)),
            support=(np.uint8, (count,)),
        )

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def photo_ids(self) -> list[int]:
        """The photos that gave any of the points, ascending."""
        return [int(photo_id) for photo_id in np.unique(self.photo_id)]

    def thinned(self, most: int) -> PointCloud:
        """At most so many of the points, evenly out of their order."""
        return self.select(np.arange(0, len(self), max(1, -(-len(self) // most))))

    @classmethod
    def of_photo(
        cls, *, frame: Frame, xyz: ArrayLike, rgb: ArrayLike, sigma_m: ArrayLike, photo_id: int = 0
    ) -> PointCloud:
        """The cloud of a single photo: every point supported by that one photo."""
        points = np.asarray(xyz, dtype=np.float64).reshape(-1, 3)
        return cls(
            frame=frame,
            xyz=points,
            rgb=np.asarray(rgb, dtype=np.uint8).reshape(-1, 3),
            sigma_m=np.asarray(sigma_m, dtype=np.float32).reshape(-1),
            photo_id=np.full(len(points), photo_id, dtype=np.uint32),
            support=np.ones(len(points), dtype=np.uint8),
        )

    def select(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> PointCloud:
        """The points of a boolean mask (N,) or an integer index (M,), in that order."""
        return PointCloud(
            frame=self.frame,
            xyz=self.xyz[index],
            rgb=self.rgb[index],
            sigma_m=self.sigma_m[index],
            photo_id=self.photo_id[index],
            support=self.support[index],
        )

    def transformed(self, to_from_here: RigidTransform | Similarity) -> PointCloud:
        """The same points in another frame; sigmas grow with the scale. FrameError if it does not
        start at this cloud's frame."""
        if to_from_here.source != self.frame:
            raise FrameError(f"cloud is in {self.frame}, transform takes {to_from_here.source}")
        scale = to_from_here.scale if isinstance(to_from_here, Similarity) else 1.0
        return PointCloud(
            frame=to_from_here.to,
            xyz=to_from_here.apply(self.xyz),
            rgb=self.rgb,
            sigma_m=self.sigma_m * np.float32(scale),
            photo_id=self.photo_id,
            support=self.support,
        )

    @classmethod
    def concatenated(cls, clouds: Sequence[PointCloud], frame: Frame) -> PointCloud:
        """All points of `clouds` in order; empty in `frame` where there are none. FrameError where
        a cloud is in another frame."""
        for cloud in clouds:
            if cloud.frame != frame:
                raise FrameError(f"cloud is in {cloud.frame}, not in {frame}")
        if not clouds:
            return cls.of_photo(frame=frame, xyz=[], rgb=[], sigma_m=[])
        return cls(
            frame=frame,
            xyz=np.concatenate([c.xyz for c in clouds]),
            rgb=np.concatenate([c.rgb for c in clouds]),
            sigma_m=np.concatenate([c.sigma_m for c in clouds]),
            photo_id=np.concatenate([c.photo_id for c in clouds]),
            support=np.concatenate([c.support for c in clouds]),
        )
