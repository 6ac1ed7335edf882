"""Parts that other packages bring: a small one is installed, and used by its names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.helpers.map_makers import LAYOUT, Notebook, SmallMap
from worldmap import plugins
from worldmap.area import Everywhere
from worldmap.artifact import read_arrays, write_arrays
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import DepthSettings, FeatureSettings, PairSettings, Settings
from worldmap.demo import DemoTruth, Noise, write_demo
from worldmap.depth import open_estimator
from worldmap.depth.measured import MeasuredDepth
from worldmap.errors import ModelError, UsageError
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import SIFT, VLAD
from worldmap.registration.extractor import Keypoints, detected, open_extractor
from worldmap.registration.features import features_hash, load_features
from worldmap.registration.matching import CheckedMatcher, Matches, matcher_for
from worldmap.registration.retrieval import open_describer
from worldmap.stages.intake import IngestStatus

SOURCE = Path(__file__).parent / "data" / "plugin"
TINY = {
    "depth": {"source": "tiny", "options": {"suffix": ".far"}},
    "registration": {
        "features": {
            "kind": "tiny",
            "retrieval": "tiny",
            "planes": False,
            "options": {"count": 2000},
        },
        # So few that what photos look like decides which pairs are tried.
        "pairs": {"max_neighbours": 3},
    },
    "report": {"write": False},
}
PHOTOS = 4


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a scratch environment: a folder for the path."""
    folder = tmp_path_factory.mktemp("environment")
    source = shutil.copytree(SOURCE, folder / "source")
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    built = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=source,
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    (wheel,) = folder.glob("*.whl")
    # What an installer does with a wheel of pure Python.
    shutil.unpack_archive(wheel, folder / "site", format="zip")
    return folder / "site"


