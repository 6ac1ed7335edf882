"""Photos with another focal length than their tags say, in an area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worldmap.records import IngestedPhoto, PairRegistration
from worldmap.registration.view import PhotoView
from worldmap.registration.zoom import better, corrected, focal_factors
from worldmap.stages.register import register_again
from worldmap.stages.work import Work

_NAMED = 3


def with_true_zoom(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
) -> tuple[dict[int, PhotoView], list[PairRegistration], tuple[str, ...]]:
    """The photos and their pairs, those whose features are too large or too small for their focal
    length with the one that they show, where they then fit plainly more; and what to tell of it.

    Verdicts on these pairs are worked out each time: what is stored of them is by what the tags
    told or by what was found out, whichever was last.
    """
    factors = focal_factors(views, pairs)
    if not factors:
        return dict(views), list(pairs), ()
    tried = {i: corrected(views[i], factor) for i, factor in factors.items()}
    lenses = {i: view.camera.lens for i, view in tried.items()}
    theirs = [pair for pair in pairs if not factors.keys().isdisjoint(pair.key)]
    by_tags, by_sizes = register_again(work, photos, theirs, {}, lenses)
    before = [by_tags.get(pair.key, pair) for pair in pairs]
    found = better(factors, before, [by_sizes.get(pair.key, pair) for pair in pairs])
    # Only pairs of a photo that is better with one that is not are neither of both.
    mixed = [
        pair
        for pair in theirs
        if not found.isdisjoint(pair.key) and not (factors.keys() - found).isdisjoint(pair.key)
    ]
    (again,) = register_again(work, photos, mixed, {i: lenses[i] for i in found})
    again = {key: pair for key, pair in by_sizes.items() if not found.isdisjoint(key)} | again
    after = [again.get(pair.key, pair) for pair in before]
    named = sorted((views[i].name, factors[i]) for i in found)
    told = tuple(
        f"the focal length of {name} is about {factor:.2g} times what its tags say"
        for name, factor in named[:_NAMED]
    )
    more = len(named) - _NAMED
    further = (f"and of {more} more photos",) if more > 0 else ()
    return dict(views) | {i: tried[i] for i in found}, after, (*told, *further)
