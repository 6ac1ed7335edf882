"""Public photos: an archive that answers badly loses no photo and doubles none, licences that do
not go together are refused, a street of 360° photos comes back as rigid views of its camera centres
with each surface there once, who moves leaves no point, and a map goes the whole way from an
archive to a page. Archives are replayed by a server on this machine, by their documentation."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from worldmap.archive import Archive, Client
from worldmap.area import Box, Everywhere
from worldmap.blur import Blur, Plates, blurred
from worldmap.cloud import PointCloud
from worldmap.config import FetchSettings, Settings
from worldmap.demo import (
    NONE,
    STANDARD,
    DemoTruth,
    ExactScene,
    PoseAccuracy,
    StreetPlan,
    write_demo,
)
from worldmap.demo.accuracy import align
from worldmap.demo.panorama import write_panoramas
from worldmap.demo.render import Rays
from worldmap.demo.scene import build_scene
from worldmap.depth import clean, load_depth
from worldmap.depth.measured import MeasuredDepth
from worldmap.errors import LicenceError
from worldmap.fisheye import FisheyeLens
from worldmap.frames import Similarity
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile
from worldmap.licence import licence_of_all
from worldmap.mapfolder import MapFolder
from worldmap.photo import Sidecars, read_photo
from worldmap.pipeline.demo import score
from worldmap.pipeline.fetch import FetchStatus, FetchSummary, Wish, fetch
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import PlacedPose
from worldmap.rights import NAME, rig_of
from worldmap.stages.merged import MergeSummary
from worldmap.view import PublishedMap, write_site

ARCHIVES = ("panoramax", "mapillary", "kartaview", "commons")
SHOTS = 12
AREA = Box(west_deg=2.29, south_deg=48.85, east_deg=2.30, north_deg=48.86)
PANORAMAS, PANORAMA_PX = 6, 1600
# 150° across a picture of 3:2, by OpenCV's model.
FISHEYES, FISHEYE_SEED, FISHEYE_K = 8, 7, (-0.02, 0.004)
FISHEYE = FisheyeLens.odd((1200, 800), (458.0, 458.0), (604.0, 397.0), *FISHEYE_K)
SEEDS = (3, 11)
# A plate of Europe is so high at 7 m, in pictures as they are shown.
PLATES, PLATE_HEIGHTS_PX, LEAST_PLATE_PX = 16, (10, 14, 18, 24, 32), 18
STREET = StreetPlan(width_px=640, height_px=480, texel_m=0.02)
# What may not leave a map together, by Creative Commons' own table and the licences' texts.
BY, SA, NC = "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0"
NCSA, ND = "CC BY-NC-SA 4.0", "CC BY-ND 4.0"
ZERO, OPEN = "CC0", "etalab-2.0"
REFUSED = {frozenset(pair) for pair in ((SA, NC), (SA, NCSA))}


def run(*, full: bool = False) -> list[Metric]:
    """All parts, one after the other; one street of panoramas, two of them where `full`."""
    found = [*fetched(), *licences(), *masks()]
    for seed in SEEDS if full else SEEDS[:1]:
        found += panoramas(seed)
    found += fisheyes(FISHEYE_SEED)
    return [*found, *whole_way()]


# --- archives ---------------------------------------------------------------------------------


def fetched() -> list[Metric]:
    """Photos lost, doubled or spoilt when each archive answers badly and a run is killed."""
    from tests.helpers.archive_server import TOKEN, Shot, archive_server, jpeg

    shots = [
        Shot(name=f"p{n}", lat=48.8505 + 7e-4 * n, lon=2.2905 + 7e-4 * n, content=jpeg(n))
        for n in range(SHOTS)
    ]
    contents = Counter(shot.content for shot in shots)
    os.environ["MAPILLARY_TOKEN"] = TOKEN
    lost = doubled = spoilt = repeated = leaked = 0
    for name in ARCHIVES:
        with archive_server(shots) as served, tempfile.TemporaryDirectory() as folder:
            served.faults.broken.update({"p2": 1, "p3": 99})
            served.faults.busy.update({"p4.jpg": 2})
            served.faults.cut["p5"] = 1
            served.faults.expired = {"p6", "p7"} if name != "kartaview" else set()
            served.faults.too_much_above_deg = 0.004
            first = _fetch(name, served, Path(folder), tries=3)
            served.faults.broken.clear()
            served.asked.clear()
            second = _fetch(name, served, Path(folder), tries=3)
            files = [path for path in Path(folder).iterdir() if path.suffix == ".jpg"]
            have = Counter(path.read_bytes() for path in files)
            lost += (contents - have).total()
            doubled += sum(count - 1 for count in have.values() if count > 1)
            spoilt += (have - contents).total() - max(0, have.total() - contents.total())
            repeated += second.count(FetchStatus.FETCHED) - first.count(FetchStatus.FAILED)
            kept = "".join(path.read_text("latin-1") for path in Path(folder).iterdir())
            leaked += kept.count("secret") + sum("secret" in path for path in served.asked)
    return [
        metric("fetch: photos lost, of all archives", "photos", lost, 0.0),
        metric("fetch: photos doubled", "photos", doubled, 0.0),
        metric("fetch: photos spoilt", "photos", spoilt, 0.0),
        metric("fetch: photos fetched again after a kill", "photos", repeated, 0.0),
        metric("fetch: the token in files and addresses", "times", leaked, 0.0),
    ]


def _fetch(name: str, served: Any, folder: Path, *, tries: int) -> FetchSummary:
    settings = FetchSettings(
        contact="bench@example.org",
        tries=tries,
        panoramax_url=f"{served.address}/px/api",
        mapillary_url=f"{served.address}/mly",
        kartaview_url=f"{served.address}/kv",
        kartaview_pictures_url=f"{served.address}/cdn",
        commons_url=f"{served.address}/w/api.php",
    )
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def client_of(archive: Archive, told: FetchSettings) -> Client:
        return Client(
            httpx2.Client(follow_redirects=True, trust_env=False),
            told,
            pace=archive.pace,
            file_pace=archive.file_pace,
            sleep=sleep,
            now=lambda: clock[0],
        )

    return fetch(name, Wish(area=AREA), folder, settings, client_of=client_of)


# --- licences ---------------------------------------------------------------------------------


def licences() -> list[Metric]:
    """Pairs of licences that are mixed though they may not be, or refused though they may."""
    wrong = 0
    names = (BY, SA, NC, NCSA, ND, ZERO, OPEN, None)
    for a, b in combinations(names, 2):
        allowed = ND not in (a, b) and frozenset((a, b)) not in REFUSED
        try:
            licence_of_all((a, b))
        except LicenceError:
            wrong += allowed
        else:
            wrong += not allowed
    return [metric("licences: wrong verdicts on pairs", "pairs", wrong, 0.0)]


# --- people -----------------------------------------------------------------------------------


def masks() -> list[Metric]:
    """Of the passers-by of a street: how much of them gives points where a finder tells them (their
    exact outline stands for it) and where none does; and what is left of a face."""
    with tempfile.TemporaryDirectory() as name:
        noise = replace(NONE, passers_by_per_photo=1.0)
        truth = write_demo(Path(name), layout=STREET, noise=noise, seed=3, photos=6)
        scene, settings = ExactScene(truth), Settings()
        pictures = []
        given, told, people = 0, 0, 0
        for photo in truth.photos:
            metadata, rgb = read_photo(truth.photo_dir / photo.name, settings.photo)
            pictures.append(rgb)
            depth_map = MeasuredDepth(settings.depth).estimate(metadata, rgb)
            mask = scene.passer_by_mask(photo.name, depth_map.depth_m.shape)
            masked = replace(depth_map, moving=mask, moving_by="truth")
            people += int(mask.sum())
            given += int((clean(depth_map, rgb, settings.depth).kept & mask).sum())
            told += int((clean(masked, rgb, settings.depth).kept & mask).sum())
    return [
        metric("masks: pixels of passers-by", "px", people),
        metric("masks: share of them that gives points, unmasked", "share", given / people),
        metric("masks: share of them that gives points, masked", "share", told / people, 0.0),
        metric("blur: detail left in a face", "share", _detail_left(), 0.1),
        *_recall(pictures),
    ]


def _detail_left() -> float:
    """Spread within a blurred face over that of the picture, whose every pixel is its own."""
    rgb = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    done = blurred(rgb, np.array([[60.0, 60.0, 140.0, 140.0]]))
    return float(done[70:130, 70:130].std(axis=(0, 1)).mean() / rgb.std())


def _recall(pictures: list[NDArray[np.uint8]]) -> list[Metric]:
    """Nothing is found where nobody is, and number plates that are put into pictures are, by the
    detectors that are installed."""
    blur = Blur.here()
    found = []
    if blur is not None and blur.network is not None:
        empty = np.full((480, 640, 3), 120, dtype=np.uint8)
        faces = len(blur.network.find(empty))
        found.append(metric("blur: faces in an empty picture", "faces", faces, 0.0))
    if blur is not None and blur.plates is not None:
        found += plates(blur.plates, pictures)
    return found


def plates(finder: Plates, pictures: list[NDArray[np.uint8]]) -> list[Metric]:
    """Of plates of several countries that are put into pictures, turned by up to 50°, darker, as
    high as is said, the share of whose lines nothing is left; and what is found without any."""
    from tests.helpers.plate_makers import plate_text, with_plate

    rng = np.random.default_rng(0)
    found = []
    for height_px in PLATE_HEIGHTS_PX:
        hidden = 0
        for n in range(PLATES):
            rgb = pictures[n % len(pictures)]
            middle = (rng.uniform(100, rgb.shape[1] - 100), rgb.shape[0] * rng.uniform(0.5, 0.85))
            corners, made = with_plate(
                rgb,
                plate_text(rng),
                height_px=height_px,
                at_px=middle,
                yaw_deg=rng.uniform(-50, 50),
                roll_deg=rng.uniform(-10, 10),
                bright=rng.uniform(0.4, 1.0),
                short=bool(rng.random() < 0.3),
                yellow=bool(rng.random() < 0.3),
                font=int(rng.integers(2)),
            )
            hidden += _is_hidden(corners, finder.find(made))
        bar = 0.9 if height_px >= LEAST_PLATE_PX else None
        label = f"blur: number plates found, {height_px} px high"
        found.append(metric(label, "share", hidden / PLATES, bar, "min"))
    none = sum(len(finder.find(rgb)) for rgb in pictures)
    return [*found, metric("blur: number plates where none is", "per photo", none / len(pictures))]


def _is_hidden(corners: NDArray[np.float64], found: NDArray[np.float64]) -> bool:
    """Whether a place on the plate's middle line is within what is found, at both ends."""
    left, right = corners[[0, 3]].mean(axis=0), corners[[1, 2]].mean(axis=0)
    ends = [left + share * (right - left) for share in (0.3, 0.8)]
    return all(any(_is_within(end, quad) for quad in found) for end in ends)


