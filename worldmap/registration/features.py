"""Local features of a photo, lifted to 3-D by its depth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Camera
from worldmap.config import FeatureSettings
from worldmap.errors import StorageError
from worldmap.records import SIFT, VLAD, DepthMap, Features, PictureMask, PixelTilt, is_same_mask
from worldmap.registration.extractor import Extractor, Keypoints, detected, open_extractor
from worldmap.registration.lens import LENS
from worldmap.registration.level import LEVEL_WIDTH_PX, estimate_tilt
from worldmap.registration.picture import working_picture
from worldmap.registration.planes import NormalGrid, Plane, dominant_planes, normal_grid
from worldmap.registration.retrieval import described, open_describer

Array = NDArray[np.float64]

_GRID_PX = 128
# Planes seen more squarely than this gain nothing from being looked at face on.
_OBLIQUE_COS = np.cos(np.deg2rad(30.0))
# Beyond this obliqueness a pixel covers too much of the plane to hold texture.
_GRAZING_COS = np.cos(np.deg2rad(80.0))
_MAX_RECTIFIED_MEGAPIXELS = 0.2
_LEAST_RECTIFIED_PX = 24
# Features begin so far inside a plane: what is beside it would be in them.
_RIM_PX = 2
_TRUSTED_RANGE_M = 50.0
_SHARED_BIAS_REL = 0.015
# So many values fit into half a byte.
_HALVES = 16
# Settings that every kind of features is found by; their hash is the key that SIFT's have had
# since it was the only kind.
_OF_ALL_KINDS = frozenset({"work_width_px", "max_features", "contrast", "planes"})


def extract_features(
    rgb: NDArray[np.uint8],
    camera: Camera,
    depth_map: DepthMap | None,
    settings: FeatureSettings,
    *,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    known: Features | None = None,
    mask: PictureMask | None = None,
) -> Features:
    """Features of the photo and of its oblique planes, with depth and tilt, of the settings' kind.

    rgb (H, W, 3) uint8, the upright photo at any size, `camera` its intrinsics at full size;
    pitch_deg and roll_deg the first guess of the tilt. Lens distortion is kept in uv_px and removed
    in xyz_cam. Without a depth map nothing is lifted and no plane looked at. known: features of the
    same photo, however lifted; what they have of the picture itself is taken from there where it
    was found by the same settings. mask: where in the picture none are looked for.
    Raises UsageError for a kind or retrieval that is not here, ModelError where it cannot be used.
    """
    extractor, describer = open_extractor(settings), open_describer(settings)
    work = camera.at_most(settings.work_width_px)
    picture = working_picture(rgb, work, colour=extractor.wants_colour)
    key = features_hash(settings)
    same = None
    if known is not None and known.found_by == key and is_same_mask(known.mask, mask):
        same = known
    looked_at = None if mask is None else _looked_at(mask, work)
    found = [
        _in_full_size(detected(extractor, settings.kind, picture, looked_at), work, camera)
        if same is None
        else _of_picture(same)
    ]
    planes: list[Plane] = []
    if depth_map is not None:
        grid = normal_grid(depth_map.depth_m, depth_map.camera)
        planes = dominant_planes(grid)
        wanted = settings.planes and getattr(extractor, "wants_planes", True)
        if wanted and camera.is_pinhole:
            less = _halved(work)
            small = cv2.resize(
                picture, (less.width_px, less.height_px), interpolation=cv2.INTER_AREA
            )
            for plane in planes:
                on_it = _on_plane(small, less, grid, plane, extractor, settings.kind)
                found.extend(_in_full_size(each, less, camera) for each in on_it)
    if mask is not None:
        found = [_outside(mask, each, camera) for each in found]
    uv_px = np.concatenate([f.uv_px for f in found])
    return Features(
        uv_px=uv_px,
        descriptor=np.concatenate([f.descriptor for f in found]),
        scale_px=np.concatenate([f.size_px for f in found]),
        on_plane=np.arange(len(uv_px)) >= len(found[0]),
        **_lifted(uv_px.astype(np.float64), camera, depth_map),
        tilt=estimate_tilt(rgb, camera, planes, pitch_deg=pitch_deg, roll_deg=roll_deg),
        kind=settings.kind,
        retrieval=settings.retrieval,
        appearance=described(describer, settings.retrieval, rgb)
        if same is None
        else same.appearance,
        found_by=key,
        depth_model=depth_map.model.name if depth_map is not None else "",
        camera=camera,
        mask=mask,
    )


def _halved(work: Camera) -> Camera:
    """The camera of the picture that planes are looked at in. A plane seen obliquely is stretched
    to what it is face on: it holds no detail of that size, and SIFT doubles what it is given."""
    return work.rescaled(max(1, work.width_px // 2), max(1, work.height_px // 2))


def _looked_at(mask: PictureMask, work: Camera) -> NDArray[np.uint8]:
    """(H, W) 255 where features of the working picture may be."""
    covered = mask.on_grid(work.height_px, work.width_px)
    return np.where(covered, 0, 255).astype(np.uint8)


def _outside(mask: PictureMask, found: Keypoints, camera: Camera) -> Keypoints:
    """Those that are not covered."""
    seen = ~mask.contains(found.uv_px, camera.width_px, camera.height_px)
    return Keypoints(
        uv_px=found.uv_px[seen], size_px=found.size_px[seen], descriptor=found.descriptor[seen]
    )


def seen_px(settings: FeatureSettings) -> int | None:
    """How long the longer side of a photo's picture has to be for `extract_features` to see all
    that it makes use of; None where it wants the full size."""
    if settings.retrieval != VLAD:
        return None
    return max(settings.work_width_px, LEVEL_WIDTH_PX)


def _in_full_size(found: Keypoints, work: Camera, camera: Camera) -> Keypoints:
    """Keypoints of the working picture in pixels of the full-size photo, float32 as stored."""
    across, down = camera.width_px / work.width_px, camera.height_px / work.height_px
    return Keypoints(
        uv_px=_to_steps(found.uv_px * np.array((across, down)), camera)[1],
        size_px=_to_three_digits(found.size_px * max(across, down)),
        descriptor=found.descriptor,
    )


def _of_picture(features: Features) -> Keypoints:
    """What was found in the picture itself, whatever its depth."""
    own = ~features.on_plane
    return Keypoints(
        uv_px=features.uv_px[own],
        size_px=features.scale_px[own],
        descriptor=features.descriptor[own],
    )


def _lifted(uv_px: Array, camera: Camera, depth_map: DepthMap | None) -> dict[str, Any]:
    """The fields of `Features` that depth gives."""
    if depth_map is None:
        none = np.full((1, 1), np.nan, dtype=np.float32)
        return {
            "xyz_cam": np.full((len(uv_px), 3), np.nan, dtype=np.float32),
            "depth_sigma_rel": np.full(len(uv_px), np.nan, dtype=np.float32),
            "grid_depth_m": none,
            "grid_sigma_m": none,
            "grid_camera": camera.rescaled(1, 1),
        }
    depth_m, sigma_m = _sample_depth(depth_map, uv_px, camera)
    # As it is stored: the rest of a point follows from its pixel.
    depth_m = depth_m.astype(np.float32).astype(np.float64)
    thin = max(1, round(depth_map.camera.width_px / _GRID_PX))
    cells = (slice(thin // 2, None, thin), slice(thin // 2, None, thin))
    thinned = depth_map.depth_m[cells]
    reach_m = _trusted_reach_m(thinned)
    sigma_rel = _trusted_sigma_rel(thinned, depth_map.sigma_m[cells], reach_m)
    return {
        "xyz_cam": camera.unproject(uv_px, depth_m).astype(np.float32),
        "depth_sigma_rel": _to_three_digits(_trusted_sigma_rel(depth_m, sigma_m, reach_m)),
        "grid_depth_m": np.ascontiguousarray(thinned),
        "grid_sigma_m": _to_three_digits(thinned * sigma_rel),
        "grid_camera": _thinned_camera(depth_map.camera, thin, thinned.shape),
    }


def _to_steps(
    uv_px: NDArray[np.floating], camera: Camera
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """Positions (N, 2) inside a picture as they are stored, and what that is: to a 65,536th of its
    longer side, a sixtieth of a pixel of the picture that features are found in."""
    step_px = max(camera.width_px, camera.height_px) / (1 << 16)
    steps = np.clip(np.round(uv_px.astype(np.float64) / step_px), 0, (1 << 16) - 1)
    return steps.astype(np.uint16), (steps * step_px).astype(np.float32)


def _to_three_digits(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """What is stored of sizes and sigmas: float32 that float16 holds."""
    most = float(np.finfo(np.float16).max)
    return np.asarray(np.clip(values, -most, most).astype(np.float16).astype(np.float32))


def features_hash(settings: FeatureSettings) -> str:
    """Key of everything that a photo's features depend on besides the photo, its depth and its
    tags. Errors as in `extract_features`."""
    common = settings.stage_hash(only=_OF_ALL_KINDS)
    if (settings.kind, settings.retrieval) == (SIFT, VLAD):
        return common
    told = (open_extractor(settings).settings_hash(), open_describer(settings).settings_hash())
    parts = (common, settings.kind, settings.retrieval, *told)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _trusted_sigma_rel(
    depth_m: NDArray[np.floating], sigma_m: NDArray[np.floating], reach_m: float
) -> Array:
    """Relative depth sigma (...), widened with range beyond what the depth map itself says.

    Far depth is not only noisy but wrong in the same way from photo to photo (it saturates), which
    no number of points averages out: it would shrink each next photo of a walk along a street.
    """
    bias_rel = np.minimum(_SHARED_BIAS_REL + 0.25 * (depth_m / reach_m) ** 2, 0.5)
    return np.asarray(np.hypot(sigma_m / depth_m, bias_rel), dtype=np.float64)


def _trusted_reach_m(depth_m: NDArray[np.float32]) -> float:
    """How far depth is told well, of a map that sees so far (H, W)."""
    known = depth_m[np.isfinite(depth_m)]
    middle_m = float(np.median(known)) if len(known) else 1.0
    return max(_TRUSTED_RANGE_M, 2.5 * middle_m)


def _thinned_camera(camera: Camera, step: int, shape: tuple[int, ...]) -> Camera:
    """The camera whose pixel centres are every step-th pixel centre of `camera`, from step // 2."""
    first = step // 2 + 0.5
    return Camera(
        width_px=shape[1],
        height_px=shape[0],
        fx_px=camera.fx_px / step,
        fy_px=camera.fy_px / step,
        cx_px=(camera.cx_px - first) / step + 0.5,
        cy_px=(camera.cy_px - first) / step + 0.5,
        distortion=camera.distortion,
    )


