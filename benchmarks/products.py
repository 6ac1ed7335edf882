"""What people take home: surface, orthophoto and mesh of a street of either generator against its
exact scene, and what rasters of large areas cost.

Of the second street the depth is off as a network's is (2 % in soft patches). Rows tell apart what
photos' places leave off from what their depth does: exact depth, put where the map has the photos.

`WORLDMAP_BENCH_SCENES` is a folder that keeps the streets and their maps from run to run. With
`--full` the area is a whole square kilometre.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks import Metric, metric
from benchmarks._exact_street import ExactStreet, exact_demo, exact_second_street
from worldmap.area import Everywhere
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED, RigidTransform, cam
from worldmap.geodesy import Site, enu, enu_from_projected, projected_epsg, projected_from_enu
from worldmap.las import write_tile
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.demo import run_demo
from worldmap.pipeline.raster import raster
from worldmap.records import Tile, TileArtifact, TilePoints
from worldmap.stages.mesh import AreaMesh, TexturedMesh
from worldmap.stages.raster import RasterOptions
from worldmap.tiling import split

Array = NDArray[np.float64]

_DSM_M, _ORTHO_M = 0.1, 0.05
_SKY_M = 60.0
# Of a depth pixel, half as fine as the photo's: what a foreshortened cell has at least of it. One
# over more than ten cells, as on a car's roof at the eye's height, is one of many surfaces.
_DEPTH_REL = 0.5
_LEAST_PX = 0.1
_SEEN_REL = 2e-3
_STEP_M = 0.1
# So far from a wall as thin as a sheet its points are on no cell, whatever their depth is off by.
_CLEAR_M = 0.5
_BLOCK, _BLOCK_STEP = 64, 64
_SIDES, _SIDES_FULL = (2, 4), (2, 10)
_PER_TILE = 250_000
_BAR_GIB = 4.0
_PLACES = 100_000
# Half a voxel of the mesh's field: what its triangles may leave the surface by anyway.
_VOXEL_M = 0.05
# A step of 2 % is what people see between two fields side by side.
_STEP_RGB = 5.0


def run(*, full: bool = False) -> list[Metric]:
    """The demo street, then areas of synthetic tiles in processes of their own."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = os.environ.get("WORLDMAP_BENCH_SCENES")
        scenes = Path(kept or temporary)
        demo = scenes / "products_demo"
        if not (demo / "map" / "catalog.gpkg").exists():
            run_demo(demo, 1)
        metrics = []
        for street in (exact_demo(demo), exact_second_street(scenes, 1)):
            metrics += [
                *_places(street),
                *_dsm(street, Path(temporary)),
                *_ortho(street, Path(temporary)),
                *_mesh(street),
            ]
        return metrics + _growth(Path(temporary), _SIDES_FULL if full else _SIDES)


# --- places ---------------------------------------------------------------------------------------


def _places(street: ExactStreet) -> list[Metric]:
    """What the photos' places leave off by themselves."""
    off_m, surface_m = street.off_m(), street.off_by_places_m()
    label = street.label
    return [
        metric(f"{label}photos' places: off, median", "m", float(np.median(off_m))),
        metric(f"{label}exact depth there: off, median", "m", float(np.median(surface_m))),
        metric(f"{label}exact depth there: off, 90th", "m", float(np.percentile(surface_m, 90))),
    ]


# --- surface --------------------------------------------------------------------------------------


def _dsm(street: ExactStreet, out: Path) -> list[Metric]:
    path = out / "dsm.tif"
    options = RasterOptions(kind="dsm", gsd_m=_DSM_M, support=2)
    label = street.label
    raster(street.map_dir, Everywhere(), path, options, Silence())
    with rasterio.open(path) as file:
        height = file.read(1)
        has = height != file.nodata
        # With those beside them: where the map has nothing there may be a step all the same.
        row, column = np.nonzero(ndimage.maximum_filter(has, 3))
        x, y = file.transform @ np.stack((column + 0.5, row + 0.5))
    height = np.where(has, height, np.median(height[has]))
    projected = np.column_stack((x, y, height[row, column].astype(np.float64)))
    places = street.true_from_map.apply(enu_from_projected(projected, street.site, _epsg(street)))
    exact, step = _exact_top(street, places)
    sheets_m = _from_sheets_m(street.upright, places)
    told = has[row, column]
    known = np.isfinite(exact) & told
    # A cell's own edge may lie on either side of a step: cells that touch one have no one height,
    # whichever way it runs.
    at_step = np.zeros(height.shape, dtype=np.bool_)
    at_step[row, column] = step | (sheets_m < _DSM_M / np.sqrt(2))
    level = known & ~ndimage.maximum_filter(at_step, 3)[row, column]
    off = (places[:, 2] - exact)[level]
    clear_m = off[sheets_m[level] > _CLEAR_M]

    def percent(which: NDArray[np.bool_]) -> float:
        return 100 * float(which.mean())

    return [
        metric(f"{label}surface, support 2: RMSE", "m", float(np.sqrt((off**2).mean())), 0.03),
        metric(f"{label}surface: RMSE clear of walls", "m", float(np.sqrt((clear_m**2).mean()))),
        metric(f"{label}surface: median error", "m", float(np.median(np.abs(off)))),
        metric(f"{label}surface: cells off by more than 0.1 m", "%", percent(abs(off) > 0.1)),
        metric(f"{label}surface: cells compared", "%", percent(level[told])),
        metric(f"{label}surface: cells where no photo can tell it", "%", percent(~known[told])),
    ]