def _is_within(place: NDArray[np.float64], quad: NDArray[np.float64]) -> bool:
    sides, to = np.roll(quad, -1, axis=0) - quad, place - quad
    return bool((sides[:, 0] * to[:, 1] - sides[:, 1] * to[:, 0] >= 0).all())


# --- 360° -------------------------------------------------------------------------------------


def panoramas(seed: int) -> list[Metric]:
    """A street of panoramas, cut, merged, and compared with its exact truth."""
    with tempfile.TemporaryDirectory() as name:
        out, settings = Path(name), Settings()
        truth = write_panoramas(
            out,
            layout=StreetPlan(texel_m=0.02),
            noise=STANDARD,
            seed=seed,
            photos=PANORAMAS,
            width_px=PANORAMA_PX,
        )
        ingest(out / "map", [out / "photos"], settings, depth="measured", jobs=2)
        merged = merge(out / "map", Everywhere(), settings, jobs=2)
        apart_m, accuracy = _accuracy(out / "map", truth)
        twice = _twice(out / "map")
        surface_m = _surface_m(out / "map", truth)
    label = f"360°, street {seed}"
    return [
        metric(f"{label}: views placed", "views", merged.placed, 4 * PANORAMAS, "min"),
        metric(f"{label}: pairs tried", "pairs", merged.pairs_tried),
        *_as_true(label, accuracy),
        metric(f"{label}: views of a panorama apart", "m", apart_m, 1e-6),
        metric(f"{label}: directions with points of two views", "share", twice, 0.01),
        metric(f"{label}: points off the surface, 90 %", "m", surface_m, 0.06),
    ]  # fmt: skip


