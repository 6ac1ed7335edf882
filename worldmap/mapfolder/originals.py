"""The one door to the files that a map's photos were read from.

They lie anywhere on the disk, so that the path in a row of somebody else's catalog may be that of
any picture there. What a command shows or copies of a photo's own file is asked for here.
"""

from __future__ import annotations

from pathlib import Path

from worldmap.errors import PhotoError
from worldmap.records import IngestedPhoto


class Originals:
    """Photos' own files, each given out only with the content that its row names by SHA-256: who
    wrote the row then had the file. Looked at once, and again when the file has changed."""

    def __init__(self) -> None:
        self._sound: dict[tuple[Path, str], tuple[int, ...]] = {}

    def file(self, photo: IngestedPhoto) -> Path:
        """Where the photo's file is. Raises PhotoError where it is gone, cannot be read or is
        another than the one that was ingested."""
        from worldmap.photo import content_hash

        path, expected = photo.metadata.path, photo.metadata.content_hash
        stamp = _stamp(path)
        if self._sound.get((path, expected)) != stamp:
            if content_hash(path) != expected:
                raise PhotoError(
                    "is not the file that was ingested (other content)",
                    path=path,
                    hint="ingest it again",
                )
            self._sound[path, expected] = stamp
        return path


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # a NUL in it
        reason = getattr(error, "strerror", None) or str(error)
        raise PhotoError(f"cannot be read: {reason}", path=path) from error
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
