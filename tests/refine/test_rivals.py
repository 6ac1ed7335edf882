"""A photo's own depth is given up only where the solution's points plainly say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.helpers.wall_makers import HEIGHT, WIDTH
from tests.refine.test_refine import CAMERA, anchors, off, shot, shown, warped
from worldmap.config import DepthCleanSettings
from worldmap.depth.edges import window_mask
from worldmap.records import DepthModel
from worldmap.refine import RefineInput, refine, rival

MODEL = DepthModel(name="several", weights_hash="abc", licence="")
RULES = DepthCleanSettings(remove_edges=False)
Floats = NDArray[np.float32]


def stepped(true_m: Floats) -> Floats:
    """Off by steps that no smooth field takes away."""
    step = np.where(np.indices(true_m.shape).sum(axis=0) // 40 % 2, 1.06, 0.95)
    return (true_m * step).astype(np.float32)


def filled(depth_m: Floats) -> Floats:
    """As a network gives it: everywhere."""
    return np.where(np.isfinite(depth_m), depth_m, np.float32(30.0))


def asked(own_m: Floats, other_m: Floats, count: int = 300) -> RefineInput | None:
    held = anchors(shown(0.0)[1], count)
    return rival(shot(0.0, own_m), filled(other_m), MODEL, held, CAMERA, RULES)


def test_what_is_better_takes_the_place_in_the_solutions_metres() -> None:
    _, true_m = shown(0.0)
    found = asked(stepped(true_m), 7 * warped(true_m))
    assert found is not None
    assert found.cleaned.depth_map.model == MODEL
    refined = refine(found, anchors(true_m, 300), CAMERA, [])
    own = refine(shot(0.0, stepped(true_m)), anchors(true_m, 300), CAMERA, [])
    assert refined is not None
    assert own is not None
    assert np.median(off(refined.range_m, true_m)) < 0.2 * np.median(off(own.range_m, true_m))
    # What gave no point gives none now.
    np.testing.assert_array_equal(found.cleaned.kept, np.isfinite(true_m))


def test_nonsense_is_refused() -> None:
    _, true_m = shown(0.0)
    rng = np.random.default_rng(0)
    noise = (5 * np.exp(rng.standard_normal(true_m.shape))).astype(np.float32)
    assert asked(warped(true_m), noise) is None
    assert asked(stepped(true_m), noise) is None
    assert asked(warped(true_m), np.full(true_m.shape, 3.0, dtype=np.float32)) is None


def test_what_is_as_good_or_worse_is_refused() -> None:
    _, true_m = shown(0.0)
    assert asked(true_m, true_m) is None
    assert asked(warped(true_m), 1.2 * true_m) is None  # a smooth field makes them one
    assert asked(true_m, stepped(true_m)) is None


def test_what_is_better_in_most_places_and_gravely_wrong_in_others_is_refused() -> None:
    _, true_m = shown(0.0)
    other_m = true_m.copy()
    other_m[:, : WIDTH // 6] *= 2.0
    assert asked(stepped(true_m), other_m) is None


def test_a_few_points_or_places_decide_nothing() -> None:
    _, true_m = shown(0.0)
    assert asked(stepped(true_m), true_m, count=35) is None
    held = anchors(true_m, 900)
    u_px, v_px = held.uv_px.T
    corner = (u_px < WIDTH / 3) & (v_px < HEIGHT / 2)
    near = replace(
        held,
        uv_px=held.uv_px[corner],
        depth_m=held.depth_m[corner],
        sigma_rel=held.sigma_rel[corner],
        photos=held.photos[corner],
    )
    assert len(near) > 60
    own = shot(0.0, stepped(true_m))
    assert rival(own, filled(true_m), MODEL, near, CAMERA, RULES) is None
    assert rival(own, filled(true_m), MODEL, held, CAMERA, RULES) is not None


def test_edges_of_the_other_depth_give_no_points() -> None:
    _, true_m = shown(0.0)
    rules = DepthCleanSettings(edge_method="window")
    held = anchors(true_m, 300)
    found = rival(shot(0.0, stepped(true_m)), filled(true_m), MODEL, held, CAMERA, rules)
    assert found is not None
    edges = window_mask(filled(true_m), jump_rel=rules.edge_jump_rel)
    assert 0.005 < edges.mean() < 0.2
    np.testing.assert_array_equal(np.isnan(found.cleaned.uncleaned_m), edges)
    refined = refine(found, held, CAMERA, [])
    assert refined is not None
    np.testing.assert_array_equal(np.isnan(refined.range_m), edges)