def fisheyes(seed: int) -> list[Metric]:
    """A street of fisheyes whose lens is told, each cut into two views, merged, and compared with
    its exact truth."""
    from tests.helpers.fisheye_makers import cameras_txt, write_fisheyes

    with tempfile.TemporaryDirectory() as name:
        out, settings = Path(name), Settings()
        truth = write_fisheyes(
            out, FISHEYE, photos=FISHEYES, panorama_px=PANORAMA_PX, texel_m=0.02, seed=seed
        )
        cameras = out / "cameras.txt"
        cameras.write_text(cameras_txt(FISHEYE, *FISHEYE_K))
        ingest(
            out / "map",
            [out / "photos"],
            settings,
            depth="measured",
            jobs=2,
            sidecars=Sidecars(cameras=[cameras]),
        )
        merged = merge(out / "map", Everywhere(), settings, jobs=2)
        apart_m, accuracy = _accuracy(out / "map", truth)
    label = f"fisheyes, street {seed}"
    return [
        metric(f"{label}: views placed", "views", merged.placed, 2 * FISHEYES, "min"),
        *_as_true(label, accuracy),
        metric(f"{label}: views of a photo apart", "m", apart_m, 1e-6),
    ]  # fmt: skip


def _as_true(label: str, accuracy: PoseAccuracy) -> list[Metric]:
    return [
        metric(f"{label}: position after similarity, median", "m",
               accuracy.position_similarity_m_median, 0.03),
        metric(f"{label}: position after similarity, worst", "m",
               accuracy.position_similarity_m_max, 0.06),
        metric(f"{label}: rotation, median", "°", accuracy.rotation_rigid_deg_median, 0.05),
    ]  # fmt: skip


