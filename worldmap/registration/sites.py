"""What each connected group of photos is solved about: a site near its middle.

East, north and up turn by 0.009° per kilometre away from a site, up to all of them on the other
side of the Earth; groups that nothing ties together have no axes in common to be solved in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import wrapped_deg
from worldmap.geodesy import Site, geodetic_from_ecef
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

REACH_M = 10_000.0
"""A site further from its photos than this would waste the millimetres of float64 for nothing."""


class Sites:
    """The sites of a map: those that its photos were solved about, or are likely to be
    (`PhotoView.site`), and those that groups without one near them are given."""

    def __init__(self, views: Iterable[PhotoView]) -> None:
        self._known = sorted({view.site for view in views}, key=_order)

    def of(self, members: Iterable[PhotoView]) -> Site:
        """The one that most of the group's photos have, so that it stays what it was while photos
        are added; where the group is not near that, the nearest of the others; where none is near,
        a new one in its middle. A group whose place no tag tells keeps what it has."""
        group = list(members)
        counts = Counter(view.site for view in group)
        own = sorted(counts, key=lambda site: (-counts[site], _order(site)))
        located = [view.position_ecef for view in group if view.position_ecef is not None]
        if not located:
            return own[0]
        middle = middle_of(np.column_stack(geodetic_from_ecef(np.array(located))))
        near = next((site for site in own if apart_m(site, middle) < REACH_M), None)
        return near or nearest(self._known, middle) or self._new(middle)

    def about_one(
        self, views: Mapping[int, PhotoView], group: Iterable[int]
    ) -> dict[int, PhotoView]:
        """The group's photos by id, all about its site."""
        members = {i: views[i] for i in group}
        site = self.of(members.values())
        return {i: view.about(site) for i, view in members.items()}

    def _new(self, middle: Site) -> Site:
        self._known.append(middle)
        return middle


def nearest(sites: Iterable[Site], to: Site) -> Site | None:
    """The site nearest to a place; None where none is near."""
    found = min(sites, key=lambda site: (apart_m(site, to), _order(site)), default=None)
    return found if found is not None and apart_m(found, to) < REACH_M else None


def middle_of(positions: Array) -> Site:
    """The middle of positions (N, 3), latitude, longitude, height, to 0.001° and 10 m: so that it
    is the same, mostly, whether photos come all at once or one after the other."""
    # Longitudes are averaged about the first one, across the antimeridian if need be.
    first = positions[0, 1]
    longitude = wrapped_deg(first + float(np.median(wrapped_deg(positions[:, 1] - first))))
    return Site(
        lat_deg=round(float(np.median(positions[:, 0])), 3),
        lon_deg=round(longitude, 3),
        height_m=round(float(np.median(positions[:, 2])), -1),
    )


def apart_m(a: Site, b: Site) -> float:
    """Between two sites in a straight line."""
    between = a.ecef_from_enu.translation_m - b.ecef_from_enu.translation_m
    return float(np.linalg.norm(between))


def _order(site: Site) -> tuple[float, float, float]:
    return site.lat_deg, site.lon_deg, site.height_m
