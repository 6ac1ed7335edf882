"""Photos without depth in a map: `merge` gives them theirs from each other, or says why not."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.wall_makers import render, write_view
from worldmap.area import Everywhere
from worldmap.config import DepthSettings, Settings, StereoSettings
from worldmap.depth import load_depth
from worldmap.errors import EmptyAreaError, ModelError
from worldmap.listener import Silence, Stage
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose
from worldmap.stages.stereo import depth_from_photos
from worldmap.stages.work import Work

QUICK = {
    "features": {"max_features": 1200, "planes": False},
    "pairs": {"icp": False},
    "solver": {"guided": False},
}
SETTINGS = Settings.model_validate({"registration": QUICK})
WALK_M = (-1.5, -0.5, 0.5, 1.5)


class Told(Silence):
    """What it was warned of, and which stages had something to do."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.stages: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def note(self, message: str) -> None:
        self.notes.append(message)

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "photos") -> Iterator[Stage]:
        self.stages += [name] if total else []
        yield self


class Stopped(BaseException):
    """As Ctrl-C."""


class StoppedAfter(Silence):
    """Ends the work after some photos of a stage."""

    def __init__(self, stage: str, photos: int) -> None:
        self._stage, self._left, self._inside = stage, photos, False

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "photos") -> Iterator[Stage]:
        self._inside = name == self._stage
        yield self
        self._inside = False

    def advance(self, count: int = 1) -> None:
        self._left -= self._inside
        if self._left < 0:
            raise Stopped


def walked(folder: Path, *at_m: float, **options: object) -> Path:
    """A map of photos along the wall, without depth."""
    for second, x_m in enumerate(at_m):
        path = write_view(folder / "photos" / f"{second}.jpg", x_m, second, seed=second + 1)
        path.with_name(f"{second}.depth.npy").unlink()
    ingest(folder / "map", [folder / "photos"], SETTINGS, depth="stereo", jobs=0)
    return folder / "map"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of one photo."""
    return walked(tmp_path_factory.mktemp("alone"), 0.0)


def test_a_photo_alone_has_no_depth_and_is_told_so_but_looked_at_once(alone: Path) -> None:
    why = "no other photo may show the same place"
    for notes in (1, 0):
        told = Told()
        with pytest.raises(EmptyAreaError, match="found depth for none"):
            merge(alone, Everywhere(), SETTINGS, told, jobs=1)
        assert told.warnings == [f"no depth from photos for 0.jpg: {why}"]
        assert len(told.notes) == notes
    with MapFolder.open(alone) as folder:
        (photo,) = folder.state().photos.values()
    assert photo.waits_for == f"no depth yet: {why}"


def test_where_it_is_turned_off_photos_wait(alone: Path) -> None:
    off = Settings.model_validate({"registration": QUICK, "stereo": {"enabled": False}})
    with pytest.raises(EmptyAreaError, match="none has depth yet") as raised:
        merge(alone, Everywhere(), off, jobs=1)
    assert "--stereo" in (raised.value.hint or "")


@pytest.fixture
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stereo in a second: its cost grows with the pictures it looks at."""
    monkeypatch.setattr("worldmap.stereo.picture.WIDEST_PX", 128)


@pytest.mark.usefixtures("small_pictures")
@pytest.mark.nightly  # some seconds each, for a promise of its own
@pytest.mark.parametrize("stage", ["stereo", "agree"])
def test_what_was_stopped_goes_on_to_the_same_bytes(tmp_path: Path, stage: str) -> None:
    made = walked(tmp_path, *WALK_M[:3])
    begun, told = tmp_path / "begun", Told()
    shutil.copytree(made, begun)
    with pytest.raises(Stopped):
        look(begun, StoppedAfter(stage, 1))
    assert list((begun / "depth").glob("*.surface.npz"))
    for folder in (made, begun):
        look(folder, told)
    found, finished = (
        {path.name: path.read_bytes() for path in sorted((folder / "depth").iterdir())}
        for folder in (made, begun)
    )
    assert len(found) == 3
    assert finished == found
    # Found once, it is not looked for again.
    again = Told()
    look(made, again)
    assert (again.stages, again.warnings) == ([], [])


