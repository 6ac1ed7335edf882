"""A map in a bucket, as this machine has it: a folder with what belongs to the map besides the
files that rows name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from worldmap.mapfolder.layout import LOCAL_NAME, SETTINGS_NAME
from worldmap.store import BucketAddress

HERE_ALONE: Final = (LOCAL_NAME, "views", "copies")
"""Folders of the map on this machine that are not in the bucket."""
_KNOCK_S: Final = 10.0
"""How long a bucket is waited for that was not heard of yet: a wrong address shows at once."""


def map_folder(path: Path) -> Path:
    """The folder of the map that `path` names: `path` itself, or, of one in a bucket
    (`s3://bucket/map`), the folder in which this machine works on it, brought up to date.

    UsageError where it names no map, or what reaches buckets is not installed; StorageError where
    the bucket cannot be reached.
    """
    address = BucketAddress.named(path)
    if address is None:
        return path
    brought_here(address)
    return address.folder


def brought_here(address: BucketAddress) -> None:
    """Bring what is `shared` besides files that rows name to this machine, as it is now."""
    from worldmap.artifact import write_file
    from worldmap.mapfolder.given import POSES
    from worldmap.mapfolder.optout import NAME as OPTED_OUT
    from worldmap.rights import NAME as ATTRIBUTION
    from worldmap.store import BucketStore

    store = BucketStore(address, _KNOCK_S)
    for name in (SETTINGS_NAME, OPTED_OUT, POSES, ATTRIBUTION):
        path = address.folder / name
        if store.size_of(name) is None:
            path.unlink(missing_ok=True)
            continue
        content = store.get(name)
        if not path.is_file() or path.read_bytes() != content:
            write_file(path, content)
