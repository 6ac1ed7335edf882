"""Depth maps that agree: each photo's depth, held to the solution's points and to the pictures of
the photos beside it."""

from worldmap.refine.depth import RefineInput, refine
from worldmap.refine.store import load_refined, save_refined

__all__ = ["RefineInput", "load_refined", "refine", "save_refined"]
