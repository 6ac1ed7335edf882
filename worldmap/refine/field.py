"""A photo's depth map against true depths at some of its pixels: one smooth field of corrections.

The field is of log depth: products of Legendre polynomials over the image up to the fourth order,
and two terms by range, of which one is a shift in inverse depth. How large the corrections may be
is not known before: they are solved for several amplitudes, each of which counts as much as the
true depths make it likely (model averaging; Bishop, Pattern Recognition and Machine Learning, 2006,
3.4 and 3.5.1), with Student's weights against depths that are wrong. Without any, or with few, the
field stays near zero and says how little it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ORDER: Final = 4
# Amplitudes of a network's smooth error, relative; the first is that of a depth map which is right.
_AMPLITUDES: Final = (0.001, 0.003, 0.01, 0.03, 0.09)
_FREEDOM: Final = 4.0
_ROUNDS: Final = 6
# Terms by range, the last ones; and of the true depths, in per cent, those at both ends that may be
# of other things.
_BY_RANGE: Final = 2
_REACH: Final = (5.0, 95.0)
# How far a range term goes on beyond the median depth.
_MOST_RANGE: Final = 4.0
# Scatter of depths about the field before there are enough to tell it, and how many that is worth.
_GUESSED_REL, _GUESSES = 0.01, 4.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DepthField:
    """log(true depth / depth) over an image: `weights` of the terms, their covariance, and
    left_rel, the standard deviation of what no smooth field tells. reach_m: the depths between
    which the true ones lie."""

    aspect: tuple[float, float]
    middle_m: float
    reach_m: tuple[float, float]
    weights: Array
    covariance: Array
    left_rel: float

    def at(self, uv_rel: Array, depth_m: Array) -> tuple[Array, Array]:
        """Correction and its sigma (N,) of pixels (N, 2), as shares of width and height, with these
        depths; sigma is that of the field alone."""
        inside_m = np.clip(depth_m, *self.reach_m)
        terms = _terms(uv_rel, inside_m, self.aspect, self.middle_m)
        variance = np.einsum("ni,ij,nj->n", terms, self.covariance, terms)
        # Nearer and farther than the true depths lie, whether a trend goes on is not known.
        beyond = _terms(uv_rel, depth_m, self.aspect, self.middle_m)[:, -_BY_RANGE:]
        open_ = _dot(beyond - terms[:, -_BY_RANGE:], self.weights[-_BY_RANGE:])
        return _dot(terms, self.weights), np.sqrt(variance + open_**2)


def fit_field(
    uv_rel: Array, depth_m: Array, true_m: Array, sigma_rel: Array, aspect: tuple[float, float]
) -> DepthField:
    """From pixels (N, 2) as shares of width and height, with depths (N,), the true ones and these's
    relative sigmas. aspect: width and height over the longer of them."""
    middle_m = float(np.median(depth_m)) if len(depth_m) else 1.0
    low_m, high_m = np.percentile(depth_m, _REACH) if len(depth_m) else (0.0, np.inf)
    terms = _terms(uv_rel, depth_m, aspect, middle_m)
    off = np.log(true_m) - np.log(depth_m)
    fits = [_fit(terms, off, sigma_rel, amplitude) for amplitude in _AMPLITUDES]
    likely = np.array([fit.log_evidence for fit in fits])
    share = np.exp(likely - likely.max())
    share /= share.sum()
    weights = np.einsum("k,ki->i", share, [fit.weights for fit in fits])
    covariance = np.zeros((len(weights),) * 2)
    for part, fit in zip(share, fits, strict=True):
        apart = fit.weights - weights
        covariance += part * (fit.covariance + np.outer(apart, apart))
    return DepthField(
        aspect=aspect,
        middle_m=middle_m,
        reach_m=(float(low_m), float(high_m)),
        weights=weights,
        covariance=covariance,
        left_rel=float(np.sqrt(np.dot(share, [fit.left_rel**2 for fit in fits]))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    weights: Array
    covariance: Array
    left_rel: float
    log_evidence: float


def _fit(terms: Array, off: Array, sigma_rel: Array, amplitude: float) -> _Fit:
    prior = amplitude * _prior()
    weights: Array = np.zeros(terms.shape[1])
    left = _GUESSED_REL
    precision = np.diag(prior**-2)
    robust = np.ones(len(off))
    for _ in range(_ROUNDS):
        residual = off - _dot(terms, weights)
        variance = sigma_rel**2 + left**2
        robust = (1 + 1 / _FREEDOM) / (1 + residual**2 / variance / _FREEDOM)
        # Expectation and maximisation of what is left, with a few guesses' worth of prior.
        share = left**2 / variance
        extra = share**2 * robust * residual**2 + share * sigma_rel**2
        left = float(np.sqrt((extra.sum() + _GUESSES * _GUESSED_REL**2) / (len(off) + _GUESSES)))
        weight = robust / (sigma_rel**2 + left**2)
        precision = np.diag(prior**-2) + np.einsum("n,ni,nj->ij", weight, terms, terms)
        pull = np.einsum("n,ni->i", weight * off, terms)
        weights = np.asarray(np.linalg.solve(precision, pull))
    residual = off - _dot(terms, weights)
    variance = sigma_rel**2 + left**2
    chi2 = residual**2 / variance
    log_likelihood = -0.5 * ((_FREEDOM + 1) * np.log1p(chi2 / _FREEDOM) + np.log(variance)).sum()
    log_prior = -0.5 * ((weights / prior) ** 2).sum() - np.log(prior).sum()
    log_volume = -0.5 * np.linalg.slogdet(precision)[1]
    return _Fit(
        weights,
        np.asarray(np.linalg.inv(precision)),
        left,
        float(log_likelihood + log_prior + log_volume),
    )


def _dot(terms: Array, weights: Array) -> Array:
    # Without BLAS, whose sums depend on its threads.
    return np.asarray(np.einsum("ni,i->n", terms, weights))


def _orders() -> list[tuple[int, int]]:
    return [(i, n - i) for n in range(_ORDER + 1) for i in range(n, -1, -1)]


def _prior() -> Array:
    """Sigmas of the terms for amplitude 1: the finer, the smaller. The common scale, which is
    solved already, and the range are as free as a tilt."""
    return np.array([1.0 / max(i + j, 1) for i, j in _orders()] + [1.0, 0.5])


def _terms(uv_rel: Array, depth_m: Array, aspect: tuple[float, float], middle_m: float) -> Array:
    x, y = ((2 * uv_rel[:, k] - 1) * aspect[k] for k in (0, 1))
    in_x, in_y = legendre.legvander(x, _ORDER), legendre.legvander(y, _ORDER)
    range_rel = np.minimum(depth_m / middle_m, _MOST_RANGE)
    by_range = [np.log(range_rel), range_rel - 1]
    return np.stack([in_x[:, i] * in_y[:, j] for i, j in _orders()] + by_range, axis=1)
