"""Photos without any depth, placed beside each other by their matches alone: structure from motion.

The incremental engine is COLMAP's (Schönberger & Frahm, CVPR 2016), fed with worldmap's features,
matches and lenses; this is its only door. What comes of it is no place in the world but how photos
stand to each other, in the axes of the first one: enough to look for surfaces between them. Its
size is held to what their tags or their neighbours' depth say.
"""

from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.errors import ModelError
from worldmap.frames import RigidTransform, cam, nearest_rotation
from worldmap.geodesy import enu
from worldmap.records import DepthAnchors
from worldmap.registration.anchors import tie_scores
from worldmap.registration.fixed import without_fixed
from worldmap.registration.matching import RatioMatcher, picture_matcher
from worldmap.registration.tracks import build_tracks
from worldmap.registration.triangulation import Triangulated, meeting_angle_rad, triangulated
from worldmap.registration.view import ANYHOW_SIGMA_REL, PhotoView

Array = NDArray[np.float64]

# Fewer matches fit one geometry by chance (COLMAP's own bar).
FEWEST_MATCHES: Final = 15
# What two photos make of each other nobody confirms: COLMAP's bar for a photo's place.
FEWEST_OF_TWO: Final = 30
# Of a picture's features a third, at best, are found in another one.
_FEWEST_FEATURES: Final = 3 * FEWEST_MATCHES
# A quick look is at so many of the largest features of each photo, at one part in a hundred of the
# work; and so many pairs of each photo are matched in full: of eight of a photo's neighbours a
# street stands as well as of thirty.
_LOOKED_AT: Final = 800
_FULL_TRIES: Final = 8
# Where fewer of the matches fit it, a geometry is that of things which repeat (the bar that COLMAP
# has for a photo's place).
LEAST_SHARE: Final = 0.25
# Nine of ten true matches are within half of this, pixels of a picture of a thousand; COLMAP's four
# pixels let façades that repeat agree by chance.
MATCH_PX: Final = 1.5
# Rays that meet under less than this tell no distance: half a pixel of a phone's thousand is a
# twentieth of it. COLMAP's own bar is 1.5°, under which all points of a street walked along fall.
_LEAST_ANGLE_DEG: Final = 0.5
# COLMAP begins with a pair that sees its points under this angle, or else a half or a fourth of it.
_FIRST_ANGLE_DEG: Final = 4.0
_FOCAL_SIGMAS: Final = 2.0
# A pair that turns the photos against the level by more than so many sigmas is of repeated things.
_LEVEL_SIGMAS: Final = 3.0
# Without tags or depth a surface is somewhere about so far away.
_ANYHOW_M: Final = 10.0
_ROUNDS: Final = 20
# Of the points of COLMAP: a pixel of reprojection is what its filter lets through, thrice this.
_POINT_PX: Final = 0.5
# Of photos that stand where somebody put them: all points that are worth a look, and what their
# depth is in error by besides.
_POINTS_PER_PHOTO: Final = 4000
_GIVEN_SCALE_SIGMA_REL: Final = 0.01


class Alone(StrEnum):
    """Why a photo stands in no structure."""

    NO_OTHER = "no other photo may show the same place"
    PLAIN = "its picture is too plain: there is hardly anything in it to recognise elsewhere"
    NO_OVERLAP = "no other photo shows enough of the same things"
    TILTED = "what looks the same in other photos would tilt the world: it only repeats there"
    ONE_SPOT = "others show the same from the same spot: depth needs a step to the side"
    ONE_OTHER = "one other photo alone shows the same: depth needs a third"
    LOOSE = "too little of what it shares with others fits together to say where it was taken"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Standing:
    """The groups of photos that stand together, largest first, and why the others do not. A photo
    may stand in several, best in the first."""

    groups: tuple[Structure, ...]
    alone: Mapping[int, Alone]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Structure:
    """Photos that stand together. enu_from_cam, cameras and anchors by photo id: poses in axes of
    their own (the first photo's), metres within scale_sigma_rel, called the site's for want of
    another name; full-size cameras as the photos have them; points that each photo shares with
    others, and which others see most of them from another side."""

    enu_from_cam: Mapping[int, RigidTransform]
    cameras: Mapping[int, Camera]
    anchors: Mapping[int, DepthAnchors]
    scale_sigma_rel: float


