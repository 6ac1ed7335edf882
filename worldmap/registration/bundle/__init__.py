"""Bundle adjustment with depth, calibrating the cameras on the way."""

from worldmap.registration.bundle.adjust import (
    JOINT,
    BundleSolution,
    RoughSolution,
    bundle_adjust,
    bundle_roughly,
)
from worldmap.registration.bundle.sensors import lens_told

__all__ = [
    "JOINT",
    "BundleSolution",
    "RoughSolution",
    "bundle_adjust",
    "bundle_roughly",
    "lens_told",
]
