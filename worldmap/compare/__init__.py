"""What is different between two point clouds of one place."""

from worldmap.compare.m3c2 import CloudChange, Scales, core_points, m3c2, nearest_m

__all__ = ["CloudChange", "Scales", "core_points", "m3c2", "nearest_m"]