def _accuracy(map_dir: Path, truth: DemoTruth) -> tuple[float, PoseAccuracy]:
    """How far views of one panorama stand from each other at most, and the errors of all."""
    with MapFolder.open(map_dir) as folder:
        state = folder.state()
    centres: dict[str, list[NDArray[np.float64]]] = {}
    for photo_id, pose in state.placed.items():
        rig = rig_of(state.photos[photo_id].metadata)
        assert rig is not None
        centres.setdefault(rig[0], []).append(pose.enu_from_cam.translation_m)
    apart_m = max(float(np.ptp(np.array(each), axis=0).max()) for each in centres.values())
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    return apart_m, score(list(state.poses.values()), names, truth)


def _twice(map_dir: Path) -> float:
    """Share of the directions around the panoramas that two of their views give points in, on a
    grid of half a degree."""
    with MapFolder.open(map_dir) as folder:
        photos = folder.catalog.photos()
        depths = {p.photo_id: load_depth(folder.layout.depth(p)) for p in photos}
    seen: dict[str, list[set[int]]] = {}
    for photo in photos:
        rig, cleaned = rig_of(photo.metadata), depths[photo.photo_id]
        assert rig is not None
        camera = cleaned.depth_map.camera
        rays = camera.rays(camera.pixel_centres())[cleaned.kept]
        azimuth = np.rad2deg(np.arctan2(rays[:, 0], rays[:, 2])) + rig[1]
        elevation = np.rad2deg(np.arctan2(-rays[:, 1], np.hypot(rays[:, 0], rays[:, 2])))
        cells = np.floor(2 * (azimuth % 360)).astype(int) * 1000 + np.floor(2 * elevation + 400)
        seen.setdefault(rig[0], []).append({*cells.astype(int).tolist()})
    once = sum(len(set().union(*views)) for views in seen.values())
    return (sum(len(view) for views in seen.values() for view in views) - once) / once


