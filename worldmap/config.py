"""Settings: a frozen tree with defaults; a YAML file overrides any part of it.

Each room has its own section. `stage_hash` is the part of a cache key that settings contribute:
work is redone when, and only when, a setting that its stage reads has changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from worldmap.errors import ConfigError


class Section(BaseModel):
    """A part of the settings: immutable, unknown keys refused, defaults validated too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def stage_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of this section's values in canonical JSON."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class PhotoSettings(Section):
    """Reading files: pixels and tags."""

    max_megapixels: float = 200.0
    """Larger images are refused before they are decoded (decompression bombs)."""


class DepthSettings(Section):
    """Metric depth and its cleaning."""


class PriorSettings(Section):
    """First guess of the pose."""


class RegistrationSettings(Section):
    """Features, pairs, ICP and the graph."""


class FuseSettings(Section):
    """Many clouds to one."""


class TileSettings(Section):
    """What is written."""


class Settings(Section):
    """Everything that can be set."""

    photo: PhotoSettings = PhotoSettings()
    depth: DepthSettings = DepthSettings()
    prior: PriorSettings = PriorSettings()
    registration: RegistrationSettings = RegistrationSettings()
    fuse: FuseSettings = FuseSettings()
    tiles: TileSettings = TileSettings()


def load_settings(path: Path | None) -> Settings:
    """The defaults, overridden by the YAML file at `path` where one is given.

    Raises ConfigError, in one line, where it cannot be read or holds an unknown or invalid setting.
    """
    if path is None:
        return Settings()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the settings file {path}: {error}") from error
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise ConfigError(f"{path} is not valid YAML: {detail}") from error
    if content is None:
        return Settings()
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "(top level)"
        raise ConfigError(f"{path}: setting {where}: {first['msg']}") from error
