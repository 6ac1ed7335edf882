"""`da3-base`: Depth Anything 3's any-view model (Lin et al. 2025), fed with a photo, the photos
beside it, and where the solution has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from worldmap.camera import Camera
from worldmap.config import DepthSettings
from worldmap.depth.depth_anything_3 import da3_size
from worldmap.depth.estimator import Rgb, key_of
from worldmap.depth.views import ColourPicture
from worldmap.depth.weights import (
    ModelSource,
    licence_of,
    load_network,
    require_weights,
    weights_hash,
)
from worldmap.records import DepthModel

if TYPE_CHECKING:
    import torch

    from worldmap.depth.any_view_network import AnyViewNetwork

# Raise it when the same weights and photos give another depth.
_VERSION: Final = 1
# Photos taken nearer to each other than this are taken to be so far apart.
_NEAREST_M: Final = 0.1

_SOURCE: Final = ModelSource(
    name="da3-base",
    estimator="da3-base",
    finds="refined depth",
    hub_id="depth-anything/DA3-BASE",
    network="worldmap.depth.any_view_network:load_any_view",
    model_type="da3-base",
    operations=1.3e12,
    download_bytes=542_000_000,
    licence="Apache-2.0",
    licence_url="https://huggingface.co/depth-anything/DA3-BASE",
    notice=(
        "Depth Anything 3 DA3-BASE is licensed under Apache-2.0: use, change and pass it on, "
        "commercially too, keeping its notices."
    ),
)


class AnyViewDepth:
    """See `ViewsNetwork`. In single precision, and on a processor in one thread, so that the same
    photos give the same depth whoever works at them. ModelError where the weights are missing or
    incomplete."""

    name = _SOURCE.estimator
    sources = (_SOURCE,)

    def __init__(self, settings: DepthSettings) -> None:
        self._settings = settings
        self._folder = require_weights(settings.da3_base_weights, settings, _SOURCE.model_type)
        self._network: AnyViewNetwork | None = None
        self.model = DepthModel(
            name=self.name,
            weights_hash=weights_hash(self._folder),
            licence=licence_of(self._folder, _SOURCE),
        )
        """See `ViewsNetwork`."""

    def settings_hash(self) -> str:
        """See `ViewsNetwork`."""
        return key_of(name=self.name, weights=self.model.weights_hash, version=_VERSION)

    def depth(
        self, photo: ColourPicture, beside: Sequence[ColourPicture]
    ) -> NDArray[np.float32] | None:
        """See `ViewsNetwork`. FrameError where photos are not in one frame."""
        import torch

        from worldmap.depth.runtime import pick_device
        from worldmap.inference import on_one_thread

        device = pick_device(self._settings.device)
        if self._network is None:
            loaded: AnyViewNetwork = load_network(self._folder, _SOURCE)
            self._network = loaded.to(device)
        aspect = _aspect(photo.camera)
        shown = [_cut(each.rgb, each.camera, aspect) for each in (photo, *beside)]
        poses, unit_m = told_poses(photo, beside, [angles for _, angles in shown])
        size = da3_size(1.0, aspect)
        with on_one_thread():
            pictures = torch.cat([_input(rgb, size, device) for rgb, _ in shown])
            found, _ = self._network(pictures, torch.from_numpy(poses).to(device))
            grid = torch.nn.functional.interpolate(
                found[None, None],
                size=photo.rgb.shape[:2],
                mode="bilinear",
                align_corners=False,
                antialias=True,
            )[0, 0]
            depth_m = (grid * unit_m).cpu().numpy().astype(np.float32)
        return depth_m if bool((np.isfinite(depth_m) & (depth_m > 0)).all()) else None


def told_poses(
    photo: ColourPicture, beside: Sequence[ColourPicture], angles: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.float32], float]:
    """Poses (S, 9) as `AnyViewNetwork` is told them, of the photo and those beside it, and the
    metres of their unit: the median distance, the photo itself among them. angles: of view, from
    top to bottom and from side to side, of each, in radians."""
    from_enu = photo.enu_from_cam.inverse()
    poses = [from_enu @ each.enu_from_cam for each in (photo, *beside)]
    distances = sorted(float(np.linalg.norm(pose.translation_m)) for pose in poses)
    unit_m = max(distances[max(1, (len(distances) - 1) // 2)], _NEAREST_M)
    rows = []
    for pose, (down, across) in zip(poses, angles, strict=True):
        turn = Rotation.from_matrix(pose.rotation).as_quat(canonical=True)
        rows.append((*(pose.translation_m / unit_m), *turn, down, across))
    return np.array(rows, dtype=np.float32), unit_m


def _aspect(camera: Camera) -> float:
    """Width over height of what is seen: a grid's pixels may be no squares."""
    return camera.width_px / camera.fx_px / (camera.height_px / camera.fy_px)


def _cut(rgb: Rgb, camera: Camera, aspect: float) -> tuple[Rgb, tuple[float, float]]:
    """The middle of a picture that has this aspect, and its angles of view from top to bottom and
    from side to side: all that the network sees at once have one size."""
    height, width = rgb.shape[:2]
    wider = _aspect(camera) / aspect
    columns = max(1, round(width / max(wider, 1.0)))
    rows = max(1, round(height * min(wider, 1.0)))
    top, left = (height - rows) // 2, (width - columns) // 2
    angles = tuple(
        2 * math.atan(count / 2 / focal_px)
        for count, focal_px in ((rows, camera.fy_px), (columns, camera.fx_px))
    )
    return rgb[top : top + rows, left : left + columns], (angles[0], angles[1])


def _input(rgb: Rgb, size: Sequence[int], device: torch.device) -> torch.Tensor:
    import torch

    from worldmap.imagenet import normalised

    pixels = torch.from_numpy(np.array(rgb)).to(device)
    return normalised(pixels.permute(2, 0, 1)[None].float(), size, mode="bicubic")
