"""A map held to a point cloud that is known, by points that photos show and the survey places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area
from worldmap.errors import EmptyAreaError, InputError
from worldmap.geodesy import (
    Site,
    Vertical,
    enu_from_projected,
    geodetic_from_projected,
    undulation_m,
    undulation_sigma_m,
)
from worldmap.mapfolder import MapFolder
from worldmap.records import (
    ControlMark,
    ControlPoint,
    ControlRole,
    IngestedPhoto,
    PlacedPose,
    main_site,
)
from worldmap.registration.onto import Doubt, Laid, laid_onto
from worldmap.stages.survey_file import BoxAround, survey_around

Array = NDArray[np.float64]

# What a survey is looked at beyond the map: further than a map is off.
_MARGIN_M: Final = 60.0
_POINTS: Final = 12
_CHOSEN_FROM: Final = 4000
# Marks are exact but for what moves between photos.
_MARK_PX: Final = 0.5
_LEAST_ANGLE_DEG: Final = 8.0
# What two photos agree on is a surface; single photos have flying points.
_SUPPORT: Final = 2
_LEAST_DOUBT: Final = Doubt(turn_rad=math.radians(0.5), plan_m=0.5, up_m=0.5, size_rel=0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """How a map was moved onto a reference: east, north and up of its middle, its turn (clockwise
    from above), its size; sigmas of the three; what share of the map lies on the reference, how far
    apart that is (median), and by how many points the map is held there. heights: what the
    reference's were taken to be above."""

    reference: Path
    shift_m: tuple[float, float, float]
    turn_deg: float
    size: float
    sigma_m: tuple[float, float, float]
    agreeing: float
    residual_m: float
    points: int
    heights: Vertical


def aligned(
    folder: MapFolder,
    area: Area,
    reference: Path,
    *,
    epsg: int | None,
    vertical: Vertical | None,
) -> tuple[Alignment, list[ControlPoint]]:
    """The area's largest group laid onto a LAS, LAZ or COPC file, and the points that will hold it
    there. EmptyAreaError where nothing is placed, InputError where there is no one answer."""
    photos, poses = _group(folder, area)
    site = main_site(poses.values())
    assert site is not None
    points = folder.points(area)
    cloud = points.cloud
    own = np.isin(cloud.photo_id, list(poses))
    agreed = own & (cloud.support >= _SUPPORT)
    chosen = agreed if agreed.sum() >= own.sum() / 10 else own
    xyz_enu = enu_from_projected(cloud.xyz[chosen], site, points.epsg)
    known, heights, height_sigma_m = _reference(xyz_enu, site, reference, epsg, vertical)
    laid = laid_onto(xyz_enu, known, _doubt(list(poses.values())))
    if laid.reason:
        raise InputError(f"says nothing of where the map is: {laid.reason}", path=reference)
    rng = np.random.default_rng(0)
    some = xyz_enu[rng.permutation(len(xyz_enu))[:_CHOSEN_FROM]]
    held = _control(some, laid, site, photos, poses, reference, height_sigma_m)
    if len(held) < 3:
        raise InputError("too few points of the map are shown by several photos", path=reference)
    sigma = np.sqrt(np.diag(laid.covariance)[3:6] + np.array((0.0, 0.0, height_sigma_m**2)))
    return (
        Alignment(
            reference=reference,
            shift_m=_three(laid.shift_m),
            turn_deg=laid.turn_deg,
            size=laid.size,
            sigma_m=_three(sigma),
            agreeing=laid.agreeing,
            residual_m=laid.residual_m,
            points=len(held),
            heights=heights,
        ),
        held,
    )


def _group(folder: MapFolder, area: Area) -> tuple[dict[int, IngestedPhoto], dict[int, PlacedPose]]:
    state = folder.state(area)
    placed = [
        p for p in state.poses.values() if isinstance(p, PlacedPose) and p.photo_id in state.photos
    ]
    if not placed:
        raise EmptyAreaError("has no placed photo in that area", path=folder.root, hint="merge it")
    groups = [p.component for p in placed]
    largest = max(set(groups), key=lambda c: (groups.count(c), -c))
    poses = {p.photo_id: p for p in placed if p.component == largest}
    return {i: state.photos[i] for i in poses}, poses


def _doubt(poses: Sequence[PlacedPose]) -> Doubt:
    # A level camera turns about the vertical as it does about its own y axis.
    turn = math.radians(float(np.median([p.rotation_sigma_deg[1] for p in poses])))
    plan = float(np.median([max(p.position_sigma_m[:2]) for p in poses]))
    up = float(np.median([p.position_sigma_m[2] for p in poses]))
    size = float(np.median([p.scale_sigma_rel for p in poses]))
    return Doubt(
        turn_rad=max(turn, _LEAST_DOUBT.turn_rad),
        plan_m=max(plan, _LEAST_DOUBT.plan_m),
        up_m=max(up, _LEAST_DOUBT.up_m),
        size_rel=max(size, _LEAST_DOUBT.size_rel),
    )


