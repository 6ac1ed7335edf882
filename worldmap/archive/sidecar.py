"""The file beside a fetched photo that says what its archive knew: `NAME.source.json`. It is read
by `worldmap.photo.archived`; the key to the archive and expiring addresses are not in it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime

from worldmap.jsonable import jsonable
from worldmap.records import SIDECAR_SUFFIX, ArchivePhoto

VERSION = 1


def sidecar_name(photo_name: str) -> str:
    """What the sidecar of a photo's file is called."""
    return photo_name + SIDECAR_SUFFIX


def sidecar_bytes(photo: ArchivePhoto, *, content_hash: str, fetched_at: datetime) -> bytes:
    """The sidecar of a photo whose file has that SHA-256."""
    told = {
        field.name: value
        for field in fields(photo)
        if field.name != "addresses" and (value := getattr(photo, field.name)) not in (None, "", {})
    }
    content = {
        "worldmap_source": VERSION,
        **jsonable(told),
        "content_hash": content_hash,
        "fetched_at": fetched_at.isoformat(),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
