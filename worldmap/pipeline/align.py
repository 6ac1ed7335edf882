"""A map laid onto a lidar survey."""

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
) -> Alignment:
    """Lay the area's largest group of photos onto a LAS, LAZ or COPC file and keep that as surveyed
    points, which every merge from now on holds the map to (`worldmap gcp` lists them).

    epsg, vertical: the reference's, where its file does not say them or says them wrong.
    InputError where there is nothing to align, or no one answer: two places as good, too little in
    common, a direction left open. CrsError where the reference's CRS is unknown.
    """
    with MapFolder.open(map_dir) as folder:
        found, points = aligned(folder, area, reference, epsg=epsg, vertical=vertical)
        with folder.run("align", settings) as run:
            folder.catalog.put_control(points)
            run.outcome = f"held by {found.points} points"
    return found
