"""Photos of public archives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePhoto:
    """A photo as a public archive describes it; missing things are None or ''.

    source and photo_id name it for good; page is where people see it, addresses where its file is,
    the best first: they may expire, so nothing keeps them. licence as the archive tells it.
    Angles as in `Heading` and `Tilt`, of the middle of the picture. projection: "perspective",
    "equirectangular" or "fisheye". size_bytes and sha1 are of the file, where they are told.
    described: fields of the archive's own that a reader of photos knows.
    """

    source: str
    photo_id: str
    page: str
    addresses: tuple[str, ...]
    licence: str
    author: str = ""
    attribution: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None
    height_m: float | None = None
    horizontal_sigma_m: float | None = None
    heading_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    captured_at: datetime | None = None
    projection: str = ""
    field_of_view_deg: float | None = None
    make: str = ""
    model: str = ""
    width_px: int | None = None
    height_px: int | None = None
    size_bytes: int | None = None
    sha1: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Which photo of the world it is."""
        return f"{self.source}:{self.photo_id}"


SIDECAR_SUFFIX = ".source.json"
"""What the file beside a fetched photo is called, after the photo's whole name."""
