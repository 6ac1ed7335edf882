"""The JSON Schemas in docs/ are those of the records, and of what is written."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.helpers.ingest_makers import Ran
from tests.helpers.json_documents import SCHEMAS, check_schema
from tests.helpers.map_makers import SmallMap
from tests.helpers.scripts_run import script
from worldmap.events import PhotoDone, Progress, Remark, StageEnd, Trouble
from worldmap.exchange.poses import PoseEntry, Poses
from worldmap.geodesy import Site
from worldmap.view import PublishedMap

DOCS = SCHEMAS.parent / "json.md"


def test_the_committed_schemas_are_up_to_date() -> None:
    made = script("json_schemas").schemas()
    assert {path.name for path in SCHEMAS.iterdir()} == set(made)
    for name, text in made.items():
        committed = (SCHEMAS / name).read_text(encoding="utf-8")
        assert committed == text, f"{name}: run python scripts/json_schemas.py"


def test_every_document_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for path in SCHEMAS.iterdir():
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert f"schemas/{path.name}" in text
        assert schema["$id"].removeprefix("urn:").replace(":", "/") in text


def test_every_event_and_every_field_of_the_poses_is_documented() -> None:
    told = set(re.findall(r"`(?:\w+(?:\[\])?\.)*(\w+)`", DOCS.read_text(encoding="utf-8")))
    lines = json.loads((SCHEMAS / "events.json").read_text(encoding="utf-8"))["$defs"].values()
    kinds = [line["properties"]["event"] for line in lines if "event" in line.get("properties", {})]
    events = {name for kind in kinds for name in kind.get("enum", [kind.get("const")])}
    assert "summary" in events
    assert events <= told
    for record in (Poses, PoseEntry, Site, Progress, StageEnd, PhotoDone, Remark, Trouble):
        names = {field.name for field in fields(record)} - {"event"}
        assert names <= told, record


def test_a_document_with_a_field_more_or_less_is_found_out() -> None:
    error = {"schema": "worldmap-events/1", "event": "error", "message": "no", "exit_code": 3}
    check_schema("events", error)
    for wrong in ({**error, "more": 1}, {**error, "exit_code": "3"}, {"event": "error"}):
        with pytest.raises(AssertionError, match="events"):
            check_schema("events", wrong)


def test_poses(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "poses.json"
    ran = Ran("export", "--area", "all", out, "--map", small_map.map_dir, "--json")
    assert ran.summary["photos"] == len(small_map.photos)
    poses = json.loads(out.read_text(encoding="utf-8"))
    assert poses["schema"] == "worldmap-poses/1"
    check_schema("poses", poses)


def test_the_page_and_the_report(small_map: SmallMap) -> None:
    check_schema("map", json.loads(PublishedMap(small_map.map_dir).document()))
    report = small_map.map_dir / "report" / "report.json"
    if report.is_file():
        check_schema("report", json.loads(report.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "words",
    [
        "status",
        "explain {photo}",
        "locate {photo} 400 350",
        "verify",
        "gc --dry-run",
        pytest.param("view --static {out}/site", marks=pytest.mark.nightly),
        "export --area all {out}/street.laz",
        "export --area all --format nerfstudio {out}/nerf",
        "render --area all {out}/street.png --size 64x36",
        "db upgrade",
    ],
)
def test_the_summary_of(words: str, small_map: SmallMap, tmp_path: Path) -> None:
    photo = min(small_map.photos, key=lambda photo: photo.photo_id).metadata.path.name
    arguments = words.format(photo=photo, out=tmp_path).split()
    ran = Ran(*arguments, "--map", small_map.map_dir, "--json")
    assert ran.summary["event"] in ("summary", "error")
    assert ran.code == 0, ran.out


def test_the_summaries_without_a_map(small_map: SmallMap, tmp_path: Path) -> None:
    photo = sorted(small_map.truth.photo_dir.glob("*.jpg"))[0]
    assert Ran("depth", photo, "--out", tmp_path / "d.jpg", "--json").summary["command"] == "depth"
    assert Ran("models", "list", "--json").summary["models"]
