"""A map of photos along an endless wall, placed without any registration: cheap, exact, and as long
as wanted. The ground is at height 0, the wall 8 m north of the cameras."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from worldmap.artifact import write_file
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.depth import load_depth, save_depth
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.fuse import CameraStation, agreed_clouds, exposure_gains, fuse
from worldmap.geodesy import Site, enu
from worldmap.las import read_tile
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.records import (
    Artifact,
    CleanedDepth,
    DepthMap,
    DepthMapInfo,
    DepthModel,
    Focal,
    FocalSource,
    PhotoMetadata,
    PlacedBy,
    PlacedPose,
    PosePrior,
    TilePoints,
    View,
    pose_covariance,
)
from worldmap.stages.places import places_deg
from worldmap.stages.reach import Change
from worldmap.stages.tiles import TileUpdate, update_tiles
from worldmap.stages.work import Work

SITE = Site(55.706, 13.193, 60.0)
WALL_M, EYE_M = 8.0, 1.6
WIDTH, HEIGHT = 96, 72
CAMERA = Camera.centred(4 * WIDTH, 4 * HEIGHT, 4 * WIDTH * 0.8)
FOCAL = Focal(focal_px=CAMERA.fx_px, sigma_rel=0.01, source=FocalSource.CALIBRATED)
YEAR = 2026
NAN3 = (float("nan"),) * 3


@dataclass(frozen=True, kw_only=True)
class Board:
    """Stands upright on the ground, facing the cameras: from and to so far east, so far north of
    them, so high."""

    from_m: float
    to_m: float
    away_m: float
    high_m: float


def seen_from(places_deg: np.ndarray) -> Change:
    """A change at these places (N, 2), where photos see 60 m far."""
    return Change(places_deg=places_deg, reach_m=np.full(len(places_deg), 60.0))


@dataclass
class Street:
    """A map folder with photos at these places along the street, metres east of the site."""

    map_dir: Path

    def add(
        self,
        places_m: Iterable[float],
        *,
        mask: np.ndarray | None = None,
        year: int = YEAR,
        board: Board | None = None,
    ) -> list[int]:
        """Ingest photos, unplaced; returns their ids. mask (H, W): the pixels that give points;
        board: what stands before the wall."""
        with Catalog.open(self.map_dir, create=True) as catalog:
            return [
                _record(catalog, self.map_dir, place_m, mask, year=year, board=board)
                for place_m in places_m
            ]

    def place_all(self) -> None:
        """Give all photos the poses they were taken at."""
        with Catalog.open(self.map_dir, create=False) as catalog:
            run = catalog.start_run("merge", Settings().model_dump_json(), "0")
            poses = [
                pose_at(p.photo_id, float(p.metadata.path.stem.partition("at")[2]))
                for p in catalog.photos()
            ]
            catalog.replace_solution(run, poses)

    def place(self, places_m: Sequence[float], *, off_m: float = 0.0) -> None:
        """Give these photos the poses they were taken at, all `off_m` too far east."""
        with Catalog.open(self.map_dir, create=False) as catalog:
            ids = {p.metadata.path.name: p.photo_id for p in catalog.photos()}
            run = catalog.start_run("merge", Settings().model_dump_json(), "0")
            poses = [pose_at(ids[name_of(p)], p + off_m) for p in places_m]
            catalog.replace_solution(run, poses)

    def update(
        self,
        settings: Settings | None = None,
        *,
        near_m: Sequence[float] | None = None,
        jobs: int = 1,
    ) -> TileUpdate:
        """Bring the tiles up to date, all or around these places."""  # fmt: skip
        near = None if near_m is None else [pose_at(1, place) for place in near_m]
        places = None if near is None else places_deg(near)
        settings = settings or Settings()
        with MapFolder.open(self.map_dir) as folder, folder.run("merge", settings) as run:
            work = Work(
                folder=folder,
                settings=settings,
                listener=Silence(),
                jobs=jobs,
                run_id=run.run_id,
            )
            return update_tiles(work, near=None if places is None else seen_from(places))

    def build(self, places_m: Sequence[float], settings: Settings | None = None) -> Street:
        """Photos, poses and tiles."""
        self.add(places_m)
        self.place(places_m)
        self.update(settings)
        return self

    def tile_bytes(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in sorted((self.map_dir / "tiles").iterdir())}

    def tiles(self) -> list[TilePoints]:
        with Catalog.open(self.map_dir, create=False) as catalog:
            return [read_tile(self.map_dir / tile.path) for tile in catalog.tiles()]

    def fused_at_once(self, settings: Settings | None = None) -> np.ndarray:
        """All points (N, 3) in ENU if there were no tiles."""
        fuse_settings = (settings or Settings()).fuse
        with Catalog.open(self.map_dir, create=False) as catalog:
            photos = {p.photo_id: p for p in catalog.photos()}
            poses = catalog.poses(site=SITE)
        views = {
            pose.photo_id: View.of_placed(
                load_depth(self.map_dir / photos[pose.photo_id].depth.path), CAMERA, pose
            )
            for pose in poses
            if isinstance(pose, PlacedPose)
        }
        stations = [
            CameraStation(photo_id=i, camera=view.camera, enu_from_cam=view.enu_from_cam)
            for i, view in sorted(views.items())
        ]
        agreed = list(agreed_clouds(stations, views.__getitem__, fuse_settings))
        gains = exposure_gains(list(views), [r for one in agreed for r in one.colour_ratios])
        return fuse([one.cloud for one in agreed], fuse_settings, gains).xyz


def name_of(place_m: float) -> str:
    return f"at{place_m:+.2f}.jpg"


def pose_at(photo_id: int, place_m: float, *, pairs: int = 3) -> PlacedPose:
    return PlacedPose(
        photo_id=photo_id,
        by=PlacedBy.MATCHES if pairs else PlacedBy.TAGS,
        reason="",
        site=SITE,
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam(str(photo_id)),
            rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
            translation_m=np.array((place_m, 0.0, EYE_M)),
        ),
        depth_scale=1.0,
        lens=CAMERA.lens,
        covariance=pose_covariance(
            rotation_sigma_deg=(0.1, 0.2, 0.1),
            position_sigma_m=(0.5, 0.5, 0.8),
            scale_sigma_rel=0.002,
        ),
        component=0,
        pairs=pairs,
        solved_among=5,
        tags_hash="",
        gps_residual_m=NAN3,
        heading_residual_deg=float("nan"),
    )


def depth_map(place_m: float, board: Board | None = None) -> CleanedDepth:
    """What a photo at this place sees, with colours of the place seen."""
    camera = CAMERA.rescaled(WIDTH, HEIGHT)
    rays = camera.rays(camera.pixel_centres())
    down = rays[..., 1]
    with np.errstate(divide="ignore"):
        depth_m = np.where(down > 0, np.minimum(WALL_M, EYE_M / down), WALL_M).astype(np.float32)
    if board is not None:
        at_m, up_m = place_m + rays[..., 0] * board.away_m, EYE_M - down * board.away_m
        hit = (at_m > board.from_m) & (at_m < board.to_m) & (up_m > 0) & (up_m < board.high_m)
        depth_m = np.where(hit, np.float32(board.away_m), depth_m)
    east_m = place_m + rays[..., 0] * depth_m
    rgb = np.stack([128 + 60 * np.sin(east_m * k) for k in (1.0, 2.3, 0.4)], axis=-1)
    return CleanedDepth(
        depth_map=DepthMap(
            depth_m=depth_m,
            sigma_m=(0.004 * depth_m).astype(np.float32),
            camera=camera,
            focal=FOCAL,
            focal_predicted=None,
            scale_sigma_rel=0.1,
            model=DepthModel(name="measured", weights_hash="", licence=""),
        ),
        removed=np.zeros((HEIGHT, WIDTH), dtype=np.uint8),
        uncleaned_m=depth_m,
        rgb=rgb.astype(np.uint8),
    )


@cache
def _stored(place_m: float) -> bytes:
    """The depth map's file: packing it takes longer than all else of a photo."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "depth.npz"
        save_depth(path, depth_map(place_m))
        return path.read_bytes()


