"""Poses of an area's photos, from their pairs."""

from typing import Final

from worldmap.registration.solve.area import Solution, solve, solved_overlaps

VERSION: Final = 16
"""Raise it when the same photos, pairs and settings give other poses than before: the next merge
then solves every map anew, as it must not for the sake of any other change."""

__all__ = ["VERSION", "Solution", "solve", "solved_overlaps"]
