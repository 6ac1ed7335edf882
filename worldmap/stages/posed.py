"""A model of another program and the photos of a map: which is which, where they stand, and both in
files that ingest and merge read."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.errors import InputError
from worldmap.exchange.posed import Posed, PosedShot
from worldmap.frames import RigidTransform, cam, heading_pitch_roll_deg
from worldmap.geodesy import Site, ecef_from_local, enu
from worldmap.known_camera import KnownCamera, stored_turn
from worldmap.mapfolder.given import IMPORTED_NAME, GivenPose, read_given, write_given
from worldmap.records import IngestedPhoto
from worldmap.registration.georeference import georeferenced
from worldmap.registration.held import metres_per_unit
from worldmap.registration.level import up_cam
from worldmap.registration.view import PhotoView
from worldmap.stages.register import read_views
from worldmap.stages.selection import sites_of
from worldmap.stages.work import Work

Array = NDArray[np.float64]

# What a structure from motion knows of a photo beside its neighbours (`data/herz`, herz-jesu, has
# 1-2 cm and some hundredths of a degree).
_WITHIN_M: Final = 0.02
_WITHIN_RAD: Final = math.radians(0.05)
# Axes that are east, north, up are so by GPS, mostly.
_SITE_SIGMA_M: Final = 1.0
_SITE_SIGMA_RAD: Final = math.radians(0.3)
_UPRIGHT_FROM_STORED: Final = {
    3: np.diag((-1.0, -1.0, 1.0)),
    6: np.array(((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))),
    8: np.array(((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0))),
}
"""Axes of the camera of the upright photo from those of the photo as it is stored, by its tag."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PosedPhotos:
    """Where the photos of a model stand: poses by the photos' ids about a site, and what is not
    known of them (6, 6). metres_per_unit of the model; located: how many positions laid it, 0 where
    its axes are on the Earth; missing: names that no photo of the map has."""

    site: Site
    enu_from_cam: Mapping[int, RigidTransform]
    covariance: Mapping[int, Array]
    metres_per_unit: float
    located: int
    missing: tuple[str, ...]

    @property
    def sigma_m(self) -> tuple[float, float]:
        """How certain its place is, sideways and in height: of the median photo."""
        of_photos = np.array([np.diag(own)[3:] for own in self.covariance.values()])
        east, north, up = np.sqrt(np.median(of_photos, axis=0)).tolist()
        return max(east, north), up


def write_cameras(map_dir: Path, model: Posed) -> Path:
    """The model's cameras where `ingest` reads them (as COLMAP's text, which names the photos)."""
    folder = map_dir / IMPORTED_NAME
    numbers: dict[KnownCamera, int] = {}
    images = []
    for number, shot in enumerate(model.shots, start=1):
        of = numbers.setdefault(replace(shot.camera, name="", images=frozenset()), len(numbers) + 1)
        images += [f"{number} 1 0 0 0 0 0 0 {of} {_base(shot.name)}", ""]
    cameras = []
    for camera, number in numbers.items():
        k1, k2, p1, p2, k3 = camera.distortion
        values = (camera.focal, camera.focal, camera.cx, camera.cy, k1, k2, p1, p2, k3, 0, 0, 0)
        told = " ".join(repr(float(value)) for value in values)
        cameras.append(f"{number} FULL_OPENCV {camera.width:.0f} {camera.height:.0f} {told}")
    write_file(folder / "images.txt", ("\n".join(images) + "\n").encode())
    write_file(folder / "cameras.txt", ("\n".join(cameras) + "\n").encode())
    return folder / "cameras.txt"


def files_of(model: Posed, photos: Sequence[IngestedPhoto]) -> tuple[Path, ...]:
    """Of photos of the map those that the model names: the others are as they are, and need not be
    read for it. InputError where it names none."""
    by_id = {photo.photo_id: photo for photo in photos}
    of_shot = _same([shot.name for shot in model.shots], by_id)
    if not of_shot:
        raise _of_others(model, f"the map's {len(photos)} photos")
    return tuple(by_id[i].metadata.path for i in of_shot.values())


