"""What looks wrong with a photo's metadata, alone and beside the others of a run.

A suspicion never drops anything: it flags the photo, and widens a sigma where the value may be
wrong. Only copies of the same picture are named as such, so that they are not merged twice.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from worldmap.config import PhotoSettings
from worldmap.geodesy import EARTH_RADIUS_M
from worldmap.photo.travel import jumps
from worldmap.records import GeoPosition, LedgerEntry, PhotoMetadata

_DEGREE_M = math.radians(1) * EARTH_RADIUS_M
_ROUNDED_DEG = 5e-7
_SAME_FRACTION_S = 0.02
_QUARTER_S = 900
# A closer look costs; of many that are as alike, the nearest ones tell.
_LOOKS = 8
_SCREENSHOT_NAME = re.compile(
    r"screen[-_ ]?shot|screen[-_ ]?capture|bildschirmfoto|capture d.écran|schermafbeelding", re.I
)
_SCREENS_PX = frozenset(
    {
        *((1136, 640), (1334, 750), (1792, 828), (2208, 1242), (2436, 1125), (2532, 1170)),
        *((2556, 1179), (2622, 1206), (2688, 1242), (2778, 1284), (2796, 1290), (2868, 1320)),
        *((2340, 1080), (2400, 1080), (2160, 1080), (2220, 1080), (2280, 1080), (2310, 1080)),
        *((2960, 1440), (3040, 1440), (3088, 1440), (3120, 1440), (3200, 1440), (1600, 720)),
        *((1366, 768), (1440, 900), (1680, 1050), (1920, 1080), (1920, 1200), (2560, 1440)),
        *((2560, 1600), (2880, 1800), (3024, 1964), (3456, 2234), (3840, 2160), (2048, 1536)),
        *((2388, 1668), (2732, 2048), (2360, 1640), (2224, 1668)),
    }
)


class Flag(StrEnum):
    """What looks suspicious about a photo."""

    SCREENSHOT = "screenshot"
    NO_CAMERA = "no-camera"
    NOT_PINHOLE = "not-pinhole"
    ROUNDED_POSITION = "rounded-position"
    STALE_FIX = "stale-fix"
    CLOCK_DISAGREES = "clock-disagrees"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    REPEATED_POSITION = "repeated-position"
    SHARED_POSITION = "shared-position"
    IMPOSSIBLE_SPEED = "impossible-speed"
    ZERO_ALTITUDE = "zero-altitude"
    HEIGHT_DISAGREES = "height-disagrees"
    TABLE_DISAGREES = "table-disagrees"
    TABLE_UNUSABLE = "table-unusable"
    FOCAL_DISAGREES = "focal-disagrees"
    UNKNOWN_DATUM = "unknown-datum"
    TURNED_BY_EXIF = "turned-by-exif"


@dataclass(frozen=True, slots=True)
class Review:
    """The photos again, in the same order, flagged and widened. duplicate_of[i] is the index of the
    photo that photo i is a copy of, None where it is none or is the one to keep."""

    photos: tuple[PhotoMetadata, ...]
    duplicate_of: tuple[int | None, ...]


# --- one photo ---------------------------------------------------------------------------------


def camera_flags(
    *,
    name: str,
    image_format: str,
    width_px: int,
    height_px: int,
    has_camera: bool,
    projection_problem: str,
) -> list[Flag]:
    """Flags of a file that may be no photo of a pinhole camera. has_camera: whether any tag names a
    camera, a lens or an exposure."""
    flags: list[Flag] = []
    size = (max(width_px, height_px), min(width_px, height_px))
    of_a_screen = size in _SCREENS_PX and image_format in ("PNG", "WEBP")
    if not has_camera:
        flags.append(Flag.NO_CAMERA)
        if of_a_screen or _SCREENSHOT_NAME.search(name):
            flags.append(Flag.SCREENSHOT)
    if projection_problem or size[0] / size[1] > 2.4:
        flags.append(Flag.NOT_PINHOLE)
    return flags


def rounding_m(lat_deg: float, lon_deg: float) -> float:
    """Step of the grid that both coordinates lie on, metres along the meridian: whole and tenth
    degrees, 2 or 3 decimals, whole minutes; 0 where they lie on none of these."""
    for step_deg in (1.0, 0.1, 1 / 60, 0.01, 0.001):
        if all(
            abs(value / step_deg - round(value / step_deg)) * step_deg < _ROUNDED_DEG
            for value in (lat_deg, lon_deg)
        ):
            return step_deg * _DEGREE_M
    return 0.0


def widen_rounded(position: GeoPosition) -> tuple[GeoPosition, str]:
    """A position whose coordinates were rounded gets the rounding's whole step as its sigma: it is
    a city's middle or was blurred on purpose. The remark is '' where nothing was done."""
    step_m = rounding_m(position.lat_deg, position.lon_deg)
    if step_m <= position.horizontal_sigma_m:
        return position, ""
    return _widened(position, step_m), f"rounded to {step_m:.0f} m"