def _surface_m(map_dir: Path, truth: DemoTruth) -> float:
    """How far 90 % of the map's points lie at most from the surface, after one similarity."""
    with MapFolder.open(map_dir) as folder:
        state, tiles = folder.state(), folder.tiles()
        points = [read_tile(folder.layout.tile(tile.files[0])) for tile in tiles]
    site = state.origin
    moved = [p.about(truth.site) for p in state.poses.values() if isinstance(p, PlacedPose)]
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    found = np.array([p.enu_from_cam.translation_m for p in moved])
    true = np.array([truth.photo(names[p.photo_id]).enu_from_cam.translation_m for p in moved])
    fit: Similarity | None = align(found, true, with_scale=True)
    assert fit is not None
    clouds: list[PointCloud] = [each.cloud for each in points]
    xyz = np.concatenate(
        [
            fit.apply(truth.site.enu_from(site).apply(enu_from_projected(c.xyz, site, each.epsg)))
            for c, each in zip(clouds, points, strict=True)
        ]
    )
    rays = Rays(build_scene(truth.layout, truth.seed, PANORAMAS))
    return float(np.percentile(rays.distance_m(xyz[::3].astype(np.float32)), 90))


# --- the whole way ----------------------------------------------------------------------------


def whole_way() -> list[Metric]:
    """From an archive to a page: what is placed, and whether it is said whose photos they are."""
    from tests.helpers.archive_server import Shot, archive_server

    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        layout = replace(STREET, lat_deg=AREA.south_deg + 0.005, lon_deg=AREA.west_deg + 0.005)
        truth = write_demo(out, layout=layout, noise=STANDARD, seed=5, photos=6)
        shots = []
        for photo in truth.photos:
            where = photo.enu_from_cam.translation_m if photo.gps_enu_m is None else photo.gps_enu_m
            lat, lon, _ = (float(v) for v in truth.site.geodetic_from_enu(where))
            content = (truth.photo_dir / photo.name).read_bytes()
            stem = Path(photo.name).stem
            shots.append(Shot(name=stem, lat=lat, lon=lon, author="Ada", content=content))
        with archive_server(shots) as served:
            done = _fetch("panoramax", served, out / "fetched", tries=3)
        for photo in truth.photos:  # archives have no depth
            depth = truth.photo_dir / f"{Path(photo.name).stem}.depth.png"
            depth.rename(out / "fetched" / f"panoramax-{depth.name}")
        ingest(out / "map", [out / "fetched"], Settings(), depth="measured", jobs=2)
        merged: MergeSummary = merge(out / "map", Everywhere(), Settings(), jobs=2)
        write_site(PublishedMap(out / "map"), out / "page")
        credited = (out / "page" / NAME).read_text(encoding="utf-8").count("Ada, Panoramax")
    return [
        metric("archive to page: photos fetched", "photos", done.count(FetchStatus.FETCHED), 6,
               "min"),
        metric("archive to page: photos placed", "photos", merged.placed, 6, "min"),
        metric("archive to page: photos credited on the page", "photos", credited, 6, "min"),
    ]  # fmt: skip