def _reference(
    xyz_enu: Array, site: Site, path: Path, epsg: int | None, vertical: Vertical | None
) -> tuple[Array, Vertical, float]:
    """The survey's points about the map in the site's ENU, what its heights are above, and by how
    much that may be off."""
    box = BoxAround(
        low_enu=xyz_enu.min(axis=0),
        high_enu=xyz_enu.max(axis=0),
        site=site,
        margin_m=_MARGIN_M,
    )
    survey = survey_around(path, box, epsg=epsg)
    if not len(survey.xyz):
        raise InputError("has no point where the map is", path=path)
    heights = vertical or survey.vertical or "ellipsoid"
    xyz = survey.xyz.copy()
    if heights != "ellipsoid":
        lat_deg, lon_deg, _ = geodetic_from_projected(xyz * (1.0, 1.0, 0.0), survey.epsg)
        xyz[:, 2] += undulation_m(lat_deg, lon_deg, heights)
    return enu_from_projected(xyz, site, survey.epsg), heights, undulation_sigma_m(heights)


def _control(
    xyz_enu: Array,
    laid: Laid,
    site: Site,
    photos: Mapping[int, IngestedPhoto],
    poses: Mapping[int, PlacedPose],
    reference: Path,
    height_sigma_m: float,
) -> list[ControlPoint]:
    """Points of the map as far from one another as they are, each where the photos that have it in
    view show it now, and where the reference has it."""
    cameras = {i: poses[i].solved_camera(photos[i].camera) for i in poses}
    frames = {i: poses[i].about(site).enu_from_cam for i in poses}
    seen: list[dict[int, tuple[float, float]]] = [{} for _ in xyz_enu]
    for i, frame in frames.items():
        local = frame.inverse().apply(xyz_enu)
        uv = cameras[i].project(local)
        size = (cameras[i].width_px, cameras[i].height_px)
        inside = (local[:, 2] > 1.0) & (uv > 0).all(axis=1) & (uv < size).all(axis=1)
        for n in np.flatnonzero(inside).tolist():
            seen[n][i] = (float(uv[n, 0]), float(uv[n, 1]))
    wide = [n for n, by in enumerate(seen) if len(by) > 1 and _is_wide(xyz_enu[n], by, frames)]
    chosen = _spread_out(xyz_enu, wide)
    moved = laid.apply(xyz_enu[chosen]) if chosen else np.zeros((0, 3))
    found = []
    for number, (n, place) in enumerate(zip(chosen, moved, strict=True), start=1):
        lat, lon, height = map(float, site.geodetic_from_enu(place))
        arm = xyz_enu[n] - laid.middle
        by = np.zeros((3, 7))
        by[:, :3] = np.array(((0, arm[2], -arm[1]), (-arm[2], 0, arm[0]), (arm[1], -arm[0], 0)))
        by[:, 3:6], by[:, 6] = np.eye(3), arm
        variance = np.diag(by @ laid.covariance @ by.T)
        found.append(
            ControlPoint(
                name=f"{reference.name} {number}",
                lat_deg=lat,
                lon_deg=lon,
                height_m=height,
                horizontal_sigma_m=max(math.sqrt(float(variance[:2].max())), 0.01),
                vertical_sigma_m=max(math.sqrt(float(variance[2]) + height_sigma_m**2), 0.01),
                role=ControlRole.CONTROL,
                source=f"align {reference.name}",
                raw="",
                marks=tuple(
                    ControlMark(
                        image=photos[i].metadata.path.as_posix(),
                        u_px=u,
                        v_px=v,
                        sigma_px=_MARK_PX,
                    )
                    for i, (u, v) in sorted(seen[n].items())
                ),
            )
        )
    return found


def _is_wide(place: Array, by: Mapping[int, object], frames: Mapping[int, object]) -> bool:
    rays = np.array([frames[i].translation_m - place for i in by])  # type: ignore[attr-defined]
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    least = float(np.clip(rays @ rays.T, -1.0, 1.0).min())
    return math.degrees(math.acos(least)) > _LEAST_ANGLE_DEG


def _spread_out(xyz: Array, among: Sequence[int]) -> list[int]:
    """Each the one furthest from those before it (Gonzalez 1985)."""
    if not among:
        return []
    rows = np.array(among)
    chosen = [int(rows[np.argmin(np.linalg.norm(xyz[rows] - xyz[rows].mean(axis=0), axis=1))])]
    away = np.linalg.norm(xyz[rows] - xyz[chosen[0]], axis=1)
    while len(chosen) < min(_POINTS, len(rows)):
        chosen.append(int(rows[np.argmax(away)]))
        away = np.minimum(away, np.linalg.norm(xyz[rows] - xyz[chosen[-1]], axis=1))
    return chosen


def _three(values: Array) -> tuple[float, float, float]:
    east, north, up = map(float, values)
    return east, north, up
