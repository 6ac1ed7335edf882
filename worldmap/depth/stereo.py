"""Depth that comes later: from the photos themselves, when `merge` has found how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb, key_of, photo_parts
from worldmap.errors import NoDepthYetError, PhotoError
from worldmap.records import STEREO, DepthMap, PhotoMetadata


@dataclass(frozen=True, slots=True)
class StereoDepth:
    """`stereo`: no photo has depth by itself; `merge` gives it to those that overlap
    (`stages.stereo`). Until then the map has all else of it."""

    settings: DepthSettings

    @property
    def name(self) -> str:
        """`stereo`."""
        return STEREO

    @property
    def batch_size(self) -> int:
        """See `DepthEstimator`."""
        return 1

    def settings_hash(self) -> str:
        """See `DepthEstimator`: of the focal length that photos start from."""
        s = self.settings
        return key_of(
            name=self.name, focal=(s.focal_px, s.assumed_focal_35mm, s.assumed_focal_sigma_rel)
        )

    def picture_px(self, path: Path) -> int | None:
        """See `estimator.picture_px`: it looks at none."""
        return 1

    def cache_key(self, photo: PhotoMetadata) -> str:
        """See `DepthEstimator`."""
        return key_of(settings=self.settings_hash(), **photo_parts(photo))

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """See `DepthEstimator`. Always NoDepthYetError."""
        raise NoDepthYetError("gets its depth from the photos beside it, in merge", path=photo.path)

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """See `DepthEstimator`."""
        return [
            NoDepthYetError("gets its depth from the photos beside it, in merge", path=photo.path)
            for photo, _ in photos
        ]