def _on_plane(
    picture: NDArray[np.uint8],
    camera: Camera,
    grid: NormalGrid,
    plane: Plane,
    extractor: Extractor,
    kind: str,
) -> list[Keypoints]:
    """Features of one plane as a camera at the same place that faces it squarely would see it."""
    rows, columns = np.nonzero(plane.mask)
    centres = np.stack((columns, rows), axis=1) + 0.5
    to_work = np.array((camera.width_px / plane.mask.shape[1], camera.height_px / len(plane.mask)))
    rays = camera.rays(centres * to_work)
    cosine = np.abs(rays @ plane.normal_cam) / np.linalg.norm(rays, axis=1)
    usable = cosine > _GRAZING_COS
    if np.median(cosine) > _OBLIQUE_COS or np.count_nonzero(usable) < 0.01 * plane.mask.size:
        return []
    forward = -plane.normal_cam
    # Keep the picture's own upright: its down direction, laid into the plane.
    down = np.array((0.0, 1.0, 0.0)) - forward * forward[1]
    if np.linalg.norm(down) < 0.5:
        down = np.array((0.0, 0.0, -1.0)) + forward * forward[2]
    down /= np.linalg.norm(down)
    face_from_cam = np.stack((np.cross(down, forward), down, forward))
    on_face = rays[usable] @ face_from_cam.T
    xy = on_face[:, :2] / on_face[:, 2:]
    low, high = np.percentile(xy, 1, axis=0), np.percentile(xy, 99, axis=0)
    # Resolution of the closest, squarest part would blow the rest up: take the median's.
    reach = np.linalg.norm(rays[usable], axis=1) * cosine[usable]
    focal = camera.fx_px * float(np.median(1.0 / (reach * np.sqrt(cosine[usable]))))
    extent = np.maximum(high - low, 1e-6)
    focal *= min(1.0, float(np.sqrt(_MAX_RECTIFIED_MEGAPIXELS * 1e6 / np.prod(extent * focal))))
    width, height = (int(side) for side in np.ceil(extent * focal))
    if min(width, height) < _LEAST_RECTIFIED_PX:
        return []
    face_matrix = np.array(((focal, 0, -low[0] * focal), (0, focal, -low[1] * focal), (0, 0, 1)))
    face_from_photo = face_matrix @ face_from_cam @ np.linalg.inv(camera.matrix)
    # warpPerspective counts pixel centres as integers.
    half = np.array(((1.0, 0, 0.5), (0, 1.0, 0.5), (0, 0, 1.0)))
    in_cv = np.linalg.inv(half) @ face_from_photo @ half
    patch = cv2.warpPerspective(picture, in_cv, (width, height), flags=cv2.INTER_LINEAR)
    full_mask = cv2.resize(
        plane.near.astype(np.uint8) * 255,
        (camera.width_px, camera.height_px),
        interpolation=cv2.INTER_NEAREST,
    )
    patch_mask = cv2.warpPerspective(full_mask, in_cv, (width, height), flags=cv2.INTER_NEAREST)
    patch_mask = cv2.erode(patch_mask, np.ones((2 * _RIM_PX + 1,) * 2, np.uint8))
    face = detected(
        extractor,
        kind,
        np.asarray(patch, dtype=np.uint8),
        np.asarray(patch_mask, dtype=np.uint8),
    )
    if not len(face):
        return []
    back = np.column_stack((face.uv_px, np.ones(len(face)))) @ np.linalg.inv(face_from_photo).T
    uv = back[:, :2] / back[:, 2:]
    inside = camera.in_picture(uv)
    return [
        Keypoints(
            uv_px=uv[inside],
            size_px=face.size_px[inside],
            descriptor=face.descriptor[inside],
        )
    ]


