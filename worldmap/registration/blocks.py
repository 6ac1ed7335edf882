"""Large areas in blocks, so that memory and time grow with the photos and not with their square."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.records import PairRegistration

Array = NDArray[np.float64]


def paired_with(photos: Collection[int], pairs: Sequence[PairRegistration]) -> set[int]:
    """The photos that pairs tie to `photos`, without those themselves."""
    inside = set(photos)
    ends = [(p.photo_a, p.photo_b) for p in pairs if (p.photo_a in inside) != (p.photo_b in inside)]
    return {b if a in inside else a for a, b in ends}


def cut_into_blocks(
    centre: Mapping[int, Array], pairs: Sequence[PairRegistration], size: int
) -> list[set[int]]:
    """Photos by id with their centres (3,) in blocks of at most `size`, each after one that it
    borders on where there is one.

    The longer side of a block is halved until it is small enough. The first block is that with most
    pairs inside; then always the one that most pairs tie to those before.
    """
    blocks, waiting = [], [sorted(centre)] if centre else []
    while waiting:
        photos = waiting.pop()
        if len(photos) <= size:
            blocks.append(set(photos))
            continue
        xy = np.array([centre[i][:2] for i in photos])
        axis = int(np.argmax(np.ptp(xy, axis=0)))
        order = np.lexsort((np.array(photos), xy[:, axis]))
        half = len(photos) // 2
        waiting += [
            sorted(photos[k] for k in order[:half]),
            sorted(photos[k] for k in order[half:]),
        ]
    of = {i: number for number, block in enumerate(blocks) for i in block}
    ties = np.zeros((len(blocks), len(blocks)), dtype=np.intp)
    for pair in pairs:
        if pair.photo_a in of and pair.photo_b in of:
            ties[of[pair.photo_a], of[pair.photo_b]] += 1
    ties = ties + ties.T
    left = list(range(len(blocks)))
    ordered: list[int] = []
    while left:
        best = max(
            left, key=lambda k: (ties[k, ordered].sum() if ordered else ties[k, k], -min(blocks[k]))
        )
        ordered.append(best)
        left.remove(best)
    return [blocks[k] for k in ordered]
