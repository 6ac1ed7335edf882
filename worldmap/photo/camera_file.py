"""Which calibrated camera is a photo's, and what it says of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from worldmap.config import PhotoSettings
from worldmap.fisheye import FisheyeLens
from worldmap.known_camera import KnownCamera, KnownFisheye, aspect_of, stored_turn
from worldmap.photo.camera_formats import Known, read_cameras
from worldmap.photo.evidence import (
    CentreEvidence,
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    Origin,
    Provenance,
)
from worldmap.photo.named_path import common_tail, name_key, name_parts
from worldmap.records import FocalSource

__all__ = ["Known", "camera_evidence", "fisheye_of", "read_cameras", "whose_camera"]

# Sizes that are rounded to another scale still have their shape.
_ASPECT_TOLERANCE: Final = 0.01
# opensfm/exif.py: version, maker and model, size, projection, focal length.
_OPENSFM_NAME: Final = re.compile(r"v2 (.+?) \d+ \d+(?: \w+ [\d.]+)?")
# What photos by themselves tell of one lens differs by less: half a percent of the focal length,
# and a distortion that moves the corner of a picture by less than a percent.
_ONE_CAMERA_REL: Final = 0.005
_ONE_CAMERA_TERM: Final = 0.02
_LONGEST_NAME: Final = 200
_Five = tuple[float, float, float, float, float]


def camera_evidence(
    cameras: Sequence[Known],
    photo: Path,
    size_px: tuple[int, int],
    orientation: int,
    model: str,
    settings: PhotoSettings,
) -> list[Evidence]:
    """Focal length, principal point and distortion of a photo by the camera that is its: by its
    name, by its model's, else the only one of its shape. size_px: upright; orientation: EXIF's."""
    camera, _ = whose_camera(cameras, photo, size_px, model)
    if not isinstance(camera, KnownCamera):
        return []
    focal, cx, cy, distortion = _upright(camera, size_px, orientation)
    plain: Provenance = {
        "origin": Origin.CAMERA_FILE,
        "tag": camera.file,
        "raw": f"{camera.name} {camera.width:g}×{camera.height:g}"[:120],
    }
    found: list[Evidence] = [
        FocalEvidence(
            **plain,
            focal_px=focal,
            sigma_rel=settings.camera_file_focal_sigma_rel,
            source=FocalSource.CALIBRATED,
        ),
        CentreEvidence(**plain, centre_px=(cx, cy)),
    ]
    if any(distortion):
        found.append(DistortionEvidence(**plain, distortion=distortion))
    return found


def fisheye_of(
    cameras: Sequence[Known],
    photo: Path,
    size_px: tuple[int, int],
    orientation: int,
    model: str,
) -> FisheyeLens | None:
    """The lens of a photo whose camera, found as by `camera_evidence`, is a fisheye, in pixels of
    the upright picture; None of any other."""
    camera, _ = whose_camera(cameras, photo, size_px, model)
    if not isinstance(camera, KnownFisheye):
        return None
    turn = stored_turn(camera, size_px, orientation)
    try:
        return camera.lens.upright(turn).rescaled(*size_px)
    except ValueError:
        return None  # a mirrored picture


def whose_camera(
    cameras: Sequence[Known], photo: Path, size_px: tuple[int, int], model: str
) -> tuple[Known | None, str]:
    """The camera of a photo, else why none can be it, to be said behind "no camera, ". size_px:
    upright; model: by the photo's tags."""
    if not cameras:
        return None, ""
    aspect = max(size_px) / min(size_px)
    fitting = [c for c in cameras if abs(aspect_of(c) / aspect - 1) <= _ASPECT_TOLERANCE]
    if not fitting:
        theirs = ", ".join(dict.fromkeys(f"{c.width:g} × {c.height:g}" for c in cameras[:3]))
        return None, f"it is {size_px[0]} × {size_px[1]}, they are for {theirs}"
    named = _by_image(fitting, photo)
    if not named and any(c.by_folder for c in fitting):
        # Each camera of a rig has folders of its own, with photos that the file does not name.
        named = _by_image(fitting, photo, any_name=True)
        if not named:
            return None, "it is not among the photos that they are of"
    if not named:
        # One that is of another camera by name is not of this one.
        others = {_maker_and_model(c.name) for c in fitting if _is_of_another(c.name, model)}
        fitting = [c for c in fitting if not _is_of_another(c.name, model)]
        if not fitting:
            return None, f"it is of {model!r}, they are of {', '.join(sorted(others)[:3])}"
        named = [c for c in fitting if model and _names(c.name, model)]
    sides = set(map(float, size_px))
    same = [c for c in named or fitting if {c.width, c.height} == sides]
    for chosen in (named, same, fitting):
        if len(chosen) == 1:
            return chosen[0], ""
    left = len(same or named or fitting)
    if (middle := _middle_of_one(same or named or fitting)) is not None:
        return middle, ""
    return None, (
        f"{left} of them may be it, and nothing says which (COLMAP's images.txt beside them or "
        "OpenSfM's reconstruction.json would)"
    )


