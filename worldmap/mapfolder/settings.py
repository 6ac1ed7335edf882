"""The settings of a map: what it does not leave at the defaults, kept in its folder.

The file may come from anybody, like the catalog: it is read within limits, and what belongs to the
machine that a map is on, or would make a reader defenceless, is not taken from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worldmap.artifact import write_file
from worldmap.errors import ConfigError, StorageError
from worldmap.input_file import read_at_most
from worldmap.mapfolder.layout import Layout

if TYPE_CHECKING:
    from worldmap.config import NamedSettings, Settings

_LARGEST_BYTES: Final = 1 << 18
_HEADER: Final = (
    "# What this map does not leave at the defaults; `worldmap config` says what there is.\n"
)
# Where and how a machine works, not what comes out; and files of that machine.
_OF_THE_MACHINE: Final = (
    "fetch.",
    "ingest.",
    "depth.device",
    "depth.batch_size",
    "depth.compile",
    "depth.models_dir",
    "depth.depth_pro_apple_checkpoint",
)
# Limits against files that fill the memory: a map may raise them so far (8 and 4 GB of pixels).
_MOST: Final = {"photo.max_megapixels": 2000.0, "depth.max_megapixels": 500.0}


def map_settings(layout: Layout) -> NamedSettings:
    """What the map sets; nothing where it has no settings.

    ConfigError where the file holds an unknown or invalid setting or one that no map may set,
    StorageError where it cannot be read.
    """
    from worldmap.config import parse_told

    path = layout.settings()
    try:
        content = read_at_most(path, _LARGEST_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror or error}", path=path) from error
    told = parse_told(content, path)
    for name, value in told.items():
        if not may_keep(name, value):
            raise ConfigError(
                f"has setting {name}: no map may set it (to this value)",
                path=path,
                hint="give it by --config",
            )
    return told


def settings_over(layout: Layout, path: Path | None) -> Settings:
    """What the YAML file at `path` sets, where one is named, over what the map sets, over the
    defaults. ConfigError where it cannot be read, or as in `map_settings`."""
    from worldmap.config import load_told, settings_of

    named = {**map_settings(layout), **(load_told(path) if path else {})}
    return settings_of(named, path or layout.settings())


def may_keep(name: str, value: Any) -> bool:
    """Whether this may stand in a map's settings."""
    if any(name.startswith(part) for part in _OF_THE_MACHINE):
        return False
    return name not in _MOST or value <= _MOST[name]


def keep_settings(layout: Layout, told: NamedSettings) -> None:
    """Set these in the map besides what it sets already, safe against a crash.

    Errors as in `map_settings`; StorageError where the folder cannot be written.
    """
    import yaml

    from worldmap.config import settings_of, tree_of

    kept = {name: value for name, value in told.items() if may_keep(name, value)}
    before = map_settings(layout)
    after = {**before, **kept}
    if after == before:
        return
    path = layout.settings()
    settings_of(after, path)
    text = yaml.safe_dump(tree_of(after), sort_keys=True, allow_unicode=True)
    write_file(path, (_HEADER + text).encode())
    layout.share(path)
