"""Google Takeout's JSON beside photos.

The name of a sidecar is the photo's name, `.supplemental-metadata` in newer exports, clipped to 46
characters, then `(n)` for the n-th file of the same name, then `.json`. So the way goes from the
photo to the names that its sidecar may have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.input_file import json_at_most, json_number
from worldmap.photo.evidence import (
    Evidence,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    RefusedEvidence,
    TimeEvidence,
    believable,
    unread,
)
from worldmap.records import HeightDatum

_CLIP = 46
_MARK = ".supplemental-metadata"
_SIZE_LIMIT_BYTES = 1 << 20
# What Google Photos appends to the copy that its editor made, by the user's language.
_EDITED = re.compile(
    r"[-_ ](edited|edit|effects|bearbeitet|modifié|modifie|(ha )?editado|editada|modificato|"
    r"bewerkt|edytowane|redigerad|redigeret|redigert|muokattu|upraveno|szerkesztve|編集済み|편집됨)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\((\d+)\)$")


def sidecar_names(photo_name: str) -> Iterator[str]:
    """Names, best first, that the sidecar of a photo may have (compare them caselessly)."""
    path = Path(photo_name)
    stems = [path.stem]
    match = _NUMBERED.search(path.stem)
    plain, number = (path.stem[: match.start()], match[0]) if match else (path.stem, "")
    if _EDITED.search(plain):  # the edited copy has no sidecar of its own
        stems.append(_EDITED.sub("", plain) + number)
    for stem in stems:
        yield from _clipped(stem + path.suffix, "")  # a number that was in the name already
        match = _NUMBERED.search(stem)
        if match:
            yield from _clipped(stem[: match.start()] + path.suffix, match[0])


def _clipped(name: str, number: str) -> Iterator[str]:
    yield f"{name}{_MARK}"[:_CLIP] + f"{number}.json"
    yield f"{name}{number}"[:_CLIP] + ".json"
    yield name[:_CLIP] + f"{number}.json"
    yield f"{name}{_MARK}{number}"[:_CLIP] + ".json"


def takeout_sidecar(photo_name: str, names: Mapping[str, str]) -> str | None:
    """The sidecar's name among a folder's `names` (casefolded name to name), None if none is."""
    return next(
        (names[c.casefold()] for c in sidecar_names(photo_name) if c.casefold() in names), None
    )


def takeout_evidence(path: Path, settings: PhotoSettings) -> list[Evidence]:
    """Position, height and time of a sidecar: geoData, which its owner may have corrected, then
    geoDataExif. A file that is broken gives one refused entry."""
    content, problem = _read(path)
    if problem:
        return [unread(Origin.TAKEOUT, path.name, problem)]
    found: list[Evidence] = []
    for key, origin, sigma_m in (
        ("geoData", Origin.TAKEOUT, settings.takeout_sigma_m),
        ("geoDataExif", Origin.TAKEOUT_EXIF, settings.gps_sigma_m),
    ):
        found += _position(content.get(key), key, origin, sigma_m, settings)
    taken = content.get("photoTakenTime")
    stamp = json_number(taken.get("timestamp")) if isinstance(taken, dict) else math.nan
    # A scan or a fresh upload has the time of day it arrived; 0 is missing.
    if 0 < stamp < 4e9:
        found.append(
            TimeEvidence(
                origin=Origin.TAKEOUT,
                tag="photoTakenTime",
                raw=f"{stamp:.0f}",
                time=datetime.fromtimestamp(stamp, UTC),
            )
        )
    return found


def _read(path: Path) -> tuple[dict[str, Any], str]:
    content, problem = json_at_most(path, _SIZE_LIMIT_BYTES)
    if problem:
        return {}, problem
    if not isinstance(content, dict):
        return {}, "is not a photo's sidecar"
    return content, ""


def _position(
    geo: object, key: str, origin: Origin, sigma_m: float, settings: PhotoSettings
) -> list[Evidence]:
    if not isinstance(geo, dict):
        return []
    lat, lon = json_number(geo.get("latitude")), json_number(geo.get("longitude"))
    raw = f"{geo.get('latitude')} {geo.get('longitude')}"[:80]
    plain: Provenance = {"origin": origin, "tag": key, "raw": raw}
    place = believable(PositionEvidence(**plain, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m))
    found: list[Evidence] = [place]
    if isinstance(place, RefusedEvidence):
        return found
    altitude_m = json_number(geo.get("altitude"))
    if altitude_m != 0 and math.isfinite(altitude_m):  # 0 is missing
        found.append(
            HeightEvidence(
                origin=origin,
                tag=key,
                raw=f"{altitude_m:g}",
                height_m=altitude_m,
                datum=HeightDatum.UNKNOWN,
                sigma_m=max(settings.altitude_sigma_m, sigma_m),
            )
        )
    return found
