"""A map held to what is known of a place, by points that photos show and the reference places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    SurveyKind,
    main_site,
)
from worldmap.registration.onto import Doubt, Laid, Reference, bends_m, laid_onto
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
# What a reference is off by itself where nobody says: lidar, a raster by its cells (1 m: a
# decimetre, 30 m: some metres, as those who make them state), walls of a cadastre.
_LIDAR_M, _OF_CELL, _CADASTRE_M = 0.03, 0.1, 0.3
_WALL_STEP_M, _WALL_ROWS = 0.2, 12
_LEAST_DOUBT: Final = Doubt(turn_rad=math.radians(0.5), plan_m=0.5, up_m=0.5, size_rel=0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """How a map was moved onto a reference: east, north and up of its middle, its turn (clockwise
    from above), its size; sigmas of all these. held: of which of them, by name, the reference says
    more than the map knew. What share of the map lies on the reference, how far apart that is
    (median), and by how many points the map is held there. heights: what the reference's were taken
    to be above."""

    reference: Path
    kind: SurveyKind
    shift_m: tuple[float, float, float]
    turn_deg: float
    size: float
    sigma_m: tuple[float, float, float]
    turn_sigma_deg: float
    size_sigma_rel: float
    held: tuple[str, ...]
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
    sigma_m: float | None = None,
) -> tuple[Alignment, list[ControlPoint]]:
    """The area's largest group laid onto a LAS, LAZ or COPC file, a GeoTIFF of heights, or outlines
    of buildings, and the points that will hold it there. sigma_m: how far the reference may be off.
    EmptyAreaError where nothing is placed, InputError where there is no one answer."""
    photos, poses = _group(folder, area)
    site = main_site(poses.values())
    assert site is not None
    points = folder.points(area)
    cloud = points.cloud
    own = np.isin(cloud.photo_id, list(poses))
    agreed = own & (cloud.support >= _SUPPORT)
    chosen = agreed if agreed.sum() >= own.sum() / 10 else own
    xyz_enu = enu_from_projected(cloud.xyz[chosen], site, points.epsg)
    known, heights = _reference(xyz_enu, site, reference, epsg, (vertical, sigma_m))
    doubt = _doubt(list(poses.values()))
    centres = {i: p.about(site).enu_from_cam.translation_m for i, p in poses.items()}
    bend_m = bends_m(cloud.select(chosen), xyz_enu, centres)
    laid = laid_onto(xyz_enu, known, doubt, bend_m)
    held = _held(laid, doubt)
    if not laid.reason and not held:
        laid = replace(laid, reason="it says no more of it than the photos do")
    if laid.reason:
        raise InputError(f"says nothing of where the map is: {laid.reason}", path=reference)
    rng = np.random.default_rng(0)
    some = xyz_enu[rng.permutation(len(xyz_enu))[:_CHOSEN_FROM]]
    control = _control(some, laid, site, photos, poses, reference)
    if len(control) < 3:
        raise InputError("too few points of the map are shown by several photos", path=reference)
    sigma = np.sqrt(np.diag(laid.covariance))
    return (
        Alignment(
            reference=reference,
            kind=known.kind,
            shift_m=_three(laid.place.shift_m),
            turn_deg=laid.place.turn_deg,
            size=laid.place.size,
            sigma_m=_three(sigma[3:6]),
            turn_sigma_deg=math.degrees(float(sigma[2])),
            size_sigma_rel=float(sigma[6]),
            held=held,
            agreeing=laid.agreeing,
            residual_m=laid.residual_m,
            points=len(control),
            heights=heights,
        ),
        control,
    )


def _held(laid: Laid, doubt: Doubt) -> tuple[str, ...]:
    """What the reference says at least twice as well as the map did."""
    before = 1.0 / np.sqrt(np.diag(doubt.information))
    after = np.sqrt(np.diag(laid.covariance))
    plan = float(np.linalg.eigvalsh(laid.covariance[3:5, 3:5])[-1]) ** 0.5
    told = {
        "place": plan < before[3] / 2,
        "height": after[5] < before[5] / 2,
        "turn": after[2] < before[2] / 2,
        "size": after[6] < before[6] / 2,
    }
    if not told["place"]:
        told["place one way"] = float(np.linalg.eigvalsh(laid.covariance[3:5, 3:5])[0]) ** 0.5 < (
            before[3] / 2
        )
    return tuple(name for name, is_held in told.items() if is_held)


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
    xyz_enu: Array,
    site: Site,
    path: Path,
    epsg: int | None,
    told: tuple[Vertical | None, float | None],
) -> tuple[Reference, Vertical]:
    """What is known about the map in the site's ENU, and what its heights are above. told: that,
    and the reference's sigma, where the user says them."""
    box = BoxAround(
        low_enu=xyz_enu.min(axis=0),
        high_enu=xyz_enu.max(axis=0),
        site=site,
        margin_m=_MARGIN_M,
    )
    survey = survey_around(path, box, epsg=epsg)
    if not len(survey.xyz):
        raise InputError("has nothing where the map is", path=path)
    (vertical, sigma_m), kind = told, survey.kind
    heights = vertical or survey.vertical or "ellipsoid"
    xyz = survey.xyz.copy()
    if heights != "ellipsoid":
        lat_deg, lon_deg, _ = geodetic_from_projected(xyz * (1.0, 1.0, 0.0), survey.epsg)
        xyz[:, 2] += undulation_m(lat_deg, lon_deg, heights)
    found = enu_from_projected(xyz, site, survey.epsg)
    if kind == SurveyKind.OUTLINES:
        found = _walls(found)
    if sigma_m is None:
        sigma_m = {
            SurveyKind.POINTS: _LIDAR_M,
            SurveyKind.HEIGHTS: max(_LIDAR_M, _OF_CELL * survey.cell_m),
            SurveyKind.OUTLINES: _CADASTRE_M,
        }[kind]
    # A raster's walls stand somewhere between two of its cells.
    plan_m = math.hypot(sigma_m, survey.cell_m / math.sqrt(12.0))
    up_m = math.hypot(sigma_m, undulation_sigma_m(heights))
    return Reference(kind=kind, xyz=found, sigma_m=(plan_m, up_m)), heights