def require_some(model: Posed, photos: Sequence[Path]) -> None:
    """InputError where a model names none of the files."""
    names = {name.casefold() for path in photos for name in (path.name, path.stem)}
    if not any(names & {*_keys(shot.name)} for shot in model.shots):
        raise _of_others(model, "the photos")


def _of_others(model: Posed, photos: str) -> InputError:
    return InputError(
        f"names none of {photos}",
        path=model.path,
        hint=f"it has {model.shots[0].name}; name the photos behind the model",
    )


def stand(work: Work, model: Posed, origin: Site | None, sigma_m: float | None) -> PosedPhotos:
    """Where the map's photos of the model stand: about `origin`, else the model's own site, within
    sigma_m (1 m where nobody says), else by their tags. InputError where no photo is the model's,
    or the tags do not tell it."""
    photos = {photo.photo_id: photo for photo in work.folder.catalog.photos()}
    of_shot = _same([shot.name for shot in model.shots], photos)
    if not of_shot:
        raise _of_others(model, f"the map's {len(photos)} photos")
    shots = {of_shot[shot.name]: shot for shot in model.shots if shot.name in of_shot}
    poses = {i: _upright(shot, photos[i]) for i, shot in shots.items()}
    missing = tuple(shot.name for shot in model.shots if shot.name not in of_shot)
    site = origin or model.site
    if site is not None:
        side_m = sigma_m or _SITE_SIGMA_M
        shared = np.diag((*[_SITE_SIGMA_RAD**2] * 3, *[side_m**2] * 3))
        placed = {i: replace(pose, to=enu(site)) for i, pose in poses.items()}
        return PosedPhotos(
            site=site,
            enu_from_cam={i: _head_up(pose, photos[i]) for i, pose in placed.items()},
            covariance=dict.fromkeys(placed, shared + _within()),
            metres_per_unit=1.0,
            located=0,
            missing=missing,
        )
    ours = [photos[i] for i in poses]
    views: dict[int, PhotoView] = read_views(work, sites_of(work.folder.catalog, ours), ours, {})
    unit = metres_per_unit(views, poses, work.settings.registration.pairs)
    found = georeferenced(views, poses, unit)
    return PosedPhotos(
        site=found.site,
        enu_from_cam={i: _head_up(pose, photos[i]) for i, pose in found.poses.items()},
        covariance={i: own[:6, :6] + _within() for i, own in found.covariance.items()},
        metres_per_unit=found.metres_per_unit,
        located=found.located,
        missing=missing,
    )


def _within() -> Array:
    return np.diag((*[_WITHIN_RAD**2] * 3, *[_WITHIN_M**2] * 3))


def keep_given(work: Work, standing: PosedPhotos) -> None:
    """Keep the poses as they are for merges to come, beside those that were kept before."""
    photos = {photo.photo_id: photo for photo in work.folder.catalog.photos()}
    given = read_given(work.folder.root)
    for i, pose in standing.enu_from_cam.items():
        content_hash = photos[i].metadata.content_hash
        given[content_hash] = GivenPose(
            content_hash=content_hash,
            site=standing.site,
            enu_from_cam=pose,
            covariance=standing.covariance[i],
        )
    write_given(work.folder.root, given.values())


