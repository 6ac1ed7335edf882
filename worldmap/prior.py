"""First guess of a photo's pose from its metadata alone."""

from __future__ import annotations

import math

from worldmap.config import PriorSettings
from worldmap.geodesy import geoid_undulation_m
from worldmap.records import GeoPosition, HeightDatum, PhotoMetadata, PosePrior


def pose_prior(
    metadata: PhotoMetadata, settings: PriorSettings, *, scale_sigma_rel: float
) -> PosePrior:
    """The pose before any other photo is looked at; scale_sigma_rel is the depth map's.

    Heights become ellipsoidal: h = H + N with N of EGM96 for heights above sea level. Where the
    datum is unknown the middle of both readings is taken, ± half their difference. A position
    without a height is given the height where people live (194 m above the sea for the median
    person: Cohen & Small, PNAS 95, 1998) with `unknown_height_sigma_m`. Photos without position or
    heading stay in the game: None, with sigmas of infinity and 180°. Untold tilt is level, with
    `level_sigma_deg`.
    """
    position, heading, tilt = metadata.position, metadata.heading, metadata.tilt
    height_m, vertical_sigma_m, remark = (
        _ellipsoidal(position, settings) if position else (None, math.inf, "")
    )
    return PosePrior(
        lat_deg=position.lat_deg if position else None,
        lon_deg=position.lon_deg if position else None,
        height_m=height_m,
        horizontal_sigma_m=position.horizontal_sigma_m if position else math.inf,
        vertical_sigma_m=vertical_sigma_m,
        position_source=f"{position.source}{remark}" if position else "none",
        heading_deg=heading.true_deg if heading else None,
        heading_sigma_deg=heading.sigma_deg if heading else 180.0,
        heading_source=heading.source if heading else "none",
        pitch_deg=tilt.pitch_deg if tilt else 0.0,
        roll_deg=tilt.roll_deg if tilt else 0.0,
        tilt_sigma_deg=tilt.sigma_deg if tilt else settings.level_sigma_deg,
        tilt_source=tilt.source if tilt else "level",
        scale_sigma_rel=scale_sigma_rel,
    )


def _ellipsoidal(position: GeoPosition, settings: PriorSettings) -> tuple[float, float, str]:
    """Height above the ellipsoid, its sigma, and a remark for the source where it is a guess."""
    undulation_m = float(geoid_undulation_m(position.lat_deg, position.lon_deg))
    told_m, sigma_m = position.height_m, position.vertical_sigma_m
    if told_m is None:
        guess_m = settings.unknown_height_msl_m + undulation_m
        return guess_m, settings.unknown_height_sigma_m, " (height unknown)"
    if position.height_datum == HeightDatum.ELLIPSOID:
        return told_m, sigma_m, ""
    if position.height_datum == HeightDatum.MSL:
        return told_m + undulation_m, math.hypot(sigma_m, settings.geoid_sigma_m), ""
    half_m = undulation_m / 2
    return told_m + half_m, math.hypot(sigma_m, half_m), " (height datum unknown)"
