"""Pairs of photos."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from worldmap.catalog.models import (
    PairRow,
)
from worldmap.frames import Frame, Similarity, cam
from worldmap.records import (
    PairRegistration,
)


def pair_row(pair: PairRegistration, settings_hash: str) -> PairRow:
    """Row of a verdict. ValueError where a_from_b does not map between camera frames."""
    found = pair.a_from_b
    if found is not None:
        _require_kind(found.to, "cam")
        _require_kind(found.source, "cam")
    return PairRow(
        photo_a=pair.photo_a,
        photo_b=pair.photo_b,
        settings_hash=settings_hash,
        own_reason=pair.own_reason,
        area_reason=pair.area_reason,
        method=pair.method,
        matches=pair.matches,
        inliers=pair.inliers,
        rmse_px=pair.rmse_px,
        overlap=pair.overlap,
        in_front=pair.in_front,
        seconds=pair.seconds,
        frame_a=found.to.of if found else None,
        frame_b=found.source.of if found else None,
        a_from_b_scale=found.scale if found else None,
        a_from_b_rotation=found.rotation if found else None,
        a_from_b_translation_m=found.translation_m if found else None,
        covariance=pair.covariance,
        inlier_index=pair.inlier_index,
    )


def _require_kind(frame: Frame, kind: str) -> None:
    if frame.kind != kind:
        raise ValueError(f"expected a {kind} frame, got {frame}")


def _shaped(array: NDArray[Any], *shape: int) -> NDArray[Any]:
    """The array of a row; ValueError where somebody gave it another shape."""
    if array.shape != shape:
        raise ValueError(f"an array of {array.shape} where {shape} should be")
    return array


def pair_of(row: PairRow) -> PairRegistration:
    """A verdict with its evidence."""
    a_from_b = None
    if row.a_from_b_scale is not None:
        assert row.a_from_b_rotation is not None
        assert row.a_from_b_translation_m is not None
        a_from_b = Similarity(
            to=cam(row.frame_a or ""),
            source=cam(row.frame_b or ""),
            rotation=row.a_from_b_rotation,
            translation_m=row.a_from_b_translation_m,
            scale=row.a_from_b_scale,
        )
    return PairRegistration(
        photo_a=row.photo_a,
        photo_b=row.photo_b,
        own_reason=row.own_reason,
        area_reason=row.area_reason,
        method=row.method,
        matches=row.matches,
        inliers=row.inliers,
        rmse_px=row.rmse_px,
        overlap=row.overlap,
        in_front=row.in_front,
        a_from_b=a_from_b,
        covariance=None if row.covariance is None else _shaped(row.covariance, 7, 7),
        inlier_index=_shaped(row.inlier_index, len(row.inlier_index), 2),
        seconds=row.seconds,
    )
