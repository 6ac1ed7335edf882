"""A photo in the picture of positions: where its tags have it, and where merge put it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from worldmap.frames import heading_pitch_roll_deg
from worldmap.geodesy import Site
from worldmap.records import IngestedPhoto, PhotoReview, PosePrior, SolvedPose
from worldmap.report.positions import Placing, PlottedPhoto


def plotted(
    photo: IngestedPhoto,
    poses: Mapping[int, SolvedPose],
    reviews: Mapping[int, PhotoReview],
    site: Site,
) -> PlottedPhoto:
    """A photo as the picture shows it, in metres about `site`."""
    pose, said = poses.get(photo.photo_id), reviews.get(photo.photo_id)
    camera = photo.camera
    return PlottedPhoto(
        name=photo.metadata.path.stem,
        tagged=_tagged(said.prior if said else photo.prior, site),
        solved=_solved(pose) if pose else None,
        by_matches=pose is not None and pose.pairs > 0,
        suspicious=bool(photo.metadata.flags or (said and said.flags)),
        half_view_deg=float(np.rad2deg(np.arctan(0.5 * camera.width_px / camera.fx_px))),
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


def _solved(pose: SolvedPose) -> Placing | None:
    if pose.enu_from_cam is None:
        return None
    east_m, north_m, _ = map(float, pose.enu_from_cam.translation_m)
    return Placing(
        east_m=east_m,
        north_m=north_m,
        east_sigma_m=pose.position_sigma_m[0],
        north_sigma_m=pose.position_sigma_m[1],
        heading_deg=heading_pitch_roll_deg(pose.enu_from_cam.rotation)[0],
        heading_sigma_deg=pose.rotation_sigma_deg[1],
    )
