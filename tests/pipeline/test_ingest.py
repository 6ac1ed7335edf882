"""Ingest: what is accepted, skipped, failed and kept, whatever comes in."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import piexif
import pytest

import worldmap.pipeline.ingest as pipeline
import worldmap.registration.extractor as extractor
from tests.helpers.ingest_makers import (
    LAT,
    LON,
    Ran,
    by_name,
    ingest,
    write_depth,
    write_photo,
    write_photos,
)
from tests.helpers.photo_makers import gps, jpeg_header, png_header
from worldmap.artifact import file_hash
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.errors import InputError, PhotoError, StorageError
from worldmap.registration.features import load_features
from worldmap.registration.structure import Alone
from worldmap.stages import photo as photo_module
from worldmap.stages import sources
from worldmap.stages.intake import IngestStatus


def files_of(map_dir: Path) -> dict[str, str]:
    """Every stored file but the catalog: relative path -> content hash."""
    return {
        str(path.relative_to(map_dir)): file_hash(path)
        for folder in ("depth", "features")
        for path in (map_dir / folder).rglob("*")
        if path.is_file()
    }


# --- the good ------------------------------------------------------------------------------------


def test_a_photo_becomes_a_row_and_two_files(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    path = write_photo(tmp_path / "in" / "a.jpg", seed=3)
    ran = ingest(map_dir, tmp_path / "in")
    assert ran.code == ExitCode.OK
    assert by_name(ran) == {"a.jpg": ("accepted", "")}
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
        (run,) = catalog.runs()
    assert (run.command, run.outcome) == ("ingest", "ok")
    assert photo.metadata.path == path
    assert photo.metadata.content_hash == file_hash(path)
    assert photo.prior.lat_deg == pytest.approx(LAT + 3e-5, abs=1e-7)
    assert photo.prior.lon_deg == pytest.approx(LON, abs=1e-7)
    for artifact in (photo.depth, photo.features):
        assert file_hash(map_dir / artifact.path) == artifact.content_hash
    depth = load_depth(map_dir / photo.depth.path)
    assert np.nanmin(depth.depth_map.depth_m) >= 5
    assert np.nanmax(depth.depth_map.depth_m) <= 15
    assert photo.camera.width_px == 160
    features = load_features(map_dir / photo.features.path)
    assert len(features) > 0


def test_the_number_of_jobs_changes_nothing(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 4)
    one, two = tmp_path / "one", tmp_path / "two"
    assert ingest(one, tmp_path / "in", jobs=1).code == ExitCode.OK
    ran = ingest(two, tmp_path / "in", jobs=2)
    assert ran.code == ExitCode.OK
    assert [p["status"] for p in ran.summary["photos"]] == ["accepted"] * 4
    assert files_of(one) == files_of(two)
    assert len(files_of(one)) == 8
    ids = []
    for map_dir in (one, two):
        with Catalog.open(map_dir, create=False) as catalog:
            ids.append({photo.metadata.path.name: photo.photo_id for photo in catalog.photos()})
    assert ids[0] == ids[1]
    assert ids[0].keys() == {f"photo{i:02d}.jpg" for i in range(4)}
    assert len(set(ids[0].values())) == 4


def test_again_skips_and_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 2)
    ingest(map_dir, tmp_path / "in")
    before = files_of(map_dir)
    monkeypatch.setattr(photo_module, "read_photo", None)  # would fail if it were called
    ran = ingest(map_dir, tmp_path / "in")
    assert ran.code == ExitCode.OK
    assert {status for status, _ in by_name(ran).values()} == {"skipped"}
    assert files_of(map_dir) == before


def test_another_setting_redoes_what_it_touches(tmp_path: Path) -> None:
    map_dir, config = tmp_path / "map", tmp_path / "c.yaml"
    write_photos(tmp_path / "in", 1)
    ingest(map_dir, tmp_path / "in")
    config.write_text("fuse: {}\nregistration: {pairs: {ratio: 0.7}}\n")
    assert by_name(ingest(map_dir, tmp_path / "in", config=config))["photo00.jpg"][0] == "skipped"
    config.write_text("registration: {features: {max_features: 200}}\n")
    assert by_name(ingest(map_dir, tmp_path / "in", config=config))["photo00.jpg"][0] == "accepted"
    assert by_name(ingest(map_dir, tmp_path / "in", config=config))["photo00.jpg"][0] == "skipped"
    with Catalog.open(map_dir, create=False) as catalog:
        assert len(catalog.photos()) == 1


def test_another_sidecar_is_read_again(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    (path,) = write_photos(tmp_path / "in", 1)
    ingest(map_dir, path)
    write_depth(path, width=40, height=30)
    assert by_name(ingest(map_dir, path))["photo00.jpg"][0] == "accepted"
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert load_depth(map_dir / photo.depth.path).depth_map.depth_m.shape == (30, 40)


def test_a_sidecar_of_tags_is_read_when_it_appears(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photo(tmp_path / "in" / "a.jpg", seed=1, gps={})
    ingest(map_dir, tmp_path / "in")
    assert by_name(ingest(map_dir, tmp_path / "in"))["a.jpg"][0] == "skipped"
    (tmp_path / "in" / "a.jpg.json").write_text(
        '{"title": "a.jpg", "geoData": {"latitude": 52.5, "longitude": 13.4, "altitude": 40.0}}'
    )
    assert by_name(ingest(map_dir, tmp_path / "in"))["a.jpg"][0] == "accepted"
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.prior.lat_deg == pytest.approx(52.5)


def test_what_the_user_knows_better(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 1)
    ingest(map_dir, tmp_path / "in")
    assert by_name(ingest(map_dir, tmp_path / "in", set="lat=-33.9,lon=18.4,heading=270"))[
        "photo00.jpg"
    ] == ("accepted", "")
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert (photo.prior.lat_deg, photo.prior.heading_deg) == (-33.9, 270.0)
    table = tmp_path / "t.csv"
    table.write_text("filename,lat,lon\nphoto00.jpg,47.0,8.0\n")
    assert ingest(map_dir, tmp_path / "in", table=table).code == ExitCode.OK
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.prior.lat_deg == 47.0
    ran = Ran("ingest", tmp_path / "in", "--map", map_dir, "--depth", "measured", "--no-gps")
    assert ran.code == ExitCode.OK
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert not photo.prior.has_position


def test_only_photos_of_a_period(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        taken = {piexif.ExifIFD.DateTimeOriginal: f"2026:05:0{day} 12:00:00"}
        write_photo(tmp_path / "in" / f"{day}.jpg", seed=day, exif=taken)
    period = {"since": "2026-05-02", "until": "2026-05-02"}
    ran = ingest(tmp_path / "map", tmp_path / "in", **period)
    assert ran.code == ExitCode.OK
    assert {name: status for name, (status, _) in by_name(ran).items()} == {
        "1.jpg": "skipped",
        "2.jpg": "accepted",
        "3.jpg": "skipped",
    }
    # To the minute, in a zone, and what has no time at all.
    write_photo(tmp_path / "in" / "never.jpg", seed=4)
    ran = ingest(tmp_path / "map", tmp_path / "in", since="2026-05-03T13:30+02:00")
    told = by_name(ran)
    assert {name: told[name][0] for name in ("1.jpg", "3.jpg", "never.jpg")} == {
        "1.jpg": "skipped",
        "3.jpg": "skipped",
        "never.jpg": "skipped",
    }
    assert told["3.jpg"][1] == "not taken between --since and --until"
    assert by_name(ingest(tmp_path / "map", tmp_path / "in", until="2026-05-01"))["1.jpg"] == (
        "accepted",
        "",
    )
    assert ingest(tmp_path / "map", tmp_path / "in", since="soon").code == ExitCode.USAGE
    backwards = {"since": "2026-05-03", "until": "2026-05-01"}
    assert ingest(tmp_path / "map", tmp_path / "in", **backwards).code == ExitCode.USAGE


def test_a_lost_file_is_made_again(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 1)
    ingest(map_dir, tmp_path / "in")
    before = files_of(map_dir)
    shutil.rmtree(map_dir / "features")
    assert by_name(ingest(map_dir, tmp_path / "in"))["photo00.jpg"][0] == "accepted"
    assert files_of(map_dir) == before


def test_depth_is_cleaned_anew_without_the_estimator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a network took minutes for is reused when only the cleaning changes."""
    map_dir, config = tmp_path / "map", tmp_path / "c.yaml"
    write_photos(tmp_path / "in", 1)
    ingest(map_dir, tmp_path / "in")
    config.write_text("depth: {clean: {max_depth_m: 10}}\n")
    monkeypatch.setattr("worldmap.depth.measured.MeasuredDepth.estimate", None)
    ran = ingest(map_dir, tmp_path / "in", config=config)
    assert by_name(ran) == {"photo00.jpg": ("accepted", "")}
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert np.nanmax(load_depth(map_dir / photo.depth.path).depth_map.depth_m) <= 10


