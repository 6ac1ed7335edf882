"""Photos as a new user has them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import piexif
from PIL import Image

from tests.helpers.map_makers import LAYOUT
from worldmap.demo import STANDARD, write_demo


def small_street(photo_dir: Path) -> None:
    """Five photos of a street with their depth, tagged as a phone tags them."""
    with tempfile.TemporaryDirectory() as temporary:
        truth = write_demo(Path(temporary), layout=LAYOUT, noise=STANDARD, seed=5, photos=5)
        shutil.copytree(truth.photo_dir, photo_dir)


def many(photo_dir: Path, count: int) -> None:
    """So many small photos with positions and without depth, each of its own content."""
    photo_dir.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        coarse = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
        lat_s = round(3600 * 100 * (52.5 + number * 2e-5))
        gps = {
            piexif.GPSIFD.GPSLatitudeRef: b"N",
            piexif.GPSIFD.GPSLatitude: ((lat_s // 360000, 1), (0, 1), (lat_s % 360000, 100)),
            piexif.GPSIFD.GPSLongitudeRef: b"E",
            piexif.GPSIFD.GPSLongitude: ((13, 1), (24, 1), (0, 1)),
        }
        picture = Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)
        picture.save(photo_dir / f"{number:04d}.jpg", exif=piexif.dump({"GPS": gps}))
