"""The page in a real browser: what it draws, what clicks do, whom it asks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.helpers.browser import Watched, pixels
from tests.helpers.catalog_records import with_sigmas
from tests.helpers.map_makers import SmallMap
from tests.helpers.other_programs import needs_axe
from tests.helpers.page_server import WORLDMAP, Served, served
from worldmap.backproject import backproject
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import PhotoSettings
from worldmap.depth import load_depth
from worldmap.frames import PROJECTED, enu_from_cam_rotation
from worldmap.geodesy import (
    Site,
    enu_from_projected,
    geodetic_from_projected,
    projected_from_enu,
)
from worldmap.las import write_tile
from worldmap.photo import read_pixels
from worldmap.pixel import point_covariance
from worldmap.records import (
    ControlPoint,
    ControlRole,
    Failure,
    PlacedPose,
    Tile,
    TileArtifact,
    TilePoints,
)
from worldmap.registration.features import load_features
from worldmap.survey import read_control
from worldmap.tiling import split

DARK = (16, 22, 26)
LIGHT = (228, 233, 236)
# Software draws what it shows, pixel by pixel.
SMALL = {"width": 900, "height": 560}


def ahead_of_a_photo(catalog: Catalog) -> ControlPoint:
    """A surveyed point 8 m before the first placed photo, a little to the right."""
    pose = next(pose for pose in catalog.poses() if isinstance(pose, PlacedPose))
    place = pose.enu_from_cam.apply(np.array((0.7, 0.2, 8.0)))
    lat, lon, height = map(float, pose.site.geodetic_from_enu(place))
    return ControlPoint(
        name="P, 1",
        lat_deg=lat,
        lon_deg=lon,
        height_m=height,
        horizontal_sigma_m=0.02,
        vertical_sigma_m=0.03,
        role=ControlRole.CHECK,
        source="survey.csv",
        raw="",
    )


@pytest.fixture(scope="module")
def server(small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The small map, with a photo that failed besides."""
    copy = small_map.copied(tmp_path_factory.mktemp("page"))
    with Catalog.open(copy.map_dir, create=False) as catalog:
        catalog.record_failure(
            Failure(
                path=Path("torn.jpg"), content_hash="", stage="read", reason="it is <b>torn</b>"
            )
        )
        catalog.put_control([ahead_of_a_photo(catalog)])
    with served(copy.map_dir) as found:
        yield found


@pytest.fixture(scope="module")
def dark(new_page: Callable[..., Watched], server: Served) -> Watched:
    """A page on a desktop, used by several tests one after the other."""
    watched = new_page(color_scheme="dark")
    watched.open(server.url)
    return watched


@pytest.fixture
def page(dark: Watched) -> Iterator[Watched]:
    """The same page, as when it was opened; afterwards nothing may have gone wrong on it."""
    yield dark
    if dark.ask("Boolean(worldmap.scene.photo || worldmap.scene.flight)"):
        dark.ask("worldmap.scene.leave()")
    dark.ask("worldmap.overview()")
    dark.drawn()
    assert dark.errors == []


def share_drawn(picture: np.ndarray, background: tuple[int, int, int]) -> float:
    """The share of pixels that are not background."""
    off = np.abs(picture.astype(int) - background).max(axis=-1)
    return float((off > 12).mean())


def test_points_are_drawn_in_their_colours(page: Watched, small_map: SmallMap) -> None:
    page.shot("desktop-dark")
    picture = page.canvas()
    assert share_drawn(picture, DARK) > 0.15
    shown = page.ask("worldmap.scene.cloud.shownPoints")
    assert 0 < shown <= sum(len(tile) for tile in small_map.tiles())
    # The points' own colours, neither washed out nor dimmed: same middle as the tiles'.
    page.ask("worldmap.light(false)")
    page.drawn()
    picture = page.canvas().reshape(-1, 3)
    lit = picture[np.abs(picture.astype(int) - DARK).max(axis=-1) > 12]
    colours = np.concatenate([tile.cloud.rgb for tile in small_map.tiles()])
    assert np.abs(np.median(lit, axis=0) - np.median(colours, axis=0)).max() < 40


@pytest.mark.parametrize(
    "mode",
    [
        "height",
        *(
            pytest.param(m, marks=pytest.mark.nightly)
            for m in ("sigma", "support", "class", "photo")
        ),
    ],
)
def test_colourings(page: Watched, mode: str) -> None:
    before = page.canvas()
    page.page.select_option("#colour", mode)
    page.drawn()
    assert np.abs(page.canvas().astype(int) - before).mean() > 3
    assert page.page.locator("#legend").is_visible()
    page.page.select_option("#colour", "rgb")
    page.drawn()
    assert page.page.locator("#legend").is_hidden()


