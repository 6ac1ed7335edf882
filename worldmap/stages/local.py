"""Groups of photos of which none could be placed, each as a map of its own beside the globe's.

Such a group knows its shape, and by its photos' depth its size, but not where it is, or which way
it stands. It is solved and fused as any other about a place that is made up, in the folder `local`
of the map: nothing of it is in the map's own catalog or tiles, and whatever looks at maps looks at
it. When a merge places one of its photos, its local map goes.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from worldmap.artifact import write_error, write_file
from worldmap.catalog.names import HEAD
from worldmap.engine import working_here
from worldmap.errors import CatalogError
from worldmap.geodesy import Site
from worldmap.mapfolder import MapFolder, Subfolder, making_local_maps
from worldmap.mapfolder.local import MARK, is_local, mark_text
from worldmap.records import (
    NORTH_OF_FRAME,
    IngestedPhoto,
    PairRegistration,
    PosePrior,
    UnplacedPose,
)
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.stages.refine import refine_depths
from worldmap.stages.register import read_views
from worldmap.stages.solution import AreaSolution, solve_area
from worldmap.stages.standing import hashed
from worldmap.stages.tiles import update_tiles
from worldmap.stages.work import Work

# Part of every local map's name: raise it when the same group would come out otherwise.
_VERSION: Final = 2
_NAME_DIGITS: Final = 12
_NEW: Final = ".new-"
# In the Gulf of Guinea, where no photo stands. UTM is true to scale there, its grid's north is true
# north, and a group does not reach over the equator or into another zone.
_MADE_UP: Final = Site(0.01, 4.62, 0.0)
_FEWEST: Final = 2
# Of the one photo that the frame is laid by.
_SIGMA_M, _SIGMA_DEG = 0.1, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMap:
    """A local map: its folder, its photos, its points."""

    folder: Path
    photos: tuple[Path, ...]
    points: int

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"{len(self.photos)} photos match each other, and nothing says where they are: not on "
            f"the globe yet, but to be looked at: `worldmap view --map {self.folder}`"
        )


def update_local_maps(
    work: Work, photos: Sequence[IngestedPhoto], solution: AreaSolution
) -> tuple[LocalMap, ...]:
    """Bring the local maps up to date with a solution: those of groups that are as they were, or
    that have no photo among these, stay; those that no group is any more go.

    Raises StorageError or CatalogError where one cannot be read or written.
    """
    groups = _unplaced_groups(photos, solution)
    root = work.folder.layout.local()
    if not groups and not root.is_dir():
        return ()
    wanted = {_name_of(work, group, solution.pairs): group for group in groups}
    found = []
    with making_local_maps(work.folder.root):
        _remove_others(root, wanted, {photo.photo_id for photo in photos})
        for name, group in wanted.items():
            if not is_local(root / name):
                _make(work, root, name, group, solution.pairs)
            found.append(_local_map(root / name, group))
    return tuple(found)


def drop_local_maps_of(folder: MapFolder, photo_ids: Iterable[int]) -> None:
    """Remove local maps that hold one of these photos; the next merge makes them without. For
    photos that leave the map. StorageError where one cannot be removed."""
    gone = set(photo_ids)
    for root in _folders(folder.layout.local()):
        if _may_hold(root, gone):
            _remove(root)


def _may_hold(root: Path, photo_ids: Set[int]) -> bool:
    """Whether one of these photos is in it; also where that cannot be told."""
    try:
        with MapFolder.open(root) as local:
            return bool(local.catalog.paths(photo_ids))
    except CatalogError:  # half made, or of another version
        return True


def _unplaced_groups(
    photos: Sequence[IngestedPhoto], solution: AreaSolution
) -> list[list[IngestedPhoto]]:
    """Largest first; those of them that have depth, without which there is nothing to show."""
    by_id = {photo.photo_id: photo for photo in photos if photo.depth and photo.features}
    members: dict[int, list[IngestedPhoto]] = defaultdict(list)
    placed = set()
    for pose in solution.poses:
        if not isinstance(pose, UnplacedPose):
            placed.add(pose.component)
        elif pose.component >= 0 and pose.photo_id in by_id:
            members[pose.component].append(by_id[pose.photo_id])
    groups = [
        sorted(group, key=lambda photo: photo.photo_id)
        for component, group in members.items()
        if component not in placed and len(group) >= _FEWEST
    ]
    return sorted(groups, key=lambda group: (-len(group), group[0].photo_id))


def _inside(
    group: Sequence[IngestedPhoto], pairs: Sequence[PairRegistration]
) -> list[PairRegistration]:
    ids = {photo.photo_id for photo in group}
    return [pair for pair in pairs if pair.photo_a in ids and pair.photo_b in ids]


def _name_of(work: Work, group: Sequence[IngestedPhoto], pairs: Sequence[PairRegistration]) -> str:
    """By all that decides what the map is."""
    settings = work.settings
    return hashed(
        _VERSION,
        SOLVE_VERSION,
        HEAD,  # one of an older catalog is made anew, not upgraded
        [(photo.photo_id, photo.settings_hash, photo.depth_hash) for photo in group],
        [(pair.key, pair.accepted, pair.inliers) for pair in _inside(group, pairs)],
        *(
            section.model_dump(mode="json")
            for section in (
                settings.registration.solver,
                settings.refine,
                settings.fuse,
                settings.tiles,
            )
        ),
    )[:_NAME_DIGITS]


def _make(
    work: Work,
    root: Path,
    name: str,
    group: Sequence[IngestedPhoto],
    pairs: Sequence[PairRegistration],
) -> None:
    new = root / f"{_NEW}{name}"
    with (
        # A bucket's are on this machine alone.
        working_here(),
        MapFolder.open(new, create=True) as folder,
        folder.run("merge", work.settings, solve_version=SOLVE_VERSION) as run,
    ):
        inner = replace(work, folder=folder, run_id=run.run_id)
        inside = _inside(group, pairs)
        _record(work.folder, folder, group, _laid_by(group, inside))
        photos = folder.catalog.photos()
        sites = {photo.photo_id: _MADE_UP for photo in photos}
        views = read_views(inner, sites, photos, {})
        solved = solve_area(inner, photos, views, _as_if_new(inside), {}, None)
        refine_depths(inner, photos, views, solved)
        update_tiles(inner, near=None)
        run.outcome = f"{len(photos)} photos, not on the globe yet"
    names = sorted(photo.metadata.path.name for photo in group)
    write_file(new / MARK, mark_text(names).encode())
    try:
        new.rename(root / name)
    except OSError as error:
        raise write_error(root / name, error) from error


def _as_if_new(pairs: Sequence[PairRegistration]) -> list[PairRegistration]:
    """Without what the area said: that is said again."""
    return [replace(pair, area_reason="") for pair in pairs]


def _laid_by(group: Sequence[IngestedPhoto], pairs: Sequence[PairRegistration]) -> int:
    """The photo that the frame is laid by: the one that most pairs hold."""
    held: Mapping[int, int] = {
        photo.photo_id: sum(photo.photo_id in pair.key for pair in pairs if pair.accepted)
        for photo in group
    }
    return max(held, key=lambda photo_id: (held[photo_id], -photo_id))


def _record(
    source: MapFolder, target: MapFolder, group: Sequence[IngestedPhoto], laid_by: int
) -> None:
    """The photos' rows and files, the latter not twice on the disk where that can be."""
    # Tags that together say no place or no heading are set aside together.
    has_position = any(photo.prior.has_position for photo in group)
    has_compass = not has_position and any(p.prior.heading_deg is not None for p in group)
    for photo in group:
        prior = _nowhere(photo.prior) if has_position else photo.prior
        files = {
            Subfolder.DEPTH: (source.layout.depth(photo), photo.depth),
            Subfolder.FEATURES: (source.layout.features(photo), photo.features),
        }
        for subfolder, (path, artifact) in files.items():
            assert artifact is not None
            _link(path, target.layout.file(subfolder, artifact.path))
        target.catalog.record_photo(
            photo.metadata,
            camera=photo.camera,
            depth=photo.depth,
            depth_map=source.catalog.depth_map(photo.photo_id),
            features=photo.features,
            prior=_made_up(prior, north=not has_compass) if photo.photo_id == laid_by else prior,
            settings_hash=photo.settings_hash,
        )


