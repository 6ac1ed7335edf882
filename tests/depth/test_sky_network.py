"""Sky by a segmentation network, on a tiny random checkpoint in the real format."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.depth_makers import photo_of, picture, tiny_depth_pro, tiny_upernet
from tests.helpers.ingest_makers import by_name, ingest, write_photo
from worldmap.catalog import Catalog
from worldmap.config import DepthSettings
from worldmap.depth import clean, load_depth, open_estimator, save_depth
from worldmap.depth.offers import network_offers
from worldmap.depth.sky_finder import NamedFinder, sky_finder
from worldmap.depth.weights import import_model
from worldmap.errors import ModelError, UsageError
from worldmap.records import REMOVED_CODE, Removed

SKY = REMOVED_CODE[Removed.SKY]


@pytest.fixture(scope="module")
def all_sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that take everything for sky."""
    folder = tmp_path_factory.mktemp("all-sky")
    tiny_upernet(9.0).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def no_sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that take nothing for it."""
    folder = tmp_path_factory.mktemp("no-sky")
    tiny_upernet(-9.0).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def depth_pro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("depth-pro")
    tiny_depth_pro().save_pretrained(folder)
    return folder


def named(folder: Path) -> DepthSettings:
    return DepthSettings(sky="upernet", upernet_weights=str(folder))


def finder_of(settings: DepthSettings) -> NamedFinder:
    found = sky_finder(settings)
    assert found is not None
    return found


def test_what_it_takes_for_sky_gives_no_points_and_is_stored(
    all_sky: Path, no_sky: Path, depth_pro: Path, tmp_path: Path
) -> None:
    rgb = picture(90, 120)
    settings = named(all_sky).model_copy(update={"depth_pro_weights": str(depth_pro)})
    plain = open_estimator("depth-pro", settings).estimate(photo_of(rgb), rgb)
    assert plain.sky is None
    (found,) = finder_of(settings).with_sky([plain], [rgb])
    assert found.sky is not None
    assert found.sky.shape == plain.depth_m.shape
    cleaned = clean(found, rgb, settings)
    assert (cleaned.removed == SKY).all()
    save_depth(tmp_path / "d.npz", cleaned)
    again = load_depth(tmp_path / "d.npz").depth_map
    assert again.sky is not None
    assert again.sky.all()
    assert again.sky_by == finder_of(settings).key
    # One that has its sky already is not asked for again.
    assert finder_of(named(no_sky)).with_sky([again], [rgb]) == [again]
    (none,) = finder_of(named(no_sky)).with_sky([plain], [rgb])
    assert none.sky is not None
    assert not none.sky.any()


def test_which_one_is_asked(all_sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldmap.depth.weights._in_hub_cache", lambda hub_id: None)
    settings = DepthSettings(models_dir=tmp_path / "models")
    assert sky_finder(settings) is None
    with pytest.raises(ModelError, match="no upernet weights on this machine"):
        sky_finder(settings.model_copy(update={"sky": "upernet"}))
    with pytest.raises(UsageError, match="unknown finder of sky 'blue'"):
        sky_finder(settings.model_copy(update={"sky": "blue"}))
    done = import_model("upernet", all_sky, settings)
    assert (done.source.finds, done.source.licence) == ("sky", "MIT")
    assert "upernet" not in {offer.name for offer in network_offers(settings)}
    # What was asked for before is remembered: another value of the same meaning.
    there = settings.model_copy(update={"batch_size": 1})
    assert finder_of(there).key.startswith("upernet-")
    assert sky_finder(there.model_copy(update={"sky": "picture"})) is None


def test_ingest_runs_it_beside_the_network_and_again_when_it_changes(
    all_sky: Path, no_sky: Path, depth_pro: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_dir, config = tmp_path / "map", tmp_path / "c.yaml"
    write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    write_photo(tmp_path / "in" / "deep.jpg", seed=51)

    def ran_with(folder: Path) -> dict[str, tuple[str, str]]:
        config.write_text(
            f"depth: {{depth_pro_weights: {depth_pro}, sky: upernet, upernet_weights: {folder}}}\n"
        )
        return by_name(ingest(map_dir, tmp_path / "in", depth="auto", config=config))

    assert ran_with(no_sky) == {"plain.jpg": ("accepted", ""), "deep.jpg": ("accepted", "")}
    with Catalog.open(map_dir, create=False) as catalog:
        stored = {
            p.metadata.path.name: load_depth(map_dir / p.depth.path) for p in catalog.photos()
        }
    assert stored["plain.jpg"].depth_map.sky is not None
    assert stored["deep.jpg"].depth_map.sky is None  # a sensor's
    monkeypatch.setattr("worldmap.depth.depth_pro.DepthPro.estimate_batch", None)
    found = ran_with(all_sky)
    assert found["deep.jpg"][0] == "skipped"
    assert found["plain.jpg"] == ("failed", "has no depth left after cleaning (mostly: sky)")
