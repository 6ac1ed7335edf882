"""Bundle adjustment with depth, calibrating the cameras on the way."""

from worldmap.registration.bundle.adjust import BundleSolution, bundle_adjust

__all__ = ["BundleSolution", "bundle_adjust"]
