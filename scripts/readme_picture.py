"""Draws docs/street.png, the picture of README.md, from the map that `worldmap demo` made.

python scripts/readme_picture.py [MAP] [OUT]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile

WIDTH, HEIGHT, FOCAL_PX = 1400, 640, 1000
SKY = (238, 242, 246)
POINT_M = 0.13
# Seen from behind and above one end of the street: metres back, to the right, up.
BACK_M, RIGHT_M, UP_M, PITCH_DEG = 9.0, 3.0, 7.0, -11.0


def street(map_dir: Path) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.float64]]:
    """The map's points in ENU (N, 3), their colours (N, 3), and the camera positions (M, 3)."""
    with Catalog.open(map_dir, create=False) as catalog:
        site, tiles = catalog.site(), catalog.tiles()
        poses = [pose.enu_from_cam for pose in catalog.poses()]
    assert site is not None
    parts = [read_tile(map_dir / tile.path) for tile in tiles]
    xyz = np.concatenate([enu_from_projected(p.cloud.xyz, site, p.epsg) for p in parts])
    rgb = np.concatenate([p.cloud.rgb for p in parts])
    return xyz, rgb, np.array([pose.translation_m for pose in poses if pose is not None])


def draw(
    xyz: NDArray[np.float64], rgb: NDArray[np.uint8], eye: NDArray[np.float64], heading_deg: float
) -> NDArray[np.uint8]:
    """Points as squares, the far ones first."""
    camera = Camera.centred(WIDTH, HEIGHT, FOCAL_PX)
    xyz_cam = (xyz - eye) @ enu_from_cam_rotation(heading_deg, PITCH_DEG, 0.0)
    front = xyz_cam[:, 2] > 1.0
    xyz_cam, rgb = xyz_cam[front], rgb[front]
    far_first = np.argsort(-xyz_cam[:, 2])
    xyz_cam, rgb = xyz_cam[far_first], rgb[far_first]
    uv = np.floor(camera.project(xyz_cam)).astype(np.int64)
    size_px = np.clip(np.ceil(POINT_M * FOCAL_PX / xyz_cam[:, 2]), 1, 7).astype(np.int64)
    image = np.full((HEIGHT, WIDTH, 3), SKY, dtype=np.uint8)
    for start in range(0, len(uv), 20_000):  # near squares must come after far ones
        part = slice(start, start + 20_000)
        for row in range(7):
            for column in range(7):
                u, v = uv[part, 0] + column, uv[part, 1] + row
                inside = (u >= 0) & (u < WIDTH) & (v >= 0) & (v < HEIGHT)
                inside &= size_px[part] > max(row, column)
                image[v[inside], u[inside]] = rgb[part][inside]
    return image


def main(map_dir: Path, out: Path) -> None:
    """Look along the street, which is the main direction of the camera positions."""
    xyz, rgb, cameras = street(map_dir)
    middle = np.median(cameras, axis=0)
    along = np.linalg.svd((cameras - middle)[:, :2])[2][0]
    if along[0] < 0:
        along = -along
    heading_deg = float(np.rad2deg(np.arctan2(along[0], along[1])))
    forward = np.array((*along, 0.0))
    right = np.array((along[1], -along[0], 0.0))
    behind = float(((cameras - middle) @ forward).min())
    eye = middle + (behind - BACK_M) * forward + RIGHT_M * right + (0.0, 0.0, UP_M)
    out.parent.mkdir(exist_ok=True)
    picture = Image.fromarray(draw(xyz, rgb, eye, heading_deg))
    picture.quantize(128).save(out, optimize=True)


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    root = Path(__file__).resolve().parents[1]
    main(*(given + [Path("demo/map"), root / "docs" / "street.png"][len(given) :]))
