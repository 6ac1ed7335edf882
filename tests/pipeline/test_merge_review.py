"""Merge looks over the area's tags first: what is widened, what is left out, what explain tells."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import piexif
import pytest
from PIL import Image

from tests.helpers.ingest_makers import Ran, by_name, ingest
from tests.helpers.wall_makers import QUICK, write_copy, write_view, write_walk
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import Settings
from worldmap.las import read_provenance
from worldmap.photo import Flag, review
from worldmap.records import IngestedPhoto, PhotoReview, PlacedPose, SolvedPose
from worldmap.stages import register

MERGE = ("merge", "--area", "all", "--no-report")


class Walk:
    """A merged map of `write_walk`."""

    def __init__(self, folder: Path) -> None:
        self.photos, self.map_dir, self.config = folder / "in", folder / "map", folder / "c.yaml"
        self.config.write_text(QUICK)
        write_walk(self.photos)
        assert ingest(self.map_dir, self.photos, config=self.config).code == ExitCode.OK
        self.ingested = self.catalog()[0]
        self.merged = self.merge()

    def merge(self) -> Ran:
        ran = Ran(
            *MERGE, "--map", self.map_dir, "--config", self.config, "--json",
            "--jobs", 1,
        )  # fmt: skip
        assert ran.code == ExitCode.OK, ran.err
        return ran

    def catalog(
        self,
    ) -> tuple[dict[str, IngestedPhoto], dict[str, SolvedPose], dict[str, PhotoReview]]:
        """Photos, poses and reviews by the photo's stem."""
        with Catalog.open(self.map_dir, create=False) as catalog:
            photos, poses, said = catalog.photos(), catalog.poses(), catalog.reviews()
        name = {photo.photo_id: photo.metadata.path.stem for photo in photos}
        return (
            {name[photo.photo_id]: photo for photo in photos},
            {name[pose.photo_id]: pose for pose in poses},
            {name[i]: each for i, each in said.items()},
        )

    def explain(self, photo: object) -> dict[str, Any]:
        ran = Ran("explain", photo, "--map", self.map_dir, "--json")
        assert ran.code == ExitCode.OK, ran.err
        return ran.summary


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return Walk(tmp_path_factory.mktemp("walk"))


# --- merge --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_copy_is_left_out_and_named_so(walk: Walk) -> None:
    told = by_name(walk.merged)
    assert told.pop("b_copy.jpg") == ("unplaced", "duplicate of b.jpg")
    assert set(told.values()) == {("placed", "")}
    assert (walk.merged.summary["placed"], walk.merged.summary["unplaced"]) == (5, 1)
    photos, poses, said = walk.catalog()
    assert said["b_copy"].duplicate_of == photos["b"].photo_id
    assert poses["b_copy"].reason == "duplicate of b.jpg"
    # Nothing was registered with it, and no tile holds its points.
    with Catalog.open(walk.map_dir, create=False) as catalog:
        assert catalog.pairs_of(photos["b_copy"].photo_id) == []
        used = {i for tile in catalog.tiles() for i in tile.photo_ids}
    assert used == {photo.photo_id for name, photo in photos.items() if name != "b_copy"}


@pytest.mark.nightly
def test_a_burst_that_looks_alike_is_no_copy(walk: Walk) -> None:
    photos, poses, said = walk.catalog()
    # Hash and time alone would have dropped it.
    both = [photos["b"].metadata, photos["b_burst"].metadata]
    assert review(both, Settings().photo).duplicate_of == (None, 0)
    assert "b_burst" not in said
    assert poses["b_burst"].enu_from_cam is not None
    assert poses["b_burst"].pairs >= 2


def test_a_stale_position_is_widened_for_solving_alone(walk: Walk) -> None:
    photos, poses, said = walk.catalog()
    assert said["d"].flags == (Flag.REPEATED_POSITION,)
    # 20 s of walking since the fix, 8 m of GPS.
    assert said["d"].prior.horizontal_sigma_m == pytest.approx(math.hypot(8.0, 1.4 * 20))
    assert (
        replace(
            said["d"].prior,
            horizontal_sigma_m=photos["d"].prior.horizontal_sigma_m,
            vertical_sigma_m=photos["d"].prior.vertical_sigma_m,
        )
        == photos["d"].prior
    )
    # What was ingested is as it was.
    assert photos == walk.ingested
    assert photos["d"].prior.horizontal_sigma_m == 8.0
    # And the pixels win: 1.3 m east of the fix that it shares with c. Photos side by side leave the
    # focal length, and with it how far apart they stand, to the tag's 4 %.
    east_m, _, _ = poses["d"].gps_residual_m
    assert east_m == pytest.approx(1.3, abs=0.15)
    flagged = {
        Path(p["path"]).stem: p["flags"] for p in walk.merged.summary["photos"] if p["flags"]
    }
    assert flagged == {"b_copy": ["near-duplicate"], "d": ["repeated-position"]}


