"""An area's cells through the engine: the same wherever they are solved, and not twice."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.helpers.catalog_records import camera, full_metadata, prior
from tests.helpers.small_cluster import SmallCluster
from tests.registration.test_blocks import LONG, WHOLE, pairs_of, views
from worldmap.config import Settings
from worldmap.engine.node import Fate
from worldmap.mapfolder import Layout, Subfolder
from worldmap.records import Artifact, IngestedPhoto, PairRegistration, PlacedPose
from worldmap.registration.cells import JoinedCells, solve_in_cells
from worldmap.registration.features import save_features
from worldmap.registration.solve import solve as solve_here
from worldmap.registration.stored import FeatureStore
from worldmap.registration.view import PhotoView
from worldmap.stages import cells as module
from worldmap.stages.cells import CellSolver
from worldmap.stages.records_file import packed_records

MOST = 12


class Walk:
    """A walk of 24 photos in a map's folder, its features in files."""

    def __init__(self, root: Path, jobs: int = 1) -> None:
        self.layout = Layout(root)
        seen, store = views(LONG), FeatureStore()
        self.pairs: Sequence[PairRegistration] = pairs_of(seen, LONG)
        self.photos: list[IngestedPhoto] = []
        self.views: dict[int, PhotoView] = {}
        for i, view in seen.items():
            path = Path(Subfolder.FEATURES, f"{i}.npz")
            file = Artifact(path=path, content_hash=save_features(root / path, view.features))
            self.photos.append(
                IngestedPhoto(
                    photo_id=i,
                    metadata=full_metadata(str(i)),
                    camera=camera(),
                    depth=None,
                    features=file,
                    prior=prior(),
                    settings_hash="",
                )
            )
            self.views[i] = replace(view, features=store.features(root / path))
        folder = SimpleNamespace(root=root, layout=self.layout)
        self.work: Any = SimpleNamespace(
            folder=folder, settings=Settings(registration=WHOLE), jobs=jobs
        )

    @property
    def places(self) -> Mapping[int, Any]:
        return {i: p for i, view in self.views.items() if (p := view.position_enu) is not None}

    def solver(self) -> CellSolver:
        return CellSolver(self.work, self.photos, self.views, ())

    def solved(self, solver: CellSolver | None) -> JoinedCells:
        return solve_in_cells(
            self.views, self.places, self.pairs, WHOLE, most_photos=MOST, solve_parts=solver
        )

    @property
    def left(self) -> list[str]:
        """The files that cells have left, but what they were asked."""
        names = sorted(path.name for path in (self.layout.root / Subfolder.WORK).glob("*"))
        return [name for name in names if not name.endswith("-pairs.npz")]


def bits(found: JoinedCells) -> list[Any]:
    """All that came out, to the last bit."""
    told: list[Any] = [
        (p.photo_id, p.enu_from_cam.matrix.tobytes(), p.covariance.tobytes(), p.lens, p.pairs)
        for p in found.poses
        if isinstance(p, PlacedPose)
    ]
    told += [
        (p.key, p.own_reason, p.area_reason, p.inliers, p.inlier_index.tobytes())
        for p in found.pairs
    ]
    told += [(c.camera_key, c.lens.tobytes(), c.photo_ids) for c in found.calibrations]
    return told + list(found.seams)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """As it is solved without an engine."""
    walk = Walk(tmp_path_factory.mktemp("walk"))
    found = walk.solved(None)
    assert [len(own) for own in found.cells] == [MOST, MOST]
    return bits(found)


@pytest.mark.parametrize("jobs", [1, 2])
def test_they_are_the_same_here_and_in_processes(
    expected: list[Any], tmp_path: Path, jobs: int
) -> None:
    walk = Walk(tmp_path, jobs)
    solver = walk.solver()
    assert bits(walk.solved(solver)) == expected
    assert len(walk.left) == 2
    solver.done()
    assert list((tmp_path / Subfolder.WORK).iterdir()) == []


def test_they_are_the_same_over_a_cluster_that_loses_one(
    expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an item names what it is made of: features and pairs stay in their files."""
    walk, keys = Walk(tmp_path), list[str]()

    def becomes(item: Any, tried: int) -> Fate | None:
        keys.append(item.key)
        assert len(pickle.dumps(item)) < 5_000 * len(item.photos)
        return Fate.DIED if item.key == keys[0] and tried == 1 else None

    cluster = SmallCluster(processors=2, becomes=becomes)
    monkeypatch.setattr(module, "run_each", cluster.run_each)
    assert bits(walk.solved(walk.solver())) == expected
    assert sorted(cluster.tried.values()) == [1, 2]


def test_what_was_solved_before_is_not_solved_again(
    expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(tmp_path)
    solved: list[int] = []
    real, stops = solve_here, True

    def solve(seen: Any, *rest: Any, **more: Any) -> Any:
        if stops and solved:
            raise KeyboardInterrupt
        solved.append(len(seen))
        return real(seen, *rest, **more)

    monkeypatch.setattr(module, "solve", solve)
    with pytest.raises(KeyboardInterrupt):
        walk.solved(walk.solver())
    assert len(walk.left) == 1
    stops = False
    assert bits(walk.solved(walk.solver())) == expected
    assert len(solved) == 2
    # Nor what is there whole; what is damaged is as if it were not.
    assert bits(walk.solved(walk.solver())) == expected
    assert len(solved) == 2
    for name in walk.left:
        path = tmp_path / Subfolder.WORK / name
        path.write_bytes(path.read_bytes()[:-300])
    assert bits(walk.solved(walk.solver())) == expected
    assert len(solved) == 4


def test_what_decides_a_solution_is_in_its_name(tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    cells: list[Any] = []

    def note(parts: Any, on_part: Any) -> None:
        cells.extend(parts)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_in_cells(
            walk.views, walk.places, walk.pairs, WHOLE, most_photos=MOST, solve_parts=note
        )
    part = cells[0]
    one = part.photo_ids[0]

    def key(walk: Walk, pairs: Sequence[PairRegistration] = part.pairs) -> str:
        packed = packed_records([*pairs])
        return walk.solver()._key(part, packed, walk.work.settings.registration)

    before = key(walk)
    assert key(walk) == before
    assert key(walk, part.pairs[1:]) != before
    judged = [
        replace(part.pairs[0], rmse_px=np.nextafter(part.pairs[0].rmse_px, 9)),
        *part.pairs[1:],
    ]
    assert key(walk, judged) != before
    other = Walk(tmp_path / "other")
    other.views[one] = replace(other.views[one], heading_sigma_deg=1.0)
    assert key(other) != before
    other = Walk(tmp_path / "features")
    other.photos = [
        replace(p, features=replace(p.features, content_hash="0" * 64)) if p.photo_id == one else p
        for p in other.photos
    ]
    assert key(other) != before
