"""Depth maps that agree: each photo's depth, held to the solution's points and to the pictures of
the photos beside it."""

from worldmap.refine.depth import FEWEST_ANCHORS, RefineInput, refine
from worldmap.refine.rivals import rival
from worldmap.refine.store import load_refined, save_refined

__all__ = ["FEWEST_ANCHORS", "RefineInput", "load_refined", "refine", "rival", "save_refined"]
