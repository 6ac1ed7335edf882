"""Whose photos something is made of, under which licences, and whether it may be passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from worldmap.artifact import remove_half_written, write_file
from worldmap.errors import LicenceError
from worldmap.licence import Licence, licence_of_all, parse_licence
from worldmap.printable import printable
from worldmap.records import IngestedPhoto, PhotoMetadata, Tile, TileKey

_TILE: Final = "The tile "
NAME: Final = "attribution.txt"
"""What it is called in a folder."""


def told(metadata: PhotoMetadata, quantity: str) -> str:
    """What a photo's ledger has of a quantity that is not one of its own; '' where nothing."""
    return next((e.value for e in metadata.ledger if e.used and e.quantity == quantity), "")


def rig_of(metadata: PhotoMetadata) -> tuple[str, float, float] | None:
    """Of a view that was cut out of a panorama or a fisheye's photo: which one, and where it looks
    in it, degrees to the right of and above its middle; None of all else."""
    rig = _rig(metadata)
    return None if rig is None else rig[:3]


def sector_of(metadata: PhotoMetadata) -> tuple[float, float] | None:
    """The azimuths about its middle, degrees, that are such a view's own; None where that is not
    told, and of all else."""
    rig = _rig(metadata)
    return None if rig is None else rig[3]


def _rig(
    metadata: PhotoMetadata,
) -> tuple[str, float, float, tuple[float, float] | None] | None:
    key, _, angles = told(metadata, "rig").partition(" ")
    parts = angles.split(" ")
    if not key or len(parts) not in (2, 4):
        return None
    try:
        yaw_deg, pitch_deg, *sector = (float(part) for part in parts)
    except ValueError:
        return None
    if not (abs(yaw_deg) <= 360 and abs(pitch_deg) <= 90):
        return None
    if not sector:
        return key, yaw_deg, pitch_deg, None
    from_deg, to_deg = sector
    if not -180 <= from_deg < to_deg <= 180:
        return None
    return key, yaw_deg, pitch_deg, (from_deg, to_deg)


def has_rights(photos: Iterable[IngestedPhoto]) -> bool:
    """Whether any photo tells whose it is."""
    return any(
        photo.metadata.artist or photo.metadata.licence or told(photo.metadata, "attribution")
        for photo in photos
    )


def licence_for(photos: Iterable[IngestedPhoto], of: Path) -> Licence | None:
    """Under which licence what is made of these photos may be passed on; None where none of them
    has a say. LicenceError, about `of`, where it may not be."""
    try:
        return licence_of_all(photo.metadata.licence for photo in photos)
    except LicenceError as error:
        raise LicenceError(error.reason, path=of, hint=error.hint) from None


def credit_line(metadata: PhotoMetadata) -> str:
    """One photo: its name, what has to be said of it, and where it is shown."""
    licence = parse_licence(metadata.licence)
    named = licence.title if licence else metadata.licence or "no licence told"
    attribution = told(metadata, "attribution")
    if not attribution:
        attribution = ", ".join((metadata.artist or "author not told", named))
    page = told(metadata, "page")
    line = f"{metadata.path.name}: {attribution}{f' <{page}>' if page else ''}"
    return printable(" ".join(line.split()))


def attribution(what: str, photos: Sequence[IngestedPhoto], licence: Licence | None) -> str:
    """A text about what something is made of, photo by photo."""
    listed = sorted(photos, key=lambda photo: (photo.metadata.path.name, photo.photo_id))
    count = f"{len(listed)} photo{'' if len(listed) == 1 else 's'}"
    lines = [f"{what} is made of {count}, with worldmap:"]
    lines += [f"- {credit_line(photo.metadata)}" for photo in listed]
    if licence is not None:
        lines.append(f"By their licences the whole may be passed on under {licence.title}.")
    return "\n".join(lines) + "\n"


def write_attribution(
    path: Path, what: str, photos: Sequence[IngestedPhoto], licence: Licence | None
) -> None:
    """The text about something that was written, beside it; where no photo tells anything, none.
    StorageError where it cannot be written."""
    if not has_rights(photos):
        return
    remove_half_written(path)
    write_file(path, attribution(what, photos, licence).encode())


def write_map_attribution(
    path: Path,
    tiles: Sequence[Tile],
    photos: Mapping[int, IngestedPhoto],
    *,
    licences: Mapping[str | None, int],
    dropped: Iterable[TileKey] = (),
    whole: bool = False,
) -> None:
    """Tile by tile what a map is made of: these tiles, those that an earlier text tells of without
    the dropped, and none of them where the tiles are the `whole` map's. photos: those of the tiles
    by id; licences: how many of the map's photos name each. StorageError where it cannot be
    read or written."""
    texts = {} if whole else _texts_of_tiles(path)
    for key in (*dropped, *(tile.key for tile in tiles)):
        texts.pop(str(key), None)
    for tile in tiles:
        if tile.points:
            inside = [photos[i] for i in tile.photo_ids if i in photos]
            try:
                licence = licence_of_all(photo.metadata.licence for photo in inside)
                note = ""
            except LicenceError as error:
                licence, note = None, f"It may not be passed on: it {error.reason}.\n"
            text = attribution(f"{_TILE}{tile.key}", inside, licence) + note
            texts[str(tile.key)] = text
    counts: Counter[str] = Counter()
    for named, count in licences.items():
        licence = parse_licence(named)
        counts[licence.title if licence else "no licence told"] += count
    head = ", ".join(f"{count} under {name}" for name, count in counts.most_common())
    remove_half_written(path)
    listed = [text for _, text in sorted(texts.items())]
    write_file(path, "\n".join([f"The map's photos: {head}.\n", *listed]).encode())


def _texts_of_tiles(path: Path) -> dict[str, str]:
    """What the map's text says of each tile, by its key; nothing where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        return {}  # what stands there is none of ours, and is written anew
    found = {}
    for part in text.split(f"\n\n{_TILE}")[1:]:
        found[part.split(" ", 1)[0]] = f"{_TILE}{part.rstrip()}\n"
    return found
