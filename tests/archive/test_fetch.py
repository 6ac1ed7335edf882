"""`worldmap fetch` against a server on this machine that answers as the archives do."""

from __future__ import annotations

import hashlib
import json
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from tests.helpers.archive_server import TOKEN, ServedArchive, Shot, archive_server, jpeg
from worldmap.archive import Archive, Client
from worldmap.archive.boxes import boxes_within, complete
from worldmap.archive.pace import Pace
from worldmap.area import Box, Everywhere
from worldmap.cli import app
from worldmap.config import FetchSettings, PhotoSettings
from worldmap.errors import ArchiveError, EmptyAreaError, UsageError
from worldmap.licence import parse_filter
from worldmap.mapfolder.optout import OptedOut, opt_out, read_opted_out
from worldmap.photo import parse_period, read_metadata
from worldmap.pipeline.fetch import FetchStatus, FetchSummary, Wish, fetch
from worldmap.records import PositionSource

AREA = Box(west_deg=2.29, south_deg=48.85, east_deg=2.30, north_deg=48.86)
SOURCES = ("panoramax", "mapillary", "kartaview", "commons")
# Made once: it takes longer than all requests of a test.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SHOTS = [
    Shot(
        name=f"p{number}",
        lat=48.851 + 0.001 * number,
        lon=2.292 + 0.001 * number,
        author="Ada" if number % 2 else "Grace",
        licence="CC-BY-SA-4.0" if number < 3 else "CC-BY-4.0",
        taken=f"202{number}-05-06T07:08:09+00:00",
        content=jpeg(number),
    )
    for number in range(5)
]


@pytest.fixture
def archive() -> Iterator[ServedArchive]:
    with archive_server(SHOTS) as served:
        yield served


