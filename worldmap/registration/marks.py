"""Marks of surveyed points, and the same places as the photos' own pixels have them.

Who clicks on a point is off by a pixel, each time anew, and rays that meet under small angles make
decimetres of that. The pixels about a click say to a tenth where other photos show that very place.
It is not quite the point that was meant; but it lies beside it on the same surface. So a point with
marks gets a place beside it, seen where pictures have it, and each click still tells of the point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.shown import PlacedPicture, Surfaces

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# 99.9 % of a chi-squared variable with two degrees of freedom: further off is of another place.
_SAME_CHI2: Final = 13.8
# Of the photos that see a point with the smallest pixels: one of so many was clicked rightly.
_TRIED: Final = 3
# In pixels: clicks lie anywhere so near the point, and over one of these a surface leaves its
# plane by less than half (27°).
_ANYWHERE_PX: Final = 30.0
_UNEVEN_PX: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Marks:
    """M marks: photo (M,) and point (M,) by number, uv_px (M, 2) and its covariance_px2 (M, 2, 2).
    Points are numbered from the J surveyed ones on to the K places beside some of them: beside (K,)
    says which, and apart_m2 (K, 3, 3) is the covariance of where, in the axes and metres of the
    photos' poses."""

    photo: Ints
    point: Ints
    uv_px: Array
    covariance_px2: Array
    surveyed: int
    beside: Ints
    apart_m2: Array

    @classmethod
    def clicked(cls, photo: Ints, point: Ints, uv_px: Array, sigma_px: Array, points: int) -> Marks:
        """Of so many points, as somebody clicked them, with sigmas (M,)."""
        return cls(
            photo=photo,
            point=point,
            uv_px=uv_px,
            covariance_px2=sigma_px[:, None, None] ** 2 * np.eye(2),
            surveyed=points,
            beside=np.zeros(0, dtype=np.intp),
            apart_m2=np.zeros((0, 3, 3)),
        )

    @property
    def points(self) -> int:
        """How many there are, places beside them included."""
        return self.surveyed + len(self.beside)

    def of(self, point: int, *, beside: bool) -> Marks:
        """Those of one surveyed point alone, with or without the place beside it."""
        place = np.flatnonzero(self.beside == point)[: int(beside)]
        rows = np.flatnonzero((self.point == point) | np.isin(self.point, self.surveyed + place))
        return Marks(
            photo=self.photo[rows],
            point=(self.point[rows] >= self.surveyed).astype(np.intp),
            uv_px=self.uv_px[rows],
            covariance_px2=self.covariance_px2[rows],
            surveyed=1,
            beside=np.zeros(len(place), dtype=np.intp),
            apart_m2=self.apart_m2[place],
        )

    def keeping(self, beside: NDArray[np.bool_]) -> Marks:
        """With these of the places (K,) only."""
        number = np.concatenate((np.arange(self.surveyed), self.surveyed + np.cumsum(beside) - 1))
        rows = np.concatenate((np.ones(self.surveyed, dtype=np.bool_), beside))[self.point]
        return Marks(
            photo=self.photo[rows],
            point=number[self.point[rows]],
            uv_px=self.uv_px[rows],
            covariance_px2=self.covariance_px2[rows],
            surveyed=self.surveyed,
            beside=self.beside[beside],
            apart_m2=self.apart_m2[beside],
        )

    @property
    def whitener(self) -> Array:
        """(M, 2, 2) that makes offsets in pixels independent ones in sigmas."""
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.covariance_px2)))


