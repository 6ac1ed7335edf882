"""What may be wrong with the cameras that the tags describe: of each sensor its focal length, where
its principal point lies and how its lens bends, and of each photo a focal length of its own.

Lengths on the sensor are in units of the tag's focal length, so that a crop about the middle, a
photo reduced in size and one with digital zoom have the same numbers; bending is told by how much
each radial term moves the corner of the image, as a share of its distance from the middle. Axes are
the sensor's: a photo that was turned upright turns them along.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, Lens
from worldmap.records import CameraCalibration
from worldmap.registration.lens import LENS, lens_change
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Principal points of cameras in use lie within some per cent of the middle: 7 of 1,536 px for an
# SLR, more where a lens moves against shake. One standard deviation, as a share of the longer side.
_CENTRE_REL = 0.01
# Lenses of phones and SLRs that are not corrected in the camera bend their corners by some per
# cent; what is left of a lens that its file describes is a tenth of that.
_RADIAL_REL = (0.02, 0.01)
_CORRECTED = 0.1

# From one day to the next: a lens moves with heat and shocks, by focus and stabilisation.
_DRIFT = np.array((0.001, 0.0005, 0.0005, 0.0005, 0.0005))

# Upright image axes from those that the file stores, by EXIF orientation.
_TURNS: Mapping[int, tuple[tuple[int, int], tuple[int, int]]] = {
    1: ((1, 0), (0, 1)),
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, -1), (1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, 1), (-1, 0)),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sensors:
    """N photos of S sensors. of (N,) which sensor took a photo; key (S,) names them; turn (N, 2, 2)
    upright from sensor axes; tag_distortion (5, N) Brown's; corner (N,) distance of the corner from
    the middle in focal lengths, of the sensor's largest field; mean (S, 5) and sigma (S, 5) what is
    taken of each before, widest (S, 5) the sigmas of what was known at first; known (S,) whether
    other photos told it; exact (S,) whether it is a computed view, whose lens is known; apart
    (N, 5) by how much a photo that stays differs from its sensor."""

    of: Ints
    key: tuple[str, ...]
    turn: Array
    tag_distortion: Array
    corner: Array
    mean: Array
    sigma: Array
    widest: Array
    known: NDArray[np.bool_]
    apart: Array
    exact: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many sensors there are."""
        return len(self.key)

    def row(self, photo: NDArray[np.intp], uv: Array) -> Array:
        """(M,) how far below the middle the sensor's rows lie that were read at uv (M, 2) in focal
        lengths, in distances of the corner from it."""
        along = self.turn[photo, 0, 1] * uv[:, 0] + self.turn[photo, 1, 1] * uv[:, 1]
        return np.asarray(along / self.corner[photo])

    @property
    def lens_by_numbers(self) -> Array:
        """(N, 5, 5) how a photo's lens in its own axes, radial terms Brown's, follows the numbers
        here."""
        found = np.zeros((len(self.of), LENS, LENS))
        found[:, 0, 0] = 1.0
        found[:, 1:3, 1:3] = self.turn
        found[:, 3, 3] = self.corner**-2.0
        found[:, 4, 4] = self.corner**-4.0
        return found

    def lenses(self, lens: Array, deviation: Array) -> Array:
        """(N, 5) of each photo, of the sensors' (S, 5) and the photos' deviations (N,)."""
        own = lens[self.of] + self.apart
        own[:, 0] += deviation
        return own


def sensors_of(views: Mapping[int, PhotoView], earlier: Mapping[str, CameraCalibration]) -> Sensors:
    """The photos' sensors; earlier: what other photos told of them, by key."""
    listed = list(views.values())
    keys = sorted({v.camera_key for v in listed})
    of = np.array([keys.index(v.camera_key) for v in listed], dtype=np.intp)
    corner = np.array(
        [np.hypot(v.camera.width_px, v.camera.height_px) / 2 / v.camera.fx_px for v in listed]
    )
    longer = np.array([max(v.camera.width_px, v.camera.height_px) / v.camera.fx_px for v in listed])
    mean, sigma = np.zeros((len(keys), LENS)), np.zeros((len(keys), LENS))
    for number, key in enumerate(keys):
        rows = np.flatnonzero(of == number)
        corner[rows] = corner[rows].max()
        described = any(not listed[k].camera.is_pinhole for k in rows)
        sigma[number] = (
            min(listed[k].focal_sigma_rel for k in rows),
            *(2 * (_CENTRE_REL * float(longer[rows].max()),)),
            *(np.array(_RADIAL_REL) * (_CORRECTED if described else 1.0)),
        )
        if key in earlier:
            mean[number] = earlier[key].lens
            sigma[number] = np.hypot(earlier[key].sigma, _DRIFT)
    return Sensors(
        of=of,
        key=tuple(keys),
        turn=np.array([_TURNS[v.orientation] for v in listed], dtype=np.float64),
        tag_distortion=np.array([v.camera.distortion for v in listed]).T,
        corner=corner,
        mean=mean,
        sigma=sigma,
        widest=sigma,
        exact=np.array(
            [all(listed[k].rig for k in np.flatnonzero(of == n)) for n in range(len(keys))],
            dtype=np.bool_,
        ),
        known=np.array([key in earlier for key in keys], dtype=np.bool_),
        apart=np.zeros((len(listed), LENS)),
    )


def lens_numbers(camera: Camera, lens: Lens, turn: Array, corner: float) -> Array:
    """(5,) of a lens beside the camera that the tags describe."""
    log_focal, *shift, k1, k2 = lens_change(camera, lens)
    return np.array((log_focal, *(turn.T @ shift), k1 * corner**2, k2 * corner**4))


def lens_told(view: PhotoView, told: CameraCalibration) -> Lens:
    """The lens of a photo by what others of its camera told."""
    corner = math.hypot(told.width_px, told.height_px) / 2 / told.tag_focal_px
    turn = np.array(_TURNS[view.orientation], dtype=np.float64)
    return lens_of(view.camera, told.lens, turn, corner)


def lens_of(camera: Camera, numbers: Array, turn: Array, corner: float) -> Lens:
    """The lens with these numbers (5,); undoes `lens_numbers`."""
    shift = turn @ numbers[1:3]
    return Lens(
        focal_px=float(camera.fx_px * np.exp(numbers[0])),
        cx_px=float(camera.cx_px + camera.fx_px * shift[0]),
        cy_px=float(camera.cy_px + camera.fy_px * shift[1]),
        k1=float(camera.distortion[0] + numbers[3] / corner**2),
        k2=float(camera.distortion[1] + numbers[4] / corner**4),
    )