def stale_fix_s(fix: datetime | None, captured_at: datetime | None) -> float | None:
    """Age of the GPS fix at the time of the photo; None where one of them has no certain time."""
    if fix is None or captured_at is None or captured_at.tzinfo is None:
        return None
    return (captured_at - fix).total_seconds()


def widen_stale(
    position: GeoPosition, age_s: float, settings: PhotoSettings
) -> tuple[GeoPosition, str]:
    """A fix older (or younger) than the photo gets the way one walks in between, up to a limit."""
    late_s = abs(age_s) - settings.stale_fix_s
    if late_s <= 0:
        return position, ""
    strayed_m = min(late_s * settings.walking_mps, settings.stale_limit_m)
    sigma_m = math.hypot(position.horizontal_sigma_m, strayed_m)
    return _widened(position, sigma_m), f"the GPS fix is {abs(age_s):.0f} s off the photo's time"


def _widened(position: GeoPosition, sigma_m: float) -> GeoPosition:
    # Somewhere else the ground is at another height; streets climb by a tenth at most.
    vertical_m = math.hypot(position.vertical_sigma_m, 0.1 * sigma_m)
    return replace(position, horizontal_sigma_m=sigma_m, vertical_sigma_m=vertical_m)


# --- all photos of a run -----------------------------------------------------------------------


def review(
    photos: Sequence[PhotoMetadata],
    settings: PhotoSettings,
    *,
    is_copy: Callable[[int, int], bool] | None = None,
) -> Review:
    """Look over the photos of a run or an area together.

    Start from photos as `read_metadata` gave them, not from an earlier review: sigmas would be
    widened twice. is_copy looks closer at two photos, by their indices, that perceptual hash and
    time would let pass for one picture; photos of a burst may look that much alike. What the copy
    to keep does not know, position or heading, it takes from the others.
    """
    notes: dict[int, list[tuple[Flag, float, str]]] = defaultdict(list)
    duplicate_of = _duplicates(photos, settings, is_copy or (lambda _, __: True))
    photos = _told_by_copies(photos, duplicate_of)
    for index, kept in enumerate(duplicate_of):
        if kept is not None:
            same = photos[index].content_hash == photos[kept].content_hash
            flag = Flag.DUPLICATE if same else Flag.NEAR_DUPLICATE
            notes[index].append((flag, 0.0, f"the same picture as {photos[kept].path.name}"))
    alone = [i for i, kept in enumerate(duplicate_of) if kept is None]
    _repeated_positions(photos, alone, settings, notes)
    _impossible_speeds(photos, alone, settings, notes)
    return Review(
        tuple(_noted(photo, notes[index]) for index, photo in enumerate(photos)),
        tuple(duplicate_of),
    )


def _noted(photo: PhotoMetadata, notes: Iterable[tuple[Flag, float, str]]) -> PhotoMetadata:
    flags, ledger, position = list(photo.flags), list(photo.ledger), photo.position
    for flag, added_sigma_m, note in notes:
        if flag not in flags:
            flags.append(flag)
        sigma = ""
        if added_sigma_m > 0 and position is not None:
            position = _widened(position, math.hypot(position.horizontal_sigma_m, added_sigma_m))
            sigma = f"{position.horizontal_sigma_m:.3g} m"
        quantity = "position" if added_sigma_m > 0 else "picture"
        ledger.append(
            LedgerEntry(
                quantity=quantity,
                value="",
                sigma=sigma,
                source="suspicion",
                raw="",
                used=True,
                note=f"{flag}: {note}",
            )
        )
    return replace(photo, flags=tuple(flags), ledger=tuple(ledger), position=position)


