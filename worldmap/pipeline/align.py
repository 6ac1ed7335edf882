"""A map laid onto what is known of a place."""

from __future__ import annotations

from pathlib import Path

from worldmap.area import Area
from worldmap.config import Settings
from worldmap.mapfolder import MapFolder
from worldmap.stages.align import Alignment, aligned


def align_to(
    map_dir: Path,
    reference: Path,
    area: Area,
    settings: Settings,
    *,
    epsg: int | None = None,
    vertical: str | None = None,
    sigma_m: float | None = None,
) -> Alignment:
    """Lay the area's largest group of photos onto a LAS, LAZ or COPC file, a GeoTIFF of heights, or
    outlines of buildings (GeoJSON, GeoPackage), and keep that as surveyed points, which every merge
    from now on holds the map to (`worldmap gcp` lists them).

    epsg, vertical: the reference's, where its file does not say them or says them wrong; sigma_m:
    how far it may be off. InputError where there is nothing to align, or no one answer: two places
    as good, or too little in common. CrsError where the reference's CRS is unknown.
    """
    with MapFolder.open(map_dir) as folder:
        found, points = aligned(
            folder, area, reference, epsg=epsg, vertical=vertical, sigma_m=sigma_m
        )
        with folder.run("align", settings) as run:
            folder.catalog.put_control(points)
            run.outcome = f"held by {found.points} points"
    return found
