"""Photos of fisheyes: what an equirectangular picture shows, as such a lens would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import piexif
from numpy.typing import NDArray
from PIL import Image

from worldmap.demo.layout import StreetPlan
from worldmap.demo.noise import STANDARD
from worldmap.demo.panorama import write_panoramas
from worldmap.demo.truth import DemoTruth
from worldmap.fisheye import FisheyeLens
from worldmap.panorama import fisheye_views


def directions(lens: FisheyeLens) -> NDArray[np.float64]:
    """(H, W, 3) unit directions through the pixel centres; NaN where the lens shows nothing."""
    width_px, height_px = round(lens.width_px), round(lens.height_px)
    uv = np.stack(np.meshgrid(np.arange(width_px) + 0.5, np.arange(height_px) + 0.5), axis=-1)
    off = (uv - lens.centre_px) @ np.linalg.inv(np.reshape(lens.matrix, (2, 2))).T
    around, theta = np.arctan2(off[..., 1], off[..., 0]), lens.theta_rad(uv)
    flat = np.sin(theta)
    return np.stack((flat * np.cos(around), flat * np.sin(around), np.cos(theta)), axis=-1)


def seen_by(lens: FisheyeLens, panorama: NDArray[Any], *, nearest: bool = False) -> NDArray[Any]:
    """What the lens sees of an equirectangular picture; black, or NaN, beyond what it shows."""
    ways, (height_px, width_px) = directions(lens), panorama.shape[:2]
    azimuth = np.arctan2(ways[..., 0], ways[..., 2])
    elevation = np.arcsin(np.clip(-ways[..., 1], -1, 1))
    picture: NDArray[Any] = cv2.remap(
        np.concatenate((panorama[:, -1:], panorama, panorama[:, :1]), axis=1),
        np.nan_to_num((azimuth / (2 * np.pi) + 0.5) * width_px + 0.5).astype(np.float32),
        np.nan_to_num((0.5 - elevation / np.pi) * height_px - 0.5).astype(np.float32),
        cv2.INTER_NEAREST if nearest else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    picture[np.isnan(ways).any(axis=-1)] = np.nan if picture.dtype.kind == "f" else 0
    return picture


def write_fisheyes(
    out_dir: Path, lens: FisheyeLens, *, photos: int, panorama_px: int, texel_m: float, seed: int
) -> DemoTruth:
    """A street's photos/fish_NN.jpg with their EXIF, photos/fish_NN.depth.npy with distances, and
    the truth of the views that each is cut into. photos/cameras.txt is not written."""
    truth = write_panoramas(
        out_dir,
        layout=StreetPlan(texel_m=texel_m),
        noise=STANDARD,
        seed=seed,
        photos=photos,
        width_px=panorama_px,
    )
    folder = out_dir / "photos"
    for path in sorted(folder.glob("round_*.jpg")):
        with Image.open(path) as image:
            round_rgb, exif = np.asarray(image.convert("RGB")), piexif.load(str(path))
        name = path.name.replace("round", "fish")
        content = Image.fromarray(seen_by(lens, round_rgb))
        content.save(folder / name, quality=95, exif=piexif.dump(exif))
        depth = path.with_name(f"{path.stem}.depth.npy")
        far = seen_by(lens, np.load(depth), nearest=True)
        np.save(folder / depth.name.replace("round", "fish"), far)
        path.unlink()
        depth.unlink()
    return truth_of_views(truth, lens)


def truth_of_views(truth: DemoTruth, lens: FisheyeLens) -> DemoTruth:
    """Of a street of 360° photos the truth of the views of fisheyes in their stead."""
    shots = []
    for front in (shot for shot in truth.photos if ".front." in shot.name):
        pose = front.enu_from_cam
        for each in fisheye_views(lens):
            name = front.name.replace("round", "fish").replace("front", each.view.name)
            turned = replace(pose, rotation=pose.rotation @ each.view.rig_from_cam)
            shots.append(replace(front, name=name, enu_from_cam=turned, camera=each.camera))
    return replace(truth, photos=tuple(shots))


def cameras_txt(lens: FisheyeLens, *k: float) -> str:
    """COLMAP's line of a lens made by `FisheyeLens.odd` with these terms."""
    xx, _, _, yy = lens.matrix
    numbers = (xx, yy, *lens.centre_px, *(*k, 0.0, 0.0, 0.0, 0.0)[:4])
    size = f"{lens.width_px:.0f} {lens.height_px:.0f}"
    return f"1 OPENCV_FISHEYE {size} {' '.join(f'{each:.9g}' for each in numbers)}\n"
