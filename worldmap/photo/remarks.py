"""What a person should know of photos' tags when they are read: one line a cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from worldmap.photo.evidence import Origin, Quantity
from worldmap.photo.suspicion import Flag
from worldmap.records import LedgerEntry, PhotoMetadata

_TABLES: Final = (Origin.CSV, Origin.GEO_TXT, Origin.GPX, Origin.XMP_SIDECAR)
_SAID: Final = {
    Flag.ZERO_ALTITUDE: "an altitude of exactly 0 m, which mostly means unknown, is not used: "
    "neighbours give a height, or `--set msl=0` where it is true",
    Flag.UNKNOWN_DATUM: "the position is over a map datum that is not known here, or not of there, "
    "and is taken as ± 300 m or worse: `worldmap explain` names it, a table of positions helps",
    Flag.FOCAL_DISAGREES: "the sensor's size and the 35 mm tag contradict each other: the focal "
    "length is nearly open; `--focal` or `--camera` tells it",
    Flag.NOT_PINHOLE: "a panorama or a fisheye, which merge leaves out: a fisheye's lens is told "
    "by `--camera`, a whole panorama is cut into views",
}


def remarks(photos: Sequence[PhotoMetadata]) -> list[str]:
    """A line for each flag that changes where a photo ends or whether it does, and for each table
    or track with rows that were refused or read otherwise, with the first photo that it is about.
    Tables that served no photo at all are told elsewhere."""
    lines = [
        _line(flagged, said)
        for flag, said in _SAID.items()
        if (flagged := [photo for photo in photos if flag in photo.flags])
    ]
    serving = {e.source for p in photos for e in _of_tables(p) if e.used or e.value != "refused"}
    for flag in (Flag.TABLE_UNUSABLE, Flag.TABLE_DISAGREES):
        about: dict[str, list[tuple[PhotoMetadata, LedgerEntry]]] = {}
        for photo in photos:
            if flag not in photo.flags:
                continue
            for entry in _of_tables(photo):
                is_refused = entry.value == "refused"
                if entry.note and is_refused == (flag == Flag.TABLE_UNUSABLE):
                    about.setdefault(entry.source, []).append((photo, entry))
        lines += [
            f"{source.partition(': ')[2]}: {_line([p for p, _ in found], found[0][1].note)}"
            for source, found in about.items()
            if source in serving
        ]
    return lines


def _of_tables(photo: PhotoMetadata) -> Iterable[LedgerEntry]:
    return (
        entry
        for entry in photo.ledger
        if entry.quantity == Quantity.POSITION and entry.source.partition(":")[0] in _TABLES
    )


def _line(photos: Sequence[PhotoMetadata], said: str) -> str:
    first = photos[0].path.name
    whose = first if len(photos) == 1 else f"{len(photos)} photos, first {first}"
    return f"{whose}: {said}"
