"""ICP has to earn its place."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    EXACT,
    Errors,
    Shot,
    descriptors,
    pair,
    photograph,
    relative_errors,
    room_points,
    shot,
    true_pair,
    view,
)
from worldmap.config import PairSettings
from worldmap.records import PairRegistration, PairStatus
from worldmap.registration import icp
from worldmap.registration.icp import WITHOUT_ICP, icp_problem, refine_by_icp
from worldmap.registration.overlap import Overlap, overlap
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
# Nearer to the boxes, so that surfaces hold all six degrees of freedom.
A = shot(1, -2.0, 0.3, heading_deg=5, pitch_deg=-3)
B = shot(2, 0.5, -1.0, heading_deg=-8, pitch_deg=-2)


def views(errors: Errors = EXACT, a: Shot = A, b: Shot = B) -> tuple[PhotoView, PhotoView]:
    few, told = room_points(5), descriptors(5)
    return view(a, photograph(a, few, told, errors)), view(b, photograph(b, few, told, errors))


def scaled_grid(of: PhotoView, factor: np.ndarray) -> PhotoView:
    grid = (of.features.grid_depth_m * factor).astype(np.float32)
    return replace(of, features=replace(of.features, grid_depth_m=grid))


def loose(off_m: tuple[float, float, float] = (0.0, 0.0, 0.0), **told: object) -> PairRegistration:
    """A pair of few matches that leave a lot open, with its overlap as registration tells it."""
    values = {"inliers": 20, "sigma_rad": 0.03, "sigma_m": 0.4, **told}
    found = pair(A, B, off_m=off_m, **values)  # type: ignore[arg-type]
    seen = overlap(*(v.features for v in views()), found.a_from_b)  # type: ignore[arg-type, call-arg]
    return replace(found, overlap=seen.agreeing, in_front=seen.in_front)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[Overlap]:
    """Every overlap that ICP asks for: before and after."""
    found: list[Overlap] = []

    def watched(*told: object) -> Overlap:
        found.append(overlap(*told))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(icp, "overlap", watched)
    return found


@pytest.mark.parametrize("off_m", [(0.1, 0.0, -0.9), (0.8, 0.0, 0.0), (0.0, -0.6, 0.0)])
def test_a_poor_pair_is_made_better(off_m: tuple[float, float, float]) -> None:
    """Most of a metre off, within what 20 matches leave open."""
    before = loose(off_m)
    after = refine_by_icp(*views(), before, SETTINGS)
    assert after.method == "matches+icp"
    was, now = (relative_errors(p.a_from_b, true_pair(A, B)) for p in (before, after))  # type: ignore[arg-type]
    assert now[1] < 0.1 < was[1]
    assert now[0] < 0.1
    assert after.overlap > before.overlap + 0.01
    assert after.in_front <= before.in_front + 0.01
    assert after.a_from_b.scale == before.a_from_b.scale
    assert after.status == PairStatus.ACCEPTED
    assert after.inliers == before.inliers
    assert np.array_equal(after.covariance, before.covariance)  # type: ignore[arg-type]


def test_a_right_pair_stays_as_it_is(looked_at: list[Overlap]) -> None:
    before = loose()
    assert refine_by_icp(*views(), before, SETTINGS) is before
    assert len(looked_at) == 2


def test_what_makes_the_overlap_worse_is_refused(looked_at: list[Overlap]) -> None:
    """A depth map that is warped, as a network's is: surfaces pull the pair off the truth."""
    a, b = views()
    camera = b.features.grid_camera
    across = (camera.pixel_centres()[..., 0] / camera.width_px - 0.5) * 2
    warped = scaled_grid(b, 1 + 0.05 * across)
    before = loose()
    assert refine_by_icp(a, warped, before, SETTINGS) is before
    was, moved = looked_at
    assert moved.agreeing < was.agreeing - 0.005


def test_a_move_against_the_matches_is_refused(looked_at: list[Overlap]) -> None:
    """Surfaces say half a metre, the matches are sure to centimetres: not even looked at."""
    before = loose((0.1, 0.0, 0.9), sigma_m=0.02, sigma_rad=0.002)
    assert refine_by_icp(*views(), before, SETTINGS) is before
    assert looked_at == []


def test_something_new_in_front_is_refused(looked_at: list[Overlap]) -> None:
    before = loose((0.1, 0.0, -0.9))
    a, b = views()
    improved = refine_by_icp(a, b, before, SETTINGS)
    assert improved.method == "matches+icp"
    # The same gain, bought with a contradiction, is none.
    first, second = looked_at
    answers = iter((first, replace(second, in_front=first.in_front + 0.05)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(icp, "overlap", lambda *_: next(answers))
        assert refine_by_icp(a, b, before, SETTINGS) is before


@pytest.mark.parametrize(
    "spared",
    [
        loose((0.1, 0.0, 0.9), inliers=60),
        replace(loose((0.1, 0.0, 0.9)), own_reason="no"),
    ],
)
def test_pairs_that_icp_leaves_alone(spared: PairRegistration, looked_at: list[Overlap]) -> None:
    """Enough matches, or refused."""
    assert refine_by_icp(*views(), spared, SETTINGS) is spared
    assert looked_at == []


def test_next_to_no_surface(looked_at: list[Overlap]) -> None:
    a, b = views()
    bare = np.full_like(b.features.grid_depth_m, np.nan)
    bare[:5, :5] = 5.0
    empty = replace(b, features=replace(b.features, grid_depth_m=bare))
    before = loose()
    assert refine_by_icp(a, empty, before, SETTINGS) is before
    assert refine_by_icp(empty, a, before, SETTINGS) is before
    assert looked_at == []


def test_without_open3d_a_pair_stays_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without libGL, say: importing open3d raises there."""
    monkeypatch.setitem(sys.modules, "open3d", None)
    before = loose((0.1, 0.0, -0.9))
    after = refine_by_icp(*views(), before, SETTINGS)
    assert after.method == WITHOUT_ICP
    assert after.a_from_b is before.a_from_b
    assert after.reason == ""
    assert "open3d cannot be loaded" in icp_problem()
    # One that ICP is not asked about is the same everywhere.
    sure = loose(inliers=SETTINGS.icp_below_inliers)
    assert refine_by_icp(*views(), sure, SETTINGS) is sure
