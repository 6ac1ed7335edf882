"""The tables. `store/` turns their rows into records; nothing else sees them.

On SQLite the file is a GeoPackage (see `geopackage.py`): photos, footprints and tiles have one
geometry column each, which is derived from the other columns and written for people and for search.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

from numpy.typing import NDArray
from sqlalchemy import Boolean, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from worldmap.catalog.columns import FilePath, PackedArray, Real, RealOrNan, Utc, Whole, Words
from worldmap.catalog.geometry import Geometry

RowId = Annotated[int, mapped_column(Whole, primary_key=True)]
"""Given by the database and never given twice: tiles on disk name photos by it."""
PhotoKey = Annotated[
    int, mapped_column(Whole, ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
]
PhotoRef = Annotated[
    int, mapped_column(Whole, ForeignKey("photos.id", ondelete="CASCADE"), index=True)
]
RunRef = Annotated[int, mapped_column(Whole, ForeignKey("runs.id"))]
Measured = Annotated[float, mapped_column(RealOrNan, nullable=True)]
"""NaN where there is nothing to measure."""


class Base(DeclarativeBase):
    """Common to all tables: column types by Python type, and names for every constraint, which a
    batch migration needs."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words,
        int: Whole,
        float: Real,
        bool: Boolean,
        datetime: Utc,
        Path: FilePath,
    }


class PhotoRow(Base):
    """A photo that was read. Columns tag_* are what its file says; height_m, heading_deg,
    position_sigma_m and geom are the best known, from tags until it is solved."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
        # What is counted and looked for by name is counted and read in these alone.
        Index("ix_photos_status", "status", "position_sigma_m"),
        Index("ix_photos_path", "path"),
        Index("ix_photos_rights", "licence", "artist"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    content_hash: Mapped[str] = mapped_column(unique=True)
    path: Mapped[Path]
    settings_hash: Mapped[str]
    ingested_at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str]
    height_m: Mapped[float | None]
    heading_deg: Mapped[float | None]
    position_sigma_m: Mapped[float | None]

    width_px: Mapped[int]
    height_px: Mapped[int]
    orientation: Mapped[int]
    captured_at: Mapped[str | None]
    """ISO 8601, with the offset where the photo told one."""
    make: Mapped[str | None]
    model: Mapped[str | None]
    artist: Mapped[str | None]
    copyright: Mapped[str | None]
    licence: Mapped[str | None]
    perceptual_hash: Mapped[str | None]
    flags: Mapped[str]
    """JSON array of words."""

    tag_lat_deg: Mapped[float | None]
    tag_lon_deg: Mapped[float | None]
    tag_height_m: Mapped[float | None]
    tag_height_datum: Mapped[str | None]
    tag_horizontal_sigma_m: Mapped[float | None]
    tag_vertical_sigma_m: Mapped[float | None]
    tag_position_source: Mapped[str | None]
    tag_heading_deg: Mapped[float | None]
    tag_heading_sigma_deg: Mapped[float | None]
    tag_heading_source: Mapped[str | None]
    tag_pitch_deg: Mapped[float | None]
    tag_roll_deg: Mapped[float | None]
    tag_tilt_sigma_deg: Mapped[float | None]
    tag_tilt_source: Mapped[str | None]
    tag_focal_px: Mapped[float | None]
    tag_focal_sigma_rel: Mapped[float | None]
    tag_focal_source: Mapped[str | None]
    tag_distortion: Mapped[str | None]
    """JSON array k1, k2, p1, p2, k3."""
    tag_centre: Mapped[str | None]
    """JSON array of the principal point in the upright image, x and y in pixels."""
    depth_wait: Mapped[str | None]
    """JSON object of a `DepthWait`."""

    camera_width_px: Mapped[int]
    camera_height_px: Mapped[int]
    camera_fx_px: Mapped[float]
    camera_fy_px: Mapped[float]
    camera_cx_px: Mapped[float]
    camera_cy_px: Mapped[float]
    camera_distortion: Mapped[str]

    geom: Mapped[bytes | None] = mapped_column(Geometry("POINT"))

    ledger: Mapped[list[LedgerRow]] = relationship(
        order_by="LedgerRow.ordinal", passive_deletes=True, cascade="all, delete-orphan"
    )
    depth_map: Mapped[DepthMapRow | None] = relationship(
        passive_deletes=True, cascade="all, delete-orphan"
    )
    features: Mapped[FeaturesRow] = relationship(passive_deletes=True, cascade="all, delete-orphan")
    prior: Mapped[PriorRow] = relationship(passive_deletes=True, cascade="all, delete-orphan")


class LedgerRow(Base):
    """One value that some tag of a photo gave, used or not."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_quantity", "quantity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    photo_id: Mapped[PhotoRef]
    ordinal: Mapped[int]
    quantity: Mapped[str]
    value: Mapped[str]
    sigma: Mapped[str]
    source: Mapped[str]
    raw: Mapped[str]
    used: Mapped[bool]
    note: Mapped[str]


