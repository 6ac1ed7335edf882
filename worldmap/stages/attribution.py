"""The text in a map's folder that says whose photos its tiles are made of."""

from __future__ import annotations

from worldmap.mapfolder import MapFolder
from worldmap.rights import NAME, write_map_attribution
from worldmap.stages.tiles import TileUpdate


def update_attribution(folder: MapFolder, update: TileUpdate, *, whole: bool) -> None:
    """Bring the text up to date with an update of tiles, of the `whole` map or of a part; where no
    photo tells anything there is none. StorageError where it cannot be written."""
    catalog, path = folder.catalog, folder.root / NAME
    if not catalog.has_rights():
        if path.exists():
            path.unlink()
            folder.layout.share(path)
        return
    photos = catalog.photos_by_id({i for tile in update.tiles for i in tile.photo_ids})
    write_map_attribution(
        path,
        update.tiles,
        {photo.photo_id: photo for photo in photos},
        licences=catalog.licence_counts(),
        dropped=update.dropped,
        whole=whole,
    )
    folder.layout.share(path)