def structures(
    views: Mapping[int, PhotoView],
    pairs: Sequence[tuple[int, int]],
    settings: PairSettings,
    *,
    neighbours: int,
    on_pair: Callable[[], None] = lambda: None,
) -> Standing:
    """The groups that these pairs of photos, by id, hold together. settings: of the matches;
    neighbours: at most so many are named for each; on_pair is called after each pair.

    ModelError where COLMAP cannot be loaded.
    """
    try:
        import pycolmap
    except ImportError as error:
        raise ModelError(
            f"depth from photos needs pycolmap, which cannot be loaded: {error}"
        ) from None
    pycolmap.logging.minloglevel = 3
    with tempfile.TemporaryDirectory(prefix="worldmap-") as name:
        folder = Path(name)
        rows, alone = _write_database(
            pycolmap, folder / "database.db", views, pairs, settings, on_pair
        )
        photo_of = {image: i for i, image in rows.items()}
        # One focal length for each camera is told by its photos, where they tell: a walk straight
        # ahead does not, and there it runs away.
        untold = any(not view.is_focal_told for view in views.values())
        models = _mapped(pycolmap, folder, refine_focal=True, untold_focal=untold)
        if not all(_is_as_tagged(model, photo_of, views) for model in models):
            models = _mapped(pycolmap, folder, refine_focal=False, untold_focal=False)
    found: list[Structure] = []
    taken: set[int] = set()
    for model in models:
        made = _structure(model, photo_of, views, neighbours)
        if made is not None and made.enu_from_cam.keys() - taken:
            found.append(made)
            taken |= made.enu_from_cam.keys()
    return Standing(
        groups=tuple(found), alone={i: why for i, why in alone.items() if i not in taken}
    )


def _mapped(pycolmap: Any, folder: Path, *, refine_focal: bool, untold_focal: bool) -> list[Any]:
    """COLMAP's models of what is in the folder's database, largest first. untold_focal: whether
    cameras that nothing is told of get the focal length that their photo is placed best with."""
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed = 1, 0
    options.extract_colors, options.min_model_size = False, 2
    options.ba_refine_focal_length = refine_focal
    # Distortion is told by tags.
    options.ba_refine_extra_params = False
    # As many as hold a pair: six numbers need no more than the five of a pair of photos.
    options.mapper.abs_pose_min_num_inliers = FEWEST_MATCHES
    options.mapper.abs_pose_refine_focal_length = untold_focal
    options.mapper.abs_pose_refine_extra_params = False
    # Photos that look to all sides of a street share much with one other, and little with two.
    options.triangulation.ignore_two_view_tracks = False
    # Those of a walk straight ahead see its end under a degree.
    options.mapper.init_max_forward_motion = 1.0
    options.mapper.init_min_tri_angle = _FIRST_ANGLE_DEG
    options.mapper.filter_min_tri_angle = _LEAST_ANGLE_DEG
    options.triangulation.min_angle = _LEAST_ANGLE_DEG
    models = pycolmap.incremental_mapping(folder / "database.db", folder, folder, options)
    return sorted(models.values(), key=lambda each: -int(each.num_reg_images()))


def _is_as_tagged(model: Any, photo_of: Mapping[int, int], views: Mapping[int, PhotoView]) -> bool:
    """Whether a model's focal lengths are what tags say, within their sigmas."""
    for image in model.images.values():
        view = views[photo_of[image.image_id]]
        if not view.is_focal_told:
            continue
        off_rel = math.log(float(model.cameras[image.camera_id].params[0]) / view.camera.fx_px)
        if abs(off_rel) > _FOCAL_SIGMAS * view.focal_sigma_rel:
            return False
    return True