def _walls(ends: Array) -> Array:
    """Points up walls whose feet begin and end at (N, 3), two after two."""
    feet = [
        begin + np.linspace(0.0, 1.0, max(int(length / _WALL_STEP_M) + 1, 2))[:, None] * way
        for begin, way, length in zip(
            ends[::2], ends[1::2] - ends[::2],
            np.linalg.norm(ends[1::2] - ends[::2], axis=1).tolist(), strict=True,
        )
        if length > 0
    ]  # fmt: skip
    if not feet:
        return np.zeros((0, 3))
    foot = np.concatenate(feet)
    up = _WALL_STEP_M * np.arange(_WALL_ROWS)
    return np.column_stack((np.repeat(foot[:, :2], len(up), axis=0), np.tile(up, len(foot))))


def _control(
    xyz_enu: Array,
    laid: Laid,
    site: Site,
    photos: Mapping[int, IngestedPhoto],
    poses: Mapping[int, PlacedPose],
    reference: Path,
) -> list[ControlPoint]:
    """Points of the map as far from one another as they are, each where the photos that have it in
    view show it now, and where the reference has it."""
    cameras = {i: poses[i].solved_camera(photos[i].camera) for i in poses}
    frames = {i: poses[i].about(site).enu_from_cam for i in poses}
    seen: list[dict[int, tuple[float, float]]] = [{} for _ in xyz_enu]
    for i, frame in frames.items():
        local = frame.inverse().apply(xyz_enu)
        uv = cameras[i].project(local)
        inside = (local[:, 2] > 1.0) & cameras[i].in_picture(uv)
        for n in np.flatnonzero(inside).tolist():
            seen[n][i] = (float(uv[n, 0]), float(uv[n, 1]))
    wide = [n for n, by in enumerate(seen) if len(by) > 1 and _is_wide(xyz_enu[n], by, frames)]
    chosen = _spread_out(xyz_enu, wide)
    if not chosen:
        return []
    # They share one error: who takes them for independent is to know no more by all of them.
    covariances = len(chosen) * laid.covariance_at(xyz_enu[chosen])
    found = []
    for number, (n, place, covariance) in enumerate(
        zip(chosen, laid.place.apply(xyz_enu[chosen]), covariances, strict=True), start=1
    ):
        lat, lon, height = map(float, site.geodetic_from_enu(place))
        (xx, xy, xz), (_, yy, yz), (_, _, zz) = covariance.tolist()
        found.append(
            ControlPoint(
                name=f"{reference.name} {number}",
                lat_deg=lat,
                lon_deg=lon,
                height_m=height,
                horizontal_sigma_m=math.sqrt(float(np.linalg.eigvalsh(covariance[:2, :2])[-1])),
                vertical_sigma_m=math.sqrt(zz),
                covariance_m2=(xx, xy, xz, yy, yz, zz),
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