def test_points_are_discs_on_their_surfaces(page: Watched, small_map: SmallMap) -> None:
    """They lie as planes through their neighbours do, and are as large as those are far."""
    found = page.ask(
        "(({ scene }) => { const found = [];"
        " for (const { points, tile } of scene.cloud.shown) {"
        " const { position, disc, spacing } = points.geometry.attributes;"
        " const at = scene.camera.position.clone(), normal = at.clone();"
        " const step = Math.ceil(position.count / 1500);"
        " for (let i = 0; i < position.count; i += step) {"
        " at.fromBufferAttribute(position, i).applyMatrix4(tile.matrix);"
        " normal.fromBufferAttribute(disc, i).transformDirection(tile.matrix);"
        " found.push([...at, ...normal, disc.getW(i), spacing.getX(i) / 1000]); } }"
        " return found; })(worldmap)"
    )
    told = np.array(found)
    known = told[:, 6] > 0
    assert known.mean() > 0.9
    told = told[known]
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        site = catalog.site()
    assert site is not None
    xyz = np.concatenate([enu_from_projected(t.cloud.xyz, site, t.epsg) for t in small_map.tiles()])
    tree = cKDTree(xyz)
    assert tree.query(told[:, :3])[0].max() < 0.002
    # Planes through as many neighbours as its cells hold, where these lie in one.
    around = xyz[tree.query(told[:, :3], k=36)[1]]
    _, spread, axes = np.linalg.svd(around - around.mean(axis=1, keepdims=True))
    flat = spread[:, 2] < 0.15 * spread[:, 1]
    assert flat.sum() > 400
    cosine = np.abs((axes[:, 2] * told[:, 3:6]).sum(axis=1))[flat]
    assert np.median(cosine) > 0.97
    assert (cosine > 0.8).mean() > 0.85
    # As large as the cells of so many points in their plane, of each its own.
    own_m = np.sqrt(12 * spread[:, 0] * spread[:, 1] / 36 / 36)[flat]
    assert 0.6 < np.median(told[flat, 7] / own_m) < 1.6


def test_discs_of_one_surface_blend(page: Watched) -> None:
    """Where the picture stands still: colours of the same middle, smoother from pixel to pixel."""
    pictures = {}
    page.ask("worldmap.light(false)")
    for blended in (False, True):
        page.ask(f"worldmap.smooth({json.dumps(blended)})")
        page.wait("performance.now() - worldmap.scene.movedAt > 300")
        page.drawn()
        pictures[blended] = page.canvas().astype(float)
    page.shot("blended")
    shown = np.abs(pictures[True] - DARK).max(axis=-1) > 12
    steps = {
        k: np.abs(np.diff(p, axis=0))[shown[1:] & shown[:-1]].mean() for k, p in pictures.items()
    }
    assert steps[True] < 0.9 * steps[False]
    middles = [np.median(picture[shown], axis=0) for picture in pictures.values()]
    assert np.abs(middles[0] - middles[1]).max() < 12


@pytest.mark.nightly
def test_lighting_darkens_edges(page: Watched) -> None:
    pictures = {}
    for lit in (False, True):
        page.ask(f"worldmap.light({json.dumps(lit)})")
        page.drawn()
        pictures[lit] = page.canvas().astype(int)
    darker = pictures[False].sum(axis=-1) - pictures[True].sum(axis=-1)
    # Outlines of what stands before something else: some hundred pixels of a small street.
    assert (darker > 30).sum() > 300
    assert (darker < -30).mean() < (darker > 30).mean() / 5


def wall(map_dir: Path) -> None:
    """Put one wall, a grey plane 30 m long, in place of a map's points: points 6 cm apart that lie
    beside it as far as their sigmas say."""
    rng = np.random.default_rng(0)
    along, up = np.meshgrid(np.arange(0, 30, 0.06), np.arange(0, 6, 0.06))
    count = along.size
    xyz = np.column_stack((along.ravel(), np.zeros(count), up.ravel()))
    xyz += rng.normal(0, (0.01, 0.03, 0.01), (count, 3))
    with Catalog.open(map_dir, create=False) as catalog:
        site = catalog.site()
        assert site is not None
        epsg = catalog.tiles()[0].key.epsg
        xyz = projected_from_enu(xyz, site, epsg)
        tiles = []
        for key, index in split(xyz, epsg).items():
            path = Path("tiles") / f"{key}.copc.laz"
            each = len(index)
            cloud = PointCloud(
                frame=PROJECTED,
                xyz=xyz[index],
                rgb=np.full((each, 3), 150, dtype=np.uint8),
                sigma_m=np.full(each, 0.03, dtype=np.float32),
                photo_id=np.ones(each, dtype=np.uint32),
                support=np.full(each, 3, dtype=np.uint8),
            )
            points = TilePoints(
                cloud=cloud,
                epsg=epsg,
                gps_time_s=np.zeros(each),
                classification=np.ones(each, dtype=np.uint8),
            )
            file = write_tile(map_dir / path, points)
            made = TileArtifact(format="copc", path=path, content_hash=file.content_hash)
            tiles.append(
                Tile(key=key, files=(made,), points=each, bounds_m=file.bounds_m, photo_ids=())
            )
        dropped = {tile.key for tile in catalog.tiles()} - {tile.key for tile in tiles}
        catalog.replace_tiles(catalog.start_run("merge", "{}", "0"), tiles, dropped=dropped)


@pytest.mark.nightly
def test_a_wall_seen_along_it_shows_no_rims_of_discs(
    new_page: Callable[..., Watched], small_map: SmallMap, tmp_path: Path
) -> None:
    copy = small_map.copied(tmp_path)
    wall(copy.map_dir)
    with served(copy.map_dir) as server:
        watched = new_page(color_scheme="dark", viewport=SMALL)
        # 12° off the wall, at a man's height.
        watched.open(f"{server.url}#view=cloud&at=0,-2,1.7,9.4,0,1.7")
        watched.ask("Object.assign(worldmap.scene, { wantFrusta: false })")
        pictures = {}
        for lit in (False, True):
            watched.ask(f"worldmap.light({json.dumps(lit)})")
            watched.ask("worldmap.smooth(true)")
            watched.wait("performance.now() - worldmap.scene.movedAt > 300")
            watched.drawn()
            pictures[lit] = watched.canvas().astype(int)
        watched.shot("wall-along")
        is_wall = np.abs(pictures[False] - 150).max(axis=-1) < 6
        assert is_wall.mean() > 0.3
        darker = (pictures[False] - pictures[True]).max(axis=-1)[is_wall]
        # A fifth of it is dark where each disc has a rim.
        assert (darker > 10).mean() < 0.02
        assert watched.errors == []


