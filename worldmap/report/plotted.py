"""A photo in the picture of positions: where its tags have it, and where merge put it."""

from __future__ import annotations

from collections.abc import Mapping

from worldmap.geodesy import Site
from worldmap.place import Place
from worldmap.records import IngestedPhoto, PhotoReview, PlacedBy, PlacedPose, PosePrior, SolvedPose
from worldmap.report.positions import Placing, PlottedPhoto


def plotted(
    photo: IngestedPhoto,
    poses: Mapping[int, SolvedPose],
    reviews: Mapping[int, PhotoReview],
    site: Site,
) -> PlottedPhoto:
    """A photo as the picture shows it, in metres about `site`."""
    pose, said = poses.get(photo.photo_id), reviews.get(photo.photo_id)
    place = Place.of(pose, photo.camera, about=site) if isinstance(pose, PlacedPose) else None
    return PlottedPhoto(
        name=photo.metadata.path.stem,
        tagged=_tagged(said.prior if said else photo.prior, site),
        solved=_solved(place) if place else None,
        by_matches=isinstance(pose, PlacedPose) and pose.by == PlacedBy.MATCHES,
        suspicious=bool(photo.metadata.flags or (said and said.flags)),
        half_view_deg=(place.hfov_deg if place else photo.camera.hfov_deg) / 2,
    )


def _tagged(prior: PosePrior, site: Site) -> Placing | None:
    if prior.lat_deg is None or prior.lon_deg is None:
        return None
    height_m = site.height_m if prior.height_m is None else prior.height_m
    east_m, north_m, _ = map(float, site.enu_from_geodetic(prior.lat_deg, prior.lon_deg, height_m))
    return Placing(
        east_m=east_m,
        north_m=north_m,
        east_sigma_m=prior.horizontal_sigma_m,
        north_sigma_m=prior.horizontal_sigma_m,
        heading_deg=prior.heading_deg,
        heading_sigma_deg=prior.heading_sigma_deg,
    )


def _solved(place: Place) -> Placing:
    return Placing(
        east_m=place.enu_m[0],
        north_m=place.enu_m[1],
        east_sigma_m=place.position_sigma_m[0],
        north_sigma_m=place.position_sigma_m[1],
        heading_deg=place.heading_deg,
        heading_sigma_deg=place.heading_sigma_deg,
    )
