"""Depth whose scale matches contradict is named."""

from __future__ import annotations

from dataclasses import replace

from tests.helpers.catalog_records import with_sigmas
from tests.helpers.map_makers import SmallMap
from worldmap.records import PlacedBy, PlacedPose
from worldmap.stages.scales import doubted_scales


def test_only_what_its_sigmas_do_not_explain(small_map: SmallMap) -> None:
    photos, poses = small_map.photos, small_map.poses
    assert doubted_scales(photos, poses) == ()
    first = poses[0]
    assert isinstance(first, PlacedPose)
    off = replace(first, depth_scale=2.5)
    (line,) = doubted_scales(photos, [off, *poses[1:]])
    assert small_map.names[first.photo_id] in line
    assert "2.5" in line
    assert doubted_scales(photos, [replace(off, by=PlacedBy.TAGS)]) == ()
    assert doubted_scales(photos, [with_sigmas(off, scale_sigma_rel=0.5)]) == ()