def test_without_the_engine_photos_that_have_depth_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_view(tmp_path / "photos" / "deep.jpg", 0.0, 0)
    write_view(tmp_path / "photos" / "plain.jpg", 1.0, 1)
    (tmp_path / "photos" / "plain.depth.npy").unlink()
    off = DepthSettings(network="stereo")
    settings = SETTINGS.model_copy(update={"depth": off})
    ingest(tmp_path / "map", [tmp_path / "photos"], settings, jobs=0)
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    told = Told()
    look(tmp_path / "map", told)
    (warning,) = told.warnings
    assert warning.startswith("depth from photos needs pycolmap")
    (tmp_path / "photos" / "deep.jpg").unlink()
    ingest(tmp_path / "alone", [tmp_path / "photos"], settings, jobs=0)
    with pytest.raises(ModelError, match="needs pycolmap"):
        look(tmp_path / "alone", told)


def test_a_photo_that_gets_no_depth_stands_where_its_tags_say_until_it_has_some(
    tmp_path: Path,
) -> None:
    for name, x_m, second in (("deep", 0.0, 0), ("plain", 1.0, 1), ("mute", 1.5, 2)):
        write_view(tmp_path / "photos" / f"{name}.jpg", x_m, second)
    late = tmp_path / "photos" / "plain.depth.npy"
    kept = late.rename(tmp_path / "kept.npy")
    (tmp_path / "photos" / "mute.depth.npy").unlink()
    without_stereo = {
        "depth": DepthSettings(network="stereo"),
        "stereo": StereoSettings(enabled=False),
    }
    made, settings = tmp_path / "map", SETTINGS.model_copy(update=without_stereo)
    ingest(made, [tmp_path / "photos"], settings, jobs=0)

    def stands() -> dict[str, tuple[str, int]]:
        with MapFolder.open(made) as folder:
            state, points = folder.state(), folder.points(Everywhere())
        names = {i: photo.metadata.path.stem for i, photo in state.photos.items()}
        count = Counter(names[i] for i in points.cloud.photo_id.tolist())
        return {names[i]: (pose.reason, count[names[i]]) for i, pose in state.poses.items()}

    found = merge(made, Everywhere(), settings, jobs=0)
    assert (found.placed, found.by_tags) == (3, 3)
    without = "by its tags alone: no depth yet"
    before = stands()
    assert before["plain"] == before["mute"] == (without, 0)
    assert before["deep"][1] > 0
    kept.rename(late)
    ingest(made, [tmp_path / "photos"], settings, jobs=0)
    merge(made, Everywhere(), settings, jobs=0)
    after = stands()
    assert after["mute"] == (without, 0)
    assert after["plain"][0] == ""


def look(map_dir: Path, listener: Silence) -> None:
    """Merge as far as depth goes."""
    with MapFolder.open(map_dir) as folder, folder.run("merge", SETTINGS) as run:
        work = Work(folder=folder, settings=SETTINGS, listener=listener, jobs=1, run_id=run.run_id)
        depth_from_photos(work, list(folder.state().photos.values()))


@pytest.mark.nightly
def test_photos_without_depth_are_placed_and_give_points(tmp_path: Path) -> None:
    made, told = walked(tmp_path, *WALK_M), Told()
    found = merge(made, Everywhere(), SETTINGS, told, jobs=2)
    assert found.placed == len(WALK_M)
    assert found.points > 100
    assert told.warnings == []
    with MapFolder.open(made) as folder:
        state = folder.state()
        assert not list((made / "depth").glob("*.surface.npz"))
        ids = sorted(state.photos, key=lambda i: state.photos[i].metadata.path.name)
        poses = [state.poses[i] for i in ids]
        assert all(isinstance(pose, PlacedPose) for pose in poses)
        east_m = [pose.enu_from_cam.translation_m[0] for pose in poses]
        steps = np.diff(east_m)
        # A walk of three metres under GPS of five says nothing of its size, but all of its shape.
        assert np.abs(steps / steps.mean() - 1).max() < 0.02
        for i, x_m in zip(ids, WALK_M, strict=True):
            cleaned = load_depth(folder.layout.depth(state.photos[i]))
            assert cleaned.depth_map.model.name == "stereo"
            _, true_m = render(x_m)
            both = cleaned.kept & np.isfinite(true_m)
            assert both.sum() > 0.5 * np.isfinite(true_m).sum()
            ratio = cleaned.depth_map.depth_m[both] / true_m[both] * steps.mean() ** -1
            assert np.median(np.abs(ratio / np.median(ratio) - 1)) < 0.01
    again = merge(made, Everywhere(), SETTINGS, told, jobs=2)
    assert again.tiles_written == 0
