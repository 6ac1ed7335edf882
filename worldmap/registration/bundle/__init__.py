"""Bundle adjustment with depth, calibrating the cameras on the way."""

from worldmap.registration.bundle.adjust import JOINT, BundleSolution, bundle_adjust
from worldmap.registration.bundle.sensors import lens_told

__all__ = ["JOINT", "BundleSolution", "bundle_adjust", "lens_told"]
