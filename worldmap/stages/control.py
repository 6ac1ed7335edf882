"""Surveyed points for a merge: which photos show them, and whether they have changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.catalog import Catalog
from worldmap.geodesy import ecef_from_geodetic
from worldmap.mapfolder.photo_names import matching, names_of
from worldmap.records import ControlPoint, ControlRole, IngestedPhoto, Run
from worldmap.registration.controlled import Control, SurveyedPoint
from worldmap.survey.plausible import Seen


def control_for(points: Sequence[ControlPoint], photos: Iterable[IngestedPhoto]) -> Control | None:
    """The points that can be meant, with their marks in these photos; None without any."""
    usable = [p for p in points if p.role != ControlRole.REMOVED and not p.problem]
    marks: dict[int, list[tuple[int, float, float, float]]] = defaultdict(list)
    by_name = names_of(photos)
    for index, point in enumerate(usable):
        for mark in point.marks:
            for photo_id in matching(mark.image, by_name):
                marks[photo_id].append((index, mark.u_px, mark.v_px, mark.sigma_px))
    if not marks:
        return None
    return Control(
        points=[
            SurveyedPoint(
                name=p.name,
                xyz_ecef=ecef_from_geodetic(p.lat_deg, p.lon_deg, p.height_m),
                lat_deg=p.lat_deg,
                lon_deg=p.lon_deg,
                horizontal_sigma_m=p.horizontal_sigma_m,
                vertical_sigma_m=p.vertical_sigma_m,
                role=p.role,
                covariance_m2=_matrix(p.covariance_m2),
            )
            for p in usable
        ],
        marks=marks,
    )


def _matrix(told: Sequence[float] | None) -> NDArray[np.float64] | None:
    if told is None:
        return None
    xx, xy, xz, yy, yz, zz = told
    return np.array(((xx, xy, xz), (xy, yy, yz), (xz, yz, zz)))


def has_changed_since(points: Iterable[ControlPoint], runs: Iterable[Run]) -> bool:
    """Whether a point was told, changed or taken back after one of these solutions was begun: then
    the map does not lie where the points have it."""
    changed = [p.changed_at for p in points if p.changed_at is not None]
    started = [run.started_at for run in runs]
    return bool(changed and started) and max(changed) >= min(started)


def where_seen(
    points: Sequence[ControlPoint], photos: Sequence[IngestedPhoto]
) -> tuple[dict[str, Seen], list[str]]:
    """By a point's name where the photos that show it are by their tags, and the names of images
    that no photo of the map bears."""
    by_name, by_id = names_of(photos), {p.photo_id: p for p in photos}
    found, missing = {}, []
    for point in points:
        priors = []
        for mark in point.marks:
            ids = matching(mark.image, by_name)
            if not ids:
                missing.append(mark.image)
            priors += [by_id[i].prior for i in ids if by_id[i].prior.has_position]
        if not priors:
            continue
        place = np.array([(p.lat_deg, p.lon_deg, p.height_m) for p in priors], dtype=np.float64)
        lat_deg, lon_deg, height_m = np.median(place, axis=0).tolist()
        found[point.name] = Seen(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            height_m=height_m,
            horizontal_sigma_m=float(np.median([p.horizontal_sigma_m for p in priors])),
            vertical_sigma_m=float(np.median([p.vertical_sigma_m for p in priors])),
        )
    return found, list(dict.fromkeys(missing))


def stored(catalog: Catalog) -> list[ControlPoint]:
    """The points of a map that were not taken back."""
    return [p for p in catalog.control_points() if p.role != ControlRole.REMOVED]
