"""Each placed photo's depth, held to the solution's points and to the photos beside it.

What a photo's refined depth is made of is hashed: its depth and pose, the points that hold it, the
pictures and poses of its neighbours, settings. One whose hash is that of its row is left alone, so
that a merge works out again what has moved, and one that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from worldmap.config import DepthSettings, Settings
from worldmap.depth import load_depth
from worldmap.depth.views import ColourPicture, ViewsNetwork
from worldmap.engine import Outcome, run_each
from worldmap.mapfolder import Layout, Subfolder, adding_files
from worldmap.plugins import VIEWS
from worldmap.records import (
    MEASURED,
    STEREO,
    DepthAnchors,
    IngestedPhoto,
    PlacedPose,
    RefinedArtifact,
)
from worldmap.refine import FEWEST_ANCHORS, RefineInput, refine, rival, save_refined
from worldmap.registration.anchors import depth_anchors
from worldmap.registration.view import PhotoView
from worldmap.stages.pictures import PictureStore
from worldmap.stages.solution import AreaSolution
from worldmap.stages.standing import hashed, standing_hash
from worldmap.stages.work import Work
from worldmap.stereo import WIDEST_PX

# Part of every hash: raise it when the same photos and poses give another depth.
_VERSION: Final = 7
# Fewer photos are refined in the time that processes take to start.
_WORTH_PROCESSES: Final = 4
_NO_NETWORK: Final = "none"


def refining_network(settings: Settings) -> ViewsNetwork | None:
    """The network of several photos that the settings name; None where they name none.

    UsageError for an unknown name, ModelError where its weights are not here.
    """
    name = settings.refine.network
    if name == _NO_NETWORK or not settings.refine.enabled:
        return None
    return _opened(name, settings.depth)


@lru_cache(maxsize=1)
def _opened(name: str, settings: DepthSettings) -> ViewsNetwork:
    network: ViewsNetwork = VIEWS.open(name, settings)
    return network


def refine_depths(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    solution: AreaSolution,
    *,
    only: Collection[int] | None = None,
) -> None:
    """Bring the refined depth of these photos up to date with the solution. Photos that matches do
    not hold, or that too few of the solution's points lie in, have none and stay as they are, and
    so do those whose depth photos gave each other or, unless `refine.measured`, came in a file.
    only: photos, by id, that are looked at, where the others are at the border of what was solved
    and stay as they are.

    Raises StorageError where a file cannot be read or written, CatalogError where a photo leaves
    the map meanwhile; errors as `refining_network`.
    """
    network = refining_network(work.settings)
    network_key = "" if network is None else network.settings_hash()
    catalog, layout, settings = work.folder.catalog, work.folder.layout, work.settings.refine
    by_id = {photo.photo_id: photo for photo in photos}
    placed = {pose.photo_id: pose for pose in solution.poses if isinstance(pose, PlacedPose)}
    # What photos gave each other is as their pictures have it already, what a sensor gave is so.
    as_it_is = (STEREO,) if settings.measured else (STEREO, MEASURED)
    ours = by_id.keys() if only is None else by_id.keys() & set(only)
    wanted = {i for i in ours & views.keys() if not views[i].depth_key.startswith(as_it_is)}
    anchors = (
        depth_anchors(
            views, solution.pairs, solution.poses, neighbours=settings.neighbours, only=wanted
        )
        if settings.enabled
        else {}
    )
    anchors = {i: held for i, held in anchors.items() if i in wanted}
    known = catalog.refined(ours)
    items, kept = [], set()
    for photo_id, held in sorted(anchors.items()):
        item = _Item(
            photo=by_id[photo_id],
            pose=placed[photo_id],
            anchors=held,
            neighbours=tuple((by_id[i], placed[i]) for i in held.neighbours),
            network_key=network_key,
        )
        before = known.get(photo_id)
        if (
            before
            and before.inputs_hash == item.inputs_hash
            and (not before.content_hash or layout.is_there(Subfolder.REFINED, before.path))
        ):
            kept.add(photo_id)
            continue
        items.append(item)
    gone = known.keys() - kept - {item.photo.photo_id for item in items}
    if gone:
        catalog.replace_refined(dropped=gone)
    if not items:
        return
    with (
        adding_files(work.folder.root),
        work.listener.stage("refine", len(items)) as stage,
    ):
        by_network = 0

        def keep(outcome: Outcome[_Item, _Refined]) -> None:
            nonlocal by_network
            refined = outcome.result()
            catalog.replace_refined([refined.artifact])
            by_network += refined.by_network
            stage.advance()

        run_each(
            _Worker(
                layout=layout,
                settings=work.settings,
                pictures=PictureStore(work.settings.photo, WIDEST_PX),
            ),
            items,
            jobs=work.jobs,
            least=_WORTH_PROCESSES,
            on_result=keep,
        )
    if network is not None:
        work.listener.note(
            f"{work.settings.refine.network}: its depth is the better one in {by_network} of "
            f"{len(items)} photos, by points that it was not fitted to; the others keep their own"
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Item:
    """A photo with all that its refined depth is made of."""

    photo: IngestedPhoto
    pose: PlacedPose
    anchors: DepthAnchors
    neighbours: tuple[tuple[IngestedPhoto, PlacedPose], ...]
    network_key: str

    @property
    def inputs_hash(self) -> str:
        held = self.anchors
        points = hashlib.sha256()
        for values in (held.uv_px, held.depth_m, held.sigma_rel):
            points.update(np.ascontiguousarray(values).tobytes())
        return hashed(
            _VERSION,
            standing_hash(self.photo, self.pose),
            points.hexdigest(),
            *(standing_hash(photo, pose) for photo, pose in self.neighbours),
            # A network's also depends on its weights.
            *([self.network_key] if self.network_key else []),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refined:
    """What became of a photo, and whether it was made from the network's depth."""

    artifact: RefinedArtifact
    by_network: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    layout: Layout
    settings: Settings
    pictures: PictureStore

    def _input(self, photo: IngestedPhoto, pose: PlacedPose) -> RefineInput:
        cleaned = load_depth(self.layout.depth(photo))
        grid = cleaned.depth_map.camera
        # The colours that are kept with a depth are no finer than that.
        is_coarse = max(grid.width_px, grid.height_px) < WIDEST_PX
        return RefineInput(
            camera=pose.solved_camera(photo.camera).rescaled(grid.width_px, grid.height_px),
            enu_from_cam=pose.enu_from_cam,
            cleaned=cleaned,
            depth_scale=pose.depth_scale,
            grey=self.pictures.grey(photo) if is_coarse else None,
        )

    def __call__(self, item: _Item) -> _Refined:
        photo, pose = item.photo, item.pose
        own = self._input(photo, pose)
        beside = [self._input(other, where.about(pose.site)) for other, where in item.neighbours]
        better = self._by_network(item, own, beside)
        pictures = [each.picture() for each in beside]
        found = refine(better or own, item.anchors, photo.camera, pictures)
        if found is not None and better is not None:
            found = replace(found, model=better.cleaned.depth_map.model)
        inputs_hash = item.inputs_hash
        path, content_hash = Path(), ""
        if found is not None:
            name = f"{photo.metadata.content_hash[:16]}-{inputs_hash[:16]}.npz"
            kept = self.layout.keep(
                Subfolder.REFINED, name, lambda place: save_refined(place, found)
            )
            path, content_hash = kept.path, kept.content_hash
        artifact = RefinedArtifact(
            photo_id=photo.photo_id,
            path=path,
            content_hash=content_hash,
            inputs_hash=inputs_hash,
            standing_hash=standing_hash(photo, pose),
        )
        return _Refined(artifact=artifact, by_network=found is not None and better is not None)

    def _by_network(
        self, item: _Item, own: RefineInput, beside: Sequence[RefineInput]
    ) -> RefineInput | None:
        """The photo with the network's depth, where that is the better one."""
        network = refining_network(self.settings)
        if network is None or not beside or len(item.anchors) < FEWEST_ANCHORS:
            return None
        found_m = network.depth(_coloured(own), [_coloured(each) for each in beside])
        if found_m is None:
            return None
        rules = self.settings.depth.clean
        return rival(own, found_m, network.model, item.anchors, item.photo.camera, rules)


def _coloured(photo: RefineInput) -> ColourPicture:
    return ColourPicture(
        camera=photo.camera, enu_from_cam=photo.enu_from_cam, rgb=photo.cleaned.rgb
    )