def _told_by_copies(
    photos: Sequence[PhotoMetadata], duplicate_of: Sequence[int | None]
) -> list[PhotoMetadata]:
    """The photos, those to keep with the position and heading that only their copies have."""
    told = list(photos)
    for index, kept in enumerate(duplicate_of):
        if kept is None:
            continue
        copy, photo = photos[index], told[kept]
        if photo.position is None and copy.position is not None:
            where, sigma_m = copy.position, copy.position.horizontal_sigma_m
            value = f"{where.lat_deg:.7f}°, {where.lon_deg:.7f}°"
            entry = _from_copy("position", value, f"{sigma_m:.3g} m", copy)
            photo = replace(photo, position=where, ledger=(*photo.ledger, entry))
        if photo.heading is None and copy.heading is not None:
            value, sigma_deg = f"{copy.heading.true_deg:.2f}°", copy.heading.sigma_deg
            entry = _from_copy("heading", value, f"{sigma_deg:.3g}°", copy)
            photo = replace(photo, heading=copy.heading, ledger=(*photo.ledger, entry))
        told[kept] = photo
    return told


def _from_copy(quantity: str, value: str, sigma: str, copy: PhotoMetadata) -> LedgerEntry:
    return LedgerEntry(
        quantity=quantity,
        value=value,
        sigma=sigma,
        source=f"copy: {copy.path.name}",
        raw="",
        used=True,
        note="of the same picture",
    )


def _duplicates(
    photos: Sequence[PhotoMetadata], settings: PhotoSettings, is_copy: Callable[[int, int], bool]
) -> list[int | None]:
    """For each photo the better copy of the same picture, or None."""
    order = sorted(range(len(photos)), key=lambda i: _worth(photos[i]), reverse=True)
    words = _hash_words(photos)
    duplicate_of: list[int | None] = [None] * len(photos)
    kept = _Kept()
    by_content: dict[str, int] = {}
    for index in order:
        photo = photos[index]
        twin = by_content.get(photo.content_hash)
        if twin is None and words[index].any():
            candidates = kept.at_the_time_of(photo)
            twin = _nearest_copy(index, candidates, photos, words, settings, is_copy)
        if twin is None:
            kept.add(index, photo)
            by_content[photo.content_hash] = index
        else:
            duplicate_of[index] = twin
    return duplicate_of


class _Kept:
    """The photos that are no copies so far, by when in a quarter of an hour they were taken: of a
    hundred thousand photos only some hundreds may be copies of one."""

    def __init__(self) -> None:
        self._all: list[int] = []
        self._at: dict[int | None, list[int]] = defaultdict(list)  # places in the list of all

    def add(self, index: int, photo: PhotoMetadata) -> None:
        """One more, after all others."""
        self._at[_second(photo)].append(len(self._all))
        self._all.append(index)

    def at_the_time_of(self, photo: PhotoMetadata) -> NDArray[np.intp]:
        """Those that `_may_be_one_picture` by time, in the order in which they came."""
        second = _second(photo)
        if second is None:
            return np.array(self._all, dtype=np.intp)
        near = {None, *((second + step) % _QUARTER_S for step in (-1, 0, 1))}
        places = sorted(place for each in near for place in self._at.get(each, ()))
        return np.array([self._all[place] for place in places], dtype=np.intp)


