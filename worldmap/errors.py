"""The errors a person can meet, each with its exit code.

Code that finds a problem raises one of these with a single line that says what is wrong, with which
file, and what to do. Only `cli/` turns them into an exit.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `worldmap` command; README.md documents them."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    PARTIAL = 4
    STORAGE = 5
    CATALOG = 6
    CONFIG = 7
    MODEL = 8
    OFF = 9
    INTERRUPTED = 130


class WorldmapError(Exception):
    """Base of everything that worldmap reports as one line instead of a traceback."""

    exit_code = ExitCode.BUG


class UsageError(WorldmapError):
    """An argument that does not mean anything, such as an area that cannot be parsed."""

    exit_code = ExitCode.USAGE


class InputError(WorldmapError):
    """The input as a whole is missing or empty: a path that is not there, no photo in a folder."""

    exit_code = ExitCode.INPUT


class PhotoError(WorldmapError):
    """One photo (or its sidecar) cannot be used. Recorded as its failure; never stops a run."""

    exit_code = ExitCode.PARTIAL


class StorageError(WorldmapError):
    """The map folder cannot be written or read: read-only, disk full, a stored file is damaged."""

    exit_code = ExitCode.STORAGE


class CatalogError(WorldmapError):
    """The catalog is missing, of another version, locked, or not a worldmap catalog."""

    exit_code = ExitCode.CATALOG


class ConfigError(WorldmapError):
    """A configuration file that cannot be read or has unknown or invalid settings."""

    exit_code = ExitCode.CONFIG


class ModelError(WorldmapError):
    """A depth model is not available: weights missing or incomplete, an extra not installed."""

    exit_code = ExitCode.MODEL


class FrameError(ValueError):
    """Two frames were composed that do not meet. A bug in the caller, so not a WorldmapError."""
