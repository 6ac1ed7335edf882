"""What may be wrong with a street's tags and pictures, by kind and strength.

Each condition takes the street's photos and gives those to solve, with other tags. Errors that
tags share are drawn from what devices do; strengths are those that people report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.honest.streets import Street
from worldmap.config import Settings
from worldmap.prior import pose_prior
from worldmap.records import (
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    IngestedPhoto,
    PhotoMetadata,
    PositionSource,
)

Array = NDArray[np.float64]
Rng = np.random.Generator
Photos = list[IngestedPhoto]

_START = datetime(2026, 5, 12, 8, 0, 0, tzinfo=UTC)
_STEP_S = 7.0
_GPS_M, _HEIGHT_M, _COMPASS_DEG = 5.0, 15.0, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What is told of N photos: places (N, 3) in ENU and headings (N,), NaN where untold; seconds
    since the start (N,); cameras (N,)."""

    names: tuple[str, ...]
    place: Array
    heading_deg: Array
    time_s: Array
    camera: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


Condition = Callable[[Street, Rng], Photos]


def drawn(street: Street, rng: Rng, names: Sequence[str] | None = None) -> Tags:
    """Tags as a phone writes them: half of what GPS is off by, and what the height is, it shares;
    the compass is off by some degrees as a whole, and each by itself."""
    names = tuple(names or street.plain)
    count = len(names)
    centre = np.array([street.truth[n].centre for n in names])
    plan = _GPS_M * (math.sqrt(0.15) * rng.standard_normal(2)
                     + math.sqrt(0.85) * rng.standard_normal((count, 2)))  # fmt: skip
    height = 12.0 * rng.standard_normal() + 8.0 * rng.standard_normal(count)
    forward = np.array([_forward(street, n) for n in names])
    heading = np.rad2deg(np.arctan2(forward[:, 0], forward[:, 1]))
    heading = heading + 5.0 * rng.standard_normal() + 10.0 * rng.standard_normal(count)
    return Tags(
        names=names,
        place=centre + np.column_stack((plan, height)),
        heading_deg=heading % 360.0,
        time_s=np.arange(count) * np.float64(_STEP_S),
        camera=("phone",) * count,
    )


def _forward(street: Street, name: str) -> Array:
    return street.truth[name].rotation[:, 2]


def told(street: Street, tags: Tags, *, source: PositionSource = PositionSource.EXIF) -> Photos:
    """The photos with these tags."""
    return [_told(street, tags, index, source) for index in range(len(tags))]


def _told(street: Street, tags: Tags, index: int, source: PositionSource) -> IngestedPhoto:
    photo = street.photos[tags.names[index]]
    place, heading_deg = tags.place[index], float(tags.heading_deg[index])
    position, heading = None, None
    if np.isfinite(place[:2]).all():
        lat, lon, height = street.site.geodetic_from_enu(np.nan_to_num(place))
        known = bool(np.isfinite(place[2]))
        position = GeoPosition(
            lat_deg=float(lat),
            lon_deg=float(lon),
            height_m=float(height) if known else None,
            height_datum=HeightDatum.ELLIPSOID if known else HeightDatum.UNKNOWN,
            horizontal_sigma_m=_GPS_M,
            vertical_sigma_m=_HEIGHT_M if known else 500.0,
            source=source,
        )
    if math.isfinite(heading_deg):
        heading = Heading(
            true_deg=heading_deg % 360.0, sigma_deg=_COMPASS_DEG, source=HeadingSource.TRUE
        )
    metadata: PhotoMetadata = replace(
        photo.metadata,
        position=position,
        heading=heading,
        tilt=None,
        captured_at=_START + timedelta(seconds=float(tags.time_s[index])),
        make="maker",
        model=tags.camera[index],
    )
    settings = Settings()
    prior = pose_prior(metadata, settings.prior, scale_sigma_rel=photo.prior.scale_sigma_rel)
    return replace(photo, metadata=metadata, prior=prior)


# --- kinds --------------------------------------------------------------------------------------


def untouched(street: Street, rng: Rng) -> Photos:
    """As the generator wrote them."""
    return [street.photos[name] for name in street.plain]


def ordinary(street: Street, rng: Rng) -> Photos:
    """Drawn anew."""
    return told(street, drawn(street, rng))


