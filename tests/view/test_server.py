"""What `worldmap view` serves, and all that it does not."""

from __future__ import annotations

import base64
import io
import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.catalog_records import unplaced_pose
from tests.helpers.map_makers import SmallMap
from tests.helpers.page_server import WORLDMAP, Served, served
from tests.mapfolder.test_mapfolder import opened
from worldmap.area import Box
from worldmap.catalog import Catalog
from worldmap.depth import load_depth
from worldmap.errors import InputError, UsageError
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import enu_from_projected, geodetic_from_projected
from worldmap.las import read_tile, write_tile
from worldmap.records import Failure, IngestedPhoto, PlacedPose, View
from worldmap.registration.features import load_features
from worldmap.stages.orthophoto import TileOrthophotos
from worldmap.view import (
    Products,
    PublishedMap,
    check_basemap,
    open_socket,
    require_server,
    shown_layer,
)
from worldmap.view.page import content_security_policy
from worldmap.view.server import address_of


@pytest.fixture(scope="module")
def server(small_map: SmallMap) -> Iterator[Served]:
    with served(small_map.map_dir) as found:
        yield found


@pytest.fixture(scope="module")
def document(server: Served) -> dict[str, Any]:
    return json.loads(server.ask("/map.json").body)  # type: ignore[no-any-return]


def tile_of(small_map: SmallMap) -> tuple[str, Path]:
    """The URL of a tile and its COPC file."""
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        tile = max(catalog.tiles(), key=lambda tile: tile.points)
    (copc,) = (file for file in tile.files if file.format == "copc")
    return f"/tiles/{tile.key}.copc.laz", small_map.map_dir / copc.path


# --- what is served --------------------------------------------------------------------------


