"""Features that stay in their files: the same as those in memory, whatever was let go meanwhile."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.registration_makers import EXACT, views_of, walk
from worldmap.camera import Lens
from worldmap.errors import StorageError
from worldmap.records import Features
from worldmap.registration.calibrated import calibrated
from worldmap.registration.features import load_features, save_features
from worldmap.registration.stored import FeatureStore, StoredFeatures

VIEWS = views_of(walk(4), EXACT)


@pytest.fixture
def paths(tmp_path: Path) -> dict[int, Path]:
    made = {i: tmp_path / f"{i}.npz" for i in VIEWS}
    for i, path in made.items():
        save_features(path, VIEWS[i].features)
    return made


def assert_same(found: Features, expected: Features) -> None:
    assert len(found) == len(expected)
    for field in fields(Features):
        one, other = (getattr(each, field.name) for each in (found, expected))
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        else:
            assert one == other, field.name


@pytest.mark.parametrize("most_bytes", [0, 1 << 30])
def test_they_are_those_of_the_file(paths: dict[int, Path], most_bytes: int) -> None:
    store = FeatureStore(most_bytes)
    stored = {i: store.features(path) for i, path in paths.items()}
    for i, path in paths.items():
        assert_same(stored[i], load_features(path))
        assert_same(pickle.loads(pickle.dumps(stored[i])), load_features(path))
        assert_same(replace(stored[i], kind="other"), replace(load_features(path), kind="other"))


def test_what_was_not_asked_for_last_is_let_go(
    paths: dict[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def load(path: Path) -> Features:
        read.append(path)
        return load_features(path)

    monkeypatch.setattr("worldmap.registration.stored.load_features", load)
    first, second, third, _ = paths.values()
    size = sum(
        each.nbytes
        for field in fields(Features)
        if isinstance(each := getattr(load_features(first), field.name), np.ndarray)
    )
    store = FeatureStore(int(2.5 * size))
    a, b, c = (store.features(path) for path in (first, second, third))
    assert read == [first, second, third]
    assert b.uv_px is b.uv_px
    assert c.descriptor is c.descriptor
    assert read == [first, second, third]
    assert len(a.uv_px) == len(a)
    assert read == [first, second, third, first]
    assert len(c.uv_px) == len(c)
    assert read == [first, second, third, first]


def test_a_camera_that_was_found_lifts_them_alike(paths: dict[int, Path]) -> None:
    (i, path) = next(iter(paths.items()))
    in_memory = replace(VIEWS[i], features=load_features(path))
    stored = replace(VIEWS[i], features=FeatureStore(0).features(path))
    camera = in_memory.camera
    longer = Lens(
        focal_px=1.1 * camera.fx_px, cx_px=camera.cx_px + 3.0, cy_px=camera.cy_px, k1=0.02, k2=0.0
    )
    shorter = replace(longer, focal_px=0.9 * camera.fx_px)
    for lens in (longer, shorter, shorter):
        in_memory, stored = calibrated(in_memory, lens), calibrated(stored, lens)
        assert isinstance(stored.features, StoredFeatures)
        assert_same(stored.features, in_memory.features)


def test_a_file_that_goes_away_is_said(paths: dict[int, Path]) -> None:
    path = paths[next(iter(paths))]
    stored = FeatureStore(0).features(path)
    other = FeatureStore(0)
    held = other.features(path)
    other.features(paths[max(paths)])
    path.unlink()
    assert len(stored.uv_px) == len(stored)  # the last one read is still there
    with pytest.raises(StorageError, match="is missing"):
        _ = held.uv_px
    with pytest.raises(AttributeError):
        _ = held.nothing  # type: ignore[attr-defined]
