"""What people look at after a merge."""

from worldmap.report.positions import PICTURE_SUFFIXES, Placing, PlottedPhoto, draw_positions

__all__ = ["PICTURE_SUFFIXES", "Placing", "PlottedPhoto", "draw_positions"]
