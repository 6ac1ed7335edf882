"""What an archive of public photos told of one that was fetched: `NAME.source.json` beside it, as
`worldmap fetch` writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.input_file import json_at_most, json_number
from worldmap.photo.evidence import (
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    Quantity,
    TextEvidence,
    TiltEvidence,
    TimeEvidence,
    believable,
    unread,
)
from worldmap.photo.mapillary import mapillary_evidence
from worldmap.photo.texts import clean_text, parse_time
from worldmap.records import SIDECAR_SUFFIX, FocalSource, HeightDatum

_SIZE_LIMIT_BYTES = 1 << 20
_CUT_SIGMA_REL = 1e-5
_TEXTS = {
    "make": Quantity.MAKE,
    "model": Quantity.MODEL,
    "author": Quantity.ARTIST,
    "licence": Quantity.LICENCE,
    "attribution": Quantity.ATTRIBUTION,
    "page": Quantity.PAGE,
    "copyright": Quantity.COPYRIGHT,
    "rig": Quantity.RIG,
}


def archive_sidecar(photo_name: str, names: Mapping[str, str]) -> str | None:
    """The sidecar's name among a folder's `names` (casefolded name to name), None if none is."""
    return names.get(f"{photo_name}{SIDECAR_SUFFIX}".casefold())


def read_archive_sidecar(path: Path) -> tuple[dict[str, Any], str]:
    """What a sidecar says, {} where it is none, and why it cannot be read, else ''."""
    content, problem = json_at_most(path, _SIZE_LIMIT_BYTES)
    if problem:
        return {}, problem
    if not isinstance(content, dict) or "worldmap_source" not in content:
        return {}, "is not the sidecar of a fetched photo"
    return content, ""


def archive_evidence(
    path: Path, width_px: int, height_px: int, settings: PhotoSettings
) -> list[Evidence]:
    """Everything a sidecar says. A file that is broken gives one refused entry."""
    content, problem = read_archive_sidecar(path)
    if problem:
        return [unread(Origin.ARCHIVE, path.name, problem)]
    found = [
        *_place(content, settings),
        *_direction(content, settings),
        *_focal(content),
        *_texts(content),
        *_key(content),
    ]
    described = content.get("described")
    if isinstance(described, dict) and content.get("source") == "mapillary":
        found += mapillary_evidence(described, width_px, height_px, settings)
    return found


def _place(content: Mapping[str, Any], settings: PhotoSettings) -> list[Evidence]:
    found: list[Evidence] = []
    lat, lon = json_number(content.get("lat_deg")), json_number(content.get("lon_deg"))
    told_m = json_number(content.get("horizontal_sigma_m"))
    sigma_m = max(told_m, settings.gps_sigma_floor_m) if told_m > 0 else settings.gps_sigma_m
    if not (math.isnan(lat) and math.isnan(lon)):
        plain: Provenance = {
            "origin": Origin.ARCHIVE,
            "tag": "lat_deg, lon_deg",
            "raw": f"{lat!r} {lon!r}",
        }
        told = PositionEvidence(**plain, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m)
        found.append(believable(told))
    height_m = json_number(content.get("height_m"))
    if math.isfinite(height_m):
        datum = content.get("height_datum")
        found.append(
            HeightEvidence(
                origin=Origin.ARCHIVE,
                tag="height_m",
                raw=f"{height_m:g}",
                height_m=height_m,
                datum=HeightDatum(datum) if datum in set(HeightDatum) else HeightDatum.UNKNOWN,
                sigma_m=_sigma(content, "vertical_sigma_m", settings.altitude_sigma_m),
            )
        )
    return found


def _direction(content: Mapping[str, Any], settings: PhotoSettings) -> list[Evidence]:
    found: list[Evidence] = []
    heading = json_number(content.get("heading_deg"))
    if -360 <= heading <= 360:
        found.append(
            HeadingEvidence(
                origin=Origin.ARCHIVE,
                tag="heading_deg",
                raw=f"{heading:g}",
                heading_deg=heading % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=_sigma(content, "heading_sigma_deg", settings.compass_sigma_deg),
            )
        )
    pitch, roll = json_number(content.get("pitch_deg")), json_number(content.get("roll_deg"))
    if abs(pitch) <= 90:
        found.append(
            TiltEvidence(
                origin=Origin.ARCHIVE,
                tag="pitch_deg, roll_deg",
                raw=f"{pitch:g} {roll:g}",
                pitch_deg=pitch,
                roll_deg=roll if abs(roll) <= 180 else 0.0,
                sigma_deg=_sigma(content, "tilt_sigma_deg", settings.camera_tilt_sigma_deg),
            )
        )
    time = content.get("captured_at")
    moment = parse_time(time) if isinstance(time, str) else None
    if moment is not None:
        found.append(
            TimeEvidence(origin=Origin.ARCHIVE, tag="captured_at", raw=f"{time}"[:40], time=moment)
        )
    return found


def _texts(content: Mapping[str, Any]) -> list[Evidence]:
    found: list[Evidence] = []
    for name, quantity in _TEXTS.items():
        value = content.get(name)
        text = clean_text(value) if isinstance(value, str) else None
        if text is not None:
            found.append(
                TextEvidence(
                    origin=Origin.ARCHIVE, tag=name, raw=text[:120], quantity=quantity, text=text
                )
            )
    return found


def _focal(content: Mapping[str, Any]) -> list[Evidence]:
    """Of a view that was cut to measure."""
    focal_px = json_number(content.get("focal_px"))
    if not 1 <= focal_px <= 1e6:
        return []
    return [
        FocalEvidence(
            origin=Origin.ARCHIVE,
            tag="focal_px",
            raw=f"{focal_px:g}",
            focal_px=focal_px,
            sigma_rel=_sigma(content, "focal_sigma_rel", _CUT_SIGMA_REL),
            source=FocalSource.CALIBRATED,
        )
    ]


def _sigma(content: Mapping[str, Any], name: str, otherwise: float) -> float:
    told = json_number(content.get(name))
    return told if told > 0 else otherwise


def _key(content: Mapping[str, Any]) -> list[Evidence]:
    parts = [content.get(name) for name in ("source", "photo_id")]
    text = clean_text(":".join(part for part in parts if isinstance(part, str)))
    if text is None or ":" not in text:
        return []
    return [
        TextEvidence(
            origin=Origin.ARCHIVE,
            tag="source, photo_id",
            raw=text[:120],
            quantity=Quantity.ARCHIVED_AS,
            text=text,
        )
    ]
