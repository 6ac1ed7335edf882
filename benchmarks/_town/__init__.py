"""A second street, so that what one generator takes for granted is noticed on the other.

It shares no code with `worldmap.demo`: boards and a ray per pixel instead of a mesh, painted noise,
other noise in depth and tags, and houses whose windows repeat, plain walls, shop windows that
mirror, parked cars, hedges and trees one sees through.
"""

from benchmarks._town.write import SITE, LensTruth, TownTruth, tagged_focal_px, write_town

__all__ = ["SITE", "LensTruth", "TownTruth", "tagged_focal_px", "write_town"]
