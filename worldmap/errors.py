"""The errors a person or a program can meet.

Code that finds a problem raises one of these: what it is about (`path`), what is wrong (`reason`)
and what to do (`hint`), which make one line together. Each is also the error of Python's own that a
caller would expect. Only `cli/` turns them into an exit.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path


class WorldmapError(Exception):
    """Base of everything that worldmap reports as one line instead of a traceback.

    path: the file or folder that it is about; text where that is a database; None where the
    reason says all. reason: what is wrong, to be read after the path where there is one ("is empty
    (0 bytes)"). hint: what to do about it; '' where there is nothing to say.
    """

    path: Path | str | None
    reason: str
    hint: str

    def __init__(
        self, reason: str, *, path: PathLike[str] | str | None = None, hint: str = ""
    ) -> None:
        super().__init__(reason)
        self.path = Path(path) if isinstance(path, PathLike) else path
        self.reason = reason
        self.hint = hint

    @property
    def complaint(self) -> str:
        """The line without the path, to stand beside it."""
        return _one_line("; ".join(part for part in (self.reason, self.hint) if part))

    def __str__(self) -> str:
        return self.complaint if self.path is None else _one_line(f"{self.path} {self.complaint}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


class UsageError(WorldmapError, ValueError):
    """An argument that does not mean anything."""


class AreaError(UsageError):
    """An area that cannot be understood or read."""


class CrsError(UsageError):
    """A coordinate reference system that is unknown or does not fit, or no exact way into it."""


class FormatError(UsageError):
    """A format or a file name's suffix that is not written here."""


class TableError(UsageError):
    """A table of positions that cannot be read or is none."""


class TrackError(UsageError):
    """A GPX track that cannot be read, is none or has no times."""


class ExtraError(UsageError):
    """Something asked for needs an extra of worldmap that is not installed."""


class LicenceError(UsageError):
    """Something that may not be passed on: the licences of its photos do not go together."""


class InputError(WorldmapError, LookupError):
    """The input as a whole is missing or empty: no photo in a folder."""


class MissingPathError(InputError, FileNotFoundError):
    """A file or folder that is not there."""


class ArchiveError(InputError, OSError):
    """An archive of photos on the network that cannot be reached, or refuses."""


class ClusterError(InputError, OSError):
    """A cluster that cannot be reached, or whose machines are not as they must be."""


class UnknownPhotoError(InputError):
    """No photo of that name in the map."""


class EmptyAreaError(InputError):
    """An area of the map with nothing of what was asked for."""


class DepthlessAreaError(EmptyAreaError):
    """An area of photos that have no depth, and found none in each other."""


class PhotoError(WorldmapError, ValueError):
    """One photo (or its sidecar) cannot be used. Recorded as its failure; never stops a run."""


class DepthError(PhotoError):
    """A photo has no depth that can be used."""


class NoDepthYetError(DepthError):
    """A photo for which there is neither measured depth nor a network: it can be kept without."""


class StorageError(WorldmapError, OSError):
    """The map folder cannot be written or read: read-only, disk full, a stored file is damaged."""


class MissingFileError(StorageError, FileNotFoundError):
    """A file that is in no store of that name any more."""


class DiskFullError(StorageError):
    """No room for a file. needs_bytes: what it takes at least, None where nobody can tell;
    free_bytes: what its disk had left after the attempt was taken back."""

    needs_bytes: int | None
    free_bytes: int

    def __init__(
        self,
        reason: str,
        *,
        path: PathLike[str] | str | None = None,
        hint: str = "",
        needs_bytes: int | None = None,
        free_bytes: int = 0,
    ) -> None:
        super().__init__(reason, path=path, hint=hint)
        self.needs_bytes = needs_bytes
        self.free_bytes = free_bytes


class CatalogError(WorldmapError):
    """The catalog cannot be used: it is not a worldmap catalog, damaged or out of reach."""


class MapNotFoundError(CatalogError, FileNotFoundError):
    """A folder that holds no map."""


class CatalogVersionError(CatalogError):
    """The catalog was written by another version of worldmap."""


class CatalogLockedError(CatalogError):
    """The catalog is in use by another command or program."""


class ConfigError(WorldmapError, ValueError):
    """A configuration file that cannot be read or has unknown or invalid settings."""


class ModelError(WorldmapError):
    """A depth model is not available: weights missing or incomplete, an extra not installed."""


class FrameError(ValueError):
    """Two frames were composed that do not meet. A bug in the caller, so not a WorldmapError."""
