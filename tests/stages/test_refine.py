"""Refining with a network of several photos: what it may and may not do to a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import PHOTOS, Notebook, SmallMap
from tests.helpers.published_checkpoints import save_any_view
from tests.helpers.street_makers import CAMERA, HEIGHT, WIDTH, Street, depth_map, pose_at
from worldmap.cli.exits import ExitCode
from worldmap.config import DepthSettings, RefineSettings, Settings
from worldmap.depth import load_depth, save_depth
from worldmap.depth.views import ColourPicture
from worldmap.errors import UsageError
from worldmap.mapfolder import MapFolder
from worldmap.plugins import VIEWS
from worldmap.records import DepthAnchors, DepthModel, RefinedDepth
from worldmap.refine import load_refined
from worldmap.registration.view import PhotoView
from worldmap.stages import refine as stage
from worldmap.stages.refine import refine_depths
from worldmap.stages.solution import AreaSolution
from worldmap.stages.work import Work

PLACES_M = (0.0, 1.0, 2.0, 3.0)
TRUE_M = depth_map(0.0).uncleaned_m
TRUTH = DepthModel(name="truth", weights_hash="of-truth", licence="none")


class Truth:
    """A network that is right but for its scale."""

    model = TRUTH

    def __init__(self, settings: DepthSettings) -> None:
        assert settings == DepthSettings()

    def settings_hash(self) -> str:
        return "truth"

    def depth(
        self, photo: ColourPicture, beside: Sequence[ColourPicture]
    ) -> NDArray[np.float32] | None:
        assert photo.rgb.shape == (HEIGHT, WIDTH, 3)
        assert len(beside) == 2
        return 3 * TRUE_M


class Listening(Notebook):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def settings_with(network: str, folder: Path | None = None) -> Settings:
    return Settings(
        refine=RefineSettings(measured=True, network=network),
        depth=DepthSettings() if folder is None else DepthSettings(da3_base_weights=str(folder)),
    )


def points(photo_id: int, others: Sequence[int]) -> DepthAnchors:
    """What the solution knows of a photo, right to two thousandths."""
    rng = np.random.default_rng(photo_id)
    place = rng.choice(TRUE_M.size, 300, replace=False)
    row, column = np.unravel_index(place, TRUE_M.shape)
    uv_px = np.column_stack((column + 0.5, row + 0.5)) * (CAMERA.width_px / WIDTH)
    true_m = TRUE_M[row, column].astype(np.float64)
    return DepthAnchors(
        photo_id=photo_id,
        uv_px=uv_px,
        depth_m=true_m * np.exp(0.002 * rng.standard_normal(len(row))),
        sigma_rel=np.full(len(row), 0.002),
        photos=np.full(len(row), 3),
        neighbours=tuple(others[:2]),
    )


def refined(
    street: Street, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, RefinedDepth], Listening]:
    """Each photo's refined depth, by name, and what was said."""
    listener = Listening()
    with MapFolder.open(street.map_dir) as folder, folder.run("merge", settings) as run:
        photos = folder.catalog.photos()
        ids = [photo.photo_id for photo in photos]
        poses = [pose_at(i, PLACES_M[k]) for k, i in enumerate(ids)]
        anchors = {i: points(i, [other for other in ids if other != i]) for i in ids}
        monkeypatch.setattr(stage, "depth_anchors", lambda *_, **__: anchors)
        work = Work(folder=folder, settings=settings, listener=listener, jobs=1, run_id=run.run_id)
        view = cast(PhotoView, SimpleNamespace(depth_key="measured-1"))
        solution = AreaSolution(poses=poses, pairs=(), before=(), contradicted=(), remarks=())
        refine_depths(work, photos, dict.fromkeys(ids, view), solution)
        found = folder.catalog.refined(ids)
        by_name = {
            photo.metadata.path.name: load_refined(folder.layout.refined(found[photo.photo_id]))
            for photo in photos
        }
    return by_name, listener


@pytest.fixture
def street(tmp_path: Path) -> Street:
    made = Street(tmp_path / "map")
    made.add(PLACES_M)
    return made


