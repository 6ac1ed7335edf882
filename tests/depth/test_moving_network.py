"""People and vehicles by a segmentation network, on a tiny random checkpoint in the real format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.depth_makers import photo_of, picture, tiny_depth_pro, tiny_upernet
from worldmap.config import DepthSettings
from worldmap.depth import clean, load_depth, open_estimator, save_depth, without_sky
from worldmap.depth.moving_finder import moving_finder, with_moving, without_stale_moving
from worldmap.errors import ModelError, UsageError
from worldmap.records import REMOVED_CODE, DepthMap, Removed

MOVING = REMOVED_CODE[Removed.MOVING]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that take everything for people."""
    folder = tmp_path_factory.mktemp("people")
    network = tiny_upernet(9.0)
    labels = dict(network.config.id2label)
    labels[next(i for i, name in labels.items() if name.lower() == "sky")] = "person"
    network.config.id2label = labels
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[DepthMap, np.ndarray]:
    folder = tmp_path_factory.mktemp("depth-pro")
    tiny_depth_pro().save_pretrained(folder)
    settings = DepthSettings(depth_pro_weights=str(folder))
    rgb = picture(90, 120)
    return open_estimator("depth-pro", settings).estimate(photo_of(rgb), rgb), rgb


def settings_of(folder: Path, moving: str = "upernet") -> DepthSettings:
    return DepthSettings(moving=moving, sky="picture", upernet_weights=str(folder))


def test_who_moves_gives_no_points_and_no_features(
    people: Path, plain: tuple[DepthMap, np.ndarray], tmp_path: Path
) -> None:
    depth_map, rgb = plain
    finder = moving_finder(settings_of(people))
    assert finder is not None
    (found,) = with_moving(finder, [depth_map], [rgb])
    assert found.moving is not None
    assert found.moving.all()
    cleaned = clean(found, rgb, settings_of(people))
    assert (cleaned.removed[np.isfinite(found.depth_m)] == MOVING).mean() > 0.5
    assert not np.isfinite(without_sky(cleaned).depth_m).any()
    save_depth(tmp_path / "one.npz", cleaned)
    again = load_depth(tmp_path / "one.npz").depth_map
    assert again.moving_by == finder.key
    # Not asked twice, and forgotten when nobody is to be asked any more.
    assert with_moving(finder, [again], [rgb]) == [again]
    assert without_stale_moving(again, settings_of(people)) is again
    assert without_stale_moving(again, settings_of(people, "none")).moving is None


def test_which_one_is_asked(people: Path, tmp_path: Path) -> None:
    assert moving_finder(settings_of(people, "none")) is None
    assert moving_finder(settings_of(people, "auto")) is not None
    tiny_upernet(9.0).save_pretrained(tmp_path)
    assert moving_finder(settings_of(tmp_path, "auto")) is None
    with pytest.raises(ModelError, match="knows no person"):
        moving_finder(settings_of(tmp_path))
    with pytest.raises(UsageError, match="unknown finder of what moves 'crowd'"):
        moving_finder(settings_of(people, "crowd"))
