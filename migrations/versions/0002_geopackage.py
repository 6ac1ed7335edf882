"""The catalog becomes a GeoPackage: points, footprints and tile outlines instead of lat and lon."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from worldmap.camera import Camera
from worldmap.catalog import geopackage
from worldmap.catalog.columns import Whole, Words
from worldmap.catalog.footprint import tile_outline, view_outline
from worldmap.catalog.geometry import Geometry, point
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site
from worldmap.records import TileKey

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LAYERS = {
    "photos": ("POINT", "Photos at their best known position"),
    "footprints": ("MULTIPOLYGON", "What the photos see on the ground"),
    "tiles": ("MULTIPOLYGON", "Point cloud tiles"),
}
_ATTRIBUTES = {
    "ledger_entries": "What the tags of the photos say, used or not",
    "depth_maps": "Depth maps and what made them",
    "features": "Local features of the photos",
    "priors": "First guesses of the poses, from tags",
    "pair_registrations": "Pairs of photos: the verdict and its evidence",
    "sites": "Origins of the local frames that poses are in",
    "solved_poses": "Where photos ended up, or why they did not",
    "failures": "Photos that could not be used, and why",
    "runs": "Commands that wrote to the map",
}


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
    op.add_column("photos", sa.Column("geom", Geometry("POINT"), nullable=True))
    op.add_column("tiles", sa.Column("geom", Geometry("MULTIPOLYGON"), nullable=True))
    op.create_table(
        "footprints",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("status", Words(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON"), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_footprints_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_footprints")),
    )
    _fill_photos(connection)
    _fill_tiles(connection)
    with op.batch_alter_table("photos", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("lat_deg")
        batch.drop_column("lon_deg")
    if sqlite:
        geopackage.create_metadata(connection)
        for table, (kind, description) in _LAYERS.items():
            geopackage.register_features(connection, table, kind, description)
            geopackage.add_style(connection, table)
        for table, description in _ATTRIBUTES.items():
            geopackage.register_attributes(connection, table, description)
    else:
        for table in _LAYERS:
            op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")


def _fill_photos(connection: sa.Connection) -> None:
    geom = sa.bindparam("geom", type_=Geometry("POINT"))
    outline = sa.bindparam("outline", type_=Geometry("MULTIPOLYGON"))
    put_point = sa.text("UPDATE photos SET geom = :geom WHERE id = :id").bindparams(geom)
    put_view = sa.text(
        "INSERT INTO footprints (photo_id, status, geom) VALUES (:id, :status, :outline)"
    ).bindparams(outline)
    rows = connection.execute(
        sa.text(
            "SELECT photos.*, priors.pitch_deg, priors.roll_deg, depth_maps.far_depth_m"
            " FROM photos JOIN priors ON priors.photo_id = photos.id"
            " JOIN depth_maps ON depth_maps.photo_id = photos.id"
            " WHERE photos.lat_deg IS NOT NULL AND photos.lon_deg IS NOT NULL"
        )
    )
    for row in rows.mappings().all():
        connection.execute(
            put_point, {"id": row["id"], "geom": point(row["lon_deg"], row["lat_deg"])}
        )
        if row["heading_deg"] is None:
            continue
        camera = Camera(
            width_px=row["camera_width_px"],
            height_px=row["camera_height_px"],
            fx_px=row["camera_fx_px"],
            fy_px=row["camera_fy_px"],
            cx_px=row["camera_cx_px"],
            cy_px=row["camera_cy_px"],
            distortion=tuple(json.loads(row["camera_distortion"])),
        )
        # Pitch and roll of a solved photo are in a packed array; its first guess is near enough
        # for an outline, which the next merge draws anew.
        rotation = enu_from_cam_rotation(
            row["heading_deg"], row["pitch_deg"] or 0.0, row["roll_deg"] or 0.0
        )
        at = Site(row["lat_deg"], row["lon_deg"], row["height_m"] or 0.0)
        far_depth_m = float("nan") if row["far_depth_m"] is None else row["far_depth_m"]
        wkb = view_outline(at, rotation, camera, far_depth_m)
        connection.execute(put_view, {"id": row["id"], "status": row["status"], "outline": wkb})


def _fill_tiles(connection: sa.Connection) -> None:
    geom = sa.bindparam("geom", type_=Geometry("MULTIPOLYGON"))
    put = sa.text("UPDATE tiles SET geom = :geom WHERE id = :id").bindparams(geom)
    rows = connection.execute(sa.text("SELECT id, epsg, east_m, north_m FROM tiles"))
    for row in rows.mappings().all():
        key = TileKey(epsg=row["epsg"], east_m=row["east_m"], north_m=row["north_m"])
        connection.execute(put, {"id": row["id"], "geom": tile_outline(key)})
