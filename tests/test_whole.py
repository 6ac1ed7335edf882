"""How sure a group is as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.street_makers import pose_at
from worldmap.records import pose_covariance, wholes


def test_a_group_is_as_sure_as_its_photo_that_knows_best() -> None:
    vague = pose_covariance(
        rotation_sigma_deg=(0.1, 5.0, 0.1), position_sigma_m=(4.0, 3.0, 9.0), scale_sigma_rel=0.05
    )
    poses = [pose_at(1, 0.0), replace(pose_at(2, 1.0), covariance=vague)]
    (found,) = wholes(poses)
    assert (found.component, found.photos) == (0, 2)
    # `pose_at` stands level: a turn about the vertical is one about the camera's y.
    assert found.turn_sigma_deg == pytest.approx(0.2)
    assert (found.plan_sigma_m, found.height_sigma_m) == pytest.approx((0.5, 0.8))
    assert found.size_sigma_rel == pytest.approx(0.002)
    vaguer = [replace(pose_at(i, 0.0), covariance=vague) for i in (1, 2)]
    (found,) = wholes(vaguer)
    assert found.turn_sigma_deg == pytest.approx(5.0)
    assert found.plan_sigma_m == pytest.approx(4.0), "along its worse axis"


def test_photos_by_themselves_are_no_group() -> None:
    alone = [pose_at(1, 0.0), replace(pose_at(2, 0.0), component=1), pose_at(3, 0.0, pairs=0)]
    assert not wholes(alone)
    largest, other = wholes(
        [replace(pose_at(i, 0.0), component=int(i < 3)) for i in np.arange(1, 6).tolist()]
    )
    assert (largest.component, largest.photos, other.photos) == (0, 3, 2)
