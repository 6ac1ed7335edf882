"""Several files per tile; what tiles and photos' clouds were made of; deleted photos noticed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worldmap.catalog import geopackage
from worldmap.catalog.columns import FilePath, PackedArray, Whole, Words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FORMATS = ((".copc.laz", "copc"), (".laz", "laz"), (".las", "las"))


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    op.create_table(
        "tile_files",
        sa.Column("id", Whole(), nullable=False),
        sa.Column("tile_id", Whole(), nullable=False),
        sa.Column("ordinal", Whole(), nullable=False),
        sa.Column("format", Words(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("content_hash", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tile_id"], ["tiles.id"], name=op.f("fk_tile_files_tile_id_tiles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile_files")),
        sa.UniqueConstraint("tile_id", "format", name=op.f("uq_tile_files_tile_id_format")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "photo_clouds",
        sa.Column("photo_id", Whole(), nullable=False),
        sa.Column("inputs_hash", Words(), nullable=False),
        sa.Column("depth_hash", Words(), nullable=False),
        sa.Column("samples", PackedArray(), nullable=False),
        sa.Column("parts", Words(), nullable=False),
        sa.Column("ratios", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photos.id"],
            name=op.f("fk_photo_clouds_photo_id_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_clouds")),
    )
    _fill_files(connection)
    # The next merge makes each of them anew: nobody wrote down what they were made of.
    op.add_column("tiles", sa.Column("inputs_hash", Words(), nullable=False, server_default=""))
    op.drop_column("tiles", "content_hash")
    if sqlite:
        geopackage.register_attributes(connection, "tile_files", "The files of the tiles")
        geopackage.register_attributes(
            connection, "photo_clouds", "What the photos give to the tiles"
        )
    else:
        op.execute(
            "CREATE FUNCTION mark_tiles_of_photo() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN UPDATE tiles SET stale = true WHERE id IN"
            " (SELECT tile_id FROM tile_photos WHERE photo_id = OLD.id); RETURN OLD; END $$"
        )
        op.execute(
            "CREATE TRIGGER stale_tiles_of_photos BEFORE DELETE ON photos"
            " FOR EACH ROW EXECUTE FUNCTION mark_tiles_of_photo()"
        )


def _fill_files(connection: sa.Connection) -> None:
    put = sa.text(
        "INSERT INTO tile_files (tile_id, ordinal, format, path, content_hash)"
        " VALUES (:tile_id, 0, :format, :path, :content_hash)"
    )
    for row in connection.execute(sa.text("SELECT id, path, content_hash FROM tiles")).all():
        kind = next((name for suffix, name in _FORMATS if row.path.endswith(suffix)), "las")
        connection.execute(
            put,
            {
                "tile_id": row.id,
                "format": kind,
                "path": row.path,
                "content_hash": row.content_hash,
            },
        )