def _middle_of_one(cameras: Sequence[Known]) -> Known | None:
    """That of several which has the middle focal length, where they are one camera that was
    calibrated photo by photo, as `export` writes it; None where they differ."""
    ordered = sorted(
        (c for c in cameras if isinstance(c, KnownCamera)), key=lambda c: c.focal / c.width
    )
    if len(ordered) < len(cameras):
        return None
    middle = ordered[len(ordered) // 2]

    def is_alike(camera: KnownCamera) -> bool:
        scale = middle.width / camera.width
        own = (camera.focal, camera.cx, camera.cy)
        theirs = (middle.focal, middle.cx, middle.cy)
        lengths = [abs(a * scale - b) / middle.focal for a, b in zip(own, theirs, strict=True)]
        terms = [abs(a - b) for a, b in zip(camera.distortion, middle.distortion, strict=True)]
        return max(lengths) <= _ONE_CAMERA_REL and max(terms) <= _ONE_CAMERA_TERM

    return middle if all(map(is_alike, ordered)) else None


def _by_image(cameras: Sequence[Known], photo: Path, *, any_name: bool = False) -> list[Known]:
    """Those that name the photo: of several, whose folders are most like the photo's, which have to
    be where the file knows several. Programs leave the end of the name away, too. any_name: those
    that name whatever photo of its folder."""
    own = name_parts(str(photo.absolute()))
    keys = {name_key(photo.name), name_key(photo.stem)}
    alike = [
        max(
            (
                common_tail(name_parts(image)[:-1], own[:-1])
                for image in camera.images
                if any_name or name_key(image) in keys
            ),
            default=-1,
        )
        - camera.by_folder
        for camera in cameras
    ]
    best = max(alike, default=-1)
    return [c for c, n in zip(cameras, alike, strict=True) if n == best] if best >= 0 else []


def _maker_and_model(name: str) -> str:
    """Which camera one of OpenSfM's is of, by the name that OpenSfM gives it; '' where that does
    not say."""
    match = _OPENSFM_NAME.fullmatch(name[:_LONGEST_NAME].strip().casefold())
    return "" if match is None or "unknown" in match[1] else " ".join(match[1].split())


def _is_of_another(name: str, model: str) -> bool:
    told = _maker_and_model(name)
    return bool(told and model) and not _names(name, model)


def _names(name: str, model: str) -> bool:
    """Whether a camera's name has the model in it, and not one that only begins like it."""
    wanted, told = " ".join(model.casefold().split()), _maker_and_model(name)
    if told:
        return told == wanted or told.endswith(f" {wanted}")
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w| \w)", name.casefold()) is not None


def _upright(
    camera: KnownCamera, size_px: tuple[int, int], orientation: int
) -> tuple[float, float, float, _Five]:
    """Focal length, principal point and distortion in the upright picture."""
    width, height = size_px
    k1, k2, p1, p2, k3 = camera.distortion
    turn = stored_turn(camera, size_px, orientation)
    scale = (height if turn >= 5 else width) / camera.width
    # From the middle, right and down, and so the tangential terms' direction.
    x, y = scale * (camera.cx - camera.width / 2), scale * (camera.cy - camera.height / 2)
    if turn == 3:
        x, y, p1, p2 = -x, -y, -p1, -p2
    elif turn == 6:  # a quarter clockwise makes it upright
        x, y, p1, p2 = -y, x, p2, -p1
    elif turn == 8:
        x, y, p1, p2 = y, -x, -p2, p1
    return scale * camera.focal, width / 2 + x, height / 2 + y, (k1, k2, p1, p2, k3)