def test_a_copy_is_not_taken_twice(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    (path,) = write_photos(tmp_path / "in", 1)
    shutil.copy(path, tmp_path / "in" / "photo00 copy.jpg")
    ran = ingest(map_dir, tmp_path / "in")
    assert ran.code == ExitCode.OK
    assert [s for s, _ in by_name(ran).values()].count("skipped") == 1
    (tmp_path / "elsewhere").mkdir()
    other = shutil.copy(path, tmp_path / "elsewhere" / "same.jpg")
    ran = ingest(map_dir, Path(other))
    assert ran.code == ExitCode.OK
    status, reason = by_name(ran)["same.jpg"]
    assert status == "skipped"
    assert "already in the map as" in reason


def test_a_moved_photo_is_still_known(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 1)
    ingest(map_dir, tmp_path / "in")
    (tmp_path / "in").rename(tmp_path / "moved")
    assert by_name(ingest(map_dir, tmp_path / "moved"))["photo00.jpg"][0] == "skipped"


def test_an_edited_file_replaces_what_it_held(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    (path,) = write_photos(tmp_path / "in", 1)
    ingest(map_dir, path)
    write_photo(path, seed=77)
    ran = ingest(map_dir, path)
    assert by_name(ran) == {"photo00.jpg": ("accepted", "replaces what this file held before")}
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.metadata.content_hash == file_hash(path)


def test_auto_takes_the_measured_depth(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    assert ingest(tmp_path / "map", tmp_path / "in", depth="auto").code == ExitCode.OK


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Depth Pro checkpoint of random numbers in the real format."""
    from tests.helpers.depth_makers import tiny_depth_pro

    folder = tmp_path_factory.mktemp("weights")
    tiny_depth_pro().save_pretrained(folder)
    return folder


@pytest.mark.nightly
def test_a_network_runs_once_for_each_photo(  # type: ignore[no-untyped-def]
    tmp_path: Path, tiny_weights: Path, monkeypatch
) -> None:
    """Depth Pro in this process beside workers for the measured one; then never again."""
    map_dir, config = tmp_path / "map", tmp_path / "c.yaml"
    # Its depth is some metre all over the picture: nothing may be taken for sky.
    config.write_text(f"depth: {{depth_pro_weights: {tiny_weights}}}\n")
    write_photos(tmp_path / "in", 1)
    write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    write_photo(tmp_path / "in" / "plainer.jpg", seed=51, with_depth=False)
    ran = ingest(map_dir, tmp_path / "in", depth="auto", config=config, jobs=2)
    assert ran.code == ExitCode.OK, by_name(ran)
    notes = [event["message"] for event in ran.events if event["event"] == "note"]
    licences = [note for note in notes if "licence of its weights" in note]
    assert len(licences) == 1, "the licence is told once"
    assert "research" in licences[0]
    with Catalog.open(map_dir, create=False) as catalog:
        models = {}
        for photo in catalog.photos():
            info = catalog.depth_map(photo.photo_id)
            assert info is not None
            models[photo.metadata.path.name] = info.model
    assert {name: model.name for name, model in models.items()} == {
        "photo00.jpg": "measured",
        "plain.jpg": "depth-pro",
        "plainer.jpg": "depth-pro",
    }
    assert models["plain.jpg"].weights_hash

    monkeypatch.setattr("worldmap.depth.depth_pro.DepthPro.estimate", None)
    ran = ingest(map_dir, tmp_path / "in", depth="auto", config=config)
    assert {status for status, _ in by_name(ran).values()} == {"skipped"}
    config.write_text(
        f"depth: {{depth_pro_weights: {tiny_weights}, clean: {{remove_islands: false}}}}\n"
    )
    ran = ingest(map_dir, tmp_path / "in", depth="auto", config=config)
    assert {status for status, _ in by_name(ran).values()} == {"accepted"}


@pytest.mark.nightly
def test_beside_an_accelerator_photos_are_finished_in_other_processes(
    tmp_path: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches, by several processes, and the same comes out."""
    config = tmp_path / "c.yaml"
    config.write_text(f"depth: {{depth_pro_weights: {tiny_weights}, batch_size: 2}}\n")
    for seed in range(3):
        write_photo(tmp_path / "in" / f"{seed}.jpg", seed=50 + seed, with_depth=False)
    plain = ingest(tmp_path / "plain", tmp_path / "in", depth="depth-pro", config=config, jobs=0)
    monkeypatch.setattr(
        "worldmap.depth.network_estimator.NetworkEstimator.accelerated", property(lambda _: True)
    )
    monkeypatch.setattr("worldmap.stages.photo.clean", None)  # not in this process
    ran = ingest(tmp_path / "map", tmp_path / "in", depth="depth-pro", config=config, jobs=3)
    assert (plain.code, ran.code) == (ExitCode.OK, ExitCode.OK), by_name(ran)
    assert files_of(tmp_path / "map") == files_of(tmp_path / "plain")


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nobody has fetched a network yet."""
    monkeypatch.setenv("WORLDMAP_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("worldmap.depth.weights._in_hub_cache", lambda hub_id: None)


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("jobs", [pytest.param(0, marks=pytest.mark.nightly), 1])
def test_without_depth_and_without_weights_the_rest_is_kept(tmp_path: Path, jobs: int) -> None:
    map_dir = tmp_path / "map"
    write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    write_photo(tmp_path / "in" / "deep.jpg", seed=51)
    ran = ingest(map_dir, tmp_path / "in", depth="auto", jobs=jobs)
    assert ran.code == ExitCode.OK
    assert by_name(ran) == {"plain.jpg": ("accepted", "no depth yet"), "deep.jpg": ("accepted", "")}
    assert ran.summary["without_depth"] == 1
    offered = {each["name"]: each for each in ran.summary["networks"]}
    assert "depth-pro" in offered
    assert "Apache-2.0" in offered["depth-anything"]["licence"]
    assert (
        offered["depth-pro"]["seconds_per_photo"] > offered["depth-anything"]["seconds_per_photo"]
    )
    told = Ran("ingest", tmp_path / "in", "--map", map_dir).out
    assert told.count("models fetch") == 1
    assert "99 MB" in told
    assert "still without depth" in told

    state = Ran("status", "--map", map_dir, "--json").summary
    assert (state["photos"], state["without_depth"], state["failures"]) == (2, 1, 0)
    found = Ran("explain", "plain.jpg", "--map", map_dir, "--json").summary
    assert (found["status"], found["reason"]) == ("ingested", "no depth yet")
    assert found["depth"] is None
    assert found["first_guess"]["lat_deg"] == pytest.approx(LAT + 50e-5, abs=1e-7)
    assert Ran("explain", "plain.jpg", "--map", map_dir).code == ExitCode.OK
    assert Ran("verify", "--map", map_dir).code == ExitCode.OK


@pytest.mark.usefixtures("no_weights")
def test_a_map_of_photos_that_wait_for_depth(tmp_path: Path) -> None:
    from worldmap.view import PublishedMap

    map_dir = tmp_path / "map"
    plain = write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    assert ingest(map_dir, tmp_path / "in", depth="auto").code == ExitCode.OK
    ran = Ran("merge", "--area", "all", "--map", map_dir)
    assert ran.code == ExitCode.INPUT
    assert "found depth for none of them" in ran.error
    why = f"no depth yet: {Alone.PLAIN}"
    page = PublishedMap(map_dir)
    (photo,) = json.loads(page.document())["photos"]
    assert (photo["status"], photo["reason"], photo["far_m"]) == ("ingested", why, None)
    assert photo["lat"] == pytest.approx(LAT + 50e-5, abs=1e-7)
    thumb = f"photos/{photo['id']}/thumb.jpg"
    assert page.open(thumb) is not None
    plain.unlink()
    with pytest.raises(PhotoError):
        page.open(thumb)


@pytest.mark.usefixtures("no_weights")
def test_a_merge_leaves_out_what_has_no_depth_yet(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 1)
    write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    assert ingest(map_dir, tmp_path / "in", depth="auto").code == ExitCode.OK
    ran = Ran("merge", "--area", "all", "--map", map_dir, "--no-report", "--json")
    assert ran.code == ExitCode.OK
    told = {Path(p["path"]).name: (p["status"], p["reason"]) for p in ran.summary["photos"]}
    status, reason = told["plain.jpg"]
    assert (status, reason.split(":")[0]) == ("ingested", "no depth yet")
    assert told["photo00.jpg"][0] == "unplaced"
    assert ran.summary["unplaced"] == 1


@pytest.mark.usefixtures("no_weights")
def test_depth_that_comes_later_does_not_cost_the_features_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_dir, at_once = tmp_path / "map", tmp_path / "at_once"
    path = write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    ingest(map_dir, path, depth="auto", jobs=0)
    with Catalog.open(map_dir, create=False) as catalog:
        (before,) = catalog.photos()
    write_depth(path)
    ingest(at_once, path, depth="auto", jobs=0)
    looked: list[bool] = []
    real = extractor.detected

    def note(*arguments: object) -> object:
        looked.append(arguments[3] is None)  # no mask: the picture itself
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("worldmap.registration.features.detected", note)
    ran = ingest(map_dir, path, depth="auto", jobs=0)
    assert by_name(ran) == {"plain.jpg": ("accepted", "")}
    assert not any(looked)
    with Catalog.open(map_dir, create=False) as catalog:
        (after,) = catalog.photos()
    assert (before.photo_id, before.depth) == (after.photo_id, None)
    assert after.depth is not None
    assert files_of(at_once).items() <= files_of(map_dir).items()
    # Other settings of features are another matter.
    config = tmp_path / "c.yaml"
    config.write_text("registration: {features: {max_features: 200}}\n")
    ingest(map_dir, path, depth="auto", jobs=0, config=config)
    assert any(looked)


@pytest.mark.usefixtures("no_weights")
def test_depth_is_not_lost_where_nothing_could_give_it_again(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    (path,) = write_photos(tmp_path / "in", 1)
    ingest(map_dir, path, depth="auto")
    (tmp_path / "in" / "photo00.depth.png").unlink()
    ran = ingest(map_dir, path, depth="auto")
    status, reason = by_name(ran)["photo00.jpg"]
    assert (ran.code, status) == (ExitCode.OK, "skipped")
    assert "kept as it is" in reason
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.depth is not None


def test_a_given_focal_length_is_used(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 1)
    assert ingest(map_dir, tmp_path / "in", focal=123.5).code == ExitCode.OK
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.camera.fx_px == 123.5


def test_the_suffix_of_the_depth_files_can_be_chosen(tmp_path: Path) -> None:
    (path,) = write_photos(tmp_path / "in", 1)
    (tmp_path / "in" / "photo00.depth.png").rename(tmp_path / "in" / "photo00.dense.png")
    assert ingest(tmp_path / "map", path).code == ExitCode.INPUT
    assert ingest(tmp_path / "map", path, **{"depth-suffix": ".dense"}).code == ExitCode.OK


def test_an_unspeakable_file_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 [red].jpg")
    map_dir = tmp_path / "map"
    write_photo(tmp_path / "in" / name, seed=1)
    ran = ingest(map_dir, tmp_path / "in")
    assert ran.code == ExitCode.OK
    assert by_name(ingest(map_dir, tmp_path / "in"))[name][0] == "skipped"


# --- the bad -------------------------------------------------------------------------------------


def bad_files(folder: Path) -> dict[str, str]:
    """Files that are no usable photo -> a word of the reason that each must give."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "text.jpg").write_text("this is not an image")
    (folder / "zero.jpg").touch()
    (folder / "bomb.png").write_bytes(png_header(60_000, 60_000))
    (folder / "bomb.jpg").write_bytes(jpeg_header(60_000, 60_000))
    whole = write_photo(folder / "cut.jpg", seed=90).read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    write_photo(folder / "nodepth.jpg", seed=91, with_depth=False)
    write_depth(write_photo(folder / "aspect.jpg", seed=92), width=60, height=80)
    empty = write_photo(folder / "void.jpg", seed=93)
    from PIL import Image

    Image.fromarray(np.zeros((60, 80), np.uint16)).save(empty.with_name("void.depth.png"))
    torn = write_photo(folder / "torn.jpg", seed=94)
    torn.with_name("torn.depth.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    return {
        "text.jpg": "not an image",
        "zero.jpg": "empty",
        "bomb.png": "megapixels",
        "bomb.jpg": "megapixels",
        "cut.jpg": "truncated",
        "nodepth.jpg": "no measured depth",
        "aspect.jpg": "aspect",
        "void.jpg": "no depth",
        "torn.jpg": "torn.depth.png",
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_bad_files_fail_alone_and_the_next_run_finishes(tmp_path: Path, jobs: int) -> None:
    map_dir, folder = tmp_path / "map", tmp_path / "in"
    write_photos(folder, 2)
    expected = bad_files(folder)
    ran = ingest(map_dir, folder, jobs=jobs)
    assert ran.code == ExitCode.PARTIAL
    found = by_name(ran)
    assert found.keys() == {"photo00.jpg", "photo01.jpg", *expected}
    for name, words in expected.items():
        status, reason = found[name]
        assert status == "failed", name
        assert words in reason, name
        assert "\n" not in reason
        assert str(folder / name) not in reason, "the file's name stands beside it already"
    assert (ran.summary["accepted"], ran.summary["failed"]) == (2, len(expected))
    with Catalog.open(map_dir, create=False) as catalog:
        assert {failure.path.name for failure in catalog.failures()} == expected.keys()
    if jobs > 1:
        return  # the rest does not depend on it

    for name in expected:
        (folder / name).unlink()
        write_photo((folder / name).with_suffix(".jpg"), seed=sum(name.encode()))
    again = ingest(map_dir, folder, jobs=jobs)
    assert again.code == ExitCode.OK, by_name(again)
    assert by_name(again)["photo00.jpg"][0] == "skipped"
    assert by_name(again)["cut.jpg"][0] == "accepted"


@pytest.mark.parametrize(
    "tags",
    [
        gps(0.0, 0.0),
        {1: "N", 2: ((95, 1), (0, 1), (0, 1)), 3: "E", 4: ((13, 1), (0, 1), (0, 1))},
        {1: "N", 2: ((55, 0), (0, 0), (0, 0)), 3: "E", 4: ((13, 0), (0, 0), (0, 0))},
        {},
    ],
    ids=["all zero", "latitude 95", "zero denominators", "none"],
)
def test_a_bad_position_never_fails_a_photo(tmp_path: Path, tags: dict[int, object]) -> None:
    map_dir = tmp_path / "map"
    write_photo(tmp_path / "in" / "a.jpg", seed=1, gps=tags)
    assert ingest(map_dir, tmp_path / "in").code == ExitCode.OK
    with Catalog.open(map_dir, create=False) as catalog:
        (photo,) = catalog.photos()
    assert not photo.prior.has_position


def test_nothing_to_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (empty, tmp_path / "missing", tmp_path / "missing.jpg"):
        ran = ingest(tmp_path / "map", path)
        assert ran.code == ExitCode.INPUT
        assert str(path) in ran.error
    assert not (tmp_path / "map").exists()
    with pytest.raises(InputError, match=r"missing does not exist; .*empty"):
        pipeline.ingest(tmp_path / "map", [tmp_path / "missing", empty], Settings())


def test_a_missing_path_does_not_stop_the_others(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    ran = ingest(tmp_path / "map", tmp_path / "missing.jpg", tmp_path / "in")
    assert ran.code == ExitCode.PARTIAL
    assert by_name(ran) == {
        "missing.jpg": ("failed", "does not exist"),
        "photo00.jpg": ("accepted", ""),
    }


def test_a_bug_in_one_photo_fails_that_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photos(tmp_path / "in", 2)
    real = photo_module.read_photo  # type: ignore[attr-defined]

    def sometimes(path: Path, settings: object, **more: object) -> object:
        if path.name == "photo00.jpg":
            raise ZeroDivisionError("by zero")
        return real(path, settings, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(photo_module, "read_photo", sometimes)
    ran = ingest(tmp_path / "map", tmp_path / "in")
    assert ran.code == ExitCode.PARTIAL
    assert by_name(ran)["photo00.jpg"] == (
        "failed",
        "unexpected ZeroDivisionError: by zero (a bug: report it)",
    )
    assert by_name(ran)["photo01.jpg"][0] == "accepted"


def test_a_file_that_changes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write_photos(tmp_path / "in", 1)
    monkeypatch.setattr(sources, "content_hash", lambda path: "0" * 64)
    ran = ingest(tmp_path / "map", path)
    assert by_name(ran)["photo00.jpg"] == (
        "failed",
        "changed while it was being read; ingest it again",
    )


# --- the disk ------------------------------------------------------------------------------------


def test_a_full_disk_stops_the_run_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 3)
    real, calls = os.fsync, 0

    def full_after_a_while(handle: int) -> None:
        nonlocal calls
        calls += 1
        # Of the second photo the depth is written and the features are not.
        if calls > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    ingest(map_dir, tmp_path / "in" / "photo00.jpg")
    monkeypatch.setattr(os, "fsync", full_after_a_while)
    ran = ingest(map_dir, tmp_path / "in")
    assert ran.code == ExitCode.STORAGE
    assert "disk is full" in ran.error
    assert not list(map_dir.rglob("*.tmp")), "temporary files are taken away"
    monkeypatch.undo()
    with Catalog.open(map_dir, create=False) as catalog:
        stored = [photo.metadata.path.name for photo in catalog.photos()]
        assert "full" in (catalog.runs()[-1].outcome or "")
    assert "photo00.jpg" in stored
    assert len(stored) < 3
    again = ingest(map_dir, tmp_path / "in")
    assert again.code == ExitCode.OK
    assert [status for status, _ in by_name(again).values()].count("skipped") == len(stored)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    (tmp_path / "locked").mkdir(mode=0o555)
    ran = ingest(tmp_path / "locked" / "map", tmp_path / "in")
    assert ran.code == ExitCode.STORAGE
    assert "read-only" in ran.error


def test_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for root, whom permissions do not stop: every file refuses to be opened."""
    write_photos(tmp_path / "in", 1)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / "map"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    ran = ingest(tmp_path / "map", tmp_path / "in")
    assert ran.code == ExitCode.STORAGE
    assert "read-only" in ran.error


def test_a_map_that_cannot_be_a_folder(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    (tmp_path / "map").write_text("a file")
    ran = ingest(tmp_path / "map", tmp_path / "in")
    assert ran.code in (ExitCode.STORAGE, ExitCode.CATALOG)
    assert str(tmp_path / "map") in ran.error


def test_storage_errors_of_a_worker_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photos(tmp_path / "in", 1)

    def refuse(*_: object) -> str:
        raise StorageError("the disk is full: cannot write x")

    monkeypatch.setattr(photo_module, "save_features", refuse)
    with pytest.raises(StorageError, match="full"):
        pipeline.ingest(tmp_path / "map", [tmp_path / "in"], Settings(), depth="measured", jobs=0)


# --- what it tells -------------------------------------------------------------------------------


def test_the_summary_counts(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    (tmp_path / "in" / "zero.jpg").touch()
    summary = pipeline.ingest(
        tmp_path / "map", [tmp_path / "in"], Settings(), depth="measured", jobs=0
    )
    assert [summary.count(status) for status in IngestStatus] == [1, 0, 1]
    assert [report.path.name for report in summary.photos] == ["photo00.jpg", "zero.jpg"]
    assert summary.seconds > 0
