"""The cells of a large area, each solved wherever the engine has room.

What a cell is solved of and what came of it are files of the map, called by all that decides the
solution. So a node needs nothing but names, and a merge that was stopped begins with the cells that
are solved already. They go once the catalog has the area's solution; what a stopped merge leaves
that is not run again, `gc` removes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.config import RegistrationSettings
from worldmap.engine import Outcome, run_each
from worldmap.errors import StorageError
from worldmap.mapfolder import Layout, Subfolder, adding_files
from worldmap.records import (
    Artifact,
    CameraCalibration,
    Features,
    IngestedPhoto,
    PairRegistration,
)
from worldmap.registration.cells import CellPart, OnPart
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.registration.solve import Solution, solve
from worldmap.registration.stored import FeatureStore, StoredFeatures
from worldmap.registration.view import PhotoView
from worldmap.stages.records_file import packed_records, read_records, write_records
from worldmap.stages.standing import hashed
from worldmap.stages.work import Work

# Part of every name: raise it when files of the same name would have another form.
_VERSION: Final = 1


class CellSolver:
    """Solves an area's cells through the engine, and keeps what is solved until the area is."""

    def __init__(
        self,
        work: Work,
        photos: Sequence[IngestedPhoto],
        views: Mapping[int, PhotoView],
        calibrations: Sequence[CameraCalibration],
    ) -> None:
        self._work, self._views, self._calibrations = work, views, calibrations
        self._photos = {photo.photo_id: photo for photo in photos}
        self._kept: set[Path] = set()

    def __call__(self, parts: Sequence[CellPart], on_part: OnPart) -> None:
        """See `solve_in_cells`."""
        work, layout = self._work, self._work.folder.layout
        settings = work.settings.registration
        numbers: dict[str, list[int]] = defaultdict(list)
        items: list[_Cell] = []
        with adding_files(work.folder.root):
            for number, part in enumerate(parts):
                packed = packed_records([*part.pairs])
                key = self._key(part, packed, settings)
                told = _solved_file(key)
                self._kept.add(told)
                if layout.is_there(Subfolder.WORK, told):
                    try:
                        on_part(number, _read(layout, told, "", part.pairs))
                        continue
                    except StorageError:  # damaged: as if it were not there
                        layout.drop(Subfolder.WORK, told)
                numbers[key].append(number)
                if len(numbers[key]) > 1:
                    continue  # with their borders two may be of the same photos
                name = f"cell-{key}-pairs.npz"
                pairs = layout.keep(Subfolder.WORK, name, _writer(packed))
                self._kept.add(pairs.path)
                items.append(
                    _Cell(
                        key=key,
                        pairs=pairs,
                        photos=tuple(self._photo(i) for i in part.photo_ids),
                    )
                )

            def keep(outcome: Outcome[_Cell, Artifact]) -> None:
                told = outcome.result()
                for number in numbers[outcome.item.key]:
                    pairs = parts[number].pairs
                    on_part(number, _read(layout, told.path, told.content_hash, pairs))

            run_each(
                _Worker(layout=layout, settings=settings, calibrations=tuple(self._calibrations)),
                items,
                jobs=work.jobs,
                on_result=keep,
            )

    def done(self) -> None:
        """The area's solution is in the catalog: what its cells left goes."""
        for path in sorted(self._kept):
            self._work.folder.layout.drop(Subfolder.WORK, path)
        self._kept.clear()

    def _photo(self, photo_id: int) -> _CellPhoto:
        """A photo as it is named in an item."""
        view, photo = self._views[photo_id], self._photos[photo_id]
        features = view.features
        if isinstance(features, StoredFeatures) and features.lifts is not None:
            return _CellPhoto(
                photo=photo, view=replace(view, features=_ELSEWHERE), lifts=features.lifts
            )
        return _CellPhoto(photo=photo, view=view, lifts=None)

    def _key(
        self,
        part: CellPart,
        pairs: Mapping[str, NDArray[Any]],
        settings: RegistrationSettings,
    ) -> str:
        """Of everything that decides the cell's solution."""
        views, photos = self._views, self._photos
        return hashed(
            _VERSION,
            SOLVE_VERSION,
            settings.stage_hash(),
            self._work.settings.photo.stage_hash(),
            _digest(pairs),
            _digest(packed_records([replace(c, solved_at=None) for c in self._calibrations])),
            [
                (
                    i,
                    views[i].name,
                    views[i].tags_hash,
                    asdict(views[i].site),
                    photos[i].features.content_hash,
                    photos[i].metadata.content_hash,
                )
                for i in part.photo_ids
            ],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _CellPhoto:
    """A photo of a cell: its view without its features, where these are those of its file, lifted
    so; lifts None: as they are in the view."""

    photo: IngestedPhoto
    view: PhotoView
    lifts: tuple[tuple[Camera, Camera], ...] | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Cell:
    """A cell for a worker."""

    key: str
    pairs: Artifact
    photos: tuple[_CellPhoto, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """Solves a cell; returns the file of its solution."""

    layout: Layout
    settings: RegistrationSettings
    calibrations: tuple[CameraCalibration, ...]

    def __call__(self, cell: _Cell) -> Artifact:
        pairs: list[PairRegistration] = read_records(
            self.layout.stored(Subfolder.WORK, cell.pairs.path, cell.pairs.content_hash)
        )
        views = {each.photo.photo_id: self._view(each) for each in cell.photos}
        found = solve(views, pairs, self.settings, calibrations=self.calibrations)
        as_asked = {id(pair): row for row, pair in enumerate(pairs)}
        packed = packed_records(
            [
                found.poses,
                [as_asked.get(id(pair), pair) for pair in found.pairs],
                found.calibrations,
                found.remarks,
            ]
        )
        return self.layout.keep(Subfolder.WORK, _solved_file(cell.key).name, _writer(packed))

    def _view(self, each: _CellPhoto) -> PhotoView:
        if each.lifts is None:
            return each.view
        path = self.layout.features(each.photo)
        return replace(each.view, features=StoredFeatures.of(_features(), path, each.lifts))


def _no_features() -> Features:
    """In the place of those that are in a file."""
    none = np.empty((0, 2), dtype=np.float32)
    camera = Camera.centred(1, 1, 1.0)
    return Features(
        uv_px=none,
        descriptor=none,
        xyz_cam=none,
        depth_sigma_rel=none,
        scale_px=none,
        on_plane=none.astype(np.bool_),
        grid_depth_m=none,
        grid_sigma_m=none,
        grid_camera=camera,
        tilt=None,
    )


_ELSEWHERE: Final = _no_features()


@lru_cache(maxsize=1)
def _features() -> FeatureStore:
    """This process's."""
    return FeatureStore()


def _solved_file(key: str) -> Path:
    return Path(Subfolder.WORK, f"cell-{key}.npz")


def _read(
    layout: Layout, path: Path, content_hash: str, pairs: Sequence[PairRegistration]
) -> Solution:
    """A cell's solution; pairs: what it was solved of."""
    poses, told, calibrations, remarks = read_records(
        layout.stored(Subfolder.WORK, path, content_hash)
    )
    return Solution(
        poses=poses,
        pairs=[pairs[each] if isinstance(each, int) else each for each in told],
        calibrations=calibrations,
        remarks=remarks,
    )


def _writer(packed: dict[str, NDArray[Any]]) -> Callable[[Path], str]:
    return lambda path: write_records(path, packed)


def _digest(packed: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(packed.items()):
        digest.update(f"{name} {len(values)}\n".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
