"""From an archive to a page: fetch, ingest, merge, view, each by its command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.helpers.archive_server import Shot, archive_server
from tests.helpers.map_makers import SmallMap
from worldmap.cli import app


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.nightly
def test_from_an_archive_to_a_page(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    site = small_map.truth.site
    shots = [
        Shot(
            name=photo.stem,
            lat=site.lat_deg,
            lon=site.lon_deg,
            author="Ada",
            content=photo.read_bytes(),
        )
        for photo in small_map.two_photos
    ]
    with archive_server(shots) as archive:
        config = tmp_path / "archives.yaml"
        config.write_text(f"fetch: {{panoramax_url: '{archive.address}/px/api'}}")
        area = f"{site.lat_deg},{site.lon_deg},300"
        run("fetch", "panoramax", "--area", area, "--config", config)
    for photo in small_map.two_photos:  # which an archive does not have
        depth = photo.with_name(f"{photo.stem}.depth.png")
        Path("photos/panoramax", f"panoramax-{depth.name}").write_bytes(depth.read_bytes())
    run("ingest", "photos/panoramax", "--depth", "measured", "--jobs", "0")
    # Both say that they stand where the archive put them.
    merged = json.loads(run("merge", "--no-report", "--jobs", "1", "--json").splitlines()[-1])
    assert merged["placed"] == 2
    assert "Ada, Panoramax, CC-BY-SA-4.0" in Path("map/attribution.txt").read_text()
    run("view", "--static", "page", "--no-blur")
    text = Path("page/attribution.txt").read_text()
    assert text.count("Ada, Panoramax") == 2
    assert text.endswith("may be passed on under CC BY-SA 4.0.\n")
    page = json.loads(Path("page/map.json").read_text())
    assert {photo["credit"] for photo in page["photos"]} == {"Ada"}
    run("remove", "--author", "Ada")
    assert not json.loads(run("status", "--json").splitlines()[-1]).get("placed")
    again = json.loads(run("ingest", "photos/panoramax", "--jobs", "0", "--json").splitlines()[-1])
    assert (again["accepted"], again["skipped"]) == (0, 2)
