"""The tiles as a STAC collection, one item each, with the pointcloud, projection and file
extensions (stacspec.org). The door to pystac."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from worldmap.errors import ExtraError
from worldmap.geodesy import geodetic_from_projected
from worldmap.records import Tile

if TYPE_CHECKING:
    import pystac

_MEDIA_TYPE: Final = {
    "las": "application/vnd.las",
    "laz": "application/vnd.laszip",
    "copc": "application/vnd.laszip+copc",
}
_SCHEMAS: Final = (
    ("X", 8, "floating"), ("Y", 8, "floating"), ("Z", 8, "floating"),
    ("Classification", 1, "unsigned"), ("GpsTime", 8, "floating"),
    ("Red", 2, "unsigned"), ("Green", 2, "unsigned"), ("Blue", 2, "unsigned"),
    ("photo_id", 4, "unsigned"), ("support", 1, "unsigned"), ("sigma_mm", 2, "unsigned"),
)  # fmt: skip
_SHA2_256: Final = "1220"
"""What multihash puts before a SHA-256: its code and its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StacTile:
    """A tile with what its row does not tell: where each of its files is (text: a URL) and its
    size, and when the first and last of its photos were taken (None = unknown)."""

    tile: Tile
    paths: tuple[Path | str, ...]
    since: datetime | None
    until: datetime | None
    sizes_bytes: tuple[int, ...]


def stac_files(
    entries: Sequence[StacTile],
    *,
    name: str,
    licence: str,
    side_m: float,
    out_dir: Path,
) -> dict[str, bytes]:
    """collection.json and items/*.json by name, for `out_dir`; tiles are referred to where they
    are. side_m: a tile's edge. UsageError where pystac is not installed."""
    try:
        import pystac
    except ImportError as error:
        raise ExtraError(
            "STAC needs another package", hint="pip install 'worldmap[stac]'"
        ) from error
    items = [_item(entry, side_m, out_dir / "items") for entry in entries]
    boxes = np.array([item.bbox for item in items])
    times = [t for entry in entries for t in (entry.since, entry.until) if t is not None]
    interval: list[datetime | None] = [min(times), max(times)] if times else [None, None]
    collection = pystac.Collection(
        id=name,
        description="Point cloud tiles made of photos by worldmap",
        extent=pystac.Extent(
            pystac.SpatialExtent([[*boxes[:, :3].min(axis=0).tolist(),
                                   *boxes[:, 3:].max(axis=0).tolist()]]),
            pystac.TemporalExtent([interval]),
        ),
        license=licence,
    )  # fmt: skip
    files = {}
    for item in items:
        path = f"items/{item.id}.json"
        collection.add_link(pystac.Link("item", f"./{path}", "application/geo+json"))
        for relation in ("collection", "parent", "root"):
            item.add_link(pystac.Link(relation, "../collection.json", "application/json"))
        item.collection_id = name
        files[path] = _json(item.to_dict(include_self_link=False, transform_hrefs=False))
    collection.add_link(pystac.Link("root", "./collection.json", "application/json"))
    files["collection.json"] = _json(
        collection.to_dict(include_self_link=False, transform_hrefs=False)
    )
    return files


def _item(entry: StacTile, side_m: float, folder: Path) -> pystac.Item:
    import pystac
    from pystac.extensions.file import FileExtension
    from pystac.extensions.pointcloud import PointcloudExtension, Schema, SchemaType
    from pystac.extensions.projection import ProjectionExtension

    tile = entry.tile
    outline, (west, south, east, north) = _outline(tile, side_m)
    low_m, high_m = tile.bounds_m[2], tile.bounds_m[5]
    times: dict[str, Any] = {"datetime": entry.since if entry.since == entry.until else None}
    if times["datetime"] is None:
        times["start_datetime"] = entry.since or datetime(1970, 1, 1, tzinfo=UTC)
        times["end_datetime"] = entry.until or datetime(9999, 12, 31, tzinfo=UTC)
    item = pystac.Item(
        id=str(tile.key),
        geometry=outline,
        bbox=[west, south, low_m, east, north, high_m],
        properties={},
        **times,
    )
    cloud = PointcloudExtension.ext(item, add_if_missing=True)
    cloud.apply(
        count=tile.points,
        type="eopc",
        encoding="LASzip",
        schemas=[Schema.create(n, size, SchemaType(kind)) for n, size, kind in _SCHEMAS],
        density=tile.points / _footprint_m2(tile),
    )
    projection = ProjectionExtension.ext(item, add_if_missing=True)
    projection.apply(code=f"EPSG:{tile.key.epsg}", bbox=[*tile.bounds_m])
    for file, path, size_bytes in zip(tile.files, entry.paths, entry.sizes_bytes, strict=True):
        href = path if isinstance(path, str) else _relative(path, folder)
        asset = pystac.Asset(href=href, media_type=_MEDIA_TYPE[file.format], roles=["data"])
        item.add_asset(file.format, asset)
        FileExtension.ext(asset, add_if_missing=True).apply(
            size=size_bytes, checksum=f"{_SHA2_256}{file.content_hash}"
        )
    return item


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()


def _footprint_m2(tile: Tile) -> float:
    min_x, min_y, _, max_x, max_y, _ = tile.bounds_m
    return max((max_x - min_x) * (max_y - min_y), 1.0)


def _outline(tile: Tile, side_m: float) -> tuple[dict[str, Any], tuple[float, float, float, float]]:
    """The tile's square as GeoJSON, and west, south, east, north."""
    east_m, north_m = tile.key.east_m, tile.key.north_m
    steps = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    corners = np.array([(east_m + side_m * e, north_m + side_m * n, 0.0) for e, n in steps])
    lat_deg, lon_deg, _ = geodetic_from_projected(corners, tile.key.epsg)
    ring = np.column_stack((lon_deg, lat_deg)).round(9).tolist()
    outline = {"type": "Polygon", "coordinates": [ring]}
    return outline, (min(p[0] for p in ring), min(p[1] for p in ring),
                     max(p[0] for p in ring), max(p[1] for p in ring))  # fmt: skip


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()
