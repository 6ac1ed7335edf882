"""Photos as registration sees them, and what is known of their cameras by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.helpers.map_makers import SmallMap
from worldmap.camera import Lens
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.records import IngestedPhoto, PairRegistration
from worldmap.registration.view import PhotoView
from worldmap.stages import register
from worldmap.stages.selection import sites_of
from worldmap.stages.work import Work


def read(work: Work) -> tuple[list[IngestedPhoto], dict[int, PhotoView]]:
    photos = list(work.folder.catalog.photos())
    sites = sites_of(work.folder.catalog, photos)
    return photos, register.read_views(work, sites, photos, {})


def work_on(folder: MapFolder) -> Work:
    return Work(folder=folder, settings=Settings(), listener=Silence(), jobs=1, run_id=0)


def test_a_view_knows_what_gave_its_depth(small_map: SmallMap) -> None:
    with MapFolder.open(small_map.map_dir) as folder:
        _, views = read(work_on(folder))
    assert {view.depth_key for view in views.values()} == {"measured"}


def test_new_pairs_are_judged_with_what_the_camera_is_known_to_be(
    small_map: SmallMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalog's calibration, where that lies plainly off the tags; known pairs stay as they
    are."""
    asked: list[Mapping[int, Lens]] = []
    before: dict[tuple[int, int], PairRegistration] = {}

    def judged(
        work: Work,
        by_id: Mapping[int, IngestedPhoto],
        pairs: Sequence[tuple[int, int]],
        on_pair: Callable[[PairRegistration], None],
        lenses: Mapping[int, Lens],
    ) -> None:
        asked.append(lenses)
        for key in pairs:
            on_pair(before[key])

    def no_pairs(*_: Any, **__: Any) -> dict[tuple[int, int], PairRegistration]:
        return {}

    with MapFolder.open(small_map.map_dir) as folder:
        work = work_on(folder)
        photos, views = read(work)
        before.update({p.key: p for p in register.register_all(work, photos, views)})
        (told, *_) = folder.catalog.calibrations()
        moved = replace(told, lens=np.array([0.2, 0.0, 0.0, 0.0, 0.0]), covariance=np.eye(5) * 1e-8)
        right = replace(moved, lens=np.zeros(5))
        monkeypatch.setattr(register, "_run_pairs", judged)
        monkeypatch.setattr(Catalog, "find_pairs", no_pairs)
        monkeypatch.setattr(Catalog, "record_pairs", no_pairs)
        monkeypatch.setattr(Catalog, "poses", lambda *_: [])
        for known in (moved, right):
            monkeypatch.setattr(Catalog, "calibrations", lambda *_, known=known: [known])
            register.register_all(work, photos, views)
    members = {i for i, view in views.items() if view.camera_key == told.camera_key}
    assert asked[0].keys() == members
    for i, lens in asked[0].items():
        assert lens.focal_px == pytest.approx(np.exp(0.2) * views[i].camera.fx_px, rel=0.05)
    assert asked[1] == {}