def _sample_depth(depth_map: DepthMap, uv_px: Array, camera: Camera) -> tuple[Array, Array]:
    """Depth and sigma at full-size pixels: bilinear in inverse depth, NaN beside a gap or edge."""
    grid = depth_map.camera
    x = uv_px[:, 0] * grid.width_px / camera.width_px - 0.5
    y = uv_px[:, 1] * grid.height_px / camera.height_px - 0.5
    x0 = np.clip(np.floor(x).astype(np.intp), 0, max(grid.width_px - 2, 0))
    y0 = np.clip(np.floor(y).astype(np.intp), 0, max(grid.height_px - 2, 0))
    x1, y1 = np.minimum(x0 + 1, grid.width_px - 1), np.minimum(y0 + 1, grid.height_px - 1)
    fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
    corners = np.stack(
        [depth_map.depth_m[r, c] for r, c in ((y0, x0), (y0, x1), (y1, x0), (y1, x1))]
    ).astype(np.float64)
    weights = np.stack(((1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy))
    with np.errstate(invalid="ignore", divide="ignore"):
        depth = 1.0 / (weights / corners).sum(axis=0)
        jump = (corners.max(axis=0) - corners.min(axis=0)) / depth
    # A corner without depth makes the sum NaN; a jump means the point is on neither surface.
    depth = np.where(jump < 0.1, depth, np.nan)
    nearest = depth_map.sigma_m[
        np.clip(np.round(y).astype(np.intp), 0, grid.height_px - 1),
        np.clip(np.round(x).astype(np.intp), 0, grid.width_px - 1),
    ]
    return depth, nearest.astype(np.float64)


def save_features(path: Path, features: Features) -> str:
    """Store features as an artifact; returns its SHA-256. Raises StorageError.

    What is the same in fewer bytes is stored so: bytes of no more than sixteen values as halves,
    numbers that float16 holds as these, and of points lifted by a camera their depth.
    """
    tilt, appearance, camera = features.tilt, features.appearance, features.camera
    levels = np.unique(features.descriptor) if features.descriptor.dtype == np.uint8 else None
    halves = levels is not None and len(levels) <= _HALVES and features.descriptor.shape[1] % 2 == 0
    arrays: dict[str, NDArray[Any]] = {
        "uv_px": features.uv_px,
        "depth_sigma_rel": _narrowed(features.depth_sigma_rel),
        "scale_px": _narrowed(features.scale_px),
        "on_plane": features.on_plane,
        "grid_depth_m": features.grid_depth_m,
        "grid_sigma_m": _narrowed(features.grid_sigma_m),
    }
    if halves and levels is not None:
        number = np.searchsorted(levels, features.descriptor).astype(np.uint8)
        arrays["descriptor_halves"] = number[:, 0::2] | number[:, 1::2] << np.uint8(4)
        arrays["descriptor_levels"] = levels
    else:
        arrays["descriptor"] = features.descriptor
    if camera is None:
        arrays["xyz_cam"] = features.xyz_cam
    else:
        arrays["depth_m"] = features.xyz_cam[:, 2]
        steps, told = _to_steps(features.uv_px, camera)
        if np.array_equal(told, features.uv_px):
            arrays["uv_px"] = steps
    if appearance is not None:
        arrays["appearance"] = appearance
    if features.mask is not None:
        arrays["mask"] = np.packbits(features.mask.covers, axis=1)
    return write_arrays(
        path,
        arrays,
        {
            "grid_camera": asdict(features.grid_camera),
            "camera": asdict(camera) if camera else None,
            "tilt": asdict(tilt) if tilt else None,
            "kind": features.kind,
            "retrieval": features.retrieval,
            "found_by": features.found_by,
            "depth_model": features.depth_model,
            "mask_width": features.mask.covers.shape[1] if features.mask is not None else 0,
        },
    )


def _narrowed(values: NDArray[np.float32]) -> NDArray[np.floating]:
    """As float16 where that holds them all."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values, equal_nan=True) else values


def load_features(path: Path) -> Features:
    """What `save_features` stored. Raises StorageError where it is missing or damaged."""
    arrays, meta = read_arrays(path)
    try:
        told = meta.get("camera")
        mask = _mask_of(arrays.pop("mask", None), int(meta.get("mask_width", 0)))
        camera = _camera_of(told) if told else None
        features = Features(
            **_unpacked(arrays, camera),
            grid_camera=_camera_of(meta["grid_camera"]),
            camera=camera,
            tilt=_tilt_of(meta["tilt"]) if meta["tilt"] else None,
            # Until there were others every map's features were these.
            kind=str(meta.get("kind", SIFT)),
            retrieval=str(meta.get("retrieval", VLAD)),
            found_by=str(meta.get("found_by", "")),
            depth_model=str(meta.get("depth_model", "")),
            mask=mask,
        )
        _require_shapes(features)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and ingest again"
        ) from error
    return features


def _tilt_of(told: dict[str, Any]) -> PixelTilt:
    """ValueError or TypeError where it is none."""
    rows = told.pop("up_by_lens", ())
    up_by_lens = tuple(tuple(float(value) for value in row) for row in rows)
    if up_by_lens and [len(row) for row in up_by_lens] != 3 * [LENS]:
        raise ValueError("a level that follows no lens")
    return PixelTilt(**told, up_by_lens=up_by_lens)


def _mask_of(packed: NDArray[Any] | None, width: int) -> PictureMask | None:
    """ValueError where it is none."""
    if packed is None:
        return None
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != -(-width // 8):
        raise ValueError(f"mask is {packed.dtype} {packed.shape} for {width} columns")
    return PictureMask(np.unpackbits(packed, axis=1, count=width).astype(np.bool_))


def _camera_of(told: dict[str, Any]) -> Camera:
    return Camera(**(told | {"distortion": tuple(told["distortion"])}))


def _unpacked(arrays: dict[str, NDArray[Any]], camera: Camera | None) -> dict[str, NDArray[Any]]:
    """The arrays of `Features`, of those that `save_features` stored. KeyError, ValueError or
    IndexError where they are none."""
    found = dict(arrays)
    for name in ("depth_sigma_rel", "scale_px", "grid_sigma_m"):
        if found[name].dtype == np.float16:
            found[name] = found[name].astype(np.float32)
    if "descriptor_halves" in found:
        both, levels = found.pop("descriptor_halves"), found.pop("descriptor_levels")
        if both.ndim != 2 or both.dtype != np.uint8 or levels.dtype != np.uint8:
            raise ValueError(f"descriptor is {both.dtype} {both.shape} in halves")
        number = np.empty((len(both), 2 * both.shape[1]), dtype=np.uint8)
        number[:, 0::2], number[:, 1::2] = both & np.uint8(15), both >> np.uint8(4)
        found["descriptor"] = levels[number]
    if camera is not None:
        depth_m, uv_px = found.pop("depth_m"), found["uv_px"]
        if uv_px.dtype == np.uint16:
            step_px = max(camera.width_px, camera.height_px) / (1 << 16)
            uv_px = found["uv_px"] = (uv_px.astype(np.float64) * step_px).astype(np.float32)
        if uv_px.shape != (len(depth_m), 2) or depth_m.dtype != np.float32 or depth_m.ndim != 1:
            raise ValueError(f"depth_m is {depth_m.dtype} {depth_m.shape}")
        xyz_cam = camera.unproject(uv_px.astype(np.float64), depth_m.astype(np.float64))
        found["xyz_cam"] = xyz_cam.astype(np.float32)
    for each in found.values():
        each.setflags(write=False)
    return found


def _require_shapes(features: Features) -> None:
    count = len(features.uv_px)
    grid = (features.grid_camera.height_px, features.grid_camera.width_px)
    told, appearance = features.descriptor, features.appearance
    if told.ndim != 2 or len(told) != count or told.dtype.kind not in "buif":
        raise ValueError(f"descriptor is {told.dtype} {told.shape} for {count} features")
    if features.kind == SIFT and (told.dtype != np.uint8 or told.shape[1] != 128):
        raise ValueError(f"descriptor is {told.dtype} {told.shape}, which is not {SIFT}'s")
    if appearance is not None and (appearance.ndim != 1 or appearance.dtype != np.float32):
        raise ValueError(f"appearance is {appearance.dtype} {appearance.shape}")
    for name, shape, dtype in (
        ("uv_px", (count, 2), np.float32),
        ("xyz_cam", (count, 3), np.float32),
        ("depth_sigma_rel", (count,), np.float32),
        ("scale_px", (count,), np.float32),
        ("on_plane", (count,), np.bool_),
        ("grid_depth_m", grid, np.float32),
        ("grid_sigma_m", grid, np.float32),
    ):
        found = getattr(features, name)
        if found.shape != shape or found.dtype != dtype:
            raise ValueError(f"{name} is {found.dtype} {found.shape}, not {dtype.__name__} {shape}")


def relifted(features: Features, told: Camera, known: Camera) -> Features:
    """The features of a photo whose camera turned out to be `known` instead of `told`, with which
    they were lifted: the same pixels and depths, along other rays."""
    if told == known:
        return features
    grid = features.grid_camera
    across, down = grid.fx_px / told.fx_px, grid.fy_px / told.fy_px
    depth_m = features.xyz_cam[:, 2].astype(np.float64)
    return replace(
        features,
        camera=known,
        xyz_cam=known.unproject(features.uv_px.astype(np.float64), depth_m).astype(np.float32),
        grid_camera=replace(
            grid,
            fx_px=across * known.fx_px,
            fy_px=down * known.fy_px,
            cx_px=grid.cx_px + across * (known.cx_px - told.cx_px),
            cy_px=grid.cy_px + down * (known.cy_px - told.cy_px),
            distortion=known.distortion,
        ),
    )
