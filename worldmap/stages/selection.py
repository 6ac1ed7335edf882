"""Which photos a merge is about, and the origin that they are placed about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from worldmap.area import Area, Everywhere, bounds_about_deg
from worldmap.catalog import Catalog
from worldmap.frames import wrapped_deg
from worldmap.geodesy import Site
from worldmap.records import IngestedPhoto, PairStatus

# A site further from the photos than this would waste the millimetres of float64 for nothing.
_SITE_REACH_M = 10_000.0
# Photos are looked for this far around an area: so far a solution may move one off its tag.
_TAG_REACH_M = 1_000.0


def photos_by_tags(catalog: Catalog, area: Area) -> list[IngestedPhoto]:
    """Photos of the area by their tags, and all that no tag places."""
    if isinstance(area, Everywhere):
        return catalog.photos()
    # The catalog knows where photos ended up; a second merge has to take the same ones by their
    # tags, wherever the first one put them.
    near = catalog.photos(bounds_about_deg(area, _TAG_REACH_M), include_unpositioned=True)
    return [
        photo
        for photo in near
        if photo.prior.lat_deg is None
        or photo.prior.lon_deg is None
        or bool(area.contains(photo.prior.lat_deg, photo.prior.lon_deg))
    ]


def with_their_groups(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> list[IngestedPhoto]:
    """These and the photos that believed pairs tie to them, directly or over others: what an area
    cuts off from its neighbours would be placed worse than it is, and apart from them."""
    tied: dict[int, set[int]] = defaultdict(set)
    for a, b, status, _ in catalog.verdicts():
        if status == PairStatus.ACCEPTED:
            tied[a].add(b)
            tied[b].add(a)
    inside = {photo.photo_id for photo in photos}
    waiting = list(inside)
    while waiting:
        more = tied[waiting.pop()] - inside
        inside |= more
        waiting += more
    return [photo for photo in catalog.photos() if photo.photo_id in inside]


def site_of(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> Site:
    """The map's own origin where the photos are near it, so that a second merge changes nothing;
    else the middle of their positions, to 0.001° and 10 m: so that it is the same, mostly, whether
    photos come all at once or one after the other."""
    known = catalog.site()
    located = np.array(
        [
            (p.prior.lat_deg, p.prior.lon_deg, p.prior.height_m)
            for p in photos
            if p.prior.has_position and p.prior.height_m is not None
        ],
        dtype=np.float64,
    ).reshape(-1, 3)
    if not len(located):
        return known or Site(lat_deg=0.0, lon_deg=0.0, height_m=0.0)
    # Longitudes are averaged about the first one, across the antimeridian if need be.
    first = located[0, 1]
    east = wrapped_deg(located[:, 1] - first)
    longitude = wrapped_deg(first + float(np.median(east)))
    middle = Site(
        lat_deg=round(float(np.median(located[:, 0])), 3),
        lon_deg=round(longitude, 3),
        height_m=round(float(np.median(located[:, 2])), -1),
    )
    if known is not None:
        away = known.enu_from_geodetic(middle.lat_deg, middle.lon_deg, middle.height_m)
        if float(np.linalg.norm(away)) < _SITE_REACH_M:
            return known
    return middle