class Slept(list[float]):
    """Seconds that were waited, without waiting: the clock goes on by them."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)

    def now(self) -> float:
        return sum(self)


def settings_for(archive: ServedArchive, tries: int = 4) -> FetchSettings:
    return FetchSettings(
        contact="tests@example.org",
        tries=tries,
        panoramax_url=f"{archive.address}/px/api",
        mapillary_url=f"{archive.address}/mly",
        kartaview_url=f"{archive.address}/kv",
        kartaview_pictures_url=f"{archive.address}/cdn",
        commons_url=f"{archive.address}/w/api.php",
    )


def run(
    name: str,
    archive: ServedArchive,
    folder: Path,
    *,
    wish: Wish | None = None,
    slept: Slept | None = None,
    dry_run: bool = False,
    tries: int = 4,
) -> FetchSummary:
    clock = Slept() if slept is None else slept

    def client_of(source: Archive, settings: FetchSettings) -> Client:
        return Client(
            httpx2.Client(follow_redirects=True, trust_env=False, verify=PLAIN),
            settings,
            pace=source.pace,
            file_pace=source.file_pace,
            sleep=clock,
            now=clock.now,
        )

    return fetch(
        name,
        wish or Wish(area=AREA),
        folder,
        settings_for(archive, tries),
        dry_run=dry_run,
        client_of=client_of,
    )


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAPILLARY_TOKEN", TOKEN)


@pytest.mark.parametrize("name", SOURCES)
def test_every_photo_comes_once_and_whole(
    name: str, archive: ServedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Answers are cut, so that areas have to be asked for in parts, or page by page.
    limit = "_PAGE" if name == "kartaview" else "_LIMIT"
    monkeypatch.setattr(f"worldmap.archive.{name}.{limit}", 2)
    done = run(name, archive, tmp_path)
    assert [each.reason for each in done.photos] == [""] * 5
    photos = sorted(tmp_path.glob("*.jpg"))
    assert {path.read_bytes() for path in photos} == {shot.content for shot in SHOTS}
    assert len(list(tmp_path.iterdir())) == 10  # a sidecar each, nothing half
    again = run(name, archive, tmp_path)
    assert again.count(FetchStatus.THERE) == 5
    assert again.fetched_bytes == 0


@pytest.mark.parametrize("name", SOURCES)
def test_ingest_reads_what_the_archive_knew(
    name: str, archive: ServedArchive, tmp_path: Path
) -> None:
    run(name, archive, tmp_path)
    by_content = {path.read_bytes(): path for path in tmp_path.glob("*.jpg")}
    shot = SHOTS[1]
    read = read_metadata(by_content[shot.content], PhotoSettings())
    assert read.position is not None
    assert read.position.lat_deg == pytest.approx(shot.lat, abs=1e-6)
    assert read.position.lon_deg == pytest.approx(shot.lon, abs=2e-5)
    assert read.position.source == PositionSource.SIDECAR
    assert read.heading is not None
    expected = {"commons": 45.0, "mapillary": 92.0}.get(name, 90.0)
    assert read.heading.true_deg == pytest.approx(expected)
    assert read.artist == "Ada"
    assert (read.licence or "").lower() == "cc-by-sa-4.0"
    assert read.captured_at is not None
    told = {entry.quantity: entry.value for entry in read.ledger if entry.used}
    assert told["archived as"].startswith(f"{name}:")
    assert "Ada" in told["attribution"]
    assert told["page"].startswith("http")


def test_a_round_picture_is_told_so(tmp_path: Path) -> None:
    shot = Shot(name="ball", lat=48.855, lon=2.295, is_round=True, content=jpeg(3))
    with archive_server([shot]) as archive:
        done = run("panoramax", archive, tmp_path)
    assert done.projections == {"equirectangular": 1}
    (photo,) = tmp_path.glob("*.jpg")
    assert "not-pinhole" in read_metadata(photo, PhotoSettings()).flags


def test_commons_places_no_camera_where_only_the_object_is(tmp_path: Path) -> None:
    shot = Shot(name="tower", lat=48.855, lon=2.295, is_round=True, content=jpeg(3))
    with archive_server([shot]) as archive:
        run("commons", archive, tmp_path)
    (photo,) = tmp_path.glob("*.jpg")
    assert read_metadata(photo, PhotoSettings()).position is None


@pytest.mark.parametrize("name", SOURCES)
def test_a_connection_that_breaks_goes_on_where_it_broke(
    name: str, archive: ServedArchive, tmp_path: Path
) -> None:
    archive.faults.broken["p2"] = 2
    archive.faults.busy["p1.jpg"] = 1
    slept = Slept()
    done = run(name, archive, tmp_path, slept=slept)
    assert done.count(FetchStatus.FETCHED) == 5
    assert {path.read_bytes() for path in tmp_path.glob("*.jpg")} == {s.content for s in SHOTS}
    if name != "kartaview":  # whose pictures have other names
        assert max(slept) >= 7.0  # as the server asked


def test_a_file_that_came_cut_is_fetched_again(archive: ServedArchive, tmp_path: Path) -> None:
    archive.faults.cut["p2"] = 1
    done = run("panoramax", archive, tmp_path)
    assert done.count(FetchStatus.FETCHED) == 5
    assert (tmp_path / "panoramax-p2.jpg").read_bytes() == SHOTS[2].content


def test_a_file_that_is_never_whole_fails_alone(archive: ServedArchive, tmp_path: Path) -> None:
    archive.faults.cut["p2"] = 9
    done = run("commons", archive, tmp_path)
    (failed,) = (each for each in done.photos if each.status == FetchStatus.FAILED)
    assert "as another file" in failed.reason
    assert len(list(tmp_path.glob("*.jpg"))) == 4
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["panoramax", "mapillary", "commons"])
def test_an_expired_address_is_asked_for_anew(
    name: str, archive: ServedArchive, tmp_path: Path
) -> None:
    archive.faults.expired = {"p3", "p4"}
    assert run(name, archive, tmp_path).count(FetchStatus.FETCHED) == 5


def test_a_photo_that_is_gone_fails_alone(archive: ServedArchive, tmp_path: Path) -> None:
    shots = dict(archive.shots)
    listed = run("mapillary", archive, tmp_path, dry_run=True)
    assert listed.wanted == 5
    archive.faults.expired = {"p3"}
    archive.renewed = type(archive.renewed)()

    class Gone(dict[str, Shot]):
        def get(self, name: str, default: object = None) -> Shot | None:  # type: ignore[override]
            return None if name == "p3" else shots.get(name)

    archive.shots = Gone(shots)
    done = run("mapillary", archive, tmp_path)
    (failed,) = (each for each in done.photos if each.status == FetchStatus.FAILED)
    assert "is gone from the archive" in failed.reason
    assert done.count(FetchStatus.FETCHED) == 4


@pytest.mark.parametrize("name", ["mapillary", "kartaview"])
def test_an_archive_that_is_asked_too_much_is_asked_in_parts(
    name: str, archive: ServedArchive, tmp_path: Path
) -> None:
    archive.faults.too_much_above_deg = 0.003
    assert run(name, archive, tmp_path).count(FetchStatus.FETCHED) == 5


def test_an_archive_that_is_down_is_tried_and_told(archive: ServedArchive, tmp_path: Path) -> None:
    archive.faults.busy["search"] = 99
    slept = Slept()
    with pytest.raises(ArchiveError, match=r"search answers 503; run the command again later"):
        run("panoramax", archive, tmp_path, slept=slept)
    assert len([s for s in slept if s >= 7.0]) == 3  # four tries


def test_a_run_that_was_killed_is_taken_up(archive: ServedArchive, tmp_path: Path) -> None:
    archive.faults.broken["p1"] = 99
    first = run("panoramax", archive, tmp_path, tries=1)
    assert first.count(FetchStatus.FAILED) == 1
    part = tmp_path / ".panoramax-p1.part"
    assert 0 < part.stat().st_size < len(SHOTS[1].content)
    archive.faults.broken.clear()
    archive.asked.clear()
    second = run("panoramax", archive, tmp_path)
    assert (second.count(FetchStatus.FETCHED), second.count(FetchStatus.THERE)) == (1, 4)
    assert (tmp_path / "panoramax-p1.jpg").read_bytes() == SHOTS[1].content
    assert sum("/files/" in path for path in archive.asked) == 1
    # A photo without its sidecar is one whose run was killed between the two.
    (tmp_path / "panoramax-p3.jpg.source.json").unlink()
    assert run("panoramax", archive, tmp_path).count(FetchStatus.FETCHED) == 1


def test_what_is_wanted_is_by_time_licence_limit_and_consent(
    archive: ServedArchive, tmp_path: Path
) -> None:
    def of(**wish: object) -> FetchSummary:
        return run("panoramax", archive, tmp_path, wish=Wish(area=AREA, **wish), dry_run=True)  # type: ignore[arg-type]

    assert of(period=parse_period("2021-01-01", "2023-01-01")).wanted == 2
    only = of(licences=parse_filter("cc-by,cc0"))
    assert (only.wanted, only.other_licence) == (2, 3)
    assert only.licences == {"CC BY 4.0": 2}
    assert of(limit=3).wanted == 3
    some = of(opted_out=OptedOut(photos=frozenset({"panoramax:p0"}), authors=frozenset({"ada"})))
    assert (some.wanted, some.opted_out) == (2, 3)
    everything = of()
    assert everything.size_bytes == sum(len(shot.content) for shot in SHOTS)
    assert everything.authors == 2
    assert not list(tmp_path.iterdir())
    with pytest.raises(EmptyAreaError, match=r"no photo there that is wanted \(5 found"):
        of(licences=parse_filter("cc0"))
    with pytest.raises(UsageError, match="fetch wants an area"):
        run("panoramax", archive, tmp_path, wish=Wish(area=Everywhere()))


def test_the_token_goes_to_its_archive_and_nowhere_else(
    archive: ServedArchive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    archive.faults.expired = {"p3"}
    run("mapillary", archive, tmp_path)
    told = {path.startswith("/mly/"): token for path, token in archive.tokens}
    assert told == {True: f"OAuth {TOKEN}", False: None}
    kept = "".join(path.read_text("latin-1") for path in tmp_path.iterdir())
    assert "secret" not in kept + caplog.text
    assert "sig=" not in kept
    assert not any("secret" in path for path in archive.asked)


def test_a_wrong_token_is_one_line(
    archive: ServedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAPILLARY_TOKEN", "MLY|wrong")
    with pytest.raises(ArchiveError, match="answers 401; is the token right") as raised:
        run("mapillary", archive, tmp_path)
    assert "wrong" not in str(raised.value)
    monkeypatch.delenv("MAPILLARY_TOKEN")
    with pytest.raises(UsageError, match="MAPILLARY_TOKEN is not set"):
        run("mapillary", archive, tmp_path)


def test_no_more_requests_than_the_archive_bears() -> None:
    slept = Slept()
    pace = Pace(requests=3, within_s=60.0, now=slept.now, sleep=slept)
    for _ in range(7):
        pace.wait()
    assert slept == [60.0, 60.0]


def test_boxes_cover_the_area_and_cross_the_antimeridian() -> None:
    assert boxes_within((0.0, 0.0, 1.0, 1.0), 2.0) == [(0.0, 0.0, 1.0, 1.0)]
    assert len(boxes_within((0.0, 0.0, 1.0, 0.5), 0.25)) == 8
    west, east = boxes_within((179.9, 0.0, -179.9, 0.1), 1.0)
    assert (west[0], west[2], east[0], east[2]) == (179.9, 180.0, -180.0, -179.9)
    photos = [(0.1, 0.1), (0.11, 0.1), (0.9, 0.9)]

    def ask(box: tuple[float, float, float, float]) -> tuple[list[tuple[float, float]], bool]:
        inside = [p for p in photos if box[0] <= p[0] <= box[2] and box[1] <= p[1] <= box[3]]
        return inside[:1], len(inside) <= 1

    assert set(complete((0.0, 0.0, 1.0, 1.0), ask)) == set(photos)


def test_opted_out_lists_are_read_and_grow(tmp_path: Path) -> None:
    path = tmp_path / "opted-out.txt"
    path.write_text("# asked to be left out\npanoramax:p0  # her house\nauthor  Jane Doe")
    told = read_opted_out(path)
    assert told.contains("panoramax:p0", "")
    assert told.contains("kartaview:1", "JANE DOE")
    assert not told.contains("panoramax:p1", "Janet Doe")
    opt_out(path, photos=["panoramax:p9", "panoramax:p0"], author="Jane Doe")
    assert path.read_text().endswith("author  Jane Doe\npanoramax:p9\n")
    assert read_opted_out(tmp_path / "none.txt") == OptedOut()


def test_the_command_says_what_there_is_and_fetches_it(
    archive: ServedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "archives.yaml"
    config.write_text(f"fetch: {{panoramax_url: '{archive.address}/px/api'}}")
    area = ["--area", "2.29,48.85,2.30,48.86", "--config", str(config)]
    listed = CliRunner().invoke(app, ["fetch", "panoramax", *area, "--dry-run"])
    assert listed.exit_code == 0, listed.output
    assert "5 photos by 2 authors, 2020-05-06 to 2024-05-06" in listed.output
    assert not Path("photos").exists()
    done = CliRunner().invoke(app, ["fetch", "panoramax", *area, "--limit", "2", "--json"])
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["got"] == 2
    assert len(list(Path("photos/panoramax").glob("*.jpg"))) == 2
    assert any(agent.startswith("worldmap/") for agent in archive.agents)
    wrong = CliRunner().invoke(app, ["fetch", "flickr", *area])
    assert wrong.exit_code == 2
    assert "there is: panoramax, mapillary, kartaview, commons" in wrong.output
    archive.faults.cut["p4"] = 9
    some = CliRunner().invoke(app, ["fetch", "panoramax", *area])
    assert some.exit_code == 4, some.output


def test_a_map_cannot_say_where_a_token_goes(tmp_path: Path) -> None:
    from worldmap.mapfolder import may_keep

    assert not may_keep("fetch.mapillary_url", "https://elsewhere.example")


def test_the_sidecar_names_the_file_by_its_content(archive: ServedArchive, tmp_path: Path) -> None:
    run("panoramax", archive, tmp_path)
    told = json.loads((tmp_path / "panoramax-p1.jpg.source.json").read_text())
    assert told["content_hash"] == hashlib.sha256(SHOTS[1].content).hexdigest()
    assert told["licence"] == "CC-BY-SA-4.0"
    assert told["author"] == "Ada"