def _write_database(
    pycolmap: Any,
    path: Path,
    views: Mapping[int, PhotoView],
    pairs: Sequence[tuple[int, int]],
    settings: PairSettings,
    on_pair: Callable[[], None],
) -> tuple[dict[int, int], dict[int, Alone]]:
    """Cameras, keypoints and verified pairs for COLMAP; its image ids by photo id, and why each
    photo would stand alone if it did."""
    database = pycolmap.Database.open(str(path))
    cameras: dict[str, Any] = {}
    images: dict[int, int] = {}
    of_photo: dict[int, Any] = {}
    points: dict[int, Array] = {}
    alone: dict[int, Alone] = {}
    partners: dict[int, set[int]] = defaultdict(set)
    for photo_id, view in sorted(views.items()):
        camera = view.camera
        few = len(view.features.uv_px) < _FEWEST_FEATURES
        alone[photo_id] = Alone.PLAIN if few else Alone.NO_OTHER
        key = f"{view.camera_key} {camera.width_px} {camera.height_px}"
        if key not in cameras:
            made = pycolmap.Camera(
                model="SIMPLE_PINHOLE",
                width=camera.width_px,
                height=camera.height_px,
                params=[camera.fx_px, camera.cx_px, camera.cy_px],
            )
            made.has_prior_focal_length = view.is_focal_told
            made.camera_id = database.write_camera(made)
            cameras[key] = made
        of_photo[photo_id] = cameras[key]
        image = pycolmap.Image(name=str(photo_id), camera_id=cameras[key].camera_id)
        images[photo_id] = database.write_image(image)
        points[photo_id] = _without_lens(view)
        database.write_keypoints(images[photo_id], points[photo_id].astype(np.float32))
    for a, b in promising(views, sorted(pairs), RatioMatcher.of(settings), on_pair):
        index = matched_pictures(views[a], views[b], settings)
        geometry = _geometry(pycolmap, of_photo[a], points[a], of_photo[b], points[b], index)
        on_pair()
        told = _told_by(geometry, views[a], views[b])
        for i in (a, b):
            alone[i] = max(alone[i], told, key=_ORDER.index)
        if geometry is None or told is Alone.TILTED:
            continue
        partners[a].add(b)
        partners[b].add(a)
        database.write_matches(images[a], images[b], geometry.inlier_matches)
        database.write_two_view_geometry(images[a], images[b], geometry)
    database.close()
    for i, others in partners.items():
        if alone[i] is Alone.LOOSE and len(others) == 1 and partners[min(others)] == {i}:
            alone[i] = Alone.ONE_OTHER
    return images, alone


def matched_pictures(a: PhotoView, b: PhotoView, settings: PairSettings) -> NDArray[np.int32]:
    """(M, 2) rows of their features that match, of the scene alone."""
    matcher = picture_matcher(a.features.kind, settings)
    return without_fixed(a, b, matcher.match_pictures(a.features, b.features)).index


# What says more of a photo comes later.
_ORDER: Final = (
    Alone.NO_OTHER,
    Alone.NO_OVERLAP,
    Alone.PLAIN,
    Alone.TILTED,
    Alone.ONE_SPOT,
    Alone.LOOSE,
)