def _epsg(street: ExactStreet) -> int:
    with MapFolder.open(street.map_dir) as folder:
        return max(folder.tiles(Everywhere()), key=lambda tile: tile.points).key.epsg


def _exact_top(street: ExactStreet, places: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The topmost exact surface over each place (N, 3) that two photos can have depth of, NaN where
    there is none, and whether a cell there holds more than one height, seen or not: plumb lines
    through its middle, corners and edges."""
    half = _DSM_M / 2
    tops, seen = (np.full((9, len(places)), np.nan) for _ in range(2))
    for number, shift in enumerate(np.ndindex(3, 3)):
        over = places.copy()
        over[:, :2] += half * (np.array(shift) - 1)
        line, hit, triangle = street.rays.all_below(over, _SKY_M)
        resolved = _resolved(street, hit, triangle) >= 2
        tops[number] = _highest(line, hit[:, 2], len(places))
        seen[number] = _highest(line[resolved], hit[resolved, 2], len(places))
    whole = np.isfinite(seen).all(axis=0)
    exact = np.where(whole, np.median(np.where(whole, seen, 0.0), axis=0), np.nan)
    spread = np.fmax(*(np.fmax.reduce(each) - np.fmin.reduce(each) for each in (tops, seen)))
    return exact, np.asarray(spread > _STEP_M)


def _highest(line: NDArray[np.int64], height_m: Array, lines: int) -> Array:
    """Of heights (M,) on some lines the highest of each (lines,), NaN where there is none."""
    found = np.full(lines, -np.inf)
    np.maximum.at(found, line, height_m)
    return np.where(np.isfinite(found), found, np.nan)


def _from_sheets_m(upright: Array, places: Array) -> Array:
    """How far in plan each place (N, 3) is from the next wall as thin as a sheet (U, 2, 2)."""
    found = np.full(len(places), np.inf)
    for start, end in upright:
        way = end - start
        along = ((places[:, :2] - start) @ way / (way @ way)).clip(0, 1)
        off = places[:, :2] - start - along[:, None] * way
        found = np.minimum(found, np.hypot(*off.T))
    return found


def _resolved(street: ExactStreet, places: Array, triangle: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many photos see places (N, 3) on triangles (N,) with a part of a depth pixel."""
    count = np.zeros(len(places), dtype=np.int64)
    for photo in street.photos:
        centre, camera = photo.enu_from_cam.translation_m, photo.camera
        local = photo.enu_from_cam.inverse().apply(places)
        uv = camera.project(local)
        seen = (local[:, 2] > 0.2) & (uv > 0).all(axis=1)
        seen &= (uv < (camera.width_px, camera.height_px)).all(axis=1)
        rows = np.flatnonzero(seen)
        way = places[rows] - centre
        away = np.linalg.norm(way, axis=1)
        cosine = np.abs((street.normal[triangle[rows]] * way).sum(axis=1)) / away
        pixels = _DSM_M * cosine * _DEPTH_REL * camera.fx_px / away
        rows, way = rows[pixels >= _LEAST_PX], way[pixels >= _LEAST_PX]
        reached, _, _ = street.rays.cast(centre, way.astype(np.float32))
        count[rows] += np.abs(reached - 1) < _SEEN_REL
    return count


# --- orthophoto -----------------------------------------------------------------------------------


def _ortho(street: ExactStreet, out: Path) -> list[Metric]:
    """Against a picture of the exact scene from a kilometre above: how far blocks of it are
    shifted, by the peak of their phase correlation."""
    import cv2

    path, label = out / "ortho.tif", street.label
    options = RasterOptions(kind="ortho", gsd_m=_ORTHO_M, support=2)
    raster(street.map_dir, Everywhere(), path, options, Silence())
    with rasterio.open(path) as file:
        ours, mask = np.moveaxis(file.read((1, 2, 3)), 0, -1), file.dataset_mask() > 0
        transform = file.transform
    centres = np.array([photo.enu_from_cam.translation_m for photo in street.photos])
    middle, reach_m = centres.mean(axis=0), float(np.ptp(centres, axis=0)[:2].max()) / 2 + 5
    side = round(2 * reach_m / _ORTHO_M)
    above_m = 1000.0
    exact = street.picture(
        Camera.centred(side, side, above_m / _ORTHO_M),
        RigidTransform(
            to=enu(street.site),
            source=cam("above"),
            rotation=np.array(((1.0, 0, 0), (0, -1.0, 0), (0, 0, -1.0))),
            translation_m=np.array((middle[0], middle[1], above_m)),
        ),
    )
    # Of each pixel of the exact picture, the place on the ground in ours.
    row, column = np.mgrid[0:side, 0:side] + 0.5
    east = middle[0] - side * _ORTHO_M / 2 + column * _ORTHO_M
    north = middle[1] + side * _ORTHO_M / 2 - row * _ORTHO_M
    ground = np.stack((east, north, np.zeros_like(east)), axis=-1).reshape(-1, 3)
    here = street.true_from_map.inverse().apply(ground)
    xy = projected_from_enu(here, street.site, _epsg(street))
    at = np.stack(~transform @ xy[:, :2].T, axis=-1).reshape(side, side, 2) - 0.5
    look = cv2.remap(
        cv2.cvtColor(ours, cv2.COLOR_RGB2GRAY), at.astype(np.float32), None, cv2.INTER_LINEAR
    )
    told = cv2.remap(mask.astype(np.uint8), at.astype(np.float32), None, cv2.INTER_NEAREST) > 0
    grey = cv2.cvtColor(exact, cv2.COLOR_RGB2GRAY)
    window = cv2.createHanningWindow((_BLOCK, _BLOCK), cv2.CV_64F)
    shifts = []
    for top in range(0, side - _BLOCK, _BLOCK_STEP):
        for left in range(0, side - _BLOCK, _BLOCK_STEP):
            part = slice(top, top + _BLOCK), slice(left, left + _BLOCK)
            if told[part].mean() < 0.98 or grey[part].std() < 5:
                continue
            a, b = look[part].astype(np.float64), grey[part].astype(np.float64)
            shift, answer = cv2.phaseCorrelate(a - a.mean(), b - b.mean(), window)
            if answer > 0.2:
                shifts.append(float(np.hypot(*shift)))
    return [
        metric(
            f"{label}orthophoto: shift, median", "pixel", float(np.median(shifts or [np.nan])), 1.0
        ),
        metric(f"{label}orthophoto: blocks compared", "", len(shifts)),
    ]


# --- mesh -----------------------------------------------------------------------------------------


def _mesh(street: ExactStreet) -> list[Metric]:
    label = street.label
    with MapFolder.open(street.map_dir) as folder:
        mesh = AreaMesh(folder, Everywhere(), Silence())
        began_s = time.process_time()
        parts = [part for _, part in mesh.parts()]
        took_s = time.process_time() - began_s
        site = mesh.site
    corner = np.concatenate([part.surface.centres for part in parts])
    here = street.site.enu_from(site).apply(_even(parts))
    away = street.rays.distance_m(street.true_from_map.apply(here).astype(np.float32))
    median_m = float(np.median(away))
    step = float(np.concatenate([_seam_steps(part) for part in parts]).mean())
    return [
        metric(f"{label}mesh: distance to the exact surface, median", "m", median_m, _VOXEL_M),
        metric(f"{label}mesh: distance, 90th of a hundred", "m", float(np.percentile(away, 90))),
        metric(f"{label}mesh: colour step at seams, mean", "of 255", step, _STEP_RGB),
        metric(f"{label}mesh: triangles", "", len(corner)),
        metric(f"{label}mesh: processor time", "s", took_s),
    ]


def _even(parts: list[TexturedMesh]) -> Array:
    """Places (N, 3) drawn evenly over the area of the surface: decimation leaves most triangles
    where it is rough."""
    rng = np.random.default_rng(0)
    xyz = np.concatenate([part.surface.xyz_enu[part.surface.faces] for part in parts])
    area = np.linalg.norm(np.cross(xyz[:, 1] - xyz[:, 0], xyz[:, 2] - xyz[:, 0]), axis=1)
    chosen = rng.choice(len(xyz), _PLACES, p=area / area.sum())
    u, v = np.sqrt(rng.uniform(size=_PLACES)), rng.uniform(size=_PLACES)
    weight = np.stack((1 - u, u * (1 - v), u * v), axis=1)
    return np.asarray(np.einsum("ni,nij->nj", weight, xyz[chosen]))


def _seam_steps(part: TexturedMesh) -> Array:
    """Mean colour steps (N,) between the two places in the picture of corners that are cut."""
    _, first, same = np.unique(part.surface.xyz_enu, axis=0, return_index=True, return_inverse=True)
    high, wide = part.picture.shape[:2]
    at = np.floor(part.atlas.uv * (wide, high)).astype(np.intp)
    rgb = part.picture[at[:, 1].clip(0, high - 1), at[:, 0].clip(0, wide - 1)].astype(np.float64)
    cut = np.flatnonzero(first[same.ravel()] != np.arange(len(rgb)))
    return np.asarray(np.abs(rgb[cut] - rgb[first[same.ravel()]][cut]).mean(axis=1))


# --- large areas ----------------------------------------------------------------------------------


def _growth(folder: Path, sides: tuple[int, int]) -> list[Metric]:
    used: list[tuple[float, float]] = []
    # The small area before and after the large one: the machine may be slower for one of them.
    for side in (sides[0], sides[1], sides[0]):
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "benchmarks.products", str(folder / f"area{len(used)}"), str(side)),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        used.append(json.loads(done.stdout.splitlines()[-1]))
    (before_s, _), (large_s, peak_gib), (after_s, _) = used
    times = 2 * large_s / (before_s + after_s) / (sides[1] / sides[0]) ** 2
    km2 = (sides[1] / 10) ** 2
    return [
        metric(f"surface at 5 cm of {km2:g} km²: memory", "GiB", peak_gib, _BAR_GIB),
        metric("its processor time over the area's growth", "", times, 1.3),
    ]


