"""What the check of the stated accuracy found, as records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A photo placed without its own GPS position. off_m: that place minus the tag, east and
    north; radius90_m: the radius that 90 of 100 should lie within, by the stated sigmas of the
    place and of the tag; solved_again: the area was solved anew without the tag, else to first
    order, from the solution that has it."""

    photo_id: int
    off_m: tuple[float, float]
    distance_m: float
    radius90_m: float
    inside: bool
    solved_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """The check by GPS positions that were left out. candidates: photos with a position and pairs;
    their number differs from the entries where only the photo's own tag holds it. share_inside:
    of the entries within their 90 % radius; NaN without entries. median_difference_m: between both
    ways of leaving out, where both were done."""

    candidates: int
    entries: tuple[HeldOut, ...]
    share_inside: float
    median_distance_m: float
    median_radius90_m: float
    solved_again: int
    median_difference_m: float
