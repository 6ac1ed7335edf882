"""What a map holds at one moment: its photos, what was said about them, where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worldmap.geodesy import Site
from worldmap.place import Place
from worldmap.records import IngestedPhoto, PhotoReview, PlacedPose, PosePrior, SolvedPose


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MapState:
    """Photos with their poses, each about its own site, and reviews, all by photo id. site: what
    most of these photos are placed about, or else most of the map's; None before the first merge.
    """

    site: Site | None
    photos: Mapping[int, IngestedPhoto]
    poses: Mapping[int, SolvedPose]
    reviews: Mapping[int, PhotoReview]

    @property
    def placed(self) -> dict[int, PlacedPose]:
        """The poses of the photos that are placed, all about `origin`, by photo id."""
        about = self.origin
        return {i: p.about(about) for i, p in self.poses.items() if isinstance(p, PlacedPose)}

    def prior(self, photo_id: int) -> PosePrior:
        """The first guess at a photo's pose that the last merge went on with, or else will."""
        said = self.reviews.get(photo_id)
        return said.prior if said else self.photos[photo_id].prior

    def position_deg(self, photo_id: int) -> tuple[float, float] | None:
        """Latitude and longitude of a photo, where it was placed or else by its tags; None where
        nobody knows."""
        pose, prior = self.poses.get(photo_id), self.photos[photo_id].prior
        if isinstance(pose, PlacedPose):
            lat_deg, lon_deg, _ = pose.site.geodetic_from_enu(pose.enu_from_cam.translation_m)
            return float(lat_deg), float(lon_deg)
        if prior.lat_deg is None or prior.lon_deg is None:
            return None
        return prior.lat_deg, prior.lon_deg

    def place(self, photo_id: int) -> Place | None:
        """Where a photo stands and looks; None where it is not placed."""
        pose = self.poses.get(photo_id)
        if not isinstance(pose, PlacedPose):
            return None
        return Place.of(pose, self.photos[photo_id].camera, about=self.site)

    @property
    def origin(self) -> Site:
        """The site; where there is none, a place near the photos by their tags."""
        if self.site is not None:
            return self.site
        located = sorted(
            (prior.lat_deg, prior.lon_deg, prior.height_m or 0.0)
            for prior in map(self.prior, self.photos)
            if prior.lat_deg is not None and prior.lon_deg is not None
        )
        # One of the photos, not a mean: that could lie on the other side of the antimeridian.
        return Site(*located[len(located) // 2]) if located else Site(0.0, 0.0, 0.0)
