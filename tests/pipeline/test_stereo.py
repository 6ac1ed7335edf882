"""Photos without depth in a map: `merge` gives them theirs where `stereo` is on, or says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.wall_makers import render, write_view
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.errors import EmptyAreaError
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose

QUICK = {"features": {"max_features": 1200, "planes": False}, "pairs": {"icp": False}}
SETTINGS = Settings.model_validate({"registration": QUICK, "stereo": {"enabled": True}})
WALK_M = (-1.5, -0.5, 0.5, 1.5)


class Told(Silence):
    """What it was warned of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def walked(folder: Path, *at_m: float) -> Path:
    """A map of photos along the wall, without depth."""
    for second, x_m in enumerate(at_m):
        path = write_view(folder / "photos" / f"{second}.jpg", x_m, second, seed=second + 1)
        path.with_name(f"{second}.depth.npy").unlink()
    ingest(folder / "map", [folder / "photos"], SETTINGS, jobs=0)
    return folder / "map"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of one photo."""
    return walked(tmp_path_factory.mktemp("alone"), 0.0)


def test_a_photo_alone_has_no_depth_and_is_told_so(alone: Path) -> None:
    told = Told()
    with pytest.raises(EmptyAreaError, match="found depth for none"):
        merge(alone, Everywhere(), SETTINGS, told, jobs=1)
    assert told.warnings == [
        "no depth from photos for 0.jpg: shows too little of what others show from some steps apart"
    ]


def test_without_being_asked_photos_wait(alone: Path) -> None:
    with pytest.raises(EmptyAreaError, match="none has depth yet") as raised:
        merge(alone, Everywhere(), Settings.model_validate({"registration": QUICK}), jobs=1)
    assert "--stereo" in (raised.value.hint or "")


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
