"""How many photos ought to show what another shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import Shot, placed, shot, views_of
from worldmap.geodesy import Site
from worldmap.registration.solve.expected import expected_partners

OTHERS = [shot(i, 1.5 * i - 3.75) for i in (1, 2, 3, 4)]


def expected(own: Shot, *, heading_sigma_deg: float = 5.0, position_sigma_m: float = 1.0) -> float:
    """Of four photos abreast."""
    pose = placed(own, heading_sigma_deg=heading_sigma_deg, position_sigma_m=position_sigma_m)
    return expected_partners(pose, [placed(s) for s in OTHERS], views_of([*OTHERS, own], points=9))


def test_who_stands_among_them_and_looks_their_way_is_expected_to_match_all() -> None:
    assert expected(shot(5, 0.3, heading_deg=8.0)) > 3.5


def test_who_looks_away_matches_none() -> None:
    assert expected(shot(5, 0.3, heading_deg=180.0)) == 0.0


def test_who_stands_close_to_what_it_shows_has_it_too_large() -> None:
    """Beside them and looking their way all the same."""
    near = expected(shot(5, 0.3, 10.5))
    assert near < 0.5
    assert near < expected(shot(5, 0.3, 1.0)) - 2.0


def test_who_may_look_anywhere_matches_fewer() -> None:
    vague = expected(shot(5, 0.3), heading_sigma_deg=60.0)
    assert 0.5 < vague < expected(shot(5, 0.3)) - 1.0


def test_heights_of_tags_are_not_believed_where_others_stand() -> None:
    """With fifteen metres of sigma; one metre is believed."""
    high = shot(5, 0.3, height_m=12.0)
    views = views_of([*OTHERS, replace(high, enu_from_cam=shot(5, 0.3).enu_from_cam)], points=9)
    others = [placed(s) for s in OTHERS]
    told = [
        expected_partners(placed(high, height_sigma_m=sigma_m), others, views)
        for sigma_m in (15.0, 1.0)
    ]
    assert told[0] > 3.0
    assert told[1] < 0.5


def test_without_depth_nothing_is_expected() -> None:
    own = shot(5, 0.3)
    views = views_of([*OTHERS, own], points=9)
    features = views[5].features
    nothing = np.full_like(features.grid_depth_m, np.nan)
    views[5] = replace(views[5], features=replace(features, grid_depth_m=nothing))
    assert expected_partners(placed(own), [placed(s) for s in OTHERS], views) == 0.0
    assert expected_partners(placed(own), [], views_of([own], points=9)) == 0.0


def test_it_does_not_matter_what_others_are_solved_about() -> None:
    own = shot(5, 0.3)
    views, there = views_of([*OTHERS, own], points=9), Site(52.521, 13.405, 41.0)
    others = [placed(s) for s in OTHERS]
    here = expected_partners(placed(own), others, views)
    assert expected_partners(
        placed(own), [each.about(there) for each in others], views
    ) == pytest.approx(here, abs=0.02)
