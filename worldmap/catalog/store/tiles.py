"""Tiles in the catalog."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import (
    Select,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Session

from worldmap.catalog import rows
from worldmap.catalog.footprint import tile_outline
from worldmap.catalog.geometry import Bounds
from worldmap.catalog.models import (
    PhotoCloudRow,
    PoseRow,
    RefinedDepthRow,
    TileFileRow,
    TilePhotoRow,
    TileRow,
)
from worldmap.catalog.store.base import Opened, boxes_of, chunks, is_in_some, parts_of
from worldmap.records import (
    ColourRatio,
    PhotoCloud,
    PhotoStatus,
    RefinedArtifact,
    Tile,
    TileKey,
)


class TileStore(Opened):
    """Tiles, what each photo gives them, and its refined depth."""

    def replace_tiles(
        self, run_id: int, tiles: Iterable[Tile], *, dropped: Iterable[TileKey] = ()
    ) -> None:
        """Keep these tiles in place of earlier ones of the same key, and forget those in `dropped`.

        The files are written before, and old ones removed after. CatalogError, and nothing changes,
        where a photo has left the map meanwhile.
        """
        written = {str(tile.key): tile for tile in tiles}
        gone = [str(key) for key in dropped]
        with self._write() as session:
            for keys in chunks(gone):
                session.execute(delete(TileRow).where(TileRow.key.in_(keys)))
            for keys in chunks(sorted(written)):
                known = {
                    row.key: row
                    for row in session.scalars(select(TileRow).where(TileRow.key.in_(keys)))
                }
                ids = [row.id for row in known.values()]
                for model in (TilePhotoRow, TileFileRow):
                    session.execute(delete(model).where(model.tile_id.in_(ids)))
                for key in keys:
                    tile = written[key]
                    columns = {
                        **rows.tile_columns(tile),
                        "run_id": run_id,
                        "written_at": rows.now(),
                        "geom": tile_outline(tile.key) if tile.points else None,
                    }
                    row = known.setdefault(key, TileRow())
                    for name, value in columns.items():
                        setattr(row, name, value)
                session.add_all(known.values())
                self._flush_of_photos(session)
                session.add_all(
                    TilePhotoRow(tile_id=known[key].id, photo_id=photo_id)
                    for key in keys
                    for photo_id in written[key].photo_ids
                )
                for key in keys:
                    session.add_all(rows.tile_file_rows(known[key].id, written[key]))
                self._flush_of_photos(session)
            self._update_extents(session, "tiles")

    def mark_stale(self, keys: Iterable[TileKey]) -> None:
        """Note that these tiles are about to be rewritten, or have to be: whatever stops that, the
        next merge sees to them."""
        names = sorted(str(key) for key in keys)
        if not names:
            return
        with self._write() as session:
            for part in chunks(names):
                session.execute(update(TileRow).where(TileRow.key.in_(part)).values(stale=True))

    def tiles(
        self,
        bbox: Bounds | None = None,
        *,
        keys: Iterable[TileKey] | None = None,
        only_stale: bool = False,
        empty: bool = False,
    ) -> list[Tile]:
        """Tiles by key, all or those that touch bbox (as in `photos`), or those of `keys`; `empty`:
        those without points too."""
        if keys is not None:
            found = [
                tile
                for part in chunks(sorted(map(str, keys)))
                for tile in self._tiles_where(
                    select(TileRow).where(TileRow.key.in_(part)),
                    None,
                    only_stale=only_stale,
                    empty=empty,
                )
            ]
            return sorted(found, key=lambda tile: tile.key)
        boxes = None if bbox is None else boxes_of(bbox)
        wanted = select(TileRow)
        if boxes is not None:
            wanted = wanted.where(self._near(TileRow, boxes))
        found = self._tiles_where(wanted, boxes, only_stale=only_stale, empty=empty)
        return sorted(found, key=lambda tile: tile.key)

    def _tiles_where(
        self,
        wanted: Select[TileRow],
        boxes: Sequence[Bounds] | None,
        *,
        only_stale: bool,
        empty: bool,
    ) -> list[Tile]:
        if not empty:
            wanted = wanted.where(TileRow.points > 0)
        if only_stale:
            wanted = wanted.where(TileRow.stale)
        with self._read() as session:
            found = [
                row
                for row in session.scalars(wanted)
                if boxes is None or is_in_some(row.geom, boxes, empty=False)
            ]
            members = defaultdict(list)
            files = defaultdict(list)
            ids = {row.id for row in found}
            for part in parts_of(select(TilePhotoRow), TilePhotoRow.tile_id, ids):
                for link in session.scalars(part):
                    members[link.tile_id].append(link.photo_id)
            for own in parts_of(select(TileFileRow), TileFileRow.tile_id, ids):
                for file in session.scalars(own):
                    files[file.tile_id].append(file)
            return [rows.tile_of(row, files[row.id], members[row.id]) for row in found]

    def tiles_of_photos(self, photo_ids: Collection[int]) -> list[TileKey]:
        """The tiles that any of these photos is a part of, by key."""
        found: set[TileKey] = set()
        wanted = (
            select(TileRow.epsg, TileRow.east_m, TileRow.north_m)
            .join(TilePhotoRow, TilePhotoRow.tile_id == TileRow.id)
            .distinct()
        )
        with self._read() as session:
            for part in parts_of(wanted, TilePhotoRow.photo_id, set(photo_ids)):
                for epsg, east_m, north_m in session.execute(part):
                    found.add(TileKey(epsg=epsg, east_m=east_m, north_m=north_m))
        return sorted(found)

    def replace_refined(
        self, found: Iterable[RefinedArtifact] = (), *, dropped: Iterable[int] = ()
    ) -> None:
        """Keep where these photos' refined depth lies, in place of what was known of them, and
        forget that of the photos in `dropped`.

        CatalogError, and nothing changes, where a photo has left the map meanwhile.
        """
        by_photo = {refined.photo_id: refined for refined in found}
        with self._write() as session:
            for part in chunks(sorted({*by_photo, *dropped})):
                session.execute(delete(RefinedDepthRow).where(RefinedDepthRow.photo_id.in_(part)))
            for part in chunks(sorted(by_photo)):
                session.add_all(rows.refined_row(by_photo[i]) for i in part)
                self._flush_of_photos(session)

    def refined(self, photo_ids: Collection[int] | None = None) -> dict[int, RefinedArtifact]:
        """Where photos' refined depth lies, by photo id, of all or of these."""
        members = None if photo_ids is None else set(photo_ids)
        wanted = select(RefinedDepthRow).order_by(RefinedDepthRow.photo_id)
        with self._read() as session:
            return {
                row.photo_id: rows.refined_of(row)
                for part in parts_of(wanted, RefinedDepthRow.photo_id, members)
                for row in session.scalars(part)
            }

    def record_photo_clouds(self, clouds: Iterable[PhotoCloud]) -> None:
        """Keep what photos give to the tiles, in place of what was known of them.

        CatalogError, and none is kept, where a photo has left the map meanwhile.
        """
        by_photo = {cloud.photo_id: cloud for cloud in clouds}
        with self._write() as session:
            for part in chunks(sorted(by_photo)):
                session.execute(delete(PhotoCloudRow).where(PhotoCloudRow.photo_id.in_(part)))
                session.add_all(rows.photo_cloud_row(by_photo[i]) for i in part)
                self._flush_of_photos(session)

    def photo_clouds(self, photo_ids: Collection[int] | None = None) -> dict[int, PhotoCloud]:
        """What is known of what photos give to the tiles, by photo id, of all or of these."""
        members = None if photo_ids is None else set(photo_ids)
        wanted = select(PhotoCloudRow).order_by(PhotoCloudRow.photo_id)
        with self._read() as session:
            return {
                row.photo_id: rows.photo_cloud_of(row)
                for part in parts_of(wanted, PhotoCloudRow.photo_id, members)
                for row in session.scalars(part)
            }

    def colour_ratios(
        self, photo_ids: Collection[int], statuses: Sequence[PhotoStatus]
    ) -> dict[int, tuple[tuple[ColourRatio, ...], tuple[float, float, float] | None]]:
        """The colours of these photos beside others', and their gains, by photo id, of those whose
        poses have one of these statuses."""
        wanted = (
            select(PhotoCloudRow.photo_id, PhotoCloudRow.ratios, PhotoCloudRow.gain)
            .join(PoseRow, PoseRow.photo_id == PhotoCloudRow.photo_id)
            .where(PoseRow.status.in_(statuses))
        )
        with self._read() as session:
            return {
                photo_id: (rows.ratios_of(ratios), rows.gain_of(gain))
                for part in parts_of(wanted, PhotoCloudRow.photo_id, set(photo_ids))
                for photo_id, ratios, gain in session.execute(part)
            }

    def record_gains(self, gains: Mapping[int, tuple[float, float, float]]) -> None:
        """Keep what photos' colours are multiplied by in the tiles, by photo id."""
        with self._write() as session:
            for photo_id, gain in sorted(gains.items()):
                session.execute(
                    update(PhotoCloudRow)
                    .where(PhotoCloudRow.photo_id == photo_id)
                    .values(gain=json.dumps(gain))
                )


def mark_tiles_stale(session: Session, photo_id: int) -> list[TileKey]:
    """Tiles that a photo is part of have to be made again."""
    made_of = select(TilePhotoRow.tile_id).where(TilePhotoRow.photo_id == photo_id)
    tiles = session.scalars(select(TileRow).where(TileRow.id.in_(made_of))).all()
    for tile in tiles:
        tile.stale = True
    return sorted(TileKey(epsg=t.epsg, east_m=t.east_m, north_m=t.north_m) for t in tiles)