def with_places(marks: Marks, shown: Callable[[int], PlacedPicture | None]) -> Marks:
    """The clicks, and a place beside each point where two pictures or more agree on one. shown: a
    photo, by number, roughly in place; None where there is no picture."""
    found = []
    for point in range(marks.surveyed):
        rows = np.flatnonzero(marks.point == point)
        place = _place(marks, rows, shown) if len(rows) > 1 else None
        if place is not None:
            found.append((point, place))
    if not found:
        return marks
    numbers = [np.full(len(p.photo), marks.surveyed + k) for k, (_, p) in enumerate(found)]
    return Marks(
        photo=np.concatenate((marks.photo, *(p.photo for _, p in found))),
        point=np.concatenate((marks.point, *numbers)),
        uv_px=np.concatenate((marks.uv_px, *(p.uv_px for _, p in found))),
        covariance_px2=np.concatenate(
            (marks.covariance_px2, *(p.covariance_px2 for _, p in found))
        ),
        surveyed=marks.surveyed,
        beside=np.array([point for point, _ in found], dtype=np.intp),
        apart_m2=np.array([p.apart_m2 for _, p in found]),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Place:
    """Where photos (N,) show a place: uv_px (N, 2) with covariance_px2 (N, 2, 2); apart_m2 (3, 3)
    see `Marks`."""

    photo: Ints
    uv_px: Array
    covariance_px2: Array
    apart_m2: Array


def _place(marks: Marks, rows: Ints, shown: Callable[[int], PlacedPicture | None]) -> _Place | None:
    """Beside one point, at the click of a photo which sees it best, that most others show."""
    pictures = {
        int(row): picture for row in rows if (picture := shown(int(marks.photo[row]))) is not None
    }
    surfaces = {row: picture.planes_at(marks.uv_px[[row]]) for row, picture in pictures.items()}
    pixel_m = {row: _pixel_m(each) for row, each in surfaces.items()}
    known = sorted((each, row) for row, each in pixel_m.items() if np.isfinite(each))
    best: _Place | None = None
    for _, row in known[:_TRIED]:
        found = _at_click(marks, row, surfaces)
        if found is not None and (best is None or len(found.photo) > len(best.photo)):
            best = found
    return best


def _pixel_m(surfaces: Surfaces) -> float:
    """How large a pixel of the photo is at the first of its surfaces."""
    picture = surfaces.picture
    depth_m = float(surfaces.xyz_cam[0, 2]) * picture.enu_from_cam.scale
    return depth_m / picture.full_camera.fx_px


def _at_click(marks: Marks, row: int, by_row: Mapping[int, Surfaces]) -> _Place | None:
    """The place where one photo was clicked; None where no other photo shows it."""
    surfaces = by_row[row]
    one, uv_px = surfaces.picture, surfaces.uv_px
    photo, seen_px, known_px2 = [marks.photo[row]], [uv_px[0]], [one.floor_px2]
    for each, there in by_row.items():
        if each == row:
            continue
        found = _shown_there(surfaces, there.picture, marks.uv_px[[each]])
        if found is None:
            continue
        apart = found.covariance_px2 + marks.covariance_px2[each]
        apart = apart + found.affine @ marks.covariance_px2[row] @ found.affine.T
        if _alike(marks.uv_px[each] - found.uv_px, apart):
            photo.append(marks.photo[each])
            seen_px.append(found.uv_px)
            known_px2.append(found.covariance_px2)
    if len(photo) < 2:
        return None
    along = one.enu_from_cam.scale * one.enu_from_cam.rotation @ surfaces.along()[0]
    apart_m2 = _ANYWHERE_PX**2 * along @ along.T + (_UNEVEN_PX * _pixel_m(surfaces)) ** 2 * np.eye(
        3
    )
    return _Place(
        photo=np.array(photo, dtype=np.intp),
        uv_px=np.array(seen_px),
        covariance_px2=np.array(known_px2),
        apart_m2=apart_m2,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Shown:
    """Where a photo shows a place of another, uv_px (2,) and covariance_px2 (2, 2), and affine
    (2, 2), how pixels of the other lie there."""

    uv_px: Array
    covariance_px2: Array
    affine: Array


def _shown_there(surfaces: Surfaces, other: PlacedPicture, near_px: Array) -> _Shown | None:
    """A piece of surface in another photo, read three times: laid there, back, and by a smaller
    piece; None where these are not of one place."""
    seen = surfaces.seen_in(other, near_px)
    own, affine = seen.covariance_px2[0], seen.other_from_one[0]
    if not np.isfinite(own).all():
        return None
    back = other.planes_at(seen.uv_px).seen_in(surfaces.picture, surfaces.uv_px)
    smaller = surfaces.seen_in(other, seen.uv_px, narrow=True)
    returned_px = affine @ (back.uv_px[0] - surfaces.uv_px[0])
    shifted_px = smaller.uv_px[0] - seen.uv_px[0]
    if not (
        _alike(returned_px, own + affine @ back.covariance_px2[0] @ affine.T)
        and _alike(shifted_px, own + smaller.covariance_px2[0])
    ):
        return None
    # At edges and on reliefs a patch slips, by another way each time: of two readings each is off
    # by half of their distance squared, shared between two directions.
    slipped = float(returned_px @ returned_px + shifted_px @ shifted_px) / 4.0
    return _Shown(
        uv_px=seen.uv_px[0] - returned_px / 2.0,
        covariance_px2=own + slipped * np.eye(2),
        affine=affine,
    )


def _alike(off_px: Array, covariance_px2: Array) -> bool:
    """Whether two places are one, for all that their distance (2,) says."""
    known = np.isfinite(covariance_px2).all()
    return bool(known and off_px @ np.linalg.solve(covariance_px2, off_px) < _SAME_CHI2)
