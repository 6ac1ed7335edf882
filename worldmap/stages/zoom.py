"""Photos with another focal length than their tags say, in an area."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from worldmap.records import PairRegistration
from worldmap.registration.matching import matcher_for
from worldmap.registration.pair import register_pair
from worldmap.registration.view import PhotoView
from worldmap.registration.zoom import better, corrected, focal_factors
from worldmap.stages.work import Work

_NAMED = 3


def with_true_zoom(
    work: Work, views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
) -> tuple[dict[int, PhotoView], list[PairRegistration], tuple[str, ...]]:
    """The photos and their pairs, those whose features are too large or too small for their focal
    length with the one that they show, where they then fit plainly more; and what to tell of it.

    Verdicts on these pairs are worked out each time: what is stored of them is by what the tags
    told or by what was found out, whichever was last.
    """
    factors = focal_factors(views, pairs)
    if not factors:
        return dict(views), list(pairs), ()
    before = _registered(work, views, pairs, factors)
    tried = {i: corrected(v, factors[i]) if i in factors else v for i, v in views.items()}
    found = better(factors, before, _registered(work, tried, before, factors))
    seen = {i: tried[i] if i in found else v for i, v in views.items()}
    after = _registered(work, seen, before, found)
    names = sorted(views[i].name for i in found)
    told = tuple(
        f"the focal length of {name} is about {factors[i]:.2g} times what its tags say"
        for name, i in sorted((views[i].name, i) for i in found)[:_NAMED]
    )
    more = len(names) - _NAMED
    return seen, after, (*told, *((f"and of {more} more photos",) if more > 0 else ()))


def _registered(
    work: Work,
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    photos: Collection[int],
) -> list[PairRegistration]:
    """The pairs, those of these photos judged again."""
    settings = work.settings.registration.pairs
    found = []
    for pair in pairs:
        a, b = views[pair.photo_a], views[pair.photo_b]
        if set(pair.key).isdisjoint(photos):
            found.append(pair)
        else:
            found.append(register_pair(a, b, matcher_for(a.features.kind, settings), settings))
    return found
