"""How far off the axis a fisheye's picture shows anything: beyond its circle it is black."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.fisheye import FisheyeLens

_RING_RAD: Final = float(np.deg2rad(1.0))
# Black behind a circle is black but for what JPEG rings from its edge; of any scene, at night too,
# a hundredth of a ring is lighter.
_BLACK: Final = 20
_LIGHTEST_PERCENT: Final = 99.0
_SMALL_PX: Final = 1024


def lit_rad(rgb: NDArray[np.uint8], lens: FisheyeLens) -> float:
    """The angle off the axis from which on the picture (H, W, 3) is black all around; where it is
    nowhere, the largest that it shows. lens: of that picture."""
    step = max(1, max(rgb.shape[:2]) // _SMALL_PX)
    small = rgb[::step, ::step]
    rows, columns = np.indices(small.shape[:2])
    theta = lens.theta_rad(step * np.stack((columns, rows), axis=-1) + 0.5)
    known = np.isfinite(theta)
    ring = (theta[known] / _RING_RAD).astype(int)
    lightest = small.max(axis=2)[known]
    last = int(ring.max(initial=0))
    for number in range(last, -1, -1):
        of_ring = lightest[ring == number]
        if len(of_ring) and np.percentile(of_ring, _LIGHTEST_PERCENT) > _BLACK:
            # The circle ends within its last ring.
            return float(theta[known].max()) if number == last else number * _RING_RAD
    return 0.0
