"""Depth Pro (Bochkovskii et al. 2024) through transformers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb, key_of, photo_parts
from worldmap.depth.focal import choose_focal, photo_camera
from worldmap.errors import ModelError, PhotoError
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource, PhotoMetadata

_LICENCE = "Apple ML research licence (research use only)"
_FETCH_HINT = "run `worldmap models fetch depth-pro` or set depth.depth_pro_weights to a folder"
_MIN_INVERSE, _MAX_INVERSE = 1e-4, 1e4  # 0.1 mm to 10 km, as in the reference implementation
_MIN_FOV_DEG, _MAX_FOV_DEG = 1.0, 179.0
_PREDICTED_FOCAL_SIGMA_REL = 0.10


def find_weights(settings: DepthSettings) -> Path | None:
    """Folder of the Depth Pro checkpoint, or None where there is none on this machine. Never
    reaches for the network."""
    folder = Path(settings.depth_pro_weights).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(settings.depth_pro_weights, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None


def weights_hash(folder: Path) -> str:
    """SHA-256 over the configuration and the tensors of a checkpoint folder, in hex."""
    digest = hashlib.sha256()
    for path in sorted([folder / "config.json", *folder.glob("*.safetensors")]):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


class DepthPro:
    """`depth-pro`: canonical inverse depth, made metric by the focal length in use.

    The depth map keeps the network's own square grid; its camera is scaled to match.
    Raises ModelError where the weights are missing, incomplete or of another model.
    """

    def __init__(self, settings: DepthSettings) -> None:
        folder = find_weights(settings)
        if folder is None:
            raise ModelError(f"no Depth Pro weights on this machine: {_FETCH_HINT}")
        self._settings = settings
        self._model = _load(folder)
        config = self._model.config
        self._side_px = round(config.patch_size / config.scaled_images_ratios[0])
        self._record = DepthModel(
            name=self.name, weights_hash=weights_hash(folder), licence=_LICENCE
        )

    @property
    def name(self) -> str:
        """`depth-pro`."""
        return "depth-pro"

    def settings_hash(self) -> str:
        """See `DepthEstimator`."""
        s = self._settings
        return key_of(
            name=self.name,
            weights=self._record.weights_hash,
            sigma=(s.depth_pro_sigma_rel, s.depth_pro_scale_sigma_rel),
            focal=(s.focal_px, s.assumed_focal_35mm, s.assumed_focal_sigma_rel),
        )

    def cache_key(self, photo: PhotoMetadata) -> str:
        """See `DepthEstimator`."""
        return key_of(settings=self.settings_hash(), **photo_parts(photo))

    def estimate(self, photo: PhotoMetadata, rgb: Rgb) -> DepthMap:
        """See `DepthEstimator`. PhotoError where the network gives no finite depth."""
        (result,) = self.estimate_batch([(photo, rgb)])
        if isinstance(result, PhotoError):
            raise result
        return result

    def estimate_batch(
        self, photos: Sequence[tuple[PhotoMetadata, Rgb]]
    ) -> list[DepthMap | PhotoError]:
        """See `DepthEstimator`."""
        import torch

        results: list[DepthMap | PhotoError] = []
        for photo, rgb in photos:
            with torch.inference_mode():
                output = self._model(pixel_values=network_input(rgb, self._side_px))
            inverse = output.predicted_depth[0].float().numpy()
            fov = output.field_of_view
            fov_deg = None if fov is None else float(fov[0])
            results.append(self._depth_map(photo, inverse, fov_deg))
        return results

    def _depth_map(
        self, photo: PhotoMetadata, inverse: NDArray[np.float32], fov_deg: float | None
    ) -> DepthMap | PhotoError:
        if not np.isfinite(inverse).all():
            return PhotoError(f"{photo.path}: Depth Pro gave depth that is not finite")
        predicted = predicted_focal(fov_deg, photo.width_px)
        focal = choose_focal(photo, self._settings, predicted)
        canonical = np.clip(inverse, _MIN_INVERSE, _MAX_INVERSE)
        depth_m = (focal.focal_px / photo.width_px) / canonical
        return DepthMap(
            depth_m=depth_m,
            sigma_m=self._settings.depth_pro_sigma_rel * depth_m,
            camera=photo_camera(photo, focal).rescaled(*depth_m.shape[::-1]),
            focal=focal,
            focal_predicted=predicted,
            scale_sigma_rel=self._settings.depth_pro_scale_sigma_rel,
            model=self._record,
        )


def predicted_focal(fov_deg: float | None, width_px: int) -> Focal | None:
    """Focal length from the network's horizontal field of view, f = w / (2 tan(fov / 2)); None
    where it gave none or one that no camera has."""
    if fov_deg is None or not _MIN_FOV_DEG < fov_deg < _MAX_FOV_DEG:
        return None
    return Focal(
        focal_px=0.5 * width_px / math.tan(0.5 * math.radians(fov_deg)),
        sigma_rel=_PREDICTED_FOCAL_SIGMA_REL,
        source=FocalSource.DEPTH_MODEL,
    )


def network_input(rgb: Rgb, side_px: int) -> Any:
    """(1, 3, side, side) tensor in [−1, 1]: normalised first, then bilinear without antialias, as
    the network was trained."""
    import torch
    from torch.nn import functional

    pixels = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float() / 127.5 - 1
    return functional.interpolate(
        pixels, size=(side_px, side_px), mode="bilinear", align_corners=False
    )


def _load(folder: Path) -> Any:
    import torch
    from transformers import DepthProForDepthEstimation
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        model, info = DepthProForDepthEstimation.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # transformers raises whatever its parsers raise
        detail = " ".join(str(error).split())[:200]
        raise ModelError(f"cannot load the Depth Pro weights in {folder}: {detail}") from error
    missing = sorted(info["missing_keys"])
    if missing:
        # transformers fills what is missing with random numbers and only warns.
        raise ModelError(
            f"the Depth Pro weights in {folder} are incomplete: {len(missing)} tensors are "
            f"missing, {missing[0]} first; {_FETCH_HINT}"
        )
    return model.eval()
