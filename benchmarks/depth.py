"""What the depth room does to depth whose truth is known, and what it costs.

Cleaning and sigma on the demo street; time and memory of everything but the network on a photo of
12 megapixels with a depth map of Depth Pro's size; the first minute without depth (`_first`). The
network itself: `depth_network`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from benchmarks import Direction, Metric, metric
from benchmarks._first import beside_network, first_minute
from benchmarks._joint import joint
from worldmap.camera import Camera
from worldmap.config import DepthCleanSettings, DepthSettings, PhotoSettings
from worldmap.demo import HARD, STANDARD, ExactScene, Noise, StreetPlan, write_demo
from worldmap.demo.sensors import bled_depth_m, with_sky
from worldmap.depth import clean, open_estimator, photo_camera, save_depth
from worldmap.depth.canonical import metric_depth_map
from worldmap.depth.horizon import HORIZON_TOO_NEAR
from worldmap.depth.raster import read_depth_file, resized_rgb
from worldmap.depth.sky import sky_mask
from worldmap.photo import read_metadata, read_photo, read_pixels
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource, Removed

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WORLDMAP_SHARED_DATA") or ROOT.parent / "shared" / "data")

# Seeds that no threshold was chosen on.
SEED, PHOTOS = 7, 10
MIXED_REL = 0.03
VISIBLE_SIGMAS = 2.0
SIDE_PX = 1536
MEGAPIXELS_12 = (4000, 3000)
REPEATS = 3
MIB = 1 << 20


def run(*, full: bool = False) -> list[Metric]:
    """Every figure; about six minutes on two cores. full: photos that agree on real photos and on
    a second street, too."""
    with tempfile.TemporaryDirectory() as folder:
        street = list(_street(Path(folder) / "standard", STANDARD))
        metrics = _cleaning("street", street, bars=True)
        metrics += _methods(street)
        metrics += _sigma(street)
        hard = list(_street(Path(folder) / "hard", HARD))
        metrics += _cleaning("hard street", hard, bars=False)
        if (SHARED / "lund").is_dir():
            metrics += _real_sky()
            metrics += _horizon()
        metrics += _cost(Path(folder))
        metrics += beside_network(
            Path(folder) / "large.jpg", np.load(Path(folder) / "inverse.npy"), Path(folder)
        )
        metrics += first_minute(Path(folder) / "standard" / "photos", Path(folder) / "first")
    return metrics + joint(full=full)


# --- cleaning -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One photo: its depth as given and, (H, W) each, what is true about it.

    flying: mixes two surfaces by more than 3 % of the depth. visible: of these, those off by more
    than 2 sigmas of the depth noise; others cannot be told from noise, nor seen. exact_m is in the
    given depth's scale.
    """

    depth_map: DepthMap
    rgb: NDArray[np.uint8]
    exact_m: NDArray[np.float32]
    sky: NDArray[np.bool_]
    flying: NDArray[np.bool_]
    visible: NDArray[np.bool_]

    @property
    def true(self) -> NDArray[np.bool_]:
        """Pixels that give a point of a real surface."""
        return ~self.sky & ~self.flying & np.isfinite(self.depth_map.depth_m)


def _street(folder: Path, noise: Noise) -> Iterator[Case]:
    truth = write_demo(folder, layout=StreetPlan(), noise=noise, seed=SEED, photos=PHOTOS)
    scene = ExactScene(truth)
    estimator = open_estimator("measured", DepthSettings())
    for index, photo in enumerate(truth.photos):
        path = truth.photo_dir / photo.name
        metadata = read_metadata(path, PhotoSettings())
        rgb = read_pixels(path, PhotoSettings())
        exact_m = scene.depth_m(photo.name)
        filled_m = with_sky(exact_m, noise, truth.seed, index)
        mixed = np.abs(bled_depth_m(filled_m, noise.depth_bleed_px) / filled_m - 1)
        sigma_rel = noise.depth_noise_rel_at_10m * filled_m / 10
        flying = scene.flying_mask(photo.name, MIXED_REL)
        yield Case(
            depth_map=estimator.estimate(metadata, rgb),
            rgb=rgb,
            exact_m=exact_m / np.float32(photo.depth_scale),
            sky=scene.sky_mask(photo.name),
            flying=flying,
            visible=flying & (mixed > VISIBLE_SIGMAS * sigma_rel),
        )


