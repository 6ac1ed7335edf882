"""Surveyed points."""

from __future__ import annotations

import json
import math

from worldmap.catalog.models import ControlPointRow
from worldmap.catalog.rows.runs import now
from worldmap.records import ControlMark, ControlPoint, ControlResult, ControlRole


def control_row(point: ControlPoint) -> ControlPointRow:
    """Row of a point as it was told, not merged yet."""
    return ControlPointRow(
        name=point.name,
        lat_deg=point.lat_deg,
        lon_deg=point.lon_deg,
        height_m=point.height_m,
        horizontal_sigma_m=point.horizontal_sigma_m,
        vertical_sigma_m=point.vertical_sigma_m,
        role=point.role,
        source=point.source,
        raw=point.raw,
        problem=point.problem,
        covariance=None if point.covariance_m2 is None else json.dumps(point.covariance_m2),
        marks=json.dumps([[m.image, m.u_px, m.v_px, m.sigma_px] for m in point.marks]),
        changed_at=now(),
        photos=0,
        east_m=math.nan,
        north_m=math.nan,
        up_m=math.nan,
        rms_px=math.nan,
        used=None,
        remark="",
    )


def set_control_result(row: ControlPointRow, result: ControlResult) -> None:
    """Put into a row how a merge agrees with it."""
    row.photos, row.used, row.remark = result.photos, result.used, result.remark
    row.east_m, row.north_m, row.up_m = result.east_m, result.north_m, result.up_m
    row.rms_px = result.rms_px


def control_of(row: ControlPointRow) -> ControlPoint:
    """The point. ValueError where its marks are none."""
    result = None
    if row.used is not None:
        result = ControlResult(
            photos=row.photos,
            east_m=row.east_m,
            north_m=row.north_m,
            up_m=row.up_m,
            rms_px=row.rms_px,
            used=row.used,
            remark=row.remark,
        )
    return ControlPoint(
        name=row.name,
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        height_m=row.height_m,
        horizontal_sigma_m=row.horizontal_sigma_m,
        vertical_sigma_m=row.vertical_sigma_m,
        role=ControlRole(row.role),
        source=row.source,
        raw=row.raw,
        problem=row.problem,
        marks=tuple(_mark(told) for told in json.loads(row.marks)),
        result=result,
        changed_at=row.changed_at,
        covariance_m2=None if row.covariance is None else _covariance(json.loads(row.covariance)),
    )


def _mark(told: object) -> ControlMark:
    if not isinstance(told, list) or len(told) != 4 or not isinstance(told[0], str):
        raise ValueError("a mark of a control point that is none")
    u_px, v_px, sigma_px = (float(number) for number in told[1:])
    if not (math.isfinite(u_px) and math.isfinite(v_px) and 0 < sigma_px < math.inf):
        raise ValueError("a mark of a control point that is nowhere")
    return ControlMark(image=told[0], u_px=u_px, v_px=v_px, sigma_px=sigma_px)


def _covariance(told: object) -> tuple[float, float, float, float, float, float]:
    if not isinstance(told, list) or len(told) != 6:
        raise ValueError("a covariance of a control point that is none")
    xx, xy, xz, yy, yz, zz = (float(number) for number in told)
    if not all(map(math.isfinite, (xx, xy, xz, yy, yz, zz))) or min(xx, yy, zz) <= 0:
        raise ValueError("a covariance of a control point that is none")
    return xx, xy, xz, yy, yz, zz
