"""Which observations others check: what a photo's pose hinges on alone is not believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.linearised import Linearised
from worldmap.registration.bundle.rigs import Rigs

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Of an error of an observation at least so much has to show in its residual (its redundancy number:
# Baarda, A testing procedure for use in geodetic networks, 1968). With less it says more of where
# its photo is than all others together, and a solution that is robust follows it, not them.
_LEAST_REDUNDANCY = 0.5
# Turn, centre and log scale.
_POSE = 7
# What tags hold at most, by which a photo without enough observations is no singular one: a radian,
# a kilometre, and a factor of e.
_TAGGED = np.array((1.0, 1.0, 1.0, 1e-6, 1e-6, 1e-6, 1.0))


def checked(linear: Linearised, photo: Ints, rigs: Rigs) -> Bools:
    """(M,) whether what an observation says is checked by the others of its photo (M,); the worst
    of each photo only, as without it the others may check each other.

    A wall far off leaves a photo's place open along a line, and one match nearby says where on it,
    right or wrong: its residual is nothing either way. Points are as all other photos have them;
    what photos of a rig see is checked by the whole rig.
    """
    count = len(rigs.leader)
    by_pose = linear.by_photo[:, :, :_POSE]
    own = linear.by_point
    others = linear.point[linear.track] - own.transpose(0, 2, 1) @ own
    diagonal = np.einsum("mii->mi", others)
    others += np.einsum("mi,ij->mij", 1e-9 * (1 + diagonal), np.eye(3))
    # What the point is off by besides, as the other photos have it, is part of the error.
    vague = np.eye(3) + own @ np.linalg.inv(others) @ own.transpose(0, 2, 1)
    root = np.linalg.cholesky(np.linalg.inv(vague))
    told = root.transpose(0, 2, 1) @ by_pose
    information = np.zeros((count, _POSE, _POSE))
    np.add.at(information, photo, told.transpose(0, 2, 1) @ told)
    information += np.diag(_TAGGED)
    share = told @ np.linalg.inv(information)[photo] @ told.transpose(0, 2, 1)
    redundancy = 1.0 - np.linalg.eigvalsh(share)[:, -1]
    in_rig = np.bincount(rigs.leader, minlength=count)[rigs.leader] > 1
    redundancy[in_rig[photo]] = 1.0
    worst = np.ones(count)
    np.minimum.at(worst, photo, redundancy)
    return (redundancy > _LEAST_REDUNDANCY) | (redundancy > worst[photo])