def promising(
    views: Mapping[int, PhotoView],
    pairs: Sequence[tuple[int, int]],
    matcher: RatioMatcher,
    on_pair: Callable[[], None],
) -> list[tuple[int, int]]:
    """The pairs that are among the best of either photo by a quick look; on_pair is called for the
    others. So work grows with the number of photos, however many are around each."""
    best: dict[int, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
    for pair in pairs:
        a, b = (views[i].features for i in pair)
        count = len(matcher.match_pictures(a, b, most=_LOOKED_AT))
        for i in pair:
            best[i].append((-count, pair))
    chosen = {pair for each in best.values() for _, pair in sorted(each)[:_FULL_TRIES]}
    for _ in range(len(pairs) - len(chosen)):
        on_pair()
    return sorted(chosen)


def _told_by(geometry: Any, a: PhotoView, b: PhotoView) -> Alone:
    """What a pair of photos says of why they might stand nowhere."""
    if geometry is None:
        return Alone.NO_OVERLAP
    # How two photos are turned to each other depends on how long their lenses are.
    told = a.is_focal_told and b.is_focal_told
    if told and not is_level(a, b, geometry.cam2_from_cam1.rotation.matrix()):
        return Alone.TILTED
    return Alone.LOOSE if geometry.tri_angle > math.radians(_LEAST_ANGLE_DEG) else Alone.ONE_SPOT


def _geometry(
    pycolmap: Any,
    camera_a: Any,
    uv_a: Array,
    camera_b: Any,
    uv_b: Array,
    index: NDArray[np.int32],
) -> Any:
    """What the matches (M, 2) of two photos agree on, with b_from_a; None where they do not."""
    if len(index) < FEWEST_MATCHES:
        return None
    options = pycolmap.TwoViewGeometryOptions()
    options.ransac.random_seed = 0
    options.ransac.max_error = MATCH_PX * max(camera_a.width, camera_b.width) / 1000
    told = camera_a.has_prior_focal_length and camera_b.has_prior_focal_length
    # Of lenses that nothing is known of only the epipolar geometry holds.
    estimate = (
        pycolmap.estimate_calibrated_two_view_geometry
        if told
        else pycolmap.estimate_two_view_geometry
    )
    found = estimate(camera_a, uv_a, camera_b, uv_b, index.astype(np.uint32), options)
    if len(found.inlier_matches) < max(FEWEST_MATCHES, LEAST_SHARE * len(index)):
        return None
    pycolmap.estimate_two_view_geometry_pose(camera_a, uv_a, camera_b, uv_b, found)
    return found


def _without_lens(view: PhotoView) -> Array:
    """Pixels (N, 2) of its features as a pinhole with square pixels would see them."""
    camera = view.camera
    rays = camera.rays(view.features.uv_px.astype(np.float64))
    return np.asarray(rays[:, :2] * camera.fx_px + (camera.cx_px, camera.cy_px))


def is_level(a: PhotoView, b: PhotoView, b_from_a: Array) -> bool:
    """Whether up stays up, as far as it is known of either photo, by a turn (3, 3) of b from a."""
    off_deg = math.degrees(math.acos(float(np.clip(b.up_cam @ (b_from_a @ a.up_cam), -1, 1))))
    return off_deg < _LEVEL_SIGMAS * math.hypot(a.tilt_sigma_deg, b.tilt_sigma_deg)


def _structure(
    model: Any, photo_of: Mapping[int, int], views: Mapping[int, PhotoView], neighbours: int
) -> Structure | None:
    """A model of COLMAP with its size held to metres; None where it has no points."""
    images = {photo_of[image.image_id]: image for image in model.images.values()}
    ids = sorted(i for i, image in images.items() if image.has_pose)
    if len(ids) < 2 or (len(ids) == 2 and len(model.points3D) < FEWEST_OF_TWO):
        return None
    site = views[ids[0]].site
    world_from_cam: dict[int, tuple[Array, Array]] = {}
    cameras: dict[int, Camera] = {}
    for i in ids:
        cam_from_world = images[i].cam_from_world().matrix()
        rotation = nearest_rotation(cam_from_world[:3, :3].T)
        world_from_cam[i] = rotation, -rotation @ cam_from_world[:3, 3]
        solved = model.cameras[images[i].camera_id].params
        own = views[i].camera
        cameras[i] = own.with_lens(replace(own.lens, focal_px=float(solved[0])))
    seen: dict[int, list[tuple[int, int, Array]]] = defaultdict(list)
    for number, point in enumerate(model.points3D.values()):
        for element in point.track.elements:
            photo = photo_of[element.image_id]
            seen[photo].append((number, element.point2D_idx, point.xyz))
    if any(not seen[i] for i in ids):
        ids = [i for i in ids if seen[i]]
    if len(ids) < 2:
        return None
    scale, sigma_rel = _scale(ids, world_from_cam, seen, views)
    poses = {
        i: RigidTransform(
            to=enu(site),
            source=cam(str(i)),
            rotation=world_from_cam[i][0],
            translation_m=scale * world_from_cam[i][1],
        )
        for i in ids
    }
    return Structure(
        enu_from_cam=poses,
        cameras=cameras,
        anchors=_anchors(ids, poses, seen, scale, views, cameras, neighbours),
        scale_sigma_rel=sigma_rel,
    )


def _anchors(
    ids: Sequence[int],
    poses: Mapping[int, RigidTransform],
    seen: Mapping[int, Sequence[tuple[int, int, Array]]],
    scale: float,
    views: Mapping[int, PhotoView],
    cameras: Mapping[int, Camera],
    neighbours: int,
) -> dict[int, DepthAnchors]:
    photo = np.concatenate([np.full(len(seen[i]), row) for row, i in enumerate(ids)])
    track = np.array([number for i in ids for number, _, _ in seen[i]])
    feature = np.array([index for i in ids for _, index, _ in seen[i]])
    point = scale * np.array([xyz for i in ids for _, _, xyz in seen[i]])
    centre = np.array([poses[i].translation_m for i in ids])
    away = point - centre[photo]
    depth_m = np.einsum("ni,ni->n", away, np.array([poses[i].rotation[:, 2] for i in ids])[photo])
    sigma_rel = _sigma_rel(track, away)
    order = np.lexsort((photo, track))
    scores = tie_scores(photo[order], track[order], away[order], len(ids))
    count = np.bincount(track)
    found = {}
    for row, i in enumerate(ids):
        at = np.flatnonzero((photo == row) & (depth_m > 0))
        found[i] = DepthAnchors(
            photo_id=i,
            uv_px=views[i].features.uv_px[feature[at]].astype(np.float64),
            depth_m=depth_m[at],
            sigma_rel=_POINT_PX / cameras[i].fx_px * sigma_rel[at],
            photos=count[track[at]],
            neighbours=scores.best(row, ids, neighbours),
        )
    return found


def _sigma_rel(track: NDArray[np.intp], away: Array) -> Array:
    """(N,) relative sigma of the depth of points for each radian of error of a ray, by the angle
    under which the rays `away` (N, 3) of their tracks (N,) meet."""
    ray = away / np.linalg.norm(away, axis=1, keepdims=True)
    return np.asarray(1 / np.maximum(meeting_angle_rad(track, ray), 1e-6))


# --- where somebody said it stands --------------------------------------------------------------


def given_points(
    views: Mapping[int, PhotoView],
    world_from_cam: Mapping[int, RigidTransform],
    pairs: Sequence[tuple[int, int]],
    settings: PairSettings,
    on_pair: Callable[[], None] = lambda: None,
) -> Triangulated | None:
    """What matches of these pairs and the poses of the photos, all of them given, agree on; None
    where no pair is of two of them."""
    inside = [pair for pair in sorted(pairs) if set(pair) <= views.keys()]
    if not inside:
        return None
    matches: dict[tuple[int, int], NDArray[np.int32]] = {}
    for a, b in promising(views, inside, RatioMatcher.of(settings), on_pair):
        index = matched_pictures(views[a], views[b], settings)
        # Each pair by itself first: a wrong match would spoil the track that it is chained into.
        alone = {i: views[i] for i in (a, b)}
        of_pair = build_tracks(alone, [], per_photo=len(index), further={(a, b): index})
        seen = triangulated(list(alone.values()), world_from_cam, of_pair)
        on_pair()
        fits = [np.isin(index[:, k], seen.feature[seen.photo == k]) for k in range(2)]
        agreed = index[fits[0] & fits[1]]
        if len(agreed) >= max(FEWEST_MATCHES, LEAST_SHARE * len(index)):
            matches[a, b] = agreed
    tracks = build_tracks(views, [], per_photo=_POINTS_PER_PHOTO, further=matches)
    return triangulated(list(views.values()), world_from_cam, tracks)


def given_structure(
    views: Mapping[int, PhotoView],
    enu_from_cam: Mapping[int, RigidTransform],
    pairs: Sequence[tuple[int, int]],
    settings: PairSettings,
    *,
    neighbours: int,
    on_pair: Callable[[], None] = lambda: None,
) -> Structure | None:
    """Photos whose poses are given and stay, with the points that their matches and these poses
    agree on; arguments otherwise as in `structures`. None where there is no such point."""
    own = {i: views[i] for i in enu_from_cam if i in views}
    found = given_points(own, enu_from_cam, pairs, settings, on_pair)
    if found is None:
        return None
    order_of = dict(enumerate(own))
    ids = [i for row, i in order_of.items() if (found.photo == row).any()]
    if len(ids) < 2:
        return None
    seen_by: dict[int, list[tuple[int, int, Array]]] = defaultdict(list)
    for photo, feature, point, xyz in zip(
        found.photo.tolist(), found.feature.tolist(), found.point, found.xyz_enu, strict=True
    ):
        seen_by[order_of[photo]].append((int(point), feature, xyz))
    poses = {i: enu_from_cam[i] for i in ids}
    cameras = {i: own[i].camera for i in ids}
    return Structure(
        enu_from_cam=poses,
        cameras=cameras,
        anchors=_anchors(ids, poses, seen_by, 1.0, views, cameras, neighbours),
        scale_sigma_rel=_GIVEN_SCALE_SIGMA_REL,
    )


# --- how large it is ----------------------------------------------------------------------------


def _scale(
    ids: Sequence[int],
    world_from_cam: Mapping[int, tuple[Array, Array]],
    seen: Mapping[int, Sequence[tuple[int, int, Array]]],
    views: Mapping[int, PhotoView],
) -> tuple[float, float]:
    """Metres per unit of the model and their relative sigma: from photos that have depth and from
    where tags put them, as each is worth; from nothing, from how far things are as a rule."""
    told = [*_by_depth(ids, world_from_cam, seen, views), *_by_tags(ids, world_from_cam, views)]
    if not told:
        depths = [
            float(world_from_cam[i][0][:, 2] @ (xyz - world_from_cam[i][1]))
            for i in ids
            for _, _, xyz in seen[i]
        ]
        return _ANYHOW_M / max(float(np.median(depths)), 1e-9), ANYHOW_SIGMA_REL
    log_scale, sigma = np.array(told).T
    weight = 1 / sigma**2
    mean = float((weight * log_scale).sum() / weight.sum())
    return math.exp(mean), max(float(weight.sum() ** -0.5), 0.01)


def _by_depth(
    ids: Sequence[int],
    world_from_cam: Mapping[int, tuple[Array, Array]],
    seen: Mapping[int, Sequence[tuple[int, int, Array]]],
    views: Mapping[int, PhotoView],
) -> list[tuple[float, float]]:
    """Log of metres per unit and its sigma, by photos that have depth of their own: one for each
    source of depth, whose errors they share."""
    told: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for i in ids:
        rotation, centre = world_from_cam[i]
        index = np.array([feature for _, feature, _ in seen[i]])
        xyz = np.array([point for _, _, point in seen[i]])
        ratio = views[i].features.xyz_cam[index, 2] / ((xyz - centre) @ rotation[:, 2])
        ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
        if len(ratio) >= FEWEST_MATCHES:
            sigma = views[i].scale_sigma_rel
            told[views[i].depth_key].append(
                (float(np.median(np.log(ratio))), sigma if sigma > 0 else 0.1)
            )
    return [
        (float(np.median([log for log, _ in each])), min(sigma for _, sigma in each))
        for _, each in sorted(told.items())
    ]


def _by_tags(
    ids: Sequence[int],
    world_from_cam: Mapping[int, tuple[Array, Array]],
    views: Mapping[int, PhotoView],
) -> list[tuple[float, float]]:
    """The same by position tags, where they are further apart than they are uncertain: the least
    squares similarity (Umeyama, TPAMI 1991) with Cauchy's weights."""
    site = views[ids[0]].site
    tagged = [i for i in ids if views[i].position_ecef is not None]
    if len(tagged) < 3:
        return []
    model = np.array([world_from_cam[i][1] for i in tagged])
    tags = np.array([views[i].about(site).position_enu for i in tagged])
    sigma_m = np.array(
        [math.sqrt((2 * views[i].horizontal_sigma_m**2 + views[i].vertical_sigma_m**2) / 3)
         for i in tagged]
    )  # fmt: skip
    weight = 1 / sigma_m**2
    scale, spread = 0.0, 0.0
    for _ in range(_ROUNDS):
        share = weight / weight.sum()
        from_model, from_tags = model - share @ model, tags - share @ tags
        u, values, vt = np.linalg.svd((from_tags * weight[:, None]).T @ from_model)
        flip = np.array((1.0, 1.0, np.sign(np.linalg.det(u @ vt)) or 1.0))
        spread = float((weight * (from_model**2).sum(axis=1)).sum())
        scale = float((values * flip).sum()) / max(spread, 1e-30)
        off = from_tags - scale * from_model @ ((u * flip) @ vt).T
        weight = 1 / (sigma_m**2 + (off**2).sum(axis=1) / 3)
    if scale <= 0:
        return []
    sigma_rel = 1 / (scale * math.sqrt(max(spread, 1e-30)))
    return [(math.log(scale), sigma_rel)] if sigma_rel < ANYHOW_SIGMA_REL / 2 else []