def test_a_pin_leads_into_its_photo(page: Watched, small_map: SmallMap) -> None:
    pin = page.page.locator(".pin").last
    name = pin.get_attribute("title").split(",")[0]
    pin.focus()
    pin.press("Enter")
    page.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    page.drawn()
    assert page.ask("worldmap.scene.photo.name") == name
    assert page.page.locator("#photoname").text_content() == name
    assert page.page.locator("#list [aria-current=true] b").text_content() == name
    page.wait("location.hash.includes('photo=')")
    page.shot("photo-blended")
    page.page.keyboard.press("Escape")
    page.wait("!worldmap.scene.photo")
    assert page.page.locator("#photobar").is_hidden()


@pytest.mark.nightly
def test_from_a_panoramas_place_one_looks_around(page: Watched) -> None:
    """The picture follows the hand, and the panorama's other views are there; a mark is made in the
    photo itself, so that is looked at first."""
    # No photo of the small map is a view of a panorama: one is taken for that, with another.
    page.ask("worldmap.scene.photos.slice(0, 2).forEach((photo) => (photo.rig = 'one'))")
    page.page.locator("#list button").first.click()
    page.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    page.ask("worldmap.choose(worldmap.scene.photos[0])")
    page.wait("worldmap.scene.photo?.rig && worldmap.scene.overlay.ready")
    assert page.ask("worldmap.scene.overlay.layers.length") == 2
    page.ask("worldmap.scene.overlay.layers.pop().close()")  # it is of another place
    page.ask("document.getElementById('info').hidden = true")
    straight = photo_on_canvas(page, 1.0)
    box = page.page.locator("#canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 40, y, steps=4)
    page.page.mouse.up()
    page.drawn()
    turned = photo_on_canvas(page, 1.0)
    page.shot("looked-around")
    # In the middle a turn is a shift; further out the picture is drawn wider.
    rows, left = slice(60, -60), turned.shape[1] // 2 - 10
    after, before = turned[rows, left : left + 60], straight[rows, left - 40 : left + 20]
    followed = np.abs(after - before).mean()
    stayed = np.abs(after - straight[rows, left : left + 60]).mean()
    assert followed < 0.5 * stayed
    assert page.ask("worldmap.scene.isTurned")
    page.ask("worldmap.scene.lookStraight()")
    page.drawn()
    assert np.abs(photo_on_canvas(page, 1.0) - straight).mean() < 1
    page.ask("worldmap.scene.photos.forEach((photo) => (photo.rig = null))")
    page.page.keyboard.press("Escape")
    page.wait("!worldmap.scene.photo")


def photo_on_canvas(page: Watched, blend: float) -> np.ndarray:
    """What the canvas shows where the photo lies, at the size of the photo's middle half."""
    page.ask(f"worldmap.blend({blend})")
    page.drawn()
    fit = page.ask(
        "(({ width, height, photo: { camera } }) =>"
        " Math.min(width / camera.width, height / camera.height))(worldmap.scene)"
    )
    camera = page.ask("worldmap.scene.photo.camera")
    box = page.page.locator("#canvas").bounding_box()
    width, height = camera["width"] * fit * 0.5, camera["height"] * fit * 0.4
    clip = {
        "x": box["x"] + box["width"] / 2 - width / 2,
        "y": box["y"] + box["height"] / 2 - height / 2,
        "width": width,
        "height": height,
    }
    return pixels(page.page.screenshot(clip=clip)).astype(float)


def test_the_photo_lies_on_the_points(page: Watched, small_map: SmallMap) -> None:
    """Fully shown it is the photo; hidden, the points show the same scene from the same place; and
    halfway it is the mean of both."""
    from PIL import Image

    page.ask("document.getElementById('look').open = false")
    page.page.locator("#list button").first.click()
    page.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    page.ask("document.getElementById('info').hidden = true")
    page.ask("worldmap.light(false)")
    photo = photo_on_canvas(page, 1.0)
    points = photo_on_canvas(page, 0.0)
    half = photo_on_canvas(page, 0.5)
    page.ask("document.getElementById('look').open = true")
    assert np.abs(half - (photo + points) / 2).mean() < 2

    name = page.ask("worldmap.scene.photo.name")
    (path,) = (p.metadata.path for p in small_map.photos if p.metadata.path.name == name)
    image = Image.fromarray(read_pixels(path, PhotoSettings()))
    width, height = image.size
    middle = image.crop((width // 4, int(height * 0.3), width * 3 // 4, int(height * 0.7)))
    expected = np.array(middle.resize(photo.shape[1::-1], Image.Resampling.BILINEAR), dtype=float)
    assert np.abs(photo - expected).mean() < 10

    # The points agree with the photo best where they are, not some pixels aside.
    lit = np.abs(points - DARK).max(axis=-1) > 12
    assert lit.mean() > 0.5
    grey, seen = photo.mean(axis=-1), points.mean(axis=-1)

    def difference(shift: int) -> float:
        return float(np.abs(np.roll(grey, shift, axis=1) - seen)[lit].mean())

    assert difference(0) < min(difference(-12), difference(12)) * 0.9


def test_photos_that_stand_far_before_what_they_saw_share_the_middle_of_the_first_view(
    page: Watched,
) -> None:
    ends = page.ask(
        "(() => { const { scene } = worldmap, { camera } = scene;"
        " const stands = scene.frusta.items.map(({ item }) => item.position);"
        " const looks = (photos) => photos.map(({ enu_from_cam: m }) => [m[2], m[6]]);"
        " const [east, north] = looks(scene.photos.filter((p) => p.enu_from_cam))[0];"
        " const back = (by) => stands.forEach((p) => { p.x -= by * east; p.y -= by * north; });"
        " back(30);"
        " scene.overview();"
        " camera.updateMatrixWorld();"
        " const all = [...scene.cloud.sample, ...stands].map((p) => p.clone().project(camera));"
        " back(-30);"
        " return ['x', 'y'].map((way) => all.map((p) => p[way])).map((found) =>"
        " [Math.min(...found), Math.max(...found)]); })()"
    )
    for low, high in ends:
        assert -1.02 < low < high < 1.02
        assert abs(low + high) / 2 < 0.15  # of half a picture


@pytest.mark.nightly  # a dozen pictures drawn in software
def test_the_first_view_has_everything_and_nothing_covers_anything(
    page: Watched, small_map: SmallMap
) -> None:
    """Half a window as well as a narrow one: from where photos saw it, not from behind."""
    photo = small_map.photos[0].metadata.path.name
    try:
        for width, height in ((900, 700), (700, 1100)):
            page.page.set_viewport_size({"width": width, "height": height})
            page.wait(
                f"innerWidth === {width} && ((c) => worldmap.scene.width === c.clientWidth"
                " && worldmap.scene.height === c.clientHeight)(worldmap.scene.canvas.parentElement)"
            )
            page.ask("worldmap.overview()")
            page.drawn()
            page.shot(f"first-view-{width}")
            inside, fronts = page.ask(
                "(() => { const { scene } = worldmap, { camera } = scene;"
                " const stands = scene.frusta.items.map(({ item }) => item.position);"
                " const seen = (p) => { const q = p.clone().project(camera);"
                " return Math.max(Math.abs(q.x), Math.abs(q.y)) <= 1 && q.z < 1; };"
                " const share = (all, is) => all.filter(is).length / all.length;"
                " const away = (p, eye) => p.clone().sub(eye).normalize();"
                " const front = (p) => away(p, camera.position).dot(away(p, stands.reduce((a, b) =>"
                " (a.distanceTo(p) < b.distanceTo(p) ? a : b)))) > 0;"
                " return [share([...scene.cloud.sample, ...stands], seen),"
                " share(scene.cloud.sample, front)]; })()"
            )
            assert inside > 0.99, width
            assert fronts > 0.8
            page.ask(f"worldmap.choose(worldmap.told.photos.find((p) => p.name === '{photo}'))")
            page.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
            boxes = {
                name: page.page.locator(name).bounding_box()
                for name in ("#corner", "#look", "#info", "#photobar")
                if page.page.locator(name).is_visible()
            }
            for one, other in combinations(boxes, 2):
                a, b = boxes[one], boxes[other]
                apart = max(
                    max(a[x], b[x]) - min(a[x] + a[w], b[x] + b[w])
                    for x, w in (("x", "width"), ("y", "height"))
                )
                assert apart >= 0, (width, one, other)
            page.ask("worldmap.scene.leave()")
    finally:
        page.page.set_viewport_size({"width": 1280, "height": 800})
        page.wait("innerWidth === 1280")


def test_a_point_tells_where_it_is_and_who_saw_it(page: Watched, small_map: SmallMap) -> None:
    box = page.page.locator("#canvas").bounding_box()
    at = page.ask(
        "(({ scene }) => { for (let r = 0; r < 200; r += 4) for (let a = 0; a < 6.3; a += 0.5) {"
        " const [x, y] = [scene.width / 2 + r * Math.cos(a), scene.height / 2 + r * Math.sin(a)];"
        " const found = scene.pointAt(x, y); if (found && found.support > 1) return [x, y]; } })"
        "(worldmap)"
    )
    page.ask("(worldmap.scene.wantFrusta = false, worldmap.scene.redraw())")
    page.drawn()
    page.page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    page.wait("document.querySelectorAll('#info li').length > 0")
    page.ask("(worldmap.scene.wantFrusta = true, worldmap.scene.redraw())")
    page.shot("point")
    told = dict(
        zip(
            page.page.locator("#info dt").all_text_contents(),
            page.page.locator("#info dd").all_text_contents(),
            strict=True,
        )
    )
    tiles = small_map.tiles()
    where = [geodetic_from_projected(tile.cloud.xyz, tile.epsg) for tile in tiles]
    lat, lon, height = (np.concatenate([each[axis] for each in where]) for axis in range(3))
    sigma = np.concatenate([tile.cloud.sigma_m for tile in tiles])
    lat_deg, lon_deg = (float(told[name].rstrip("°")) for name in ("latitude", "longitude"))
    height_m = float(told["height"].split()[0])
    off_m = np.sqrt(
        ((lat - lat_deg) * 111_320) ** 2
        + ((lon - lon_deg) * 111_320 * np.cos(np.deg2rad(lat_deg))) ** 2
        + (height - height_m) ** 2
    )
    assert off_m.min() < 0.03  # to the last digit shown it is one of the tiles' points
    row = off_m.argmin()
    area_m = float(sigma[row])
    assert float(told["± within the area"].split()[0]) == pytest.approx(area_m, abs=0.006)
    globe_m = [float(part.split()[0]) for part in told["± on the globe"].split(", ")]
    giver = int(np.concatenate([tile.cloud.photo_id for tile in tiles])[row])
    at = (float(lat[row]), float(lon[row]), float(height[row]))
    assert globe_m == pytest.approx(globe_sigma_m(small_map, giver, at, area_m), abs=0.006)
    assert min(globe_m) > area_m
    seen = page.page.locator("#info li button span:first-child").all_text_contents()
    assert set(seen) <= {photo.metadata.path.name for photo in small_map.photos}


def globe_sigma_m(
    small_map: SmallMap, photo_id: int, at: tuple[float, float, float], area_sigma_m: float
) -> list[float]:
    """By the propagation of `locate`, with the sigma within the area in place of the depth's."""
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        site = catalog.site()
        assert site is not None
        (pose,) = catalog.poses([photo_id], site=site)
    assert isinstance(pose, PlacedPose)
    xyz_cam = pose.enu_from_cam.inverse().apply(site.enu_from_geodetic(*at))
    exact = with_sigmas(pose, scale_sigma_rel=0.0)
    covariance = point_covariance(xyz_cam, exact, area_sigma_m / float(xyz_cam[2]))
    return list(map(float, np.sqrt(np.diag(covariance))))


def test_as_many_photos_saw_a_point_as_agreed_on_it(page: Watched) -> None:
    """The page's rule is the one that counted support. It asks the point as it came out, which
    others have drawn to them and a voxel may have mixed: a few are off by one."""
    told = page.ask(
        "(async ({ scene }) => { const found = [];"
        " for (let x = 20; x < scene.width; x += 32) for (let y = 20; y < scene.height; y += 32) {"
        " const point = scene.pointAt(x, y); if (!point?.position) continue;"
        " const saw = await worldmap.photosThatSaw(point);"
        " found.push([point.support, saw.length]); } return found; })(worldmap)"
    )
    support, saw = np.array(told).T
    assert len(support) > 60
    assert support.max() > 2
    assert (support == saw).mean() > 0.85
    assert np.abs(support - saw).mean() < 0.25


def test_measuring(page: Watched) -> None:
    page.page.keyboard.press("m")
    page.ask(
        "(({ scene }) => { const at = scene.camera.position.clone();"
        " for (const [x, z] of [[0, 0], [3, 0], [3, 4]]) {"
        " const point = { position: at.clone().set(x, 0, z) };"
        " scene.dispatchEvent(new CustomEvent('pick', { detail: { point } })); } })(worldmap)"
    )
    assert page.page.locator("#measured strong").text_content() == "7.00 m"
    page.page.keyboard.press("Backspace")
    assert page.page.locator("#measured strong").text_content() == "3.00 m"
    page.page.keyboard.press("m")
    assert page.page.locator("#measured").is_hidden()


def test_areas_and_heights_are_measured_with_their_sigmas(page: Watched) -> None:
    """A rectangle of 3 × 4 m whose corners are each off by 10 cm, in an area sized to 1 %."""
    page.page.keyboard.press("m")
    found = page.ask(
        "(({ scene }) => { const { measure } = scene; measure.clear();"
        " for (const [x, y, z] of [[0, 0, 0], [3, 0, 0], [3, 4, 0], [0, 4, 0]])"
        " measure.add(scene.camera.position.clone().set(x, y, z), 0.1, 0.01);"
        " const { area, total, rise, sigma } = measure.result; measure.clear();"
        " return { area, total, rise, sigma }; })(worldmap)"
    )
    page.page.keyboard.press("m")
    assert (found["area"], found["total"], found["rise"]) == pytest.approx((12.0, 10.0, 0.0))
    # Each corner pulls by half the diagonal, 2.5 m; the size counts twice.
    assert found["sigma"]["area"] == pytest.approx(np.hypot(0.1 * 2.5 * 2, 2 * 0.01 * 12), rel=1e-6)
    # The ends pull by 1, the corners between two legs by √2; the size counts once.
    assert found["sigma"]["total"] == pytest.approx(np.hypot(0.1 * 6**0.5, 0.1), rel=1e-6)
    assert found["sigma"]["rise"] == pytest.approx(0.1 * 2**0.5, rel=1e-6)


def test_a_measuring_click_goes_through_the_cards(page: Watched) -> None:
    page.page.keyboard.press("m")
    page.ask("document.getElementById('legend').hidden = false")
    through = page.ask(
        "['measured', 'legend'].map((id) => { const box = document.getElementById(id)"
        ".getBoundingClientRect(); return document.elementFromPoint(box.x + 3, box.y + 3).id; })"
    )
    page.ask("document.getElementById('legend').hidden = true")
    page.page.keyboard.press("m")
    assert through == ["canvas", "canvas"]


def test_the_clip_box_and_the_profile_have_what_lies_there(page: Watched) -> None:
    drawn = "(() => { let n = 0; worldmap.scene.cloud.each(() => (n += 1)); return n; })()"
    every = page.ask(drawn)
    page.ask("worldmap.clip.turn(true)")
    assert page.ask(drawn) == every
    low, high = page.ask(
        "(({ clip, scene }) => { const { min, max } = clip.box; const middle = (min.z + max.z) / 2;"
        " clip.around([min.clone(), max.clone().setZ(middle)]); let [low, high] = [0, 0];"
        " scene.cloud.each(({ z }) => (z > middle + 0.6 ? (high += 1) : (low += 1)));"
        " return [low, high]; })(worldmap)"
    )
    assert 0 < low < every
    assert high == 0
    assert share_drawn(page.canvas(), DARK) > 0
    page.ask("worldmap.clip.turn(false)")
    assert page.ask(drawn) == every
    way = page.ask(
        "(({ scene, profile }) => { const { min, max } = worldmap.clip.whole;"
        " scene.measure.add(min.clone()); scene.measure.add(max.clone()); profile.show();"
        " const { points, length, reach } = profile.found; scene.measure.clear();"
        " document.getElementById('profile').hidden = true;"
        " return { along: points.map((each) => each[0]), length, reach }; })(worldmap)"
    )
    assert len(way["along"]) > 20
    assert 0 <= min(way["along"]) <= max(way["along"]) <= way["length"]


def test_the_slider_shows_the_photos_of_a_date_and_what_they_gave(page: Watched) -> None:
    drawn = "(() => { let n = 0; worldmap.scene.cloud.each(() => (n += 1)); return n; })()"
    every, all_photos = page.ask(drawn), page.page.locator("#list li:visible").count()
    page.ask(
        "(({ list }) => { list.photos.slice(0, 2).forEach((photo) => (photo.was = photo.time,"
        " photo.time = '2001-02-03T04:05:06')); list.dates(); })(worldmap)"
    )
    slide = (
        "((at) => {{ const date = document.getElementById('date'); date.value = at;"
        " date.dispatchEvent(new Event('input')); }})('{}')"
    )
    page.ask(slide.format(1))
    assert page.page.locator("#datetext").text_content() == "2001-02-03"
    assert page.page.locator("#list li:visible").count() == 2
    assert page.ask(drawn) < every
    page.ask(slide.format(0))
    assert page.ask(drawn) == every
    page.page.fill("#search", "2001-02")
    assert page.page.locator("#list li:visible").count() == 2 < all_photos
    page.page.fill("#search", "")
    page.ask(
        "(({ list }) => { list.photos.slice(0, 2).forEach((photo) => (photo.time = photo.was));"
        " list.dates(); })(worldmap)"
    )


def test_a_surveyed_point_is_marked_where_it_is_clicked(
    page: Watched, server: Served, tmp_path: Path
) -> None:
    told = json.loads(page.ask("JSON.stringify(worldmap.told)"))
    page.page.click("#mark")
    page.page.locator("#points button").click()
    page.page.locator("#sights button").first.click()
    page.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    page.drawn()
    name = page.ask("worldmap.scene.photo.name")
    (photo,) = (each for each in told["photos"] if each["name"] == name)
    ring = page.page.locator("#marks circle.active")
    x, y = (float(ring.get_attribute(axis)) for axis in ("cx", "cy"))
    box = page.page.locator("#canvas").bounding_box()
    page.page.mouse.click(box["x"] + round(x) + 20, box["y"] + round(y) - 30)
    page.page.locator("#marks path.active").wait_for()
    page.shot("marking")
    with page.page.expect_download() as download:
        page.page.click("#savemarks")
    table = tmp_path / "marks.csv"
    download.value.save_as(table)
    ((row,), epsg) = read_control(table)
    assert epsg == 4326
    assert row.mark is not None
    assert (row.name, row.mark.image) == ("P, 1", name)

    # Where the photo's pose puts the point, and so many pixels of the screen beside it.
    camera = photo["camera"]
    enu_from_cam = np.array(photo["enu_from_cam"]).reshape(3, 4)
    (point,) = told["control"]
    site = Site(*(told["site"][axis] for axis in ("lat", "lon", "height_m")))
    at = site.enu_from_geodetic(point["lat"], point["lon"], point["height_m"])
    xyz_cam = enu_from_cam[:, :3].T @ (at - enu_from_cam[:, 3])
    seen = Camera(
        width_px=camera["width"],
        height_px=camera["height"],
        fx_px=camera["fx"],
        fy_px=camera["fy"],
        cx_px=camera["cx"],
        cy_px=camera["cy"],
        distortion=tuple(camera["distortion"]),
    ).project(xyz_cam)
    fit = min(box["width"] / camera["width"], box["height"] / camera["height"])
    beside = np.array((round(x) - x + 20, round(y) - y - 30)) / (5 * fit)
    assert (row.mark.u_px, row.mark.v_px) == pytest.approx(seen + beside, abs=0.5)

    page.page.click("#unmark")
    page.page.locator("#marks path").wait_for(state="detached")
    page.ask("worldmap.control.changed.clear()")
    page.page.click("#mark")
    assert page.page.locator("#control").is_hidden()


def test_the_map_has_its_own_orthophoto(page: Watched) -> None:
    page.wait("document.querySelector('#map .orthophoto')?.naturalWidth > 0")
    page.shot("orthophoto")
    box = page.page.locator("#layers label", has_text="orthophoto").locator("input")
    box.uncheck()
    assert page.page.locator("#map .orthophoto").count() == 0
    box.check()
    page.page.locator("#map .orthophoto").first.wait_for()


def test_search_and_filters(page: Watched, small_map: SmallMap) -> None:
    names = sorted(photo.metadata.path.name for photo in small_map.photos)
    shown = page.page.locator("#list li:visible b")
    assert sorted(shown.all_text_contents()) == sorted([*names, "torn.jpg"])
    assert "it is <b>torn</b>" in page.page.locator("#list").text_content()
    pins = page.page.locator(".pin").count()
    page.page.fill("#search", names[2][:-4])
    assert shown.all_text_contents() == [names[2]]
    assert page.page.locator(".pin").count() <= 1 < pins
    page.page.fill("#search", "")
    page.page.uncheck("#statuses input[value=failed]")
    assert sorted(shown.all_text_contents()) == names
    page.page.check("#statuses input[value=failed]")
    times = sorted(p.metadata.captured_at for p in small_map.photos if p.metadata.captured_at)
    page.page.fill("#since", times[-1].strftime("%Y-%m-%dT%H:%M"))
    minute = times[-1].strftime("%Y-%m-%d %H:%M")
    assert shown.count() == sum(t.strftime("%Y-%m-%d %H:%M") >= minute for t in times)
    page.page.fill("#since", "")


@needs_axe
def test_axe_finds_nothing(page: Watched) -> None:
    assert page.violations() == []
    page.ask("document.getElementById('help').click()")
    assert page.violations() == []
    page.page.keyboard.press("Escape")


def test_keys_move_the_camera(page: Watched) -> None:
    before = page.ask("worldmap.scene.viewpoint")
    page.page.locator("#canvas").focus()
    for key in ("w", "ArrowLeft", "+"):
        page.page.keyboard.down(key)  # held until it has moved the camera, however slow that is
        page.wait(
            f"worldmap.scene.viewpoint.some((value, i) => Math.abs(value - {before}[i]) > 0.05)"
        )
        page.page.keyboard.up(key)
        page.drawn()
        before = page.ask("worldmap.scene.viewpoint")
    page.page.keyboard.press("c")
    assert page.page.locator("#colour").input_value() == "height"
    page.page.select_option("#colour", "rgb")
    page.page.keyboard.press("?")
    assert page.page.locator("#keys").is_visible()
    page.page.keyboard.press("Escape")


def test_nobody_else_is_asked(page: Watched, server: Served) -> None:
    assert len(page.asked) > 15
    for url in page.asked:
        parts = urlsplit(url)
        assert parts.scheme in ("data", "blob") or parts.netloc == server.netloc, url
    assert any(url.endswith("world.json") for url in page.asked)


@pytest.mark.nightly
def test_a_view_can_be_shared(new_page: Callable[..., Watched], server: Served) -> None:
    watched = new_page(color_scheme="light")
    watched.open(f"{server.url}#at=5,-30,20,0,0,0&colour=height&view=cloud&budget=500000")
    assert watched.ask("worldmap.scene.viewpoint") == pytest.approx([5, -30, 20, 0, 0, 0])
    assert watched.page.locator("#map").is_hidden()
    assert watched.page.locator("#colour").input_value() == "height"
    # Hints for who has never been here go with the first click, and do not come again.
    hints = watched.page.locator("#hints li")
    assert hints.count() == 3
    assert hints.first.is_visible()
    watched.shot("hints-light")
    watched.page.click("#share")
    assert watched.page.locator("#hints").is_hidden()
    address = watched.ask("location.href")
    for part in ("at=5,", "colour=height", "view=cloud", "budget=500000"):
        assert part in address
    watched.shot("height-light")
    watched.page.reload()
    watched.wait("window.worldmap?.scene?.settled")
    assert watched.page.locator("#hints").is_hidden()
    assert watched.errors == []


def test_names_of_files_are_no_markup(new_page: Callable[..., Watched], server: Served) -> None:
    name = "<img src=x onerror=alert(1)>.jpg"
    told = json.loads(server.ask("/map.json").body)
    for photo in told["photos"]:
        photo.update(name=name, reason=name, flags=[name], credit=name)
    watched = new_page()
    watched.page.route("**/map.json", lambda route: route.fulfill(json=told))
    watched.open(f"{server.url}#view=map")
    watched.page.locator(".pin").last.hover(force=True)
    assert watched.page.locator(".leaflet-tooltip").first.text_content() == f"{name}, placed"
    watched.page.locator("#list button").first.click()
    watched.wait("worldmap.scene.photo")
    assert watched.page.locator("#info h2").text_content() == name
    assert watched.page.locator("img[src=x]").count() == 0
    assert watched.errors == []


def test_a_phone(new_page: Callable[..., Watched], server: Served) -> None:
    watched = new_page(
        viewport={"width": 390, "height": 780},
        device_scale_factor=1,
        is_mobile=True,
        has_touch=True,
        color_scheme="light",
    )
    watched.open(server.url)
    watched.shot("phone")
    assert share_drawn(watched.canvas(), LIGHT) > 0.05
    assert watched.ask("document.documentElement.scrollWidth <= innerWidth")
    watched.page.tap("#drawer")
    assert watched.page.locator("#list").is_visible()
    watched.page.tap("#list li:first-child button")
    watched.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    watched.drawn()
    assert watched.page.locator("#list").is_hidden()
    watched.shot("phone-photo")
    # Two fingers look closer, one shifts.
    fingers = (
        "((type, id, x, y) => document.getElementById('canvas').dispatchEvent(new PointerEvent("
        "type, { pointerId: id, clientX: x, clientY: y, bubbles: true, pointerType: 'touch' })))"
    )
    for moved in (
        *(("down", 11, 150, 300), ("down", 12, 250, 300), ("move", 12, 350, 300)),
        *(("up", 12, 350, 300), ("move", 11, 170, 300), ("up", 11, 170, 300)),
    ):
        watched.ask(f"{fingers}('pointer{moved[0]}', {moved[1]}, {moved[2]}, {moved[3]})")
    assert watched.ask("worldmap.scene.zoom.factor") == pytest.approx(2)
    assert watched.ask("Boolean(worldmap.scene.photo)")
    watched.page.tap("#leave")
    watched.page.tap("[data-show=map]")
    watched.wait("worldmap.map.map.getZoom() > 15")  # it was hidden at first
    box = watched.page.locator(".pin").first.bounding_box()
    assert 0 < box["x"] < 390
    assert 90 < box["y"] < 780
    watched.shot("phone-map")
    assert watched.errors == []


@pytest.mark.nightly
def test_one_file_needs_no_server(
    new_page: Callable[..., Watched], small_map: SmallMap, tmp_path: Path
) -> None:
    out = tmp_path / "street.html"
    subprocess.run(
        [WORLDMAP, "view", "--map", small_map.map_dir, "--single", out], check=True, timeout=600
    )
    watched = new_page(color_scheme="dark", viewport=SMALL)
    watched.open(out.as_uri())
    assert share_drawn(watched.canvas(), DARK) > 0.15
    watched.page.locator("#list button").first.click()
    watched.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
    assert {urlsplit(url).scheme for url in watched.asked} <= {"file", "data", "blob"}
    assert sum(url.startswith("file:") for url in watched.asked) == 1
    assert watched.errors == []


@pytest.mark.nightly  # a map and a page of their own
@pytest.mark.parametrize("wrong", ["missing", "truncated", "points"])
def test_what_is_wrong_with_a_tile_is_said(
    wrong: str, new_page: Callable[..., Watched], small_map: SmallMap, tmp_path: Path
) -> None:
    """Its points are damaged, it is cut short, or it is missing."""
    copy = small_map.copied(tmp_path)
    with Catalog.open(copy.map_dir, create=False) as catalog:
        tile = max(catalog.tiles(), key=lambda tile: tile.points)
    file = copy.map_dir / next(f.path for f in tile.files if f.format == "copc")
    content = file.read_bytes()
    spoil: dict[str, Callable[[], object]] = {
        "points": lambda: file.write_bytes(content[:9000] + bytes(9000) + content[18000:]),
        "truncated": lambda: file.write_bytes(content[: len(content) // 2]),
        "missing": file.unlink,
    }
    spoil[wrong]()
    with served(copy.map_dir) as server:
        watched = new_page(viewport=SMALL)
        message = f"Tile {tile.key}: "
        watched.page.goto(server.url)
        watched.wait("document.querySelectorAll('#messages p').length > 0")
        said = watched.page.locator("#messages p").first.text_content()
        watched.shot(f"tile-{wrong}")
        assert said.startswith(message), said
        assert len(said) > len(message) + 10, said
        assert "worldmap merge --area all" in said


def test_a_map_without_anything_says_so(new_page: Callable[..., Watched], tmp_path: Path) -> None:
    Catalog.open(tmp_path / "empty", create=True).close()
    with served(tmp_path / "empty") as server:
        watched = new_page(viewport=SMALL)
        watched.page.goto(server.url)
        watched.wait("document.querySelectorAll('#messages p').length > 0")
        assert "worldmap ingest" in watched.page.locator("#messages p").first.text_content()
        watched.shot("empty")
        assert watched.errors == []


@pytest.mark.nightly  # a map and a page of its own
def test_a_photo_without_a_place_shows_its_own_points(
    new_page: Callable[..., Watched], small_map: SmallMap
) -> None:
    """Of a map before its merge, where each of them is."""
    photo = small_map.photos[0]
    with served(small_map.ingested_dir) as server:
        watched = new_page(viewport=SMALL, color_scheme="dark")
        watched.page.goto(server.url)
        watched.page.click(f"#list >> text={photo.metadata.path.name}")
        watched.wait("worldmap.scene.settled && !worldmap.scene.cloud.isBusy")
        watched.drawn()
        watched.shot("own-points")
        assert share_drawn(watched.canvas(), DARK) > 0.3
        assert "by itself, not on the globe" in watched.page.locator("#alonebar").inner_text()
        drawn = watched.ask(
            "(() => { const all = []; worldmap.scene.cloud.each(({ x, y, z, colour }) =>"
            " all.push([x, y, z, ...colour])); return all; })()"
        )
        # A click tells where from the camera, and nothing of the globe.
        watched.ask("worldmap.scene.click(worldmap.scene.width / 2, worldmap.scene.height / 2)")
        said = watched.page.locator("#info").inner_text()
        assert "m ahead" in said
        assert "latitude" not in said
        watched.page.keyboard.press("Escape")
        assert watched.page.locator("#alonebar").is_hidden()
        watched.wait("worldmap.scene.cloud.shownPoints === 0")
        watched.wait("!location.hash.includes('photo')")
        assert watched.errors == []
    places, colours = np.split(np.array(drawn), 2, axis=1)
    cleaned = load_depth(small_map.ingested_dir / photo.depth.path)
    cloud = backproject(cleaned.depth_map, cleaned.rgb)
    tilt = load_features(small_map.ingested_dir / photo.features.path).tilt
    assert tilt is not None
    level_from_cam = enu_from_cam_rotation(0.0, tilt.pitch_deg, tilt.roll_deg)
    expected = cloud.xyz @ level_from_cam.T
    assert len(places) == len(expected)  # row by row, as they are backprojected
    off_rel = np.linalg.norm(places - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert off_rel.max() < 2e-4
    # The picture is what the page may show of the photo: as JPEG, reduced.
    assert np.median(np.abs(colours - cloud.rgb)) < 6


@pytest.mark.nightly  # two more pages, drawn in software
def test_focus_goes_in_order_and_contrast_is_enough(
    new_page: Callable[..., Watched], server: Served
) -> None:
    for scheme in ("dark", "light"):
        watched = new_page(color_scheme=scheme)
        watched.page.goto(server.url)
        watched.wait("window.worldmap?.list")
        pairs = watched.ask(
            "['--text', '--quiet'].flatMap((front) => ['--panel', '--raised', '--back'].map((back)"
            " => [front, back])).concat([['--on-accent', '--accent'], ['--accent', '--panel']])"
            ".map((names) => names.map((name) =>"
            " getComputedStyle(document.documentElement).getPropertyValue(name).trim()))"
        )
        for front, back in pairs:
            assert contrast(front, back) >= 4.5, (scheme, front, back)
    order = []
    for _ in range(9):
        watched.page.keyboard.press("Tab")
        order.append(watched.ask("document.activeElement.id || document.activeElement.textContent"))
    assert order[0].startswith("Skip")
    assert order[1:8] == ["Map", "Both", "3-D", "share", "theme", "help", "search"]


def contrast(front: str, back: str) -> float:
    """WCAG 2's contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    bright, dim = sorted((luminance(front), luminance(back)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