def _area(map_dir: Path, side: int) -> None:
    """Rolling ground of side × side tiles, and its surface at 5 cm: processor seconds and peak."""
    site = Site(59.331, 18.06, 40.0)
    epsg = projected_epsg(site.lat_deg, site.lon_deg)
    corner = np.floor(projected_from_enu(np.zeros((1, 3)), site, epsg)[0, :2] / 100) * 100
    rng = np.random.default_rng(side)
    with Catalog.open(map_dir, create=True) as catalog:
        run_id = catalog.start_run("benchmark", "{}", "0")
        tiles = []
        for number in range(side * side):
            low = corner + 100 * np.array(divmod(number, side))
            xy = low + rng.uniform(0.001, 99.999, (_PER_TILE, 2))
            z = 40 + np.sin(xy[:, 0] / 30) + rng.normal(0, 0.01, _PER_TILE)
            xyz = np.column_stack((xy, z))
            (key,) = split(xyz, epsg)
            points = TilePoints(
                cloud=PointCloud(
                    frame=PROJECTED,
                    xyz=xyz,
                    rgb=np.full((_PER_TILE, 3), 120, dtype=np.uint8),
                    sigma_m=np.full(_PER_TILE, 0.02, dtype=np.float32),
                    photo_id=np.ones(_PER_TILE, dtype=np.uint32),
                    support=np.full(_PER_TILE, 3, dtype=np.uint8),
                ),
                epsg=epsg,
                gps_time_s=np.zeros(_PER_TILE),
                classification=np.full(_PER_TILE, 2, dtype=np.uint8),
            )
            path = Path("tiles") / f"{key}.laz"
            (map_dir / "tiles").mkdir(exist_ok=True)
            file = write_tile(map_dir / path, points)
            made = TileArtifact(format="laz", path=path, content_hash=file.content_hash)
            tiles.append(
                Tile(
                    key=key,
                    files=(made,),
                    points=_PER_TILE,
                    bounds_m=file.bounds_m,
                    photo_ids=(),
                )
            )
        catalog.replace_tiles(run_id, tiles)
    began_s = time.process_time()
    options = RasterOptions(kind="dsm", gsd_m=0.05)
    raster(map_dir, Everywhere(), map_dir / "dsm.tif", options, Silence())
    # Not getrusage: what it says begins with the parent's.
    peak_kib = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    print(json.dumps((time.process_time() - began_s, peak_kib / 2**20)))


if __name__ == "__main__":
    _area(Path(sys.argv[1]), int(sys.argv[2]))