def film(first: int | None = None, *, with_heading: bool = False) -> Condition:
    """Frames with a position in the first only, of the first so many frames."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng, street.plain[:first])
        tags.place[1:] = np.nan
        tags.heading_deg[int(with_heading) :] = np.nan
        return told(street, tags)

    return make


def track(street: Street, rng: Rng) -> Photos:
    """Frames with a position each, whose errors are one but for a little, no compass."""
    tags = drawn(street, rng)
    centre = np.array([street.truth[n].centre for n in tags.names])
    shared = rng.standard_normal(3) * (_GPS_M, _GPS_M, 12.0)
    tags.place[:] = centre + shared + 0.5 * rng.standard_normal(centre.shape)
    tags.heading_deg[:] = np.nan
    tags.time_s[:] = np.arange(len(tags))
    return told(street, tags)


def compass(
    turn_deg: float, *, every: int = 1, photos: slice = slice(None), camera: str = "phone"
) -> Condition:
    """Each n-th compass turned; those are of another camera where one is named."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng, street.plain[photos])
        turned = np.arange(len(tags)) % every == 0
        tags.heading_deg[turned] += turn_deg
        cameras = tuple(camera if t else "phone" for t in turned)
        return told(street, replace(tags, camera=cameras))

    return make


def wild_compass(share: float) -> Condition:
    """A share of the compasses says anything at all."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        wild = rng.permutation(len(tags))[: round(share * len(tags))]
        tags.heading_deg[wild] = rng.uniform(0, 360, len(wild))
        return told(street, tags)

    return make


def no_compass(street: Street, rng: Rng) -> Photos:
    """Positions alone."""
    tags = drawn(street, rng)
    tags.heading_deg[:] = np.nan
    return told(street, tags)


def outliers(away_m: float, count: int = 1) -> Condition:
    """So many fixes so far off, each somewhere else, heights kept."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        for index in rng.permutation(len(tags))[:count]:
            turn = rng.uniform(0, 2 * np.pi)
            tags.place[index, :2] += away_m * np.array((np.cos(turn), np.sin(turn)))
        return told(street, tags)

    return make


def visits(apart_m: float, days: float = 3.0, *, halves: bool = False) -> Condition:
    """Two visits, photos in turn or one half each, the fixes of the second off together."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        count = len(tags)
        second = np.arange(count) >= count / 2 if halves else np.arange(count) % 2 == 1
        turn = rng.uniform(0, 2 * np.pi)
        tags.place[second, :2] += apart_m * np.array((np.cos(turn), np.sin(turn)))
        tags.time_s[second] += days * 86_400.0
        return told(street, tags)

    return make


def copied(share: float) -> Condition:
    """The last so many photos have the very position of the one before them all."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        first = len(tags) - round(share * len(tags))
        tags.place[first:] = tags.place[max(first - 1, 0)]
        return told(street, tags)

    return make


