"""How soon a person sees points: `worldmap view` in headless Chromium, drawn in software.

A street of 1.2 million points in two tiles is made first. Figures need chromium and playwright.
Times are from asking for the page; other work on the machine lengthens them, so the best of a few
pages counts, and the load is told beside them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, pictures
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.demo import STANDARD, StreetPlan, write_demo
from worldmap.frames import PROJECTED
from worldmap.geodesy import projected_epsg, projected_from_enu
from worldmap.las import write_tile
from worldmap.listener import Silence
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import Tile, TileArtifact, TilePoints
from worldmap.tiling import split

POINTS = 1_200_000
FLAGS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PAGES = 2
TURNS = 6


def run() -> list[Metric]:
    """All that is looked at: the viewer, then pictures and the report (`benchmarks.pictures`)."""
    return [*_viewer(), *pictures.run()]


def _viewer() -> list[Metric]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("no chromium: nothing can be measured", file=sys.stderr)
        nan = float("nan")
        return _metrics(dict.fromkeys(("first", "million", "frame", "lit", "photo", "asked"), nan))
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        map_dir = _make_map(Path(name))
        with _served(map_dir) as url:
            chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
            pages = [_look(chromium, url) for _ in range(PAGES)]
            chromium.close()
    best = {key: min(page[key] for page in pages) for key in pages[0] if key != "asked"}
    return _metrics({**best, "asked": max(page["asked"] for page in pages)})


def _metrics(found: dict[str, float]) -> list[Metric]:
    def at_most(name: str, unit: str, value: float, bar: float) -> Metric:
        return Metric(name=name, unit=unit, value=value, bar=bar, direction="max")

    def info(name: str, unit: str, value: float) -> Metric:
        return Metric(name=name, unit=unit, value=value, bar=None, direction="info")

    return [
        at_most("first_points", "s", found["first"], 3.0),
        at_most("a_million_points", "s", found["million"], 10.0),
        at_most("requests_to_others", "", found["asked"], 0.0),
        info("photo_over_points", "s", found["photo"]),
        info("frame_of_a_million", "ms", found["frame"]),
        info("frame_of_a_million_lit", "ms", found["lit"]),
        info("load_average", "", os.getloadavg()[0]),
    ]


def _make_map(folder: Path) -> Path:
    """Five photos of the demo, and a street of many more points than they give."""
    layout = StreetPlan(width_px=512, height_px=384, texel_m=0.03)
    truth = write_demo(folder, layout=layout, noise=STANDARD, seed=5, photos=5)
    map_dir = folder / "map"
    ingest(map_dir, [truth.photo_dir], Settings(), depth="measured", jobs=1)
    merge(map_dir, Everywhere(), Settings(), Silence(), jobs=1)
    with Catalog.open(map_dir, create=False) as catalog:
        site, photos = catalog.site(), catalog.photos()
        assert site is not None
        epsg = projected_epsg(site.lat_deg, site.lon_deg)
        xyz, rgb = _street(POINTS)
        xyz = projected_from_enu(xyz, site, epsg)
        rng = np.random.default_rng(1)
        tiles = []
        for key, index in split(xyz, epsg).items():
            path = Path("tiles") / f"{key}.copc.laz"
            count = len(index)
            points = TilePoints(
                cloud=PointCloud(
                    frame=PROJECTED,
                    xyz=xyz[index],
                    rgb=rgb[index],
                    sigma_m=rng.uniform(0.02, 0.3, count).astype(np.float32),
                    photo_id=rng.choice([p.photo_id for p in photos], count).astype(np.uint32),
                    support=rng.integers(1, 8, count).astype(np.uint8),
                ),
                epsg=epsg,
                gps_time_s=np.zeros(count),
                classification=rng.integers(1, 3, count).astype(np.uint8),
            )
            file = write_tile(map_dir / path, points)
            tiles.append(
                Tile(
                    key=key,
                    files=(TileArtifact(format="copc", path=path, content_hash=file.content_hash),),
                    points=count,
                    bounds_m=file.bounds_m,
                    photo_ids=tuple(photo.photo_id for photo in photos),
                )
            )
        dropped = {tile.key for tile in catalog.tiles()} - {tile.key for tile in tiles}
        run_id = catalog.start_run("benchmark", "{}", "0")
        catalog.replace_tiles(run_id, tiles, dropped=dropped)
    return map_dir


def _street(count: int) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Ground and two rows of houses, as surfaces with a little noise, coloured by place."""
    rng = np.random.default_rng(0)
    along = rng.uniform(-60, 60, count)
    kind = rng.random(count)
    across = np.where(kind < 0.4, rng.uniform(-8, 8, count), np.where(kind < 0.7, -8.0, 8.0))
    up = np.where(kind < 0.4, 0.0, rng.uniform(0, 12, count))
    xyz = np.column_stack((along, across, up)) + rng.normal(0, 0.02, (count, 3))
    shade = 120 + 60 * np.sin(along / 3) + rng.normal(0, 12, count)
    rgb = np.column_stack((shade, shade * 0.9, shade * (0.6 + 0.3 * (kind < 0.4))))
    return xyz, np.clip(rgb, 0, 255).astype(np.uint8)


@contextmanager
def _served(map_dir: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "worldmap", "view", "--map", str(map_dir)]
    process = subprocess.Popen(
        [*command, "--no-browser", "--json", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


def _look(browser: Any, url: str) -> dict[str, float]:
    """One fresh page: seconds until points are on the screen and until a million is, and more."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    began = time.perf_counter()
    page.goto(f"{url}#view=cloud&at=-45,-45,40,0,0,0", wait_until="commit")

    def seconds_until(condition: str) -> float:
        page.wait_for_function(f"() => {condition}", timeout=60_000, polling=30)
        page.evaluate("() => worldmap.scene.finish()")  # until it is really on the screen
        return time.perf_counter() - began

    drawn = "window.worldmap?.scene?.drawnPoints"
    found = {
        "first": seconds_until(f"{drawn} > 0"),
        "million": seconds_until(f"{drawn} >= 1e6"),
    }
    page.wait_for_function("() => worldmap.scene.settled && !worldmap.scene.dirty", timeout=60_000)
    for name, lit in (("frame", "false"), ("lit", "true")):
        found[name] = page.evaluate(
            f"""() => {{
              worldmap.light({lit});
              const took = [];
              for (let i = 0; i < {TURNS}; i++) {{
                const began = performance.now();
                worldmap.scene.turn(0.05, 0);
                // All points: while it moves, the page itself would draw fewer.
                worldmap.scene.cloud.update(worldmap.scene.camera, worldmap.scene.height);
                worldmap.scene.draw();
                worldmap.scene.finish();
                took.push(performance.now() - began);
              }}
              return took.sort((a, b) => a - b)[{TURNS // 2}];
            }}"""
        )
    page.evaluate("() => worldmap.light(false)")
    began = time.perf_counter()
    page.evaluate("() => worldmap.choose(worldmap.told.photos.find((p) => p.enu_from_cam))")
    found["photo"] = seconds_until("worldmap.scene.photo && worldmap.scene.overlay.ready")
    found["asked"] = sum(not each.startswith((url, "data:", "blob:")) for each in asked)
    context.close()
    return found
