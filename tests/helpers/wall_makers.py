"""Photos of a street-like place that can be registered: ray-cast planes with a random texture."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import piexif
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tests.helpers.photo_makers import gps, rational, write_jpeg
from worldmap.frames import enu_from_cam_rotation

WIDTH, HEIGHT, FOCAL_PX = 480, 360, 420.0
SITE_LAT, SITE_LON = 48.137, 11.5755
EYE_M = 1.6
METRE_DEG = 1 / 111_195
TIME = "2024:05:06 10:00:{:02d}"

# Settings under which these photos register, quickly.
QUICK = (
    "registration: {features: {max_features: 1200, planes: false}, pairs: {icp: false}, "
    "solver: {guided: false}}\n"
)

# Planes north of the walk: distance, and from where to where in x; all from the ground up.
_SCREENS = ((12.0, -40.0, 40.0, 9.0), (7.0, -3.0, -0.8, 3.0), (8.0, 2.0, 3.6, 2.4))


@lru_cache(maxsize=1)
def texture(seed: int = 0, size: int = 1600) -> NDArray[np.float32]:
    """(size, size, 3) noise of several grain sizes: features everywhere, none twice."""
    rng = np.random.default_rng(seed)
    total = np.zeros((size, size, 3), dtype=np.float32)
    for grain in (4, 12, 40):
        cells = rng.integers(0, 256, (size // grain + 2, size // grain + 2, 3), dtype=np.uint8)
        picture = Image.fromarray(cells).resize((size, size), Image.Resampling.BICUBIC)
        total += np.asarray(picture.filter(ImageFilter.GaussianBlur(1)), dtype=np.float32)
    return total / 3  # type: ignore[return-value]


def render(
    x_m: float, *, heading_deg: float = 0.0, height_m: float = EYE_M, seed: int = 0
) -> tuple[Image.Image, NDArray[np.float32]]:
    """Photo and depth (H, W), NaN for the sky, from (x, 0, height), level; seed: of the noise."""
    u, v = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    rays_cam = np.stack(
        ((u - WIDTH / 2) / FOCAL_PX, (v - HEIGHT / 2) / FOCAL_PX, np.ones_like(u)), axis=-1
    )
    rays = rays_cam @ enu_from_cam_rotation(heading_deg, 0.0, 0.0).T
    depth = np.full(u.shape, np.inf)
    st = np.zeros((*u.shape, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = -height_m / rays[..., 2]
        hit = (ground > 0) & (ground < 60)
        depth[hit] = ground[hit]
        at = ground[..., None] * rays[..., :2] + (x_m, 0.0)
        st[hit] = at[hit]
        for number, (y_m, west_m, east_m, top_m) in enumerate(_SCREENS):
            t = y_m / rays[..., 1]
            x, z = x_m + t * rays[..., 0], height_m + t * rays[..., 2]
            hit = (t > 0) & (t < depth) & (x > west_m) & (x < east_m) & (z > 0) & (z < top_m)
            depth[hit] = t[hit]
            st[hit] = np.stack((x[hit] + 7.0 * number, z[hit] + 11.0 * number), axis=-1)
    paint = texture()
    cell = np.floor(np.nan_to_num(st, posinf=0.0) * 60).astype(np.int64) % len(paint)
    picture = paint[cell[..., 1], cell[..., 0]]
    picture[~np.isfinite(depth)] = (140, 180, 235)
    picture = picture + np.random.default_rng(seed).normal(0, 2, picture.shape)
    depth[~np.isfinite(depth)] = np.nan
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return image, depth.astype(np.float32)


def write_view(
    path: Path,
    x_m: float,
    second: int,
    *,
    gps_x_m: float | None = None,
    heading_deg: float = 0.0,
    seed: int = 0,
    **options: Any,
) -> Path:
    """A photo with position, heading, focal length and time, and its depth beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image, depth = render(x_m, heading_deg=heading_deg, seed=seed)
    lon = SITE_LON + (x_m if gps_x_m is None else gps_x_m) * METRE_DEG / np.cos(
        np.deg2rad(SITE_LAT)
    )
    film_mm = FOCAL_PX * 43.26661530556787 / np.hypot(WIDTH, HEIGHT)
    write_jpeg(
        path,
        gps=gps(
            SITE_LAT,
            lon,
            Altitude=(520, 1),
            AltitudeRef=0,
            ImgDirection=rational(heading_deg),
            ImgDirectionRef="T",
        ),
        exif={
            piexif.ExifIFD.DateTimeOriginal: TIME.format(second),
            piexif.ExifIFD.OffsetTimeOriginal: "+02:00",
            piexif.ExifIFD.FocalLengthIn35mmFilm: round(film_mm),
            **options.pop("exif", {}),
        },
        image={piexif.ImageIFD.Make: "Maker", piexif.ImageIFD.Model: "M1"}
        | options.pop("image", {}),
        picture=image,
        **options,
    )
    write_depth(path, depth)
    return path


def write_depth(photo: Path, depth_m: NDArray[np.float32]) -> None:
    """The depth sidecar of a photo."""
    np.save(photo.with_name(f"{photo.stem}.depth.npy"), depth_m)


def write_copy(photo: Path, path: Path, *, shrink: int = 2, quality: int = 60) -> Path:
    """A smaller, worse copy with the tags of the original, and its depth."""
    with Image.open(photo) as image:
        small = image.resize((image.width // shrink, image.height // shrink))
        small.save(path, quality=quality, exif=image.info["exif"])
    depth_m = np.load(photo.with_name(f"{photo.stem}.depth.npy"))
    write_depth(path, depth_m[::shrink, ::shrink])
    return path


def write_walk(folder: Path) -> list[Path]:
    """Along a wall: four photos, the last with the fix of the third; a second photo of a burst
    (b_burst) 6 cm beside the second; and a copy of the second (b_copy)."""
    copyright_ = {piexif.ImageIFD.Artist: "Ana", piexif.ImageIFD.Copyright: "CC BY 4.0, Ana"}
    walk = [
        write_view(folder / "a.jpg", -2.0, 0, seed=1, image=copyright_),
        write_view(folder / "b.jpg", -0.6, 4, seed=2),
        write_view(folder / "c.jpg", 0.9, 8, seed=3),
        write_view(folder / "d.jpg", 2.2, 28, seed=4, gps_x_m=0.9),
        write_view(folder / "b_burst.jpg", -0.54, 4, seed=5),
    ]
    return [*walk, write_copy(walk[1], folder / "b_copy.jpg")]