def _shares(cases: list[Case], settings: DepthSettings) -> dict[str, float]:
    """Removed of the visible and of all flying pixels, kept of the true ones, sky left; in %."""
    counts = np.zeros(8)
    for case in cases:
        kept = clean(case.depth_map, case.rgb, settings).kept
        given = np.isfinite(case.depth_map.depth_m) & ~case.sky
        for place, (part, whole) in enumerate(
            (
                (~kept, case.visible & given),
                (~kept, case.flying & given),
                (kept, case.true),
                (kept, case.sky),
            )
        ):
            counts[2 * place] += np.count_nonzero(part & whole)
            counts[2 * place + 1] += np.count_nonzero(whole)
    share = 100 * counts[::2] / np.maximum(counts[1::2], 1)
    return dict(zip(("visible", "flying", "true", "sky"), share.tolist(), strict=True))


def _cleaning(where: str, cases: list[Case], *, bars: bool) -> list[Metric]:
    share = _shares(cases, DepthSettings())
    wanted: tuple[tuple[str, str, float, Direction], ...] = (
        ("flying points removed", "visible", 97.0, "min"),
        ("true points that stay", "true", 97.0, "min"),
        ("sky points left", "sky", 0.5, "max"),
    )
    metrics = [
        metric(f"{where}: {what}", "%", share[key], bar, direction)
        if bars
        else metric(f"{where}: {what}", "%", share[key])
        for what, key, bar, direction in wanted
    ]
    return [
        *metrics,
        metric(f"{where}: pixels mixed by over 3 % removed, noise or not", "%", share["flying"]),
    ]


def _methods(cases: list[Case]) -> list[Metric]:
    """The ways to find flying pixels beside each other, everything else switched off."""
    metrics = []
    given = [
        replace(case, sky=np.zeros_like(case.sky), flying=case.flying | case.sky) for case in cases
    ]
    for method in ("ramp", "window", "angle"):
        rules = DepthCleanSettings.model_validate(
            {
                "edge_method": method,
                "remove_sky": False,
                "remove_far": False,
                "remove_islands": False,
            }
        )
        share = _shares(given, DepthSettings(clean=rules))
        metrics += [
            metric(f"edges by {method}: flying points removed", "%", share["visible"]),
            metric(f"edges by {method}: true points that stay", "%", share["true"]),
        ]
    return metrics


def _sigma(cases: list[Case]) -> list[Metric]:
    inside = beyond = total = 0
    for case in cases:
        cleaned = clean(case.depth_map, case.rgb, DepthSettings())
        used = cleaned.kept & ~case.sky
        off = np.abs(case.depth_map.depth_m - case.exact_m)[used] / case.depth_map.sigma_m[used]
        inside += int(np.count_nonzero(off <= 1))
        beyond += int(np.count_nonzero(off > 3))
        total += len(off)
    share = 100 * inside / total
    return [
        metric("street: errors inside 1 sigma, at least", "%", share, 60.0, "min"),
        metric("street: errors inside 1 sigma, at most", "%", share, 76.0, "max"),
        metric("street: errors beyond 3 sigma", "%", 100 * beyond / total),
    ]


def _real_sky() -> list[Metric]:
    """Sky of real photos: as it is where a source puts it far away, and as networks fill it, with
    the depth of the roofs; and what real networks made of a skyline, halls and a forest."""
    far, filled = _Sky(), _Sky()
    for sidecar in sorted((SHARED / "lund").glob("*.dense.png")):
        if sidecar.name.startswith("20."):
            continue  # A white gable of it has no depth, so that its truth calls the gable sky.
        depth_m = read_depth_file(sidecar)
        sky = np.isnan(depth_m)
        photo = sidecar.with_name(sidecar.name.replace(".dense.png", ".jpg"))
        far.add(photo, np.where(sky, np.float32(200.0), depth_m), sky)
        filled.add(photo, _filled_m(depth_m), sky)
    roofed = _Sky()
    for name, shown in json.loads((SHARED / "blog" / "depth-pro.json").read_text()).items():
        depth_m = read_depth_file(SHARED / "blog" / f"{name}.depth-pro.png")
        drawn = SHARED / "blog" / f"{name}.sky.png"
        sky = np.zeros(depth_m.shape, dtype=bool)
        if drawn.is_file():
            outline = read_pixels(drawn, PhotoSettings())
            sky = resized_rgb(outline, *depth_m.shape[::-1])[..., 0] > 127
        into = filled if sky.any() else roofed
        into.add(SHARED / "blog" / shown["photo"], depth_m, sky, shown["focal_px"])
    return [
        *far.metrics("sky far away"),
        *filled.metrics("sky as networks fill it, a skyline too"),
        metric("halls and forest: taken for sky, worst photo", "%", roofed.worst_lost, 0.0, "max"),
    ]


