"""What photos look like, kept from merge to merge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.small_cluster import SmallCluster
from tests.stages.test_cells import Walk
from worldmap.artifact import file_hash
from worldmap.errors import StorageError
from worldmap.mapfolder import Subfolder
from worldmap.records import Artifact
from worldmap.registration import candidates
from worldmap.registration.features import load_features, save_features
from worldmap.registration.retrieval import Vlad, sift_words
from worldmap.registration.stored import FeatureStore
from worldmap.stages import alike as module
from worldmap.stages.alike import KeptVectors


class Described(Walk):
    """A walk whose features have descriptors."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        for row in range(len(self.photos)):
            self.redescribe(row, seed=row)

    def redescribe(self, row: int, seed: int) -> None:
        photo = self.photos[row]
        path = self.layout.root / photo.features.path
        before = load_features(path)
        descriptor = np.random.default_rng(seed).integers(0, 120, (len(before), 128))
        features = replace(before, descriptor=descriptor.astype(np.uint8))
        save_features(path, features)
        told = Artifact(path=photo.features.path, content_hash=file_hash(path))
        self.photos[row] = replace(photo, features=told)
        view = self.views[photo.photo_id]
        self.views[photo.photo_id] = replace(view, features=FeatureStore().features(path))

    def vectors(self, count: int | None = None) -> np.ndarray:
        """Of the first photos, as a merge asks for them."""
        told = KeptVectors(self.work, self.photos).vectors(list(self.views.values())[:count])
        return np.asarray(told[:], dtype=np.float32)

    @property
    def expected(self) -> np.ndarray:
        return Vlad().vectors(list(self.views.values())).astype(np.float16).astype(np.float32)

    @property
    def files(self) -> list[str]:
        folder = self.layout.root / Subfolder.CACHE / "alike"
        return sorted(path.name.split("-")[1] for path in folder.glob("*"))


@pytest.fixture
def walk(tmp_path: Path) -> Described:
    return Described(tmp_path / "map")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which photos' features are read."""
    names: list[str] = []

    def load(path: Path) -> Any:
        names.append(path.stem)
        return load_features(path)

    monkeypatch.setattr(module, "load_features", load)
    return names


def test_no_photo_is_described_twice(walk: Described, read: list[str]) -> None:
    assert np.array_equal(walk.vectors(20), walk.expected[:20])
    assert len(read) == 20
    assert np.array_equal(walk.vectors(), walk.expected)
    assert len(read) == len(walk.views)
    assert walk.files == ["20", "4"]
    # But one whose features are others, and no other for it.
    walk.redescribe(3, seed=99)
    assert np.array_equal(walk.vectors(), walk.expected)
    assert read[len(walk.views) :] == [walk.photos[3].features.path.stem]


def test_those_that_are_asked_for_are_read(walk: Described) -> None:
    told = KeptVectors(walk.work, walk.photos).vectors(list(walk.views.values()))
    assert len(told) == len(walk.views)
    assert np.array_equal(told[[7, 2, 2]], walk.expected[[7, 2, 2]])
    assert np.array_equal(told[5:9], walk.expected[5:9])


def test_many_small_files_become_one(walk: Described, read: list[str]) -> None:
    for count in range(1, len(walk.views) + 1):
        assert np.array_equal(walk.vectors(count), walk.expected[:count])
    assert len(walk.files) <= module._MOST_SMALL
    assert len(read) == len(walk.views)
    assert np.array_equal(walk.vectors(), walk.expected)


def test_what_is_damaged_is_as_none(walk: Described) -> None:
    walk.vectors()
    folder = walk.layout.root / Subfolder.CACHE / "alike"
    (path,) = folder.glob("*")
    content = path.read_bytes()
    path.write_bytes(content[:-7])
    (folder / f"{path.name.split('-')[0]}-x-y").write_bytes(b"")
    assert np.array_equal(walk.vectors(), walk.expected)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written(walk: Described, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise StorageError("the disk is full")

    monkeypatch.setattr(module, "write_file", fail)
    assert np.array_equal(walk.vectors(), walk.expected)
    assert walk.files == []


def test_a_cluster_describes_them(walk: Described, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = SmallCluster(processors=2)
    monkeypatch.setattr(module, "run_each", cluster.run_each)
    assert np.array_equal(walk.vectors(), walk.expected)
    assert len(cluster.tried) == len(walk.views)


def test_features_without_words_of_their_own_are_described_each_time(walk: Described) -> None:
    """Their words are those of the map's first photos."""
    walk.views = {
        i: replace(view, features=replace(view.features, kind="other"))
        for i, view in walk.views.items()
    }
    assert np.array_equal(walk.vectors(), Vlad().vectors(list(walk.views.values())))
    assert walk.files == []


def test_themost_alike_are_found_whatever_is_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(53, 12)).astype(np.float32)
    vectors[40:45] = vectors[10:15]  # equals: the first is nearer
    rows = [0, 12, 42, 52]
    likeness = vectors[rows] @ vectors.T
    likeness[np.arange(4), rows] = -np.inf
    expected = np.argsort(-likeness, axis=1, kind="stable")[:, :6]
    for at_once in (1, 7, 53, 100):
        monkeypatch.setattr(candidates, "_ALL_AT_ONCE", at_once)
        found = candidates.most_alike(vectors, rows, 6)
        assert [set(row) for row in found.tolist()] == [set(row) for row in expected.tolist()]
        assert found[1, 0] == 42
    assert sift_words().size == Vlad().words * 128