@pytest.fixture
def here(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same for this process."""
    monkeypatch.syspath_prepend(str(installed))
    for opened in (open_extractor, matcher_for, open_describer):
        opened.cache_clear()
    return installed


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> DemoTruth:
    """An exact scene, whose depth only the package can find; one photo tells no position."""
    folder = tmp_path_factory.mktemp("street")
    exact = Noise(without_gps=1)
    truth = write_demo(folder, layout=LAYOUT, noise=exact, seed=5, photos=PHOTOS)
    for path in sorted(truth.photo_dir.glob("*.depth.png")):
        path.rename(path.with_name(path.name.replace(".depth.", ".far.")))
    return truth


def worldmap(site: Path | None, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with the scratch environment or without."""
    environment = os.environ | {"PYTHONPATH": str(site or "")}
    return subprocess.run(
        [sys.executable, "-m", "worldmap", *map(str, arguments)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def summary(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.nightly  # it makes an environment; `python -m benchmarks house` runs it too
def test_a_package_brings_depth_features_a_matcher_and_retrieval(
    installed: Path, street: DemoTruth, tmp_path: Path
) -> None:
    map_dir, config = tmp_path / "map", tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(TINY))
    options = ("--map", map_dir, "--config", config, "--json")
    ran = summary(worldmap(installed, "ingest", street.photo_dir, "--jobs", 0, *options))
    assert (ran["accepted"], ran["failed"]) == (PHOTOS, 0)
    with Catalog.open(map_dir, create=False) as catalog:
        photos = catalog.photos()
        assert catalog.depth_map(photos[0].photo_id).model.name == "tiny"
    for photo in photos:
        features = load_features(map_dir / photo.features.path)
        assert (features.kind, features.retrieval) == ("tiny", "tiny")
        assert features.descriptor.dtype == np.uint8
        assert features.descriptor.shape == (len(features), 32)
        assert len(features) > 500
        assert features.appearance is not None
        assert features.appearance.shape == (192,)
    merged = summary(
        worldmap(installed, "merge", "--area", "all", "--jobs", 2, "--no-report", *options)
    )
    assert merged["placed"] == PHOTOS
    assert merged["pairs_accepted"] >= PHOTOS - 1
    assert merged["points"] > 10_000
    # Without the package the map can be looked at, and says what it lacks where it needs it.
    assert summary(worldmap(None, "status", "--map", map_dir, "--json"))["placed"] == PHOTOS
    refused = worldmap(None, "merge", "--area", "all", "--map", map_dir)
    assert refused.returncode == ExitCode.USAGE
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("worldmap: ")]
    assert "unknown kind of features 'tiny'; there is: sift" in line
    assert "Traceback" not in refused.stderr


@pytest.mark.nightly
def test_another_kind_of_features_is_extracted_and_nothing_else(
    here: Path, street: DemoTruth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_dir = tmp_path / "map"
    told = {"depth": {"source": "measured", "sidecar_suffix": ".far"}}
    plain = {"features": {"planes": False}}
    sift = Settings.model_validate(told | {"registration": plain})
    tiny = Settings.model_validate(told | {"registration": TINY["registration"]})
    assert ingest(map_dir, [street.photo_dir], sift, jobs=0).count(IngestStatus.ACCEPTED) == PHOTOS
    before = {p.name: p.read_bytes() for p in (map_dir / "depth").iterdir()}
    monkeypatch.setattr(MeasuredDepth, "estimate", None)
    some = [street.photo_dir / photo.name for photo in street.photos[:2]]
    assert ingest(map_dir, some, tiny, jobs=0).count(IngestStatus.ACCEPTED) == 2
    assert {p.name: p.read_bytes() for p in (map_dir / "depth").iterdir()} == before
    assert ingest(map_dir, some, tiny, jobs=0).count(IngestStatus.SKIPPED) == 2
    # Photos with features of two kinds: said, and none is matched with another's.
    notebook = Notebook()
    merge(map_dir, Everywhere(), sift, notebook, jobs=1)
    (warning,) = notebook.warnings
    assert "features of 2 kinds (2 sift, 2 tiny)" in warning
    with Catalog.open(map_dir, create=False) as catalog:
        kinds = {
            photo.photo_id: load_features(map_dir / photo.features.path).kind
            for photo in catalog.photos()
        }
        verdicts = catalog.verdicts()
    assert {kinds[a] for a, *_ in verdicts} == {"sift", "tiny"}
    assert all(kinds[a] == kinds[b] for a, b, *_ in verdicts)


# --- old maps ---------------------------------------------------------------------------------


def test_features_of_an_older_map_are_sift(small_map: SmallMap, tmp_path: Path) -> None:
    photo = small_map.photos[0]
    arrays, meta = read_arrays(small_map.map_dir / photo.features.path)
    assert (meta.pop("kind"), meta.pop("retrieval")) == (SIFT, VLAD)
    write_arrays(tmp_path / "old.npz", arrays, meta)
    old = load_features(tmp_path / "old.npz")
    assert (old.kind, old.retrieval, old.appearance) == (SIFT, VLAD, None)


def test_the_keys_of_an_older_map_are_still_right() -> None:
    """As worldmap 0.1.0 had them: no photo is read again for a setting that it did not know."""
    assert features_hash(FeatureSettings()) == "fe3c0e90f8634a64"
    assert features_hash(FeatureSettings(max_features=300)) != "fe3c0e90f8634a64"


def test_what_features_were_found_by_is_in_their_key(here: Path) -> None:
    keys = {
        features_hash(FeatureSettings.model_validate(told))
        for told in (
            {},
            {"kind": "tiny"},
            {"kind": "tiny", "options": {"count": 7}},
            {"kind": "tiny", "work_width_px": 640},
            {"retrieval": "tiny"},
        )
    }
    assert len(keys) == 5


# --- what cannot be used ----------------------------------------------------------------------


def package(folder: Path, name: str, entries: str, code: str = "") -> None:
    """An installed package by hand: its metadata and one module."""
    info = folder / f"{name}-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(entries)
    (folder / f"{name}.py").write_text(code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing"),
        ("raise RuntimeError('no\\ndriver')", "RuntimeError: no driver"),
        ("", "AttributeError"),
        ("def Part(settings): raise ValueError('no weights')", "ValueError: no weights"),
    ],
)
def test_a_broken_package_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    name = f"broken_part_{abs(hash(code))}"
    package(tmp_path, name, f"[worldmap.depth]\nmine = {name}:Part\n", code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match=words) as caught:
        open_estimator("mine", DepthSettings())
    line = str(caught.value)
    assert line.startswith(f"the depth source 'mine' of {name} 0.1 cannot be used: ")
    assert "\n" not in line
    # What others brought does not close the door for worldmap's own.
    assert open_estimator("measured", DepthSettings()).name == "measured"


def test_what_a_part_says_to_people_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from worldmap.errors import ModelError\n"
        "def Part(settings): raise ModelError('get my weights from example.org')\n"
    )
    package(tmp_path, "telling_part", "[worldmap.depth]\nmine = telling_part:Part\n", code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match=r"^get my weights from example\.org$"):
        open_estimator("mine", DepthSettings())


def test_names_are_unknown_doubly_taken_or_worldmaps_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one_part", "other_part"):
        package(
            tmp_path,
            name,
            f"[worldmap.features]\nmine = {name}:Part\n[worldmap.matcher]\nratio = {name}:Part\n",
        )
    # One that cannot be read at all must not close the door either. (PyTorch reads every package's
    # entry points when it is first imported, and would be left half imported.)
    import torch  # noqa: F401

    package(tmp_path, "unreadable_part", "[worldmap.features]\nthis is no entry\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    there = "sift, aliked, superpoint, mine"
    with pytest.raises(UsageError, match=f"unknown kind of features 'yours'; there is: {there}"):
        plugins.FEATURES.find("yours")
    with pytest.raises(UsageError, match=r"two packages bring .*: one_part 0\.1 and other_part 0"):
        plugins.FEATURES.load("mine")
    assert matcher_for("sift", PairSettings(matcher="ratio")).settings_hash() == ""
    problems = {(s.name, s.package): s.problem for s in plugins.states()}
    assert problems["ratio", "worldmap"] == ""
    assert problems["ratio", "one_part 0.1"] == "never used: the name is worldmap's own"


def test_every_part_of_worldmaps_own_is_there() -> None:
    own = [state for state in plugins.states() if state.package == plugins.WORLDMAP]
    assert [state.problem for state in own] == [""] * len(own)
    assert {door.group for door in plugins.DOORS} == {
        "worldmap.depth",
        "worldmap.features",
        "worldmap.matcher",
        "worldmap.moving",
        "worldmap.retrieval",
        "worldmap.sky",
        "worldmap.views",
    }


def test_the_command_lists_them(installed: Path) -> None:
    found = summary(worldmap(installed, "plugins", "--json"))["plugins"]
    states = {(each["noun"], each["name"]): each for each in found}
    assert states["depth source", "tiny"]["package"] == "worldmap-tiny 1.2"
    assert states["depth source", "tiny"]["problem"] == ""
    assert states["kind of features", "sift"]["package"] == "worldmap"
    assert "worldmap_tiny_that_is_not_there" in states["retrieval", "broken"]["problem"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Keypoints(uv_px=np.ones((3, 2)), size_px=np.ones(2), descriptor=np.ones((3, 8))), "shape"),
        (Keypoints(uv_px=np.ones((3, 2)), size_px=np.ones(3), descriptor=np.ones(3)), "shape"),
        (
            Keypoints(uv_px=np.full((1, 2), np.nan), size_px=np.ones(1), descriptor=np.eye(1)),
            "no numbers",
        ),
    ],
)
def test_features_that_are_none_are_refused(found: Keypoints, words: str) -> None:
    class Wrong:
        matcher, wants_colour = "ratio", False

        def settings_hash(self) -> str:
            return ""

        def detect(self, picture: Any, mask: Any) -> Keypoints:
            return found

    with pytest.raises(ModelError, match=f"'wrong' gave .*{words}"):
        detected(Wrong(), "wrong", np.zeros((8, 8), np.uint8), None)


@pytest.mark.parametrize(
    ("index", "quality", "words"),
    [
        (np.zeros((2, 3), np.int32), np.ones(2), "shape"),
        (np.zeros((2, 2)), np.ones(2), "shape"),
        (np.array([[0, 10**6]]), np.ones(1), "not there"),
        (np.array([[-1, 0]]), np.ones(1), "not there"),
        (np.array([[0, 0]]), np.zeros(1), "above zero"),
    ],
)
def test_matches_that_are_none_are_refused(
    small_map: SmallMap, index: Any, quality: Any, words: str
) -> None:
    class Wrong:
        def settings_hash(self) -> str:
            return ""

        def match(self, a: Any, b: Any) -> Matches:
            return Matches(index=index, quality=quality)

    a, b = (load_features(small_map.map_dir / p.features.path) for p in small_map.photos[:2])
    with pytest.raises(ModelError, match=f"'wrong' .*{words}"):
        CheckedMatcher("wrong", Wrong()).match(a, b)
