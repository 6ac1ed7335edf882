"""Photos whose focal length is not what their tags say: digital zoom, crops, another lens.

A feature covers as many pixels as its size times the focal length over its range. Photos that show
the same features so tell how their focal lengths compare, as well as their depth scales allow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldmap.records import PairRegistration
from worldmap.registration.calibrated import calibrated
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

# Beyond so many sigmas of the depth scale it is not that which is wrong.
_SIGMAS = 3.0
# Where one is, those that are off by so many sigmas are looked at, too.
_SUSPECT_SIGMAS = 1.5
_FEWEST = 12
# A corrected photo has to fit by so many times as many matches.
_BETTER = 1.3
# Sizes tell the focal length about as well as the depth scale is known; and a lens on top of that.
_LENS_SIGMA = 0.04


def focal_factors(
    views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
) -> dict[int, float]:
    """By photo id by how many times its focal length seems longer than told, where that is more
    than depth scales can be off; most photos are taken to be right. A photo all of whose pairs fit
    needs no other focal length for that: it is its depth scale that is off, or bundle adjustment
    finds what its lens is."""
    told = [p for p in pairs if len(p.inlier_index) >= _FEWEST and set(p.key) <= views.keys()]
    ratios: dict[tuple[int, int], tuple[float, float]] = {}
    for pair in told:
        a, b = views[pair.photo_a], views[pair.photo_b]
        i, j = pair.inlier_index.T
        plain = ~(a.features.on_plane[i] | b.features.on_plane[j])
        # Learned features have no size.
        plain &= (a.features.scale_px[i] > 0) & (b.features.scale_px[j] > 0)
        if np.count_nonzero(plain) < _FEWEST:
            continue
        sizes = [
            np.log(v.features.scale_px[k] * v.features.xyz_cam[k, 2] / v.camera.fx_px)
            for v, k in ((a, i[plain]), (b, j[plain]))
        ]
        ratio = float(np.nanmedian(sizes[1] - sizes[0]))
        if np.isfinite(ratio):
            ratios[pair.key] = ratio, float(np.sqrt(np.count_nonzero(plain)))
    found: dict[int, float] = {}
    for group in components(sorted({i for key in ratios for i in key}), told):
        found |= _of_group(views, group, ratios)
    refused = {i for pair in told if not pair.fits for i in pair.key}
    return {i: factor for i, factor in found.items() if i in refused}


def _of_group(
    views: Mapping[int, PhotoView],
    group: Sequence[int],
    ratios: Mapping[tuple[int, int], tuple[float, float]],
) -> dict[int, float]:
    """Least squares of the pairs' ratios, reweighted towards the least absolute ones."""
    place = {i: n for n, i in enumerate(group)}
    own = [(place[a], place[b], *r) for (a, b), r in ratios.items() if a in place and b in place]
    if len(group) < 3 or not own:
        return {}
    rows = np.arange(len(own))
    matrix = np.zeros((len(own) + 1, len(group)))
    matrix[rows, [k[0] for k in own]], matrix[rows, [k[1] for k in own]] = -1.0, 1.0
    matrix[-1] = 1.0
    target = np.array([*(k[2] for k in own), 0.0])
    weight = np.array([*(k[3] for k in own), 1.0])
    log = np.zeros(len(group))
    for _ in range(10):
        off = np.abs(matrix @ log - target)
        scaled = np.sqrt(weight / np.maximum(off, 0.02))
        log = np.linalg.lstsq(scaled[:, None] * matrix, scaled * target, rcond=None)[0]
    sigma = np.array([views[i].scale_sigma_rel for i in group])
    # Most are right: about the value that most are near.
    apart = np.abs(log - log[:, None]) / sigma
    log -= np.median(log[apart[np.argmin(np.minimum(apart, 2.0).sum(axis=1))] < 2.0])
    if not (np.abs(log) > _SIGMAS * sigma).any():
        return {}
    far = np.flatnonzero(np.abs(log) > _SUSPECT_SIGMAS * sigma)
    middle = float(np.median(log[far]))
    # One zoom, as far as depth scales can tell; else each its own.
    alike = np.abs(log[far] - middle) < _SIGMAS * sigma[far]
    return {
        group[n]: float(np.exp(middle if same else log[n]))
        for n, same in zip(far.tolist(), alike.tolist(), strict=True)
    }


def corrected(view: PhotoView, factor: float) -> PhotoView:
    """The photo with a focal length so many times as long. Its lens is another one than that of the
    photos with the same tags."""
    lens = replace(view.camera.lens, focal_px=view.camera.fx_px * factor)
    return replace(
        calibrated(view, lens),
        camera_key=f"{view.camera_key}|{factor:.1f}",
        focal_sigma_rel=float(np.hypot(view.scale_sigma_rel, _LENS_SIGMA)),
    )


def better(
    factors: Mapping[int, float],
    before: Sequence[PairRegistration],
    after: Sequence[PairRegistration],
) -> set[int]:
    """The photos that fit plainly better as corrected."""
    found = []
    for pairs in (before, after):
        inliers: dict[int, int] = defaultdict(int)
        for pair in pairs:
            for i in pair.key:
                inliers[i] += pair.inliers if pair.fits else 0
        found.append(inliers)
    return {i for i in factors if found[1][i] > _BETTER * found[0][i]}