def _nowhere(prior: PosePrior) -> PosePrior:
    """Without place and compass."""
    return replace(prior, lat_deg=None, lon_deg=None, height_m=None, heading_deg=None)


def _made_up(prior: PosePrior, *, north: bool) -> PosePrior:
    """A place, and north where no compass of the group tells it."""
    placed = replace(
        prior,
        lat_deg=_MADE_UP.lat_deg,
        lon_deg=_MADE_UP.lon_deg,
        height_m=_MADE_UP.height_m,
        horizontal_sigma_m=_SIGMA_M,
        vertical_sigma_m=_SIGMA_M,
    )
    if not north:
        return placed
    return replace(
        placed, heading_deg=0.0, heading_sigma_deg=_SIGMA_DEG, heading_source=NORTH_OF_FRAME
    )


def _link(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, target)
    except OSError as error:
        raise write_error(target, error) from error


def _local_map(root: Path, group: Sequence[IngestedPhoto]) -> LocalMap:
    with MapFolder.open(root) as folder:
        points = folder.catalog.status().points
    return LocalMap(
        folder=root, photos=tuple(photo.metadata.path for photo in group), points=points
    )


def _folders(root: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return [each for each in root.iterdir() if each.is_dir() and not each.is_symlink()]
    return []


def _remove_others(root: Path, wanted: Mapping[str, object], photo_ids: Set[int]) -> None:
    for folder in _folders(root):
        if folder.name not in wanted and _may_hold(folder, photo_ids):
            _remove(folder)
    with suppress(OSError):  # it stays where one is left
        root.rmdir()


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise write_error(folder, error) from error
