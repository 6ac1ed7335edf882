"""Rows and records: what each becomes in the other. Records never hold a row."""

from worldmap.catalog.rows.control import control_of, control_row, set_control_result
from worldmap.catalog.rows.pairs import (
    pair_of,
    pair_row,
)
from worldmap.catalog.rows.photos import (
    Columns,
    camera_columns,
    camera_of,
    depth_map_info,
    depth_map_row,
    ingested_photo,
    ledger_rows,
    metadata_columns,
    prior_of,
    prior_row,
    review_of,
    review_row,
)
from worldmap.catalog.rows.poses import (
    calibration_of,
    calibration_row,
    pose_of,
    pose_row,
)
from worldmap.catalog.rows.runs import (
    now,
    run_of,
)
from worldmap.catalog.rows.tiles import (
    gain_of,
    photo_cloud_of,
    photo_cloud_row,
    ratios_of,
    refined_of,
    refined_row,
    tile_columns,
    tile_file_rows,
    tile_of,
)

__all__ = [
    "Columns",
    "calibration_of",
    "calibration_row",
    "camera_columns",
    "camera_of",
    "control_of",
    "control_row",
    "depth_map_info",
    "depth_map_row",
    "gain_of",
    "ingested_photo",
    "ledger_rows",
    "metadata_columns",
    "now",
    "pair_of",
    "pair_row",
    "photo_cloud_of",
    "photo_cloud_row",
    "pose_of",
    "pose_row",
    "prior_of",
    "prior_row",
    "ratios_of",
    "refined_of",
    "refined_row",
    "review_of",
    "review_row",
    "run_of",
    "set_control_result",
    "tile_columns",
    "tile_file_rows",
    "tile_of",
]
