"""Records with every field filled, and ways to compare them, for the catalog's tests."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from worldmap.camera import Camera, Lens
from worldmap.catalog import Catalog
from worldmap.frames import Frame, RigidTransform, Similarity, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.records import (
    Artifact,
    CameraCalibration,
    DepthMapInfo,
    DepthModel,
    Focal,
    FocalSource,
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    LedgerEntry,
    PairRegistration,
    PhotoMetadata,
    PhotoReview,
    PlacedBy,
    PlacedPose,
    PosePrior,
    PositionSource,
    SolvedPose,
    Tile,
    TileArtifact,
    TileKey,
    Tilt,
    UnplacedPose,
    pose_covariance,
)

NAN = float("nan")
LUND = Site(55.7058, 13.1932, 62.5)


def artifact(name: str) -> Artifact:
    return Artifact(path=Path("depth") / f"{name}.npz", content_hash=name * 8)


def full_metadata(name: str = "a", **changes: Any) -> PhotoMetadata:
    """Nothing is None and nothing is its default."""
    values: dict[str, Any] = {
        "path": Path("/photos") / f"{name}.jpg",
        "content_hash": f"hash-{name}",
        "width_px": 3024,
        "height_px": 4032,
        "orientation": 6,
        "position": GeoPosition(
            lat_deg=55.7058123,
            lon_deg=13.1932456,
            height_m=61.25,
            height_datum=HeightDatum.MSL,
            horizontal_sigma_m=4.7,
            vertical_sigma_m=9.1,
            source=PositionSource.XMP,
        ),
        "heading": Heading(true_deg=271.5, sigma_deg=8.0, source=HeadingSource.MAGNETIC_CORRECTED),
        "tilt": Tilt(pitch_deg=-3.5, roll_deg=1.25, sigma_deg=2.0, source="gimbal"),
        "focal": Focal(focal_px=2904.6, sigma_rel=0.03, source=FocalSource.FILM_35MM),
        "distortion": (0.1, -0.02, 1e-4, -2e-4, 0.003),
        "centre_px": (1510.25, 2019.5),
        "captured_at": datetime(2024, 5, 1, 12, 30, 5, 250000, timezone(timedelta(hours=2))),
        "make": "Åkerman",
        "model": "X-1",
        "artist": "Ana",
        "copyright": "© Ana",
        "licence": "CC-BY-4.0",
        "perceptual_hash": "ffee0011",
        "flags": ("burst", "edited"),
        "ledger": (
            LedgerEntry(
                quantity="position",
                value="55.7",
                sigma="5 m",
                source="exif",
                raw="[55, 42, 20]",
                used=True,
                note="kept",
            ),
            LedgerEntry(
                quantity="heading", value="?", sigma="", source="xmp", raw="\x00", used=False
            ),
        ),
    }
    return PhotoMetadata(**(values | changes))


def bare_metadata(name: str = "bare") -> PhotoMetadata:
    return PhotoMetadata(
        path=Path("/photos") / f"{name}.png",
        content_hash=f"hash-{name}",
        width_px=640,
        height_px=480,
        orientation=1,
    )


def camera() -> Camera:
    return Camera(
        width_px=3024,
        height_px=4032,
        fx_px=2904.6,
        fy_px=2905.1,
        cx_px=1511.2,
        cy_px=2017.9,
        distortion=(0.1, -0.02, 1e-4, -2e-4, 0.003),
    )


def depth_map_info(**changes: Any) -> DepthMapInfo:
    values: dict[str, Any] = {
        "width_px": 1536,
        "height_px": 2048,
        "focal": Focal(focal_px=2904.6, sigma_rel=0.03, source=FocalSource.FILM_35MM),
        "focal_predicted": Focal(focal_px=2850.0, sigma_rel=0.05, source=FocalSource.DEPTH_MODEL),
        "scale_sigma_rel": 0.15,
        "far_depth_m": 42.0,
        "model": DepthModel(name="depth-pro", weights_hash="abc", licence="research only"),
        "flags": ("focal-disagrees",),
    }
    return DepthMapInfo(**(values | changes))


def prior(lat_deg: float | None = 55.7058, lon_deg: float | None = 13.1932) -> PosePrior:
    return PosePrior(
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        height_m=None if lat_deg is None else 97.5,
        horizontal_sigma_m=float("inf") if lat_deg is None else 4.7,
        vertical_sigma_m=float("inf") if lat_deg is None else 9.1,
        position_source="none" if lat_deg is None else "xmp",
        heading_deg=None if lat_deg is None else 271.5,
        heading_sigma_deg=180.0 if lat_deg is None else 8.0,
        heading_source="none" if lat_deg is None else "magnetic-corrected",
        pitch_deg=-3.5,
        roll_deg=1.25,
        tilt_sigma_deg=2.0,
        tilt_source="gimbal",
        scale_sigma_rel=0.15,
    )


def photo_review(photo_id: int, duplicate_of: int | None = None) -> PhotoReview:
    return PhotoReview(
        photo_id=photo_id,
        flags=("near-duplicate",) if duplicate_of else ("repeated-position", "impossible-speed"),
        ledger=(
            LedgerEntry(
                quantity="position",
                value="",
                sigma="23.4 m",
                source="suspicion",
                raw="\x00",
                used=True,
                note="repeated-position: the very position of Å.jpg",
            ),
        ),
        duplicate_of=duplicate_of,
        prior=dataclasses.replace(prior(), horizontal_sigma_m=23.4),
    )


def accepted_pair(photo_a: int, photo_b: int) -> PairRegistration:
    rng = np.random.default_rng(photo_a * 1000 + photo_b)
    return PairRegistration(
        photo_a=photo_a,
        photo_b=photo_b,
        own_reason="",
        method="pnp",
        matches=321,
        inliers=123,
        rmse_px=1.25,
        overlap=0.6,
        in_front=0.05,
        a_from_b=Similarity(
            to=cam(str(photo_a)),
            source=cam(str(photo_b)),
            rotation=enu_from_cam_rotation(12.0, 3.0, -1.0),
            translation_m=rng.normal(size=3),
            scale=1.07,
        ),
        covariance=rng.normal(size=(7, 7)),
        inlier_index=rng.integers(0, 5000, size=(123, 2)).astype(np.int32),
        seconds=1.5,
    )


def rejected_pair(photo_a: int, photo_b: int) -> PairRegistration:
    return PairRegistration(
        photo_a=photo_a,
        photo_b=photo_b,
        own_reason="too few inliers",
        method="pnp",
        matches=14,
        inliers=3,
        rmse_px=NAN,
        overlap=NAN,
        in_front=NAN,
        a_from_b=None,
        covariance=None,
        inlier_index=np.empty((0, 2), dtype=np.int32),
        seconds=0.25,
    )


def calibration(camera_key: str, photo_ids: tuple[int, ...]) -> CameraCalibration:
    return CameraCalibration(
        camera_key=camera_key,
        lens=np.array((0.01, -0.005, 0.006, -0.02, 0.003)),
        covariance=np.diag((1e-6, 2e-7, 3e-7, 4e-6, 5e-6)),
        focal_spread_rel=0.0004,
        image_sigma_px=0.31,
        width_px=4032,
        height_px=3024,
        tag_focal_px=2904.6,
        photo_ids=photo_ids,
    )


def placed_pose(
    photo_id: int, xyz_m: tuple[float, float, float] = (3.0, 4.0, 1.5), *, site: Site = LUND
) -> PlacedPose:
    return PlacedPose(
        photo_id=photo_id,
        by=PlacedBy.MATCHES,
        reason="",
        site=site,
        enu_from_cam=RigidTransform(
            to=enu(site),
            source=cam(str(photo_id)),
            rotation=enu_from_cam_rotation(90.0, 2.0, -0.5),
            translation_m=np.array(xyz_m),
        ),
        depth_scale=0.93,
        lens=Lens(focal_px=2904.6, cx_px=2020.5, cy_px=1508.25, k1=0.01, k2=-0.02),
        covariance=pose_covariance(
            rotation_sigma_deg=(0.1, 0.2, 0.3),
            position_sigma_m=(0.3, 0.4, 0.2),
            scale_sigma_rel=0.01,
        ),
        component=2,
        pairs=7,
        solved_among=12,
        tags_hash="8d1f",
        gps_residual_m=(1.0, -2.0, 3.5),
        heading_residual_deg=-4.0,
    )


def with_sigmas(
    pose: PlacedPose,
    *,
    rotation_sigma_deg: tuple[float, float, float] | None = None,
    position_sigma_m: tuple[float, float, float] | None = None,
    scale_sigma_rel: float | None = None,
) -> PlacedPose:
    """The pose with other sigmas, its errors having nothing in common."""
    covariance = pose_covariance(
        rotation_sigma_deg=rotation_sigma_deg or pose.rotation_sigma_deg,
        position_sigma_m=position_sigma_m or pose.position_sigma_m,
        scale_sigma_rel=pose.scale_sigma_rel if scale_sigma_rel is None else scale_sigma_rel,
    )
    return replace(pose, covariance=covariance)


def unplaced_pose(photo_id: int) -> UnplacedPose:
    return UnplacedPose(
        photo_id=photo_id,
        reason="no accepted pair",
        site=LUND,
        component=-1,
        pairs=0,
        tags_hash="07ac",
    )


def lost(pose: SolvedPose, reason: str) -> UnplacedPose:
    """The same photo, nowhere."""
    return UnplacedPose(
        photo_id=pose.photo_id,
        reason=reason,
        site=pose.site,
        component=pose.component,
        pairs=pose.pairs,
        tags_hash=pose.tags_hash,
    )


def tile(east_m: int = 386500, north_m: int = 6174900, *, photo_ids: tuple[int, ...] = ()) -> Tile:
    key = TileKey(epsg=32633, east_m=east_m, north_m=north_m)
    return Tile(
        key=key,
        files=(
            TileArtifact(
                format="laz", path=Path("tiles") / f"{key}.laz", content_hash=f"tile-{key}"
            ),
        ),
        points=3_000_000_000,
        bounds_m=(east_m + 1.5, north_m + 2.5, 90.0, east_m + 99.0, north_m + 98.0, 120.5),
        photo_ids=photo_ids,
    )


def assert_same(found: Any, expected: Any, where: str = "record") -> None:
    """Field by field, exactly; NaN equals NaN, arrays by type, shape and value."""
    assert type(found) is type(expected), where
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, where
        np.testing.assert_array_equal(found, expected, err_msg=where)
    elif dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            name = f"{where}.{field.name}"
            assert_same(getattr(found, field.name), getattr(expected, field.name), name)
    elif isinstance(expected, tuple):
        assert len(found) == len(expected), where
        for i, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(expected, float) and np.isnan(expected):
        assert np.isnan(found), where
    else:
        assert found == expected, where


def assert_fills_every_field(record: Any, where: str = "record") -> None:
    """That a record leaves no field at its default, so that a forgotten column shows."""
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        assert value is not None, f"{where}.{field.name}"
        if field.default is not dataclasses.MISSING:
            assert value != field.default, f"{where}.{field.name}"
        if dataclasses.is_dataclass(value) and not isinstance(value, Frame):
            assert_fills_every_field(value, f"{where}.{field.name}")


def record_two_photos_and_a_pair(catalog: Catalog) -> None:
    """Photos a and b, with every column filled, and an inlier pair."""
    ids = [
        catalog.record_photo(
            full_metadata(name),
            camera=camera(),
            depth=artifact(f"depth/{name}.npz"),
            depth_map=depth_map_info(),
            features=artifact(f"features/{name}.npz"),
            prior=prior(),
            settings_hash="0" * 16,
        )
        for name in ("a", "b")
    ]
    catalog.record_pair(accepted_pair(*ids), "key")