def write_table(work: Work, standing: PosedPhotos) -> Path:
    """The poses as a table of positions, headings and tilts, which `ingest` reads; they are no
    longer kept as they are."""
    photos = {photo.photo_id: photo for photo in work.folder.catalog.photos()}
    given = read_given(work.folder.root)
    kept = {photos[i].metadata.content_hash for i in standing.enu_from_cam} & given.keys()
    if kept:
        write_given(work.folder.root, (pose for key, pose in given.items() if key not in kept))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        ("filename", "lat", "lon", "height", "datum", "heading", "pitch", "roll", "sigma_h",
         "sigma_v", "sigma_heading", "sigma_tilt")
    )  # fmt: skip
    for i, pose in sorted(standing.enu_from_cam.items()):
        lat, lon, height = map(float, standing.site.geodetic_from_enu(pose.translation_m))
        here_from_site = ecef_from_local(lat, lon).T @ standing.site.ecef_from_enu.rotation
        angles = heading_pitch_roll_deg(here_from_site @ pose.rotation)
        covariance = standing.covariance[i]
        turn, place = covariance[:3, :3], covariance[3:, 3:]
        up = pose.rotation[2]
        heading_var = float(up @ turn @ up)
        tilt_var = max(float(np.trace(turn)) - heading_var, 0.0) / 2
        side_m = math.sqrt(float(np.trace(place[:2, :2])) / 2)
        sigmas = (side_m, math.sqrt(place[2, 2]))
        turned = np.rad2deg(np.sqrt((heading_var, tilt_var))).tolist()
        table.writerow(
            (photos[i].metadata.path, f"{lat:.10f}", f"{lon:.10f}", f"{height:.4f}", "ellipsoid",
             *(f"{angle:.5f}" for angle in angles), *(f"{s:.4f}" for s in (*sigmas, *turned)))
        )  # fmt: skip
    path = work.folder.root / IMPORTED_NAME / "poses.csv"
    write_file(path, text.getvalue().encode())
    return path


# --- whose is it --------------------------------------------------------------------------------


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _keys(name: str) -> tuple[str, ...]:
    """What a photo may be called in the map that a model calls so; last, as `export` calls one of
    several of a name, with its number before."""
    base = _base(name).casefold()
    return (base, base.removesuffix(".jpg"), PurePosixPath(base).stem, base.partition("_")[2])


def _same(names: Sequence[str], photos: Mapping[int, IngestedPhoto]) -> dict[str, int]:
    """By a model's name of a photo the map's: of the same file name, or that without its suffix, in
    the folders that are most alike; or as `export` calls it. What is as much another's is
    nobody's."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for i, photo in photos.items():
        for key in {photo.metadata.path.name.casefold(), photo.metadata.path.stem.casefold()}:
            by_name[key].append(i)
    found: dict[str, int] = {}
    for name in names:
        number = _base(name).partition("_")[0]
        for key in _keys(name):
            candidates = by_name.get(key, [])
            if key == _keys(name)[-1]:
                candidates = [i for i in candidates if str(i) == number]
            folders = PurePosixPath(name.replace("\\", "/").casefold()).parts[:-1]
            alike = [_alike(folders, photos[i].metadata.path) for i in candidates]
            best = [i for i, n in zip(candidates, alike, strict=True) if n == max(alike)]
            if len(best) == 1 and best[0] not in found.values():
                found[name] = best[0]
                break
    return found


def _alike(folders: Sequence[str], path: Path) -> int:
    """How many of the last folders are the same."""
    own = [part.casefold() for part in path.parts[:-1]]
    count = 0
    while count < min(len(own), len(folders)) and own[-1 - count] == folders[-1 - count]:
        count += 1
    return count


# --- which way is up ----------------------------------------------------------------------------


def _upright(shot: PosedShot, photo: IngestedPhoto) -> RigidTransform:
    """Of the upright photo's camera: most programs look at the photo as it is stored."""
    metadata = photo.metadata
    size_px = metadata.width_px, metadata.height_px
    turn = stored_turn(shot.camera, size_px, metadata.orientation)
    upright_from_stored = _UPRIGHT_FROM_STORED.get(turn, np.eye(3))
    return RigidTransform(
        to=shot.model_from_cam.to,
        source=cam(str(photo.photo_id)),
        rotation=shot.model_from_cam.rotation @ upright_from_stored.T,
        translation_m=shot.model_from_cam.translation_m,
    )


def _head_up(pose: RigidTransform, photo: IngestedPhoto) -> RigidTransform:
    """Of a photo that is stored upside down no shape says whether it was turned before; that its
    camera knew up does."""
    up = up_cam(photo.prior.pitch_deg, photo.prior.roll_deg)
    if photo.metadata.orientation != 3 or float(pose.rotation[2] @ up) > 0:
        return pose
    return replace(pose, rotation=pose.rotation @ _UPRIGHT_FROM_STORED[3])