def _second(photo: PhotoMetadata) -> int | None:
    """The whole second of the quarter of an hour in which it was taken."""
    if photo.captured_at is None:
        return None
    return int(photo.captured_at.timestamp() // 1) % _QUARTER_S


def _worth(photo: PhotoMetadata) -> tuple[int, int, int, str]:
    """More pixels, then a position, then a camera, then the first name."""
    inverted = "".join(chr(0x10FFFF - ord(c)) for c in str(photo.path))
    return (
        photo.width_px * photo.height_px,
        int(photo.position is not None),
        int(photo.model is not None),
        inverted,
    )


def _hash_words(photos: Sequence[PhotoMetadata]) -> NDArray[np.uint64]:
    """(N, W) perceptual hashes in words of 64 bits, all zero where a photo has none."""
    packed = [bytes.fromhex(photo.perceptual_hash or "") for photo in photos]
    length = -(-max((len(p) for p in packed), default=0) // 8) * 8
    rows = b"".join(p.ljust(length, b"\0") for p in packed)
    return np.frombuffer(rows, dtype=np.uint64).reshape(len(photos), length // 8)


def _nearest_copy(
    index: int,
    kept: NDArray[np.intp],
    photos: Sequence[PhotoMetadata],
    words: NDArray[np.uint64],
    settings: PhotoSettings,
    is_copy: Callable[[int, int], bool],
) -> int | None:
    distances = np.bitwise_count(words[kept] ^ words[index]).sum(axis=1, dtype=np.int64)
    near = np.flatnonzero(distances <= settings.near_duplicate_bits)
    order = kept[near[np.argsort(distances[near], kind="stable")]]
    likely = (int(i) for i in order if _may_be_one_picture(photos[index], photos[int(i)]))
    return next((i for i in islice(likely, _LOOKS) if is_copy(index, i)), None)


def _may_be_one_picture(a: PhotoMetadata, b: PhotoMetadata) -> bool:
    """Copies keep their time or lose it, and keep their aspect."""
    if a.captured_at is not None and b.captured_at is not None:
        # Quarters of an hour apart may be one clock read in two zones.
        apart_s = abs((a.captured_at - b.captured_at).total_seconds())
        if min(apart_s % _QUARTER_S, -apart_s % _QUARTER_S) > 1.0 or apart_s > 14 * 3600:
            return False
        if apart_s > 1.0 and a.ledger and b.ledger and _zone_told(a) and _zone_told(b):
            return False
        # A copy that keeps fractions of a second keeps them as they were.
        fractions_s = a.captured_at.microsecond / 1e6, b.captured_at.microsecond / 1e6
        if all(fractions_s) and abs(fractions_s[0] - fractions_s[1]) > _SAME_FRACTION_S:
            return False
    return abs(math.log(a.width_px * b.height_px / (a.height_px * b.width_px))) < 0.02


def _zone_told(photo: PhotoMetadata) -> bool:
    return not any("zone" in e.note for e in photo.ledger if e.used and e.quantity == "time")


def _repeated_positions(
    photos: Sequence[PhotoMetadata],
    alone: Sequence[int],
    settings: PhotoSettings,
    notes: dict[int, list[tuple[Flag, float, str]]],
) -> None:
    groups: dict[tuple[float, float], list[int]] = defaultdict(list)
    for index in alone:
        position = photos[index].position
        if position is not None:
            groups[round(position.lat_deg, 7), round(position.lon_deg, 7)].append(index)
    for members in groups.values():
        if len(members) < 2:
            continue
        members.sort(key=lambda i: _order(photos[i]))
        first = photos[members[0]]
        cameras = {(photos[i].make, photos[i].model) for i in members}
        times = [t for i in members if (t := photos[i].captured_at) is not None]
        span_s = (max(times) - min(times)).total_seconds() if times else 0.0
        if len(cameras) > 1 or span_s > settings.shared_position_s:
            for index in members:
                note = f"{len(members)} photos of different times or cameras share it"
                notes[index].append((Flag.SHARED_POSITION, settings.shared_position_sigma_m, note))
            continue
        for index in members[1:]:
            strayed_m = settings.repeated_position_sigma_m
            here = photos[index].captured_at
            if here is not None and first.captured_at is not None:
                walked_m = settings.walking_mps * (here - first.captured_at).total_seconds()
                strayed_m = min(walked_m, settings.stale_limit_m)
            if strayed_m > 0:
                note = f"the very position of {first.path.name}"
                notes[index].append((Flag.REPEATED_POSITION, strayed_m, note))


def _impossible_speeds(
    photos: Sequence[PhotoMetadata],
    alone: Sequence[int],
    settings: PhotoSettings,
    notes: dict[int, list[tuple[Flag, float, str]]],
) -> None:
    by_camera: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for index in alone:
        photo = photos[index]
        if photo.position is not None and photo.captured_at is not None:
            by_camera[photo.make, photo.model].append(index)
    for members in by_camera.values():
        members.sort(key=lambda i: _order(photos[i]))
        for place, jump in jumps([photos[i] for i in members], settings).items():
            note = f"a jump of {jump.way_m:.0f} m, faster than {jump.fastest_mps:.0f} m/s"
            notes[members[place]].append((Flag.IMPOSSIBLE_SPEED, jump.way_m, note))


def _order(photo: PhotoMetadata) -> tuple[float, str]:
    stamp = photo.captured_at.timestamp() if photo.captured_at is not None else 0.0
    return stamp, str(photo.path)
