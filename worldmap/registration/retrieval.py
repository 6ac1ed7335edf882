"""Which photos look alike: one vector for each photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]


class Retrieval(Protocol):
    """Anything that says how alike photos are; a learned descriptor is one more file with this."""

    def vectors(self, views: Sequence[PhotoView]) -> NDArray[np.floating]:
        """Unit vectors (N, D); the larger the product of two, the more alike are their photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vlad:
    """VLAD over a vocabulary of the photos' own features (Jégou et al. 2010, with the
    normalisations of Arandjelović & Zisserman 2013)."""

    words: int = 48
    training_descriptors: int = 20_000
    descriptors_per_photo: int = 800

    def vectors(self, views: Sequence[PhotoView]) -> NDArray[np.float32]:
        """Unit vectors (N, words · 128); zero for a photo without features."""
        descriptors = [self._strongest(view) for view in views]
        pool = np.concatenate(descriptors)
        step = max(1, len(pool) // self.training_descriptors)
        words = kmeans2(
            pool[::step], self.words, iter=15, minit="++", rng=np.random.default_rng(0)
        )[0]
        return np.stack([_vlad(d, words) for d in descriptors]).astype(np.float32)

    def _strongest(self, view: PhotoView) -> Array:
        """The largest features, which are the ones that other photos find again."""
        rows = np.flatnonzero(~view.features.on_plane)
        order = np.argsort(-view.features.scale_px[rows], kind="stable")
        chosen = rows[order[: self.descriptors_per_photo]]
        return view.features.descriptor[chosen].astype(np.float64)


def _vlad(descriptors: Array, words: Array) -> Array:
    vector = np.zeros_like(words)
    if len(descriptors):
        label = vq(descriptors, words)[0]
        np.add.at(vector, label, descriptors - words[label])
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)
    return np.asarray(vector.ravel() / max(float(np.linalg.norm(vector)), 1e-9))