def _horizon() -> list[Metric]:
    """Whose depth is not believed for where it puts the horizon: of real networks the skyline's
    alone, and none of 29 photos of a street, nor where their depth is too near by ten."""
    settings = DepthSettings(clean=DepthCleanSettings(remove_edges=False, remove_islands=False))

    def doubted(photo: Path, depth_m: NDArray[np.float32], focal_px: float | None = None) -> bool:
        metadata = read_metadata(photo, PhotoSettings())
        focal = Focal(
            focal_px=focal_px or (metadata.focal.focal_px if metadata.focal else metadata.width_px),
            sigma_rel=0.05,
            source=FocalSource.USER,
        )
        height_px, width_px = depth_m.shape
        given = DepthMap(
            depth_m=depth_m,
            sigma_m=np.full(depth_m.shape, 0.1, dtype=np.float32),
            camera=photo_camera(metadata, focal).rescaled(width_px, height_px),
            focal=focal,
            focal_predicted=None,
            scale_sigma_rel=0.1,
            model=DepthModel(name="network", weights_hash="", licence=""),
        )
        cleaned = clean(given, read_pixels(photo, PhotoSettings()), settings)
        return HORIZON_TOO_NEAR in cleaned.depth_map.flags

    told = json.loads((SHARED / "blog" / "depth-pro.json").read_text())
    real = {
        name: doubted(
            SHARED / "blog" / shown["photo"],
            read_depth_file(SHARED / "blog" / f"{name}.depth-pro.png"),
            shown["focal_px"],
        )
        for name, shown in told.items()
    }
    street = 0
    for sidecar in sorted((SHARED / "lund").glob("*.dense.png")):
        photo = sidecar.with_name(sidecar.name.replace(".dense.png", ".jpg"))
        filled_m = _filled_m(read_depth_file(sidecar))
        street += doubted(photo, filled_m) + doubted(photo, filled_m / np.float32(10))
    others = sum(real.values()) - real["nyc-0"]
    return [
        metric("horizon: the skyline is named untrue", "photos", float(real["nyc-0"]), 1.0, "min"),
        metric("horizon: halls and forest named so", "photos", float(others), 0.0, "max"),
        metric("horizon: photos of a street named so", "photos", float(street), 0.0, "max"),
    ]


class _Sky:
    """Shares over photos of the sky that is left and of what else is taken for it, in %."""

    def __init__(self) -> None:
        self._left = self._sky = self._lost = self._rest = 0
        self.worst_left = self.worst_lost = 0.0

    def add(
        self,
        photo: Path,
        depth_m: NDArray[np.float32],
        sky: NDArray[np.bool_],
        focal_px: float | None = None,
    ) -> None:
        """One photo; focal_px of its full size, from its tags where not given."""
        metadata = read_metadata(photo, PhotoSettings())
        full_px = focal_px or (metadata.focal.focal_px if metadata.focal else metadata.width_px)
        height_px, width_px = depth_m.shape
        camera = Camera.centred(metadata.width_px, metadata.height_px, full_px)
        rgb = resized_rgb(read_pixels(photo, PhotoSettings()), width_px, height_px)
        found = sky_mask(rgb, depth_m, camera.rescaled(width_px, height_px))
        left, lost = int((sky & ~found).sum()), int((found & ~sky).sum())
        here, rest = int(sky.sum()), int((~sky).sum())
        self._left, self._sky = self._left + left, self._sky + here
        self._lost, self._rest = self._lost + lost, self._rest + rest
        self.worst_left = max(self.worst_left, 100 * left / max(1, here))
        self.worst_lost = max(self.worst_lost, 100 * lost / max(1, rest))

    def metrics(self, name: str) -> list[Metric]:
        """The shares of all photos together and of the worst."""
        return [
            metric(f"{name}: left", "%", 100 * self._left / self._sky, 1.5, "max"),
            metric(f"{name}: surface lost", "%", 100 * self._lost / self._rest, 1.0, "max"),
            metric(f"{name}: left, worst photo", "%", self.worst_left, 5.0, "max"),
            metric(f"{name}: surface lost, worst photo", "%", self.worst_lost, 5.0, "max"),
        ]


