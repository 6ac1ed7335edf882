"""Photos that no structure holds, beside ones whose depth is known: where all that they see of it
comes together.

Structure from motion asks three photos for each place. Of one photo's depth a second one tells by
itself where it stands (perspective-n-point), in the metres of that depth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.frames import RigidTransform, cam, nearest_rotation
from worldmap.geodesy import enu
from worldmap.records import DepthAnchors
from worldmap.registration.anchors import tie_scores
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.pnp import stand_of
from worldmap.registration.structure import (
    FEWEST_MATCHES,
    FEWEST_OF_TWO,
    LEAST_SHARE,
    MATCH_PX,
    Structure,
    is_level,
    matched_pictures,
    promising,
)
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_TRIES: Final = 1000
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Sights:
    """Points of one photo's depth that another photo sees: feature (N,) of the seeing photo, ray
    (N, 2) to it, xyz (N, 3) in the structure's axes and their relative sigma of depth (N,)."""

    of: int
    feature: NDArray[np.int32]
    ray: Array
    xyz: Array
    sigma_rel: Array

    def where(self, rows: NDArray[np.bool_]) -> _Sights:
        return replace(
            self,
            feature=self.feature[rows],
            ray=self.ray[rows],
            xyz=self.xyz[rows],
            sigma_rel=self.sigma_rel[rows],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Resected:
    """Where a photo stands in a structure, with the points that it was placed by."""

    enu_from_cam: RigidTransform
    camera: Camera
    anchors: DepthAnchors


def resected(
    structures: Sequence[Structure],
    lifted: Mapping[int, PhotoView],
    views: Mapping[int, PhotoView],
    pairs: Sequence[tuple[int, int]],
    settings: PairSettings,
    *,
    neighbours: int,
    on_pair: Callable[[], None] = lambda: None,
) -> list[Structure]:
    """The structures that photos of `views` were found in, with these. Each photo goes where most
    of what it sees agrees; one that sees too little of what has depth goes nowhere.

    lifted: photos whose features have depth, in whatever metres; one that stands in no structure is
    one by itself. pairs: by id, of one photo of either kind; settings: of the matches; at most so
    many neighbours are named for each; on_pair is called after each pair.
    """
    held = {i for each in structures for i in each.enu_from_cam}
    alone = [_by_itself(i, view) for i, view in sorted(lifted.items()) if i not in held]
    standing = [_Lifted.of(each, lifted) for each in (*structures, *alone)]
    seen_by: dict[int, dict[int, NDArray[np.int32]]] = defaultdict(dict)
    both = {**views, **lifted}
    for a, b in promising(both, sorted(pairs), RatioMatcher.of(settings), on_pair):
        own, other = (a, b) if a in views else (b, a)
        seen_by[own][other] = matched_pictures(both[own], both[other], settings)
        on_pair()
    joined: list[dict[int, _Resected]] = [{} for _ in standing]
    for i, matches in sorted(seen_by.items()):
        places = [_placed(views[i], matches, each, neighbours) for each in standing]
        found = [(len(each.anchors), -row) for row, each in enumerate(places) if each is not None]
        if found:
            row = -max(found)[1]
            best = places[row]
            assert best is not None
            joined[row][i] = best
    return [_with(each.structure, new) for each, new in zip(standing, joined, strict=True) if new]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Lifted:
    """A structure and, by id, those of its photos that have depth, with the structure's metres for
    each metre of that."""

    structure: Structure
    views: Mapping[int, PhotoView]
    size: Mapping[int, float]

    @classmethod
    def of(cls, structure: Structure, lifted: Mapping[int, PhotoView]) -> _Lifted:
        views = {i: lifted[i] for i in sorted(lifted.keys() & structure.enu_from_cam.keys())}
        size = {i: _size(structure.anchors[i], view) for i, view in views.items()}
        return cls(structure=structure, views=views, size=size)

    def camera(self, view: PhotoView) -> Camera:
        """Another photo's own, at the focal length that was found for others of its camera."""
        own = view.camera
        for i, each in self.views.items():
            camera = self.structure.cameras[i]
            same = each.camera_key == view.camera_key
            if same and (camera.width_px, camera.height_px) == (own.width_px, own.height_px):
                return own.with_lens(replace(own.lens, focal_px=camera.fx_px))
        return own

    def sights(
        self, view: PhotoView, camera: Camera, other: int, index: NDArray[np.int32]
    ) -> _Sights:
        """What another photo sees of one of these by their matches (M, 2)."""
        features = self.views[other].features
        xyz_cam = features.xyz_cam[index[:, 1]].astype(np.float64)
        known = np.isfinite(xyz_cam).all(axis=1)
        index, xyz_cam = index[known], xyz_cam[known]
        uv_px = view.features.uv_px[index[:, 0]].astype(np.float64)
        return _Sights(
            of=other,
            feature=index[:, 0],
            ray=camera.rays(uv_px)[:, :2],
            xyz=self.structure.enu_from_cam[other].apply(self.size[other] * xyz_cam),
            sigma_rel=features.depth_sigma_rel[index[:, 1]].astype(np.float64),
        )


def _by_itself(photo_id: int, view: PhotoView) -> Structure:
    """One photo's depth, about its own place."""
    features = view.features
    at = np.flatnonzero(np.isfinite(features.xyz_cam).all(axis=1) & ~features.on_plane)
    return Structure(
        enu_from_cam={photo_id: RigidTransform.identity(enu(view.site), cam(str(photo_id)))},
        cameras={photo_id: view.camera},
        anchors={
            photo_id: DepthAnchors(
                photo_id=photo_id,
                uv_px=features.uv_px[at].astype(np.float64),
                depth_m=features.xyz_cam[at, 2].astype(np.float64),
                sigma_rel=features.depth_sigma_rel[at].astype(np.float64),
                photos=np.ones(len(at), dtype=np.intp),
                neighbours=(),
            )
        },
        scale_sigma_rel=view.scale_sigma_rel,
    )


def _with(structure: Structure, found: Mapping[int, _Resected]) -> Structure:
    """A structure with what was found in it. A photo that stood by itself has these about it."""
    anchors = dict(structure.anchors)
    if len(anchors) == 1:
        ((alone, held),) = anchors.items()
        most = sorted(found, key=lambda i: (-len(found[i].anchors), i))
        count = max(len(each.anchors.neighbours) for each in found.values())
        anchors[alone] = replace(held, neighbours=tuple(most[:count]))
    return replace(
        structure,
        enu_from_cam={
            **structure.enu_from_cam,
            **{i: each.enu_from_cam for i, each in found.items()},
        },
        cameras={**structure.cameras, **{i: each.camera for i, each in found.items()}},
        anchors={**anchors, **{i: each.anchors for i, each in found.items()}},
    )


def _placed(
    view: PhotoView, matches: Mapping[int, NDArray[np.int32]], lifted: _Lifted, neighbours: int
) -> _Resected | None:
    """Where a photo stands by its matches (M, 2), by the other photo, with those of a structure."""
    camera, structure = lifted.camera(view), lifted.structure
    most_off = MATCH_PX * max(camera.width_px, camera.height_px) / 1000 / camera.fx_px
    seen: list[_Sights] = []
    best: tuple[int, Array, Array] | None = None
    for k in sorted(matches.keys() & lifted.views.keys()):
        other = lifted.views[k]
        sights = lifted.sights(view, camera, k, matches[k])
        found = _pose(sights, most_off)
        if found is None:
            continue
        rotation, shift, inside = found
        if len(inside) < max(FEWEST_MATCHES, LEAST_SHARE * len(sights.feature)):
            continue
        if not is_level(view, other, structure.enu_from_cam[k].rotation.T @ rotation.T):
            continue
        seen.append(sights)
        if best is None or len(inside) > best[0]:
            best = len(inside), rotation, shift
    if best is None:
        return None
    return _of_all(view, camera, seen, best[1:], structure, most_off, neighbours)


def _size(anchors: DepthAnchors, view: PhotoView) -> float:
    """Metres of a structure for each metre of a photo's own depth, by the points of both."""
    features = view.features
    at = {uv: row for row, uv in enumerate(map(tuple, features.uv_px.tolist()))}
    rows = [at.get(uv, -1) for uv in map(tuple, anchors.uv_px.astype(np.float32).tolist())]
    own_m = np.where(np.array(rows) >= 0, features.xyz_cam[rows, 2], np.nan)
    ratio = anchors.depth_m / own_m
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    return float(np.median(ratio)) if len(ratio) else 1.0


def _pose(sights: _Sights, most_off: float) -> tuple[Array, Array, NDArray[np.intp]] | None:
    """Rotation (3, 3) and shift (3,) of the camera's axes from the structure's, and the rows that
    fit; None where too few do."""
    if len(sights.feature) < FEWEST_MATCHES:
        return None
    # Numbers near zero: places are about a photo that may be far off.
    middle = sights.xyz.mean(axis=0)
    found = stand_of(sights.xyz - middle, sights.ray, most_off, tries=_TRIES)
    if found is None:
        return None
    turn, shift, inside = found
    rotation = nearest_rotation(turn)
    return rotation, shift - rotation @ middle, inside


def _of_all(
    view: PhotoView,
    camera: Camera,
    seen: Sequence[_Sights],
    start: tuple[Array, Array],
    structure: Structure,
    most_off: float,
    neighbours: int,
) -> _Resected | None:
    """The place that most points of all photos speak for."""
    rotation, shift = start
    inside: list[_Sights] = []
    for _ in range(_ROUNDS):
        inside = [each.where(_fits(each, rotation, shift, most_off)) for each in seen]
        xyz, ray = (
            np.concatenate([getattr(each, name) for each in inside]) for name in ("xyz", "ray")
        )
        if len(xyz) < FEWEST_OF_TWO:
            return None
        middle = xyz.mean(axis=0)
        turn, moved = cv2.solvePnPRefineLM(
            xyz - middle, ray, np.eye(3), None,
            cv2.Rodrigues(rotation)[0], (shift + rotation @ middle).reshape(3, 1),
        )  # fmt: skip
        rotation = nearest_rotation(cv2.Rodrigues(turn)[0])
        shift = moved.ravel() - rotation @ middle
    frame = next(iter(structure.enu_from_cam.values())).to
    pose = RigidTransform(
        to=frame,
        source=cam(str(view.photo_id)),
        rotation=rotation.T,
        translation_m=-rotation.T @ shift,
    )
    return _Resected(
        enu_from_cam=pose,
        camera=camera,
        anchors=_anchors(view, pose, inside, structure, neighbours),
    )


def _fits(sights: _Sights, rotation: Array, shift: Array, most_off: float) -> NDArray[np.bool_]:
    xyz_cam = sights.xyz @ rotation.T + shift
    ahead = xyz_cam[:, 2] > 0
    off = xyz_cam[:, :2] / np.where(ahead, xyz_cam[:, 2], 1.0)[:, None] - sights.ray
    return np.asarray(ahead & (np.linalg.norm(off, axis=1) < most_off))


def _anchors(
    view: PhotoView,
    pose: RigidTransform,
    inside: Sequence[_Sights],
    structure: Structure,
    neighbours: int,
) -> DepthAnchors:
    """The points that a photo was placed by, each where its surest photo has it."""
    feature = np.concatenate([each.feature for each in inside])
    xyz = np.concatenate([each.xyz for each in inside])
    sigma_rel = np.concatenate([each.sigma_rel for each in inside])
    order = np.lexsort((sigma_rel, feature))
    _, first = np.unique(feature[order], return_index=True)
    chosen = order[first]
    depth_m = pose.inverse().apply(xyz[chosen])[:, 2]
    ids = [view.photo_id, *(each.of for each in inside)]
    centre = np.array(
        [pose.translation_m, *(structure.enu_from_cam[i].translation_m for i in ids[1:])]
    )
    who = np.concatenate([np.full(len(each.feature), row + 1) for row, each in enumerate(inside)])
    # Of each point a track of this photo and the one that has its depth.
    photo = np.column_stack((np.zeros_like(who), who)).ravel()
    track = np.repeat(np.arange(len(who)), 2)
    scores = tie_scores(photo, track, np.repeat(xyz, 2, axis=0) - centre[photo], len(ids))
    return DepthAnchors(
        photo_id=view.photo_id,
        uv_px=view.features.uv_px[feature[chosen]].astype(np.float64),
        depth_m=depth_m,
        sigma_rel=sigma_rel[chosen],
        photos=1 + np.bincount(feature)[feature[chosen]],
        neighbours=scores.best(0, ids, neighbours),
    )