class DepthMapRow(Base):
    """A photo's depth map: its file and what made it. A photo waits without one."""

    __tablename__ = "depth_maps"

    photo_id: Mapped[PhotoKey]
    path: Mapped[Path]
    content_hash: Mapped[str]
    width_px: Mapped[int]
    height_px: Mapped[int]
    focal_px: Mapped[float]
    focal_sigma_rel: Mapped[float]
    focal_source: Mapped[str]
    predicted_focal_px: Mapped[float | None]
    predicted_focal_sigma_rel: Mapped[float | None]
    predicted_focal_source: Mapped[str | None]
    scale_sigma_rel: Mapped[float]
    far_depth_m: Mapped[Measured]
    model_name: Mapped[str]
    model_weights_hash: Mapped[str]
    model_licence: Mapped[str]
    flags: Mapped[str]
    """JSON array of words."""


class FeaturesRow(Base):
    """A photo's local features: their file."""

    __tablename__ = "features"

    photo_id: Mapped[PhotoKey]
    path: Mapped[Path]
    content_hash: Mapped[str]


class PriorColumns:
    """A first guess of a pose."""

    lat_deg: Mapped[float | None]
    lon_deg: Mapped[float | None]
    height_m: Mapped[float | None]
    horizontal_sigma_m: Mapped[Measured]
    vertical_sigma_m: Mapped[Measured]
    position_source: Mapped[str]
    heading_deg: Mapped[float | None]
    heading_sigma_deg: Mapped[Measured]
    heading_source: Mapped[str]
    pitch_deg: Mapped[Measured]
    roll_deg: Mapped[Measured]
    tilt_sigma_deg: Mapped[Measured]
    tilt_source: Mapped[str]
    scale_sigma_rel: Mapped[Measured]


class PriorRow(PriorColumns, Base):
    """The first guess of a photo's pose, by its own tags."""

    __tablename__ = "priors"

    photo_id: Mapped[PhotoKey]


class ReviewRow(PriorColumns, Base):
    """What a photo's neighbours said about its tags in the last merge, and the first guess that was
    used. Only photos that they had something to say about have one."""

    __tablename__ = "reviews"

    photo_id: Mapped[PhotoKey]
    run_id: Mapped[RunRef]
    duplicate_of: Mapped[int | None] = mapped_column(
        Whole, ForeignKey("photos.id", ondelete="CASCADE"), index=True
    )
    flags: Mapped[str]
    """JSON array of words."""
    ledger: Mapped[str]
    """JSON array of ledger entries."""