def spoil(street: Street, name: str) -> None:
    """Steps that no smooth field takes away in a photo's depth."""
    path = street.map_dir / "depth" / f"{name}.npz"
    given = load_depth(path)
    step = np.where(np.indices(TRUE_M.shape).sum(axis=0) // 8 % 2, 1.06, 0.95)
    depth_m = (given.uncleaned_m * step).astype(np.float32)
    depth = replace(given.depth_map, depth_m=depth_m)
    save_depth(path, replace(given, depth_map=depth, uncleaned_m=depth_m))


def test_nonsense_changes_nothing(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldmap.depth.depth_anything_3._LONG_SIDE_PX", 56)
    without, _ = refined(street, settings_with("none"), monkeypatch)
    weights = save_any_view(tmp_path / "weights")
    found, said = refined(street, settings_with("da3-base", weights), monkeypatch)
    assert said.stages == [("refine", len(PLACES_M))]  # all were looked at again
    (line,) = said.notes
    assert line.startswith("da3-base: its depth is the better one in 0 of 4 photos")
    for name, depth in without.items():
        assert found[name].model is None
        for part in ("range_m", "sigma_rel", "verdict"):
            np.testing.assert_array_equal(getattr(found[name], part), getattr(depth, part))
    # A merge with the same weights has nothing to do.
    _, again = refined(street, settings_with("da3-base", weights), monkeypatch)
    assert again.stages == []
    assert again.notes == []


def test_the_better_depth_is_taken_and_named(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VIEWS.own, "truth", f"{__name__}:Truth")
    spoil(street, "at+1.00.jpg")
    own, _ = refined(street, settings_with("none"), monkeypatch)
    found, said = refined(street, settings_with("truth"), monkeypatch)
    assert {name for name, depth in found.items() if depth.model} == {"at+1.00.jpg"}
    assert "1 of 4 photos" in said.notes[0]
    spoiled = found["at+1.00.jpg"]
    assert spoiled.model == TRUTH
    known = np.isfinite(spoiled.range_m)
    assert known.mean() > 0.9
    better = np.abs(np.log(spoiled.range_m / TRUE_M))[known]
    before = np.abs(np.log(own["at+1.00.jpg"].range_m / TRUE_M))[known]
    assert np.median(better) < 0.2 * np.median(before)
    # Without the network it is the photo's own again.
    back, _ = refined(street, settings_with("none"), monkeypatch)
    np.testing.assert_array_equal(back["at+1.00.jpg"].range_m, own["at+1.00.jpg"].range_m)


def test_weights_that_are_not_here_are_told_before_any_work(street: Street, tmp_path: Path) -> None:
    told = tmp_path / "told.yaml"
    told.write_text(
        f"refine: {{network: da3-base}}\ndepth: {{models_dir: {tmp_path / 'models'}}}\n"
    )
    ran = Ran("merge", "--area", "all", "--map", street.map_dir, "--config", told)
    assert ran.code == ExitCode.MODEL
    assert "no da3-base weights on this machine" in ran.error
    assert "worldmap models fetch da3-base" in ran.error
    assert "only takes effect at ingest" not in ran.err
    with MapFolder.open(street.map_dir) as folder:
        assert folder.catalog.runs() == []
    with pytest.raises(UsageError, match="unknown network of several photos 'da4'"):
        stage.refining_network(settings_with("da4"))


@pytest.mark.nightly  # the first test here by day
def test_a_whole_merge_is_none_the_worse_for_nonsense(small_map: SmallMap, tmp_path: Path) -> None:
    plain, with_network = (small_map.copied(tmp_path / name) for name in ("plain", "network"))
    plain.merge_again(settings=settings_with("none"))
    weights = save_any_view(tmp_path / "weights")
    with_network.merge_again(settings=settings_with("da3-base", weights))
    assert dict(with_network.notebook.stages)["refine"] == PHOTOS
    assert with_network.tile_bytes() == plain.tile_bytes()
