"""Photos with another focal length than their tags say, in an area."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from worldmap.camera import Lens
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
    before = _registered(work, photos, pairs, factors, {})
    found = better(factors, before, _registered(work, photos, before, factors, lenses))
    after = _registered(work, photos, before, found, {i: lenses[i] for i in found})
    named = sorted((views[i].name, factors[i]) for i in found)
    told = tuple(
        f"the focal length of {name} is about {factor:.2g} times what its tags say"
        for name, factor in named[:_NAMED]
    )
    more = len(named) - _NAMED
    further = (f"and of {more} more photos",) if more > 0 else ()
    return dict(views) | {i: tried[i] for i in found}, after, (*told, *further)


def _registered(
    work: Work,
    photos: Sequence[IngestedPhoto],
    pairs: Sequence[PairRegistration],
    members: Collection[int],
    lenses: Mapping[int, Lens],
) -> list[PairRegistration]:
    """The pairs, those of these members judged again with the lenses."""
    theirs = [pair for pair in pairs if not set(pair.key).isdisjoint(members)]
    again = register_again(work, photos, theirs, lenses)
    return [again.get(pair.key, pair) for pair in pairs]