def test_a_repeated_position_is_as_far_off_as_the_photo_walked(walk: Walk) -> None:
    east_m, _, _ = walk.catalog()[1]["d"].gps_residual_m
    assert east_m == pytest.approx(1.3, abs=0.15)


def test_a_second_merge_says_and_does_the_same(walk: Walk) -> None:
    before = walk.catalog()
    again = walk.merge()
    assert not [e for e in again.events if e["event"] == "stage" and e["name"] == "register"]
    assert by_name(again) == by_name(walk.merged)
    photos, poses, said = walk.catalog()
    assert photos == before[0]
    assert said == before[2]
    for name, pose in poses.items():
        known = before[1][name]
        assert type(pose) is type(known)
        if isinstance(pose, PlacedPose) and isinstance(known, PlacedPose):
            assert pose.position_sigma_m == pytest.approx(known.position_sigma_m)


@pytest.mark.nightly
def test_a_pair_s_own_verdict_knows_nothing_of_the_review(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept for other areas, where other photos may say other things."""
    given: list[tuple[IngestedPhoto, IngestedPhoto]] = []
    run_each = register.run_each  # type: ignore[attr-defined]

    def listen(work: Any, items: Any, **options: Any) -> None:
        given.extend(items)
        run_each(work, items, **options)

    monkeypatch.setattr(register, "run_each", listen)
    ingest(tmp_path, walk.photos / "c.jpg", walk.photos / "d.jpg", config=walk.config)
    ran = Ran(
        "merge",
        "--area",
        "all",
        "--no-report",
        "--map",
        tmp_path,
        "--config",
        walk.config,
        "--json",
    )
    assert {Path(p["path"]).stem: p["flags"] for p in ran.summary["photos"]} == {
        "c": [],
        "d": ["repeated-position"],
    }
    assert [p.prior.horizontal_sigma_m for pair in given for p in pair] == [8.0, 8.0]


def test_rights_reach_the_tiles(walk: Walk) -> None:
    with Catalog.open(walk.map_dir, create=False) as catalog:
        tiles = catalog.tiles()
        names = {p.photo_id: p.metadata.path.name for p in catalog.photos()}
    assert tiles
    for tile in tiles:
        told = read_provenance(walk.map_dir / tile.path)
        assert told["photos"] == {str(i): names[i] for i in tile.photo_ids}
        ana = {"artist": "Ana", "copyright": "CC BY 4.0, Ana", "licence": ""}
        of_ana = "a.jpg" in told["photos"].values()
        assert told["rights"] == ([ana] if of_ana else [])
    assert any("a.jpg" in names[i] for tile in tiles for i in tile.photo_ids)


@pytest.mark.nightly
def test_photos_without_a_believable_position_are_placed_by_matches(tmp_path: Path) -> None:
    """One 9 km off by its tags (an impossible jump) and one whose only position is its copy's."""
    config = tmp_path / "c.yaml"
    config.write_text(QUICK)
    for index, x_m in enumerate((-2.0, -1.0, 0.0, 1.0)):
        far = {"gps_x_m": 9000.0} if index == 2 else {}
        write_view(tmp_path / "in" / f"{index}.jpg", x_m, 4 * index, seed=index, **far)
    bare = tmp_path / "in" / "3.jpg"
    write_copy(bare, tmp_path / "in" / "3_small.jpg")
    with Image.open(bare) as image:
        exif = piexif.load(image.info["exif"])
        image.save(bare, quality=90, exif=piexif.dump(exif | {"GPS": {}}))
    ingest(tmp_path / "map", tmp_path / "in", config=config)
    ran = Ran(
        "merge",
        "--area",
        "all",
        "--no-report",
        "--map",
        tmp_path / "map",
        "--config",
        config,
        "--json",
        "-j",
        1,
    )
    told = by_name(ran)
    assert told.pop("3_small.jpg") == ("unplaced", "duplicate of 3.jpg")
    assert {status for status, _ in told.values()} == {"placed"}
    placed = {Path(p["path"]).stem: p for p in ran.summary["photos"]}
    assert placed["2"]["flags"] == ["impossible-speed"]
    assert placed["2"]["gps_residual_m"] == pytest.approx(9000.0, rel=0.01)
    assert placed["2"]["pairs"] >= 2
    assert placed["3"]["gps_residual_m"] < 3.0
    ledger = Ran("explain", "3.jpg", "--map", tmp_path / "map", "--json").summary["ledger"]
    assert [e["source"] for e in ledger if e["quantity"] == "position"] == ["copy: 3_small.jpg"]


@pytest.mark.nightly
def test_a_gimbal_that_contradicts_the_pixels_is_overruled_by_matches(tmp_path: Path) -> None:
    """A viewer turned the picture: its gimbal's yaw, 170° off, stays as a value to reject."""
    config = tmp_path / "c.yaml"
    config.write_text(QUICK)
    for index, x_m in enumerate((-1.0, 0.0, 1.0)):
        write_view(tmp_path / "in" / f"{index}.jpg", x_m, 4 * index, seed=index)
    turned = tmp_path / "in" / "1.jpg"
    with Image.open(turned) as image:
        exif = piexif.load(image.info["exif"])
        exif["0th"][piexif.ImageIFD.Orientation] = 6
        for tag in (piexif.GPSIFD.GPSImgDirection, piexif.GPSIFD.GPSImgDirectionRef):
            del exif["GPS"][tag]
        gimbal = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
            ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
            ' xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" drone-dji:GimbalYawDegree="+170"'
            ' drone-dji:GimbalPitchDegree="-40" drone-dji:GimbalRollDegree="+0.0"/>'
            "</rdf:RDF></x:xmpmeta>"
        )
        image.transpose(Image.Transpose.ROTATE_90).save(
            turned, quality=92, exif=piexif.dump(exif), xmp=gimbal.encode()
        )
    ingest(tmp_path / "map", tmp_path / "in", config=config)
    Ran(
        "merge",
        "--area",
        "all",
        "--no-report",
        "--map",
        tmp_path / "map",
        "--config",
        config,
        "-j",
        1,
    )
    told = Ran("explain", "1.jpg", "--map", tmp_path / "map", "--json").summary
    assert told["first_guess"]["heading_deg"] == 170.0
    assert told["first_guess"]["heading_sigma_deg"] == 90.0
    assert any("was turned after the gimbal" in e["note"] for e in told["ledger"] if e["used"])
    assert told["status"] == "placed"
    assert abs((told["place"]["heading_deg"] + 180) % 360 - 180) < 1.5
    assert abs(told["place"]["pitch_deg"]) < 1.5
    assert abs(told["heading_residual_deg"]) == pytest.approx(170.0, abs=1.5)


