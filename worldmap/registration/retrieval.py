"""Which photos look alike: one vector for each photo.

A describer gives a photo its vector as it is ingested; the vector stands with its features, so that
merging needs no describer. VLAD needs none at ingest: its vectors come from the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.config import FeatureSettings
from worldmap.errors import ModelError
from worldmap.plugins import RETRIEVAL
from worldmap.records import SIFT, Features
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]


class Describer(Protocol):
    """Says what a photo looks like: `worldmap.retrieval` names what makes one of the
    FeatureSettings."""

    def settings_hash(self) -> str:
        """Hash of weights, version and options: of whatever the vectors depend on."""
        ...

    def describe(self, rgb: NDArray[np.uint8]) -> NDArray[np.floating] | None:
        """A vector (E,) of the full-size upright photo (H, W, 3), the nearer by angle to another
        photo's the more alike the two; None where photos are compared by their features."""
        ...


@lru_cache(maxsize=4)
def open_describer(settings: FeatureSettings) -> Describer:
    """The settings' one. UsageError where there is none of that name, ModelError where it cannot be
    used."""
    made: Describer = RETRIEVAL.open(settings.retrieval, settings)
    return made


def described(
    describer: Describer, name: str, rgb: NDArray[np.uint8]
) -> NDArray[np.float32] | None:
    """What the describer says of a photo. ModelError where that is no vector."""
    vector = describer.describe(rgb)
    if vector is None:
        return None
    found = np.asarray(vector, dtype=np.float32)
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise ModelError(f"the retrieval {name!r} gave no vector but shape {found.shape}")
    return found


class Vectors(Protocol):
    """Vectors (N, D), of which some are asked for at a time: an array, or what reads them then."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any:
        """(M, D) of a slice or of M rows."""
        ...


class Retrieval(Protocol):
    """Anything that says how alike photos are."""

    def vectors(self, views: Sequence[PhotoView]) -> Vectors:
        """Unit vectors (N, D); the larger the product of two, the more alike are their photos."""
        ...


def retrieval_for(views: Sequence[PhotoView]) -> Retrieval:
    """By the vectors that the photos were given; by their features where not all have one of the
    same sort."""
    sorts = {
        (view.features.retrieval, None if told is None else len(told))
        for view in views
        for told in (view.features.appearance,)
    }
    if len(sorts) == 1 and next(iter(sorts))[1] is not None:
        return Described()
    return Vlad()


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The vectors that the photos were given as they were ingested."""

    def vectors(self, views: Sequence[PhotoView]) -> NDArray[np.float32]:
        """Unit vectors (N, E); zero where a photo's is."""
        told = [v.features.appearance for v in views if v.features.appearance is not None]
        vectors = np.stack(told).astype(np.float64)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vlad:
    """VLAD (Jégou et al. 2010, with the normalisations of Arandjelović & Zisserman 2013): SIFT's
    over words that are shipped, so that a photo's vector never changes; that of other kinds over
    words of the features of the map's first photos."""

    words: int = 48
    trained_by_photos: int = 64
    training_descriptors: int = 20_000
    descriptors_per_photo: int = 800

    @classmethod
    def of(cls, settings: FeatureSettings) -> Vlad:
        """`vlad`, whatever the settings."""
        return cls()

    def settings_hash(self) -> str:
        """See `Describer`."""
        return ""

    def describe(self, rgb: NDArray[np.uint8]) -> None:
        """See `Describer`: nothing, as photos are compared by their features."""
        return

    def vectors(self, views: Sequence[PhotoView]) -> NDArray[np.float32]:
        """Unit vectors (N, words · D) of D-dimensional descriptors, all of one kind; zero for a
        photo without features."""
        words = self._words(views)
        return np.stack([self.vector(view.features, words) for view in views])

    def vector(self, features: Features, words: Array) -> NDArray[np.float32]:
        """The unit vector of one photo over these words; zero where it has no features."""
        return _vlad(self._strongest(features), words).astype(np.float32)

    def _words(self, views: Sequence[PhotoView]) -> Array:
        if all(view.features.kind == SIFT for view in views):
            return sift_words()
        first = sorted(views, key=lambda view: view.photo_id)[: self.trained_by_photos]
        return self.trained([self._strongest(view.features) for view in first])

    def trained(self, descriptors: Sequence[Array]) -> Array:
        """Words (words, D) of photos' descriptors (N, D), by k-means."""
        # Takes half a second to load, which ingest need not wait for.
        from scipy.cluster.vq import kmeans2

        pool = np.concatenate(descriptors)
        step = max(1, len(pool) // self.training_descriptors)
        rng = np.random.default_rng(0)
        return np.asarray(kmeans2(pool[::step], self.words, iter=15, minit="++", rng=rng)[0])

    def _strongest(self, features: Features) -> Array:
        """The largest features, which are the ones that other photos find again."""
        rows = np.flatnonzero(~features.on_plane)
        order = np.argsort(-features.scale_px[rows], kind="stable")
        chosen = rows[order[: self.descriptors_per_photo]]
        return features.descriptor[chosen].astype(np.float64)


@lru_cache(maxsize=1)
def sift_words() -> Array:
    """(48, 128), of `scripts/build_sift_words.py`."""
    with (files("worldmap") / "data" / "sift_words.npz").open("rb") as stream, np.load(stream) as f:
        return np.asarray(f["words"], dtype=np.float64)


def _vlad(descriptors: Array, words: Array) -> Array:
    from scipy.cluster.vq import vq

    vector = np.zeros_like(words)
    if len(descriptors):
        label = vq(descriptors, words)[0]
        np.add.at(vector, label, descriptors - words[label])
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)
    return np.asarray(vector.ravel() / max(float(np.linalg.norm(vector)), 1e-9))
