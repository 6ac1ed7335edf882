"""What is in a map, and where its photos are, as a picture."""

from __future__ import annotations

from pathlib import Path

from worldmap.errors import FormatError, InputError
from worldmap.mapfolder import Layout, status_of
from worldmap.records import Failure, MapStatus


def status(map_dir: Path) -> tuple[MapStatus, list[Failure]]:
    """The map in numbers, and the photos that could not be used.

    Raises CatalogError or StorageError where the map cannot be read.
    """
    return status_of(map_dir)


def plot_map(map_dir: Path, out: Path) -> int:
    """Draw the map's photos to `out` (.png, .svg or .pdf); returns how many there are.

    Raises UsageError for another suffix, InputError for a map without photos, CatalogError or
    StorageError where the map cannot be read or the picture not be written.
    """
    from worldmap.mapfolder import MapFolder
    from worldmap.report import PICTURE_SUFFIXES, draw_positions, plotted

    if out.suffix.lower() not in PICTURE_SUFFIXES:
        raise FormatError(
            "is no picture that can be drawn",
            path=out,
            hint=f"use one of {', '.join(PICTURE_SUFFIXES)}",
        )
    with MapFolder.open(map_dir) as folder:
        state = folder.state()
    photos, site = state.photos.values(), state.origin
    if not photos:
        raise InputError("has no photo to draw", path=map_dir, hint="ingest some first")
    drawn = [plotted(photo, state.poses, state.reviews, site) for photo in photos]
    placed = sum(photo.solved is not None for photo in drawn)
    draw_positions(
        out,
        drawn,
        title=f"{Layout(map_dir).title}: {len(photos)} photos, {placed} placed",
        origin=f"0, 0 is {site.lat_deg:.6f}°, {site.lon_deg:.6f}° (WGS84)",
    )
    return len(photos)
