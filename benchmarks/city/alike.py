"""Photos without a position in a town: what it takes to find those that look like them among all,
by vectors that are kept on disk."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks import Metric, metric
from worldmap.registration.candidates import most_alike
from worldmap.registration.retrieval import sift_words
from worldmap.stages.alike import VectorRows

FEW, MANY, FULL = 1_000, 20_000, 100_000
_PART = 4_096
_ASKED = (1, 512)
_COUNT = 20
_NOISE = 0.5
# A look at each vector: so many times as many of them take so many times as long, and no more.
_GROWTH_BAR = 1.5


def alike_metrics(folder: Path, *, full: bool = False) -> list[Metric]:
    """Of photos that show again what one of the town's shows, with as much that is other."""
    metrics: list[Metric] = []
    each_us: list[float] = []
    for photos in (FEW, FULL if full else MANY):
        rows = _town(folder / str(photos), photos)
        for asked in _ASKED:
            start_s = time.process_time()
            found = most_alike(rows, range(photos - asked, photos), _COUNT)
            took_s = time.process_time() - start_s
            shown = range(max(_ASKED) - asked, max(_ASKED))
            missed = sum(i not in others for i, others in zip(shown, found, strict=True))
            of = f"city: {asked} without a position among {photos}"
            metrics.append(metric(f"{of}: looked for in", "CPU s", took_s))
            metrics.append(metric(f"{of}: not found", "photos", missed, 0))
        each_us.append(1e6 * took_s / photos)
    growth = each_us[1] / each_us[0]
    return [
        *metrics,
        metric("city: without a position, per photo there, growth", "ratio", growth, _GROWTH_BAR),
        metric("city: kept of what a photo looks like", "kB", 2e-3 * sift_words().size),
    ]


def _town(folder: Path, photos: int) -> VectorRows:
    """Vectors in files; the last 512 are photos of what the first 512 show, in that order."""
    folder.mkdir(parents=True)
    rng, words = np.random.default_rng(photos), sift_words().size
    first: np.ndarray = np.empty(0)
    parts: list[np.ndarray] = []
    where: list[tuple[int, int]] = []
    for start in range(0, photos, _PART):
        count = min(_PART, photos - start)
        vectors = rng.normal(size=(count, words)).astype(np.float32)
        if not start:
            first = vectors[: max(_ASKED)].copy()
        for row in range(max(0, photos - max(_ASKED) - start), count):
            vectors[row] = first[start + row - photos + max(_ASKED)] + _NOISE * vectors[row]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        path = folder / str(start)
        path.write_bytes(vectors.astype(np.float16).tobytes())
        where += [(len(parts), row) for row in range(count)]
        parts.append(np.memmap(path, dtype=np.float16, mode="r", shape=(count, words)))
    return VectorRows(parts=parts, where=np.array(where))