def test_the_page_and_its_files(server: Served) -> None:
    page = server.ask("/")
    assert page.status == 200
    assert b"<canvas" in page.body
    assert b"{{" not in page.body
    for name in ("view.js", "view.css", "decode.js", "laz-perf.wasm", "world.json", "licences.txt"):
        answer = server.ask(f"/assets/{name}")
        assert answer.status == 200, name
        assert len(answer.body) > 1000
        again = server.ask(f"/assets/{name}", {"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


def test_the_document_is_what_the_catalog_has(
    document: dict[str, Any], small_map: SmallMap
) -> None:
    poses = {pose.photo_id: pose for pose in small_map.poses}
    assert [each["id"] for each in document["photos"]] == [p.photo_id for p in small_map.photos]
    for told, photo in zip(document["photos"], small_map.photos, strict=True):
        pose = poses[photo.photo_id]
        assert told["name"] == photo.metadata.path.name
        assert told["status"] == pose.status
        assert told["camera"]["fx"] == pytest.approx(pose.focal_px)
        assert told["camera"]["width"] == photo.metadata.width_px
        assert pose.enu_from_cam is not None
        assert told["enu_from_cam"] == pose.enu_from_cam.matrix[:3].ravel().tolist()
        assert told["sigma_m"] == pytest.approx(pose.position_sigma_m)
        assert told["far_m"] > 1
    tiles = {tile["key"]: tile for tile in document["tiles"]}
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        assert {str(t.key): t.points for t in catalog.tiles() if t.files} == {
            key: tile["points"] for key, tile in tiles.items()
        }
    assert document["pairs"] == [
        [a, b, pair.status, pair.inliers] for (a, b), pair in sorted(small_map.pairs().items())
    ]
    assert len(document["pairs"]) >= 4


def test_the_document_names_no_place_on_this_machine(
    document: dict[str, Any], small_map: SmallMap
) -> None:
    text = json.dumps(document)
    for private in (small_map.map_dir.parent, small_map.truth.folder):
        assert str(private) not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"


@pytest.mark.parametrize("vertical", ["ellipsoid", "msl"])
def test_a_tile_s_transform_is_exact_to_a_millimetre(
    small_map: SmallMap, tmp_path: Path, vertical: str
) -> None:
    """Also where its heights are above the sea."""
    copy = small_map.copied(tmp_path)
    _, path = tile_of(copy)
    points = read_tile(path)
    write_tile(path, points, vertical=vertical)
    stored = points.cloud.xyz.copy()
    with Catalog.open(copy.map_dir, create=False) as catalog:
        site = catalog.site()
        (tile,) = (
            t for t in catalog.tiles() if any(copy.map_dir / f.path == path for f in t.files)
        )
    assert site is not None
    told = json.loads(PublishedMap(copy.map_dir).document())
    (fit,) = (t["enu_from_tile"] for t in told["tiles"] if t["key"] == str(tile.key))
    if vertical == "msl":
        import laspy

        las = laspy.read(path)
        # COPC has an order of its own.
        stored = np.stack((las.x, las.y, las.z), axis=-1)
        points = read_tile(path)
        assert abs(stored[:, 2] - points.cloud.xyz[:, 2]).min() > 20  # the geoid, in Sweden
    matrix = np.reshape(fit["matrix"], (3, 4))
    found = (stored - fit["origin"]) @ matrix[:, :3].T + matrix[:, 3]
    assert np.abs(found - enu_from_projected(points.cloud.xyz, site, points.epsg)).max() < 0.001


def test_a_tile_from_above_shows_its_points_where_they_are(
    server: Served, document: dict[str, Any], small_map: SmallMap
) -> None:
    (points,) = small_map.tiles()
    (told,) = document["tiles"]
    with Image.open(io.BytesIO(server.ask(f"/{told['picture']}").body)) as image:
        picture = np.array(image)
    (south, west), (north, east) = told["bounds"]
    lat, lon, _ = geodetic_from_projected(points.cloud.xyz, points.epsg)
    row = ((north - lat) / (north - south) * len(picture)).astype(int)
    column = ((lon - west) / (east - west) * picture.shape[1]).astype(int)
    assert (picture[row, column, 3] > 0).all()
    assert 0.01 < (picture[..., 3] > 0).mean() < 0.9  # and none elsewhere
    # What nothing stands over shows its own colour, but for a centimetre at the pixels' edges.
    high = np.full(picture.shape[:2], -np.inf)
    np.maximum.at(high, (row, column), points.cloud.xyz[:, 2])
    top = (points.cloud.xyz[:, 2] == high[row, column]) & (points.cloud.support >= 2)
    assert (picture[row, column, :3] == points.cloud.rgb)[top].all(axis=-1).mean() > 0.9
    # A pixel is as long as it is wide, on the ground.
    per_lat_m = (north - south) * 111_320 / len(picture)
    per_lon_m = (east - west) * 111_320 * np.cos(np.deg2rad(north)) / picture.shape[1]
    assert per_lat_m == pytest.approx(per_lon_m, rel=0.02)


def test_photos_are_reduced_and_carry_no_tags(server: Served, small_map: SmallMap) -> None:
    photo = small_map.photos[0]
    for name, longest in (("thumb.jpg", 320), ("photo.jpg", 2048)):
        answer = server.ask(f"/photos/{photo.photo_id}/{name}")
        assert answer.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(answer.body)) as image:
            width, height = photo.metadata.width_px, photo.metadata.height_px
            assert max(image.size) == min(longest, max(width, height))
            assert image.size[0] / image.size[1] == pytest.approx(width / height, abs=0.01)
            assert not image.getexif()


def test_a_photo_that_is_gone_is_shown_from_its_depth_map(
    small_map: SmallMap, tmp_path: Path
) -> None:
    copy = small_map.copied(tmp_path)
    photo = copy.photos[0]
    lose_photo(copy, photo)
    found = PublishedMap(copy.map_dir).open(f"photos/{photo.photo_id}/thumb.jpg")
    assert found is not None
    with Image.open(io.BytesIO(found.content)) as image:
        assert max(image.size) <= 320


def lose_photo(copy: SmallMap, photo: IngestedPhoto) -> None:
    """The map looks for its file where there is none; the file itself is other tests', too."""
    with opened(copy.map_dir) as connection:
        gone = str(photo.metadata.path.with_suffix(".gone.jpg"))
        connection.execute("UPDATE photos SET path = ? WHERE id = ?", (gone, photo.photo_id))


def test_how_far_a_photo_sees(server: Served, small_map: SmallMap) -> None:
    photo, pose = small_map.photos[0], small_map.poses[0]
    assert isinstance(pose, PlacedPose)
    body = server.ask(f"/photos/{photo.photo_id}/reach.bin").body
    width, height = struct.unpack_from("<HH", body)
    cells = np.frombuffer(body, "<u2", width * height, offset=4).reshape(height, width)
    shares = np.frombuffer(body, "u1", offset=4 + 2 * width * height).reshape(height, width)
    view = View.of_placed(load_depth(small_map.map_dir / photo.depth.path), photo.camera, pose)
    assert max(width, height) <= 256
    # Somewhere in the cell's part of the depth map.
    step = -(-max(view.seen_m.shape) // 256)
    assert (height, width) == view.seen_m[step // 2 :: step, step // 2 :: step].shape
    row, column = height * 3 // 4, width // 2
    here = np.s_[row * step : (row + 1) * step, column * step : (column + 1) * step]
    seen_m, sigma_m = view.seen_m[here], view.sigma_m[here]
    assert seen_m.min() - 0.01 <= cells[row, column] / 100 <= seen_m.max() + 0.01
    share = sigma_m / seen_m
    assert share.min() - 0.002 <= shares[row, column] * 0.002 <= share.max() + 0.002


def test_a_photo_that_is_nowhere_reaches_nothing(small_map: SmallMap, tmp_path: Path) -> None:
    copy = small_map.copied(tmp_path)
    photo = copy.photos[0]
    with Catalog.open(copy.map_dir, create=False) as catalog:
        run_id = catalog.start_run("merge", "{}", "test")
        catalog.replace_solution(run_id, [unplaced_pose(photo.photo_id)])
    published = PublishedMap(copy.map_dir)
    published.document()
    names = published.names()
    assert f"photos/{photo.photo_id}/photo.jpg" in names
    assert f"photos/{photo.photo_id}/reach.bin" not in names
    assert published.open(f"photos/{photo.photo_id}/reach.bin") is None
    # What it saw can be looked at by itself: that of no other photo.
    assert [name for name in names if "own" in name] == [f"photos/{photo.photo_id}/own.bin"]
    assert published.open(f"photos/{copy.photos[1].photo_id}/own.bin") is None
    found = published.open(f"photos/{photo.photo_id}/own.bin")
    assert found is not None
    depth_map = load_depth(copy.map_dir / photo.depth.path).depth_map
    height, width = depth_map.depth_m.shape
    assert struct.unpack_from("<5H", found.content) == (width, height, width, height, 1)
    codes = np.frombuffer(found.content, "<u2", width * height, offset=46).reshape(height, width)
    known = np.isfinite(depth_map.depth_m)
    assert np.array_equal(codes > 0, known)
    range_m = 0.05 * np.exp((codes[known] - 1) / 5000)
    np.testing.assert_allclose(range_m, depth_map.depth_m[known], rtol=1.1e-4)
    shares = np.frombuffer(found.content, "u1", offset=46 + 2 * width * height)
    share = depth_map.sigma_m[known] / depth_map.depth_m[known]
    np.testing.assert_allclose(0.002 * shares.reshape(height, width)[known], share, atol=0.00101)
    # Level by what its pixels say of up, which is surer than a phone's tags.
    tilt = load_features(copy.map_dir / photo.features.path).tilt
    assert tilt is not None
    assert tilt.sigma_deg < photo.prior.tilt_sigma_deg
    level_from_cam = np.frombuffer(found.content, "<f4", 9, offset=10).reshape(3, 3)
    expected = enu_from_cam_rotation(0.0, tilt.pitch_deg, tilt.roll_deg)
    np.testing.assert_allclose(level_from_cam, expected, atol=1e-6)
    # And by these where nothing else is known.
    (copy.map_dir / photo.features.path).write_bytes(b"")
    alone = published.open(f"photos/{photo.photo_id}/own.bin")
    assert alone is not None
    tagged = enu_from_cam_rotation(0.0, photo.prior.pitch_deg, photo.prior.roll_deg)
    level_from_cam = np.frombuffer(alone.content, "<f4", 9, offset=10).reshape(3, 3)
    np.testing.assert_allclose(level_from_cam, tagged, atol=1e-6)


def test_ranges_of_a_tile(server: Served, small_map: SmallMap) -> None:
    url, path = tile_of(small_map)
    content = path.read_bytes()
    whole = server.ask(url)
    assert (whole.status, whole.body) == (200, content)
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, begin, end in (
        ("bytes=0-374", 0, 375),
        ("bytes=1000-1999", 1000, 2000),
        ("bytes=-60", len(content) - 60, len(content)),
        (f"bytes=100-{10**12}", 100, len(content)),
    ):
        part = server.ask(f"{url}?v=1", {"Range": asked})
        assert part.status == 206
        assert part.body == content[begin:end]
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(content)}"
    beyond = server.ask(url, {"Range": f"bytes={len(content)}-"})
    assert beyond.status == 416


def test_a_map_that_changed_is_told_anew(small_map: SmallMap, tmp_path: Path) -> None:
    copy = small_map.copied(tmp_path)
    published = PublishedMap(copy.map_dir)
    before = json.loads(published.document())
    assert before["failures"] == []
    with Catalog.open(copy.map_dir, create=False) as catalog:
        catalog.record_failure(
            Failure(path=Path("/x/torn.jpg"), content_hash="", stage="read", reason="truncated")
        )
    assert json.loads(published.document())["failures"] == [
        {"name": "torn.jpg", "stage": "read", "reason": "truncated"}
    ]


def test_tiles_that_cannot_be_shown_say_what_to_do(small_map: SmallMap, tmp_path: Path) -> None:
    copy = small_map.copied(tmp_path)
    _, path = tile_of(copy)
    path.unlink()
    told = json.loads(PublishedMap(copy.map_dir).document())["tiles"]
    problems = [tile for tile in told if tile["problem"]]
    assert len(problems) == 1
    assert "worldmap merge --area all" in problems[0]["problem"]
    assert problems[0]["url"] is None


# --- what is not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/catalog.gpkg",
        "/../catalog.gpkg",
        "/tiles/../catalog.gpkg",
        "/tiles/..%2fcatalog.gpkg",
        "/tiles/%2e%2e/catalog.gpkg",
        "/tiles/..\\catalog.gpkg",
        "//etc/passwd",
        "/../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../page.py",
        "/assets/..%2fpage.py",
        "/assets/%2e%2e%2fpage.py",
        "/assets/manifest.json",
        "/assets/index.html",
        "/assets/",
        "/assets",
        "/tiles/",
        "/tiles",
        "/photos/",
        "/photos/1",
        "/photos/1/",
        "/photos/999999/thumb.jpg",
        "/photos/-1/thumb.jpg",
        "/photos/99999999999999999999/thumb.jpg",
        "/photos/1/thumb.jpg%00",
        "/photos/1/thumb.jpg/..",
        "/photos/../photos/1/photo.png",
        "/depth/",
        "/features/",
        "/map.json/",
        "/%ff%fe",
    ],
)
def test_nothing_else_is_there(server: Served, path: str) -> None:
    answer = server.ask(path)
    assert answer.status in (400, 404), path
    assert b"root:" not in answer.body
    assert b"SQLite" not in answer.body
    assert len(answer.body) < 200


