"""A map in a bucket: how it is named, and where this machine works on it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, unquote

from worldmap.errors import UsageError

SCHEME: Final = "s3"
_HOME: Final = "WORLDMAP_CACHE"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def cache_home() -> Path:
    """Where this user's copies of what lies elsewhere are kept: `WORLDMAP_CACHE`, else by the
    habits of the system. RuntimeError where nobody knows a home."""
    if named := os.environ.get(_HOME):
        return Path(named).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base or Path("~/.cache").expanduser()).absolute() / "worldmap"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """`s3://bucket/prefix`."""

    bucket: str
    prefix: str

    @classmethod
    def named(cls, path: Path) -> Self | None:
        """What a path on the command line names that was written `s3://bucket/map`; None for any
        other. UsageError where it names no map."""
        parts = path.parts
        if not parts or parts[0] != f"{SCHEME}:":
            return None
        bucket, inside = "".join(parts[1:2]), parts[2:]
        if not _BUCKET.fullmatch(bucket) or not inside or ".." in inside:
            raise UsageError(
                f"{SCHEME}://{'/'.join(parts[1:])} names no map in a bucket",
                hint="it is s3://BUCKET/MAP",
            )
        return cls(bucket, "/".join(inside))

    @classmethod
    def of_folder(cls, root: Path) -> Self | None:
        """The address whose `folder` this is; None of any other folder. Only a folder of this
        user's cache is one, so that no map that came from somebody leads into a bucket."""
        try:
            inside = root.absolute().relative_to(cache_home() / SCHEME).parts
        except (ValueError, RuntimeError, OSError):  # no home, or a folder that is gone
            return None
        return cls(inside[0], unquote(inside[1])) if len(inside) == 2 else None

    @property
    def folder(self) -> Path:
        """The folder of this machine in which the map is worked on: copies of files, locks, maps of
        photos that could not be placed."""
        return cache_home() / SCHEME / self.bucket / quote(self.prefix, safe="")

    def __str__(self) -> str:
        return f"{SCHEME}://{self.bucket}/{self.prefix}"
