"""Which photos a merge is about, and what each of them is placed about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from worldmap.area import Area, Everywhere, bounds_about_deg
from worldmap.catalog import Catalog
from worldmap.fuse import FARTHEST_M
from worldmap.geodesy import Site
from worldmap.records import IngestedPhoto, PairStatus
from worldmap.registration.sites import middle_of, nearest
from worldmap.stages.places import places_deg
from worldmap.stages.reach import box_about_deg

# Photos are looked for this far around an area: so far a solution may move one off its tag.
_TAG_REACH_M = 1_000.0
# Of a group that is no larger than two blocks of the bundle nothing is gained by a cut.
_FEW_AROUND = 300
_RINGS = 2
# Beyond a photo that moves tiles change as far as it sees; photos that see there are looked at.
_HELD_AROUND_M = 2 * FARTHEST_M


def photos_by_tags(catalog: Catalog, area: Area) -> list[IngestedPhoto]:
    """Photos of the area by their tags, and all that no tag places."""
    if isinstance(area, Everywhere):
        return catalog.photos()
    # The catalog knows where photos ended up; a second merge has to take the same ones by their
    # tags, wherever the first one put them.
    near = catalog.tagged_photos(bounds_about_deg(area, _TAG_REACH_M), area.bounds_deg)
    return [
        photo
        for photo in near
        if photo.prior.lat_deg is None
        or photo.prior.lon_deg is None
        or bool(area.contains(photo.prior.lat_deg, photo.prior.lon_deg))
    ]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """The photos of a merge. beyond: of those at its border, by id, how many believed pairs tie
    each to photos that are not among them; none where the groups are whole."""

    photos: list[IngestedPhoto]
    beyond: Mapping[int, int]


def with_their_groups(
    catalog: Catalog, photos: Sequence[IngestedPhoto], *, whole: bool = False
) -> Part:
    """These and the photos that believed pairs tie to them, directly or over others: what an area
    cuts off from its neighbours would be placed worse than it is, and apart from them.

    A group that reaches far beyond the photos, as a town's does, is cut, unless it is to be
    `whole`: two rings of pairs around them are all that a solution beside an earlier one looks at
    (`PreviousSolution.reviewed`), and the outer ring stays where it is.
    """
    inside = {photo.photo_id for photo in photos}
    few, rings, edge = len(inside) + _FEW_AROUND, 0, set(inside)
    beyond: dict[int, int] = {}
    while edge:
        ties = [
            (a, b) for a, b, status, _ in catalog.verdicts(edge) if status == PairStatus.ACCEPTED
        ]
        ends = [(i, j) for a, b in ties for i, j in ((a, b), (b, a)) if i in edge]
        if not whole and rings >= _RINGS and len(inside) > few:
            beyond = dict(Counter(i for i, j in ends if j not in inside))
            break
        edge = {j for _, j in ends} - inside
        inside |= edge
        rings += 1
    found = [photo for photo in catalog.photos_by_id(inside) if photo.depth is not None]
    return Part(photos=found, beyond=beyond)


def around_deg(
    catalog: Catalog, area: Area, photos: Sequence[IngestedPhoto]
) -> tuple[float, float, float, float]:
    """West, south, east, north of what a merge of these photos of the area may change or ask."""
    part = with_their_groups(catalog, photos).photos
    ids = [photo.photo_id for photo in part]
    west, south, east, north = area.bounds_deg
    tagged = [
        (photo.prior.lat_deg, photo.prior.lon_deg)
        for photo in part
        if photo.prior.lat_deg is not None and photo.prior.lon_deg is not None
    ]
    solved = places_deg(catalog.poses(ids))
    # Corners of the area, in its order: a box may cross the antimeridian.
    corners = [(south, west), (north, west), (south, east), (north, east)]
    return box_about_deg(np.array([*corners, *tagged, *solved.tolist()]), _HELD_AROUND_M)


def sites_of(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> dict[int, Site]:
    """By photo id what each was placed about, so that a second merge changes nothing; of new photos
    the map's nearest site, and where none is near the middle of all these. Groups far from that
    get their own when they are known (`Sites`)."""
    found = {pose.photo_id: pose.site for pose in catalog.poses([p.photo_id for p in photos])}
    known = catalog.sites()
    strange = []
    for photo in photos:
        position = _position(photo)
        if photo.photo_id in found or position is None:
            continue
        near = nearest(known, Site(*position))
        if near is None:
            strange.append((photo.photo_id, position))
        else:
            found[photo.photo_id] = near
    rest = catalog.site() or Site(lat_deg=0.0, lon_deg=0.0, height_m=0.0)
    if strange:
        middle = middle_of(np.array([position for _, position in strange], dtype=np.float64))
        found |= dict.fromkeys((photo_id for photo_id, _ in strange), middle)
        rest = catalog.site() or middle
    return {photo.photo_id: found.get(photo.photo_id, rest) for photo in photos}


def _position(photo: IngestedPhoto) -> tuple[float, float, float] | None:
    prior = photo.prior
    if prior.lat_deg is None or prior.lon_deg is None or prior.height_m is None:
        return None
    return prior.lat_deg, prior.lon_deg, prior.height_m