@pytest.mark.parametrize(("sigma_deg", "status"), [(15, "placed"), (90, "unplaced")])
def test_a_lonely_photo_with_a_vague_heading_is_not_guessed_into_the_map(
    sigma_deg: int, status: str, tmp_path: Path
) -> None:
    write_view(tmp_path / "in" / "a.jpg", 0.0, 0)
    told = f"heading=80,heading_sigma={sigma_deg}"
    ingest(tmp_path / "map", tmp_path / "in", set=told)
    ran = Ran(*MERGE, "--map", tmp_path / "map", "--json")
    found, reason = by_name(ran)["a.jpg"]
    assert found == status
    assert ("its heading tag is too vague" in reason) == (status == "unplaced")


def test_what_no_pinhole_took_gives_no_points(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.jpg"
    write_view(path, 0.0, 0)
    exif = piexif.load(str(path))
    exif["Exif"][piexif.ExifIFD.LensModel] = b"8mm F3.5 Fisheye"
    piexif.insert(piexif.dump(exif), str(path))
    ingest(tmp_path / "map", path.parent, set="heading=80")
    ran = Ran("merge", "--area", "all", "--map", tmp_path / "map", "--json")
    assert by_name(ran)["a.jpg"][0] == "unplaced"
    assert "cannot be read as a pinhole's" in by_name(ran)["a.jpg"][1]
    assert ran.summary["points"] == 0


# --- explain ------------------------------------------------------------------------------------


def test_explain_tells_everything(walk: Walk) -> None:
    told = walk.explain("d.jpg")
    assert told["status"] == "placed"
    assert told["flags"] == ["repeated-position"]
    used = {e["quantity"]: e for e in told["ledger"] if e["used"]}
    assert used["position"]["source"] == "suspicion"
    assert used["position"]["note"] == "repeated-position: the very position of c.jpg"
    assert used["heading"]["raw"] == "0 T"
    assert used["model"]["value"] == "M1"
    assert {"quantity", "value", "sigma", "source", "raw", "used", "note"} == set(used["focal"])
    assert told["first_guess"]["horizontal_sigma_m"] == 8.0
    assert told["solved_with"]["horizontal_sigma_m"] > 28
    place = told["place"]
    assert place["lat_deg"] == pytest.approx(48.137, abs=2e-5)
    assert told["gps_residual_m"][0] == pytest.approx(1.3, abs=0.15)
    assert min(place["position_sigma_m"]) > 0
    assert min(place["rotation_sigma_deg"]) > 0
    assert abs((place["heading_deg"] + 180) % 360 - 180) < 1
    names = [Path(pair["other"]).name for pair in told["pairs"]]
    assert sorted(names) == ["a.jpg", "b.jpg", "b_burst.jpg", "c.jpg"]
    accepted = [pair for pair in told["pairs"] if pair["status"] == "accepted"]
    assert len(accepted) == 4
    apart = {Path(pair["other"]).stem: pair["apart_m"] for pair in accepted}
    assert apart["c"] == pytest.approx(1.3, rel=0.1)


def test_explain_of_a_copy_and_of_what_it_copies(walk: Walk) -> None:
    told = walk.explain(walk.photos / "b_copy.jpg")
    assert (told["status"], told["reason"]) == ("unplaced", "duplicate of b.jpg")
    assert told["duplicate_of"] == str(walk.photos / "b.jpg")
    assert (told["place"], told["pairs"]) == (None, [])
    assert walk.explain("in/b.jpg")["copies"] == [str(walk.photos / "b_copy.jpg")]


def test_explain_for_people(walk: Walk) -> None:
    ran = Ran("explain", "d.jpg", "--map", walk.map_dir)
    for words in (
        str(walk.photos / "d.jpg"),
        "with Maker M1",
        "looks suspicious: repeated-position",
        "exif: GPSImgDirection",
        "29.1 m (its own tag says 8 m)",
        "where merge put it (group 0, 4 pairs hold it)",
        "c.jpg",
    ):
        assert words in ran.out, words
    assert "also in the map as" in Ran("explain", "b.jpg", "--map", walk.map_dir).out


def test_explain_finds_the_same_content_elsewhere(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "renamed.jpg"
    moved.write_bytes((walk.photos / "a.jpg").read_bytes())
    assert walk.explain(moved)["path"] == str(walk.photos / "a.jpg")
    monkeypatch.chdir(walk.photos)
    assert walk.explain("./a.jpg")["path"] == str(walk.photos / "a.jpg")


def test_explain_of_a_photo_not_merged_yet_of_a_failure_and_of_nothing(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    for folder in ("x", "y"):
        write_view(tmp_path / folder / "same.jpg", 0.0, 0, seed=len(folder) + ord(folder))
    (tmp_path / "x" / "zero.jpg").touch()
    assert ingest(map_dir, tmp_path / "x", tmp_path / "y").code == ExitCode.PARTIAL

    def run(photo: object, *options: str) -> Ran:
        return Ran("explain", photo, "--map", map_dir, *options)

    told = run(tmp_path / "x" / "same.jpg", "--json").summary
    assert (told["status"], told["reason"], told["place"]) == ("ingested", "not merged yet", None)
    assert "ingested: not merged yet" in run("y/same.jpg").out
    both = run("same.jpg")
    assert both.code == ExitCode.USAGE
    assert "2 photos are called same.jpg" in both.error
    assert str(tmp_path / "y" / "same.jpg") in both.error
    failed = run("zero.jpg")
    assert failed.code == ExitCode.OK
    assert "failed at ingest" in failed.out
    assert run("zero.jpg", "--json").summary["status"] == "failed"
    gone = run("gone.jpg")
    assert gone.code == ExitCode.INPUT
    assert "no photo gone.jpg" in gone.error


# --- the picture --------------------------------------------------------------------------------


def test_status_draws_the_map(walk: Walk, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "map.png"
    ran = Ran("status", "--map", walk.map_dir, "--plot", out)
    assert ran.code == ExitCode.OK, ran.err
    assert f"drawn in {out}" in ran.out
    with Image.open(out) as image:
        assert min(image.size) > 500
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or []}
    # Solved and suspicious: both markers are there.
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= colours
    svg = tmp_path / "map.svg"
    assert Ran("status", "--map", walk.map_dir, "--plot", svg, "--json").summary["plot"] == str(svg)
    assert svg.read_text().startswith("<?xml")


def test_a_picture_of_nothing_or_in_no_format(walk: Walk, tmp_path: Path) -> None:
    bad = Ran("status", "--map", walk.map_dir, "--plot", tmp_path / "map.gif")
    assert bad.code == ExitCode.USAGE
    assert ".png" in bad.error
    Catalog.open(tmp_path / "empty", create=True).close()
    empty = Ran("status", "--map", tmp_path / "empty", "--plot", tmp_path / "map.png")
    assert empty.code == ExitCode.INPUT
    assert not (tmp_path / "map.png").exists()