def _record(
    catalog: Catalog,
    map_dir: Path,
    place_m: float,
    mask: np.ndarray | None = None,
    *,
    year: int = YEAR,
    board: Board | None = None,
) -> int:
    name = name_of(place_m) if year == YEAR else f"{year}-{name_of(place_m)}"
    cleaned = depth_map(place_m, board)
    if mask is not None:
        seen_m = np.where(mask, cleaned.uncleaned_m, np.float32(np.nan))
        removed = np.where(mask, 0, 1).astype(np.uint8)
        cleaned = CleanedDepth(
            depth_map=DepthMap(
                depth_m=seen_m,
                sigma_m=cleaned.depth_map.sigma_m,
                camera=cleaned.depth_map.camera,
                focal=FOCAL,
                focal_predicted=None,
                scale_sigma_rel=0.1,
                model=cleaned.depth_map.model,
            ),
            removed=removed,
            uncleaned_m=seen_m,
            rgb=cleaned.rgb,
        )
    depth = Path("depth") / f"{name}.npz"
    features = Path("features") / f"{name}.npz"
    (map_dir / "features").mkdir(exist_ok=True)
    (map_dir / features).write_bytes(name.encode())
    if mask is None and board is None:
        content_hash = write_file(map_dir / depth, _stored(place_m))
    else:
        content_hash = save_depth(map_dir / depth, cleaned)
    lat_deg, lon_deg, height_m = (
        float(v) for v in SITE.geodetic_from_enu(np.array((place_m, 0.0, EYE_M)))
    )
    return catalog.record_photo(
        PhotoMetadata(
            path=Path("/photos") / name,
            content_hash=hashlib.sha256(name.encode()).hexdigest(),
            width_px=CAMERA.width_px,
            height_px=CAMERA.height_px,
            orientation=1,
            captured_at=datetime(year, 5, 1, 12, 0, tzinfo=UTC),
            artist="Ana",
        ),
        camera=CAMERA,
        depth=Artifact(path=depth, content_hash=content_hash),
        depth_map=DepthMapInfo.of(cleaned.depth_map),
        features=Artifact(path=features, content_hash=hashlib.sha256(name.encode()).hexdigest()),
        prior=PosePrior(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            height_m=height_m,
            horizontal_sigma_m=3.0,
            vertical_sigma_m=5.0,
            position_source="exif",
            heading_deg=0.0,
            heading_sigma_deg=5.0,
            heading_source="true",
            pitch_deg=0.0,
            roll_deg=0.0,
            tilt_sigma_deg=1.0,
            tilt_source="exif",
            scale_sigma_rel=0.1,
        ),
        settings_hash="s",
    )
