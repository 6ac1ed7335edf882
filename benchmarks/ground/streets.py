"""Streets of both generators, their maps, and the truth of their photos."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._town import SITE as TOWN_SITE
from benchmarks._town import LensTruth, write_town
from benchmarks.registration.areas import SolvedArea, solve_area
from worldmap.area.shapes import Everywhere
from worldmap.camera import Camera
from worldmap.config import RefineSettings, Settings
from worldmap.demo import STANDARD, ExactScene, StreetPlan, read_truth, write_demo
from worldmap.geodesy import Site
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge

Array = NDArray[np.float64]

_PHOTOS = 12
# A target is seen where nothing stands before it, by the photo's own depth.
_HIDDEN_REL = 0.05
# Both generators' depth is off as a network's is.
_SETTINGS = Settings(refine=RefineSettings(measured=True))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TruePhoto:
    """One photo: enu_from_cam (4, 4), its true camera, its true depth (H, W), infinite where it has
    none, and by what the depth beside it is to be multiplied."""

    enu_from_cam: Array
    camera: Camera
    depth_m: Array
    depth_scale: float

    def sees(self, place: Array) -> Array | None:
        """Where a place (3,) is in it, None where it is out of the picture or hidden."""
        local = self._local(place)
        if local[2] < 1.0:
            return None
        uv = self.camera.project(local)
        edge = 0.02 * self.camera.width_px
        size = np.array((self.camera.width_px, self.camera.height_px))
        if not ((uv > edge) & (uv < size - edge)).all():
            return None
        rows, columns = self.depth_m.shape
        at = (uv * (columns, rows) / size).astype(int)
        depth = self.depth_m[at[1], at[0]]
        return uv if depth > (1 - _HIDDEN_REL) * local[2] else None

    def at_px(self, place: Array) -> Array:
        """(2,) where a place (3,) would be in it."""
        return np.asarray(self.camera.project(self._local(place)))

    def _local(self, place: Array) -> Array:
        return np.asarray(self.enu_from_cam[:3, :3].T @ (place - self.enu_from_cam[:3, 3]))

    def seen_at(self, share: Array) -> tuple[Array, Array]:
        """The places (N, 3) that it shows at shares (N, 2) of its width and height, and their depth
        (N,); infinite where it shows none or has no such pixel."""
        rows, columns = self.depth_m.shape
        at = np.floor(share * (columns, rows)).astype(int)
        inside = ((at >= 0) & (at < (columns, rows))).all(axis=1)
        depth_m = np.full(len(share), np.inf)
        depth_m[inside] = self.depth_m[at[inside, 1], at[inside, 0]]
        uv = share * (self.camera.width_px, self.camera.height_px)
        local = self.camera.unproject(uv, np.where(np.isfinite(depth_m), depth_m, 1.0))
        place = local @ self.enu_from_cam[:3, :3].T + self.enu_from_cam[:3, 3]
        return np.where(np.isfinite(depth_m)[:, None], place, np.inf), depth_m


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Street:
    """map_dir: of the merged map."""

    label: str
    site: Site
    photos: Mapping[str, TruePhoto]
    area: SolvedArea
    map_dir: Path


def demo_street(scenes: Path, seed: int) -> Street:
    """One of the demo's, made and merged where it is not there yet."""
    folder = scenes / f"ground_demo_{seed}"
    if not (folder / "truth.json").exists():
        write_demo(folder, layout=StreetPlan(), noise=STANDARD, seed=seed, photos=_PHOTOS)
    truth = read_truth(folder)
    scene = ExactScene(truth)
    return Street(
        label=f"demo {seed}",
        site=truth.site,
        photos={
            p.name: TruePhoto(
                enu_from_cam=p.enu_from_cam.matrix,
                camera=p.camera,
                depth_m=np.nan_to_num(
                    scene.depth_m(p.name, people=False).astype(np.float64), nan=np.inf
                ),
                depth_scale=p.depth_scale,
            )
            for p in truth.photos
        },
        area=_solved(folder),
        map_dir=folder / "map",
    )


def second_street(scenes: Path, seed: int) -> Street:
    """One of the other generator's, likewise."""
    folder = scenes / f"ground_town_{seed}"
    if not (folder / "truth.json").exists():
        write_town(folder, seed=seed, lens=LensTruth(), photos=_PHOTOS)
    told = json.loads((folder / "truth.json").read_text())
    return Street(
        label=f"second street {seed}",
        site=TOWN_SITE,
        photos={
            name: TruePhoto(
                enu_from_cam=np.array(t["enu_from_cam"]),
                camera=Camera(
                    width_px=t["width"],
                    height_px=t["height"],
                    fx_px=t["focal_px"],
                    fy_px=t["focal_px"],
                    cx_px=t["centre_px"][0],
                    cy_px=t["centre_px"][1],
                    distortion=(*t["distortion"],),
                ),
                depth_m=_depth(folder / "exact" / f"{Path(name).stem}.png"),
                depth_scale=t["depth_scale"],
            )
            for name, t in told.items()
        },
        area=_solved(folder),
        map_dir=folder / "map",
    )


def _depth(png: Path) -> Array:
    millimetres = cv2.imread(str(png), cv2.IMREAD_UNCHANGED)
    assert millimetres is not None
    return np.where(millimetres > 0, millimetres / 1000.0, np.inf)


def _solved(folder: Path) -> SolvedArea:
    ingest(folder / "map", [folder / "photos"], _SETTINGS, depth="measured", jobs=2)
    merge(folder / "map", Everywhere(), _SETTINGS, jobs=2)
    return solve_area(folder / "map")