def _filled_m(depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Depth whose sky (NaN) has that of the nearest surface, smoothed, and rises slowly from it."""
    sky = np.isnan(depth_m)
    away_px, nearest = ndimage.distance_transform_edt(sky, return_indices=True)
    roofs_m = np.exp(ndimage.gaussian_filter(np.log(depth_m[tuple(nearest)]), 8.0))
    return np.where(sky, roofs_m * (1 + 0.002 * away_px), depth_m).astype(np.float32)


# --- cost ---------------------------------------------------------------------------------------


def _cost(folder: Path) -> list[Metric]:
    photo = _large_photo(folder)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.depth", str(photo), str(folder)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    measured = json.loads(done.stdout)
    steps: dict[str, float] = measured["seconds"]
    total = sum(steps.values())
    metrics = [
        metric(f"12 MP photo: {step}, share of the time", "%", 100 * seconds / total)
        for step, seconds in steps.items()
    ]
    metrics += [
        metric("12 MP photo: everything but the network, 1 process", "s", total),
        metric("12 MP photos a second, everything but the network, 2 processes", "1/s",
                _throughput(photo, folder)),
        metric("12 MP photo: peak memory without the network", "MiB",
                measured["peak_mib"], 1500.0, "max"),
        metric("12 MP photo: depth file", "MiB", measured["file_mib"]),
    ]  # fmt: skip
    return metrics


def _large_photo(folder: Path) -> Path:
    """A JPEG of 12 MP with the fine and coarse detail of a photo, and beside it what a network of
    Depth Pro's size might say about it."""
    source = sorted((folder / "standard" / "photos").glob("*.jpg"))[0]
    given_m = np.nan_to_num(read_depth_file(source.with_suffix(".depth.png")), nan=65.0)
    inverse = Image.fromarray(1 / given_m).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    np.save(folder / "inverse.npy", np.asarray(inverse))
    with Image.open(source) as image:
        large = np.asarray(image.convert("RGB").resize(MEGAPIXELS_12, Image.Resampling.BICUBIC))
    grain = np.random.default_rng(0).normal(0, 4, large.shape[:2])[..., None]
    path = folder / "large.jpg"
    Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def _one_photo(path: Path, folder: Path, number: int = 0) -> dict[str, float]:
    """Everything but the network on one photo; seconds of each step."""
    from worldmap.backproject import backproject

    settings = DepthSettings()
    seconds: dict[str, float] = {}
    started_s = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal started_s
        now_s = time.perf_counter()
        seconds[step] = now_s - started_s
        started_s = now_s

    metadata, rgb = read_photo(path, PhotoSettings(), least_px=SIDE_PX)
    lap("decode")
    inverse = np.load(folder / "inverse.npy") * np.float32(1 + 0.01 * number)
    started_s = time.perf_counter()
    model = DepthModel(name="depth-pro", weights_hash="", licence="")
    depth_map = metric_depth_map(metadata, inverse, 60.0, settings, model)
    lap("metres and sigma")
    cleaned = clean(depth_map, rgb, settings)
    lap("clean")
    cloud = backproject(cleaned.depth_map, cleaned.rgb)
    lap("back-project")
    save_depth(folder / f"depth-{number}.npz", cleaned)
    lap("store")
    if len(cloud) < SIDE_PX or cleaned.removed_counts()[Removed.EDGE] < SIDE_PX:
        raise RuntimeError("the benchmark's depth map is not what it was meant to be")
    return seconds


def _throughput(path: Path, folder: Path, photos: int = 6) -> float:
    """Photos a second with two processes that are already running."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(_one_photo, [(path, folder, k) for k in range(2)], chunksize=1)
        started_s = time.perf_counter()
        pool.starmap(_one_photo, [(path, folder, k) for k in range(photos)], chunksize=1)
        return photos / (time.perf_counter() - started_s)


def _child(path: Path, folder: Path) -> None:
    runs = [_one_photo(path, folder) for _ in range(REPEATS)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "seconds": {step: min(run[step] for run in runs) for step in runs[0]},
                # Linux counts kilobytes, macOS bytes.
                "peak_mib": peak / (MIB if sys.platform == "darwin" else 1024),
                "file_mib": (folder / "depth-0.npz").stat().st_size / MIB,
            }
        )
    )


if __name__ == "__main__":
    _child(Path(sys.argv[1]), Path(sys.argv[2]))
