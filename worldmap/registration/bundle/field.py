"""What all of a picture is off by, from parts of it: errors of log depth as a random field.

Exponential correlation: depth that a network gives is off in patches large and small. How large
the field is and how far it reaches is the likeliest over many photos with their means marginal
(restricted maximum likelihood, Patterson & Thompson 1971); the mean over a picture is what its
parts say of it best (block kriging with an unknown mean, Matheron 1963).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# In corners of a photo: patches from less than a cell to all of the picture. Errors of log depth,
# from as good as none to a fifth.
_REACHES: Final = np.geomspace(0.15, 1.5, 6)
_SIZES: Final = np.geomspace(1e-3, 0.2, 28)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sampled:
    """Of one photo: places (K, 2) where its error is known, in corners from the middle, the error
    (K,) and its variance (K,) there; and places (C, 2) over the picture that its mean is over, with
    their shares (C,)."""

    place: Array
    error: Array
    variance: Array
    over: Array
    share: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorField:
    """Standard deviation of the error about a photo's own mean, and the distance in corners over
    which its correlation falls to 1/e."""

    sigma: float
    reach: float

    @classmethod
    def of(cls, photos: Sequence[Sampled]) -> ErrorField:
        """The likeliest of these photos."""
        likely = np.zeros((len(_REACHES), len(_SIZES)))
        for photo in photos:
            root = 1.0 / np.sqrt(photo.variance)
            apart = _apart(photo.place, photo.place)
            for row, reach in enumerate(_REACHES):
                alike = np.exp(-apart / reach)
                value, vector = np.linalg.eigh(root[:, None] * alike * root)
                inside = 1.0 / (1.0 + _SIZES[:, None] ** 2 * np.maximum(value, 0.0))
                one, error = vector.T @ root, vector.T @ (root * photo.error)
                ones, across, squares = inside @ one**2, inside @ (one * error), inside @ error**2
                likely[row] += np.log(inside).sum(axis=1) - np.log(ones)
                likely[row] -= squares - across**2 / ones
        best = np.unravel_index(np.argmax(likely), likely.shape)
        return cls(sigma=float(_SIZES[best[1]]), reach=float(_REACHES[best[0]]))

    def mean_over(self, photo: Sampled) -> tuple[float, float]:
        """What the error is over a picture, and its variance."""
        inverse = np.linalg.inv(self._alike(photo.place, photo.place) + np.diag(photo.variance))
        inverse = (inverse + inverse.T) / 2
        by_one = inverse.sum(axis=0)
        mean = float(by_one @ photo.error / by_one.sum())
        to_mean = self._alike(photo.place, photo.over) @ photo.share
        weight = inverse @ to_mean
        own = float(photo.share @ self._alike(photo.over, photo.over) @ photo.share)
        left = 1.0 - float(weight.sum())
        variance = own - float(weight @ to_mean) + left**2 / float(by_one.sum())
        return mean + float(weight @ (photo.error - mean)), max(variance, 0.0)

    def _alike(self, a: Array, b: Array) -> Array:
        return np.asarray(self.sigma**2 * np.exp(-_apart(a, b) / self.reach))


def _apart(a: Array, b: Array) -> Array:
    return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=2))