def copied_in_pairs(street: Street, rng: Rng) -> Photos:
    """Every second fix is that of the photo before."""
    tags = drawn(street, rng)
    tags.place[1::2] = tags.place[: 2 * (len(tags) // 2) : 2]
    return told(street, tags)


def rounded(street: Street, rng: Rng) -> Photos:
    """Positions rounded to 20 m, all alike for some."""
    tags = drawn(street, rng)
    tags.place[:, :2] = 20.0 * np.round(tags.place[:, :2] / 20.0)
    return told(street, tags)


def heights(off_m: float, share: float) -> Condition:
    """The first so many altitudes off together."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        tags.place[: round(share * len(tags)), 2] += off_m
        return told(street, tags)

    return make


def one_height(street: Street, rng: Rng) -> Photos:
    """The very altitude of the first for all."""
    tags = drawn(street, rng)
    tags.place[:, 2] = tags.place[0, 2]
    return told(street, tags)


def no_heights(street: Street, rng: Rng) -> Photos:
    """No altitude but one."""
    tags = drawn(street, rng)
    tags.place[1:, 2] = np.nan
    return told(street, tags)


def late_clock(seconds: float) -> Condition:
    """Positions from a track, the camera's clock off: where one was so many seconds later."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        centre = np.array([street.truth[n].centre for n in tags.names])
        at = np.clip(tags.time_s + seconds, 0.0, tags.time_s[-1])
        walked = np.column_stack([np.interp(at, tags.time_s, centre[:, k]) for k in range(2)])
        tags.place[:, :2] = walked + 2.0 * rng.standard_normal(walked.shape)
        return told(street, tags, source=PositionSource.GPX)

    return make


def pictures(*labels: str) -> Condition:
    """Some photos as these variants of them."""

    def make(street: Street, rng: Rng) -> Photos:
        names = list(street.plain)
        for label in labels:
            names = [v if (v := street.variant(n, label)) in street.photos else n for n in names]
        return told(street, drawn(street, rng, names))

    return make


def strangers(count: int) -> Condition:
    """Photos of another street with tags of this one."""

    def make(street: Street, rng: Rng) -> Photos:
        tags = drawn(street, rng)
        middle = len(tags) // 2
        alien = street.strangers[:count]
        at = tags.place[middle : middle + count] + 2.0 * rng.standard_normal((count, 3))
        return told(
            street,
            Tags(
                names=(*tags.names, *alien),
                place=np.concatenate((tags.place, at)),
                heading_deg=np.concatenate(
                    (tags.heading_deg, tags.heading_deg[middle : middle + count] + 5.0)
                ),
                time_s=np.concatenate((tags.time_s, tags.time_s[middle : middle + count] + 3.0)),
                camera=tags.camera + ("phone",) * count,
            ),
        )

    return make


def both(street: Street, rng: Rng) -> Photos:
    """Compasses turned by 180°, one fix far off, half of the altitudes high."""
    tags = drawn(street, rng)
    tags.heading_deg[:] += 180.0
    tags.place[4, :2] += 120.0
    tags.place[::2, 2] += 35.0
    return told(street, tags)


CONDITIONS: Mapping[str, Condition] = {
    "untouched": untouched,
    "ordinary": ordinary,
    "film, 4 frames": film(4),
    "film, all frames": film(),
    "film, one heading": film(with_heading=True),
    "film with a track": track,
    "no compass": no_compass,
    "compass 180°": compass(180.0),
    "compass 90°": compass(90.0),
    "compass -90°": compass(-90.0),
    "compass 25°": compass(25.0),
    "compass 50°": compass(50.0),
    "compass 180°, every second": compass(180.0, every=2),
    "compass 180°, one camera of two": compass(180.0, every=2, camera="other"),
    "compass 90°, one camera of two": compass(90.0, every=2, camera="other"),
    "compass wild, 30 %": wild_compass(0.3),
    "compass wild, 60 %": wild_compass(0.6),
    "fix 30 m off": outliers(30.0),
    "fix 80 m off": outliers(80.0),
    "fix 250 m off": outliers(250.0),
    "fix 2 km off": outliers(2000.0),
    "3 fixes 80 m off": outliers(80.0, 3),
    "visits 12 m apart": visits(12.0),
    "visits 25 m apart": visits(25.0),
    "visits 50 m apart": visits(50.0),
    "visits 25 m apart, halves": visits(25.0, halves=True),
    "visits 25 m apart, same hour": visits(25.0, days=0.0),
    "fixes copied, all": copied(1.0),
    "fixes copied, half": copied(0.5),
    "fixes copied, in pairs": copied_in_pairs,
    "fixes rounded": rounded,
    "altitudes 40 m, half": heights(40.0, 0.5),
    "altitudes 40 m, a third": heights(40.0, 0.34),
    "altitudes 25 m, half": heights(25.0, 0.5),
    "altitudes 30 m, all": heights(30.0, 1.0),
    "altitude copied": one_height,
    "altitude in one": no_heights,
    "clock 15 s late": late_clock(15.0),
    "clock 40 s early": late_clock(-40.0),
    "turned 90°": pictures("cw"),
    "turned 180°": pictures("over"),
    "turned, mixed": pictures("cw", "over", "ccw"),
    "depth not turned": pictures("torn"),
    "zoom 1.25": pictures("zoom12"),
    "zoom 1.5": pictures("zoom15"),
    "zoom 2": pictures("zoom20"),
    "cropped off the middle": pictures("crop"),
    "a bonnet and a date in each": pictures("bonnet"),
    "stranger": strangers(1),
    "strangers": strangers(2),
    "compass 180°, fix and altitudes": both,
}