class PairRow(Base):
    """The verdicts on a pair of photos under certain settings: why the two themselves do not fit,
    and what speaks against it in the area; each '' where nothing does."""

    __tablename__ = "pair_registrations"
    __table_args__ = (
        UniqueConstraint("photo_a", "photo_b", "settings_hash"),
        Index("ix_pair_registrations_verdict", "own_reason", "area_reason"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    photo_a: Mapped[PhotoRef]
    photo_b: Mapped[PhotoRef]
    settings_hash: Mapped[str] = mapped_column(index=True)
    own_reason: Mapped[str] = mapped_column(server_default="")
    area_reason: Mapped[str] = mapped_column(server_default="")
    method: Mapped[str]
    matches: Mapped[int]
    inliers: Mapped[int]
    rmse_px: Mapped[Measured]
    overlap: Mapped[Measured]
    in_front: Mapped[Measured]
    seconds: Mapped[Measured]
    frame_a: Mapped[str | None]
    frame_b: Mapped[str | None]
    a_from_b_scale: Mapped[float | None]
    a_from_b_rotation: Mapped[NDArray[Any] | None] = mapped_column(PackedArray)
    a_from_b_translation_m: Mapped[NDArray[Any] | None] = mapped_column(PackedArray)
    covariance: Mapped[NDArray[Any] | None] = mapped_column(PackedArray)
    inlier_index: Mapped[NDArray[Any]] = mapped_column(PackedArray)


class SiteRow(Base):
    """The origin of a local east-north-up frame that poses were solved in."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("lat_deg", "lon_deg", "height_m"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    lat_deg: Mapped[float]
    lon_deg: Mapped[float]
    height_m: Mapped[float]


class PoseRow(Base):
    """Where a photo ended up, or why it did not."""

    __tablename__ = "solved_poses"
    __table_args__ = (Index("ix_solved_poses_site", "site_id", "east_m", "run_id"),)

    photo_id: Mapped[PhotoKey]
    run_id: Mapped[RunRef]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    status: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[str | None]
    frame: Mapped[str | None]
    east_m: Mapped[float | None]
    north_m: Mapped[float | None]
    up_m: Mapped[float | None]
    enu_from_cam_rotation: Mapped[NDArray[Any] | None] = mapped_column(PackedArray)
    depth_scale: Mapped[Measured]
    scale_sigma_rel: Mapped[Measured]
    focal_px: Mapped[Measured]
    cx_px: Mapped[Measured]
    cy_px: Mapped[Measured]
    k1: Mapped[Measured]
    k2: Mapped[Measured]
    sigma_east_m: Mapped[Measured]
    sigma_north_m: Mapped[Measured]
    sigma_up_m: Mapped[Measured]
    rotation_sigma_x_deg: Mapped[Measured]
    rotation_sigma_y_deg: Mapped[Measured]
    rotation_sigma_z_deg: Mapped[Measured]
    covariance: Mapped[NDArray[Any] | None] = mapped_column(PackedArray)
    component: Mapped[int]
    pairs: Mapped[int]
    gps_residual_east_m: Mapped[Measured]
    gps_residual_north_m: Mapped[Measured]
    gps_residual_up_m: Mapped[Measured]
    heading_residual_deg: Mapped[Measured]
    solved_among: Mapped[int] = mapped_column(server_default="0")
    tags_hash: Mapped[str] = mapped_column(server_default="")


class CalibrationRow(Base):
    """What some photos told of the camera that took them."""

    __tablename__ = "calibrations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[RowId]
    camera_key: Mapped[str] = mapped_column(index=True)
    run_id: Mapped[RunRef]
    lens: Mapped[NDArray[Any]] = mapped_column(PackedArray)
    covariance: Mapped[NDArray[Any]] = mapped_column(PackedArray)
    focal_spread_rel: Mapped[Measured]
    image_sigma_px: Mapped[Measured]
    width_px: Mapped[int]
    height_px: Mapped[int]
    tag_focal_px: Mapped[float]
    photo_ids: Mapped[str]
    """JSON array, sorted."""


class ControlPointRow(Base):
    """A surveyed point, where photos show it, and how the last merge agrees with it."""

    __tablename__ = "control_points"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(index=True)
    lat_deg: Mapped[float]
    lon_deg: Mapped[float]
    height_m: Mapped[float]
    horizontal_sigma_m: Mapped[float]
    vertical_sigma_m: Mapped[float]
    role: Mapped[str]
    source: Mapped[str]
    raw: Mapped[str]
    problem: Mapped[str]
    covariance: Mapped[str | None]
    """JSON array of six numbers (m²), where it is not what the sigmas say."""
    marks: Mapped[str]
    """JSON array of [image, u_px, v_px, sigma_px]."""
    changed_at: Mapped[datetime]
    photos: Mapped[int]
    east_m: Mapped[Measured]
    north_m: Mapped[Measured]
    up_m: Mapped[Measured]
    rms_px: Mapped[Measured]
    used: Mapped[bool | None]
    """NULL before the first merge with it."""
    remark: Mapped[str]


class FootprintRow(Base):
    """What a photo sees on the ground: camera and far corners of its view, for people and QGIS."""

    __tablename__ = "footprints"
    __table_args__ = (
        Index("ix_footprints_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    photo_id: Mapped[PhotoKey]
    status: Mapped[str]
    geom: Mapped[bytes | None] = mapped_column(Geometry("MULTIPOLYGON"))


class RefinedDepthRow(Base):
    """Where a photo's refined depth lies."""

    __tablename__ = "refined_depths"

    photo_id: Mapped[PhotoKey]
    path: Mapped[Path]
    content_hash: Mapped[str]
    inputs_hash: Mapped[str]
    standing_hash: Mapped[str]


class PhotoCloudRow(Base):
    """What a photo gives to the tiles, kept from merge to merge."""

    __tablename__ = "photo_clouds"

    photo_id: Mapped[PhotoKey]
    inputs_hash: Mapped[str]
    depth_hash: Mapped[str]
    samples: Mapped[NDArray[Any]] = mapped_column(PackedArray)
    parts: Mapped[str]
    """JSON object: tile key -> hash of the points there."""
    ratios: Mapped[str]
    """JSON array of [photo_a, photo_b, red, green, blue, points]."""
    gain: Mapped[str | None]
    """JSON array of red, green, blue."""


class TileRow(Base):
    """A tile; path is the first of its files."""

    __tablename__ = "tiles"
    __table_args__ = (
        Index("ix_tiles_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
        Index("ix_tiles_points", "points", "stale"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    key: Mapped[str] = mapped_column(unique=True)
    epsg: Mapped[int]
    east_m: Mapped[int]
    north_m: Mapped[int]
    path: Mapped[Path]
    inputs_hash: Mapped[str]
    points: Mapped[int]
    min_x_m: Mapped[float]
    min_y_m: Mapped[float]
    min_z_m: Mapped[float]
    max_x_m: Mapped[float]
    max_y_m: Mapped[float]
    max_z_m: Mapped[float]
    stale: Mapped[bool]
    run_id: Mapped[RunRef]
    written_at: Mapped[datetime]
    geom: Mapped[bytes | None] = mapped_column(Geometry("MULTIPOLYGON"))


class TileFileRow(Base):
    """A file of a tile."""

    __tablename__ = "tile_files"
    __table_args__ = (UniqueConstraint("tile_id", "format"), {"sqlite_autoincrement": True})

    id: Mapped[RowId]
    tile_id: Mapped[int] = mapped_column(Whole, ForeignKey("tiles.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    format: Mapped[str]
    path: Mapped[Path]
    content_hash: Mapped[str]


class TilePhotoRow(Base):
    """Which photos a tile is made of."""

    __tablename__ = "tile_photos"

    tile_id: Mapped[int] = mapped_column(
        ForeignKey("tiles.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class FailureRow(Base):
    """A photo that could not be used, and why: the latest for each file and stage."""

    __tablename__ = "failures"
    __table_args__ = (UniqueConstraint("path", "stage"), {"sqlite_autoincrement": True})

    id: Mapped[RowId]
    path: Mapped[Path]
    content_hash: Mapped[str] = mapped_column(index=True)
    stage: Mapped[str]
    reason: Mapped[str]
    failed_at: Mapped[datetime]


class LeaseRow(Base):
    """A part of the map that a command is changing; NULL bounds are the whole."""

    __tablename__ = "leases"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[RowId]
    token: Mapped[str] = mapped_column(unique=True)
    west_deg: Mapped[float | None]
    south_deg: Mapped[float | None]
    east_deg: Mapped[float | None]
    north_deg: Mapped[float | None]
    nowhere: Mapped[bool]
    renewed_at: Mapped[datetime]


class RunRow(Base):
    """A command that wrote to the map."""

    __tablename__ = "runs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[RowId]
    command: Mapped[str]
    settings_json: Mapped[str]
    version: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    solve_version: Mapped[int | None]