def test_no_file_of_the_map_but_those_named(server: Served, small_map: SmallMap) -> None:
    """Depth maps, features, the other files of tiles: by their own paths."""
    for file in small_map.map_dir.rglob("*"):
        path = file.relative_to(small_map.map_dir).as_posix()
        assert server.ask(f"/{path}").status == 404 or path.endswith(".copc.laz"), path


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_other_names_for_this_machine_are_refused(server: Served, host: str) -> None:
    """DNS rebinding."""
    answer = server.ask("/map.json", {"Host": host})
    assert answer.status in (400, 421)
    assert b"photos" not in answer.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:8765", "[::1]"])
def test_its_own_names_are_not(server: Served, host: str) -> None:
    assert server.ask("/map.json", {"Host": host}).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_for_reading(server: Served, method: str) -> None:
    assert server.ask("/map.json", method=method).status == 405


def test_every_answer_carries_the_policy(server: Served) -> None:
    for path in ("/", "/map.json", "/assets/decode.js", "/nothing"):
        headers = server.ask(path).headers
        policy = headers["content-security-policy"]
        assert policy == content_security_policy(None)
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


# --- the command -----------------------------------------------------------------------------


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(WORLDMAP), "view", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_it_listens_on_this_machine_alone(server: Served) -> None:
    host, _, port = server.netloc.partition(":")
    assert host == "127.0.0.1"
    with socket.socket() as probe:
        # All of 127/8 is this machine's, but only one address of it is listened on.
        assert probe.connect_ex(("127.0.0.2", int(port))) != 0


