"""What changed in a map between two times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worldmap.area import Area
from worldmap.artifact import remove_half_written
from worldmap.errors import FormatError
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.stages.changes import ChangeOptions, ChangesFound, find_changes

_KINDS = (".las", ".laz", ".tif", ".tiff")


def changes(
    map_dir: Path,
    area: Area,
    options: ChangeOptions,
    outs: Sequence[Path] = (),
    listener: Listener | None = None,
) -> ChangesFound:
    """What photos of one time agree on and photos of the other look straight through, of the placed
    photos of an area; written to `outs`, points (`.las`, `.laz`, `.copc.laz`) or a map (`.tif`).

    Raises InputError where either time has no placed photo there, UsageError where a package is
    missing, FormatError for another name, CatalogError or StorageError where the map cannot be
    read or a file not be written.
    """
    for out in outs:
        if out.suffix.lower() not in _KINDS:
            raise FormatError(
                "is no name for what changed", path=out, hint="it is written as .laz or .tif"
            )
        remove_half_written(out)
    with MapFolder.open(map_dir) as folder:
        return find_changes(folder, area, options, outs, listener or Silence())
