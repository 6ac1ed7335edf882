"""A map's photos as a picture: where their tags have them, and where merge put them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from worldmap.errors import InputError, UsageError
from worldmap.frames import heading_pitch_roll_deg
from worldmap.geodesy import Site
from worldmap.mapfolder import MapFolder
from worldmap.records import IngestedPhoto, PhotoReview, PosePrior, SolvedPose
from worldmap.report import PICTURE_SUFFIXES, Placing, PlottedPhoto, draw_positions


def plot_map(map_dir: Path, out: Path) -> int:
    """Draw the map's photos to `out` (.png, .svg or .pdf); returns how many there are.

    Raises UsageError for another suffix, InputError for a map without photos, CatalogError or
    StorageError where the map cannot be read or the picture not be written.
    """
    if out.suffix.lower() not in PICTURE_SUFFIXES:
        raise UsageError(f"cannot draw {out}: use one of {', '.join(PICTURE_SUFFIXES)}")
    with MapFolder.open(map_dir) as folder:
        state = folder.state()
    photos, site = state.photos.values(), state.origin
    if not photos:
        raise InputError(f"the map {map_dir} has no photo to draw; ingest some first")
    drawn = [plotted(photo, state.poses, state.reviews, site) for photo in photos]
    placed = sum(photo.solved is not None for photo in drawn)
    draw_positions(
        out,
        drawn,
        title=f"{map_dir.absolute().name}: {len(photos)} photos, {placed} placed",
        origin=f"0, 0 is {site.lat_deg:.6f}°, {site.lon_deg:.6f}° (WGS84)",
    )
    return len(photos)


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
