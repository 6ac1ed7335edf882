"""Views of one camera centre, as panoramas are cut into: they turn and move as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worldmap.registration.bundle.state import POSE
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rigs:
    """leader (N,): of each photo the one that it moves with, itself where it is free; leader_from
    (N, 3, 3): how it stands turned to that."""

    leader: Ints
    leader_from: Array

    @classmethod
    def of(cls, views: Sequence[PhotoView]) -> Rigs:
        """The first view of each rig leads."""
        leader = np.arange(len(views))
        leader_from = np.tile(np.eye(3), (len(views), 1, 1))
        first: dict[str, int] = {}
        for index, view in enumerate(views):
            if view.rig is None:
                continue
            leader[index] = first.setdefault(view.rig.key, index)
            leads = views[leader[index]].rig
            assert leads is not None
            leader_from[index] = leads.rig_from_cam.T @ view.rig.rig_from_cam
        return cls(leader=leader, leader_from=leader_from)

    @property
    def follows(self) -> NDArray[np.bool_]:
        """(N,) whether a photo moves with another."""
        return np.asarray(self.leader != np.arange(len(self.leader)))

    def held(self, rotation: Array, centre: Array) -> tuple[Array, Array]:
        """Rotations (N, 3, 3) and centres (N, 3) as the leaders have them."""
        turned = np.einsum("nij,njk->nik", rotation[self.leader], self.leader_from)
        return turned, centre[self.leader].copy()

    def spread(self, size: int) -> sparse.csr_array:
        """(size, size): all numbers of the problem by those of which none follows. A turn of the
        leader about its own axes, R exp(w), is one by leader_from' w about the follower's."""
        follows = np.flatnonzero(self.follows)
        tied = (POSE * follows[:, None] + np.arange(6)).ravel()
        kept = np.ones(size)
        kept[tied] = 0.0
        rows, columns, values = [np.arange(size)], [np.arange(size)], [kept]
        for index in follows:
            own, of = POSE * index, POSE * self.leader[index]
            row, column = np.meshgrid(np.arange(3), np.arange(3), indexing="ij")
            rows += [own + row.ravel(), own + 3 + np.arange(3)]
            columns += [of + column.ravel(), of + 3 + np.arange(3)]
            values += [self.leader_from[index].T.ravel(), np.ones(3)]
        at = (np.concatenate(rows), np.concatenate(columns))
        return sparse.coo_array((np.concatenate(values), at), shape=(size, size)).tocsr()
