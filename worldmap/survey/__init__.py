"""Surveyed points on the ground: files that tell them, and whether they can be meant."""

from worldmap.survey.plausible import judged
from worldmap.survey.points import read_control

__all__ = ["judged", "read_control"]