def test_ports() -> None:
    with open_socket("127.0.0.1", None) as first, open_socket("127.0.0.1", None) as second:
        assert address_of(first) != address_of(second)
        port = first.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            open_socket("127.0.0.1", port)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--map", "nowhere"), 6, "worldmap ingest"),
        (("--basemap", "ftp://tiles.example/{z}/{x}/{y}"), 2, "not a basemap"),
        (("--basemap", "https://tiles.example/map.png"), 2, "{z}"),
        (("--basemap", "https://a'; script-src *;/{z}/{x}/{y}"), 2, "not a basemap"),
        (("--static", "a", "--single", "b.html"), 2, "choose one"),
        (("--port", "99999"), 2, "65535"),
        (("--area", "here"), 2, "west,south,east,north"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run("--no-browser", "--map", tmp_path / "map", *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    with pytest.raises(UsageError, match=r"worldmap\[view\]"):
        require_server()


def test_a_basemap_opens_the_policy_for_its_pictures_only() -> None:
    below = check_basemap("https://{s}.tiles.example:8443/{z}/{x}/{y}.png", "© <b>them</b>")
    policy = content_security_policy(below)
    assert "img-src 'self' data: blob: https://*.tiles.example:8443;" in policy
    assert policy.count("tiles.example") == 1
    # One by name has its owner's credit and terms.
    osm = check_basemap("osm")
    assert "https://tile.openstreetmap.org;" in content_security_policy(osm)
    assert "OpenStreetMap" in osm.attribution
    assert "osmfoundation.org/policies/tiles" in osm.terms


# --- as files --------------------------------------------------------------------------------


@pytest.mark.nightly  # its summary is asked by day
def test_a_static_site(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    done = run("--map", small_map.map_dir, "--static", out, "--json", "--no-blur")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    assert told["files"] == len(files)
    # Its orthophoto stays in the map's folder: whoever shows it next makes none.
    monkeypatch.setattr("worldmap.stages.orthophoto.orthophoto", pytest.fail)
    orthophoto = TileOrthophotos(small_map.map_dir, warn=pytest.fail)
    published = PublishedMap(small_map.map_dir, products=Products(orthophoto=orthophoto))
    assert set(files) >= {"index.html", "map.json", "assets/view.js", *published.names()}
    assert (out / "map.json").read_bytes() == published.document()
    for name in published.names():
        found = published.open(name)
        assert found is not None
        content = found.file.read_bytes() if found.file else found.content
        assert (out / name).read_bytes() == content
    assert run("--map", small_map.map_dir, "--static", out).returncode == 0  # over an older one


def test_a_folder_of_other_things_is_not_written_into(small_map: SmallMap, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    done = run("--map", small_map.map_dir, "--static", tmp_path)
    assert done.returncode == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["thesis.tex"]


@pytest.mark.nightly
def test_a_photo_that_cannot_be_had_is_left_out(small_map: SmallMap, tmp_path: Path) -> None:
    copy = small_map.copied(tmp_path)
    photo = copy.photos[0]
    lose_photo(copy, photo)
    (copy.map_dir / photo.depth.path).unlink()
    done = run("--map", copy.map_dir, "--single", tmp_path / "one.html")
    assert done.returncode == 0, done.stderr
    assert "left out" in done.stdout
    assert (tmp_path / "one.html").stat().st_size > 1_000_000


@pytest.mark.nightly
def test_a_page_of_one_area_has_nothing_else(small_map: SmallMap, tmp_path: Path) -> None:
    """Every way to show it asks the same published."""
    whole = json.loads(PublishedMap(small_map.map_dir).document())
    first = min(whole["photos"], key=lambda photo: photo["lat"])
    half = Box(
        west_deg=-180.0, south_deg=-90.0, east_deg=180.0,
        north_deg=float(np.median([photo["lat"] for photo in whole["photos"]])),
    )  # fmt: skip
    published = PublishedMap(small_map.map_dir, area=half)
    told = json.loads(published.document())
    inside = [photo for photo in whole["photos"] if photo["lat"] <= half.north_deg]
    assert told["photos"] == inside
    assert 0 < len(inside) < len(whole["photos"])
    ids = {photo["id"] for photo in inside}
    assert told["pairs"] == [pair for pair in whole["pairs"] if {*pair[:2]} <= ids]
    assert told["tiles"] == [
        tile for tile in whole["tiles"] if tile["bounds"][0][0] <= half.north_deg
    ]
    left_out = next(photo["id"] for photo in whole["photos"] if photo["id"] not in ids)
    assert published.open(f"photos/{left_out}/thumb.jpg") is None
    assert published.open(f"photos/{first['id']}/thumb.jpg") is not None

    out = tmp_path / "one.html"
    around = f"{first['lat']},{first['lon']},0.5"
    done = run("--map", small_map.map_dir, "--single", out, "--area", around)
    assert done.returncode == 0, done.stderr
    found = re.search(rb'type="application/json" id="bundle">(.*)</script>', out.read_bytes())
    assert found is not None
    bundle = json.loads(found[1])
    photos = {name.split("/")[1] for name in bundle if name.startswith("photos/")}
    assert photos == {str(first["id"])}
    assert json.loads(base64.b64decode(bundle["map.json"]))["photos"] == [first]

    nowhere = run("--map", small_map.map_dir, "--single", out, "--area", "0,0,10")
    assert nowhere.returncode == 3
    assert "neither photos nor points" in nowhere.stderr


def test_a_single_file_is_html(small_map: SmallMap, tmp_path: Path) -> None:
    assert run("--map", small_map.map_dir, "--single", tmp_path / "one.txt").returncode == 2
    assert not (tmp_path / "one.txt").exists()


def test_a_named_raster_lies_on_the_map(small_map: SmallMap, tmp_path: Path) -> None:
    """A relief in another CRS: where it is, and clear where it has nothing."""
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "relief.tif"
    values = np.full((40, 60), -9999.0, dtype=np.float32)
    values[10:, :] = np.linspace(1, 5, 60)
    with rasterio.open(
        path, "w", driver="GTiff", width=60, height=40, count=1, dtype="float32", nodata=-9999,
        crs="EPSG:32634", transform=rasterio.Affine(1, 0, 332_700, 0, -1, 6_580_640),
    ) as file:  # fmt: skip
        file.write(values, 1)
    published = PublishedMap(small_map.map_dir, products=Products(layers=[shown_layer(path)]))
    (told,) = json.loads(published.document())["layers"]
    assert (told["name"], told["url"]) == ("relief", "layers/0.png")
    assert "layers/0.png" in published.names()
    found = published.open("layers/0.png")
    assert found is not None
    with Image.open(io.BytesIO(found.content)) as image:
        rgba = np.array(image)
    (south, west), (north, east) = told["bounds"]
    lat, lon, _ = geodetic_from_projected(
        np.array([(332_700.0, 6_580_600.0, 0), (332_760.0, 6_580_640.0, 0)]), 32634
    )
    assert (south, north) == pytest.approx(tuple(lat), abs=2e-5)
    assert (west, east) == pytest.approx(tuple(lon), abs=4e-5)
    middle = rgba[rgba.shape[0] // 2, rgba.shape[1] // 2]
    assert middle[3] == 255
    assert 100 < middle[0] < 155
    assert rgba[3, rgba.shape[1] // 2, 3] == 0
    ortho = tmp_path / "ortho.tif"
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(
        ortho, "w", driver="GTiff", width=60, height=40, count=3, dtype="uint8",
        crs="EPSG:32634", transform=rasterio.Affine(1, 0, 332_700, 0, -1, 6_580_640),
    ) as file:  # fmt: skip
        file.write(np.full((3, 40, 60), 90, dtype=np.uint8))
        file.write_mask(values > 0)
    with Image.open(io.BytesIO(shown_layer(ortho).png)) as image:
        rgba = np.array(image)
    assert rgba[rgba.shape[0] // 2, rgba.shape[1] // 2].tolist() == [90, 90, 90, 255]
    assert rgba[3, rgba.shape[1] // 2, 3] == 0
    (tmp_path / "no.tif").write_bytes(b"II*\0nothing")
    with pytest.raises(InputError, match="no raster that can be shown"):
        shown_layer(tmp_path / "no.tif")
