"""The tables of a catalog, without geometry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog.columns import FilePath, PackedArray, Real, Utc, Whole, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "failures",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.Column("stage", Words(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("failed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failures")),
        sa.UniqueConstraint("path", "stage", name=op.f("uq_failures_path_stage")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_failures_content_hash"), "failures", ["content_hash"], unique=False)
    op.create_table(
        "photos",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("settings_hash", Words(), nullable=False),
        sa.Column("ingested_at", Utc(), nullable=False),
        sa.Column("status", Words(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("height_m", Real(), nullable=True),
        sa.Column("heading_deg", Real(), nullable=True),
        sa.Column("position_sigma_m", Real(), nullable=True),
        sa.Column("width_px", Whole(), nullable=False),
        sa.Column("height_px", Whole(), nullable=False),
        sa.Column("orientation", Whole(), nullable=False),
        sa.Column("captured_at", Words(), nullable=True),
        sa.Column("make", Words(), nullable=True),
        sa.Column("model", Words(), nullable=True),
        sa.Column("artist", Words(), nullable=True),
        sa.Column("copyright", Words(), nullable=True),
        sa.Column("licence", Words(), nullable=True),
        sa.Column("perceptual_hash", Words(), nullable=True),
        sa.Column("flags", Words(), nullable=False),
        sa.Column("tag_lat_deg", Real(), nullable=True),
        sa.Column("tag_lon_deg", Real(), nullable=True),
        sa.Column("tag_height_m", Real(), nullable=True),
        sa.Column("tag_height_datum", Words(), nullable=True),
        sa.Column("tag_horizontal_sigma_m", Real(), nullable=True),
        sa.Column("tag_vertical_sigma_m", Real(), nullable=True),
        sa.Column("tag_position_source", Words(), nullable=True),
        sa.Column("tag_heading_deg", Real(), nullable=True),
        sa.Column("tag_heading_sigma_deg", Real(), nullable=True),
        sa.Column("tag_heading_source", Words(), nullable=True),
        sa.Column("tag_pitch_deg", Real(), nullable=True),
        sa.Column("tag_roll_deg", Real(), nullable=True),
        sa.Column("tag_tilt_sigma_deg", Real(), nullable=True),
        sa.Column("tag_tilt_source", Words(), nullable=True),
        sa.Column("tag_focal_px", Real(), nullable=True),
        sa.Column("tag_focal_sigma_rel", Real(), nullable=True),
        sa.Column("tag_focal_source", Words(), nullable=True),
        sa.Column("tag_distortion", Words(), nullable=True),
        sa.Column("camera_width_px", Whole(), nullable=False),
        sa.Column("camera_height_px", Whole(), nullable=False),
        sa.Column("camera_fx_px", Real(), nullable=False),
        sa.Column("camera_fy_px", Real(), nullable=False),
        sa.Column("camera_cx_px", Real(), nullable=False),
        sa.Column("camera_cy_px", Real(), nullable=False),
        sa.Column("camera_distortion", Words(), nullable=False),
        sa.Column("lat_deg", Real(), nullable=True),
        sa.Column("lon_deg", Real(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_photos_content_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("command", Words(), nullable=False),
        sa.Column("settings_json", Words(), nullable=False),
        sa.Column("version", Words(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.Column("outcome", Words(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sites",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("lat_deg", Real(), nullable=False),
        sa.Column("lon_deg", Real(), nullable=False),
        sa.Column("height_m", Real(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint(
            "lat_deg", "lon_deg", "height_m", name=op.f("uq_sites_lat_deg_lon_deg_height_m")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "depth_maps",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.Column("width_px", Whole(), nullable=False),
        sa.Column("height_px", Whole(), nullable=False),
        sa.Column("focal_px", Real(), nullable=False),
        sa.Column("focal_sigma_rel", Real(), nullable=False),
        sa.Column("focal_source", Words(), nullable=False),
        sa.Column("predicted_focal_px", Real(), nullable=True),
        sa.Column("predicted_focal_sigma_rel", Real(), nullable=True),
        sa.Column("predicted_focal_source", Words(), nullable=True),
        sa.Column("scale_sigma_rel", Real(), nullable=False),
        sa.Column("far_depth_m", Real(), nullable=True),
        sa.Column("model_name", Words(), nullable=False),
        sa.Column("model_weights_hash", Words(), nullable=False),
        sa.Column("model_licence", Words(), nullable=False),
        sa.Column("flags", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_depth_maps_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_depth_maps")),
    )
    op.create_table(
        "features",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_features_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_features")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("ordinal", Whole(), nullable=False),
        sa.Column("quantity", Words(), nullable=False),
        sa.Column("value", Words(), nullable=False),
        sa.Column("sigma", Words(), nullable=False),
        sa.Column("source", Words(), nullable=False),
        sa.Column("raw", Words(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_ledger_entries_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_ledger_entries_photo_id"), "ledger_entries", ["photo_id"], unique=False
    )
    op.create_table(
        "pair_registrations",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("photo_a", Whole(), nullable=False),
        sa.Column("photo_b", Whole(), nullable=False),
        sa.Column("settings_hash", Words(), nullable=False),
        sa.Column("status", Words(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("method", Words(), nullable=False),
        sa.Column("matches", Whole(), nullable=False),
        sa.Column("inliers", Whole(), nullable=False),
        sa.Column("rmse_px", Real(), nullable=True),
        sa.Column("overlap", Real(), nullable=True),
        sa.Column("in_front", Real(), nullable=True),
        sa.Column("seconds", Real(), nullable=True),
        sa.Column("frame_a", Words(), nullable=True),
        sa.Column("frame_b", Words(), nullable=True),
        sa.Column("a_from_b_scale", Real(), nullable=True),
        sa.Column("a_from_b_rotation", PackedArray(), nullable=True),
        sa.Column("a_from_b_translation_m", PackedArray(), nullable=True),
        sa.Column("covariance", PackedArray(), nullable=True),
        sa.Column("inlier_index", PackedArray(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_a"],
            ["photos.id"],
            name=op.f("fk_pair_registrations_photo_a_photos"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_b"],
            ["photos.id"],
            name=op.f("fk_pair_registrations_photo_b_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_registrations")),
        sa.UniqueConstraint(
            "photo_a",
            "photo_b",
            "settings_hash",
            name=op.f("uq_pair_registrations_photo_a_photo_b_settings_hash"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_pair_registrations_photo_a"), "pair_registrations", ["photo_a"], unique=False
    )
    op.create_index(
        op.f("ix_pair_registrations_photo_b"), "pair_registrations", ["photo_b"], unique=False
    )
    op.create_index(
        op.f("ix_pair_registrations_settings_hash"),
        "pair_registrations",
        ["settings_hash"],
        unique=False,
    )
    op.create_table(
        "priors",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("lat_deg", Real(), nullable=True),
        sa.Column("lon_deg", Real(), nullable=True),
        sa.Column("height_m", Real(), nullable=True),
        sa.Column("horizontal_sigma_m", Real(), nullable=True),
        sa.Column("vertical_sigma_m", Real(), nullable=True),
        sa.Column("position_source", Words(), nullable=False),
        sa.Column("heading_deg", Real(), nullable=True),
        sa.Column("heading_sigma_deg", Real(), nullable=True),
        sa.Column("heading_source", Words(), nullable=False),
        sa.Column("pitch_deg", Real(), nullable=True),
        sa.Column("roll_deg", Real(), nullable=True),
        sa.Column("tilt_sigma_deg", Real(), nullable=True),
        sa.Column("tilt_source", Words(), nullable=False),
        sa.Column("scale_sigma_rel", Real(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_priors_photo_id_photos"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_priors")),
    )
    op.create_table(
        "solved_poses",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("run_id", Whole(), nullable=False),
        sa.Column("site_id", Whole(), nullable=False),
        sa.Column("status", Words(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("frame", Words(), nullable=True),
        sa.Column("east_m", Real(), nullable=True),
        sa.Column("north_m", Real(), nullable=True),
        sa.Column("up_m", Real(), nullable=True),
        sa.Column("enu_from_cam_rotation", PackedArray(), nullable=True),
        sa.Column("depth_scale", Real(), nullable=True),
        sa.Column("scale_sigma_rel", Real(), nullable=True),
        sa.Column("focal_px", Real(), nullable=True),
        sa.Column("sigma_east_m", Real(), nullable=True),
        sa.Column("sigma_north_m", Real(), nullable=True),
        sa.Column("sigma_up_m", Real(), nullable=True),
        sa.Column("rotation_sigma_x_deg", Real(), nullable=True),
        sa.Column("rotation_sigma_y_deg", Real(), nullable=True),
        sa.Column("rotation_sigma_z_deg", Real(), nullable=True),
        sa.Column("component", Whole(), nullable=False),
        sa.Column("pairs", Whole(), nullable=False),
        sa.Column("gps_residual_east_m", Real(), nullable=True),
        sa.Column("gps_residual_north_m", Real(), nullable=True),
        sa.Column("gps_residual_up_m", Real(), nullable=True),
        sa.Column("heading_residual_deg", Real(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_solved_poses_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_solved_poses_run_id_runs")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_solved_poses_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_solved_poses")),
    )
    op.create_table(
        "tiles",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("epsg", Whole(), nullable=False),
        sa.Column("east_m", Whole(), nullable=False),
        sa.Column("north_m", Whole(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.Column("points", Whole(), nullable=False),
        sa.Column("min_x_m", Real(), nullable=False),
        sa.Column("min_y_m", Real(), nullable=False),
        sa.Column("min_z_m", Real(), nullable=False),
        sa.Column("max_x_m", Real(), nullable=False),
        sa.Column("max_y_m", Real(), nullable=False),
        sa.Column("max_z_m", Real(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("run_id", Whole(), nullable=False),
        sa.Column("written_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_tiles_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiles")),
        sa.UniqueConstraint("key", name=op.f("uq_tiles_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tile_photos",
        sa.Column("tile_id", Whole(), nullable=False),
        sa.Column("photo_id", Whole(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_tile_photos_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tile_id"], ["tiles.id"], name=op.f("fk_tile_photos_tile_id_tiles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tile_id", "photo_id", name=op.f("pk_tile_photos")),
    )
    op.create_index(op.f("ix_tile_photos_photo_id"), "tile_photos", ["photo_id"], unique=False)
