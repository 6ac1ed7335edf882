"""Which photos a merge is about, and what each of them is placed about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.area import Area, Everywhere, bounds_about_deg
from worldmap.catalog import Catalog
from worldmap.fuse import FARTHEST_M
from worldmap.geodesy import Site
from worldmap.records import IngestedPhoto, PairStatus
from worldmap.registration.sites import middle_of, nearest
from worldmap.stages.places import on_ellipsoid, places_deg
from worldmap.stages.reach import box_about_deg

# Photos are looked for this far around an area: so far a solution may move one off its tag.
_TAG_REACH_M = 1_000.0
FEW_AROUND: Final = 150
"""Of a group with no more photos around an area than a block of the bundle has nothing is gained by
a cut."""
_RINGS = 2
# So many of the nearest are looked at as partners of a photo (`candidate_pairs`).
_BESIDE = 121
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
    """The photos of a merge. around: those outside of the area; beyond: of those at the border, by
    id, how many believed pairs tie each to photos that are not among them; none where the groups
    are whole."""

    photos: list[IngestedPhoto]
    around: frozenset[int] = frozenset()
    beyond: Mapping[int, int] = field(default_factory=dict)


def with_their_groups(
    catalog: Catalog, photos: Sequence[IngestedPhoto], most_around: int | None
) -> Part:
    """These, placed photos that stand where new ones of them do, and the photos that believed pairs
    tie to all of them, directly or over others: what an area cuts off from its neighbours would be
    placed worse than it is, and apart from them.

    A group that reaches far beyond the photos, as a town's does, is cut where more than
    `most_around` are around them: two rings of pairs are all that a solution beside an earlier one
    looks at (`PreviousSolution.reviewed`), and the border stays where it is. None: no cut.
    """
    own = {photo.photo_id for photo in photos}
    beside = _beside_new(catalog, photos) - own
    most = None if most_around is None else len(own) + len(beside) + most_around
    inside, beyond = _tied(catalog, own | beside, most)
    found = [photo for photo in catalog.photos_by_id(inside) if photo.can_be_placed]
    return Part(photos=found, around=frozenset(inside - own), beyond=beyond)


def _tied(
    catalog: Catalog, own: Collection[int], most: int | None
) -> tuple[set[int], dict[int, int]]:
    """Photos by id, two rings and about so many, and what ties some of them to others, as in
    `Part`."""
    inside, edge, rings = set(own), set(own), 0
    while edge:
        ties = [
            (a, b) for a, b, status, _ in catalog.verdicts(edge) if status == PairStatus.ACCEPTED
        ]
        ends = [(i, j) for a, b in ties for i, j in ((a, b), (b, a)) if i in edge]
        if most is not None and rings >= _RINGS and len(inside) > most:
            return inside, dict(Counter(i for i, j in ends if j not in inside))
        edge = {j for _, j in ends} - inside
        inside |= edge
        rings += 1
    return inside, {}


def _beside_new(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> set[int]:
    """Placed photos that stand nearest to those of these that are not solved yet."""
    solved = {pose.photo_id for pose in catalog.poses([photo.photo_id for photo in photos])}
    new = [photo for photo in photos if photo.photo_id not in solved]
    tagged = _tags_deg(new)
    if not len(tagged):
        return set()
    rows = [row for row in catalog.stations(box_about_deg(tagged, FARTHEST_M)) if row[3] > 0]
    if not rows:
        return set()
    tree = cKDTree(on_ellipsoid(np.array([row[1:3] for row in rows])))
    near = tree.query(on_ellipsoid(tagged), k=min(_BESIDE, len(rows)))[1]
    return {rows[k][0] for k in np.unique(near)}


def _tags_deg(photos: Iterable[IngestedPhoto]) -> NDArray[np.float64]:
    """Latitude and longitude (N, 2) by the tags of those that have them."""
    told = [
        (photo.prior.lat_deg, photo.prior.lon_deg)
        for photo in photos
        if photo.prior.lat_deg is not None and photo.prior.lon_deg is not None
    ]
    return np.array(told, dtype=np.float64).reshape(-1, 2)


def around_deg(
    catalog: Catalog, area: Area, photos: Sequence[IngestedPhoto], most_around: int | None
) -> tuple[float, float, float, float]:
    """West, south, east, north of what a merge of these photos of the area may change or ask."""
    part = with_their_groups(catalog, photos, most_around).photos
    west, south, east, north = area.bounds_deg
    # In its order: a box may cross the antimeridian.
    corners = np.array([(south, west), (north, west), (south, east), (north, east)])
    solved = places_deg(catalog.poses([photo.photo_id for photo in part]))
    return box_about_deg(np.vstack((corners, _tags_deg(part), solved)), _HELD_AROUND_M)


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
